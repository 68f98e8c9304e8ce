"""Ranges between two ends, with gradients for both and for the base."""

import numpy as np

from knetpy.autograd.rules import ranges
from tests.autograd.rules.harness import (
    coverage_test,
    mutation_test,
    positive,
    real,
    row,
    rule_test,
)

LINE = (np.linspace, ranges.line)
P = positive


# fmt: off
ROWS = [
    row(np.linspace, real(), real(), of=LINE),
    row(np.linspace, real(), real(), 1, of=LINE),
    row(np.linspace, real(), real(), 0, of=LINE),
    row(np.linspace, real(), 3.0, num=5, of=LINE),
    row(np.linspace, real(3), real(2, 1), 4, False, of=LINE),
    row(np.linspace, real(3), real(2, 3), 4, axis=-1, of=LINE),
    row(np.linspace, real(2, 3), real(), 4, axis=1, of=LINE, without=("0d",)),
    row(np.linspace, real(3), real(3), 4, retstep=True, of=LINE),
    row(np.linspace, real(), real(3), 1, False, True, of=LINE),
    row(np.linspace, real(), real(), 4, dtype="float64", of=LINE,
        without=("longdouble", "complex128", "complex64")),
    row(np.linspace, real(), real(), 4, dtype="int64", of=LINE, constant=True,
        name="linspace-int", only=("plain",)),
    row(np.linspace, real(), real(), -1, of=LINE),
    row(np.logspace, real(), real(), 5),
    row(np.logspace, real(3), real(), 4, base=2.0),
    row(np.logspace, real(), real(3), 4, endpoint=False, base=3),
    row(lambda a, b, c: np.logspace(a, b, 4, base=c), real(), real(), P(), of=np.logspace,
        name="logspace-base",
        without=("complex128",)),
    row(lambda a, b, c: np.logspace(a, b, 4, base=c, axis=-1), real(), real(3), P(2, 1),
        of=np.logspace,
        name="logspace-bases", without=("complex128", "0d")),
    row(lambda c: np.logspace(1, 2.5, 4, True, c, "float64"), P(3), of=np.logspace,
        name="logspace-constant",
        without=("complex128", "complex64", "longdouble")),
    row(np.geomspace, P(), P(), 5),
    row(np.geomspace, P(3), P(2, 1), 4, False),
    row(np.geomspace, P(3), 9.0, num=4, axis=-1),           row(np.geomspace, P(), P(), 1),
    row(lambda a, b: np.geomspace(-a, -b, 4), P(), P(), of=np.geomspace, name="geomspace-negative"),
    row(np.geomspace, P(), P(), 4, dtype="float64",
        without=("longdouble", "complex128", "complex64")),
    row(np.geomspace, P(), 0.0),
]
# fmt: on
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(ranges, ROWS)
test_broken_rules_are_seen = mutation_test(ranges, ROWS)
