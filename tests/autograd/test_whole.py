"""Unfollowed and compute: arrays that cannot follow a call may take it as a whole, or raise."""

import numpy as np
import pytest

from knetpy.autograd import Param, diff, grad, primitive
from knetpy.autograd.whole import Unfollowed, compute


class Whole(Unfollowed):
    """Takes the call as one, and writes down which."""

    def __init__(self):
        super().__init__("not followed")
        self.calls = []

    def whole(self, f, args, options):
        self.calls.append((f, args, options))
        return "as a whole"


def test_compute_is_the_call_where_all_is_followed():
    assert compute(int, ("11",), {"base": 2}) == 3


def test_compute_gives_an_unfollowed_call_to_who_raised():
    whole = Whole()

    def f(x, *, scale):
        raise whole

    assert compute(f, (1,), {"scale": 2}) == "as a whole"
    assert whole.calls == [(f, (1,), {"scale": 2})]


def test_who_takes_nothing_raises_itself():
    error = Unfollowed("this cannot be followed")

    def f():
        raise error

    with pytest.raises(Unfollowed, match="^this cannot be followed$") as caught:
        compute(f, (), {})
    assert caught.value is error


def test_it_is_a_type_error_and_others_are_left_alone():
    assert issubclass(Unfollowed, TypeError)

    def f():
        raise TypeError("an ordinary one")

    with pytest.raises(TypeError, match="^an ordinary one$") as caught:
        compute(f, (), {})
    assert type(caught.value) is TypeError


class Noting(np.lib.mixins.NDArrayOperatorsMixin):
    """An array type of another package, which follows ufuncs but becomes no plain array."""

    def __init__(self, held, log):
        self.held, self.log = held, log
        self.shape, self.dtype, self.base = held.shape, held.dtype, None

    def __array_ufunc__(self, f, method, *args, **options):
        if any(isinstance(x, Param) for x in args):
            return NotImplemented
        args = [x.held if isinstance(x, Noting) else x for x in args]
        return Noting(getattr(f, method)(*args, **options), self.log)

    def __array_function__(self, f, types, args, options):
        args = [x.held if isinstance(x, Noting) else x for x in args]
        return Noting(f(*args, **options), self.log)

    def __array__(self, dtype=None, copy=None):
        error = Unfollowed("no plain array")
        error.whole = self.whole
        raise error

    def whole(self, f, args, options):
        self.log.append(getattr(f, "__name__", "rule"))
        held = [x.held if isinstance(x, Noting) else x for x in args]
        return Noting(np.asarray(f(*held, **options)), self.log)


@primitive(rules=[lambda dy, y, x: np.asarray(dy) * np.cos(np.asarray(x))])
def sine(x):
    """A function and a rule that both need plain arrays."""
    return np.sin(np.asarray(x))


def test_implementations_are_taken_as_a_whole():
    log = []
    y = sine(Noting(np.ones(2), log))
    np.testing.assert_array_equal(y.held, np.sin(np.ones(2)))
    assert log == ["sine"]


def test_implementations_are_taken_as_a_whole_while_recording_too():
    log, w = [], Param(np.full(2, 0.5))
    seen = []
    x = Noting(np.ones(2), log)

    def loss():
        seen.append(sine(x))
        return np.sum(w)

    assert grad(diff(loss), w).tolist() == [1.0, 1.0]
    np.testing.assert_array_equal(seen[0].held, np.sin(np.ones(2)))
    assert log == ["sine"]


def test_rules_are_taken_as_a_whole_on_the_way_back():
    log = []
    w = Param(Noting(np.full((), 0.5), log))
    g = grad(diff(lambda: sine(w)), w)
    assert log[0] == "sine" and len(log) == 2, "once forth, and once back"
    assert g.held == np.cos(0.5)


def test_an_unfollowed_call_leaves_no_recording_behind():
    w = Param(1.0)

    @primitive(rules=[lambda dy, y, x: dy])
    def refusing(x):
        raise Unfollowed("not here")

    with pytest.raises(Unfollowed, match="not here"):
        diff(lambda: refusing(w * 2))
    assert grad(diff(lambda: w * 3), w) == 3
