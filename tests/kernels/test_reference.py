"""The reference kernels: against loops over the definition, memory without copies, any array."""

import tracemalloc
from dataclasses import replace
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knetpy import kernels, ops
from knetpy.autograd import Param, diff, grad
from knetpy.kernels import Sampling, Window, reference
from tests.kernels.standin import Standin

RNG = np.random.default_rng(3)


def looped(x, weight, bias, window, groups):
    """A convolution by its definition, number by number."""
    y = np.zeros((len(x), len(weight), *window.outputs(x.shape[2:]))) + over_pixels(bias, x)
    channels, outputs = weight.shape[1], len(weight) // groups
    padded = np.pad(x, ((0, 0), (0, 0), *window.padding))
    for n, o, *place in np.ndindex(y.shape):
        first = o // outputs * channels
        for i, *cell in np.ndindex(weight.shape[1:]):
            steps = zip(place, window.stride, cell, window.dilation, strict=True)
            pixel = tuple(p * s + c * d for p, s, c, d in steps)
            y[(n, o, *place)] += weight[(o, i, *cell)] * padded[(n, first + i, *pixel)]
    return y


def over_pixels(bias, x):
    return bias.reshape(-1, *[1] * (x.ndim - 2))


def to_last(x):
    """`x` with its channels last in memory."""
    return np.moveaxis(np.moveaxis(x, 1, -1).copy(), -1, 1)


@st.composite
def geometries(draw):
    """A window, and an image of one, two or three axes into which it fits."""
    axes = draw(st.integers(1, 3))

    def each(low, high):
        return st.tuples(*[st.integers(low, high)] * axes)

    ends = st.tuples(st.integers(0, 2), st.integers(0, 1))
    window = Window(draw(each(1, 3)), draw(each(1, 2)), draw(st.tuples(*[ends] * axes)))
    return window, draw(each(3, 6 if axes < 3 else 4))


@settings(max_examples=60)
@given(
    geometry=geometries(),
    dilation=st.integers(1, 2),
    sizes=st.tuples(st.integers(0, 2), st.integers(1, 5), st.integers(1, 2), st.integers(1, 2)),
    last=st.booleans(),
)
@pytest.mark.parametrize("short", [reference.SHORT, 0], ids=["taps", "strips"])
def test_conv_is_its_definition_and_its_gradients_are_its_adjoints(
    geometry, dilation, sizes, last, short
):
    (window, image), (n, channels, outputs, groups) = geometry, sizes
    if all((k - 1) * dilation < size for k, size in zip(window.size, image, strict=True)):
        window = replace(window, dilation=(dilation,) * len(image))
    x = RNG.standard_normal((n, channels * groups, *image))
    x = to_last(x) if last else x
    weight = RNG.standard_normal((outputs * groups, channels, *window.size))
    bias = RNG.standard_normal(outputs * groups)
    reference.arrangement.cache_clear()
    with mock.patch.object(reference, "SHORT", short):
        y = reference.conv(x, weight, bias, window, groups)
        np.testing.assert_allclose(y, looped(x, weight, bias, window, groups), atol=1e-12)
        dy = RNG.standard_normal(y.shape)
        dx = reference.conv_dx(dy, weight, image, window, groups)
        dw = reference.conv_dw(x, dy, window, groups)
    moved = np.sum((y - over_pixels(bias, x)) * dy)
    assert (dx.shape, dw.shape) == (x.shape, weight.shape)
    np.testing.assert_allclose([np.sum(x * dx), np.sum(weight * dw)], moved, atol=1e-11)


def channels_last(x):
    return x.transpose(0, 2, 3, 1).flags.c_contiguous


def peak(f, *args):
    """The bytes that a call held at once, beyond what was there."""
    f(*args)
    tracemalloc.start()
    try:
        f(*args)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_results_lie_channels_last_whatever_came():
    weight, bias = RNG.standard_normal((6, 4, 3, 3)), np.ones(6)
    x = RNG.standard_normal((2, 4, 8, 8))
    for same in (x, x.transpose(0, 2, 3, 1).copy().transpose(0, 3, 1, 2)):
        y = reference.conv(same, weight, bias, Window((3, 3)), 1)
        assert channels_last(y)
        assert channels_last(reference.conv_dx(y, weight, (8, 8), Window((3, 3)), 1))


def test_a_pointwise_convolution_of_channels_last_copies_no_pixel():
    x = np.ones((4, 32, 32, 64), "f4").transpose(0, 3, 1, 2)
    assert np.shares_memory(reference.gathered(x, Window((1, 1)), 1), x)
    weight, bias = np.ones((64, 64, 1, 1), "f4"), np.ones(64, "f4")
    used = peak(reference.conv, x, weight, bias, Window((1, 1)), 1)
    assert used < x.nbytes + 2 * weight.nbytes + 10_000
    used = peak(reference.conv_dx, x, weight, (32, 32), Window((1, 1)), 1)
    assert used < x.nbytes + 2 * weight.nbytes + 10_000


@pytest.mark.parametrize("channels", [1, 16])
def test_a_convolution_holds_the_gathered_pixels_and_its_result_and_no_more(channels):
    x = np.ones((4, 20, 20, channels), "f4").transpose(0, 3, 1, 2)
    weight, bias = np.ones((8, channels, 3, 3), "f4"), np.ones(8, "f4")
    for window in (Window((3, 3)), Window((3, 3), padding=1)):
        outputs = np.prod(window.outputs((20, 20))) * 4
        gathered, result = outputs * channels * 9 * 4, outputs * 8 * 4
        used = peak(reference.conv, x, weight, bias, window, 1)
        assert used < gathered + result + 2 * weight.nbytes + 20_000


def test_pixels_are_gathered_along_the_longer_runs_of_memory():
    planes = RNG.standard_normal((2, 8, 5, 5))
    last = planes.transpose(0, 2, 3, 1).copy().transpose(0, 3, 1, 2)
    by_pixel, by_cell = (reference.gathered(x, Window((3, 3)), 1)[0] for x in (planes, last))
    assert by_pixel.T.flags.c_contiguous and by_cell.flags.c_contiguous
    np.testing.assert_array_equal(by_pixel, by_cell)


def test_long_signals_of_few_channels_are_gathered_cell_by_cell():
    for n, runs in ((1, 3), (64, 998)):
        assert len(reference.arrangement(n, 1, 32, (1000,), Window((3,)), False).taps) == runs


def test_pooling_holds_its_result_and_no_padded_copy():
    x = np.ones((4, 128, 128, 16), "f4").transpose(0, 3, 1, 2)
    window = Window((3, 3), 2, 1)
    result = reference.max_pool(x, window)[0].nbytes
    assert peak(reference.max_pool, x, window) < 1.2 * result
    assert peak(reference.mean_pool, x, window, True) < 1.2 * result


def test_pooling_keeps_the_memory_order_back_too():
    x = RNG.standard_normal((2, 6, 6, 3)).transpose(0, 3, 1, 2)
    window = Window((2, 2), (2, 2))
    y, kept = reference.max_pool(x, window)
    dy = np.ascontiguousarray(RNG.standard_normal(y.shape))
    assert channels_last(y) and channels_last(reference.max_pool_dx(dy, x, y, kept, window))
    assert channels_last(reference.mean_pool(x, window, True))
    assert channels_last(reference.mean_pool_dx(y, (6, 6), window, True))


def test_picking_is_the_adjoint_of_the_gradient_of_max_pooling():
    x, window = RNG.standard_normal((2, 3, 7, 7)), Window((3, 2), (2, 1), 1)
    y, kept = reference.max_pool(x, window)
    g, dy = RNG.standard_normal(x.shape), RNG.standard_normal(y.shape)
    picked = reference.max_pool_pick(g, x, y, kept, window)
    np.testing.assert_array_equal(reference.max_pool_pick(x, x, y, kept, window), y)
    moved = np.sum(reference.max_pool_dx(dy, x, y, kept, window) * g)
    np.testing.assert_allclose(np.sum(picked * dy), moved)


def network(x, weight, bias, labels):
    """Every op of images at once."""
    h = ops.conv2d(x, weight, bias, padding="same", flip=True)
    h = ops.instance_norm(ops.max_pool2d(ops.relu(h), 2, padding=1, ceil=True), bias)
    h = ops.conv_transpose2d(ops.unpool(h), weight, padding=((0, 1), 0))
    h = ops.group_norm(ops.interpolate(h, 5, mode="linear"), groups=1)
    h = ops.batch_norm(ops.zero_pad(h, 1), None, None, training=True)
    h = ops.mean_pool2d(ops.sigmoid(h), 2, stride=1, padding=1, count_padding=False)
    h = ops.pixel_unshuffle(h, 2) + ops.max_pool2d(h, None)[:, :1] + ops.mean_pool2d(h, None)[:, 1:]
    h = ops.rms_norm(ops.layer_norm(ops.flatten(h)))
    scores = ops.linear(h, np.ones_like(h[:1]).T * h[:1].T, None)
    scores = ops.tanh(np.concatenate([scores, scores * scores], axis=1))
    loss = ops.nll(scores, labels, smoothing=0.1, weight=[1.0, 2.0], ignore=7)
    return loss + ops.bce(scores, ops.softmax(scores)) + ops.mse(scores, ops.log_softmax(scores))


def test_every_op_works_on_arrays_that_refuse_to_mix_with_numpys():
    arrays = RNG.standard_normal((3, 2, 6, 6)), RNG.standard_normal((4, 2, 3, 3)), np.ones(4)
    labels = np.array([0, 7, 1])
    theirs = [Param(Standin(x.copy())) for x in arrays]
    ours = [Param(x) for x in arrays]
    far = diff(lambda: network(*theirs, Standin(labels)))
    near = diff(lambda: network(*ours, labels))
    assert float(far) == pytest.approx(float(near))
    for x, same in zip(theirs, ours, strict=True):
        assert type(grad(far, x)) is Standin
        np.testing.assert_allclose(grad(far, x).host, grad(near, same), atol=1e-12)
    assert ops.accuracy(Standin(np.eye(3)), Standin(np.arange(3))) == 1.0
    dropped = ops.dropout(Standin(np.ones((5, 6))), 0.5, training=True)
    assert set(np.unique(dropped.host)) == {0, 2}


def test_sampling_is_a_product_with_its_matrix_along_one_axis():
    sampling = Sampling((3, 5), [0, 0, 2], [1, 3, 3], [0.5, 2.0, 1.0])
    matrix = np.array([[0, 0.5, 0, 2, 0], [0] * 5, [0, 0, 0, 1, 0]])
    x = RNG.standard_normal((2, 3, 5, 4))
    for same in (x, to_last(x), np.asfortranarray(x)):
        y = reference.sample(same, 2, sampling)
        np.testing.assert_allclose(y, np.einsum("ok,nckw->ncow", matrix, x), atol=1e-14)
    assert channels_last(reference.sample(to_last(x), 2, sampling))
    assert (reference.sample(x, 2, Sampling((3, 5), [], [], [])) == 0).all()


def test_mixing_the_two_is_an_error():
    with pytest.raises(TypeError, match="NumPy array came where a Standin is"):
        kernels.conv(Standin(np.ones((1, 1, 3, 3))), np.ones((1, 1, 2, 2)), None, Window((2, 2)), 1)
