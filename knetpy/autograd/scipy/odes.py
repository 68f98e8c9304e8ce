"""Differential equations; public in the chapter of scipy.integrate.

A solution goes back by its adjoint: with a' = -a df/dy, solved from each time to the one before,
and the gradient of y there added to a,

    d/dy0 = a(t0)    d/dt0 = -a f at t0    d/dt = dy f    d/dargs = integral of a df/dargs

The adjoint is solved by the same solver, and so to any order; a gradient is as exact as its
tolerances, rtol and atol, make it.  What a solver is told besides about the equation (Dfun, tcrit,
jac, first steps) is for the way forth alone.
Source:  Chen et al. 2018, Neural Ordinary Differential Equations, algorithm 2 in appendix C
"""

import numpy as np
from scipy import integrate

from knetpy.autograd.containers import rebuild
from knetpy.autograd.derivatives import Recorded
from knetpy.autograd.dispatch import any_live, plain
from knetpy.autograd.gradients import dense, is_leaf
from knetpy.autograd.primitive import primitive
from knetpy.autograd.recompute import SLOT, Run
from knetpy.autograd.values import current, recorder, value

from .wrap import array, vector

__all__ = ["odeint", "solve_ivp"]


def quietly(f, *args, **options):
    """`f` on plain values, unrecorded, though Params be in it."""
    token = current.set(None)
    try:
        return f(*plain(args), **plain(options))
    except TypeError as error:
        error.add_note("a Result that the equation uses belongs in args=(...), as Params do not")
        raise
    finally:
        current.reset(token)


class Flow:
    """Solutions of y' = f(y, t, *args) at some times.

    y       what the solver found, (times, size)
    inputs  what is recorded in args, and then the Params that f uses besides
    back    solves another equation: back(f, y, (t, before), args) is y at the time before
    """

    def __init__(self, f, y0, t, args, y, back):
        self.f, self.y, self.back, self.dy = f, y, back, None
        self.inputs = []
        self.args = rebuild(args, lambda x: self.inputs.append(x) or SLOT, leaf=is_leaf)
        slots = [SLOT] * (1 + len(self.inputs))
        probe = Run(lambda y, *xs: self.slope(y, value(t)[0], xs), (slots, {}))
        probe.forgetting([y0, *self.inputs], recorder())
        self.count = len(self.inputs)
        self.inputs += probe.used

    def slope(self, y, t, inputs):
        """f as an array, whatever it gives: a list of numbers, too."""
        found = iter(inputs)
        dy = self.f(y, t, *rebuild(self.args, lambda _: next(found), leaf=lambda x: x is SLOT))
        return (np.stack(dy) if isinstance(dy, (list, tuple)) else array(dy)).reshape(-1)

    def adjoint(self, state, t, *inputs):
        """The change of y, of a and of the integrals of a df/dinput, end to end."""
        size = self.y.shape[1]
        y, a = state[:size], state[size : 2 * size]
        given = inputs[: self.count]
        run = Recorded(lambda y, *xs: self.slope(y, t, xs), (y, *given))
        grads = run.walk_back([-a])
        leaves = map(run.leaves.get, [*run.keys, *self.inputs[self.count :]])
        found = [None if leaf is None else dense(grads[leaf.index]) for leaf in leaves]
        inputs = y, *given, *self.inputs[self.count :]
        flat = [
            np.zeros(x.size) if g is None else g.reshape(-1)
            for g, x in zip(found, inputs, strict=True)
        ]
        return np.concatenate([run.y, *flat])

    def before(self, state, t, earlier, inputs):
        """The adjoint's state a time earlier; of no time at all, the first term of its series."""
        if value(t) == value(earlier):
            return state + (earlier - t) * self.adjoint(state, t, *inputs)
        return self.back(self.adjoint, state, (t, earlier), tuple(inputs))

    def gradients(self, dy, y, y0, t, *inputs):
        """Of y0, t and all inputs; remembered, for each is asked for by itself."""
        if self.dy is not dy:
            self.dy, self.found = dy, self.solved_back(dy, y, y0, t, inputs)
        return self.found

    def solved_back(self, dy, y, y0, t, inputs):
        size, given = len(y0), inputs[: self.count]
        a, dt, sums = dy[-1], [], np.zeros(sum(x.size for x in inputs))
        for i in range(len(t) - 1, 0, -1):
            dt.append((dy[i] * self.slope(y[i], t[i], given)).sum())
            state = self.before(np.concatenate([y[i], a, sums]), t[i], t[i - 1], given)
            a, sums = state[size : 2 * size] + dy[i - 1], state[2 * size :]
        dt.append(((dy[0] - a) * self.slope(y[0], t[0], given)).sum())
        ends = np.cumsum([x.size for x in inputs])
        parts = [
            sums[end - x.size : end].reshape(x.shape).astype(x.dtype)
            for end, x in zip(ends, inputs, strict=True)
        ]
        return [a.astype(y0.dtype), np.stack(dt[::-1]).astype(t.dtype), *parts]


@primitive(
    rules=[lambda i, dy, y, *arrays, flow: flow.gradients(dy, y, *arrays)[i]],
    spread=lambda *arrays, flow: (arrays, {"flow": flow}),
    broadcast=False,
)
def solution(*arrays, flow):
    """What the solver found at all times."""
    return flow.y


def recorded(f, y0, t, args, y, back):
    """The solution `y` with its gradients in y0, t, args and the Params that `f` uses."""
    y0, t = (x if x.dtype.kind == "f" else x.astype(float) for x in map(vector, (y0, t)))
    flow = Flow(f, y0, t, args, y, back)
    return solution(y0, t, *flow.inputs, flow=flow)


def swapped(func):
    return lambda y, t, *args: func(t, y, *args)


def widened(tolerances, size):
    """The tolerances of y for all that is solved with it on the way back, `size` numbers."""

    def wide(tol):
        if not np.ndim(tol):
            return tol
        tol = np.asarray(tol)
        return np.concatenate([tol, tol, np.full(size - 2 * len(tol), tol.min())])

    return {name: wide(tol) for name, tol in tolerances.items()}


ODEINT = {"rtol", "atol", "hmax", "hmin", "mxstep", "mxordn", "mxords", "mxhnil", "printmessg"}


def odeint(
    func,
    y0,
    t,
    args=(),
    Dfun=None,
    col_deriv=0,
    full_output=0,
    ml=None,
    mu=None,
    rtol=None,
    atol=None,
    tcrit=None,
    h0=0.0,
    hmax=0.0,
    hmin=0.0,
    ixpr=0,
    mxstep=0,
    mxhnil=0,
    mxordn=12,
    mxords=5,
    printmessg=0,
    tfirst=False,
):
    """The solution of y' = func(y, t, *args) from y0 at t[0], at all times: (times, size).

    Gradients go to y0, t, args and all Params that func uses; they are as exact as the
    tolerances, of which the defaults are 1.5e-8.
    Raises:  RuntimeError if func uses a Result that it was not passed in args
    Source:  Chen et al. 2018

    >>> from knetpy.autograd import grad
    >>> grad(lambda k: odeint(lambda y, t, k: -k * y, 1.0, [0.0, 1.0], (k,))[1, 0])(0.5).round(6)
    np.float64(-0.606531)
    """
    options = {k: x for k, x in locals().items() if k not in ("func", "y0", "t", "args")}
    args = args if isinstance(args, tuple) else (args,)
    found = quietly(integrate.odeint, func, y0, t, args, **options)
    if recorder() is None and not any_live((y0, t, args)):
        return found
    kept = {k: x for k, x in options.items() if k in ODEINT}

    def back(f, y, times, args):
        tolerances = widened({k: kept[k] for k in ("rtol", "atol")}, y.size)
        return odeint(f, y, np.stack(times), args, **kept | tolerances)[-1]

    y, *info = found if full_output else (found,)
    f = swapped(func) if tfirst else func
    y = recorded(f, y0, t, args, y, back)
    return (y, *info) if full_output else y


def solve_ivp(
    fun,
    t_span,
    y0,
    method="RK45",
    t_eval=None,
    dense_output=False,
    events=None,
    vectorized=False,
    args=None,
    **options,
):
    """The solution of y' = fun(t, y, *args) as an object with t (times,) and y (size, times).

    Gradients as those of odeint; rtol=1e-3 and atol=1e-6 are the defaults.  Times that the solver
    chooses are constant, but for the ends in t_span.
    Raises:  NotImplementedError while recording, for events, dense_output and complex y0

    >>> from knetpy.autograd import grad
    >>> f = lambda y0: solve_ivp(lambda t, y: -y, (0, 1), y0, t_eval=[1.0], rtol=1e-9).y[0, 0]
    >>> grad(f)(np.ones(1)).round(4)
    array([0.3679])
    """
    known = {"method": method, "vectorized": vectorized, **options}
    asked = {"t_eval": t_eval, "dense_output": dense_output, "events": events, "args": args}
    found = quietly(integrate.solve_ivp, fun, t_span, y0, **known, **asked)
    if recorder() is None and not any_live((list(t_span), y0, t_eval, args)):
        return found
    require_plain_form(events=events, dense_output=dense_output, y0=found.y.dtype.kind == "c")
    kept = {k: x for k, x in options.items() if k in ("rtol", "atol", "max_step", "min_step")}

    def back(f, y, times, args):
        tolerances = widened({k: kept[k] for k in ("rtol", "atol") if k in kept}, y.size)
        solved = solve_ivp(
            swapped(f), times, y, method, times[1].reshape(1), args=args, **kept | tolerances
        )
        return solved.y[:, -1]

    found.t = times_of(t_span, t_eval, found.t)
    start = vector(t_span[0]).astype(float)
    times, y = np.concatenate([start, found.t]), np.vstack([value(vector(y0)), found.y.T])
    y = recorded(swapped(fun), y0, times, () if args is None else args, y, back)
    found.y = y[1:].T
    return found


def require_plain_form(**given):
    for name, x in given.items():
        if x is not None and x is not False:
            raise NotImplementedError(
                f"solve_ivp has no gradient for {'complex ' * (name == 'y0')}{name}; leave it out, "
                "or call solve_ivp outside of diff"
            )


def times_of(t_span, t_eval, found):
    """The times of the solution, as far as it came, with the gradients of those that were given."""
    if t_eval is not None:
        return array(t_eval)[: len(found)]
    ends = [vector(t_span[0]), found[1:-1], vector(t_span[1])]
    complete = len(found) > 1 and found[-1] == value(t_span[1])
    return np.concatenate(ends) if complete else found
