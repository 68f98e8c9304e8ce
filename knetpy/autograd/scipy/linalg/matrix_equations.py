"""Sylvester's, Lyapunov's and Riccati's equations.

Source:  Kao and Hennequin 2020, Automatic differentiation of Sylvester, Lyapunov, and algebraic
         Riccati equations
"""

from scipy import linalg

from knetpy.autograd.primitive import primitive
from knetpy.autograd.rules.decompositions import H, T
from knetpy.autograd.rules.fft import of_kind
from knetpy.autograd.scipy.wrap import array, composite

from .equations import solve
from .parts import hermitian

__all__ = [
    "solve_continuous_are",
    "solve_continuous_lyapunov",
    "solve_discrete_are",
    "solve_discrete_lyapunov",
    "solve_lyapunov",
    "solve_sylvester",
]


def sylvester_dq(dy, y, a, b, q):
    return solve_sylvester(T(a), T(b), dy)


@primitive(
    rules=[
        lambda dy, y, a, b, q: -sylvester_dq(dy, y, a, b, q) @ T(y),
        lambda dy, y, a, b, q: -T(y) @ sylvester_dq(dy, y, a, b, q),
        sylvester_dq,
    ]
)
def solve_sylvester(a, b, q):
    """The solution x of a x + x b = q.

    >>> solve_sylvester([[1.0]], [[3.0]], [[8.0]])
    array([[2.]])
    """
    return linalg.solve_sylvester(a, b, q)


def continuous_da(dy, y, a, q):
    s = solve_continuous_lyapunov(T(a), dy)
    return -(s @ T(y) + H(s) @ y.conj())


@primitive(
    rules=[continuous_da, lambda dy, y, a, q: solve_continuous_lyapunov(T(a), dy)],
)
def solve_continuous_lyapunov(a, q):
    """The solution x of a x + x a^H = q.

    >>> solve_continuous_lyapunov([[2.0]], [[8.0]])
    array([[2.]])
    """
    return linalg.solve_continuous_lyapunov(a, q)


solve_lyapunov = solve_continuous_lyapunov  # SciPy's older name


def discrete_da(dy, y, a, q, method=None):
    s = solve_discrete_lyapunov(T(a), dy, method=method)
    return s @ a.conj() @ T(y) + (T(s) @ a @ y).conj()


@primitive(
    rules=[
        discrete_da,
        lambda dy, y, a, q, method=None: solve_discrete_lyapunov(T(a), dy, method=method),
    ]
)
def solve_discrete_lyapunov(a, q, method=None):
    """The solution x of a x a^H - x + q = 0.

    >>> solve_discrete_lyapunov([[0.5]], [[3.0]])
    array([[4.]])
    """
    return linalg.solve_discrete_lyapunov(a, q, method)


def continuous_parts(dy, y, a, b, q, r):
    """What the closed loop a - b k makes of dy, the gradient of a, and the feedback k."""
    k = solve(r, H(b) @ y)
    s = solve_continuous_lyapunov((a - b @ k).conj(), dy)
    return s, -(T(y) @ s + (y @ T(s)).conj()), k


def discrete_parts(dy, y, a, b, q, r):
    k = solve(r + H(b) @ y @ b, H(b) @ y @ a)
    closed = a - b @ k
    s = solve_discrete_lyapunov(closed.conj(), dy)
    return -s, T(y) @ closed.conj() @ s + (y @ closed @ T(s)).conj(), k


def riccati(parts):
    """The rules for a, b, q, r in the equation whose linearisation `parts` solves."""

    def da(dy, y, a, b, q, r, **_):
        return of_kind(parts(dy, y, a, b, q, r)[1], a)

    def db(dy, y, a, b, q, r, **_):
        _, g, k = parts(dy, y, a, b, q, r)
        return of_kind(-g @ T(k), b)

    def dq(dy, y, a, b, q, r, **_):
        return hermitian(-parts(dy, y, a, b, q, r)[0], q)

    def dr(dy, y, a, b, q, r, **_):
        s, _, k = parts(dy, y, a, b, q, r)
        return hermitian(-k.conj() @ s @ T(k), r)

    return [da, db, dq, dr]


def refuse_descriptor(name, e, s):
    if e is not None or s is not None:
        raise NotImplementedError(
            f"{name} has no gradient for e= and s=; bring the equation to the form without them"
        )


@primitive(rules=riccati(continuous_parts))
def continuous_riccati(a, b, q, r, *, balanced=True):
    return linalg.solve_continuous_are(a, b, q, r, balanced=balanced)


@composite(linalg.solve_continuous_are)
def solve_continuous_are(a, b, q, r, e=None, s=None, balanced=True):
    """The x of a^H x + x a - x b r^-1 b^H x + q = 0 that stabilises a - b r^-1 b^H x.

    >>> solve_continuous_are([[0.0]], [[1.0]], [[4.0]], [[1.0]])
    array([[2.]])
    """
    refuse_descriptor("solve_continuous_are", e, s)
    return continuous_riccati(*map(array, (a, b, q, r)), balanced=balanced)


@primitive(rules=riccati(discrete_parts))
def discrete_riccati(a, b, q, r, *, balanced=True):
    return linalg.solve_discrete_are(a, b, q, r, balanced=balanced)


@composite(linalg.solve_discrete_are)
def solve_discrete_are(a, b, q, r, e=None, s=None, balanced=True):
    """The x of a^H x a - x - a^H x b (r + b^H x b)^-1 b^H x a + q = 0 that stabilises the loop.

    >>> solve_discrete_are([[0.0]], [[1.0]], [[4.0]], [[1.0]])
    array([[4.]])
    """
    refuse_descriptor("solve_discrete_are", e, s)
    return discrete_riccati(*map(array, (a, b, q, r)), balanced=balanced)
