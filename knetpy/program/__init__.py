"""Functions compiled into programs: what NumPy did once is written down, and then done again.

traced.py and trace.py write a run down, watching.py shows them Params; arrange.py, lower.py and
segments.py make a program of it, which replay.py runs; compiled.py is what users call.
"""

from .compiled import Compiled, compile
from .traced import CannotCompile

__all__ = ["CannotCompile", "Compiled", "compile"]
