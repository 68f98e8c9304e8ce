"""Record PyTorch's layers: python tests/golden/record_nn.py.

Writes nn.npz.  Of each case, all in float64: the arrays of the module (weight/NAME), the inputs,
the results y0, y1 …, the gradients dy0, dy1 … that were put in, and those of the weights
(grad/NAME) and of the inputs (dx0, dx1 …).  Batch norm: three steps, its statistics after each.
Beside them the `mask` and the `lengths` that cases use.
"""

from pathlib import Path

import numpy as np
import torch
from torch import nn

torch.set_default_dtype(torch.float64)
torch.manual_seed(7)
torch.backends.mha.set_fastpath_enabled(False)


def normal(*shape):
    return torch.randn(*shape)


def case(module, inputs, call):
    """The arrays of one case; `call(module, *inputs)` gives a list of results."""
    for p in module.parameters():
        nn.init.normal_(p, std=0.5)
    inputs = [x.clone().requires_grad_() for x in inputs]
    ys = call(module, *inputs)
    dys = [normal(*y.shape) for y in ys]
    torch.autograd.backward(ys, dys)
    arrays = {f"weight/{name}": p for name, p in module.named_parameters()}
    arrays |= {f"grad/{name}": p.grad for name, p in module.named_parameters()}
    groups = {"x": inputs, "dx": [x.grad for x in inputs], "y": ys, "dy": dys}
    for key, group in groups.items():
        arrays |= {f"{key}{k}": x for k, x in enumerate(group)}
    return {key: x.detach().numpy().copy() for key, x in arrays.items()}


def forbidden(allowed):
    return ~torch.tensor(allowed)


def past(time):
    return torch.ones(time, time).triu(1).bool()


def beyond(lengths, time):
    return torch.arange(time) >= torch.tensor(lengths)[:, None]


MASK = [[True, False, True, True, False], [True, True, True, False, True], [True] * 5,
        [False, True, True, True, True]]  # fmt: skip
LENGTHS = [5, 2, 4]


def attention(**options):
    return nn.MultiheadAttention(6, 3, **options)


def attend(q, k, v, module, **options):
    return [module(q, k, v, need_weights=False, **options)[0]]


def sequences(net, lengths=None, state=False):
    def call(module, x, *start):
        start = (tuple(start) if isinstance(module, nn.LSTM) else start[0]) if state else None
        if lengths:
            x = nn.utils.rnn.pack_padded_sequence(x, lengths, enforce_sorted=False)
        y, last = module(x, start)
        if lengths:
            y, _ = nn.utils.rnn.pad_packed_sequence(y, total_length=5)
        return [y, *(last if isinstance(last, tuple) else [last])]

    rows = net.num_layers * (1 + net.bidirectional)
    starts = [normal(rows, 3, 2) for _ in range(1 + isinstance(net, nn.LSTM))] if state else []
    return case(net, [normal(5, 3, 4), *starts], call)


def encoder(**options):
    return nn.TransformerEncoderLayer(6, 3, 10, dropout=0.0, **options)


def decoder(**options):
    return nn.TransformerDecoderLayer(6, 3, 10, dropout=0.0, **options)


def batch_norm(module, *shape):
    arrays = {"weight": normal(shape[1]), "bias": normal(shape[1])}
    module.load_state_dict(arrays, strict=False)
    for step in range(3):
        x = 3 * normal(*shape) + 1
        arrays[f"x{step}"], arrays[f"y{step}"] = x, module(x)
        arrays[f"mean{step}"], arrays[f"var{step}"] = (
            module.running_mean.clone(),
            module.running_var.clone(),
        )
    module.eval()
    arrays["y"] = module(x)
    return {key: a.detach().numpy().copy() for key, a in arrays.items()}


def cases():
    x, memory = normal(4, 3, 6), normal(5, 3, 6)
    for name, options in {
        "plain": {},
        "mask": {"attn_mask": forbidden(MASK)},
        "lengths": {"key_padding_mask": beyond(LENGTHS, 5)},
    }.items():
        yield (
            f"attention/{name}",
            case(
                attention(kdim=5, vdim=7),
                [x, normal(5, 3, 5), normal(5, 3, 7)],
                lambda m, q, k, v, options=options: attend(q, k, v, m, **options),
            ),
        )
    yield "attention/self", case(attention(bias=False), [x], lambda m, x: attend(x, x, x, m))
    yield (
        "attention/causal",
        case(attention(), [x], lambda m, x: attend(x, x, x, m, attn_mask=past(4))),
    )
    for net in (nn.RNN, nn.LSTM, nn.GRU):
        name = net.__name__
        yield f"{name}/plain", sequences(net(4, 2))
        yield f"{name}/bare", sequences(net(4, 2, bias=False), state=True)
        deep = net(4, 2, num_layers=2, bidirectional=True)
        yield f"{name}/deep", sequences(deep, lengths=LENGTHS, state=True)
    yield "RNN/relu", sequences(nn.RNN(4, 2, nonlinearity="relu", num_layers=2))
    for name, options in {
        "postnorm": {},
        "prenorm": {"norm_first": True},
        "gelu": {"activation": "gelu", "bias": False, "layer_norm_eps": 1e-3},
    }.items():
        yield f"encoder/{name}", case(encoder(**options), [memory], lambda m, x: [m(x)])
        yield (
            f"decoder/{name}",
            case(
                decoder(**options),
                [x, memory],
                lambda m, x, memory: [m(x, memory, tgt_mask=past(4))],
            ),
        )
    yield (
        "encoder/masked",
        case(
            encoder(),
            [memory],
            lambda m, x: [m(x, past(5), src_key_padding_mask=beyond(LENGTHS, 5))],
        ),
    )
    yield (
        "decoder/masked",
        case(
            decoder(),
            [x, memory],
            lambda m, x, memory: [
                m(
                    x,
                    memory,
                    memory_mask=forbidden(MASK),
                    tgt_key_padding_mask=beyond([4, 1, 3], 4),
                    memory_key_padding_mask=beyond(LENGTHS, 5),
                )
            ],
        ),
    )
    yield "batch_norm/rows", batch_norm(nn.BatchNorm1d(3), 5, 3)
    yield "batch_norm/images", batch_norm(nn.BatchNorm2d(3, momentum=0.3, eps=1e-2), 2, 3, 4, 1)


if __name__ == "__main__":
    found = {f"{name}/{key}": x for name, arrays in cases() for key, x in arrays.items()}
    found |= {"mask": np.array(MASK), "lengths": np.array(LENGTHS)}
    np.savez_compressed(Path(__file__).with_name("nn.npz"), **found)
