"""Record PyTorch's activations, losses and sequences: python tests/golden/record_sequences.py.

Writes sequences_recorded.npz.  Of each case: the options (JSON, in knetpy's words), the inputs,
the result, the gradient `dy` that was put in, and the gradients of the floating-point inputs; all
in float64.  The result of a recurrent net is its outputs and its last state, in one vector; its
inputs are x, the weights of each layer and direction, then the first state.
"""

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

rng = np.random.default_rng(13)


def normal(*shape):
    return rng.standard_normal(shape)


def labels(classes, *shape):
    return rng.integers(0, classes, shape)


def signs(*shape):
    return 2 * rng.integers(0, 2, shape) - 1


def shares(*shape):
    x = rng.random(shape)
    return x / x.sum(axis=-1, keepdims=True)


def relu(x, max_value=float("inf"), negative_slope=0.0, threshold=0.0):
    below = negative_slope * (x - threshold)
    return torch.where(x > threshold, x, below).clamp(max=max_value)


def gelu(x, approximate=False):
    return F.gelu(x, approximate="tanh" if approximate else "none")


def hard_sigmoid(x):
    return F.relu6(x + 3) / 6  # the slope of F.hardsigmoid is 1/6 in single precision


def softplus(x, beta=1.0):
    return F.softplus(x, beta=beta, threshold=500)


def logsumexp(x, axis=-1, keepdims=False):
    return torch.logsumexp(x, axis, keepdims)


def logistic(scores, signs):
    return F.soft_margin_loss(scores, signs.double())


def hinge(scores, signs, margin=1.0):
    return (margin - signs.double() * scores).clamp(min=0).mean()


def kl_div(scores, targets, axis=-1):
    logs = torch.log_softmax(scores, axis).movedim(axis, -1)
    total = F.kl_div(logs, targets.movedim(axis, -1), reduction="sum")
    return total / logs[..., 0].numel()


def mae(y, targets):
    return F.l1_loss(y, targets)


def huber(y, targets, delta=1.0):
    return F.huber_loss(y, targets, delta=delta)


def cosine_similarity(a, b, axis=-1):
    return F.cosine_similarity(a, b, dim=axis)


def cosine_loss(a, b, signs, margin=0.0):
    return F.cosine_embedding_loss(a, b, signs.double(), margin=margin)


def triplet(anchor, positive, negative, margin=1.0, p=2):
    return F.triplet_margin_loss(anchor, positive, negative, margin=margin, p=p)


def ctc(scores, ids, lengths=None, label_lengths=None, blank=0):
    time, batch, _ = scores.shape
    total = F.ctc_loss(
        torch.log_softmax(scores, -1),
        ids,
        lengths or [time] * batch,
        label_lengths or [ids.shape[1]] * batch,
        blank=blank,
        reduction="sum",
    )
    return total / batch


def embedding(ids, weight):
    return F.embedding(ids, weight)


def attention(q, k, v, mask=None, causal=False):
    mask = None if mask is None else torch.tensor(mask)
    if causal and mask is not None:
        mask, causal = mask & torch.ones(q.shape[-2], k.shape[-2]).tril().bool(), False
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=causal)


GATES = {"lstm": 4, "gru": 3, "rnn": 1}


def weights(op, features, hidden, layers, directions):
    """The weights of every layer and direction, in knetpy's shapes, one after the other."""
    arrays = []
    for k in range(layers):
        wide = GATES[op] * hidden
        for _ in range(directions):
            given = features if k == 0 else directions * hidden
            arrays += [normal(given, wide), normal(hidden, wide), normal(wide)]
            arrays += [normal(wide)] if op == "gru" else []
    return arrays


def recurrent(op, x, *arrays, layers=1, directions=1, lengths=None, relu=False, state=False):
    per = 4 if op == "gru" else 3
    count = layers * directions
    own, start = arrays[: per * count], list(arrays[per * count :])
    hidden = own[1].shape[0]
    kinds = {"nonlinearity": "relu" if relu else "tanh"} if op == "rnn" else {}
    net = getattr(torch.nn, op.upper())(
        x.shape[2], hidden, layers, bidirectional=directions == 2, **kinds
    ).double()
    given = {}
    for n in range(count):
        w, r, b, *other = own[per * n : per * n + per]
        suffix = f"l{n // directions}" + "_reverse" * (n % directions)
        given |= {f"weight_ih_{suffix}": w.T, f"weight_hh_{suffix}": r.T, f"bias_ih_{suffix}": b}
        given[f"bias_hh_{suffix}"] = other[0] if other else torch.zeros_like(b)
    packed = x
    if lengths:
        packed = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, enforce_sorted=False)
    hx = (tuple(start) if op == "lstm" else start[0]) if state else None
    y, last = torch.func.functional_call(net, given, (packed, hx) if state else (packed,))
    if lengths:
        y, _ = torch.nn.utils.rnn.pad_packed_sequence(y, total_length=len(x))
    return torch.cat([part.reshape(-1) for part in (y, *(last if op == "lstm" else [last]))])


def lstm(*arrays, **options):
    return recurrent("lstm", *arrays, **options)


def gru(*arrays, **options):
    return recurrent("gru", *arrays, **options)


def rnn(*arrays, **options):
    return recurrent("rnn", *arrays, **options)


def net(f, time, batch, features, hidden, layers=1, directions=1, state=False, **options):
    """A case of a recurrent net."""
    inputs = [
        normal(time, batch, features),
        *weights(f.__name__, features, hidden, layers, directions),
    ]
    if state:
        starts = 2 if f is lstm else 1
        inputs += [normal(layers * directions, batch, hidden) for _ in range(starts)]
    options |= {"layers": layers, "directions": directions, "state": state}
    return f, inputs, options


MASK = (rng.random((2, 1, 4, 5)) > 0.4).tolist()
IDS = np.array([[1, 1, 2], [3, 4, 0], [2, 2, 2]])

# fmt: off
CASES = [
    (relu, [3 * normal(3, 4)], {"max_value": 1.0}),
    (relu, [3 * normal(3, 4)], {"negative_slope": 0.3, "threshold": 0.5}),
    (relu, [3 * normal(4)], {"max_value": 2.0, "negative_slope": 0.1, "threshold": -1.0}),
    *[(f, [scale * normal(*shape)], {})
      for f in (F.leaky_relu, F.elu, F.selu, gelu, hard_sigmoid, F.silu, F.hardswish, softplus,
                F.mish, torch.sigmoid, torch.tanh)
      for scale, shape in ((1, (3, 4)), (4, (2, 1, 5)), (0.1, (3,)))],
    (F.leaky_relu, [3 * normal(3, 4)], {"negative_slope": 0.4}),
    (F.elu, [3 * normal(3, 4)], {"alpha": 0.6}),
    *[(gelu, [scale * normal(3, 4)], {"approximate": True}) for scale in (0.1, 1, 4)],
    (softplus, [3 * normal(3, 4)], {"beta": 2.5}),
    (logsumexp, [10 * normal(3, 4)], {}),
    (logsumexp, [10 * normal(3, 4)], {"axis": 0, "keepdims": True}),
    (logsumexp, [10 * normal(2, 3, 4)], {"axis": [0, 2]}),
    (logistic, [normal(3, 4), signs(3, 4)], {}),
    (logistic, [30 * normal(5), signs(5)], {}),
    (logistic, [normal(1, 1), signs(1, 1)], {}),
    (hinge, [2 * normal(3, 4), signs(3, 4)], {}),
    (hinge, [2 * normal(6), signs(6)], {"margin": 0.3}),
    (hinge, [2 * normal(2, 1, 3), signs(2, 1, 3)], {"margin": 2.0}),
    (kl_div, [normal(3, 4), shares(3, 4)], {}),
    (kl_div, [9 * normal(2, 3, 4), shares(2, 3, 4)], {}),
    (kl_div, [normal(4, 3), shares(3, 4).T], {"axis": 0}),
    *[(mae, [normal(*s), normal(*s)], {}) for s in ((3, 4), (5,), (2, 1, 3))],
    (huber, [3 * normal(3, 4), normal(3, 4)], {}),
    (huber, [3 * normal(3, 4), normal(3, 4)], {"delta": 0.4}),
    (huber, [3 * normal(5), normal(5)], {"delta": 2.5}),
    (cosine_similarity, [normal(3, 4), normal(3, 4)], {}),
    (cosine_similarity, [normal(3, 4), normal(3, 1)], {"axis": 0}),
    (cosine_similarity, [normal(2, 1, 4), normal(3, 4)], {}),
    (cosine_loss, [normal(6, 4), normal(6, 4), signs(6)], {}),
    (cosine_loss, [normal(6, 3), normal(6, 3), signs(6)], {"margin": 0.2}),
    (cosine_loss, [normal(5, 2), normal(5, 2), -np.ones(5, int)], {"margin": -0.5}),
    *[(triplet, [normal(5, 4), normal(5, 4), normal(5, 4)], options)
      for options in ({}, {"margin": 0.2, "p": 1}, {"p": 3}, {"margin": 2.0})],
    (ctc, [normal(7, 3, 5), np.maximum(IDS, 1)], {}),
    (ctc, [normal(7, 3, 5), IDS], {"lengths": [7, 4, 6], "label_lengths": [3, 2, 3]}),
    (ctc, [5 * normal(9, 2, 4), np.array([[0, 1, 0, 0], [2, 9, 9, 9]])],
     {"blank": 3, "label_lengths": [4, 1], "lengths": [5, 9]}),
    (ctc, [normal(4, 2, 3), np.array([[1], [7]])], {"label_lengths": [1, 0]}),
    (ctc, [normal(1, 1, 2), np.array([[1]])], {}),
    (ctc, [900 * normal(9, 2, 4), np.array([[1, 1, 2], [3, 1, 3]])], {}),
    (embedding, [labels(5, 4), normal(5, 3)], {}),
    (embedding, [labels(5, 2, 3), normal(5, 1)], {}),
    (embedding, [labels(2, 3, 1, 4), normal(6, 2)], {}),
    (attention, [normal(4, 3), normal(5, 3), normal(5, 2)], {}),
    (attention, [normal(2, 3, 4, 6), normal(2, 3, 5, 6), normal(2, 3, 5, 2)], {"mask": MASK}),
    (attention, [normal(2, 3, 4, 6), normal(2, 3, 4, 6), normal(2, 3, 4, 6)], {"causal": True}),
    (attention, [normal(2, 3, 4, 6), normal(2, 1, 5, 6), normal(1, 3, 5, 2)],
     {"mask": MASK, "causal": True}),
    (attention, [9 * normal(3, 1, 2), 9 * normal(3, 4, 2), normal(3, 4, 1)], {"causal": True}),
    *[net(f, *sizes, **options) for f in (lstm, gru, rnn) for sizes, options in (
        ((5, 3, 4, 2), {}),
        ((4, 2, 3, 3), {"state": True}),
        ((1, 1, 1, 1), {"state": True}),
        ((4, 3, 2, 3), {"layers": 3, "state": True}),
        ((4, 3, 2, 3), {"directions": 2}),
        ((4, 3, 2, 2), {"layers": 2, "directions": 2, "state": True}),
        ((5, 4, 3, 2), {"lengths": [2, 5, 1, 4]}),
        ((5, 3, 3, 2), {"lengths": [3, 4, 2], "state": True}),
        ((5, 4, 3, 2), {"lengths": [4, 1, 5, 4], "layers": 2, "directions": 2, "state": True}),
    )],
    net(rnn, 5, 3, 4, 2, relu=True),
    net(rnn, 5, 3, 4, 2, relu=True, state=True, layers=2, directions=2, lengths=[3, 5, 1]),
]
# fmt: on
OURS = {"silu": "swish", "hardswish": "hard_swish"}


def record(f, inputs, options):
    """The arrays of one case."""
    tensors = [torch.tensor(x, requires_grad=x.dtype.kind == "f") for x in inputs]
    y = f(*tensors, **options)
    dy = torch.tensor(normal(*y.shape))
    y.backward(dy)
    case = {"options": json.dumps(options), "y": y.detach().numpy(), "dy": dy.numpy()}
    case |= {f"input{k}": x for k, x in enumerate(inputs)}
    return case | {f"grad{k}": t.grad.numpy() for k, t in enumerate(tensors) if t.grad is not None}


if __name__ == "__main__":
    arrays = {}
    for k, (f, inputs, options) in enumerate(CASES):
        name = OURS.get(f.__name__, f.__name__)
        case = record(f, inputs, options)
        arrays |= {f"{name}/{k}/{part}": np.asarray(x) for part, x in case.items()}
    np.savez_compressed(Path(__file__).with_name("sequences_recorded.npz"), **arrays)
