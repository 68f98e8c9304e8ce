"""minimize and train: what is updated when, what is told, and what happens when something fails."""

import copy
import gc
import io
import sys
import weakref

import numpy as np
import pytest

from knetpy import minibatch, ops, seed
from knetpy.arrays import random
from knetpy.autograd import Param, diff, grad, params
from knetpy.nn import Chain, Conv2d, Flatten, Linear, MaxPool2d
from knetpy.optim import SGD, Adam, Momentum
from knetpy.train import History, minimize, train
from tests import standin

X = np.linspace(-1, 1, 60).reshape(20, 3)
Y = X[:, :1] * 2 - X[:, 1:2]


class Line:
    def __init__(self):
        self.weight, self.bias = Param(np.zeros((3, 1))), Param(np.zeros(1))

    def __call__(self, x):
        return x @ self.weight + self.bias


def squared(model):
    return lambda x, y: ops.mse(model(x), y)


def entropy(model):
    return lambda x, labels: ops.nll(model(x), labels)


def test_minimize_is_diff_grad_and_update():
    model, other = Line(), Line()
    losses = list(minimize(squared(model), minibatch(X, Y, 5), SGD(lr=0.1)))
    for loss, (x, y) in zip(losses, minibatch(X, Y, 5), strict=True):
        tape = diff(squared(other), x, y)
        for p in params(other):
            p -= 0.1 * grad(tape, p)
        assert loss == float(tape)
    for p, q in zip(params(model), params(other), strict=True):
        np.testing.assert_array_equal(p.value, q.value)


def test_minimize_is_lazy():
    model, drawn = Line(), []
    losses = minimize(squared(model), (drawn.append(1) or (X, Y) for _ in range(9)), SGD())
    assert drawn == [] and model.weight.version == 0
    next(losses)
    assert drawn == [1] and model.weight.version == 1
    assert len([*losses]) == 8 and list(losses) == []


def test_the_loss_is_the_one_from_before_the_update():
    w = Param(3.0)
    losses = minimize(lambda: w * w, [(), ()], SGD(lr=0.5))
    assert [float(next(losses)), w.item(), float(next(losses))] == [9.0, 0.0, 0.0]


def test_a_batch_is_a_tuple_or_a_list_or_the_one_argument():
    seen, w = [], Param(1.0)

    def loss(*args):
        seen.append(args)
        return w * 1.0

    pair = {"a": 1}
    list(minimize(loss, [(X,), [X, Y], X, pair], SGD()))
    assert [len(args) for args in seen] == [1, 2, 1, 1]
    assert seen[0][0] is seen[2][0] is X and seen[3][0] is pair


def test_only_params_on_the_tape_are_updated_and_those_without_gradient_stay():
    used, constant, idle = Param(1.0), Param(1.0), Param(1.0)
    list(minimize(lambda: used * 2.0 + 0.0 * np.sign(constant), [()] * 3, Momentum()))
    assert used.version == 3 and constant.version == idle.version == 0


def test_a_loss_without_params_is_just_a_number():
    assert list(minimize(lambda x: x * 2, [(1.0,), (2.0,)], SGD())) == [2.0, 4.0]


def test_the_state_of_the_optimizer_goes_on_from_call_to_call():
    one, two = Param(5.0), Param(5.0)
    adam, again = Adam(lr=0.1), Adam(lr=0.1)
    list(minimize(lambda: one * one, [()] * 4, adam))
    for _ in range(2):
        list(minimize(lambda: two * two, [()] * 2, again))
    assert one.item() == two.item() and again.slots[two][2] == 4


@pytest.mark.parametrize("compile", [False, True])
def test_a_plain_object_with_init_and_apply_is_an_optimizer(compile):
    class Halving:
        def init(self, w):
            return 1.0

        def apply(self, w, g, state):
            w -= state * g
            return state / 2

    w, halving = Param(0.0), Halving()
    train(lambda: w * 1.0, [()] * 2, halving, epochs=2, progress=False, compile=compile)
    assert w.item() == -(1 + 0.5 + 0.25 + 0.125)


@pytest.mark.parametrize("thing", [None, 0.1, SGD, lambda params, grads: None])
def test_what_is_no_optimizer_is_refused_at_once(thing):
    if thing is SGD:
        with pytest.raises(TypeError):
            next(minimize(lambda: Param(1.0) * 1, [()], thing))
    else:
        with pytest.raises(TypeError, match=r"step\(params, grads\), or init.*write SGD\(lr=0.1\)"):
            minimize(lambda: 0.0, [()], thing)


def test_an_error_in_the_loss_changes_nothing_and_the_next_pass_works():
    model = Line()
    with pytest.raises(ValueError, match="matmul"):
        next(minimize(squared(model), [(X.T, Y)], SGD()))
    assert model.weight.version == 0
    assert len(list(minimize(squared(model), [(X, Y)], SGD()))) == 1


def test_no_tape_outlives_its_step():
    w, kept = Param(np.ones(3)), []

    def loss():
        y = w * 2
        kept.append(weakref.ref(y.value))
        return np.sum(y)

    losses = minimize(loss, [()] * 3, SGD())
    gc.disable()
    try:
        for _ in losses:
            assert kept[-1]() is None
    finally:
        gc.enable()


def test_len_counts_the_batches():
    assert len(minimize(squared(Line()), minibatch(X, Y, 6), SGD())) == 3
    with pytest.raises(TypeError):
        len(minimize(squared(Line()), iter([]), SGD()))


def test_float32_stays_float32():
    model = Chain(Linear(3, 4, ops.relu), Linear(4, 1))
    batches = minibatch(X.astype("f4"), Y.astype("f4"), 10)
    losses = list(minimize(squared(model), batches, Adam()))
    assert {loss.dtype for loss in losses} == {p.dtype for p in model.params()} == {np.dtype("f4")}


def test_a_model_on_a_device_trains_there_as_on_the_host():
    seed(0)
    here = Chain(Conv2d(1, 3, 3, np.tanh), MaxPool2d(2), Flatten(), Linear(12, 4))
    there = copy.deepcopy(here)
    for p in there.params():
        p.value = standin.asarray(p.value)
    images, labels = random((20, 1, 6, 6)), np.arange(20) % 4
    pair = standin.asarray(images), standin.asarray(labels)
    adam, other = Adam(0.01), Adam(0.01)
    losses = list(minimize(entropy(here), minibatch(images, labels, 5), adam))
    elsewhere = list(minimize(entropy(there), minibatch(*pair, 5), other))
    np.testing.assert_allclose(losses, [float(loss) for loss in elsewhere], rtol=1e-5)
    assert all(type(p.value) is standin.ndarray for p in there.params())
    assert len(train(entropy(there), minibatch(*pair, 5), other, progress=False).losses) == 4


def test_train_runs_epochs_and_remembers_every_loss():
    model, other = Line(), Line()
    history = train(squared(model), minibatch(X, Y, 5), SGD(0.1), epochs=3, progress=False)
    want = [
        [float(x) for x in minimize(squared(other), minibatch(X, Y, 5), SGD(0.1))] for _ in range(3)
    ]
    assert history.losses == sum(want, [])
    np.testing.assert_allclose(history.means, np.mean(want, axis=1), rtol=1e-14)
    assert history.means[2] < history.means[0]
    assert {type(x) for x in history.losses + history.means} == {float}


def test_histories_show_themselves():
    assert repr(History()) == "History of 0 epochs, 0 steps"
    assert repr(train(lambda: Param(2.0) * 1, [()], SGD(), epochs=2, progress=False)) == (
        "History of 2 epochs, 2 steps; mean loss 2 in the first epoch, 2 in the last"
    )
    assert History([1.0], [1.0]) == History([1.0], [1.0]) != History()


def test_the_bar_shows_epoch_steps_speed_and_loss(capsys):
    train(squared(Line()), minibatch(X, Y, 5), SGD(), epochs=2)
    shown = capsys.readouterr().err
    assert "epoch 1/2: 100%" in shown and "epoch 2/2: 100%" in shown
    assert "4/4" in shown and "step/s, mean loss " in shown


def test_no_bar_if_none_is_wanted(capsys):
    train(squared(Line()), minibatch(X, Y, 5), SGD(), progress=False)
    assert capsys.readouterr() == ("", "")


def test_a_bar_without_known_length(capsys):
    history = train(squared(Line()), ((X, Y) for _ in range(3)), SGD())
    assert len(history.losses) == 3 and "3step" in capsys.readouterr().err


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_the_bar_is_closed_when_training_stops(error, monkeypatch):
    from tqdm.auto import tqdm

    closed, close, screen = [], tqdm.close, io.StringIO()
    monkeypatch.setattr(tqdm, "close", lambda bar: closed.append(bar.n) or close(bar))
    monkeypatch.setattr(sys, "stderr", screen)

    def batches():
        yield X, Y
        raise error

    model = Line()
    with pytest.raises(error):
        train(squared(model), batches(), SGD())
    assert closed and screen.getvalue().endswith("\n")
    assert not tqdm._instances and model.weight.version == 1


def test_a_loss_of_nan_is_told_once_and_training_goes_on():
    w, fate = Param(1.0), iter([1.0, np.nan, np.nan, np.inf])
    with pytest.warns(RuntimeWarning, match="the loss is nan at step 2, .*smaller lr") as seen:
        history = train(lambda: w + next(fate), [()] * 2, SGD(0.0), epochs=2, progress=False)
    assert len(seen) == 1 and seen[0].filename == __file__
    assert history.losses[0] == 2 and not np.isfinite(history.losses[1:]).any()


def test_minimize_says_nothing_about_nan():
    assert np.isnan(list(minimize(lambda: Param(np.nan) * 1, [()], SGD()))).all()


def test_batches_that_cannot_be_looped_over_again_are_refused_before_training():
    model = Line()
    with pytest.raises(ValueError, match="2 epochs need batches .*got an iterator; .*minibatch"):
        train(squared(model), iter([(X, Y)]), SGD(), epochs=2)
    assert model.weight.version == 0


def test_no_batches_are_no_training():
    with pytest.raises(ValueError, match="found no batches"):
        train(squared(Line()), [], SGD(), progress=False)
    assert train(squared(Line()), [], SGD(), epochs=0).means == []
