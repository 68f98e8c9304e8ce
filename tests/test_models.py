"""The models of examples/models: counts, what PyTorch's give by the same weights, training."""

import doctest
import importlib
import re
from pathlib import Path

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided

from examples.models import blocks
from examples.models.bert import BERT, bert_tiny
from examples.models.char_lstm import CharLSTM
from examples.models.efficientnet import efficientnet, efficientnet_b0
from examples.models.gpt import GPT
from examples.models.mobilenet import (
    mobilenet_v1,
    mobilenet_v2,
    mobilenet_v3_large,
    mobilenet_v3_small,
)
from examples.models.resnet import basic, bottleneck, resnet, resnet18, resnet50, resnext50_32x4d
from examples.models.vgg import vgg11, vgg11_bn
from knetpy import Param, load, minimize, ops, params, save, states
from knetpy.nn import (
    Add,
    Dropout,
    Identity,
    conv,
    embedding,
    init,
    linear,
    norm,
    positions,
    summary,
)
from knetpy.optim import Adam
from tests import drawn

ROOT = Path(__file__).parent.parent
FILES = sorted(
    path for path in (ROOT / "examples" / "models").glob("*.py") if path.stem != "__init__"
)
COUNTED = re.compile(r"^(\w+) += partial\(.*#.* ([\d,]+)$", re.MULTILINE)
COUNTS = {
    name: (path.stem, int(count.replace(",", "")))
    for path in FILES
    for name, count in COUNTED.findall(path.read_text())
}
with np.load(ROOT / "tests" / "golden" / "models.npz") as archive:
    RECORDED = {key: archive[key] for key in archive}

# fmt: off
SMALL = {  # as recorded, and by their layers the least that shows each family whole
    "resnet18":           lambda: resnet18(classes=10),
    "resnet50":           lambda: resnet50(classes=10),
    "resnext50_32x4d":    lambda: resnext50_32x4d(classes=10),
    "mobilenet_v1":       lambda: mobilenet_v1(classes=10),
    "mobilenet_v2":       lambda: mobilenet_v2(classes=10),
    "mobilenet_v3_small": lambda: mobilenet_v3_small(classes=10),
    "mobilenet_v3_large": lambda: mobilenet_v3_large(classes=10),
    "efficientnet_b0":    lambda: efficientnet_b0(classes=10),
    "vgg11":              lambda: vgg11(classes=10, hidden_features=64),
    "vgg11_bn":           lambda: vgg11_bn(classes=10, hidden_features=64),
    "char_lstm":          lambda: CharLSTM(50, 6, 8, layers=2, dropout=0.1),
    "bert":               lambda: BERT(32, 2, 4, vocabulary=50, times=16),
    "gpt":                lambda: GPT(32, 2, 4, vocabulary=50, times=16),
    "gpt_char":           lambda: GPT(32, 2, 4, vocabulary=50, times=16, bias=False),
}
# fmt: on
each = pytest.mark.parametrize("name", SMALL)


def called(name, model, dtype="f8", seed=1):
    """The scores, or what BERT pools, for random inputs."""
    arrays = drawn.inputs(np.random.default_rng(seed), name)
    return result(name, model, *(x.astype(dtype) if x.dtype.kind == "f" else x for x in arrays))


def result(name, model, *arrays):
    if name == "bert":
        ids, segments, lengths = arrays
        return model(ids, segments, lengths=lengths)[1]
    y = model(*arrays)
    return y[0] if name == "char_lstm" else y


@each
@pytest.mark.parametrize("dtype, tolerance", [("f8", 1e-9), ("f4", 1e-4)])
def test_a_model_gives_what_one_of_pytorch_does_by_the_same_weights(name, dtype, tolerance):
    rng, model = np.random.default_rng(0), SMALL[name]()
    for p in params(model):
        p.value = drawn.weight(rng, p.shape).astype(dtype)
    for s in states(model):
        s.value = drawn.statistic(rng, s.shape).astype(dtype)
    arrays = drawn.inputs(rng, name)
    y = result(name, model, *(x.astype(dtype) if x.dtype.kind == "f" else x for x in arrays))
    expected = RECORDED[f"y/{name}"]
    assert y.dtype == dtype and y.shape == expected.shape
    assert abs(y - expected).max() <= tolerance * abs(expected).max()


@pytest.fixture
def no_memory(monkeypatch):
    """Params whose entries are all one number in memory, and no draws: counting costs little."""

    class Zeros:
        def normal(self, mean, std, shape):
            return np.zeros(shape, "f4")

        def standard_normal(self, shape):
            return np.zeros(shape, "f4")

    def hollow(x):
        return Param(as_strided(np.zeros(1, x.dtype), x.shape, (0,) * x.ndim))

    monkeypatch.setattr(init, "generator", Zeros)
    for module in (conv, embedding, linear, norm, positions):
        monkeypatch.setattr(module, "Param", hollow)


@pytest.mark.parametrize("name", COUNTS)
def test_a_model_has_the_published_number_of_parameters(name, no_memory):
    file, count = COUNTS[name]
    model = getattr(importlib.import_module(f"examples.models.{file}"), name)()
    assert sum(p.size for p in params(model)) == count == RECORDED[f"count/{name}"]


def test_every_model_has_its_count_in_its_file_in_the_record_and_on_the_page():
    page = (ROOT / "docs" / "models.md").read_text()
    cells = re.findall(r"`(\w+)` ([\d,]+)", page)
    listed = {name: int(count.replace(",", "")) for name, count in cells}
    recorded = {key[6:]: n for key, n in RECORDED.items() if key.startswith("count/")}
    assert {name: n for name, (_, n) in COUNTS.items()} == listed == recorded
    assert len(listed) == 43


# The counts of torchvision's documentation, of the papers' code and of Hugging Face's checkpoints.
@pytest.mark.parametrize(
    "name, count",
    {
        "resnet50": 25_557_032,
        "resnext101_64x4d": 83_455_272,
        "wide_resnet101_2": 126_886_696,
        "vgg16": 138_357_544,
        "mobilenet_v1": 4_231_976,
        "mobilenet_v2": 3_504_872,
        "mobilenet_v3_large": 5_483_032,
        "efficientnet_b0": 5_288_548,
        "efficientnet_b7": 66_347_960,
        "bert_tiny": 4_385_920,
        "bert_base": 109_482_240,
        "bert_large": 335_141_888,
        "gpt2": 124_439_808,
        "gpt2_xl": 1_557_611_200,
    }.items(),
)
def test_the_list_holds_what_was_published(name, count):
    assert COUNTS[name][1] == count


# fmt: off
NARROW = {
    "resnet basic":       lambda: resnet(basic, (1, 2, 1, 1), 8, outputs=8, classes=10),
    "resnet bottleneck":  lambda: resnet(bottleneck, (2, 1, 1, 1), 8, 2, outputs=16, classes=10),
    "mobilenet_v1":       lambda: mobilenet_v1(width=0.25, classes=10),
    "mobilenet_v2":       lambda: mobilenet_v2(width=0.25, classes=10),
    "mobilenet_v3_small": lambda: mobilenet_v3_small(width=0.25, classes=10),
    "mobilenet_v3_large": lambda: mobilenet_v3_large(width=0.25, classes=10),
    "efficientnet":       lambda: efficientnet(0.25, 0.5, 0.2, classes=10),
    **{name: SMALL[name] for name in ("vgg11", "vgg11_bn", "char_lstm", "bert", "gpt", "gpt_char")},
}
# fmt: on


@pytest.mark.parametrize("name", NARROW)
def test_training_reaches_every_param_and_state_and_lowers_the_loss(name):
    model, rng = NARROW[name](), np.random.default_rng(2)
    arrays = drawn.inputs(rng, name)
    if arrays[0].dtype.kind == "f":
        arrays = (np.concatenate([arrays[0], arrays[0] + 1]).astype("f4"),)
    labels = rng.integers(10, size=result(name, model, *arrays).shape[:-1])
    old = [x.value.copy() for x in (*params(model), *states(model))]

    def loss(*arrays):
        return ops.nll(result(name, model, *arrays), labels, axis=-1)

    losses = list(minimize(loss, [arrays] * 4, Adam(lr=1e-3)))
    assert np.isfinite(losses).all() and min(losses[2:]) < losses[0]
    new = [x.value for x in (*params(model), *states(model))]
    assert [k for k, (x, y) in enumerate(zip(old, new, strict=True)) if (x == y).all()] == []


@pytest.mark.parametrize("name", NARROW)
def test_a_model_at_rest_repeats_itself_and_its_summary_counts_its_params(name):
    model = NARROW[name]()
    kept = [s.value.copy() for s in states(model)]
    np.testing.assert_array_equal(called(name, model, "f4"), called(name, model, "f4"))
    table = summary(lambda: called(name, model, "f4"))
    assert table.params == sum(p.size for p in params(model))
    assert all((s.value == old).all() for s, old in zip(states(model), kept, strict=True))
    assert type(model).__name__ in repr(model) and " at 0x" not in repr(model)


@pytest.mark.parametrize("name", ["mobilenet_v3_small", "char_lstm", "bert", "gpt"])
def test_a_model_comes_back_from_a_file(name, tmp_path):
    model, other = SMALL[name](), SMALL[name]()
    save(tmp_path / "model.h5", model)
    before = called(name, other, "f4")
    load(tmp_path / "model.h5", other)
    assert (called(name, other, "f4") != before).any()
    np.testing.assert_array_equal(called(name, other, "f4"), called(name, model, "f4"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_examples_of_a_file_run_and_it_is_short(path):
    text = path.read_text()
    assert len(text.splitlines()) <= 300
    assert "Source:  " in text
    found = doctest.testmod(importlib.import_module(f"examples.models.{path.stem}"))
    assert found.attempted >= 4 and found.failed == 0


def test_summary_shows_the_layers_of_a_model_by_name():
    lines = str(summary(SMALL["gpt"](), np.zeros((3, 1), int))).splitlines()
    assert [line.split()[:2] for line in lines[:3]] == [
        ["layer", "output"],
        ["GPT", "(3,"],
        ["words", "Embedding(50"],
    ]
    assert sum(line.startswith("  blocks/") for line in lines) == 2


def test_an_error_names_the_layer():
    with pytest.raises(ValueError) as caught:
        resnet18()(np.ones((1, 4, 64, 64), "f4"))
    assert caught.value.__notes__ == [
        "in Chain/0 Conv2d(3 => 64, 7×7, stride=2, padding=3, bias=False)"
    ]


def test_width_multiplies_the_channels_of_mobilenets():
    half = [sum(p.size for p in params(make(width=0.5))) for make in (mobilenet_v1, mobilenet_v2)]
    assert half == [1_331_592, 1_968_680]  # the trainable ones of Keras's, alpha=0.5
    assert params(mobilenet_v3_small(width=0.75))[-2].shape == (768, 1000)


@pytest.mark.parametrize(
    "channels, near", [(8, 8), (3, 8), (12, 16), (17.6, 16), (33.6, 32), (35.2, 32), (10, 16)]
)
def test_rounded_takes_at_most_a_tenth_away(channels, near):
    # Of the channels that EfficientNet b2 and MobileNets of other widths ask for.
    assert blocks.rounded(channels) == near


def test_inverted_adds_where_it_can_and_drops_whole_examples_in_training():
    block = blocks.inverted(8, 16, 8, 3, ops.relu, drop=0.5)
    assert isinstance(block, Add) and isinstance(block.layers[1], Identity)
    for odd in (dict(stride=2), dict(outputs=16)):
        sizes = dict(inputs=8, hidden=16, outputs=8, size=3, activation=ops.relu) | odd
        assert not isinstance(blocks.inverted(**sizes), Add)
    drop = block.layers[0][-1]
    assert isinstance(drop, Dropout) and not isinstance(
        blocks.inverted(8, 16, 8, 3, ops.relu).layers[0][-1], Dropout
    )
    drop.training = True
    y = drop(np.ones((64, 8, 2, 2)))
    assert set(y[:, 0, 0, 0]) == {0.0, 2.0} and (y == y[:, :1, :1, :1]).all()


def test_efficientnet_skips_ever_more_blocks():
    shares = [
        block.layers[0][-1].p
        for stage in efficientnet_b0()[3:10]
        for block in stage
        if isinstance(block, Add)
    ]
    assert shares == [0.2 * k / 16 for k in (2, 4, 6, 7, 9, 10, 12, 13, 14)]


def test_drawn_ids_have_the_odds_of_softmax():
    odds = np.array([0.5, 0.2, 0.3])
    ids = blocks.drawn(np.log(np.tile(odds, (20_000, 1))))
    np.testing.assert_allclose(np.bincount(ids) / len(ids), odds, atol=0.02)
    cold = blocks.drawn(np.log(np.tile(odds, (1000, 2, 1))), temperature=0.01)
    assert cold.shape == (1000, 2) and not cold.any()


def test_bert_reads_no_further_than_the_lengths_and_tells_segments_apart():
    model, ids = SMALL["bert"](), np.array([[1, 2], [3, 4], [5, 6]])
    y, pooled = model(ids, lengths=[2, 3])
    assert y.shape == (3, 2, 32) and pooled.shape == (2, 32)
    np.testing.assert_allclose(model(ids[:2, :1])[1], pooled[:1], atol=1e-6)
    other = ids.copy()
    other[2, 0] = 49
    np.testing.assert_array_equal(model(other, lengths=[2, 3])[1], pooled)
    assert (model(ids, np.array([[0, 0], [1, 1], [1, 1]]))[1] != model(ids)[1]).all()
    with pytest.raises(ValueError, match="PositionalEmbedding has 16 entries"):
        model(np.zeros((17, 1), int))


def test_gpt_does_not_see_what_comes_after():
    model, ids = SMALL["gpt"](), np.array([[1], [2], [3], [4]])
    other = ids.copy()
    other[3] = 9
    a, b = model(ids), model(other)
    np.testing.assert_array_equal(a[:3], b[:3])
    assert (a[3] != b[3]).any()


@pytest.mark.parametrize("name", ["char_lstm", "gpt"])
def test_generated_text_follows_the_scores_as_far_as_is_asked(name):
    model, ids = SMALL[name](), np.array([[1, 7], [2, 3]])
    for p in params(model):
        p *= 3
    text = model.generate(ids, 20, temperature=1e-4)  # GPT here sees but the last 16
    assert text.shape == (20, 2) and model.generate(ids, 0).shape == (0, 2)
    whole = np.concatenate([ids, text])
    best = result(name, model, whole[:16]).argmax(-1)
    np.testing.assert_array_equal(best[1:15], whole[2:16])
    assert (model.generate(ids, 20, temperature=9.0) != text).any()


def test_gpt_starts_with_blocks_that_add_little():
    model = GPT(64, 8, 4, vocabulary=50)
    for block in model.blocks:
        last = block.attention.output.weight, block.feedforward[-1].weight
        np.testing.assert_allclose([np.std(w.value) for w in last], 0.02 / 4, rtol=0.05)
    assert abs(np.std(model.words.weight.value) - 0.02) < 1e-3


def test_bert_and_gpt_drop_nothing_inside_of_their_networks():
    for model in (bert_tiny(vocabulary=9), SMALL["gpt"]()):
        assert [type(layer).__name__ for layer in model.blocks[0].feedforward] == ["Linear"] * 2
