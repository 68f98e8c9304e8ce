"""Update rules: an optimizer is `init(w)` and `apply(w, g, state)`, which know one array.

rules.py holds the formulas, optimizer.py the step over many Params.
"""

from .optimizer import Optimizer
from .rules import SGD, Adam, Momentum

__all__ = ["Adam", "Momentum", "Optimizer", "SGD"]
