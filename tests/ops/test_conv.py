"""Convolutions: values and gradients with every option, memory, what unfitting shapes are told."""

import numpy as np
import pytest

from knetpy import kernels
from knetpy.autograd import Param, diff, grad
from knetpy.autograd.gradcheck import gradcheck
from knetpy.ops import conv1d, conv2d, conv3d
from tests.ops.recorded import assert_agrees, assert_derivatives, cases

RNG = np.random.default_rng(3)
MEMORIES = {
    "channels-last": lambda x: x.swapaxes(1, -1).copy().swapaxes(1, -1),
    "F": np.asfortranarray,
    "negative strides": lambda x: np.flip(np.flip(x).copy()),
    "gaps": lambda x: np.repeat(x, 2, axis=-1)[..., ::2],
}
OPTIONS = [
    {},
    {"stride": 2},
    {"stride": (1, 2), "padding": (2, 0)},
    {"dilation": (2, 1), "padding": 1},
    {"padding": ((0, 1), (2, 0)), "stride": 2},
    {"padding": "same"},
    {"flip": True, "stride": 2, "padding": 1},
    {"groups": 2, "padding": 1},
    {"groups": 2, "flip": True, "dilation": 2, "stride": (2, 1), "padding": (1, 2)},
]
OTHER_AXES = [
    (conv1d, {}),
    (conv1d, {"stride": 2, "dilation": 2, "padding": ((1, 2),), "groups": 2}),
    (conv1d, {"padding": "same", "flip": True}),
    (conv3d, {}),
    (conv3d, {"stride": (2, 1, 2), "dilation": (1, 2, 1), "padding": ((1, 0), 1, 0), "groups": 2}),
    (conv3d, {"padding": "same", "flip": True}),
]


@cases("conv1d")
def test_conv1d_is_pytorchs_whatever_the_memory(case):
    assert_agrees_in_every_memory(conv1d, case)


@cases("conv2d")
def test_conv2d_is_pytorchs_whatever_the_memory(case):
    assert_agrees_in_every_memory(conv2d, case)


@cases("conv3d")
def test_conv3d_is_pytorchs_whatever_the_memory(case):
    assert_agrees_in_every_memory(conv3d, case)


def assert_agrees_in_every_memory(f, case):
    for arrange in (lambda x: x, *MEMORIES.values()):
        assert_agrees(f, case, lambda x, arrange=arrange: arrange(x) if x.ndim > 1 else x)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("channels", [2, 8], ids="{} channels".format)
def test_two_orders_of_derivatives_with_every_option(options, channels):
    x = RNG.standard_normal((2, channels, 4, 3))
    weight = RNG.standard_normal((2, channels // options.get("groups", 1), 2, 2))
    assert gradcheck(lambda *a: conv2d(*a, **options), x, weight, np.ones(2), order=2)


@pytest.mark.parametrize("f, options", OTHER_AXES)
@pytest.mark.parametrize("channels", [2, 8], ids="{} channels".format)
def test_two_orders_of_derivatives_of_signals_and_volumes(f, options, channels):
    axes = 1 if f is conv1d else 3
    x = RNG.standard_normal((2, channels, 4, 3, 3)[: axes + 2])
    weight = RNG.standard_normal((2, channels // options.get("groups", 1), *[2] * axes))
    assert gradcheck(lambda *a: f(*a, **options), x, weight, np.ones(2), order=2)


def test_a_line_of_pixels_is_a_signal_is_a_volume():
    x, weight = RNG.standard_normal((2, 5, 9)), RNG.standard_normal((4, 5, 3))
    y = conv1d(x, weight, padding=1, stride=2)
    picture = conv2d(x[..., None, :], weight[..., None, :], padding=(0, 1), stride=(1, 2))
    volume = conv3d(x[..., None, None], weight[..., None, None], padding=(1, 0, 0), stride=2)
    np.testing.assert_allclose(picture[..., 0, :], y, atol=1e-13)
    np.testing.assert_allclose(volume[..., 0, 0], y, atol=1e-13)


def test_same_padding_gives_an_output_for_each_stride():
    x, weight = np.ones((1, 1, 7, 8)), np.ones((1, 1, 4, 3))
    for stride, shape in ((1, (7, 8)), (2, (4, 4)), (3, (3, 3))):
        assert conv2d(x, weight, padding="same", stride=stride).shape == (1, 1, *shape)


@pytest.mark.parametrize(
    "shape, kernel",
    [
        ((0, 2, 3, 3), (3, 2, 2, 2)),
        ((1, 1, 1, 1), (1, 1, 1, 1)),
        ((2, 1, 1, 4), (1, 1, 1, 3)),
        ((1, 5, 3, 3), (2, 5, 3, 3)),
        ((2, 5, 3, 1), (1, 5, 2, 1)),
    ],
    ids=str,
)
def test_awkward_shapes(shape, kernel):
    x, weight = RNG.standard_normal(shape), RNG.standard_normal(kernel)
    assert_derivatives(conv2d, x, weight, np.ones(kernel[0]))
    assert_derivatives(conv2d, x, weight)


def line(x):
    """Numbers in a column, as Knet's examples have them."""
    return np.array(x, float).reshape(1, 1, -1, 1)


@pytest.mark.parametrize(
    "options, expected",
    [
        ({"flip": True}, [10, 16, 22, 28, 34]),
        ({"flip": True, "padding": (1, 0)}, [4, 10, 16, 22, 28, 34, 32]),
        ({"flip": True, "padding": (1, 0), "stride": 3}, [4, 22, 32]),
        ({}, [14, 20, 26, 32, 38]),
    ],
    ids=str,
)
def test_knets_examples(options, expected):
    y = conv2d(line(range(1, 8)), line([1, 2, 3]), **options)
    np.testing.assert_array_equal(y.ravel(), expected)


def numbered(*shape):
    """1, 2, 3, ... in Knet's order, with the first axis the fastest, and its last axes first."""
    x = np.arange(1.0, np.prod(shape) + 1).reshape(shape, order="F")
    return x.transpose(*range(len(shape) - 1, 1, -1), 0, 1)


def test_knets_examples_in_two_dimensions():
    y = conv2d(numbered(3, 3, 1, 1), numbered(2, 2, 1, 1), flip=True)
    np.testing.assert_array_equal(y[0, 0], [[23, 53], [33, 63]])
    y = conv2d(numbered(3, 3, 2, 1), numbered(2, 2, 2, 3), flip=True)
    expected = [[[328, 436], [364, 472]], [[808, 1108], [908, 1208]], [[1288, 1780], [1452, 1944]]]
    np.testing.assert_array_equal(y[0], expected)


def test_knets_example_of_a_convolution_that_is_a_product():
    x, weight = np.array([1.0, 2, 3]), np.arange(1.0, 7).reshape(2, 3, order="F")
    np.testing.assert_array_equal(weight @ x, [22, 28])
    np.testing.assert_array_equal(conv1d(x[None, None], weight[:, None]).ravel(), [22, 28])


def test_knets_sizes():
    y = np.zeros((1, 3, 256, 256), "f4")
    for inputs, outputs, size, padding in ((3, 25, 5, 2), (25, 50, 3, 1), (50, 75, 3, 1)):
        y = conv2d(y, np.zeros((outputs, inputs, size, size), "f4"), padding=padding)
        assert y.shape == (1, outputs, 256, 256)


@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("channels", [1, 6])
def test_float32_stays_everywhere(padding, channels):
    x, weight = np.ones((2, channels, 4, 4), "f4"), np.ones((3, channels, 2, 2), "f4")
    given = Param(x), Param(weight), Param(np.ones(3, "f4"))
    tape = diff(lambda: np.sum(conv2d(*given, padding=padding)), keep=True)
    assert {g.dtype for g in tape.intermediate if g is not None} == {np.dtype("f4")}
    assert {node[3].dtype for node in tape.nodes} == {np.dtype("f4")}


def test_the_result_lies_channels_last_and_bias_costs_no_node():
    x, weight, bias = Param(np.ones((2, 3, 5, 5))), np.ones((4, 3, 2, 2)), np.ones(4)
    for options in ({}, {"padding": 1}, {"stride": 2}):
        y = conv2d(x.value, weight, bias, **options)
        assert y.transpose(0, 2, 3, 1).flags.c_contiguous
    tape = diff(lambda: np.sum(conv2d(x, weight, bias)), keep=True)
    assert len(tape.nodes) == 3


def test_the_arguments_are_left_as_they_are():
    given = np.ones((2, 3, 5, 5)), np.ones((4, 3, 2, 2)), np.ones(4)
    for flip in (False, True):
        conv2d(*given, padding=1, flip=flip)
    assert all((x == 1).all() for x in given)


def test_a_convolution_asks_for_its_kernel(monkeypatch):
    monkeypatch.setattr(kernels, "conv", lambda x, *rest: "chosen")
    assert conv2d(np.ones((1, 1, 2, 2)), np.ones((1, 1, 2, 2))) == "chosen"


def test_the_gradient_of_one_argument_does_not_compute_the_others(monkeypatch):
    monkeypatch.setattr(kernels, "conv_dx", None)
    w = Param(np.ones((1, 1, 2, 2)))
    tape = diff(lambda: np.sum(conv2d(np.ones((1, 1, 3, 3)), w)))
    assert (grad(tape, w) == 4).all()


X, WEIGHT = (2, 4, 5, 6), (6, 4, 3, 3)


@pytest.mark.parametrize(
    "shapes, options, words",
    [
        ([(4, 5, 6), WEIGHT], {}, r"images \(batch, .*\), got shape \(4, 5, 6\); .*x\[None\]"),
        ([X, (6, 4, 3)], {}, r"needs weight \(out, in / groups, \*sizes\) with 2 .*\(6, 4, 3\)"),
        ([X, (0, 4, 3, 3)], {}, r"none of them 0, got shape \(0, 4, 3, 3\)"),
        (
            [X, (6, 3, 3, 3)],
            {},
            r"x \(2, 4, 5, 6\) has 4 channels, but weight .* takes 3; weight is",
        ),
        ([X, WEIGHT], {"groups": 2}, r"has 4 channels, .* with groups=2 takes 8"),
        ([X, (6, 1, 3, 3)], {"groups": 4}, r"6 output channels cannot be divided into groups=4"),
        ([X, WEIGHT], {"groups": 0}, r"cannot be divided into groups=0"),
        ([X, WEIGHT, (1,)], {}, r"needs bias \(6,\), .*got \(1,\)"),
        ([X, WEIGHT, (6, 1, 1)], {}, r"needs bias \(6,\), .*got \(6, 1, 1\)"),
        ([X, (6, 4, 7, 3)], {}, r"reaches over \(7, 3\) does not fit into images of \(5, 6\).*pad"),
        (
            [X, (6, 4, 7, 3)],
            {"padding": (0, 1)},
            r"images of \(5, 8\) \(padding \(\(0, 0\), \(1, 1\)\)",
        ),
        ([X, WEIGHT], {"dilation": 3}, r"reaches over \(7, 7\) does not fit"),
        ([X, WEIGHT], {"stride": 0}, r"needs stride= to be at least 1, got 0"),
        ([X, WEIGHT], {"padding": (1, -1)}, r"needs padding= to be at least 0, got \(1, -1\)"),
        ([X, WEIGHT], {"padding": ((0, 0), (0, -1))}, r"needs padding= to be at least 0, got"),
        ([X, WEIGHT], {"dilation": 0}, r"needs dilation= to be at least 1, got 0"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_told_why(shapes, options, words):
    with pytest.raises(ValueError, match="conv2d.*" + words):
        conv2d(*map(np.ones, shapes), **options)


@pytest.mark.parametrize("stride", [1.5, (1, 2, 3), "1", (1, 1.0), None], ids=str)
def test_options_are_ints(stride):
    with pytest.raises(TypeError, match="conv2d needs an int or 2 ints, .*as stride=, got"):
        conv2d(np.ones(X), np.ones(WEIGHT), stride=stride)


@pytest.mark.parametrize("padding", ["valid", 0.5, (1, 2, 3), ((1, 2, 3), 1)], ids=str)
def test_padding_is_of_ints_and_pairs_or_same(padding):
    with pytest.raises(TypeError, match=r"conv2d needs .* a pair \(before, after\), as padding="):
        conv2d(np.ones(X), np.ones(WEIGHT), padding=padding)


@pytest.mark.parametrize("f, axes, name", [(conv1d, 1, "signals"), (conv3d, 3, "volumes")])
def test_other_ranks_are_told_theirs(f, axes, name):
    with pytest.raises(
        ValueError, match=rf"{f.__name__} needs {name} \(batch, channels, .*got shap"
    ):
        f(np.ones(X), np.ones(WEIGHT))
    with pytest.raises(ValueError, match=rf"{f.__name__} needs weight .* with {axes} of sizes"):
        f(np.ones((1, 1, *[2] * axes)), np.ones(WEIGHT))
    with pytest.raises(TypeError, match=rf"{f.__name__} needs an int or {axes} ints"):
        f(np.ones((1, 1, *[2] * axes)), np.ones((1, 1, *[2] * axes)), stride=(1, 1))


def test_an_error_leaves_no_node_behind():
    w = Param(np.ones(WEIGHT))

    def loss():
        with pytest.raises(ValueError):
            conv2d(np.ones((1, 1, 2, 2)), w)
        return np.sum(w)

    assert len(diff(loss, keep=True).nodes) == 2
