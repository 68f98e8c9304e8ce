"""Gradient rules, one file for each chapter of NumPy's manual."""

from . import elementwise, indexing, linalg, reductions, shapes, writing

__all__ = ["elementwise", "indexing", "linalg", "reductions", "shapes", "writing"]
