"""KnetPy: deep learning on plain NumPy code.

Differentiate any NumPy code.  Loops, branches and closures stay as they are:

>>> import numpy as np
>>> from knetpy import Param, diff, grad, params, value
>>> x = Param([1.0, 2.0, 3.0])           # an array to be trained
>>> np.sum(x * x)                        # outside of diff it acts as its array
np.float64(14.0)
>>> J = diff(lambda: np.sum(x * x))      # run and record: a Tape
>>> J, value(J), grad(J, x)              # its value, and gradients looked up
(T(14.0), np.float64(14.0), array([2., 4., 6.]))
>>> grad(grad(np.sin))(0.5) == -np.sin(0.5)     # the older form, and to any order
np.True_

A model is any callable object; `params` finds what it holds, `states` what is saved untrained:

>>> from knetpy import minibatch, minimize, ops, seed, train
>>> from knetpy.nn import Chain, Dropout, Linear
>>> from knetpy.optim import SGD
>>> seed(0)                              # repeats every random number
>>> model = Chain(Linear(3, 8, ops.relu), Dropout(0.1), Linear(8, 1))
>>> model, len(params(model))
(Chain(
  Linear(3 => 8, relu)
  Dropout(0.1)
  Linear(8 => 1)
), 4)

Batches, a loss, an optimizer; `minimize` yields the losses one by one, `train` runs epochs:

>>> xtrn = np.linspace(-1, 1, 192, dtype="float32").reshape(64, 3)
>>> batches = minibatch(xtrn, xtrn[:, :1] ** 2, 16, shuffle=True)
>>> loss = lambda x, y: ops.mse(model(x), y)
>>> len(list(minimize(loss, batches, SGD(lr=0.1))))
4
>>> history = train(loss, batches, SGD(lr=0.1), epochs=20, progress=False)
>>> history.means[-1] < history.means[0]
True

Weights in a file:

>>> from knetpy import load, save
>>> from tempfile import TemporaryDirectory
>>> with TemporaryDirectory() as folder:
...     save(f"{folder}/model.h5", model)
...     same = load(f"{folder}/model.h5", model)

More derivatives are `gradloss`, `vjp`, `jvp`, `jacobian`, `hessian`, `hvp`, `elementwise_grad`;
`recompute` buys memory with time.  Rules of your own come by `primitive` and `zerograd`, and
`gradcheck` holds them against finite differences.  `threads` sets how many threads compute,
`show_config` tells what with.  `recording` tells a layer whether it is being
trained.  `datasets` has the data, `ops` the functions of networks, `nn` the layers, `optim` the
update rules, `scipy` what SciPy itself does not hand over to a Param.
"""

import os

import numpy as np

from knetpy import datasets, nn, ops, optim, scipy
from knetpy.arrays import replay, seed
from knetpy.autograd import (
    Param,
    Result,
    State,
    Tape,
    diff,
    grad,
    gradloss,
    params,
    primitive,
    recording,
    states,
    value,
    zerograd,
)
from knetpy.autograd.derivatives import elementwise_grad, hessian, hvp, jacobian, jvp, vjp
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.primitive import table
from knetpy.autograd.recompute import random_sources, recompute
from knetpy.batches import minibatch
from knetpy.checkpoint import load, save
from knetpy.kernels.memory import keep_memory
from knetpy.kernels.onednn_matmul import matmul
from knetpy.kernels.threads import show_config, threads
from knetpy.program import compile
from knetpy.train import minimize, train

__all__ = [
    "Param",
    "Result",
    "State",
    "Tape",
    "compile",
    "datasets",
    "diff",
    "elementwise_grad",
    "grad",
    "gradcheck",
    "gradloss",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "load",
    "minibatch",
    "minimize",
    "nn",
    "ops",
    "optim",
    "params",
    "primitive",
    "recompute",
    "recording",
    "save",
    "scipy",
    "seed",
    "show_config",
    "states",
    "threads",
    "train",
    "value",
    "vjp",
    "zerograd",
]

random_sources.append(replay)
table[np.matmul].call = matmul
if os.environ.get("KNETPY_MALLOC") != "off":
    keep_memory()
