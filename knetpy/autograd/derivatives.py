"""Derivatives as functions: vjp, jvp, jacobian, hessian, and what follows from them.

These are the plain linear maps: unlike `grad`, they conjugate nothing.  Arguments and results
may be nested lists, tuples and dicts of arrays.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from .containers import rebuild
from .core import Recording, own, walk_back
from .gradients import dense, is_leaf, is_trainable, one_argument, pair_of, track, value_of
from .values import Result, current, recorder, value

__all__ = ["elementwise_grad", "hessian", "hvp", "jacobian", "jvp", "vjp"]


class Recorded:
    """One run of `f`, kept to be walked back over any number of times."""

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...], has_aux: bool = False) -> None:
        active = Recording(recorder(), check=False)
        token = current.set(active)
        try:
            self.keys: list[Any] = []
            y = f(*rebuild(args, lambda x: track(x, self.keys), leaf=is_trainable))
            self.aux: Any = None
            if has_aux:
                y, aux = pair_of(y)
                self.aux = rebuild(aux, value_of(active), leaf=is_leaf)
        finally:
            current.reset(token)
            self.leaves = active.leaves
            self.nodes, self.nested = list(active.nodes), active.outer is not None
            active.close()
        self.args, self.recording = args, active
        self.y = rebuild(y, value_of(active), leaf=is_leaf)
        self.outputs = leaves_of(y)
        active.nodes = self.nodes  # what an overwritten Param is named by

    def mine(self, r: Any) -> bool:
        return type(r) is Result and r.recording is self.recording

    def pull(self, dy: Any) -> tuple[Any, ...]:
        """The gradients of the arguments for the gradient `dy` of the result."""
        require_same(self.y, dy, "the result", "its gradient")
        found = iter(self.gradients(leaves_of(dy)))
        return tuple(rebuild(self.args, lambda _: next(found), leaf=is_trainable, absent=True))

    def gradients(self, dys: list[Any]) -> list[Any]:
        """One for each leaf of the arguments: zeros where none came, for this is a linear map."""
        grads = self.walk_back(dys)
        taken = {id(x) for x in dys} | {id(leaf.value) for leaf in self.leaves.values()}
        return [own(self.settled(grads, self.leaves[key]), taken) for key in self.keys]

    def walk_back(self, dys: list[Any]) -> list[Any]:
        self.recording.raise_if_overwritten()
        grads: list[Any] = [None] * len(self.nodes)
        for r, dy in zip(self.outputs, dys, strict=True):
            if self.mine(r):
                dy = dy if hasattr(dy, "dtype") else r.dtype.type(dy)
                grads[r.index] = dy if (old := grads[r.index]) is None else old + dy
        nested = self.nested or any(isinstance(dy, Result) for dy in dys)
        walk_back(list(self.nodes), grads, nested)
        return grads

    def settled(self, grads: list[Any], leaf: Any) -> Any:
        x, g = leaf.value, dense(grads[leaf.index])
        if g is None:
            return np.zeros_like(value(x))
        if g.dtype.kind == "c" != x.dtype.kind:
            g = g.real
        return g.astype(x.dtype) if g.dtype != x.dtype else g


def require_same(x: Any, given: Any, what: str, name: str) -> None:
    """Raise unless `given` has the structure of `x`, and a number or array of each one's shape."""
    if alike(x, given):
        return
    wanted, came = (
        rebuild(part, lambda a: str(np.shape(a)), leaf=is_trainable, absent=True)
        for part in (x, given)
    )
    if came != wanted:
        raise ValueError(
            f"{name} must have the structure and the shapes of {what}: expected {wanted}, "
            f"got {came}"
        )


def alike(x: Any, given: Any) -> bool:
    """Whether two arrays, or lists or tuples of them, are alike at a glance."""
    if type(x) is list or type(x) is tuple:
        fit = type(given) is type(x) and len(given) == len(x)
        return fit and all(map(alike, x, given))
    return is_trainable(x) and is_trainable(given) and np.shape(x) == np.shape(given)


def vjp(f: Callable[..., Any], *args: Any, has_aux: bool = False) -> Any:
    """The pair (y, pull): the value of `f(*args)`, and the map from dy to the arguments' gradients.

        pull(dy) = dy^T J, a tuple with the structure of the arguments

    `pull` may be called any number of times.  With `has_aux`, `f` gives (y, aux), and the
    result is (y, pull, aux).

    Raises:  ValueError if dy does not have the structure and the shapes of y

    >>> y, pull = vjp(lambda a, b: a * b, np.array([1.0, 2.0]), 3.0)
    >>> y, pull(np.array([1.0, 10.0]))
    (array([3., 6.]), (array([ 3., 30.]), np.float64(21.0)))
    """
    run = Recorded(f, args, has_aux)
    return (run.y, run.pull, run.aux) if has_aux else (run.y, run.pull)


def jvp(f: Callable[..., Any], primals: Any, tangents: Any, *, has_aux: bool = False) -> Any:
    """The pair (y, dy): the value of `f(*primals)`, and its change along the tangents.

        dy = J t, exact, by differentiating the pull of `vjp`, which is linear (two reverse walks)

    With `has_aux`, `f` gives (y, aux), and the result is (y, dy, aux).

    Raises:  ValueError if the tangents do not have the structure and the shapes of the primals

    >>> jvp(lambda x: x * x, (np.array([1.0, 2.0]),), (np.array([1.0, 0.5]),))
    (array([1., 4.]), array([2., 2.]))
    """
    require_same(tuple(primals), tuple(tangents), "the primals", "the tangents")
    run = Recorded(f, tuple(primals), has_aux)
    zeros = rebuild(run.y, lambda y: np.zeros_like(value(y)), leaf=is_trainable)
    dy = vjp(run.pull, zeros)[1](tuple(tangents))[0]
    return (run.y, dy, run.aux) if has_aux else (run.y, dy)


def jacobian(f: Callable[..., Any], argnum: int = 0, *, has_aux: bool = False) -> Any:
    """The function that gives all derivatives of an array result: shape y.shape + x.shape.

    A complex result of a real argument is differentiated as two real ones.  With `has_aux`,
    `f` gives (y, aux), and the function gives (jacobian, aux).

    Raises:  TypeError if the result does not depend on the argument by way of operations

    >>> jacobian(lambda x: x * x)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """

    def derivative(*args: Any, **kwargs: Any) -> Any:
        of_one, x = one_argument(f, argnum, args, kwargs)
        run = Recorded(of_one, (x,), has_aux)
        require_recorded(run, "jacobian")
        return blocks(run, has_aux)

    return derivative


def require_recorded(run: Recorded, name: str) -> None:
    if not any(map(run.mine, run.outputs)):
        raise TypeError(
            f"{name}: the result does not depend on the argument by way of operations that "
            "were recorded; does f return its argument's value, or a plain array?"
        )


def blocks(run: Recorded, has_aux: bool) -> Any:
    """The derivatives of all outputs, in the structure of the result."""
    found = iter([block(run, i) for i in range(len(run.outputs))])
    jac = rebuild(run.y, lambda _: next(found), leaf=is_trainable)
    return (jac, run.aux) if has_aux else jac


def block(run: Recorded, i: int) -> Any:
    """The derivatives of output number `i`, one walk back for each of its entries."""
    zeros = [np.zeros_like(value(r)) for r in run.outputs]

    def rows(unit: Any) -> list[list[Any]]:
        found = []
        for j in range(zeros[i].size):
            dy = zeros[i].copy()
            dy.reshape(-1)[j] = unit
            found.append(run.gradients([*zeros[:i], dy, *zeros[i + 1 :]]))
        return found

    real = rows(1)
    turned = rows(1j) if zeros[i].dtype.kind == "c" else real

    def column(k: int) -> Any:
        x = run.leaves[run.keys[k]].value
        shape = zeros[i].shape + x.shape
        if not real:
            return np.zeros_like(value(x), shape=shape)
        jac = np.stack([row[k] for row in real]).reshape(shape)
        if zeros[i].dtype.kind != "c" or x.dtype.kind == "c":
            return jac
        return jac - 1j * np.stack([row[k] for row in turned]).reshape(shape)

    columns = map(column, range(len(run.keys)))
    return rebuild(run.args[0], lambda _: next(columns), leaf=is_trainable, absent=True)


def hessian(f: Callable[..., Any], argnum: int = 0, *, has_aux: bool = False) -> Any:
    """The function that gives all second derivatives of a scalar result: shape x.shape * 2.

    With `has_aux`, `f` gives (y, aux), and the function gives (hessian, aux).

    Raises:  TypeError if the result does not depend on the argument by way of operations

    >>> hessian(lambda x: np.sum(x**3))(np.array([1.0, 2.0]))
    array([[ 6.,  0.],
           [ 0., 12.]])
    """

    def derivative(*args: Any, **kwargs: Any) -> Any:
        of_one, x = one_argument(f, argnum, args, kwargs)

        def gradient(x: Any) -> Any:
            run = Recorded(of_one, (x,), has_aux)
            require_recorded(run, "hessian")
            slope = run.pull(one(run.y))[0]
            return (slope, run.aux) if has_aux else slope

        return blocks(Recorded(gradient, (x,), has_aux), has_aux)

    return derivative


def hvp(f: Callable[..., Any], x: Any, v: Any) -> Any:
    """The Hessian of a scalar `f` at `x`, times the direction `v`, without forming the Hessian.

        H v = d/dx <grad f(x), v>

    >>> hvp(lambda x: np.sum(x**3), np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    array([ 6., 12.])
    """

    require_same(x, v, "x", "the direction v")

    def gradient(x: Any) -> Any:
        y, pull = vjp(f, x)
        return pull(one(y))[0]

    _, pull = vjp(gradient, x)
    return pull(v)[0]


def elementwise_grad(f: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """The function that gives the derivative of each entry of a function that acts entry by entry.

    >>> elementwise_grad(np.sin)(np.array([0.0, 0.5])).round(4)
    array([1.    , 0.8776])
    """

    def derivative(*args: Any, **kwargs: Any) -> Any:
        y, pull = vjp(*one_argument(f, argnum, args, kwargs))
        return pull(rebuild(y, lambda part: np.ones_like(value(part)), leaf=is_trainable))[0]

    return derivative


def one(y: Any) -> Any:
    if np.shape(y) != ():
        raise ValueError(f"a scalar result is needed here, got shape {np.shape(y)}")
    return np.ones_like(value(y))


def leaves_of(x: Any) -> list[Any]:
    """The arrays and numbers in nested lists, tuples and dicts, in order."""
    found: list[Any] = []
    rebuild(x, found.append, leaf=is_trainable)
    return found
