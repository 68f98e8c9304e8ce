"""Steps as a listing shows them, conditions, and what is known of results before they are there."""

import operator

import numpy as np
import pytest

import knetpy
from knetpy import kernels
from knetpy.autograd import Param, State
from knetpy.program.parts import Ref
from knetpy.program.steps import Condition, Recompile, Step, has_known_layout, layout_of
from knetpy.program.traced import Method

X = np.arange(6.0).reshape(2, 3)


@pytest.mark.parametrize(
    "step, shown",
    [
        (Step(np.add, (Ref(0), 2), {}, Ref(1)), "add(<0>, 2) -> <1>"),
        (Step(Method("sum"), (Ref(0),), {"axis": 0}, Ref(4)), "sum(<0>, axis=0) -> <4>"),
        (Step(np.copyto, (Ref(0), 1.5), {}, None), "copyto(<0>, 1.5)"),
        (Step(np.add.reduce, (X,), {}, Ref(0)), "reduce(float64 (2, 3)) -> <0>"),
        (
            Step(operator.getitem, (Ref(2), (slice(1, None), None)), {}, Ref(3)),
            "getitem(<2>, (slice(1, None, None), None)) -> <3>",
        ),
        (
            Step(np.stack, ([Ref(0), np.float32(1)],), {}, Ref(2)),
            "stack([<0>, 'float32 ()']) -> <2>",
        ),
        (
            Step(kernels.nll, (Ref(0), Ref(1), 0.5), {}, (Ref(2), Ref(3))),
            "nll(<0>, <1>, 0.5) -> (<2>, <3>)",
        ),
        (Step(np.square, (Ref(0),), {"out": (Ref(0),)}, Ref(1)), "square(<0>, out=(<0>,)) -> <1>"),
        (Step("no function", (), {}, None), "no function()"),
    ],
)
def test_a_step_as_a_listing_has_it(step, shown):
    assert str(step) == shown


def test_params_are_shown_by_dtype_and_shape():
    step = Step(np.add, (Param(np.ones((2, 3), "f4")), State([1])), {}, None)
    assert str(step) == "add(float32 (2, 3), int64 (1,))"


def test_a_step_is_pure_and_changes_nothing_unless_it_says_so():
    step = Step(np.add, (1, 2), {}, Ref(0))
    assert step.pure and not step.changes


def test_a_condition_holds_for_the_same_outcome_alone():
    positive = Condition(bool, True)
    assert positive(np.True_) is None and positive(np.array([3])) is None
    with pytest.raises(Recompile):
        positive(np.False_)
    layout = Condition(layout_of, layout_of(X))
    assert layout(X + 1) is None
    for other in (X[:1], X.astype("f4"), X.T):
        with pytest.raises(Recompile):
            layout(other)


def test_the_layout_of_an_array_is_its_dtype_and_shape():
    assert layout_of(X) == (np.dtype(float), (2, 3))
    assert layout_of(np.float32(1)) == (np.dtype("f4"), ())


M = X > 2
KNOWN = [
    (np.add, (X, 1)),
    (np.matmul, (X, X.T)),
    (np.divmod, (X, 2)),
    (np.sum, (X,)),
    (np.add.reduce, (X,)),
    (np.where, (M, X, 0)),
    (Method("sum"), (X, 0)),
    (Method("reshape"), (X, 6)),
    (Method("astype"), (X, "f4")),
    (Method("copy"), (X,)),
    (kernels.relu, (X,)),
    (kernels.nll, (X, np.array([0, 1]), 1.0)),
    (operator.getitem, (X, 0)),
    (operator.getitem, (X, (slice(1), ..., None))),
    (operator.getitem, (X, np.array([0, 1]))),
    (operator.getitem, (X, (np.array([0, 1]), 0))),
    (operator.setitem, (X, M, 0)),
]
UNKNOWN = [
    (np.nonzero, (X,)),
    (np.unique, (X,)),
    (np.argwhere, (X,)),
    (np.flatnonzero, (X,)),
    (np.compress, (M[0], X)),
    (np.trim_zeros, (X[0],)),
    (Method("nonzero"), (X,)),
    (Method("compress"), (X, M[0])),
    (operator.call, (len, X)),
    (operator.getitem, (X, M)),
    (operator.getitem, (X, np.True_)),
    (operator.getitem, (X, (0, M[0]))),
    (operator.getitem, (X, [True, False])),
    (operator.getitem, (X, (slice(None), [True, False, True]))),
]


def name(f):
    return f.__name__


@pytest.mark.parametrize("f, args", KNOWN, ids=[f"{name(f)}-{k}" for k, (f, _) in enumerate(KNOWN)])
def test_shapes_that_follow_from_those_of_the_arguments(f, args):
    assert has_known_layout(f, args, {})


@pytest.mark.parametrize(
    "f, args", UNKNOWN, ids=[f"{name(f)}-{k}" for k, (f, _) in enumerate(UNKNOWN)]
)
def test_shapes_that_depend_on_numbers(f, args):
    assert not has_known_layout(f, args, {})


V = np.array([1, -1, 2, 3], "f4")
ZERO, ONE, TWO, THREE = map(np.array, range(4))  # not NumPy's numbers, which are another type
OF_NUMBERS = {  # a function, and arguments of the same layout that give other shapes
    "where it is positive": (lambda x: x[x > 0], (V,), (-V,)),
    "a mask that is given": (lambda x, m: x[m], (V, V > 0), (V, V > 1)),
    "a mask of rows": (lambda x, m: x[:, m], (X.T @ X, V[1:] > 0), (X.T @ X, V[1:] > 2)),
    "a list of bools": (lambda x: x[[x[0] > 0, x[1] > 0, True, True]], (V,), (-V,)),
    "nonzero": (lambda x: np.nonzero(x > 0)[0], (V,), (-V,)),
    "x.nonzero": (lambda x: (x > 0).nonzero()[0], (V,), (-V,)),
    "np.where of one array": (lambda x: np.where(x > 0)[0], (V,), (-V,)),
    "unique": (np.unique, (V,), (np.ones_like(V),)),
    "a slice": (lambda x, n: x[:n], (V, TWO), (V, THREE)),
    "a slice in a tuple": (lambda x, n: x[0, n:], (X, TWO), (X, ONE)),
    "repeat": (lambda x, n: np.repeat(x, n), (V, np.array([1, 1, 1, 2])), (V, np.arange(4))),
    "x.repeat": (lambda x, n: x.repeat(n), (V, TWO), (V, THREE)),
    "an axis": (lambda x, n: x.sum(axis=n), (X, ONE), (X, ZERO)),
    "another axis": (lambda x, n: np.max(x, n), (X, ONE), (X, ZERO)),
    "reshape": (lambda x, n: np.reshape(x, n), (X, np.array([3, 2])), (X, np.array([1, 6]))),
    "x.reshape": (lambda x, n: x.reshape(n, -1), (X, TWO), (X, THREE)),
    "broadcast_to": (np.broadcast_to, (V, np.array([2, 4])), (V, np.array([4, 4]))),
    "concatenate": (lambda x, n: np.concatenate([x, x], n), (X, ONE), (X, ZERO)),
    "diagonal": (lambda x, n: np.diagonal(x, n), (X, TWO), (X, ONE)),
}  # fmt: skip


@pytest.mark.parametrize("f, first, later", OF_NUMBERS.values(), ids=OF_NUMBERS)
def test_functions_whose_shapes_depend_on_numbers(f, first, later):
    """What Python saw of the shape holds for these numbers, and so does code in C."""

    def counted(*args):
        y = f(*args)
        return y * 2 + 1, y.shape, y.size

    for kind in ("f8", "f4"):
        compiled = knetpy.compile(counted)
        for args in (first, later, first, later):
            args = [x.astype(kind) if x.dtype.kind == "f" else x for x in args]
            got, exact = compiled(*args), counted(*args)
            np.testing.assert_array_equal(got[0], exact[0])
            assert got[1:] == exact[1:]
