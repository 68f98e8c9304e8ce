"""What a chapter of special functions tests beside its rows: mpmath's derivatives, refusals."""

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

from knetpy.autograd import Param, diff, grad

STEP = mpmath.mpf("1e-16")
Table = list[tuple[Callable[..., Any], Any, Callable[..., Any]]]


def derivatives(f: Callable[..., Any], x: Any) -> tuple[Any, Any]:
    """The first and the second."""
    return grad(f)(x), grad(lambda x: grad(f)(x))(x)


def reference_test(table: Table, rel: float = 1e-9) -> Callable[..., None]:
    """Both orders of each row (function, where, mpmath's function)."""

    @pytest.mark.parametrize("f, x, reference", table, ids=map(str, range(len(table))))
    def test(f: Any, x: float, reference: Any) -> None:
        with mpmath.workdps(50):
            wanted = [mpmath.diff(reference, mpmath.mpf(x), n, h=STEP) for n in (1, 2)]
        for found, expected in zip(derivatives(f, x), wanted, strict=True):
            assert found == pytest.approx(float(mpmath.re(expected)), rel=rel, abs=1e-14)

    return test


def complex_reference_test(table: Table, rel: float = 1e-9) -> Callable[..., None]:
    """The steepest ascent of the real and of the imaginary part, holomorphic or not."""

    @pytest.mark.parametrize("f, z, reference", table, ids=map(str, range(len(table))))
    def test(f: Any, z: complex, reference: Any) -> None:
        for k, part in enumerate((np.real, np.imag)):
            found = grad(lambda z, part=part: part(f(z)))(z)
            expected = complex(*(slope(reference, z, d)[k] for d in (1, 1j)))
            assert found == pytest.approx(expected, rel=rel)

    return test


def slope(f: Callable[..., Any], z: complex, d: complex) -> tuple[float, float]:
    """How fast the real and the imaginary part of mpmath's function grow along `d`."""
    with mpmath.workdps(50):
        dy = mpmath.diff(lambda t: f(z + d * t), 0, h=STEP)
        return float(mpmath.re(dy)), float(mpmath.im(dy))


def refusal_test(table: list[tuple[Any, int, str, tuple[Any, ...]]]) -> Callable[..., None]:
    """Each row (function, number and name of an argument, arguments) refuses to track it."""

    @pytest.mark.parametrize(
        "f, k, name, args", table, ids=[f"{r[0].__name__}-{r[2]}" for r in table]
    )
    def test(f: Any, k: int, name: str, args: tuple[Any, ...]) -> None:
        x = Param(args[k])
        message = (
            rf"scipy\.special\.{f.__name__} is not differentiable in {name}, which diff is "
            rf"recording; pass value\({name}\)"
        )
        for tracked in (lambda: x, lambda: x * 1):
            with pytest.raises(TypeError, match=message):
                diff(lambda tracked=tracked: f(*args[:k], tracked(), *args[k + 1 :]))
        f(*args[:k], x, *args[k + 1 :])

    return test
