"""What is kept of a model of nn's own for the next question: used again only where the model is still what it was."""

import copy
import gc
import pickle
import sys
import threading
from dataclasses import replace
from weakref import ref

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

import autograd
import nn
from autograd import TraceError, Value
from autograd.compiler.cache import HOME
from autograd.parameters import store_of
from nn import MLP, SGD, Layer, Neuron, evaluate, layer_outputs, predict

from .conftest import CHANGES, FEW, X, Y, fresh, numbers, quiet_fit


def softmax():
    return MLP(2, [3, 2], "tanh", output="softmax", seed=0)


def outputs(model):
    """What the model gives, called row by row."""
    return np.array([nn.training.outputs.numbers(model(row)) for row in X.tolist()])


def asked(model):
    """Everything that can be asked of many rows."""
    found = {"outputs": predict(model, X), "loss": np.array(evaluate(model, X, Y, loss="mse")["loss"])}
    return found | layer_outputs(model, X)


def right(model):
    """The same, row by row."""
    expected = outputs(model)
    found = {"outputs": expected, "loss": np.array(((expected - Y) ** 2).mean())}
    of_few = [layer_outputs(model, [row]) for row in X]
    return found | {name: np.concatenate([each[name] for each in of_few]) for name in of_few[0]}


def close(found, expected):
    return list(found) == list(expected) and all(
        found[name] == pytest.approx(expected[name], rel=1e-12) for name in found
    )


def set_numbers(model):
    for parameter in model.parameters():
        parameter.data = parameter.data + 1.0


def train(model):
    quiet_fit(model)


def train_in_float32(model):
    quiet_fit(model, dtype="float32")


def adopt(model):
    store, _ = autograd.parameters.adopt(model.parameters())
    store.data *= 2.0


def load(model):
    model.load_state_dict(MLP(2, [3, 1], seed=5).state_dict())


def swap_neurons(model):
    model.layers[0].neurons.reverse()


def share_a_parameter(model):
    model.layers[0].neurons[0].w[0] = model.layers[0].neurons[1].w[0]


def make_a_parameter_a_number(model):
    model.layers[0].neurons[0].b = 0.5


def change_the_class(model):
    class Doubled(Neuron):
        def forward(self, x):
            return 2.0 * super().forward(x)

    model.layers[0].neurons[0].__class__ = Doubled


def lose_a_neuron(model):
    del model.layers[0].neurons[2]
    del model.layers[1].neurons[0].w[2]


OTHER = [
    set_numbers, train, train_in_float32, adopt, load, swap_neurons, share_a_parameter,
    make_a_parameter_a_number, change_the_class, lose_a_neuron,
]  # fmt: skip


@pytest.mark.parametrize("change", [*CHANGES, *OTHER])
def test_after_a_change_all_is_what_the_model_gives_now(change):
    model = fresh()
    before = asked(model)
    change(model)
    after = asked(model)
    assert close(after, right(model))
    assert not close(after, before)
    assert close(asked(model), after)


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_changed_and_changed_back_is_right_each_time(change):
    model = fresh()
    before = predict(model, X)
    state = copy.copy(model), copy.copy(model.layers), [copy.copy(layer) for layer in model.layers]
    neurons = [(each, dict(vars(each)), list(each.w)) for layer in model.layers for each in layer.neurons]
    change(model)
    assert predict(model, X) == pytest.approx(outputs(model), rel=1e-12)
    vars(model).clear()
    vars(model).update(vars(state[0]))
    model.layers[:] = state[1]
    for neuron, attributes, weights in neurons:
        vars(neuron).clear()
        vars(neuron).update(attributes)
        neuron.w[:] = weights
    assert predict(model, X).tolist() == before.tolist()


def test_a_scaler_that_is_set_scales_the_rows():
    model = fresh()
    predict(model, X)
    model.scaler = StandardScaler().fit(10.0 * X)
    scaled = X / 10.0
    expected = predict(model, 10.0 * X)
    model.scaler = None
    assert expected != pytest.approx(predict(model, 10.0 * X))
    assert expected == pytest.approx(predict(model, StandardScaler().fit_transform(scaled)), rel=1e-9)


# --------------------------------------------------------------------------------------------- the code that it runs


def doubled(function):
    return lambda *args: 2.0 * function(*args)


PATCHES = {
    "a method": lambda patch: patch.setattr(Neuron, "forward", doubled(Neuron.forward)),
    "a method of the base": lambda patch: patch.setattr(
        nn.Module, "__call__", lambda self, x: [each + 1.0 for each in self.forward(x)]
        if isinstance(self, MLP) else self.forward(x)
    ),
    "a function of its file": lambda patch: patch.setattr(nn.mlp, "_inputs", lambda module, x, n: [2.0 * v for v in x]),
    "a builtin of its file": lambda patch: patch.setattr(nn.mlp, "sum", lambda xs, b: b, raising=False),
    "an operator of Values": lambda patch: patch.setattr(Value, "__add__", Value.__sub__),
    "the code of a method": lambda patch: patch.setattr(
        Neuron.forward, "__code__", (lambda self, x: self.w[0] * x[0] + self.b).__code__
    ),
}  # fmt: skip


@pytest.mark.parametrize("patched", PATCHES.values(), ids=PATCHES)
def test_what_is_patched_is_run(patched, monkeypatch):
    model = softmax() if patched is PATCHES["a method of the base"] else fresh()
    before = predict(model, X)
    with monkeypatch.context() as patch:
        patched(patch)
        found, expected = predict(model, X), outputs(model)
    assert (expected != before).any()
    assert found == pytest.approx(expected, rel=1e-12)
    assert predict(model, X).tolist() == before.tolist()


def test_a_loss_whose_helper_is_patched_is_another(monkeypatch):
    model = fresh()
    before = evaluate(model, X, Y, loss="mse")["loss"]
    monkeypatch.setattr(nn.losses, "_mean", lambda terms: 2.0 * terms[0])
    assert evaluate(model, X, Y, loss="mse")["loss"] == pytest.approx(2.0 * before, rel=1e-12)


def test_a_number_that_a_loss_reads_counts(monkeypatch):
    model = MLP(2, [3, 1], output="sigmoid", seed=0)
    before = evaluate(model, X, [0.0] * len(X), loss="binary_cross_entropy")["loss"]
    monkeypatch.setattr(nn.losses, "_TINY", 0.9)  # what is less likely counts as impossible
    after = evaluate(model, X, [0.0] * len(X), loss="binary_cross_entropy")["loss"]
    assert after != before
    losses = [nn.binary_cross_entropy(output, 0.0) for output in outputs(model).tolist()]
    assert after == pytest.approx(np.mean(losses), rel=1e-12)


def test_a_default_of_a_loss_that_is_set_counts(monkeypatch):
    model = fresh()
    before = evaluate(model, X, 10.0 * Y, loss="huber")["loss"]
    monkeypatch.setattr(nn.huber_loss.__wrapped__, "__defaults__", (5.0,))
    after = evaluate(model, X, 10.0 * Y, loss="huber")["loss"]
    assert after != before
    expected = [nn.huber_loss(output, 10.0 * y, 5.0) for output, y in zip(outputs(model).tolist(), Y, strict=True)]
    assert after == pytest.approx(np.mean(expected), rel=1e-12)


def test_what_the_table_says_of_an_activation_counts(monkeypatch):
    model = softmax()
    before = predict(model, X)
    records = nn.ACTIVATIONS.records
    monkeypatch.setitem(records, "softmax", replace(records["softmax"], of_layer=False))
    assert predict(model, X) == pytest.approx(outputs(model), rel=1e-12)
    assert predict(model, X) != pytest.approx(before)


@pytest.mark.parametrize("attribute", ["is_layer", "name"])
def test_an_attribute_of_a_class_that_is_set_counts(attribute, monkeypatch):
    model = fresh()
    assert list(layer_outputs(model, X)) == ["layer 1", "layer 2"]
    monkeypatch.setattr(MLP, attribute, {"is_layer": True, "name": "other"}[attribute])
    assert list(layer_outputs(model, X)) == list(layer_outputs(model, X[:FEW]))


# ---------------------------------------------------------------------------------------------------- where it is used


def test_each_loss_has_its_own():
    model = fresh()
    for _ in range(2):
        for name in ("mse", "l1", "huber", "sse"):
            expected = [nn.LOSSES[name](each, y) for each, y in zip(outputs(model).tolist(), Y.tolist(), strict=True)]
            assert evaluate(model, X, Y, loss=name)["loss"] == pytest.approx(np.mean(expected), rel=1e-12)


def test_each_shape_of_targets_has_its_own():
    model = softmax()
    labels = (Y > 0).astype(int)
    for _ in range(2):
        one = evaluate(model, X, labels, loss="categorical_cross_entropy")
        assert evaluate(model, X, np.eye(2)[labels], loss="categorical_cross_entropy") == pytest.approx(one, rel=1e-12)


def test_rows_of_another_length_are_refused_as_ever():
    model = fresh()
    predict(model, X)
    with pytest.raises(ValueError, match="layer 1 takes 2 inputs, got 3"):
        predict(model, np.ones((len(X), 3)))


@pytest.mark.parametrize("times", [1, 2])
def test_parameters_stay_plain_values(times):
    model = fresh()
    for _ in range(times):
        asked(model)
        assert {store_of(p) for p in model.parameters()} == {None}
        quiet_fit(model)
        assert {store_of(p) for p in model.parameters()} == {None}


def test_gradients_are_left_alone():
    model = fresh()
    for parameter in model.parameters():
        parameter.grad = 5.0
    asked(model)
    asked(model)
    assert {p.grad for p in model.parameters()} == {5.0}


def test_a_second_training_has_the_same_bits_as_a_first_one():
    trained = []
    for forgets in (False, True, False):
        model = fresh()
        for _ in range(2):
            model.load_state_dict(fresh().state_dict())
            if forgets:
                HOME.forget()
            history = quiet_fit(model, optimizer=nn.Adam(model.parameters(), lr=0.1), batch_size=3)
            trained.append([*numbers(model), *history["loss"]])
    assert all(each == trained[0] for each in trained)


def test_inside_detect_anomaly_the_numbers_are_looked_at():
    model = fresh()
    predict(model, X)
    model.layers[0].neurons[1].b.data = float("nan")
    with autograd.detect_anomaly(), pytest.raises(autograd.AnomalyError, match="layer 1 / neuron 2, in row 0"):
        predict(model, X)


@pytest.mark.filterwarnings("ignore:computing row by row")
def test_a_prediction_inside_a_function_that_is_compiled_is_refused():
    model = fresh()
    predict(model, X)
    with pytest.raises(TraceError):
        autograd.compile(lambda x: predict(model, X)[0] * x)(Y)


def test_a_prediction_by_what_is_differentiated_is_refused():
    model = fresh()
    predict(model, X)

    def f(p):
        model.layers[0].neurons[0].w[0] = p
        return predict(model, X)[0] * p

    with pytest.raises(TypeError, match="its gradient would be lost"):
        autograd.grad(f)(2.0)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_has_its_own(copied):
    model = fresh()
    before = predict(model, X)
    other = copied(model)
    assert predict(other, X).tolist() == before.tolist()
    set_numbers(other)
    assert predict(other, X) == pytest.approx(outputs(other), rel=1e-12)
    assert predict(model, X).tolist() == before.tolist()


def test_models_that_share_layers_have_their_own():
    model = fresh()
    predict(model, X)
    other = MLP(2, [3, 1], seed=0)
    other.layers = [model.layers[0], Layer(3, 1, "linear", seed=4)]
    assert predict(other, X) == pytest.approx(outputs(other), rel=1e-12)
    assert predict(model, X) == pytest.approx(outputs(model), rel=1e-12)


# ------------------------------------------------------------------------------------------------- memory, and threads


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def test_a_model_takes_what_is_kept_of_it_with_it(no_collector):
    model = fresh()
    parameter, alive = model.layers[0].neurons[0].w[0], ref(model)
    asked(model)
    quiet_fit(model)
    asked(model)
    kept = len(HOME)
    del model
    assert alive() is None
    assert (len(HOME), sys.getrefcount(parameter)) == (kept - 1, 2)  # ours, and that of the question


@pytest.mark.parametrize("changed", ["before", "after"])
def test_a_layer_that_knows_the_model_keeps_nothing_alive(changed):
    model = fresh()
    parameter, alive = model.layers[0].neurons[0].w[0], ref(model)
    if changed == "before":
        model.layers[0].model = model
    predict(model, X)
    model.layers[0].model = model
    assert predict(model, X) == pytest.approx(outputs(model), rel=1e-12)
    if changed == "after":
        model.layers[0].again = model
    del model
    gc.collect()
    assert alive() is None
    assert sys.getrefcount(parameter) == 2


def test_what_has_changed_is_let_go(no_collector):
    model = fresh()
    asked(model)
    old = model.layers[1].neurons[0].w[0]
    model.layers[1] = Layer(3, 1, "linear", seed=9)
    predict(model, X)
    assert sys.getrefcount(old) == 2


def test_threads_may_ask_while_another_one_trains():
    model, found, rows = MLP(2, [8, 1], "tanh", seed=0), [], np.random.default_rng(0).normal(size=(200, 2))
    reference = MLP(2, [8, 1], "tanh", seed=0)
    ends = [predict(reference, rows)]
    quiet_fit(reference, optimizer=SGD(reference.parameters(), lr=1e-3), epochs=30)
    ends.append(predict(reference, rows))

    def ask():
        for _ in range(30):
            found.append(predict(model, rows))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    quiet_fit(model, optimizer=SGD(model.parameters(), lr=1e-3), epochs=30)
    for thread in threads:
        thread.join()
    assert numbers(model) == numbers(reference)
    assert predict(model, rows).tolist() == ends[1].tolist()
    moved = np.abs(ends[1] - ends[0]).max()
    assert all(np.abs(each - ends[0]).max() <= 2.0 * moved for each in found)
