"""fit, predict, evaluate: steps against hand-written ones, the history, and every wrong input."""

import gc
import threading
import weakref

import numpy as np
import pytest

from autograd import Value
from autograd.recording import current
from nn import MLP, SGD, Adam, History, Layer, Module, Neuron, evaluate, fit, predict

RNG = np.random.default_rng(0)
X = RNG.normal(size=(10, 2))
Y = X[:, 0] - 0.5 * X[:, 1] + 0.1
LABELS = (Y > 0).astype(int)
TEST_X, TEST_LABELS = RNG.normal(size=(7, 2)), np.array([0, 1, 0, 1, 1, 0, 1])


def numbers(model):
    return [p.data for p in model.parameters()]


def gradients(model):
    return [p.grad for p in model.parameters()]


def regression(seed=1):
    return MLP(2, [4, 1], "tanh", seed=seed)


def classifier(seed=1):
    return MLP(2, [4, 2], "tanh", seed=seed)


def quiet_fit(model, X=X, y=Y, **options):
    return fit(model, X, y, **{"loss": "mse", "epochs": 1, "progress": False, "seed": 0, **options})


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


# ---------------------------------------------------------------------------------------------- predict, evaluate


@pytest.mark.parametrize(
    ("model", "shape"),
    [(Neuron(2), (10,)), (Layer(2, 1), (10,)), (Layer(2, 3), (10, 3)), (MLP(2, [3, 1]), (10,)), (MLP(2, [2]), (10, 2))],
)
def test_the_shape_of_predictions(model, shape):
    assert predict(model, X).shape == shape


def test_predictions_are_the_models_outputs():
    model = classifier()
    assert predict(model, X).tolist() == [[y.data for y in model(row)] for row in X]


def test_predict_and_evaluate_leave_the_gradients():
    model = regression()
    for parameter in model.parameters():
        parameter.grad = 5.0
    predict(model, X)
    evaluate(model, X, Y, loss="mse")
    assert set(gradients(model)) == {5.0}


def test_predict_records_no_graph():
    outputs = []

    class Remembering(Neuron):
        def forward(self, x):
            outputs.append(super().forward(x))
            return outputs[-1]

    predict(Remembering(2), X)
    assert {output.parents for output in outputs} == {()}


def test_evaluate_gives_the_mean_loss_and_the_metrics():
    model = regression()
    errors = predict(model, X) - Y
    assert evaluate(model, X, Y, loss="mse", metrics=["mean_absolute_error"]) == {
        "loss": pytest.approx((errors**2).mean(), rel=1e-13),
        "mean_absolute_error": pytest.approx(abs(errors).mean(), rel=1e-13),
    }


def test_evaluate_takes_a_users_loss():
    assert evaluate(regression(), X, Y, loss=lambda output, target: 2.5) == {"loss": 2.5}


# ---------------------------------------------------------------------------------------------------- wrong inputs

WITH_NAN = X.copy()
WITH_NAN[3, 1] = np.nan
BAD_DATA = {
    "nan in X": ({"X": WITH_NAN}, r"^X\[3, 1\] is nan: numbers must be finite"),
    "inf in y": ({"y": [*Y[:-1], np.inf]}, r"^y\[9\] is inf: numbers must be finite"),
    "None in X": ({"X": [[None, 1.0]] * 10}, r"^X\[0, 0\] is nan"),
    "ragged X": ({"X": [[1.0, 2.0]] * 9 + [[1.0]]}, "^X must hold numbers, in rows of equal length"),
    "ragged y": ({"y": [[1.0, 2.0]] * 9 + [[1.0]]}, "^y must hold numbers, in rows of equal length"),
    "words in X": ({"X": [["a", "b"]] * 10}, "^X must hold numbers, in rows of equal length: could not convert"),
    "words in y": ({"y": ["cat"] * 10}, "^y must hold numbers"),
    "complex X": ({"X": [[1j, 1.0]] * 10}, "^X must hold numbers"),
    "empty X": ({"X": [], "y": []}, "^X is empty"),
    "rows without numbers": ({"X": [[]] * 10}, "^X is empty"),
    "empty y": ({"y": []}, "^y is empty"),
    "lengths": ({"y": Y[:9]}, "^X has 10 rows, but y has 9"),
    "X of one dimension": (
        {"X": X[:, 0]},
        r"^X must have the shape \(rows, inputs\), got \(10,\): for rows of one input write \[\[x\] for x in X\], "
        r"for one row \[X\]",
    ),
    "X of three dimensions": ({"X": X[None]}, r"^X must have the shape \(rows, inputs\), got \(1, 10, 2\)$"),
    "y of three dimensions": (
        {"y": X[None]},
        r"^y must have the shape \(rows,\) or \(rows, outputs\), got \(1, 10, 2\)",
    ),
    "inputs of the model": ({"X": np.ones((10, 3))}, "^layer 1 takes 2 inputs, got 3"),
    "outputs of the model": ({"y": X}, "differ in shape: one number and a list of 2"),
    "class out of range": (
        {"model": classifier(), "loss": "cross_entropy", "y": [0] * 9 + [2]},
        "^cross_entropy: the class must be a whole number from 0 to 1, got 2",
    ),
    "fraction as a class": (
        {"model": classifier(), "loss": "cross_entropy", "y": [0] * 9 + [0.5]},
        "^cross_entropy: the class must be a whole number from 0 to 1, got 0.5",
    ),
    "wide one-hot": (
        {"model": classifier(), "loss": "cross_entropy", "y": np.eye(3)[[0] * 10]},
        "^cross_entropy got 2 classes, but a target with 3 probabilities",
    ),
    "one output for classes": ({"loss": "cross_entropy", "y": LABELS}, "^cross_entropy takes a list with a number"),
    "metric of classes": ({"metrics": ["accuracy"]}, "^this metric compares classes"),
    "metric of numbers": (
        {"model": classifier(), "loss": "cross_entropy", "y": LABELS, "metrics": ["r2"]},
        "y_true and y_pred have different number of output",
    ),
    "unknown loss": ({"loss": "msee"}, "^unknown loss 'msee': choose from mse, sse, l1"),
    "loss that is no Value": ({"loss": lambda output, target: 1.0}, "^the loss must return one Value, got 1.0 of type"),
    "unknown metric": ({"metrics": ["acc"]}, "^unknown metric 'acc': choose from accuracy"),
    "no epochs": ({"epochs": 0}, "^epochs must be a whole number of at least 1, got 0"),
    "half an epoch": ({"epochs": 0.5}, "^epochs must be a whole number of at least 1, got 0.5"),
    "batch size 0": ({"batch_size": 0}, "^batch_size must be a whole number of at least 1, got 0"),
    "batch size True": ({"batch_size": True}, "^batch_size must be a whole number of at least 1, got True"),
    "negative l1": ({"l1": -0.1}, "^l1 must be at least 0 and finite, got -0.1"),
    "l2 nan": ({"l2": np.nan}, "^l2 must be at least 0 and finite, got nan"),
    "l2 inf": ({"l2": np.inf}, "^l2 must be at least 0 and finite, got inf"),
    "validation without y": ({"validation_data": X}, r"^validation_data must be a pair \(X, y\)"),
    "validation of three": ({"validation_data": (X, Y, Y)}, r"^validation_data must be a pair \(X, y\)"),
    "lengths of validation": ({"validation_data": (X, Y[:9])}, "^validation_data: X has 10 rows, but y has 9"),
    "inputs of validation": ({"validation_data": (np.ones((10, 3)), Y)}, "^layer 1 takes 2 inputs, got 3"),
    "class of validation": (
        {"model": classifier(), "loss": "cross_entropy", "y": LABELS, "validation_data": (X, [0] * 9 + [2])},
        "^cross_entropy: the class must be a whole number from 0 to 1, got 2",
    ),
}


@pytest.mark.parametrize(("wrong", "message"), BAD_DATA.values(), ids=BAD_DATA)
def test_a_wrong_input_is_refused_before_anything_changes(wrong, message):
    model = wrong.get("model", regression())
    for parameter in model.parameters():
        parameter.grad = 5.0
    before = numbers(model)
    with pytest.raises(ValueError, match=message):
        quiet_fit(**{"model": model, "batch_size": 1, **wrong})
    assert numbers(model) == before
    assert set(gradients(model)) == {5.0}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"optimizer": "adam"},
            r"optimizer must be an Optimizer, such as SGD\(model.parameters\(\), lr=0.1\); got 'adam'",
        ),
        ({"optimizer": SGD}, "optimizer must be an Optimizer"),
        ({"callbacks": 3}, r"a callback is a function \(epoch, history\)"),
    ],
    ids=["the name of an optimizer", "the class of an optimizer", "callbacks that are a number"],
)
def test_a_wrong_type_is_refused_before_anything_changes(wrong, message):
    model = regression()
    before = numbers(model)
    with pytest.raises(TypeError, match=message):
        quiet_fit(model, **wrong)
    assert numbers(model) == before


def test_a_model_without_parameters_is_refused():
    with pytest.raises(ValueError, match="an optimizer needs at least one parameter"):
        quiet_fit(Module())


def test_targets_beyond_the_integers_stay_floats():
    assert evaluate(lambda row: Value(1e300), [[0.0]], [1e300], loss="l1") == {"loss": 0.0}


@pytest.mark.parametrize("X", [[], [1.0], [["a"]], [[np.nan, 1.0]]], ids=repr)
def test_predict_checks_its_rows(X):
    with pytest.raises(ValueError, match=r"^X"):
        predict(Neuron(2), X)


def test_evaluate_checks_its_data():
    with pytest.raises(ValueError, match="X has 10 rows, but y has 9"):
        evaluate(regression(), X, Y[:9], loss="mse")
    with pytest.raises(ValueError, match="unknown loss 'msee'"):
        evaluate(regression(), X, Y, loss="msee")
    with pytest.raises(ValueError, match="unknown metric 'acc'"):
        evaluate(regression(), X, Y, loss="mse", metrics=["acc"])


@pytest.mark.parametrize(
    "model", [Neuron(1, "step"), Layer(1, 2, "step"), MLP(1, [2, 1], "step"), MLP(1, [2, 1], output="step")]
)
def test_fit_refuses_a_model_with_a_step(model):
    with pytest.raises(ValueError, match=f"cannot train a {type(model).__name__} with a step"):
        fit(model, [[0.0], [1.0]], [0.0, 1.0], loss="mse", progress=False)


def test_fit_refuses_an_optimizer_of_another_model():
    model, other = Neuron(1), Neuron(1)
    with pytest.raises(ValueError, match="none of the model's parameters"):
        fit(model, [[0.0]], [1.0], loss="mse", optimizer=SGD(other.parameters()), progress=False)


def test_a_column_of_targets_counts_as_a_list_of_them():
    as_list, as_column = regression(), regression()
    quiet_fit(as_list)
    quiet_fit(as_column, y=np.reshape(Y, (-1, 1)))
    assert numbers(as_column) == numbers(as_list)


@pytest.mark.parametrize(
    ("loss", "targets", "n_outputs", "advice"),
    [
        ("binary_cross_entropy", [0, 1], 1, "'sigmoid', or use the loss 'binary_cross_entropy_with_logits'"),
        ("categorical_cross_entropy", [0, 1], 2, "'softmax', or use the loss 'cross_entropy'"),
    ],
)
def test_a_loss_of_probabilities_refuses_an_output_that_is_none(loss, targets, n_outputs, advice):
    model = Layer(1, n_outputs, "linear")
    model.load_state_dict({name: np.full_like(array, 5.0) for name, array in model.state_dict().items()})
    with pytest.raises(ValueError, match=f"takes probabilities.*{advice}"):
        fit(model, [[1.0], [2.0]], targets, loss=loss, progress=False)


@pytest.mark.parametrize(("loss", "outputs"), [("binary_cross_entropy", 1), ("categorical_cross_entropy", 2)])
def test_a_loss_of_probabilities_refuses_a_linear_output_even_where_it_is_between_0_and_1(loss, outputs):
    model = MLP(2, [4, outputs], seed=0)
    for neuron in model.layers[-1].neurons:
        neuron.b.data = 0.5
        for w in neuron.w:
            w.data = 0.0
    with pytest.raises(ValueError, match="but the model has the output 'linear': give it the output"):
        quiet_fit(model, y=LABELS, loss=loss)


@pytest.mark.parametrize(
    ("loss", "output", "n_outputs"),
    [("binary_cross_entropy_with_logits", "sigmoid", 1), ("cross_entropy", "softmax", 2)],
)
def test_a_loss_of_logits_warns_of_an_output_that_is_squashed_already(loss, output, n_outputs):
    model = MLP(1, [n_outputs], output=output)
    with pytest.warns(UserWarning, match=f"applies a {output} itself") as warned:
        fit(model, [[1.0], [2.0]], [0, 1], loss=loss, epochs=1, progress=False)
    assert warned[0].filename == __file__


def test_a_model_can_be_asked_in_several_threads_at_once():
    model, found = MLP(2, [4, 1], seed=0), []
    rows = np.random.default_rng(0).normal(size=(200, 2))
    threads = [threading.Thread(target=lambda: found.append(predict(model, rows))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all((outputs == predict(model, rows)).all() for outputs in found)
    assert len(model([1.0, 2.0]).parents) == 2  # here, recording has never stopped
