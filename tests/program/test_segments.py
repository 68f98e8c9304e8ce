"""Runs of steps in C give what NumPy gives: numbers, types, and which arrays share memory."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import knetpy
import knetpy.tracing as tracing
from knetpy.autograd import Param, State, value
from knetpy.kernels.program import KINDS, LINE, OWN, Code
from knetpy.program import segments
from tests.kernels.native_help import needs_native
from tests.kernels.onednn_help import holey, unaligned

pytestmark = needs_native
RNG = np.random.default_rng(9)
NAMES = list(KINDS)


def whole(*shape):
    """Whole numbers as float32, whose sums and products are exact."""
    return RNG.integers(-3, 4, shape).astype("f4")


def codes(compiled):
    calls = [call for some in compiled.programs.values() for p in some for call, _ in p.calls]
    return [call for call in calls if isinstance(call, Code)]


def in_c(compiled):
    """The names of the operations in C, in their order."""
    return [NAMES[o.kind] for code in codes(compiled) for o in code.operations]


def copied(args):
    """Copies with the same strides, of the same array where it is given twice."""
    known = {id(x): copy_of(x) for x in args}
    return [known[id(x)] for x in args]


def copy_of(x):
    turned = (..., *(slice(None, None, -1 if step < 0 else 1) for step in x.strides))
    return x[turned].copy(order="K")[turned]


def agree(got, exact):
    assert len(got) == len(exact)
    for y, z in zip(got, exact, strict=True):
        assert type(y) is type(z) and y.dtype == z.dtype and y.shape == z.shape
        np.testing.assert_array_equal(y, z)


def shared(arrays):
    return [np.shares_memory(x, y) for x in arrays for y in arrays]


def check(f, make):
    """`f` compiled gives, writes and shares what `f` does, three times; what it is by then."""
    compiled = knetpy.compile(f)
    for _ in range(3):
        args = make()
        others = copied(args)
        got, exact = (list(g(*x)) for g, x in ((compiled, args), (f, others)))
        agree(got, exact)
        agree(args, others)
        assert shared([*got, *args]) == shared([*exact, *others])
    return compiled


# Views

VIEWS = {
    "transposed": lambda x: x.T,
    "reshaped": lambda x: x.reshape(2, 8),
    "flat": lambda x: np.ravel(x),
    "a row": lambda x: x[1],
    "a column": lambda x: x[:, 2],
    "rows": lambda x: x[1:3],
    "backwards": lambda x: x[::-1],
    "mirrored with gaps": lambda x: x[:, ::-2],
    "broadcast": lambda x: np.broadcast_to(x[0], (3, 4)),
    "with another axis": lambda x: x[None, ..., None],
    "of three axes": lambda x: x.reshape(2, 2, 4).transpose(1, 0, 2)[:, 1],
    "diagonal": lambda x: np.diagonal(x),
    "a view of a view": lambda x: x[1:].T[::-1, :2],
    "the whole": lambda x: x[...],
}
views = pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)


def is_made_dense(view):
    """Whether what NumPy computes of a view lies in C's order: it keeps one of columns."""
    return (view(whole(4, 4)) * 3).flags.c_contiguous


@views
def test_views_inside_are_nothing_in_c(view):
    f = lambda x: [view(x * 2 + 1) * 3 - 1]  # noqa: E731
    compiled = check(f, lambda: [whole(4, 4)])
    assert len(codes(compiled)) == 1
    dense = is_made_dense(view)
    assert in_c(compiled) == ["multiply", "add", "multiply", "subtract"][: 4 if dense else 2]


@views
def test_views_of_an_argument_are_inputs(view):
    compiled = check(lambda x: [view(x) * 3 - 1], lambda: [whole(4, 4)])
    assert in_c(compiled) == (["multiply", "subtract"] if is_made_dense(view) else [])


@views
def test_views_of_an_argument_that_is_a_view(view):
    for cut in (lambda x: x[2:, 1:], lambda x: x[:4, ::-1][:, :4], lambda x: holey(x[:4, :4])):
        check(
            lambda x: [view(x) * 3 - 1, view(x) * x[0, 0] + 1], lambda cut=cut: [cut(whole(6, 5))]
        )


@views
def test_views_as_results_share_memory_as_numpys_do(view):
    def f(x):
        y = x * 2 + 1
        return view(y), y, view(y * 2), view(x), y[:2]

    assert len(codes(check(f, lambda: [whole(4, 4)]))) == 1


@views
def test_views_are_used_by_steps_of_python_later(view):
    def f(x):
        y = view(x * 2 + 1)
        z = np.where(y > 2, y, -1)  # not in C
        return z * y, y + 1

    assert in_c(check(f, lambda: [whole(4, 4)]))[-2:] == ["multiply", "add"]


def test_products_of_views():
    def f(x, y):
        z = x + 1
        return z.T @ y, z[::-1] @ y.T, z[:, 1:3] @ y[:2], np.broadcast_to(z[0], (3, 4)) @ y

    compiled = check(f, lambda: [whole(4, 4), whole(4, 4)])
    assert in_c(compiled) == ["add"] + ["product"] * 4


def test_a_view_that_has_to_copy_is_a_step_of_python():
    f = lambda x: [(x * 2 + 1).T.reshape(-1) * 2 + 1]  # noqa: E731
    compiled = check(f, lambda: [whole(3, 4)])
    assert len(codes(compiled)) == 2


def test_writing_through_a_view_changes_the_array_that_it_is_of():
    def f(x):
        y = x * 2 + 1
        row = y[1]
        np.add(row, 5, out=row)
        np.multiply(y, 2, out=y)
        return y.sum(axis=0), row - 1, y

    check(f, lambda: [whole(3, 4)])


def test_a_view_that_is_taken_before_its_array_is_written():
    def f(x):
        y = x * 2 + 1
        upside_down = y[::-1]
        y += 3
        return upside_down * 2, upside_down, y - 1

    assert in_c(check(f, lambda: [whole(3, 4)])) == [*"multiply add add multiply subtract".split()]


# Outcomes that are wanted later


def test_outcomes_are_used_by_later_steps_of_python_and_later_segments():
    def f(x):
        a = x + 1
        b = a * 2
        c = np.cumsum(b, axis=0)
        d = np.maximum(a, c)
        return b - d, a.max()

    compiled = check(f, lambda: [whole(3, 4)])
    assert in_c(compiled) == ["add", "multiply", "maximum", "subtract"]
    assert len(codes(compiled)) == 2


def test_what_only_c_wants_is_not_made_for_python():
    compiled = check(lambda x: [((x + 1) * 2 - 3).sum()], lambda: [whole(3, 4)])
    (code,) = codes(compiled)
    assert len(code.made) + len(code.numbers) == 1
    assert sum(place.array == OWN for place in code.places) >= 1


def test_numbers_are_numpys_numbers():
    def f(x):
        total = x.sum()
        return total * 2, total, x * total, x.mean() - total

    check(f, lambda: [whole(4, 4)])  # a mean of 16 is exact
    compiled = check(lambda x: [x * 2 + 1, np.square(x) - x], lambda: [whole()])
    assert len(codes(compiled)) == 1


def test_an_array_of_no_axes_that_is_written_into_stays_an_array():
    def f(x):
        y = x.copy()
        y += 1
        y *= 2
        return [y]

    check(f, lambda: [whole()])


# Masks


def test_a_mask_inside_is_in_c():
    compiled = check(lambda x, y: [x * (y > 0) + (x <= y) * y], lambda: [whole(3, 4), whole(3, 4)])
    assert in_c(compiled) == ["greater", "multiply", "less_equal", "multiply", "add"]


def test_a_mask_of_another_shape():
    f = lambda x, y: [(y > 0) * x, x * (y[0] >= 1)[None, 1:2], (y < 0).T * (x + 1)]  # noqa: E731
    assert "greater" in in_c(check(f, lambda: [whole(4, 4), whole(4, 4)]))


MASKS = {
    "returned": lambda x, m: [m, x * m],
    "a part returned": lambda x, m: [m[1:], x * m],
    "used by np.where": lambda x, m: [np.where(m, x, 0) + 1, x * m],
    "used as an index": lambda x, m: [x * m, x[m] + 1],
    "counted": lambda x, m: [m.sum(), x * m],
    "negated": lambda x, m: [x * ~m + 1],
    "two of them": lambda x, m: [x * (m & (x < 2)) + 1],
    "as integers": lambda x, m: [m * 1, x * m - 1],
}


@pytest.mark.parametrize("f", MASKS.values(), ids=MASKS)
def test_a_mask_that_leaves_is_numpys_bool(f):
    first = whole(3, 4)  # the same signs each time, for an index of bools has a shape of its own
    signs = np.where(first > 0, np.float32(1), np.float32(-1))
    check(lambda x: f(x + 0, (x - 0) > 0), lambda: [np.abs(whole(3, 4) + 8) * signs])


def test_masks_that_are_given_are_numpys_bools():
    """They have one byte, where those that C makes have four."""
    compiled = check(lambda x, m: [x * m + 1, m * x - 1], lambda: [whole(3, 4), whole(3, 4) > 0])
    assert set(in_c(compiled)) <= {"add", "subtract"}
    m = whole(3, 4) > 0
    check(lambda x: [x * m + 1, x[:, ::2] * m[:, 1::2] - m[0, ::2]], lambda: [whole(3, 4)])


# Writing into what outlives the call


def test_writing_into_an_argument():
    def f(x, y):
        x += 1
        x *= y
        np.subtract(y, x, out=y)
        return x * 2, y.sum()

    compiled = check(f, lambda: [whole(3, 4), whole(3, 4)])
    assert in_c(compiled) == ["add", "multiply", "subtract", "multiply", "total"]


def test_writing_into_an_argument_that_is_returned():
    def f(x):
        x += 1
        x *= 2
        return x, x[1:], x.T

    check(f, lambda: [whole(3, 4)])


@pytest.mark.parametrize(
    "cut",
    [lambda x: x[::-1], lambda x: x[:, ::2], np.transpose, holey],
    ids=["backwards", "with gaps", "turned", "holey"],
)
def test_writing_into_an_argument_with_strides_of_its_own(cut):
    def f(x):
        x += 1
        x[1:] *= 2
        np.add(x[0], 3, out=x[0])
        return [x * 2]

    check(f, lambda: [cut(whole(4, 6))])


def test_an_array_that_may_not_be_written_is_not():
    def f(x):
        x += 1
        x *= 2
        return x

    compiled = knetpy.compile(f)
    compiled(whole(3, 4))
    x = np.ones((3, 4), "f4")
    x.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        compiled(x)
    assert (x == 1).all()


def test_an_array_that_is_not_aligned_is_right_after_one_that_is():
    f = lambda x: x * 2 + 1  # noqa: E731
    compiled = knetpy.compile(f)
    for x in (whole(3, 4), unaligned(whole(3, 4)), whole(3, 4)):
        np.testing.assert_array_equal(compiled(x), f(x))


def test_writing_into_params():
    w, v = Param(whole(3, 4)), Param(whole(4))
    w_too, v_too = Param(w.value.copy()), Param(v.value.copy())

    def f(w, v, x):
        y = x * w + v
        w -= 2 * y
        v += np.sum(value(w), axis=0)
        return value(np.multiply(w, v)), value(y)

    compiled = knetpy.compile(lambda x: f(w, v, x))
    for _ in range(3):
        x = whole(3, 4) / 2
        np.testing.assert_allclose(compiled(x), f(w_too, v_too, x), rtol=1e-6)
        np.testing.assert_allclose(w.value, w_too.value, rtol=1e-6)
        np.testing.assert_allclose(v.value, v_too.value, rtol=1e-6)
        assert (w.version, v.version) == (w_too.version, v_too.version)
    assert {"subtract", "column_sums"} <= {*in_c(compiled)}


def test_a_param_is_read_where_its_array_is_by_then():
    w = Param(whole(3, 4))
    compiled = knetpy.compile(lambda x: value(np.add(np.multiply(w, x), w)))
    x = whole(3, 4)
    for _ in range(3):
        np.testing.assert_array_equal(compiled(x), w.value * x + w.value)
        w.value = whole(3, 4)
        np.testing.assert_array_equal(compiled(x), w.value * x + w.value)
        w.value[...] = whole(3, 4)
    assert in_c(compiled) == ["multiply", "add"]


def test_two_params_of_one_array_may_get_two():
    w = Param(whole(3))
    v = Param(w.value)
    compiled = knetpy.compile(lambda x: value(np.add(np.multiply(w, x), v)))
    x = whole(3)
    np.testing.assert_array_equal(compiled(x), w.value * x + v.value)
    v.value = whole(3) + 8
    np.testing.assert_array_equal(compiled(x), w.value * x + v.value)


def test_a_state_that_is_updated():
    s = State(np.zeros(3, "f4"))

    def f(x):
        s.update(value(s) * 2 + x)
        return value(s) + 1

    compiled, x = knetpy.compile(f), np.array([1, 2, 3], "f4")
    for k in (1, 3, 7):
        np.testing.assert_array_equal(compiled(x), k * x + 1)
        np.testing.assert_array_equal(s.value, k * x)


# Arrays that share memory, in the first call or in later ones


def pair(x, y):
    return x * 2 + y, x - y, (x + 1) @ y.T


def apart():
    """An array with room around it: whoever takes two for parts of one does not go astray."""
    return whole(48, 4)[16:32]


ALIASES = {
    "two arrays": lambda: [apart(), apart()],
    "the same one": lambda: [x := apart(), x],
    "a view and what it is of": lambda: [x := apart(), x[...]],
    "parts that overlap": lambda: [(x := whole(64, 4))[17:33], x[16:32]],
    "the later part first": lambda: [(x := whole(64, 4))[16:32], x[17:33]],
    "rows of one array": lambda: [(x := whole(64, 4))[16:32], x[32:48]],
    "of one buffer": lambda: [
        np.frombuffer(buffer := bytearray(whole(17, 4)), "f4", 64).reshape(16, 4),
        np.frombuffer(buffer, "f4", 64, 16).reshape(16, 4),
    ],
}
aliases = pytest.mark.parametrize("later", ALIASES.values(), ids=ALIASES)


@aliases
@pytest.mark.parametrize("first", ALIASES.values(), ids=ALIASES)
def test_arguments_that_share_memory_are_read(first, later):
    compiled = knetpy.compile(pair)
    for args in (first(), later(), first()):
        agree(compiled(*args), pair(*args))


def written(x, y):
    np.add(x, y, out=x)
    np.multiply(y, x, out=y)
    return x + 1, y - 1


def again(make):
    """The same arrays twice: numbers and the memory that they share."""
    state = RNG.bit_generator.state
    first = make()
    RNG.bit_generator.state = state
    return first, make()


@aliases
@pytest.mark.parametrize("first", ALIASES.values(), ids=ALIASES)
def test_arguments_that_share_memory_are_written(first, later):
    """NumPy computes as if each step read everything before it writes."""
    compiled = knetpy.compile(written)
    for make in (first, later, first):
        args, others = again(make)
        agree(compiled(*args), written(*others))
        agree(args, others)


@pytest.mark.parametrize("which", [0, 1], ids=["left", "right"])
def test_a_product_into_an_argument_that_may_be_an_input(which):
    def f(x, y, out):
        np.matmul(x, y, out=out)
        np.add(out, y, out=out)
        return [out * 1]

    compiled = knetpy.compile(f)
    for same in (False, True, False):
        args, others = again(lambda: [whole(20, 20) for _ in range(3)])
        if same:
            args[2], others[2] = args[which], others[which]
        agree(compiled(*args), f(*others))


def test_a_branch_sees_what_was_written_into_an_argument_that_is_the_same():
    def f(x, y):
        x = x + 0
        x += y
        return (x * 2 + 1,) if (y > 0).all() else (x * 3 + 1,)

    def g(x, y):
        if (y > 0).all():
            return (x * 2 + 1,)
        return (x * 3 + 1,)

    for h in (f, g):
        compiled = knetpy.compile(h)
        for x in (whole(3), np.ones(3, "f4"), -np.ones(3, "f4")):
            for y in (x, x + 1, np.ones(3, "f4"), x):
                agree(compiled(x, y), h(x, y))


# What a function finds elsewhere


def test_closed_over_arrays_and_their_views():
    c, d = whole(4, 4), whole(4, 5)[::-1, 1:]

    def f(x):
        return x * c + c.T, x @ c[::-1] + c[1], (x + d) * d[:, ::-1] - c[2:, 1:].sum()

    compiled = check(f, lambda: [whole(4, 4)])
    assert "affine" in in_c(compiled)


def test_only_views_of_a_closed_over_array():
    c = whole(6, 5)
    f = lambda x: [x * c[3:, 1:] + c[2:5, :4], x - c[5, 1:]]  # noqa: E731
    assert len(in_c(check(f, lambda: [whole(3, 4)]))) == 3


def test_a_closed_over_array_that_lies_in_an_arguments_memory():
    c = whole(3, 4)
    compiled = knetpy.compile(lambda x: x * c + c[0])
    np.testing.assert_array_equal(compiled(c), c * c + c[0])
    x = whole(3, 4) + 8
    np.testing.assert_array_equal(compiled(x), x * c + c[0])


CUTS = {
    "all": lambda x: x,
    "a view": lambda x: x[...],
    "turned": np.transpose,
    "a row": lambda x: x[0],
}


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_a_closed_over_array_of_a_param_stays_when_that_gets_another(cut):
    w = Param(whole(3, 3))
    x = cut(w.value)
    compiled = knetpy.compile(lambda: value(np.add(np.multiply(w, 2), x)))
    for _ in range(3):
        np.testing.assert_array_equal(compiled(), w.value * 2 + x)
        w.value = whole(3, 3) + 10


def test_a_closed_over_array_that_a_param_is_of_part():
    x = whole(4, 3)
    w = Param(x[1:])
    compiled = knetpy.compile(lambda: value(np.add(np.multiply(w, 2), x[:3])))
    for _ in range(3):
        np.testing.assert_array_equal(compiled(), w.value * 2 + x[:3])
        w.value = whole(3, 3) + 10


def test_a_closed_over_number_of_numpys():
    a, b = np.float32(0.1), np.array(3, "f4")
    assert in_c(check(lambda x: [x * a + b, b - x], lambda: [whole(3)])) == [
        "multiply",
        "add",
        "subtract",
    ]


# Memory


def chain(x):
    for k in range(30):
        x = x * 2 - k
        x = np.minimum(x, 50)
    return [x]


def test_arrays_that_do_not_live_at_the_same_time_share_memory():
    compiled = check(chain, lambda: [whole(8, 8)])
    (code,) = codes(compiled)
    assert code.room <= 2 * 8 * 8 * 4  # two at a time, of ninety


def test_arrays_that_live_at_the_same_time_do_not():
    def f(x):
        some = [x * k for k in range(2, 12)]
        return [sum(y * (k + 1) for k, y in enumerate(some)) - 1, sum(reversed(some)) - 2]

    (code,) = codes(check(f, lambda: [whole(8, 8)]))
    assert code.room >= 10 * 8 * 8 * 4


def test_arrays_begin_at_cache_lines():
    f = lambda x: [((x + 1).sum(axis=0) * 2 + (x + 2).sum(axis=1) * (x[0] - 1)).sum()]  # noqa: E731
    (code,) = codes(check(f, lambda: [whole(3, 3)]))
    assert code.room % LINE == 0
    assert all(place.offset % LINE == 0 for place in code.places if place.array == OWN)


def test_results_of_two_calls_do_not_share_memory():
    compiled = knetpy.compile(lambda x: (x * 2 + 1, (x * 3 - 1).T, (x + x)[1:], x.sum(axis=0) * 2))
    x = whole(3, 4)
    results = [y for _ in range(4) for y in compiled(x)]
    assert len(codes(compiled)) == 1
    assert not any(np.shares_memory(a, b) for k, a in enumerate(results) for b in results[:k])
    first, second = compiled(x), compiled(x)
    first[0][...] = 99
    assert (second[0] != 99).all()


@pytest.mark.parametrize(
    "f",
    [
        lambda x: (np.ones_like(x)[:1], x * 2 + 1),
        lambda x: (np.zeros_like(x).T, x * 2 + 1),
        lambda x: (np.broadcast_to(np.ones_like(x), (2, 3, 4))[0], x * 2 + 1),
    ],
    ids=["a row of ones", "zeros transposed", "ones broadcast"],
)
def test_views_of_constants_are_of_new_arrays_in_each_call(f):
    compiled = knetpy.compile(f)
    first, second, third = (compiled(whole(3, 4))[0] for _ in range(3))
    assert not np.shares_memory(second, third) and not np.shares_memory(first, second)


def test_a_segment_that_would_hold_too_much_memory_is_numpys(monkeypatch):
    f = lambda x: [((x + 1) * 2 - 3).sum(axis=0)]  # noqa: E731
    (code,) = codes(check(f, lambda: [whole(30, 40)]))
    assert code.room > 5000
    monkeypatch.setattr(segments, "MOST", code.room - 1)
    assert codes(check(f, lambda: [whole(30, 40)])) == []
    monkeypatch.setattr(segments, "MOST", code.room)
    assert len(codes(check(f, lambda: [whole(30, 40)]))) == 1


def test_what_is_given_or_made_does_not_count_as_memory_that_is_held(monkeypatch):
    monkeypatch.setattr(segments, "MOST", 0)
    f = lambda x: [x + 1, x * 2]  # noqa: E731
    assert len(codes(check(f, lambda: [whole(30, 40)]))) == 1


def test_without_compiled_code_numpy_gives_the_same(monkeypatch):
    def f(x, y):
        z = (x * (y > 0)) @ y.T - 1
        x += z
        return z.T, x.sum(axis=0), y[1:] * 2

    make = lambda: [whole(4, 4), whole(4, 4)]  # noqa: E731
    assert codes(check(f, make))
    monkeypatch.setattr("knetpy.program.segments.available", lambda: False)
    assert codes(check(f, make)) == []


# Random programs

DYADIC = [np.add, np.subtract, np.multiply, np.maximum, np.minimum]
COMPARING = [np.greater, np.greater_equal, np.less, np.less_equal]
UNARY = [np.negative, np.square, np.absolute, np.copy, lambda x: x.copy()]
NUMBERS = [2, -3, 0.0, -0.0, 1, np.float32(2)]
LOOKS = [
    lambda x: x.T,
    lambda x: x.reshape(-1),
    lambda x: x[::-1],
    lambda x: x[1:],
    lambda x: x[..., :1],
    lambda x: x[..., ::-1],
    lambda x: x[None],
    lambda x: np.broadcast_to(x, (2, *x.shape)) if x.ndim < 3 else x,
    lambda x: x.squeeze(),
    lambda x: np.swapaxes(x, 0, -1),
]


def fit(x, y):
    try:
        return np.broadcast_shapes(x.shape, y.shape)
    except ValueError:
        return None


def bounded(x):
    """Small whole numbers, so that everything stays exact."""
    return np.minimum(np.maximum(x, -4), 4)


def two(x, y, k):
    return bounded(DYADIC[k % 5](x, y)) if fit(x, y) is not None else None


def number(x, y, k):
    return bounded(DYADIC[k % 5](x, NUMBERS[k % 6]))


def one(x, y, k):
    return bounded(UNARY[k % 5](x))


def mask(x, y, k):
    return y * COMPARING[k % 4](x, 0) if fit(x, y) is not None else None


def bools(x, y, k):
    return COMPARING[k % 4](x, k % 3)


def product(x, y, k):
    if x.ndim == y.ndim == 2:
        return bounded(x @ y if x.shape[1] == y.shape[0] else x @ x.T)
    return None


def look(x, y, k):
    return LOOKS[k % len(LOOKS)](x) if x.ndim else x.reshape(1, 1)


def summed(x, y, k):
    return bounded(x.sum(axis=(None, 0, -1)[k % 3] if x.ndim else None, keepdims=k % 2 > 0))


def python(x, y, k):
    """What C does not have."""
    return bounded(np.rint(np.tanh(x) * 3)) if k % 2 else np.where(x > 0, x, 0 * x)


def into(x, y, k):
    if x.ndim and 0 not in x.strides and fit(x, y) == x.shape:
        DYADIC[k % 5](x, y, out=x)
        np.minimum(x, 4, out=x)
        np.maximum(x, -4, out=x)


def put(x, y, k):
    if x.ndim and 0 not in x.strides:
        x[0] = k % 3


STEPS = [two, number, one, mask, bools, product, look, summed, python, into, put]
places = st.integers(-4, 40)  # counted from the latest array, or the first one
codes_of = st.lists(
    st.tuples(st.sampled_from(STEPS), places, places, st.integers(0, 59)), min_size=2, max_size=24
)
picks = st.lists(st.integers(-8, 40), min_size=1, max_size=4)


def run(code, pick, args):
    pool = list(args)
    for step, i, j, k in code:
        x, y = pool[i % len(pool)], pool[j % len(pool)]
        if x.dtype == bool or y.dtype == bool:
            step = look if y.dtype == bool else mask
            x, y = (y, y) if y.dtype == bool else (x * y if fit(x, y) is not None else y, y)
        z = step(x, y, k)
        if z is not None and z.size:
            pool.append(z)
    return [pool[k % len(pool)] for k in pick]


def random_program(code, pick, columns, backwards, seed):
    rng = np.random.default_rng(seed)

    def make():
        args = [rng.integers(-2, 3, s).astype("f4") for s in ((3, 4), (4,), (4, 4), (1, 3))]
        args[0] = np.asfortranarray(args[0]) if columns else args[0]
        args[2] = args[2][::-1] if backwards else args[2]
        return args

    check(lambda *args: run(code, pick, args), make)


random_cases = given(codes_of, picks, st.booleans(), st.booleans(), st.integers(0, 999))


@random_cases
@settings(max_examples=150)
@example([(two, 0, 1, 0), (into, -1, 1, 1), (look, -1, 0, 0)], [-1, -2], False, False, 0)
def test_random_programs_equal_eager(code, pick, columns, backwards, seed):
    """Numbers, types, what was written, which results share memory."""
    random_program(code, pick, columns, backwards, seed)


@pytest.mark.slow
@random_cases
@settings(max_examples=5000)
def test_many_random_programs_equal_eager(code, pick, columns, backwards, seed):
    random_program(code, pick, columns, backwards, seed)


def test_a_bias_is_added_by_the_product_before_it():
    rng = np.random.default_rng(0)
    x, w, b = (rng.standard_normal(shape, "f4") for shape in ((5, 3), (3, 4), 4))

    def in_place(x, w, b):
        y = x @ w
        y += b
        return y * y

    for f, found in [
        (in_place, ["affine", "multiply"]),
        (lambda x, w, b: (x @ w + b) * 2, ["affine", "multiply"]),
        (lambda x, w, b: np.square(x @ w + b[None]), ["affine", "square"]),
        (lambda x, w, b: (x @ w + b[:1]) * 2, ["product", "add", "multiply"]),
        (lambda x, w, b: (lambda y: (y + b) * y)(x @ w), ["product", "add", "multiply"]),
        (lambda x, w, b: (lambda y: (y, (y + b) * 2))(x @ w), ["product", "add", "multiply"]),
        (lambda x, w, b: (b + x @ w) * 2, ["product", "add", "multiply"]),
    ]:
        program = knetpy.compile(f)
        for _ in range(2):
            np.testing.assert_allclose(program(x, w, b), f(x, w, b), rtol=1e-5, atol=1e-6)
        assert in_c(program) == found


def test_a_kernel_that_lays_its_result_out_in_another_way():
    """As pooling does for images with NaN, which oneDNN does not take: C sees what it expects."""
    order = "C"

    @tracing.whole
    def copied(x):
        return np.array(x, order=order)

    f = lambda x: (copied(x) * 2 + 1) @ np.ones((4, 2), "f4")  # noqa: E731
    x = np.arange(12, dtype="f4").reshape(3, 4)
    program = knetpy.compile(f)
    program(x)
    for order in ("C", "F", "C"):  # noqa: B007 (copied sees it)
        np.testing.assert_allclose(program(x), f(x))
    assert "multiply" in in_c(program)
