"""Gradient rules, one file for each chapter of NumPy's manual."""

from . import decompositions, elementwise, fft, indexing, linalg, reductions, shapes, writing

__all__ = [
    "decompositions",
    "elementwise",
    "fft",
    "indexing",
    "linalg",
    "reductions",
    "shapes",
    "writing",
]
