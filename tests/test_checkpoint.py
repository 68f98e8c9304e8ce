"""Models in files: what is saved comes back, and a refused load changes nothing."""

import itertools
import os
import signal
import sys
from functools import partial
from types import SimpleNamespace

import h5py
import numpy as np
import pytest

from knetpy import checkpoint, hdf5
from knetpy.autograd import Param, State, diff, grad
from knetpy.autograd.params import walk
from knetpy.checkpoint import CheckpointError, load, save

DTYPES = [
    *("?", "i1", "u1", "<i2", ">i2", "<u4", "<i8", ">i8", "<u8"),
    *("<f2", "<f4", ">f4", "<f8", ">f8", "g", "<c8", ">c8", "<c16", "G"),
]
LAYOUTS = {
    "C": lambda x: x,
    "F": np.asfortranarray,
    "0-d": lambda x: x[1, 2],
    "0-d array": lambda x: x[1, 2].reshape(()),
    "empty": lambda x: x[:0],
    "empty inside": lambda x: x.reshape(6, 4)[:, 4:],
    "one": lambda x: x[:1, :1],
    "negative": lambda x: x[::-1, ::-2],
    "columns": lambda x: x[:, 1::3],
    "broadcast": lambda x: np.broadcast_to(x[:, :1], x.shape),
    "five axes": lambda x: x.reshape(1, 2, 3, 1, 4),
}


class Linear:
    def __init__(self, rng, features_in, features_out):
        self.weight = Param(rng.standard_normal((features_in, features_out), dtype="f4"))
        self.bias = Param(rng.standard_normal(features_out, dtype="f4"))

    def __call__(self, x):
        return x @ self.weight + self.bias


class Net:
    def __init__(self, seed):
        rng = np.random.default_rng(seed)
        self.layers = [Linear(rng, 4, 5), Linear(rng, 5, 3)]
        self.mean = State(rng.standard_normal(5))

    def __call__(self, x):
        first, second = self.layers
        return second(np.tanh(first(x)) - self.mean)


NAMES = ["layers/0/weight", "layers/0/bias", "layers/1/weight", "layers/1/bias", "mean"]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.h5"


@pytest.fixture
def saved(path):
    save(path, Net(1))
    return path


def contents(model):
    return [(name, leaf.value.tobytes(), leaf.value.dtype) for name, leaf in walk(model)]


def same(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def refused(path, model, *, error=CheckpointError):
    """The message of a load that must change nothing: no array, no file."""
    before, bytes_before = contents(model), path.read_bytes() if path.is_file() else None
    with pytest.raises(error) as caught:
        load(path, model)
    assert contents(model) == before
    assert bytes_before is None or path.read_bytes() == bytes_before
    return str(caught.value)


# Round trips


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_and_layout_comes_back(path, dtype, layout):
    x = np.random.default_rng(3).integers(0, 2 if dtype == "?" else 120, (4, 6)).astype(dtype)
    x = LAYOUTS[layout](x)
    new = State(np.zeros_like(x))
    save(path, {"x": State(x)})
    assert same(load(path)["x"], np.array(x))
    load(path, {"x": new})
    assert same(new.value, np.array(x))


@pytest.mark.parametrize("layout", ["F", "negative", "columns"])
def test_arrays_are_filled_in_place_whatever_their_strides(path, layout):
    whole = np.zeros((4, 6))
    view = LAYOUTS[layout](whole)
    x = np.random.default_rng(0).random(view.shape)
    save(path, Param(x))
    param = Param(view)
    assert load(path, param) is param
    assert param.value is view and np.array_equal(view, x)
    assert layout == "F" or np.count_nonzero(whole) == x.size


def test_bits_are_kept_of_nan_and_negative_zero(path):
    x = np.array([0x7FF8DEADBEEF0001, 0xFFF0000000000001, 1 << 63, 1], "u8").view("f8")
    save(path, Param(x))
    assert same(load(path, Param(np.zeros(4))).value, x)


def test_a_loaded_model_computes_the_same_bits(saved):
    x = np.random.default_rng(5).standard_normal((7, 4), dtype="f4")
    net = Net(2)
    assert not np.array_equal(net(x), Net(1)(x))
    assert load(saved, net) is net
    assert contents(net) == contents(Net(1))
    assert same(net(x), Net(1)(x))
    once = diff(lambda: np.sum(net(x) ** 2))
    again = Net(1)
    twice = diff(lambda: np.sum(again(x) ** 2))
    assert same(grad(once, net.layers[0].weight), grad(twice, again.layers[0].weight))


def test_the_file_opens_in_plain_h5py_under_the_paths_of_the_model(saved):
    with h5py.File(saved, "r") as file:
        assert file.userblock_size == 512
        names = []
        file.visititems(lambda name, x: names.append(name) if isinstance(x, h5py.Dataset) else None)
        assert sorted(names) == sorted(NAMES) == sorted(name for name, _ in walk(Net(1)))
        for name, leaf in walk(Net(1)):
            assert same(file[name][...], leaf.value)


def test_without_a_model_arrays_come_in_nested_dicts_in_the_order_of_the_model(path):
    save(
        path, {"z": Param(1.0), "b": [Param(2.0), {"y": State(3), "a": Param(4.0)}], "c": Param(5)}
    )
    tree = load(path)
    assert list(tree) == ["z", "b", "c"] and list(tree["b"]["1"]) == ["y", "a"]
    assert tree == {"z": 1.0, "b": {"0": 2.0, "1": {"y": 3, "a": 4.0}}, "c": 5.0}
    assert type(tree["z"]) is np.ndarray and tree["z"].flags.writeable


def test_the_order_of_more_than_ten_things_is_kept(path):
    save(path, [Param(float(i)) for i in range(120)])
    assert list(load(path)) == [str(i) for i in range(120)]


def test_a_shared_param_is_saved_once_and_stays_shared(path):
    w = Param([1.0, 2.0])
    save(path, {"encoder": w, "decoder": w})
    assert list(load(path)) == ["encoder"]
    new = Param([0.0, 0.0])
    load(path, {"encoder": new, "decoder": new})
    assert new.value.tolist() == [1.0, 2.0]


class Slotted:
    __slots__ = ("__secret", "scale")

    def __init__(self, scale):
        self.scale, self.__secret = Param(scale), Param(-scale)


def holders(x):
    """Objects of every kind that may hold Params."""
    a, b = Param(x), Param(2 * x)

    def closure(y, c=b):
        return a * y + c

    yield closure
    yield partial(closure, c=Param(3 * x))
    yield Slotted(x).__init__
    yield SimpleNamespace(f=closure, tree=({"k": Slotted(x)}, [State(x)]))
    yield {State(x), Param(x), Param(5 * x)}
    yield np.array([Param(x), None, State(7 * x)], dtype=object)
    yield Param(x)
    yield {("a", 1): Param(x), 2.5: Param(9 * x), "größe\n%": State(x), "a b.c": Param(x)}


@pytest.mark.parametrize("kind", range(len(list(holders(1.0)))))
def test_whatever_holds_params_can_be_saved(path, kind):
    old, new = list(holders(3.0))[kind], list(holders(1.0))[kind]
    assert contents(old) and contents(old) != contents(new)
    save(path, old)
    load(path, new)
    assert contents(old) == contents(new)


def test_paths_may_be_str_bytes_or_pathlib(path):
    for same_path in (path, str(path), os.fsencode(path)):
        save(same_path, Param([1.5]))
        assert load(same_path, Param([0.0])).value == 1.5


def test_loading_counts_as_a_write(saved):
    net = Net(2)
    versions = [leaf.version for _, leaf in walk(net)]
    load(saved, net)
    assert [leaf.version for _, leaf in walk(net)] == [version + 1 for version in versions]


class Foreign:
    """An array on another device: it comes to the host by `get`, and by nothing else."""

    def __init__(self, x):
        self.here, self.dtype, self.shape, self.nbytes = x, x.dtype, x.shape, x.nbytes

    def get(self):
        return self.here.copy()

    def __array__(self, *args, **options):
        raise TypeError("implicit conversion to the host")

    def __array_function__(self, *args):
        raise TypeError("not here")

    def __array_namespace__(self):
        return SimpleNamespace(asarray=lambda x, dtype: Foreign(x), __name__="foreign")

    def __setitem__(self, index, new):
        assert type(new) is Foreign
        self.here[index] = new.here


def test_arrays_of_another_device_pass_through_the_host(path):
    param, state = Param(Foreign(np.arange(3.0))), State(Foreign(np.array(7)))
    save(path, [param, state])
    new = [Param(Foreign(np.zeros(3))), State(Foreign(np.array(0)))]
    load(path, new)
    assert new[0].value.here.tolist() == [0.0, 1.0, 2.0] and new[1].value.here == 7


# Models that do not fit


def changed(seed, edit):
    net = Net(seed)
    edit(net)
    return net


def put(layer, name, x):
    return lambda net: setattr(net.layers[layer], name, Param(x))


MISFITS = {
    "missing in the file": (
        put(1, "scale", np.ones(3)),
        ["'layers/1/scale': expected float64 (3,), found nothing; the nearest name in the file"],
    ),
    "extra in the file": (
        lambda net: delattr(net.layers[1], "bias"),
        ["'layers/1/bias': expected nothing, found float32 (3,); the nearest name in the model"],
    ),
    "shape": (
        put(0, "bias", np.zeros(6, "f4")),
        ["'layers/0/bias': expected float32 (6,), found float32 (5,)\n"],
    ),
    "axis of size one": (
        put(0, "bias", np.zeros((1, 5), "f4")),
        ["'layers/0/bias': expected float32 (1, 5), found float32 (5,)\n"],
    ),
    "dtype": (
        put(0, "bias", np.zeros(5, "f8")),
        ["'layers/0/bias': expected float64 (5,), found float32 (5,)\n"],
    ),
    "transposed": (
        put(0, "weight", np.zeros((5, 4), "f4")),
        ["'layers/0/weight': expected float32 (5, 4), found float32 (4, 5), its transpose\n"],
    ),
    "renamed": (
        lambda net: net.layers[1].__dict__.update(kernel=net.layers[1].__dict__.pop("weight")),
        [
            "'layers/1/kernel': expected float32 (5, 3), found nothing; "
            "the nearest name in the file is 'layers/1/weight'\n",
            "'layers/1/weight': expected nothing, found float32 (5, 3); "
            "the nearest name in the model is 'layers/1/kernel'\n",
        ],
    ),
    "a group where an array is": (
        lambda net: setattr(net, "mean", [State(np.zeros(5))]),
        [
            "'mean/0': expected float64 (5,), found nothing; "
            "the nearest name in the file is 'mean'\n",
            "'mean': expected nothing, found float64 (5,); "
            "the nearest name in the model is 'mean/0'\n",
        ],
    ),
    "a layer more": (
        lambda net: net.layers.append(Linear(np.random.default_rng(0), 2, 2)),
        ["'layers/2/weight': expected float32 (2, 2), found nothing", "'layers/2/bias': expected"],
    ),
}


@pytest.mark.parametrize("kind", MISFITS)
def test_a_model_that_does_not_fit_is_told_what_differs(saved, kind):
    edit, expected = MISFITS[kind]
    message = refused(saved, changed(2, edit))
    assert message.startswith(f"{saved} does not fit the model; nothing was loaded:\n")
    assert message.endswith("\nBuild the model as it was when it was saved, or save it anew")
    assert all(text in message for text in expected), message
    assert message.count("\n") == 1 + len(expected)


def test_a_long_list_of_differences_is_cut(saved):
    message = refused(saved, [Param(np.zeros(2)) for _ in range(40)])
    assert message.count("expected float64 (2,), found nothing") == 10
    assert "\n  and more\nBuild" in message


def test_byte_order_is_no_difference(path):
    save(path, Param(np.array([1.0, 2.0], ">f4")))
    assert load(path, Param(np.zeros(2, "<f4"))).value.tolist() == [1.0, 2.0]


# Models that cannot be saved or filled


def read_only(x):
    x.flags.writeable = False
    return x


def replaced(param, x):
    param.value = x
    return param


CLASH = r"two things in the model have the name "
UNSAVABLE = {
    "nothing": ({"rate": 0.1}, r"holds Params or States, found none in a dict; plain arrays"),
    "bare array": (np.ones(3), r"found none in a ndarray; plain arrays count only as Param"),
    "no shape": ([Param(None)], r"the Param at '0' has no shape yet; call the model once"),
    "dates": ([State(np.zeros(2, "M8[s]"))], r"'0' holds datetime64\[s\]; .* convert it"),
    "strings": ([State(np.array(["a"]))], r"'0' holds <U1; a weights file holds arrays of numb"),
    "objects": ({"x": State(np.array([None]))}, r"'x' holds object; .* keep it outside Param"),
    "records": ([State(np.zeros(2, "f4,f4"))], r"'0' holds .* a weights file holds"),
    "a float": ([replaced(Param(1.0), 2.0)], r"'0' holds object; .* convert it"),
    "equal keys": ({1: Param(1.0), "1": Param(2.0)}, CLASH + r"'1' \(dict keys 1 and '1'"),
    "a slash": ({"a/b": Param(1.0), "a": {"b": Param(2.0)}}, CLASH + "'a/b'"),
    "array and group": ({"a": Param(1.0), "a/b": Param(2.0)}, CLASH + "'a/b'"),
    "group and array": ({"a/b": Param(1.0), "a": Param(2.0)}, CLASH + "'a' "),
    "empty part": ({"a//b": Param(1.0)}, r"'a//b' cannot be a name in a weights file: .*rename"),
    "dot": ({"a": {".": Param(1.0)}}, r"'a/\.' cannot be a name .* one of \. and \.\."),
    "dots": ({"..": {"x": Param(1.0)}}, r"'\.\./x' cannot be a name"),
    "absolute": ({"/etc/x": Param(1.0)}, r"'/etc/x' cannot be a name"),
    "NUL": ({"a\0b": Param(1.0)}, r"'a\\x00b' cannot be a name .* no NUL"),
    "half a character": ({"\ud800": Param(1.0)}, r"'\\ud800' cannot be a name"),
    "long": ({"x" * 5000: Param(1.0)}, r"'xxx.*\.\.\..*xxx' cannot be .* at most 4096 characters"),
}


@pytest.mark.parametrize("kind", UNSAVABLE)
def test_a_model_that_cannot_be_saved_leaves_the_old_file(saved, kind):
    model, message = UNSAVABLE[kind]
    before = saved.read_bytes()
    with pytest.raises(CheckpointError, match=message):
        save(saved, model)
    assert saved.read_bytes() == before and os.listdir(saved.parent) == [saved.name]


def test_a_read_only_array_is_refused_before_anything_is_filled(path):
    save(path, [Param(np.ones(2)), Param(np.ones(2))])
    model = [Param(np.zeros(2)), Param(read_only(np.zeros(2)))]
    assert "the model's array at '1' is read-only" in refused(path, model)
    model[1].value = np.float64(0)
    assert "'1' is read-only" in refused(path, model)


def test_loading_while_diff_records_is_refused(saved):
    net = Net(2)
    with pytest.raises(CheckpointError, match="load a model outside diff"):
        diff(lambda: np.sum(load(saved, net)(np.ones((1, 4)))))
    assert contents(net) == contents(Net(2))


# Files that are not what was saved


def test_a_missing_file(path):
    message = refused(path, Net(2), error=FileNotFoundError)
    assert message == f"{path} does not exist; check the name, or save a model there first"
    with pytest.raises(FileNotFoundError, match="check the name"):
        load(path)


def test_every_truncation_is_refused(saved):
    net = Net(2)
    before = contents(net)
    for length in reversed(range(saved.stat().st_size)):
        os.truncate(saved, length)
        with pytest.raises(CheckpointError, match="is damaged|begins with"):
            load(saved, net)
    assert contents(net) == before


def corrupted(rng, whole):
    """A file with something done to it that a disk, a copy or a program might do."""
    data, at = bytearray(whole), rng.integers(len(whole))
    match rng.integers(7):
        case 0:
            data[at] ^= 1 << rng.integers(8)
        case 1:
            data[at : at + 64] = rng.bytes(len(data[at : at + 64]))
        case 2:
            start = at // 512 * 512
            data[start : start + 512] = bytes(len(data[start : start + 512]))
        case 3:
            del data[at:]
        case 4:
            data += rng.bytes(1 + rng.integers(64))
        case 5:
            a, b = 512 * rng.integers(len(data) // 512, size=2)
            data[a : a + 512], data[b : b + 512] = data[b : b + 512], data[a : a + 512]
        case 6:
            del data[at : at + 1 + rng.integers(8)]
    return bytes(data)


def refuse_corrupted(path, times):
    whole, net, rng = path.read_bytes(), Net(2), np.random.default_rng(11)
    before, tried = contents(net), 0
    while tried < times:
        if (data := corrupted(rng, whole)) != whole:
            path.unlink()  # to write over a file may wait for the disk
            path.write_bytes(data)
            with pytest.raises(CheckpointError):
                load(path, net)
            tried += 1
            assert tried % 100 or contents(net) == before
    assert contents(net) == before


def test_corrupted_files_are_refused(saved):
    refuse_corrupted(saved, 3000)


@pytest.mark.slow  # the same, thirty times as often
def test_very_many_corrupted_files_are_refused(saved):
    refuse_corrupted(saved, 90_000)


# Interrupts


def interrupts(f):
    """Call `f` again and again with Ctrl-C at its 1st, 2nd, … line in our files, until it ends."""
    files = {checkpoint.__file__, hdf5.__file__}
    for stop in itertools.count(1):
        lines = itertools.count(1)

        def trace(frame, event, arg, lines=lines, stop=stop):
            if frame.f_code.co_filename in files:
                if event == "line" and next(lines) == stop:
                    raise KeyboardInterrupt
                return trace
            return None

        previous = sys.gettrace()
        sys.settrace(trace)
        try:
            f()
        except KeyboardInterrupt:
            yield stop
        else:
            return
        finally:
            sys.settrace(previous)


# A file opened just before the interrupt is closed when nothing holds it, with a ResourceWarning.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_ctrl_c_at_any_line_of_load_leaves_all_or_nothing(saved):
    net, old, new = Net(2), contents(Net(2)), contents(Net(1))
    seen = []
    for _ in interrupts(lambda: load(saved, net)):
        seen.append(contents(net))
        for (_, leaf), (_, other) in zip(walk(net), walk(Net(2)), strict=True):
            leaf.value[...] = other.value
    assert len(seen) > 100 and all(now in (old, new) for now in seen)
    assert contents(net) == new


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_ctrl_c_at_any_line_of_save_leaves_the_old_file_or_the_new(saved):
    old, model = saved.read_bytes(), Net(2)
    count = 0
    for count in interrupts(lambda: save(saved, model)):  # noqa: B007
        now = contents(load(saved, Net(3)))
        assert now in (contents(Net(1)), contents(Net(2)))
        assert len(os.listdir(saved.parent)) <= 2
        saved.write_bytes(old)
    assert count > 50
    assert contents(load(saved, Net(3))) == contents(Net(2))
    assert os.listdir(saved.parent) == [saved.name]


# Python itself drops a Ctrl-C that comes inside a weak reference's callback, and h5py has many.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_signal_at_a_random_time_leaves_all_or_nothing(path):
    save(path, [Param(np.ones(5000)) for _ in range(40)])
    model, rng, interrupted = (
        [Param(np.zeros(5000)) for _ in range(40)],
        np.random.default_rng(1),
        0,
    )
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    alarm = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        for _ in range(60):
            try:
                signal.setitimer(signal.ITIMER_REAL, rng.uniform(1e-4, 0.02))
                load(path, model)
                signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                interrupted += 1
            filled = {param.value.sum() for param in model}
            assert filled in ({0.0}, {5000.0})
            for param in model:
                param.value[...] = 0
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, alarm)
        signal.signal(signal.SIGINT, handler)
    assert interrupted


# The file that the arrays came from


def test_saving_over_the_file_that_the_arrays_came_from(path):
    save(path, Param(np.arange(100_000.0)))
    with h5py.File(path, "r") as file:
        start = file["value"].id.get_offset()
    mapped = np.memmap(path, "f8", "r+", start, 100_000)
    assert mapped[-1] == 99_999
    save(path, Param(mapped))
    assert mapped[-1] == 99_999
    assert np.array_equal(load(path)["value"], np.arange(100_000.0))
    tree = load(path)
    save(path, Param(2 * tree["value"]))
    assert load(path)["value"][-1] == 199_998
