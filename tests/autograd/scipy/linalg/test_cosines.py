"""The decomposition by cosines and sines: along unitary matrices, what phases leave as it is."""

import numpy as np
import pytest
import scipy.linalg
from numpy.linalg import LinAlgError

from knetpy.autograd import Param, diff, grad
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.rules.decompositions import H
from knetpy.autograd.scipy import linalg
from knetpy.autograd.scipy.linalg import cosines as chapter
from tests.autograd.rules.harness import Domain, coverage_test, mutation_test, row, rule_test
from tests.autograd.scipy.linalg.matrices import LAYOUTS, identity, squares

some = Domain(lambda u: np.sin(40 * u))
SIZES = [(2, 1, 1), (4, 2, 2), (5, 2, 3), (5, 3, 2), (5, 2, 2), (6, 4, 4), (6, 2, 4), (6, 4, 2)]


def unitary(x):
    """Cayley's transform of what is not Hermitian in `x`."""
    k = (x - H(x)) / 4
    return np.linalg.solve(identity(x) + k, identity(x) - k)


def angles(x, p, q, **options):
    return linalg.cossin(unitary(x), p, q, separate=True, **options)[1]


def middle(x, p, q, **options):
    return linalg.cossin(unitary(x), p, q, **options)[1]


def product(x, p, q, **options):
    u, cs, vh = linalg.cossin(unitary(x), p, q, **options)
    return u @ (cs @ vh)


def squared(x, p, q, **options):
    """What the common sign or phase of the vectors of a plane does not change."""
    u, _, vh = linalg.cossin(unitary(x), p, q, **options)
    return squares(u), squares(vh), (u[..., :1] @ vh[..., :1, :]).real


def spaces(x, p, q):
    """Of vectors without partner, which are determined as a space alone: u has two more above."""
    u, _, vh = linalg.cossin(unitary(x), p, q)
    above, upper = u[:, :2], vh[:2]
    return squares(above @ H(above)), squares(H(upper) @ upper), squares(above @ upper)


ROWS = [
    *(row(f, some(m, m), p, q, of=chapter.factors, only=LAYOUTS, rtol=1e-4)
      for m, p, q in SIZES for f in (angles, middle, product)),
    *(row(squared, some(m, m), p, q, of=linalg.cossin, only=LAYOUTS, rtol=1e-3)
      for m, p, q in SIZES[:5]),
    row(squared, some(4, 4), 2, 2, swap_sign=True, of=linalg.cossin, only=LAYOUTS, rtol=1e-3),
    row(middle, some(5, 5), 2, 2, swap_sign=True, of=linalg.cossin, only=LAYOUTS, rtol=1e-3),
    row(product, some(2, 4, 4), 2, 1, of=linalg.cossin, only=LAYOUTS[:2], rtol=1e-3),
    row(spaces, some(6, 6), 4, 4, of=linalg.cossin, only=LAYOUTS, rtol=1e-3),
]  # fmt: skip
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)

X = unitary(some(5, 5).array(0))
BLOCKS = X[:2, :3], X[:2, 3:], X[2:, :3], X[2:, 3:]


def same(found, expected):
    if isinstance(expected, tuple):
        return all(map(same, found, expected))
    return np.array_equal(np.asarray(getattr(found, "value", found)), expected)


@pytest.mark.parametrize("separate", [False, True])
@pytest.mark.parametrize("swap_sign", [False, True])
@pytest.mark.parametrize("compute_u, compute_vh", [(True, True), (False, True), (True, False)])
def test_all_forms_have_scipys_values(separate, swap_sign, compute_u, compute_vh):
    options = separate, swap_sign, compute_u, compute_vh
    for args in ((X, 2, 3), (BLOCKS, None, None)):
        expected = scipy.linalg.cossin(*args, *options)
        tracked = Param(X) if args[1] else tuple(map(Param, BLOCKS))
        found = recorded(linalg.cossin, tracked, *args[1:], *options)
        assert same(found, expected)


def recorded(f, *args):
    found = []
    diff(lambda: found.append(f(*args)) or 0.0)
    return found[0]


def test_blocks_have_the_gradient_of_the_whole():
    whole = grad(lambda x: np.sum(linalg.cossin(x, 2, 3)[1] ** 3))(X)
    params = list(map(Param, BLOCKS))
    tape = diff(lambda: np.sum(linalg.cossin(params)[1] ** 3))
    for block, places in zip(
        params, (np.s_[:2, :3], np.s_[:2, 3:], np.s_[2:, :3], np.s_[2:, 3:]), strict=True
    ):
        assert np.allclose(grad(tape, block), whole[places], rtol=1e-12)


def test_the_gradient_lies_along_orthogonal_matrices():
    slope = grad(lambda x: np.sum(linalg.cossin(x, 2, 3)[1] ** 3))(X)
    assert np.allclose(X.T @ slope + slope.T @ X, 0, atol=1e-14)
    assert abs(slope).max() > 0.1


def test_one_angle_of_a_rotation():
    a = 0.3
    turn = grad(lambda a: linalg.cossin(np.stack(
        [np.stack([np.cos(a), -np.sin(a)]), np.stack([np.sin(a), np.cos(a)])]
    ), 1, 1, separate=True)[1][0])  # fmt: skip
    assert turn(a) == pytest.approx(1.0, rel=1e-14)


def test_equal_angles_have_gradients_of_what_they_determine_alone():
    turn = np.kron(np.array([[0.6, -0.8], [0.8, 0.6]]), np.eye(2))

    def loss(part):
        return lambda: np.sum(part(linalg.cossin(Param(turn), 2, 2, separate=True)) ** 2)

    diff(loss(lambda found: found[1]))
    with pytest.raises(LinAlgError, match=r"angles of planes 0 and 1 are equal.*break the tie"):
        diff(loss(lambda found: found[0][0][0] @ [1.0, 2.0]))
    with pytest.raises(LinAlgError, match=r"angles of planes 0 and 0 are equal.*0 or pi/2"):
        diff(lambda: relative_phase(linalg.cossin(Param(np.eye(2) + 0j), 1, 1)[0]))


def relative_phase(u):
    return (u[0, 0] * u[1, 1].conj()).imag


def test_a_loss_that_depends_on_a_phase_is_refused():
    x = Param(unitary(some(4, 4).array(0) + 1j * some(4, 4).array(1)))
    with pytest.raises(LinAlgError, match="depends on the phase or rotation"):
        diff(lambda: np.sum(linalg.cossin(x, 2, 2)[0].imag))


@pytest.mark.parametrize(
    "args, message",
    [
        ((np.eye(3), 3, 1), "invalid p=3, 0<p<3 must hold"),
        ((np.ones((2, 3)), 1, 1), "only supports square"),
        (((np.eye(2), np.eye(2)),), "exactly four arrays"),
    ],
)
def test_bad_input_is_refused_as_scipy_does(args, message):
    x, *rest = args
    x = tuple(map(Param, x)) if isinstance(x, tuple) else Param(x)
    with pytest.raises(ValueError, match=message):
        diff(lambda: np.sum(linalg.cossin(x, *rest)[1]))


def test_differences_along_a_curve_of_rotations():
    generator = some(4, 4).array(3)

    def along(t):
        return squared(generator * t, 2, 2)

    assert gradcheck(along, 0.7, order=2, rtol=1e-3)
