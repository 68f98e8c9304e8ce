"""Transposed convolutions: PyTorch's values, the transpose of conv2d, what does not fit."""

import numpy as np
import pytest

from knetpy.autograd import Param, diff
from knetpy.autograd.derivatives import vjp
from knetpy.autograd.gradcheck import gradcheck
from knetpy.ops import conv2d, conv_transpose1d, conv_transpose2d, conv_transpose3d
from tests.ops.recorded import assert_derivatives, cases
from tests.ops.test_conv import assert_agrees_in_every_memory

RNG = np.random.default_rng(3)
OPTIONS = [
    (conv_transpose1d, {}),
    (conv_transpose1d, {"stride": 2, "output_padding": 1, "padding": 1, "groups": 2}),
    (conv_transpose2d, {}),
    (conv_transpose2d, {"stride": (2, 1), "padding": ((0, 1), 1), "output_padding": (1, 0)}),
    (conv_transpose2d, {"dilation": 2, "groups": 2, "flip": True, "output_padding": 1}),
    (conv_transpose3d, {"stride": 2, "padding": 1, "output_padding": (0, 1, 1)}),
    (conv_transpose3d, {"groups": 2, "dilation": (1, 2, 1)}),
]


@cases("conv_transpose1d")
def test_conv_transpose1d_is_pytorchs_whatever_the_memory(case):
    assert_agrees_in_every_memory(conv_transpose1d, case)


@cases("conv_transpose2d")
def test_conv_transpose2d_is_pytorchs_whatever_the_memory(case):
    assert_agrees_in_every_memory(conv_transpose2d, case)


@cases("conv_transpose3d")
def test_conv_transpose3d_is_pytorchs_whatever_the_memory(case):
    assert_agrees_in_every_memory(conv_transpose3d, case)


@pytest.mark.parametrize("f, options", OPTIONS)
@pytest.mark.parametrize("channels", [2, 8], ids="{} channels".format)
def test_two_orders_of_derivatives_with_every_option(f, options, channels):
    axes, outputs = int(f.__name__[-2]), channels // options.get("groups", 1)
    x = RNG.standard_normal((2, 2, 3, 2, 2)[: axes + 2])
    weight = RNG.standard_normal((2, outputs, *[2] * axes))
    assert gradcheck(lambda *a: f(*a, **options), x, weight, np.ones(channels), order=2)


@pytest.mark.parametrize(
    "shape, kernel", [((0, 2, 3, 3), (2, 3, 2, 2)), ((1, 1, 1, 1), (1, 1, 1, 1))]
)
def test_awkward_shapes(shape, kernel):
    x, weight = RNG.standard_normal(shape), RNG.standard_normal(kernel)
    assert_derivatives(conv_transpose2d, x, weight, np.ones(kernel[1]))
    assert_derivatives(conv_transpose2d, x, weight)


@pytest.mark.parametrize("flip", [False, True])
def test_it_is_the_gradient_of_the_convolution(flip):
    options = {"stride": 2, "padding": ((1, 0), 1), "dilation": 2, "groups": 2, "flip": flip}
    image, weight = RNG.standard_normal((2, 4, 8, 7)), RNG.standard_normal((6, 2, 3, 2))
    y, pull = vjp(lambda image: conv2d(image, weight, **options), image)
    dy = RNG.standard_normal(y.shape)
    back = conv_transpose2d(dy, weight, **options, output_padding=(0, 0))
    np.testing.assert_allclose(back, pull(dy)[0][:, :, : back.shape[2]], atol=1e-12)
    assert (pull(dy)[0][:, :, back.shape[2] :] == 0).all()


def test_knets_upsampling_by_bilinear_weights():
    """Knet's bilinear(T, 4, 4, 1, 1) in one direction, and what it makes of a step."""
    profile = np.array([0.25, 0.75, 0.75, 0.25])
    weight = np.outer(profile, profile)[None, None]
    x = np.array([[[[0.0, 0, 4, 4]] * 4]])
    y = conv_transpose2d(x, weight, stride=2, padding=1)
    np.testing.assert_array_equal(y[0, 0, 2], [0, 0, 0, 1, 3, 4, 4, 3])


def test_float32_stays_and_bias_costs_no_node_nor_copy():
    given = [Param(np.ones(s, "f4")) for s in ((2, 3, 4, 4), (3, 5, 2, 2), (5,))]
    tape = diff(lambda: np.sum(conv_transpose2d(*given, stride=2)), keep=True)
    assert {g.dtype for g in tape.intermediate if g is not None} == {np.dtype("f4")}
    assert {node[3].dtype for node in tape.nodes} == {np.dtype("f4")} and len(tape.nodes) == 5
    y = conv_transpose2d(*(p.value for p in given))
    assert y.transpose(0, 2, 3, 1).flags.c_contiguous
    assert all((p.value == 1).all() for p in given)
    wide = conv_transpose2d(*(p.value for p in given[:2]), np.full(5, 1e-12))
    assert wide.dtype == float and (wide - wide.round() > 0).all()


X, WEIGHT = (2, 4, 3, 3), (4, 6, 3, 3)


@pytest.mark.parametrize(
    "shapes, options, words",
    [
        ([(4, 5, 6), WEIGHT], {}, r"images \(batch, .*\), got shape \(4, 5, 6\)"),
        ([X, (6, 4, 3)], {}, r"needs weight \(in, out / groups, \*sizes\) with 2 .*\(6, 4, 3\)"),
        ([X, (4, 0, 3, 3)], {}, r"none of them 0, got shape \(4, 0, 3, 3\)"),
        ([X, (6, 4, 3, 3)], {}, r"\(2, 4, 3, 3\) has 4 channels, but weight .* takes 6; weight is"),
        ([X, WEIGHT], {"groups": 3}, r"4 input channels cannot be divided into groups=3"),
        ([X, WEIGHT], {"groups": 0}, r"cannot be divided into groups=0"),
        ([X, WEIGHT, (4,)], {}, r"needs bias \(6,\), .*got \(4,\)"),
        ([X, WEIGHT, (6,)], {"groups": 2}, r"needs bias \(12,\), .*got \(6,\)"),
        ([X, WEIGHT], {"stride": 0}, r"needs stride= to be at least 1, got 0"),
        ([X, WEIGHT], {"padding": -1}, r"needs padding= to be at least 0, got -1"),
        (
            [X, WEIGHT],
            {"output_padding": 1},
            r"output_padding= below stride=1 or dilation=1, got 1",
        ),
        ([X, WEIGHT], {"output_padding": (1, 2), "stride": (3, 2)}, r"below stride=\(3, 2\).*got"),
        ([X, WEIGHT], {"padding": 3}, r"images of \(3, 3\) become images of \(-1, -1\).*padding=3"),
        (
            [(1, 4, 0, 3), WEIGHT],
            {},
            r"images of \(0, 3\) become images of \(2, 5\), which hold no",
        ),
    ],
    ids=str,
)
def test_what_does_not_fit_is_told_why(shapes, options, words):
    with pytest.raises(ValueError, match="conv_transpose2d.*" + words):
        conv_transpose2d(*map(np.ones, shapes), **options)


@pytest.mark.parametrize(
    "f, axes, name", [(conv_transpose1d, 1, "signals"), (conv_transpose3d, 3, "vol")]
)
def test_other_ranks_are_told_theirs(f, axes, name):
    with pytest.raises(ValueError, match=rf"{f.__name__} needs {name}"):
        f(np.ones(X), np.ones(WEIGHT))
    with pytest.raises(TypeError, match=rf"{f.__name__} needs .* of {axes} axes .* got 'same'"):
        f(np.ones((1, 1, *[2] * axes)), np.ones((1, 1, *[2] * axes)), padding="same")
