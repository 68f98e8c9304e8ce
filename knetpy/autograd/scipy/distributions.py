"""How a distribution is made of a few formulas, as methods that are recorded.

A continuous one has formulas of z = (x - loc) / scale, which are asked inside of its support
alone; a discrete one has formulas of its places 0, 1, ..., which do not move.
"""

import inspect
from math import inf

import numpy as np
from scipy import stats

from knetpy.autograd.dispatch import require_plain
from knetpy.autograd.values import value

from .wrap import array, composite

__all__ = ["Distribution", "continuous", "discrete", "method"]

REQUIRED = inspect.Parameter.empty


class Distribution:
    """A distribution of SciPy's, as methods that are recorded.

    >>> Distribution("coin", flip=len)
    <coin: flip>
    """

    def __init__(self, name, **methods):
        self.name, self.methods = name, sorted(methods)
        vars(self).update(methods)
        self.__module__ = f"{__package__}.stats"
        self.__doc__ = f"""The distribution scipy.stats.{name}, as methods that are recorded.

        >>> {name}
        {self!r}
        """

    def __repr__(self):
        return f"<{self.name}: {' '.join(self.methods)}>"


def method(name, f, body, arguments, example):
    """A method of the distribution `name`, with these arguments and their defaults."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    signature = inspect.Signature(
        [inspect.Parameter(k, kind, default=v) for k, v in arguments.items()]
    )

    def call(*args, **options):
        given = signature.bind(*args, **options)
        given.apply_defaults()
        return body(*given.arguments.values())

    call.__name__ = f.__name__
    call.__qualname__ = f"{name}.{f.__name__}"
    call.__signature__ = signature
    call.__doc__ = f"""{f.__name__} of scipy.stats.{name}.

    >>> {name}.{f.__name__}({example}) == stats.{name}.{f.__name__}({example})
    np.True_
    """
    return composite(f)(call)


def family(name, known, bodies, arguments, example):
    return Distribution(
        name,
        **{
            k: method(name, getattr(known, k), body, arguments, example)
            for k, body in bodies.items()
        },
    )


def shapes_of(known):
    return [s.strip() for s in (known.shapes or "").split(",") if s.strip()]


def placed(support, ends):
    """The frame of a method: standardise, and ask inside of the support alone.

    `ends` are the results below the support and above it.
    """

    def frame(f, on_border, density):
        def body(x, *rest):
            *shapes, loc, scale = map(array, rest)
            valid = np.all(
                np.stack(np.broadcast_arrays(*(value(s) > 0 for s in (scale, *shapes)))), axis=0
            )
            scale, *shapes = (np.where(valid, s, 1) for s in (scale, *shapes))
            z = (array(x) - loc) / scale
            low, high = support
            plain = value(z)
            below, above = (
                (plain < low, plain > high) if on_border else (plain <= low, plain >= high)
            )
            inside = ~(below | above)
            y = f(np.where(inside, z, 0.5), *shapes)
            y = y - np.log(scale) if density else y
            y = np.where(below, ends[0], np.where(above, ends[1], y))
            return np.where(valid, y, np.nan)

        return body

    return frame


def continuous(
    name, example, *, logpdf, cdf, sf, logcdf=None, logsf=None, support=(-inf, inf), closed=True
):
    """A distribution by its formulas; the logarithms may have better ones than log(cdf)."""
    known = getattr(stats, name)
    shapes = shapes_of(known)
    arguments = {**dict.fromkeys(["x", *shapes], REQUIRED), "loc": 0, "scale": 1}
    logcdf, logsf = logcdf or log_of(cdf, sf), logsf or log_of(sf, cdf)
    bodies = {
        "logpdf": placed(support, (-inf, -inf))(logpdf, closed, True),
        "cdf": placed(support, (0, 1))(cdf, False, False),
        "sf": placed(support, (1, 0))(sf, False, False),
        "logcdf": placed(support, (-inf, 0))(logcdf, False, False),
        "logsf": placed(support, (0, -inf))(logsf, False, False),
    }
    bodies["pdf"] = lambda *args: np.exp(bodies["logpdf"](*args))
    return Distribution(
        name,
        **{
            k: method(name, getattr(known, k), body, arguments, example)
            for k, body in bodies.items()
        },
    )


def log_of(f, rest):
    """The logarithm of a probability; near 1 by what is missing."""

    def logarithm(*args):
        p = f(*args)
        high = value(p) > 0.5
        missing = np.where(high, rest(*args), 0)
        return np.where(high, np.log1p(-missing), np.log(np.where(high, 1, p)))

    return logarithm


def discrete(name, example, *, logpmf, cdf, sf, end, valid):
    """A distribution on 0, 1, ..., end(n, p)."""
    known = getattr(stats, name)
    shapes = shapes_of(known)
    arguments = {**dict.fromkeys(["k", *shapes], REQUIRED), "loc": 0}

    def frame(f, ends, mass=False):
        def body(k, *rest):
            *given, loc = rest
            require_plain(name, k=k, loc=loc, **({"n": given[0]} if "n" in shapes else {}))
            k, known = np.asarray(value(k)) - value(loc), [value(x) for x in given]
            last, place, fits = end(*known), np.floor(k), valid(*known)
            above = (place > last) | (k != place) if mass else place >= last
            inside = (place >= 0) & ~above & fits
            given = [np.where(fits, array(x), 0.5) for x in given]
            y = f(np.where(inside, place, 0), *given)
            y = np.where(inside, y, np.where(place < 0, ends[0], ends[1]))
            return np.where(fits, y, np.nan)

        return body

    bodies = {
        "logpmf": frame(logpmf, (-inf, -inf), mass=True),
        "cdf": frame(cdf, (0, 1)),
        "sf": frame(sf, (1, 0)),
        "logcdf": frame(log_of(cdf, sf), (-inf, 0)),
        "logsf": frame(log_of(sf, cdf), (0, -inf)),
    }
    bodies["pmf"] = lambda *args: np.exp(bodies["logpmf"](*args))
    return family(name, known, bodies, arguments, example)
