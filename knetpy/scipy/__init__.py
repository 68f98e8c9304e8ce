"""SciPy's functions that NumPy's protocols do not reach, with gradients, under SciPy's own names.

The ufuncs of `scipy.special` need no stand-in: call them on a Param as they are.  For the rest
write `knetpy.scipy.linalg.expm` instead of `scipy.linalg.expm`:

>>> import numpy as np
>>> from knetpy.autograd import grad
>>> from knetpy.scipy.special import logsumexp
>>> grad(logsumexp)(np.zeros(2))
array([0.5, 0.5])

A chapter, and with it SciPy, is loaded when something in it is first asked for.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

CHAPTERS = {
    "special": "functions of scipy.special that are no ufuncs",
    "linalg": "equations, decompositions and functions of matrices",
    "fft": "Fourier, cosine and sine transforms",
    "signal": "convolution and filters",
    "ndimage": "filters, morphology, interpolation and measurements of images",
    "sparse": "constant or trained sparse matrices times dense arrays",
    "sparse.linalg": "sparse systems of equations",
    "interpolate": "splines and other functions through data",
    "integrate": "integrals of samples and functions, differential equations",
    "stats": "densities and distribution functions",
}

__all__ = [name for name in CHAPTERS if "." not in name]


class Chapter(ModuleType):
    """A module that stands in knetpy/autograd/scipy/, loaded at the first look into it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and not name.startswith(("__all__", "__ua_")):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return getattr(self.load(), name)

    def load(self) -> ModuleType:
        return import_module(self.__name__.replace("knetpy.", "knetpy.autograd.", 1))

    def __dir__(self) -> list[str]:
        return dir(self.load())


for name, doc in CHAPTERS.items():
    chapter = Chapter(f"{__name__}.{name}", f"{doc[0].upper()}{doc[1:]}: see docs/scipy.md.")
    sys.modules[chapter.__name__] = chapter
    if name in __all__:
        globals()[name] = chapter
