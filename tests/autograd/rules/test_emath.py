"""np.emath, on both sides of where it turns complex."""

import numpy as np
import pytest

from knetpy.autograd import grad
from knetpy.autograd.rules import emath
from tests.autograd.rules.harness import (
    above_one,
    coverage_test,
    mutation_test,
    negative,
    nonzero,
    positive,
    row,
    rule_test,
    unit,
)

# fmt: off
ROWS = [
    *(row(f, x, name=f"emath.{f.__name__}-{side}")
      for f in (np.emath.sqrt, np.emath.log, np.emath.log2, np.emath.log10)
      for side, x in (("positive", positive), ("nonzero", nonzero))),
    *(row(f, x, name=f"emath.{f.__name__}-{side}")
      for f in (np.emath.arcsin, np.emath.arccos, np.emath.arctanh)
      for side, x in (("unit", unit), ("above", above_one))),
    row(np.emath.logn, above_one, positive),  row(np.emath.logn, 2, nonzero),
    row(np.emath.power, positive, unit),     row(np.emath.power, negative, 0.5),
    row(np.emath.power, negative, unit, name="power-negative"),
    row(np.emath.power, nonzero, -3, name="power-integer"),
]
# fmt: on
test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(emath, ROWS)
test_broken_rules_are_seen = mutation_test(emath, ROWS)


def test_a_real_argument_has_a_real_gradient_through_complex_values():
    g = grad(lambda x: np.sum(abs(np.emath.sqrt(x)) ** 2))(np.array([-4.0, 9.0]))
    assert g.dtype == float and g == pytest.approx([-1.0, 1.0])
