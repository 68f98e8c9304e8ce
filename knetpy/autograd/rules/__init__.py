"""Gradient rules, one file for each chapter of NumPy's manual, and of SciPy's.

What every network uses is loaded here; the rest when it is first met (see dispatch.LATE).
"""

from . import elementwise, indexing, joining, linalg, reductions, shapes

__all__ = ["elementwise", "indexing", "joining", "linalg", "reductions", "shapes"]
