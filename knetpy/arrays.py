"""Bare arrays of any device: creation `like=` another array, random numbers, devices by name.

Everything here works on plain arrays; nothing records.  What `nn` creates has `default_dtype`.
This is the only file that names CuPy.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, cast

import numpy as np

from knetpy.tracing import whole

__all__ = [
    "asarray",
    "default_dtype",
    "device",
    "empty",
    "full",
    "generator",
    "ones",
    "random",
    "replay",
    "seed",
    "zeros",
]

default_dtype = np.dtype(np.float32)


def module(like: Any) -> Any:
    """The array module behind `like`: CuPy for its arrays, the module a class names, else NumPy.

    >>> module(1.0).__name__
    'numpy'
    """
    namespace = getattr(like, "__array_namespace__", None)
    if namespace is None or isinstance(like, (np.ndarray, np.generic)):
        return np
    return namespace()


def device(x: Any) -> str:
    """Where an array lies: "cpu", or the module and number of its device.

    >>> device(np.zeros(3))
    'cpu'
    """
    if module(x) is np:
        return "cpu"
    where = getattr(x, "device", None)
    return f"{module(x).__name__}:{getattr(where, 'id', where)}"


def asarray(x: Any, like: Any = None, dtype: Any = None) -> Any:
    """`x` as an array on the device of `like`; host data is copied there, device data stays.

    >>> asarray([1, 2], like=np.float32(0), dtype="float32")
    array([1., 2.], dtype=float32)
    """
    return module(like).asarray(x, dtype=dtype)


def empty(shape: Any, like: Any = None, dtype: Any = None) -> Any:
    """An array not yet written, on the device of `like`, with its dtype unless one is given.

    >>> empty((2, 3), like=np.float32(0)).dtype
    dtype('float32')
    """
    return module(like).empty(shape, dtype=dtype_like(like, dtype))


def zeros(shape: Any, like: Any = None, dtype: Any = None) -> Any:
    """Zeros on the device of `like`, with its dtype unless one is given.

    >>> zeros(2, like=np.float64(1))
    array([0., 0.])
    """
    return module(like).zeros(shape, dtype=dtype_like(like, dtype))


def ones(shape: Any, like: Any = None, dtype: Any = None) -> Any:
    """Ones on the device of `like`, with its dtype unless one is given.

    >>> ones(2, like=np.float64(1))
    array([1., 1.])
    """
    return module(like).ones(shape, dtype=dtype_like(like, dtype))


def full(shape: Any, fill: Any, like: Any = None, dtype: Any = None) -> Any:
    """An array of one repeated value, on the device of `like`.

    >>> full(2, 7, like=np.float64(1))
    array([7., 7.])
    """
    return module(like).full(shape, fill, dtype=dtype_like(like, dtype))


def dtype_like(like: Any, dtype: Any) -> Any:
    return dtype if dtype is not None else getattr(like, "dtype", default_dtype)


source = np.random.SeedSequence()
dealing = threading.Lock()
streams = threading.local()


def seed(n: int) -> None:
    """Make every random number of knetpy repeatable: the same seed gives the same bits.

    Each thread draws from its own child of the seed, dealt in order of first use.
    CuPy's generator, if CuPy is loaded, is seeded too.

    >>> seed(1); a = random(3)
    >>> seed(1); bool((a == random(3)).all())
    True
    """
    global source
    source = np.random.SeedSequence(n)
    if "cupy" in sys.modules:
        sys.modules["cupy"].random.seed(n)


@whole
def generator() -> np.random.Generator:
    """The current thread's generator of random numbers on the host.

    >>> seed(0); generator() is generator()
    True
    """
    if getattr(streams, "source", None) is not source:
        with dealing:
            (child,) = source.spawn(1)
        streams.source, streams.generator = source, np.random.default_rng(child)
    return cast(np.random.Generator, streams.generator)


@whole
def replay() -> Callable[[], AbstractContextManager[None]]:
    """A function whose contexts repeat the random numbers that are drawn from now on.

    Afterwards the numbers go on as if nothing had been repeated.  CuPy's generator cannot be
    set back, so it is replaced here by one with a seed drawn from the host's.

    >>> again = replay(); a = random(3)
    >>> with again():
    ...     bool((a == random(3)).all())
    True
    """
    cupy = sys.modules.get("cupy")
    device_seed = int(generator().integers(2**32)) if cupy else 0
    if cupy:
        cupy.random.set_random_state(cupy.random.RandomState(device_seed))
    start = generator().bit_generator.state

    @contextmanager
    def again() -> Iterator[None]:
        bits = generator().bit_generator
        now, bits.state = bits.state, start
        if cupy:
            on_device = cupy.random.get_random_state()
            cupy.random.set_random_state(cupy.random.RandomState(device_seed))
        try:
            yield
        finally:
            bits.state = now
            if cupy:
                cupy.random.set_random_state(on_device)

    return again


def random(shape: Any, like: Any = None, dtype: Any = None) -> Any:
    """Uniform random numbers in [0, 1), drawn on the device of `like`, with its dtype.

    Raises:  TypeError if the dtype is not a float

    >>> random((2, 3), like=np.float32(0)).dtype
    dtype('float32')
    """
    dtype = np.dtype(dtype_like(like, dtype))
    if dtype.kind != "f":
        raise TypeError(f"random numbers in [0, 1) are of a float dtype, not {dtype}")
    draw = {2: np.float32, 4: np.float32}.get(dtype.itemsize, np.float64)
    source: Any = generator() if module(like) is np else module(like).random
    x = source.random(shape, dtype=draw)
    if dtype == np.float16:
        x = np.floor(x * 2048) / 2048  # what float16 can hold, for it would round up to 1
    return x.astype(dtype, copy=False)
