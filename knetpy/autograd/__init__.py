"""Differentiates NumPy code: mark arrays as Param, run a function under diff, look gradients up.

To read it: core.py (record, walk back, look up), dispatch.py (how NumPy code gets there),
primitive.py and rules/ (the derivative of everything).
"""

from . import rules
from .core import Tape, diff
from .gradients import grad, gradloss
from .params import params, states
from .primitive import primitive, zerograd
from .sparse import Sparse
from .values import Param, Result, State, keep_states, recording, value

__all__ = [
    "Param",
    "Result",
    "Sparse",
    "State",
    "Tape",
    "diff",
    "grad",
    "gradloss",
    "keep_states",
    "params",
    "primitive",
    "recording",
    "rules",
    "states",
    "value",
    "zerograd",
]
