"""The stand-in refuses what CuPy refuses, and everything runs on it."""

import gc
import importlib
import inspect
from dataclasses import replace
from pathlib import Path
from types import FunctionType

import numpy as np
import pytest

from knetpy import arrays, ops
from knetpy.autograd import Param, Sparse, diff, grad, params
from knetpy.autograd.containers import rebuild
from knetpy.autograd.derivatives import elementwise_grad, hessian, hvp, jacobian, jvp, vjp
from knetpy.autograd.dispatch import LATE
from knetpy.autograd.errors import full_name
from knetpy.autograd.gradients import dense
from knetpy.autograd.recompute import recompute
from knetpy.optim import Adam
from tests import standin

X = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


def on_device(x):
    """Every NumPy array in `x` as a stand-in."""
    return rebuild(x, standin.asarray, leaf=lambda part: isinstance(part, np.ndarray))


def on_host(x):
    return rebuild(x, lambda a: a._held, leaf=lambda part: isinstance(part, standin.ndarray))


@pytest.fixture
def x():
    return standin.asarray(X)


# What CuPy refuses


@pytest.mark.parametrize("convert", [np.asarray, np.array, lambda x: np.zeros((2, 3)).__iadd__(x)])
def test_it_never_becomes_a_numpy_array_by_itself(x, convert):
    with pytest.raises(TypeError, match="Implicit conversion to a NumPy array is not|Unsupported"):
        convert(x)


@pytest.mark.parametrize(
    "mixed",
    [
        lambda x: x + X,
        lambda x: X + x,
        lambda x: np.add(x, X),
        lambda x: x @ X.T,
        lambda x: x == X,
        lambda x: x.__iadd__(X),
        lambda x: np.concatenate([x, X]),
        lambda x: np.where(X > 2, x, 0),
        lambda x: np.add.at(x, np.array([0]), 1.0),
        lambda x: x.dot(X.T),
        lambda x: x.transpose(np.array([1, 0])),
        lambda x: np.sum(x, out=np.zeros(())),
        lambda x: x[np.array([0])],
        lambda x: x[0, np.array([0])],
        lambda x: x.__setitem__(0, X[0]),
        lambda x: x.__setitem__(np.array([0]), 1.0),
        lambda x: x.fill(X[0]),
        lambda x: standin.full((2,), X[0, :2]),
    ],
)
def test_numpy_arrays_are_refused_everywhere(x, mixed):
    with pytest.raises(TypeError, match="Unsupported type .*numpy.ndarray"):
        mixed(x)
    assert (x._held == X).all()


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda x: np.spacing(x), "spacing"),
        (lambda x: np.nanquantile(x, 0.5), "nanquantile"),
        (lambda x: np.add.accumulate(x), "accumulate|ufunc"),
        (lambda x: np.sum(x, where=True), "unexpected keyword"),
        (lambda x: x.max(initial=0.0), "unexpected keyword"),
        (lambda x: x.astype(np.longdouble), "Unsupported dtype"),
        (lambda x: standin.asarray(["text"]), "Unsupported dtype"),
        (lambda x: hash(x), "unhashable"),
    ],
)
def test_what_cupy_lacks_is_refused(x, call, message):
    with pytest.raises(TypeError, match=message):
        call(x)


# What CuPy does


def test_results_are_its_own_arrays_even_without_axes(x):
    for y in (
        x.sum(),
        np.sum(x),
        x[0, 0],
        x > 2,
        np.max(x),
        x == x,
        np.add.reduce(x),
        np.all(x > 0),
    ):
        assert type(y) is standin.ndarray
    assert x.sum().shape == () and float(x.sum()) == 21 and bool(x[0, 0] == 1)
    assert type(np.float64(2) * x) is type(x * np.float32(2)) is type(2 * x) is standin.ndarray
    assert all(type(part) is standin.ndarray for part in np.split(x, 3, axis=1))


def test_in_place_and_indexing_by_its_own(x):
    x += 1
    x[standin.asarray([0])] += x[1]
    assert x.tolist() == [[7, 9, 11], [5, 6, 7]]
    np.add.at(x, standin.asarray([1, 1]), 1.0)
    assert x[1].tolist() == [7, 8, 9]
    assert x[standin.asarray([5])].tolist() == [[7, 8, 9]]  # comes round
    assert x[x > 8].tolist() == [9, 11, 9] and x[..., 0, None].shape == (2, 1)


def test_creation_by_the_arrays_module(x):
    assert arrays.module(x) is standin and arrays.device(x) == "tests.standin:0"
    for made in (
        arrays.zeros(2, like=x),
        arrays.ones(2, like=x),
        arrays.full(2, 7, like=x),
        arrays.empty(2, like=x),
        arrays.random(2, like=x),
        arrays.random(2, like=x, dtype="f2"),
        arrays.asarray([1, 2], like=x),
        arrays.asarray(x, like=x),
        np.zeros_like(x, shape=(3,)),
    ):
        assert type(made) is standin.ndarray


def test_copies_are_counted():
    before = dict(standin.counts)
    x = standin.asarray(X)
    x.get()
    np.asarray(x.get())
    assert standin.counts["to_device"] == before["to_device"] + 1
    assert standin.counts["to_host"] == before["to_host"] + 2


# Every rule on it


# Each once, and not SciPy's: CuPy has a third of scipy.special, and some rules of it sum
# series on the host.
CHAPTERS = sorted(Path(__file__).parent.joinpath("autograd", "rules").glob("test_*.py"))
ROWS = [
    row
    for path in CHAPTERS
    if path.stem.removeprefix("test_") not in ("rows", *LATE["scipy.special"].split())
    for row in getattr(importlib.import_module(f"tests.autograd.rules.{path.stem}"), "ROWS", ())
]


def outcome(case, given):
    """The value, and the gradients of the squares of all its floats."""
    tracked = [Param(x) for x in given]

    def loss():
        floats = []
        rebuild(case.f(*tracked), floats.append, leaf=is_float)
        return sum((k + 1) * np.sum(np.real(y * y)) for k, y in enumerate(floats))

    return case.f(*given), case.row.constant or [dense(grad(diff(loss), p)) for p in tracked]


def is_float(x):
    return getattr(getattr(x, "dtype", None), "kind", "") in ("f", "c")


def has(case):
    """Whether CuPy has what the row asks for, and it works on the host, as the chapter tests."""
    names = {full_name(f).rpartition(".")[2] for f in case.row.of}
    lacking = {"where", "initial", "correction"} if names & standin.REDUCTIONS else set()
    if names & standin.MISSING or lacking & set(case.row.options):
        return False
    if case.id in HOST_ROWS or holds_arrays(case.row.f):
        return False
    try:
        return bool(outcome(case, [d.array(k) for k, d in enumerate(case.domains)]))
    except Exception:
        return False


# Rows that make NumPy arrays inside.
HOST_ROWS = {"einsum-constant-plain", "constant-operator.matmul-plain"}


def holds_arrays(x):
    """Whether a row's own function mixes NumPy arrays in, so that it is for the host alone."""
    if isinstance(x, dict):
        return any(map(holds_arrays, x.values()))
    if not isinstance(x, FunctionType):
        return isinstance(x, np.ndarray)
    used = inspect.getclosurevars(x)
    named = any(isinstance(part, np.ndarray) for part in used.globals.values())
    return named or any(map(holds_arrays, used.nonlocals.values()))


PLAIN = {case.id: case for row in ROWS for case in row.cases() if case.id.endswith("-plain")}
CASES = list(filter(has, PLAIN.values()))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_rule_runs_on_it(case, monkeypatch):
    """The row's value and gradients are those of NumPy, and no NumPy array is made."""
    host = [d.array(k) for k, d in enumerate(case.domains)]
    expected = outcome(case, host)
    monkeypatch.setattr(case, "row", on_device_row(case.row))
    device = on_device(host)
    before = dict(standin.counts)
    found = outcome(case, device)
    assert standin.counts == before
    assert_alike(on_host(found), expected)


def on_device_row(row):
    return replace(row, args=on_device(row.args), options=on_device(row.options))


def assert_alike(found, expected):
    if isinstance(expected, (list, tuple)):
        assert len(found) == len(expected)
        for pair in zip(found, expected, strict=True):
            assert_alike(*pair)
    elif isinstance(expected, (np.ndarray, np.generic)):
        assert (np.shape(found), found.dtype) == (expected.shape, expected.dtype)
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)
    else:
        assert found == expected


def test_every_function_that_has_a_row_runs_on_it():
    def names(cases):
        return {full_name(f).rpartition(".")[2] for case in cases for f in case.row.of}

    assert names(PLAIN.values()) - names(CASES) <= standin.MISSING


def test_lookups_stay_sparse_on_it():
    w, ids = Param(standin.zeros((5, 40))), standin.asarray([1, -1, 1])
    g = grad(diff(lambda: np.sum(w[ids] * 2)), w)
    assert type(g) is Sparse and g.norm() == pytest.approx(np.sqrt(40 * (16 + 4)))
    w -= 0.5 * g
    assert w.value[:, 0].tolist() == [0, -2, 0, 0, -1]
    assert type(g.dense()) is standin.ndarray


def derivatives(x, t):
    """Each way to differentiate, of a function of an array and the weights that it closes over."""
    w = Param(x * 2)

    def f(x):
        return np.tanh(x * w) @ x.T

    def loss(x):
        return np.sum(recompute(f)(x) ** 2)

    y, pull = vjp(f, x)
    yield from (y, pull(np.ones_like(y))[0], jvp(f, (x,), (t,))[1], jacobian(f)(x))
    yield from (hessian(loss)(x), hvp(loss, x, t), elementwise_grad(np.sin)(x))
    yield grad(diff(lambda: loss(x)), w)
    yield grad(lambda p: np.sum(p["x"] * p["t"][0]))({"x": x, "t": [t]})["t"][0]


def test_every_way_to_differentiate_runs_on_it(x):
    t = standin.asarray(X / 10)
    before = dict(standin.counts)
    found = list(derivatives(x / 5, t))
    assert standin.counts == before
    for ours, theirs in zip(found, derivatives(X / 5, X / 10), strict=True):
        assert type(ours) is standin.ndarray
        np.testing.assert_allclose(ours._held, theirs, rtol=1e-12, atol=1e-14)


# Every op of signals, images and volumes

SIGNALS, IMAGES, VOLUMES = (np.sin(np.arange(8 * 6**k)).reshape(2, 4, *[6] * k) for k in (1, 2, 3))


def waves(*shape):
    return np.cos(np.arange(np.prod(shape))).reshape(shape)


# fmt: off
OPS = {
    "conv1d": (lambda x, w: ops.conv1d(x, w, padding=((1, 2),)), SIGNALS, waves(3, 4, 3)),
    "conv2d": (lambda x, w: ops.conv2d(x, w, dilation=2), IMAGES, waves(3, 4, 3, 3)),
    "conv3d": (lambda *a: ops.conv3d(*a, padding="same", groups=2), VOLUMES, waves(4, 2, 1, 3, 3)),
    "conv_transpose1d": (
        lambda *a: ops.conv_transpose1d(*a, stride=2, output_padding=1), SIGNALS, waves(4, 3, 3)),
    "conv_transpose2d": (
        lambda *a: ops.conv_transpose2d(*a, groups=2), IMAGES, waves(4, 3, 3, 3), waves(6)),
    "conv_transpose3d": (ops.conv_transpose3d, VOLUMES, waves(4, 3, 2, 2, 2)),
    "max_pool1d": (lambda x: ops.max_pool1d(x, 3, padding=1), SIGNALS),
    "max_pool2d": (lambda x: ops.max_pool2d(x, None), IMAGES),
    "max_pool3d": (lambda x: ops.max_pool3d(x, 3, stride=2), VOLUMES),
    "mean_pool1d": (lambda x: ops.mean_pool1d(x, 3, padding=1), SIGNALS),
    "mean_pool2d": (lambda x: ops.mean_pool2d(x, ceil=True, stride=4), IMAGES),
    "mean_pool3d": (lambda x: ops.mean_pool3d(x, None), VOLUMES),
    "unpool": (lambda x: ops.unpool(x, 3, padding=1, stride=4, count_padding=True), IMAGES),
    "interpolate": (lambda x: ops.interpolate(x, (3, 8), mode="linear"), IMAGES),
    "pixel_shuffle": (lambda x: ops.pixel_shuffle(x, 2), IMAGES),
    "pixel_unshuffle": (lambda x: ops.pixel_unshuffle(x, 2), IMAGES),
    "zero_pad": (lambda x: ops.zero_pad(x, ((1, 0), 2)), IMAGES),
    "flatten": (lambda x: ops.flatten(x, 2), IMAGES),
    "batch_norm": (lambda *a: ops.batch_norm(*a, training=True), IMAGES, None, None, waves(4)),
    "layer_norm": (ops.layer_norm, IMAGES, waves(6), waves(6)),
    "rms_norm": (ops.rms_norm, IMAGES, waves(6)),
    "group_norm": (lambda *a: ops.group_norm(*a, groups=2), IMAGES, waves(4), waves(4)),
    "instance_norm": (ops.instance_norm, SIGNALS, waves(4), waves(4)),
    "dropout": (lambda x: ops.dropout(x, 1.0, axes=(0, 1)), IMAGES),
}
# fmt: on


@pytest.mark.parametrize("f, arrays", [(f, a) for f, *a in OPS.values()], ids=OPS)
def test_an_op_of_images_runs_on_it_and_leaves_no_cycle(f, arrays):
    ours = [None if a is None else Param(a) for a in arrays]
    theirs = [None if a is None else Param(standin.asarray(a)) for a in arrays]
    before = standin.counts["to_host"]
    gc.collect()
    near, far = (diff(lambda p=p: np.sum(f(*p) ** 2)) for p in (ours, theirs))
    assert gc.collect() == 0
    assert standin.counts["to_host"] == before
    assert float(far) == pytest.approx(float(near))
    for x, same in zip(ours, theirs, strict=True):
        if x is not None:
            assert type(grad(far, same)) is standin.ndarray
            np.testing.assert_allclose(grad(far, same)._held, grad(near, x), atol=1e-11)


# A whole step of LeNet


class LeNet:
    def __init__(self, like):
        def weight(*shape):
            return Param((arrays.random(shape, like=like) - 0.5) * 0.2)

        self.conv1, self.conv2 = weight(4, 1, 5, 5), weight(6, 4, 5, 5)
        self.hidden, self.out = weight(96, 20), weight(20, 10)
        self.bias1, self.bias2 = weight(20), weight(10)

    def __call__(self, x):
        x = ops.max_pool2d(ops.relu(ops.conv2d(x, self.conv1)))
        x = ops.max_pool2d(ops.relu(ops.conv2d(x, self.conv2)))
        x = ops.relu(ops.linear(x.reshape(len(x), -1), self.hidden, self.bias1))
        return ops.linear(x, self.out, self.bias2)


def train(model, x, y, steps):
    optimizer, losses = Adam(lr=1e-2), []
    for _ in range(steps):
        tape = diff(lambda: ops.nll(model(x), y))
        optimizer.step(params(model), grad(tape, params(model)))
        losses.append(float(tape))
    return losses


def test_lenet_trains_on_it_as_on_numpy():
    arrays.seed(1)
    images, labels = arrays.random((8, 1, 28, 28)), np.arange(8)
    model = LeNet(images)
    twin = LeNet(images)
    for p, q in zip(params(twin), params(model), strict=True):
        p.value = standin.asarray(q.value)
    x, y = standin.asarray(images), standin.asarray(labels)
    before = dict(standin.counts)
    losses = train(twin, x, y, 3)
    assert standin.counts == before, "data moved between host and device"
    assert losses[2] < losses[0]
    np.testing.assert_allclose(losses, train(model, images, labels, 3), rtol=1e-4)
    for p, q in zip(params(twin), params(model), strict=True):
        assert type(p.value) is standin.ndarray and p.dtype == np.float32
        np.testing.assert_allclose(p.value._held, q.value, atol=2e-3)
