"""Record models written in PyTorch alone: python tests/golden/record_models.py.

Writes models.npz: count/NAME, how many parameters the models have at full size, and y/NAME, what
small ones give in float64 for the weights and inputs that tests/drawn.py draws from seed 0.
"""

from functools import partial
from math import ceil
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tests.drawn import inputs, statistic, weight

torch.set_default_dtype(torch.float64)
torch.backends.mha.set_fastpath_enabled(False)


class Unit(nn.Sequential):
    """Convolution, norm, activation."""

    def __init__(self, i, o, k, act=None, stride=1, groups=1, norm=nn.BatchNorm2d):
        conv = nn.Conv2d(i, o, k, stride, (k - 1) // 2, groups=groups, bias=False)
        super().__init__(conv, norm(o), *([act()] if act else []))


class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, i, planes, stride, groups, base):
        super().__init__()
        o = planes * self.expansion
        self.body = self.layers(i, planes, o, planes * base // 64 * groups, stride, groups)
        self.downsample = None if stride == 1 and i == o else Unit(i, o, 1, stride=stride)

    def layers(self, i, planes, o, width, stride, groups):
        return nn.Sequential(Unit(i, planes, 3, nn.ReLU, stride), Unit(planes, planes, 3))

    def forward(self, x):
        return F.relu(self.body(x) + (self.downsample(x) if self.downsample else x))


class Bottleneck(BasicBlock):
    expansion = 4

    def layers(self, i, planes, o, width, stride, groups):
        wide = Unit(width, width, 3, nn.ReLU, stride, groups)
        return nn.Sequential(Unit(i, width, 1, nn.ReLU), wide, Unit(width, o, 1))


def head(i, classes):
    return nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(i, classes)


def resnet(block, counts, groups=1, base=64, classes=1000):
    layers, i = [Unit(3, 64, 7, nn.ReLU, 2), nn.MaxPool2d(3, 2, 1)], 64
    for planes, count in zip((64, 128, 256, 512), counts, strict=True):
        for k in range(count):
            layers.append(block(i, planes, 1 if k or planes == 64 else 2, groups, base))
            i = planes * block.expansion
    return nn.Sequential(*layers, *head(i, classes))


VGG = {
    11: "64 M 128 M 256 256 M 512 512 M 512 512 M",
    13: "64 64 M 128 128 M 256 256 M 512 512 M 512 512 M",
    16: "64 64 M 128 128 M 256 256 256 M 512 512 512 M 512 512 512 M",
    19: "64 64 M 128 128 M 256 256 256 256 M 512 512 512 512 M 512 512 512 512 M",
}


def vgg(number, norm=False, classes=1000, hidden=4096):
    layers, i = [], 3
    for word in VGG[number].split():
        if word == "M":
            layers.append(nn.MaxPool2d(2, 2))
            continue
        o = int(word)
        layers += [nn.Conv2d(i, o, 3, padding=1), *[nn.BatchNorm2d(o)] * norm, nn.ReLU()]
        i = o
    layers += [nn.AdaptiveAvgPool2d(7), nn.Flatten(), nn.Linear(512 * 7 * 7, hidden), nn.ReLU()]
    layers += [nn.Dropout(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Dropout()]
    return nn.Sequential(*layers, nn.Linear(hidden, classes))


def divisible(v):
    new = max(8, int(v + 4) // 8 * 8)
    return new + 8 if new < 0.9 * v else new


class Squeeze(nn.Module):
    def __init__(self, channels, squeezed, act, gate):
        super().__init__()
        self.fc1, self.fc2 = nn.Conv2d(channels, squeezed, 1), nn.Conv2d(squeezed, channels, 1)
        self.act, self.gate = act, gate

    def forward(self, x):
        return x * self.gate(self.fc2(self.act(self.fc1(F.adaptive_avg_pool2d(x, 1)))))


class MBConv(nn.Module):
    def __init__(self, i, hidden, o, k, stride, act, squeeze=None, norm=nn.BatchNorm2d):
        super().__init__()
        layers = [Unit(i, hidden, 1, act, norm=norm)] if hidden != i else []
        layers += [Unit(hidden, hidden, k, act, stride, hidden, norm)]
        layers += [squeeze] if squeeze else []
        self.layers = nn.Sequential(*layers, Unit(hidden, o, 1, norm=norm))
        self.adds = stride == 1 and i == o

    def forward(self, x):
        return x + self.layers(x) if self.adds else self.layers(x)


def mobilenet1(classes=1000):
    layers, i = [Unit(3, 32, 3, nn.ReLU6, 2)], 32
    for o in (64, 128, 128, 256, 256, *[512] * 6, 1024, 1024):
        halves = o != i and i > 32
        layers += [Unit(i, i, 3, nn.ReLU6, 2 if halves else 1, i), Unit(i, o, 1, nn.ReLU6)]
        i = o
    return nn.Sequential(*layers, *head(i, classes))


def mobilenet2(classes=1000):
    layers, i = [Unit(3, 32, 3, nn.ReLU6, 2)], 32
    for row in "1 16 1 1, 6 24 2 2, 6 32 3 2, 6 64 4 2, 6 96 3 1, 6 160 3 2, 6 320 1 1".split(","):
        expand, o, count, stride = map(int, row.split())
        for _ in range(count):
            layers.append(MBConv(i, i * expand, o, 3, stride, nn.ReLU6))
            i, stride = o, 1
    return nn.Sequential(*layers, Unit(320, 1280, 1, nn.ReLU6), *head(1280, classes))


# in, kernel, expanded, out, squeeze, activation, stride
LARGE = """16 3 16 16 - RE 1, 16 3 64 24 - RE 2, 24 3 72 24 - RE 1, 24 5 72 40 SE RE 2,
    40 5 120 40 SE RE 1, 40 5 120 40 SE RE 1, 40 3 240 80 - HS 2, 80 3 200 80 - HS 1,
    80 3 184 80 - HS 1, 80 3 184 80 - HS 1, 80 3 480 112 SE HS 1, 112 3 672 112 SE HS 1,
    112 5 672 160 SE HS 2, 160 5 960 160 SE HS 1, 160 5 960 160 SE HS 1"""
SMALL = """16 3 16 16 SE RE 2, 16 3 72 24 - RE 2, 24 3 88 24 - RE 1, 24 5 96 40 SE HS 2,
    40 5 240 40 SE HS 1, 40 5 240 40 SE HS 1, 40 5 120 48 SE HS 1, 48 5 144 48 SE HS 1,
    48 5 288 96 SE HS 2, 96 5 576 96 SE HS 1, 96 5 576 96 SE HS 1"""


def mobilenet3(table, last, classes=1000):
    norm = partial(nn.BatchNorm2d, eps=1e-3)
    layers = [Unit(3, 16, 3, nn.Hardswish, 2, norm=norm)]
    for row in table.split(","):
        i, k, hidden, o, se, nl, stride = row.split()
        sizes = int(i), int(hidden), int(o), int(k), int(stride)
        se = Squeeze(sizes[1], divisible(sizes[1] // 4), F.relu, F.hardsigmoid) if se > "-" else 0
        layers.append(MBConv(*sizes, nn.ReLU if nl == "RE" else nn.Hardswish, se, norm))
    hidden = 6 * sizes[2]
    layers += [Unit(sizes[2], hidden, 1, nn.Hardswish, norm=norm), nn.AdaptiveAvgPool2d(1)]
    layers += [nn.Flatten(), nn.Linear(hidden, last), nn.Hardswish(), nn.Linear(last, classes)]
    return nn.Sequential(*layers)


B0 = """1 3 1 32 16 1, 6 3 2 16 24 2, 6 5 2 24 40 2, 6 3 2 40 80 3, 6 5 1 80 112 3,
    6 5 2 112 192 4, 6 3 1 192 320 1"""


def efficientnet(width, depth, eps=1e-5, classes=1000):
    norm = partial(nn.BatchNorm2d, eps=eps)
    layers = [Unit(3, divisible(32 * width), 3, nn.SiLU, 2, norm=norm)]
    for row in B0.split(","):
        expand, k, stride, i, o, count = map(int, row.split())
        i, o = divisible(i * width), divisible(o * width)
        for _ in range(ceil(count * depth)):
            hidden = divisible(i * expand)
            squeeze = Squeeze(hidden, max(1, i // 4), F.silu, torch.sigmoid)
            layers.append(MBConv(i, hidden, o, k, stride, nn.SiLU, squeeze, norm))
            i, stride = o, 1
    last = Unit(o, 4 * o, 1, nn.SiLU, norm=norm)
    return nn.Sequential(*layers, last, *head(4 * o, classes))


class CharLSTM(nn.Module):
    def __init__(self, characters, features=168, hidden=334, layers=1):
        super().__init__()
        self.embedding = nn.Embedding(characters, features)
        self.lstm = nn.LSTM(features, hidden, layers)
        self.output = nn.Linear(hidden, characters)

    def forward(self, ids):
        return self.output(self.lstm(self.embedding(ids))[0])


class Transformer(nn.Module):
    """The vectors and the encoder that BERT and GPT have in common."""

    def __init__(self, features, layers, heads, words, times, segments=0, **options):
        super().__init__()
        kinds = words, times, segments
        self.tables = nn.ModuleList(nn.Embedding(n, features) for n in kinds if n)
        self.first = nn.LayerNorm(features, eps=1e-12) if segments else nn.Identity()
        layer = nn.TransformerEncoderLayer(features, heads, 4 * features, **options)
        last = None if segments else nn.LayerNorm(features, bias=options.get("bias", True))
        self.encoder = nn.TransformerEncoder(layer, layers, last, enable_nested_tensor=False)
        self.pooler = nn.Linear(features, features) if segments else None

    def forward(self, ids, segments=None, lengths=None):
        kinds = ids, torch.arange(len(ids))[:, None], segments
        x = self.first(sum(t(i) for t, i in zip(self.tables, kinds, strict=False)))
        if self.pooler is None:
            y = self.encoder(x, nn.Transformer.generate_square_subsequent_mask(len(ids)))
            return F.linear(y, self.tables[0].weight)
        y = self.encoder(x, src_key_padding_mask=torch.arange(len(ids)) >= lengths[:, None])
        return torch.tanh(self.pooler(y[0]))


def bert(features, layers, heads, words=30522, times=512):
    options = dict(activation="gelu", layer_norm_eps=1e-12)
    return Transformer(features, layers, heads, words, times, 2, **options)


def gpt(features, layers, heads, words=50257, times=1024, bias=True):
    options = dict(activation=partial(F.gelu, approximate="tanh"), norm_first=True, bias=bias)
    return Transformer(features, layers, heads, words, times, **options)


# fmt: off
MODELS = {
    "resnet18":              partial(resnet, BasicBlock, (2, 2, 2, 2)),
    "resnet34":              partial(resnet, BasicBlock, (3, 4, 6, 3)),
    "resnet50":              partial(resnet, Bottleneck, (3, 4, 6, 3)),
    "resnet101":             partial(resnet, Bottleneck, (3, 4, 23, 3)),
    "resnet152":             partial(resnet, Bottleneck, (3, 8, 36, 3)),
    "wide_resnet50_2":       partial(resnet, Bottleneck, (3, 4, 6, 3), 1, 128),
    "wide_resnet101_2":      partial(resnet, Bottleneck, (3, 4, 23, 3), 1, 128),
    "resnext50_32x4d":       partial(resnet, Bottleneck, (3, 4, 6, 3), 32, 4),
    "resnext101_32x8d":      partial(resnet, Bottleneck, (3, 4, 23, 3), 32, 8),
    "resnext101_64x4d":      partial(resnet, Bottleneck, (3, 4, 23, 3), 64, 4),
    **{f"vgg{n}":            partial(vgg, n) for n in VGG},
    **{f"vgg{n}_bn":         partial(vgg, n, norm=True) for n in VGG},
    "mobilenet_v1":          mobilenet1,
    "mobilenet_v2":          mobilenet2,
    "mobilenet_v3_small":    partial(mobilenet3, SMALL, 1024),
    "mobilenet_v3_large":    partial(mobilenet3, LARGE, 1280),
    **{f"efficientnet_b{k}": partial(efficientnet, *factors) for k, factors in enumerate((
        (1.0, 1.0), (1.0, 1.1), (1.1, 1.2), (1.2, 1.4), (1.4, 1.8),
        (1.6, 2.2, 1e-3), (1.8, 2.6, 1e-3), (2.0, 3.1, 1e-3)))},
    "char_lstm_shakespeare": partial(CharLSTM, 84),
    "char_lstm_julia":       partial(CharLSTM, 128, 512, 512, 2),
    **{f"bert_{name}":       partial(bert, *sizes) for name, sizes in {
        "tiny": (128, 2, 2), "mini": (256, 4, 4), "small": (512, 4, 8), "medium": (512, 8, 8),
        "base": (768, 12, 12), "large": (1024, 24, 16)}.items()},
    **{f"gpt{name}":         partial(gpt, *sizes) for name, sizes in {
        "_char": (384, 6, 6, 65, 256, False), "2": (768, 12, 12), "2_medium": (1024, 24, 16),
        "2_large": (1280, 36, 20), "2_xl": (1600, 48, 25)}.items()},
}
CASES = {
    **{name:                 partial(MODELS[name], classes=10) for name in (
        "resnet18", "resnet50", "resnext50_32x4d", "mobilenet_v1", "mobilenet_v2",
        "mobilenet_v3_small", "mobilenet_v3_large", "efficientnet_b0")},
    "vgg11":                 partial(vgg, 11, classes=10, hidden=64),
    "vgg11_bn":              partial(vgg, 11, norm=True, classes=10, hidden=64),
    "char_lstm":             partial(CharLSTM, 50, 6, 8, 2),
    "bert":                  partial(bert, 32, 2, 4, 50, 16),
    "gpt":                   partial(gpt, 32, 2, 4, 50, 16),
    "gpt_char":              partial(gpt, 32, 2, 4, 50, 16, False),
}
# fmt: on


def arrays(module):
    """What KnetPy holds of a module, as views in its order and shapes."""
    if isinstance(module, nn.MultiheadAttention):
        biases = module.in_proj_bias
        for k, part in enumerate(module.in_proj_weight.chunk(3)):
            yield from [part.T] if biases is None else [part.T, biases.chunk(3)[k]]
        yield from arrays(module.out_proj)
    elif isinstance(module, nn.Linear):
        yield from [module.weight.T] if module.bias is None else [module.weight.T, module.bias]
    elif isinstance(module, nn.LSTM):
        for name, p in module.named_parameters():
            if not name.startswith("bias_hh"):
                yield p.T if p.ndim == 2 else p
    else:
        yield from module.parameters(recurse=False)
        for child in module.children():
            yield from arrays(child)


def count(make):
    with torch.device("meta"):
        return sum(x.numel() for x in arrays(make()))


@torch.no_grad()
def result(name, make):
    rng, model = np.random.default_rng(0), make().eval()
    for p in model.parameters():
        p.zero_()  # of two biases one stays so
    for x in arrays(model):
        x.copy_(torch.tensor(weight(rng, tuple(x.shape))))
    for norm in model.modules():
        if isinstance(norm, nn.BatchNorm2d):
            for x in (norm.running_mean, norm.running_var):
                x.copy_(torch.tensor(statistic(rng, tuple(x.shape))))
    return model(*map(torch.tensor, inputs(rng, name))).numpy()


if __name__ == "__main__":
    found = {f"count/{name}": count(make) for name, make in MODELS.items()}
    found |= {f"y/{name}": result(name, make) for name, make in CASES.items()}
    np.savez_compressed(Path(__file__).with_name("models.npz"), **found)
