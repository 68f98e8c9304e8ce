"""Linear algebra: every rule against finite differences and PyTorch, what has no gradient."""

import numpy as np
import pytest
from numpy import inf, linalg
from numpy.linalg import LinAlgError

from knetpy.autograd import Param, diff, grad, value
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.rules import decompositions as chapter
from knetpy.autograd.rules.decompositions import H, entrywise, identity, qr_whole, svd_whole
from tests.autograd.rules.harness import (
    Domain,
    coverage_test,
    mutation_test,
    real,
    row,
    rule_test,
    value_inside,
)
from tests.golden.record_linalg_fft import LINALG, compare, names

# No two sums of magnitudes are equal.
uneven = Domain(lambda u: np.where(u < 0.5, -0.3 - 3 * u**1.7, 0.2 + 2 * u**1.3))
SQUARE, STACK, TALL, WIDE = real(3, 3), real(2, 3, 3), real(2, 4, 3), real(2, 5)
SHAPES = (STACK, TALL, WIDE)
LAYOUTS = ("plain", "complex128", "float32", "fortran")
ORDERS = (None, "fro", "nuc", 1, -1, 2, -2, inf, -inf)


def hermitian(x):
    return x + H(x)


def definite(x):
    return x @ H(x) / 4 + identity(x.shape[-1], x)


def turned(u, w, v):
    """A function of values and vectors that does not depend on the phases of the vectors."""
    return w, u * np.sin(w)[..., None, :] @ v, abs(u) ** 2


def of_eigh(x, **options):
    w, v = linalg.eigh(hermitian(x), **options)
    return turned(v, w, H(v))


def of_eig(x):
    w, v = linalg.eig(x)
    return turned(v, w, linalg.inv(v))


def of_svd(x, **options):
    """All vectors, those that only complete the bases by the projection onto what they span."""
    u, s, vh = linalg.svd(x, **options)
    k = s.shape[-1]
    projections = u[..., k:] @ H(u[..., k:]), H(vh[..., k:, :]) @ vh[..., k:, :]
    return *turned(u[..., :k], s, vh[..., :k, :]), abs(vh[..., :k, :]) ** 2, *projections


def of_complete_qr(x):
    q, r = linalg.qr(x, "complete")
    n = x.shape[-1]
    return q[..., :n], r, q[..., n:] @ H(q[..., n:])


def symmetric(f, **options):
    return lambda x: f(hermitian(x), **options)


SVD, QR, NORM = (linalg.svd, svd_whole), (linalg.qr, qr_whole), (linalg.norm, entrywise)

CHAINS = [
    (real(2, 3), real(3, 2)),
    (real(2), real(2, 3), real(3)),
    (real(4, 1), real(1, 4), real(4, 2)),
    (real(2), real(2, 3), real(3, 1), real(1, 4)),
]
DECOMPOSITIONS = [
    row(lambda x: linalg.cholesky(definite(x)), STACK, of=linalg.cholesky),
    row(lambda x: linalg.cholesky(definite(x), upper=True), SQUARE, of=linalg.cholesky, name="up"),
    *(row(linalg.qr, shape, of=QR) for shape in SHAPES),
    *(row(linalg.qr, shape, mode="r") for shape in SHAPES),
    *(row(of_complete_qr, shape, of=QR) for shape in SHAPES),
    *(row(of_svd, shape, of=SVD) for shape in SHAPES),
    *(row(of_svd, shape, full_matrices=False, of=SVD) for shape in SHAPES),
    *(row(linalg.svd, shape, compute_uv=False) for shape in SHAPES),
    row(symmetric(of_svd, hermitian=True), STACK, of=linalg.svd, name="svd-hermitian"),
    row(symmetric(linalg.svd, hermitian=True, compute_uv=False), SQUARE, of=linalg.svd),
    *(row(linalg.svdvals, shape) for shape in SHAPES),
    row(of_eigh, STACK, of=linalg.eigh),
    row(of_eigh, SQUARE, UPLO="U", of=linalg.eigh),
    row(symmetric(linalg.eigvalsh), STACK, of=linalg.eigvalsh),
    row(symmetric(linalg.eigvalsh, UPLO="U"), SQUARE, of=linalg.eigvalsh, name="eigvalsh-U"),
    row(of_eig, STACK, of=linalg.eig),
    row(linalg.eigvals, STACK),
]
EQUATIONS = [
    row(linalg.solve, SQUARE, real(3)),
    row(linalg.solve, SQUARE, real(3, 2)),
    row(linalg.solve, STACK, real(3)),
    row(linalg.solve, STACK, real(3, 2)),
    row(linalg.solve, SQUARE, real(2, 3, 1)),
    row(linalg.solve, real(2, 1, 3, 3), real(4, 3, 2)),
    row(linalg.inv, SQUARE),
    row(linalg.inv, STACK),
    *(row(linalg.pinv, shape) for shape in SHAPES),
    row(symmetric(linalg.pinv, hermitian=True), STACK, of=linalg.pinv, name="pinv-hermitian"),
    row(linalg.pinv, TALL, rcond=0.4, only=LAYOUTS),
    row(lambda x: linalg.pinv(x, rtol=0.4), WIDE, of=linalg.pinv, name="pinv-rtol", only=LAYOUTS),
    row(linalg.pinv, TALL, rcond=np.array([1e-9, 0.4]), only=("plain", "complex128")),
    *(row(linalg.lstsq, a, real(a.shape[0])) for a in (real(4, 3), SQUARE, WIDE)),
    *(row(linalg.lstsq, a, real(a.shape[0], 3)) for a in (real(4, 3), SQUARE, WIDE)),
    row(linalg.lstsq, real(4, 3), real(4), rcond=0.4, only=LAYOUTS),
    row(linalg.lstsq, real(4, 3), real(4), rcond=-1, only=LAYOUTS),
    row(linalg.tensorsolve, real(2, 3, 6), real(2, 3)),
    row(linalg.tensorsolve, real(6, 2, 3), real(2, 3), axes=(0,)),
    row(linalg.tensorinv, real(2, 3, 6), without=("0d",)),  # NumPy: reshape() takes an argument
    row(linalg.tensorinv, real(6, 2, 3), ind=1, without=("0d",)),
    row(linalg.det, SQUARE),
    row(linalg.det, STACK),
    row(linalg.slogdet, SQUARE),
    row(linalg.slogdet, STACK),
    *(row(linalg.matrix_power, STACK, n) for n in (-3, -2, -1, 1, 2, 3, 4, 5, 7)),
    row(linalg.matrix_rank, SQUARE),
]
NORMS = [
    *(row(linalg.norm, uneven(2, 4, 3), ord=p, axis=(-2, -1), of=NORM) for p in ORDERS),
    *(row(linalg.norm, uneven(3, 4), p, (1, 0), True, of=NORM, only=LAYOUTS) for p in ORDERS),
    *(row(linalg.norm, uneven(2, 3), ord=p, axis=-1, of=NORM) for p in (None, 1, 2, 2.5)),
    *(row(linalg.norm, uneven(3, 2), ord=p, axis=0, keepdims=True, of=NORM) for p in (inf, -inf)),
    *(row(linalg.norm, uneven(5), ord=p, of=NORM, only=LAYOUTS) for p in (3, 0.5, -1, -2.5)),
    *(row(linalg.norm, uneven(*shape), of=NORM) for shape in ((2, 3, 2), (2, 3), (3,))),
    row(linalg.norm, uneven(2, 3), keepdims=True, of=NORM),
    row(linalg.vector_norm, uneven(2, 3, 2)),
    row(linalg.vector_norm, uneven(2, 3, 2), axis=(0, -1), ord=3),
    row(linalg.vector_norm, uneven(2, 3), axis=1),
    row(linalg.vector_norm, uneven(2, 3), keepdims=True, ord=1),
    row(linalg.matrix_norm, uneven(2, 3, 3)),
    row(linalg.matrix_norm, uneven(2, 3), keepdims=True, ord="nuc"),
    # The condition of a vector is 1, and its second differences rounding.
    *(row(linalg.cond, uneven(2, 3, 3), p=p, without=("3to1",)) for p in ORDERS),
    row(linalg.cond, uneven(4, 3), without=("4to1", "3to1")),
]
PRODUCTS = [
    *(row(lambda *x: linalg.multi_dot(x), *chain, of=linalg.multi_dot) for chain in CHAINS),
    row(linalg.matmul, STACK, real(3, 2)),
    row(linalg.tensordot, SQUARE, real(3, 2), axes=1),
    row(linalg.matrix_transpose, TALL),
    row(linalg.outer, real(2), real(3)),
    row(linalg.cross, real(2, 3), real(2, 3)),
    row(linalg.cross, real(3, 2), real(3, 2), axis=0),
    row(linalg.vecdot, real(2, 3), real(2, 3)),
    row(linalg.vecdot, real(2, 3), real(2, 3), axis=0),
    row(linalg.vecdot, real(3, 2, 4), real(3, 4), axis=0),
    row(linalg.diagonal, TALL),
    row(linalg.diagonal, TALL, offset=-1),
    row(linalg.trace, TALL),
    row(linalg.trace, TALL, offset=1),
]
ROWS = DECOMPOSITIONS + EQUATIONS + NORMS + PRODUCTS
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(chapter, ROWS)
test_broken_rules_are_seen = mutation_test(chapter, ROWS)


@pytest.mark.parametrize("name, kind", names(LINALG))
def test_gradients_are_those_of_pytorch(name, kind):
    compare(LINALG, name, kind)


def draw(*shape, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)


COMPLEX = {
    "cholesky": (lambda x: linalg.cholesky(definite(x)), (3, 3)),
    "qr": (linalg.qr, (4, 2)),
    "qr wide": (linalg.qr, (2, 4)),
    "svd": (of_svd, (3, 4)),
    "svdvals": (linalg.svdvals, (3, 2)),
    "svd hermitian": (symmetric(of_svd, hermitian=True), (3, 3)),
    "eigh": (of_eigh, (3, 3)),
    "eig": (of_eig, (3, 3)),
    "solve": (linalg.solve, (3, 3), (3, 2)),
    "inv": (linalg.inv, (3, 3)),
    "pinv": (linalg.pinv, (3, 2)),
    "pinv truncated": (lambda x: linalg.pinv(x, 0.5), (3, 3)),
    "lstsq": (linalg.lstsq, (4, 2), (4,)),
    "det": (linalg.det, (3, 3)),
    "slogdet": (linalg.slogdet, (3, 3)),
    "norm": (lambda x: (linalg.norm(x), linalg.norm(x, 3, 1), linalg.norm(x, inf, 0)), (2, 3)),
    "norm nuc": (lambda x: (linalg.norm(x, "nuc"), linalg.norm(x, 2), linalg.norm(x, 1)), (2, 3)),
    "cond": (lambda x: (linalg.cond(x), linalg.cond(x, "fro")), (3, 3)),
}


@pytest.mark.parametrize("name", COMPLEX)
def test_of_complex_matrices_to_second_order(name):
    f, *shapes = COMPLEX[name]
    assert gradcheck(f, *(draw(*shape, seed=k) for k, shape in enumerate(shapes)), order=2)


NAMED = {
    "eigh": linalg.eigh,
    "eig": linalg.eig,
    "svd": linalg.svd,
    "svd hermitian": lambda x: linalg.svd(x, hermitian=True),
    "qr": linalg.qr,
    "slogdet": linalg.slogdet,
}


@pytest.mark.parametrize("name", NAMED)
def test_results_keep_their_names(name):
    found = []
    diff(lambda: found.append(NAMED[name](Param(np.eye(2)))) or 0.0)
    assert type(found[0]) is type(NAMED[name](np.eye(2)))


# Where vectors are not determined

REPEATED = np.diag([1.0, 2.0, 2.0])
TURN = linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))[0]


@pytest.mark.parametrize(
    "f, name",
    [
        (lambda x: linalg.eigh(x)[1], "eigh"),
        (lambda x: linalg.eig(x)[1], "eig"),
        (lambda x: linalg.svd(x)[0], "svd"),
        (lambda x: linalg.svd(x)[2], "svd"),
    ],
)
def test_vectors_of_equal_values_are_refused(f, name):
    message = rf"numpy.linalg.{name}: values \d and \d are equal up to rounding \(their gap is .*"
    for x in (REPEATED, TURN @ REPEATED @ TURN.T):
        with pytest.raises(LinAlgError, match=message + "use the values alone, or break the tie"):
            diff(lambda x: np.sum(abs(f(x))), Param(x))


@pytest.mark.parametrize("f", (linalg.eigvalsh, linalg.eigvals, linalg.svdvals))
def test_equal_values_have_gradients(f):
    """Of the sum of squares, which is the squared Frobenius norm of these matrices."""
    for x in (REPEATED, TURN @ REPEATED @ TURN.T, np.eye(3), np.zeros((3, 3))):
        p = Param(x)
        np.testing.assert_allclose(grad(diff(lambda p=p: np.sum(f(p) ** 2)), p), 2 * x, atol=1e-13)


def test_the_vector_of_a_single_value_has_a_gradient_beside_equal_ones():
    """The first eigenvector of the rotated matrix is that of the line through its direction."""

    def projection(x):
        v = linalg.eigh(hermitian(x))[1]
        return v[:, :1] @ v[:, :1].T

    assert gradcheck(projection, TURN @ np.diag([0.5, 1.0, 1.0]) @ TURN.T / 2)


def test_phases_of_vectors_have_no_gradient():
    x = hermitian(draw(3, 3))
    for f in (linalg.eigh, linalg.eig, lambda x: linalg.svd(x)[1:], linalg.svd):
        with pytest.raises(LinAlgError, match="depends on the phase or rotation of vectors"):
            diff(lambda x, f=f: np.sum(np.imag(f(x)[-1][0])), Param(x))


@pytest.mark.parametrize("f", (lambda x: linalg.svd(x)[0], lambda x: linalg.qr(x, "complete")[0]))
def test_the_rest_of_a_basis_has_no_gradient_one_by_one(f):
    x = np.random.default_rng(0).standard_normal((4, 2))
    with pytest.raises(LinAlgError, match="depends on the phase or rotation of vectors"):
        diff(lambda x: np.sum(f(x)[:, 2:] ** 3), Param(x))


@pytest.mark.parametrize("uplo", "LU")
def test_only_one_triangle_of_hermitian_matrices_is_read(uplo):
    """What stands in the other one changes nothing, and its gradient is the Hermitian one."""
    x = hermitian(draw(3, 3)) + 6 * np.eye(3)
    half = np.tril(x) if uplo == "L" else np.triu(x)
    functions = [
        lambda x: linalg.cholesky(x, upper=uplo == "U"),
        lambda x: linalg.eigvalsh(x, uplo),
        lambda x: abs(linalg.eigh(x, uplo)[1]),
        *((lambda x: linalg.pinv(x, hermitian=True),) if uplo == "L" else ()),
        *((lambda x: linalg.svd(x, hermitian=True)[1],) if uplo == "L" else ()),
    ]
    for f in functions:
        expected, found = (grad(lambda x, f=f: np.sum(np.real(f(x)) ** 3))(x) for x in (x, half))
        np.testing.assert_allclose(found, expected, atol=1e-13)


def test_vectors_of_the_singular_value_zero_are_refused():
    x = np.outer([1.0, 2.0, 3.0], [1.0, -1.0])
    with pytest.raises(LinAlgError, match="a singular value is 0 up to rounding"):
        diff(lambda x: np.sum(linalg.svd(x, full_matrices=False)[0] ** 3), Param(x))


# Singular matrices


def adjugate(x):
    """By the definition, entry for entry."""
    n = len(x)
    minors = [
        linalg.det(np.delete(np.delete(x, i, 0), j, 1)) * (-1) ** (i + j)
        for i in range(n)
        for j in range(n)
    ]
    return np.reshape(minors, (n, n)).T


@pytest.mark.parametrize(
    "x",
    [
        np.arange(9.0).reshape(3, 3),
        np.diag([1.0, 2.0, 0.0]),
        np.ones((3, 3)),
        np.zeros((3, 3)),
        np.zeros((1, 1)),
        np.outer([1, 2j, 3], [1, 2, 1j]) + np.diag([0, 1, 0]),
        np.diag([1.0, 1.0, 1e-13]) + 1.0,
    ],
)
def test_det_has_gradients_at_singular_matrices(x):
    p = Param(x)
    found = grad(diff(lambda: np.real(linalg.det(p))), p)
    np.testing.assert_allclose(found, H(adjugate(x)), atol=1e-12)
    assert gradcheck(linalg.det, x, order=2)


def test_det_that_is_too_small_for_a_float():
    """0, as is its gradient; and found without the minors of a singular matrix, which take long."""
    assert not grad(linalg.det)(np.eye(200) * 1e-3).any()


def test_det_of_a_stack_with_one_singular_matrix():
    x = np.stack([np.eye(3), np.ones((3, 3)), np.random.default_rng(0).standard_normal((3, 3))])
    assert gradcheck(linalg.det, x, order=2)


@pytest.mark.parametrize(
    "f", (linalg.inv, lambda x: linalg.solve(x, x), lambda x: linalg.matrix_power(x, -2))
)
def test_singular_matrices_raise_as_in_numpy(f):
    with pytest.raises(LinAlgError, match="^Singular matrix$"):
        diff(lambda x: np.sum(f(x)), Param(np.ones((2, 2))))


def test_matrices_that_are_not_positive_definite_raise_as_in_numpy():
    with pytest.raises(LinAlgError, match="^Matrix is not positive definite$"):
        diff(lambda x: np.sum(linalg.cholesky(x)), Param(-np.eye(2)))


def test_an_infinite_condition_is_a_constant():
    x = np.stack([np.diag([1.0, 2.0, 4.0]), np.zeros((3, 3)), np.diag([1.0, 0.0, 0.0])])
    for p in (None, 2, 1, "fro"):
        tape = diff(lambda x, p=p: linalg.cond(x, p)[0], q := Param(x))
        known = linalg.cond(x, p)
        assert value(tape) == known[0]
        assert np.isfinite(grad(tape, q)).all() and not grad(tape, q)[1:].any()
        np.testing.assert_array_equal(value_inside(lambda x, p=p: linalg.cond(x, p), [q]), known)


# Norms at their kinks


@pytest.mark.parametrize("p", ORDERS)
def test_norms_have_gradient_zero_at_zero(p):
    for x in (np.zeros((2, 3)), np.zeros((2, 3), complex)):
        np.testing.assert_array_equal(grad(lambda x: linalg.norm(x, p))(x), 0)


@pytest.mark.parametrize("p", (None, 0, 0.5, 1, 2, 3, -1, inf, -inf))
@pytest.mark.filterwarnings("ignore:divide by zero")  # NumPy's own value of negative powers
def test_vector_norms_have_gradient_zero_at_zero(p):
    for x in (np.zeros(3), np.zeros(3, complex)):
        np.testing.assert_array_equal(grad(lambda x: linalg.norm(x, p))(x), 0)


def test_zeros_in_vectors_and_ties():
    x = np.array([3.0, 0.0, -4.0, 4.0])
    found = {p: grad(lambda x, p=p: linalg.norm(x, p))(x) for p in (1, 2, inf, -inf, 0)}
    np.testing.assert_array_equal(found[1], [1, 0, -1, 1])
    np.testing.assert_allclose(found[2], x / np.sqrt(41))
    np.testing.assert_array_equal(found[inf], [0, 0, -0.5, 0.5])
    np.testing.assert_array_equal(found[-inf], 0)
    np.testing.assert_array_equal(found[0], 0)
    assert gradcheck(lambda x: linalg.norm(x, 4), np.array([3.0, 0.0, 1.0]), order=2)


def test_large_and_small_norms_do_not_overflow():
    for scale in (1e-150, 1e150):
        found = grad(lambda x: linalg.norm(x, 3))(np.array([3.0, 4.0]) * scale ** (2 / 3))
        np.testing.assert_allclose(found, np.array([9, 16]) / 91 ** (2 / 3), rtol=1e-12)


# Least squares and pseudo-inverses


def test_pinv_of_constant_rank():
    assert gradcheck(lambda u, v: linalg.pinv(u @ v, 1e-10), draw(4, 2), draw(2, 3), order=2)


def test_pinv_that_cuts_close_to_equal_values():
    """What is kept has equal values, and what is left out is almost as large."""
    x = np.diag([2.0, 2.0, 1.9]) @ TURN
    assert gradcheck(lambda x: linalg.pinv(x, 0.97), x, rtol=1e-4)
    assert gradcheck(lambda x, b: linalg.lstsq(x, b, 0.97)[0], x, np.ones(3), rtol=1e-4)


def test_lstsq_of_lower_rank_has_no_residuals():
    a, b = Param(np.ones((3, 2))), Param(np.array([1.0, 2.0, 4.0]))
    found = []
    tape = diff(lambda: found.append(linalg.lstsq(a, b)) or np.sum(found[0][0] ** 2))
    x, residuals, rank, s = found[0]
    assert residuals.shape == (0,) and rank == 1 and value(s).shape == (2,)
    np.testing.assert_allclose(grad(tape, b), np.full(3, 7 / 9), atol=1e-14)


# Options


def test_options_are_honoured_or_refused():
    x = Param(np.random.default_rng(0).standard_normal((3, 3)))
    with pytest.raises(NotImplementedError, match="qr has no gradient for mode='raw'; use"):
        diff(lambda: np.sum(linalg.qr(x, "raw")[0]))
    with pytest.raises(ValueError, match="Unrecognized mode 'odd'"):
        diff(lambda: np.sum(linalg.qr(x, "odd")[0]))
    with pytest.raises(ValueError, match="Invalid norm order"):
        diff(lambda: linalg.norm(x, 7))
    with pytest.raises(TypeError, match="exponent must be an integer"):
        diff(lambda: np.sum(linalg.matrix_power(x, 1.5)))
    with pytest.raises(LinAlgError, match="must be square"):
        diff(lambda: np.sum(linalg.matrix_power(x[:2], 2)))
    with pytest.raises(TypeError, match="not differentiable in rcond"):
        diff(lambda: np.sum(linalg.pinv(x, rcond=x[0, 0])))


def test_the_power_zero_is_a_constant():
    x = Param(np.ones((2, 3, 3)))
    found = []
    tape = diff(lambda: found.append(linalg.matrix_power(x, 0)) or np.sum(x))
    np.testing.assert_array_equal(found[0], np.broadcast_to(np.eye(3), (2, 3, 3)))
    np.testing.assert_array_equal(grad(tape, x), 1)


def test_wrong_shapes_are_explained():
    def fails(f, *shapes):
        diff(lambda *xs: np.sum(f(*xs)), *(Param(np.ones(shape)) for shape in shapes))

    with pytest.raises(LinAlgError, match=r"tensorsolve needs .*, got a of shape \(2, 3\)"):
        fails(linalg.tensorsolve, (2, 3), (2,))
    with pytest.raises(ValueError, match="tensorinv needs a positive ind, got 0"):
        fails(lambda x: linalg.tensorinv(x, 0), (2, 2))
    with pytest.raises(ValueError, match="multi_dot needs at least two arrays, got 1"):
        fails(lambda x: linalg.multi_dot([x]), (2, 2))
    with pytest.raises(LinAlgError, match="multi_dot needs matrices, .*, got 2-d, 1-d, 2-d"):
        fails(lambda *xs: linalg.multi_dot(xs), (2, 2), (2,), (2, 2))
    with pytest.raises(ValueError, match="outer needs two vectors, got 2-d and 1-d"):
        fails(linalg.outer, (2, 2), (2,))
    with pytest.raises(ValueError, match="cross needs vectors of length 3, got lengths 3 and 2"):
        fails(linalg.cross, (3,), (2,))
    with pytest.raises(ValueError, match=r"matrix_transpose needs .* got shape \(3,\)"):
        fails(linalg.matrix_transpose, (3,))


def test_multi_dot_takes_the_cheapest_order():
    """NumPy's own, seen in the last bits: in chains of five matrices of random sizes."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        sizes = rng.integers(1, 9, 6)
        xs = [rng.standard_normal(pair) for pair in zip(sizes[:-1], sizes[1:], strict=True)]
        found = value_inside(lambda *xs: linalg.multi_dot(xs), [Param(xs[0]), *xs[1:]])
        np.testing.assert_array_equal(found, linalg.multi_dot(xs))


def test_rank_and_constants_stay_plain():
    x = Param(np.eye(3))
    tape = diff(lambda: np.sum(x) * (linalg.matrix_rank(x) + linalg.norm(x[0], 0)))
    assert value(tape) == 12.0
    np.testing.assert_array_equal(grad(tape, x), np.full((3, 3), 4.0))
