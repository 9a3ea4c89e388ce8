"""fit: steps against hand-written ones, the history, the bar, and the garbage collector."""

import gc
import weakref

import numpy as np
import pytest

from autograd import Value
from autograd.recording import current
from nn import MLP, SGD, Adam, History, Module, Neuron, evaluate

from .conftest import LABELS, TEST_LABELS, TEST_X, X, Y, classifier, numbers, quiet_fit, regression

# ----------------------------------------------------------------------------------------------------------- steps


def hand_written_step(model, rows, targets, lr, penalty=lambda parameters: 0.0):
    """One step of gradient descent on the mean loss of the rows plus the penalty, from one graph."""
    model.zero_grad()
    loss = sum((model(x) - t) * (model(x) - t) for x, t in zip(rows, targets, strict=True)) / len(rows)
    (loss + penalty(model.parameters())).backward()
    for parameter in model.parameters():
        parameter.data -= lr * parameter.grad


@pytest.mark.parametrize("batch_size", [None, 10, 1000], ids=["None", "all rows", "more than the rows"])
def test_an_epoch_of_one_batch_is_one_step(batch_size):
    ours, reference = regression(), regression()
    quiet_fit(ours, optimizer=SGD(ours.parameters(), lr=0.1), batch_size=batch_size)
    hand_written_step(reference, X, Y, lr=0.1)
    assert numbers(ours) == pytest.approx(numbers(reference), rel=1e-12)


def recorded_order(seed, epochs=1):
    """The rows in the order in which fit goes through them."""
    order = []

    class Recorder(Module):
        def __init__(self):
            self.w = Value(0.0)

        def forward(self, x):
            if current().recording:  # and not when the outputs of the layers are looked at
                order.append(x[0])
            return self.w * x[0]

    rows = np.arange(10.0).reshape(-1, 1)
    quiet_fit(Recorder(), rows, np.zeros(10), batch_size=3, seed=seed, epochs=epochs, backend="eager")
    return [int(i) for i in order]


@pytest.mark.parametrize("batch_size", [1, 3], ids=["stochastic", "the last batch is smaller"])
def test_every_batch_is_one_step_on_its_mean(batch_size):
    ours, reference = regression(), regression()
    quiet_fit(ours, optimizer=SGD(ours.parameters(), lr=0.1), batch_size=batch_size)
    order = recorded_order(seed=0)
    for start in range(0, 10, batch_size):
        batch = order[start : start + batch_size]
        hand_written_step(reference, X[batch], Y[batch], lr=0.1)
    assert numbers(ours) == pytest.approx(numbers(reference), rel=1e-12)


@pytest.mark.parametrize(("l1", "l2"), [(0.3, 0.0), (0.0, 0.2), (0.3, 0.2)])
def test_penalties_have_the_gradient_of_their_formula(l1, l2):
    ours, reference = regression(), regression()
    quiet_fit(ours, optimizer=SGD(ours.parameters(), lr=0.1), batch_size=None, l1=l1, l2=l2)
    hand_written_step(
        reference, X, Y, lr=0.1, penalty=lambda theta: l1 * sum(map(abs, theta)) + l2 * sum(p * p for p in theta)
    )
    assert numbers(ours) == pytest.approx(numbers(reference), rel=1e-12)


def test_every_row_is_used_once_in_an_epoch_and_in_a_new_order():
    order = recorded_order(seed=0, epochs=2)
    assert sorted(order[:10]) == sorted(order[10:]) == list(range(10))
    assert order[:10] != order[10:]


def test_old_gradients_do_not_count():
    clean, dirty = regression(), regression()
    for parameter in dirty.parameters():
        parameter.grad = 1e6
    for model in (clean, dirty):
        quiet_fit(model, optimizer=SGD(model.parameters(), lr=0.1))
    assert numbers(dirty) == numbers(clean)


def test_the_default_optimizer_is_adam():
    ours, reference = regression(), regression()
    quiet_fit(ours)
    quiet_fit(reference, optimizer=Adam(reference.parameters(), lr=0.01))
    assert numbers(ours) == numbers(reference)


def test_the_parameters_of_the_optimizer_alone_are_trained():
    model = regression()
    before = model.state_dict()
    quiet_fit(model, optimizer=SGD(model.layers[1].parameters(), lr=0.1), l2=0.1)
    changed = {name for name, array in model.state_dict().items() if (array != before[name]).any()}
    assert changed == {"layers.1.neurons.0.w", "layers.1.neurons.0.b"}


def trained(seed, model_seed=1):
    model = classifier(model_seed)
    history = quiet_fit(model, y=LABELS, loss="cross_entropy", epochs=3, batch_size=3, seed=seed, metrics=["accuracy"])
    return numbers(model), dict(history)


def test_the_same_seed_gives_the_same_bits():
    assert trained(seed=0) == trained(seed=0)


def test_another_seed_gives_other_numbers():
    assert trained(seed=0)[0] != trained(seed=1)[0]


@pytest.mark.parametrize(
    ("loss", "targets", "model"),
    [
        ("mse", Y, regression()),
        ("l1", Y, regression()),
        ("hinge", 2 * LABELS - 1, regression()),
        ("binary_cross_entropy", LABELS, MLP(2, [4, 1], "tanh", "sigmoid", seed=1)),
        ("binary_cross_entropy_with_logits", LABELS, regression()),
        ("cross_entropy", LABELS, classifier()),
        ("cross_entropy", np.eye(2)[LABELS], classifier()),
        ("categorical_cross_entropy", LABELS, MLP(2, [4, 2], "tanh", "softmax", seed=1)),
        ("sse", np.stack([Y, -Y], axis=1), classifier()),
    ],
)
def test_every_loss_goes_down(loss, targets, model):
    history = quiet_fit(model, y=targets, loss=loss, epochs=40, optimizer=Adam(model.parameters(), lr=0.05))
    assert history["loss"][-1] < 0.6 * history["loss"][0]


def test_a_users_loss_and_module():
    class Line(Module):
        def __init__(self):
            self.slope, self.offset = Value(0.0), Value(0.0)

        def forward(self, x):
            return self.slope * x[0] + self.offset

    line = Line()
    rows = np.linspace(-1, 1, 9).reshape(-1, 1)
    quiet_fit(
        line, rows, 3.0 * rows[:, 0] - 1.0, loss=lambda output, t: abs(output - t) ** 2, epochs=150,
        optimizer=SGD(line.parameters(), lr=0.1),
    )  # fmt: skip
    assert numbers(line) == pytest.approx([3.0, -1.0], abs=1e-3)


@pytest.mark.parametrize("as_kind", [np.asarray, np.ndarray.tolist, lambda a: a.astype(np.float64, order="F")])
def test_lists_and_arrays_give_the_same(as_kind):
    ours, reference = regression(), regression()
    quiet_fit(ours, as_kind(X), as_kind(Y))
    quiet_fit(reference)
    assert numbers(ours) == numbers(reference)


def test_a_numpy_integer_is_a_batch_size():
    assert quiet_fit(regression(), batch_size=np.int64(3)).epochs == 1


# --------------------------------------------------------------------------------------------------------- history


def test_the_history_has_a_number_for_every_epoch():
    history = quiet_fit(
        classifier(), y=LABELS, loss="cross_entropy", epochs=3, metrics=["accuracy", "f1"],
        validation_data=(TEST_X, TEST_LABELS),
    )  # fmt: skip
    assert {name: len(column) for name, column in history.items()} == dict.fromkeys(
        ["loss", "accuracy", "f1", "val_loss", "val_accuracy", "val_f1"], 3
    )
    assert {type(number) for column in history.values() for number in column} == {float}


def test_loss_and_metrics_are_those_of_the_rows_as_predicted_in_the_epoch():
    model = classifier()
    expected = evaluate(model, X, LABELS, loss="cross_entropy", metrics=["accuracy"])
    history = quiet_fit(model, y=LABELS, loss="cross_entropy", batch_size=None, metrics=["accuracy"])
    assert history["loss"] == [pytest.approx(expected["loss"], rel=1e-14)]
    assert history["accuracy"] == [expected["accuracy"]]


def test_the_loss_is_reported_without_penalties():
    with_penalty, without = (quiet_fit(regression(), batch_size=None, l2=l2)["loss"] for l2 in (10.0, 0.0))
    assert with_penalty == without


def test_validation_numbers_are_those_of_the_model_after_the_epoch():
    model = classifier()
    history = quiet_fit(
        model, y=LABELS, loss="cross_entropy", metrics=["accuracy"], validation_data=(TEST_X, TEST_LABELS)
    )
    expected = evaluate(model, TEST_X, TEST_LABELS, loss="cross_entropy", metrics=["accuracy"])
    assert {"loss": history["val_loss"][0], "accuracy": history["val_accuracy"][0]} == expected


def test_validation_data_are_not_trained_on():
    with_validation, without = regression(), regression()
    quiet_fit(with_validation, validation_data=(TEST_X, TEST_LABELS * 100.0), epochs=2)
    quiet_fit(without, epochs=2)
    assert numbers(with_validation) == numbers(without)


def test_a_metric_as_one_name():
    assert "accuracy" in quiet_fit(classifier(), y=LABELS, loss="cross_entropy", metrics="accuracy")


def test_callbacks_are_called_after_every_epoch():
    calls = []

    def callback(epoch, history):
        calls.append((epoch, history.epochs))

    quiet_fit(regression(), epochs=3, callbacks=[callback, callback])
    assert calls == [(1, 1), (1, 1), (2, 2), (2, 2), (3, 3), (3, 3)]


def test_a_callback_may_stop_the_training():
    def stop(epoch, history):
        raise StopIteration(epoch)

    with pytest.raises(StopIteration, match="1"):
        quiet_fit(regression(), epochs=3, callbacks=[stop])


def test_repr_of_a_history_shows_the_last_numbers():
    assert repr(History(loss=[0.9, 0.51234], accuracy=[0.6, 0.8])) == "History of 2 epochs: loss 0.5123, accuracy 0.8"


def test_an_empty_history_has_no_epochs():
    assert History().epochs == 0


def test_a_history_as_csv(tmp_path):
    History(loss=[0.5, 0.1], accuracy=[0.25, 1 / 3]).to_csv(tmp_path / "history.csv")
    assert (tmp_path / "history.csv").read_text() == f"epoch,loss,accuracy\n1,0.5,0.25\n2,0.1,{1 / 3!r}\n"


# ---------------------------------------------------------------------------------------------------- progress bar


def test_the_progress_bar_shows_epoch_loss_and_first_metric(capsys):
    history = quiet_fit(
        classifier(), y=LABELS, loss="cross_entropy", epochs=2, metrics=["accuracy", "f1"], progress=True
    )
    shown = capsys.readouterr().err.split("\r")[-1]
    assert "epoch 2/2" in shown
    assert f"loss={history['loss'][-1]:.4g}" in shown
    assert f"accuracy={history['accuracy'][-1]:.4g}" in shown
    assert "f1" not in shown


def test_without_progress_nothing_is_shown(capsys):
    quiet_fit(regression(), progress=False)
    assert capsys.readouterr() == ("", "")


# ----------------------------------------------------------------------------------------------- garbage collector


def test_the_garbage_collector_is_paused_while_it_trains_and_not_after():
    states = []

    def loss(output, target):
        states.append(gc.isenabled())
        return (output - target) ** 2

    quiet_fit(regression(), loss=loss, backend="eager")
    del states[: len(set(Y.tolist()))]  # of the trial before
    assert not any(states)
    assert gc.isenabled()


def test_the_garbage_collector_goes_on_after_an_error():
    def fail(epoch, history):
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        quiet_fit(regression(), callbacks=[fail])
    assert gc.isenabled()


def test_a_garbage_collector_that_somebody_has_paused_stays_paused():
    gc.disable()
    try:
        quiet_fit(regression())
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_one_callback_needs_no_list():
    epochs = []
    quiet_fit(regression(), epochs=2, callbacks=lambda epoch, history: epochs.append(epoch))
    assert epochs == [1, 2]


def test_cycles_that_a_model_makes_are_collected_while_it_trains():
    class Cycle:
        def __init__(self):
            self.itself = self

    alive = []

    class Careless(Neuron):
        def forward(self, x):
            alive.append(weakref.ref(Cycle()))
            return super().forward(x)

    left = []
    quiet_fit(
        Careless(2), batch_size=1, epochs=3, backend="eager",
        callbacks=[lambda *_: left.append(sum(ref() is not None for ref in alive))],
    )  # fmt: skip
    assert max(left) <= 1
