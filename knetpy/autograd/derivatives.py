"""Derivatives as functions: vjp, jvp, jacobian, hessian, and what follows from them.

These are the plain linear maps: unlike `grad`, they conjugate nothing.  Arguments and results
may be nested lists, tuples and dicts of arrays.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from .containers import rebuild
from .core import Recording, walk_back
from .gradients import dense, is_trainable
from .values import Param, Result, current, trainable, value

__all__ = ["elementwise_grad", "hessian", "hvp", "jacobian", "jvp", "vjp"]


class Recorded:
    """One run of `f`, kept to be walked back over any number of times."""

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...], has_aux: bool) -> None:
        active = Recording(current.get(), check=False)
        token = current.set(active)
        try:
            self.keys: list[Any] = []
            y = f(*rebuild(args, self.track, leaf=is_trainable))
            self.aux: Any = None
            if has_aux:
                y, self.aux = y
        finally:
            current.reset(token)
            self.leaves = active.leaves
            self.nodes, self.nested = list(active.nodes), active.outer is not None
            active.close()
        self.args, self.recording = args, active
        self.y = rebuild(y, lambda r: r.value if self.mine(r) else r, leaf=is_trainable)
        self.outputs = leaves_of(y)

    def track(self, x: Any) -> Any:
        active: Any = current.get()
        self.keys.append(x if type(x) is Param else object())
        return active.leaf(self.keys[-1], x if isinstance(x, Result) else trainable(value(x)))

    def mine(self, r: Any) -> bool:
        return type(r) is Result and r.recording is self.recording

    def pull(self, dy: Any) -> tuple[Any, ...]:
        """The gradients of the arguments for the gradient `dy` of the result."""
        given = leaves_of(dy)
        if len(given) != len(self.outputs):
            raise ValueError(
                f"the result has {len(self.outputs)} arrays, but {len(given)} gradients came"
            )
        seeds: dict[int, Any] = {}
        for r, d in zip(self.outputs, given, strict=True):
            if np.shape(d) != np.shape(r):
                raise ValueError(f"the result has shape {np.shape(r)}, its gradient {np.shape(d)}")
            if self.mine(r):
                seeds[r.index] = seeds[r.index] + d if r.index in seeds else d
        grads = walk_back(
            list(self.nodes), seeds, self.nested or any(isinstance(d, Result) for d in given)
        )
        found = iter([self.gradient(grads, key) for key in self.keys])
        return tuple(rebuild(self.args, lambda _: next(found), leaf=is_trainable, absent=True))

    def gradient(self, grads: list[Any], key: Any) -> Any:
        """Zeros where nothing depends on the argument, for this is a linear map."""
        leaf = self.leaves[key]
        g = dense(grads[leaf.index])
        if g is None:
            return np.zeros_like(value(leaf))
        if g.dtype.kind == "c" != leaf.value.dtype.kind:
            g = g.real
        return g.astype(leaf.value.dtype) if g.dtype != leaf.value.dtype else g


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

    >>> jvp(lambda x: x * x, (np.array([1.0, 2.0]),), (np.array([1.0, 0.5]),))
    (array([1., 4.]), array([2., 2.]))
    """
    run = Recorded(f, tuple(primals), has_aux)
    directions = leaves_of(tuple(tangents))
    if [np.shape(t) for t in directions] != [np.shape(run.leaves[k].value) for k in run.keys]:
        raise ValueError("jvp needs a tangent of the shape of each primal")

    def along(u: Any) -> Any:
        pulled = leaves_of(run.pull(u))
        return sum(np.sum(np.real(g * t)) for g, t in zip(pulled, directions, strict=True))

    zeros = rebuild(run.y, lambda y: np.zeros_like(value(y)), leaf=is_trainable)
    _, back = vjp(along, zeros)
    dy = back(np.float64(1.0))[0]
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
        def of_one(x: Any) -> Any:
            return f(*args[:argnum], x, *args[argnum + 1 :], **kwargs)

        run = Recorded(of_one, (args[argnum],), has_aux)
        if not any(map(run.mine, run.outputs)):
            raise TypeError("jacobian: the result does not depend on the argument")
        blocks = iter([block(run, i) for i in range(len(run.outputs))])
        jac = rebuild(run.y, lambda _: next(blocks), leaf=is_trainable)
        return (jac, run.aux) if has_aux else jac

    return derivative


def block(run: Recorded, i: int) -> Any:
    """The derivatives of output number `i`, one pull for each of its entries."""
    zeros = [np.zeros_like(value(r)) for r in run.outputs]
    split = zeros[i].dtype.kind == "c" and run.leaves[run.keys[0]].value.dtype.kind != "c"

    def row(j: int, unit: Any) -> list[Any]:
        dy = zeros[i].copy()
        dy.reshape(-1)[j] = unit
        (pulled,) = run.pull([*zeros[:i], dy, *zeros[i + 1 :]])
        return leaves_of(pulled)

    rows = [row(j, 1) for j in range(zeros[i].size)]
    if split:
        turned = [row(j, 1j) for j in range(zeros[i].size)]
        rows = [
            [a - 1j * b for a, b in zip(*pair, strict=True)]
            for pair in zip(rows, turned, strict=True)
        ]
    columns = iter(zip(*rows, strict=True))

    def column(x: Any) -> Any:
        shape = zeros[i].shape + np.shape(x)
        return np.stack(next(columns)).reshape(shape) if rows else np.zeros(shape)

    return rebuild(run.args[0], column, leaf=is_trainable, absent=True)


def hessian(f: Callable[..., Any], argnum: int = 0, *, has_aux: bool = False) -> Any:
    """The function that gives all second derivatives of a scalar result: shape x.shape * 2.

    With `has_aux`, `f` gives (y, aux), and the function gives (hessian, aux).

    >>> hessian(lambda x: np.sum(x**3))(np.array([1.0, 2.0]))
    array([[ 6.,  0.],
           [ 0., 12.]])
    """

    def gradient(*args: Any, **kwargs: Any) -> Any:
        def of_one(x: Any) -> Any:
            return f(*args[:argnum], x, *args[argnum + 1 :], **kwargs)

        y, pull, *aux = vjp(of_one, args[argnum], has_aux=has_aux)
        return (pull(one(y))[0], *aux) if has_aux else pull(one(y))[0]

    return jacobian(gradient, argnum, has_aux=has_aux)


def hvp(f: Callable[..., Any], x: Any, v: Any) -> Any:
    """The Hessian of a scalar `f` at `x`, times the direction `v`, without forming the Hessian.

        H v = d/dx <grad f(x), v>

    >>> hvp(lambda x: np.sum(x**3), np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    array([ 6., 12.])
    """

    def slope(x: Any) -> Any:
        y, pull = vjp(f, x)
        pairs = zip(leaves_of(pull(one(y))[0]), leaves_of(v), strict=True)
        return sum(np.sum(np.real(g * d)) for g, d in pairs)

    return vjp(slope, x)[1](np.float64(1.0))[0]


def elementwise_grad(f: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """The function that gives the derivative of each entry of a function that acts entry by entry.

    >>> elementwise_grad(np.sin)(np.array([0.0, 0.5])).round(4)
    array([1.    , 0.8776])
    """

    def derivative(*args: Any, **kwargs: Any) -> Any:
        def of_one(x: Any) -> Any:
            return f(*args[:argnum], x, *args[argnum + 1 :], **kwargs)

        y, pull = vjp(of_one, args[argnum])
        return pull(np.ones_like(value(y)))[0]

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
