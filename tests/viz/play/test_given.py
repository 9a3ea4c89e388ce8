"""What of Python's a playground opens with: models, rows and targets as the page has them, and what is refused."""

import numpy as np
import pytest

import autograd
import viz
from nn import ACTIVATIONS, MLP, Adam, Layer, MinMaxScaler, Neuron, StandardScaler, fit
from nn.optim import StepDecay

XOR = [[0, 0], [0, 1], [1, 0], [1, 1]]


def opened(*arguments, **options):
    """What the page of a playground opens with."""
    return viz.play(*arguments, **options)._opened


def test_a_model_has_its_sizes_names_and_numbers():
    model = MLP(3, [4, 2, 1], "relu", "sigmoid", seed=1)
    given = opened(model, [[0.0, 1.0, 2.0]] * 2, [0, 1])["model"]
    assert given.pop("parameters") == [parameter.data for parameter in model.parameters()]
    assert given == {
        "inputs": 3, "layers": [4, 2], "outputs": 1, "activation": "relu", "output": "sigmoid", "optimizer": None,
    }  # fmt: skip


def test_an_activation_that_is_a_function_of_nns_has_its_name():
    given = opened(MLP(2, [3, 1], autograd.tanh), XOR, [0, 1, 1, 0])["model"]
    assert given["activation"] == "tanh"


def mixed():
    model = MLP(2, [3, 3, 1], "tanh")
    model.layers[1] = Layer(3, 3, "relu")
    return model


def of_a_users_neurons():
    class Other(Neuron):
        pass

    model = MLP(2, [3, 1], "tanh")
    model.layers[0].neurons[1] = Other(2, "tanh")
    return model


def infinite():
    model = MLP(2, [3, 1], "tanh")
    model.layers[1].neurons[0].w[2].data = float("inf")
    return model


@pytest.mark.parametrize(("make", "error", "message"), [
    (lambda: Layer(2, 1), TypeError, "play opens an MLP of nn, as a page can train no other; got Layer"),
    (lambda: [[0.0, 1.0]], TypeError, "play opens an MLP, got"),
    (lambda: MLP, TypeError, "got the class MLP: make one of it first"),
    (lambda: MLP(2, [3, 1], lambda v: v * v), ValueError, "layer 1 has the activation <function"),
    (mixed, ValueError, "hidden layers of a page have one activation, these have relu, tanh"),
    (of_a_users_neurons, ValueError, "layer 1 of the model is no layer of nn's own neurons"),
    (infinite, ValueError, r"layers\.1\.neurons\.0\.w\.2 is inf: numbers must be finite"),
    (lambda: MLP(2, [200, 100, 1]), ValueError, "at most 20,000 parameters, this model has 20,801"),
])  # fmt: skip
def test_a_model_that_a_page_cannot_train_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        viz.play(make(), XOR, [0, 1, 1, 0])


def test_an_activation_of_a_users_is_refused_where_it_has_a_name(monkeypatch):
    monkeypatch.setitem(ACTIVATIONS, "square", lambda v: v * v)
    with pytest.raises(ValueError, match="layer 1 has the activation 'square', and a page knows those of nn: linear"):
        viz.play(MLP(2, [3, 1], "square"), XOR, [0, 1, 1, 0])


@pytest.mark.parametrize(("y", "options", "task", "targets", "classes"), [
    ([0, 1, 2, 1], {}, "classification", [0, 1, 2, 1], ["0", "1", "2"]),
    ([0.0, 1.0, 0.0, 1.0], {}, "classification", [0, 1, 0, 1], ["0", "1"]),
    ([-1, 1, 1, -1], {}, "classification", [0, 1, 1, 0], ["0", "1"]),
    ([[1, 0], [0, 1], [0, 1], [1, 0]], {}, "classification", [0, 1, 1, 0], ["0", "1"]),
    ([0, 1, 1, 0], {"classes": ["no", "yes", "perhaps"]}, "classification", [0, 1, 1, 0], ["no", "yes", "perhaps"]),
    ([0, 1, 1, 0], {"loss": "mse"}, "classification", [0, 1, 1, 0], ["0", "1"]),
    ([0, 1, 2, 0], {"loss": "mse"}, "regression", [0, 1, 2, 0], []),
    ([-1, 1, 1, -1], {"loss": "mse"}, "regression", [-1, 1, 1, -1], []),
    ([0, 1, 1, 0], {"task": "regression"}, "regression", [0, 1, 1, 0], []),
    ([0.5, 1, 2, 3], {}, "regression", [0.5, 1, 2, 3], []),
    ([0, 1, 2, 99], {}, "regression", [0, 1, 2, 99], []),
])  # fmt: skip
def test_targets_are_classes_or_numbers(y, options, task, targets, classes):
    given = opened(None, XOR, y, **options)["given"]
    assert (given["task"], given["y"], given["classes"]) == (task, targets, classes)


def test_rows_are_all_there_with_those_to_test():
    X, y = np.arange(12.0).reshape(6, 2), np.array([0, 1, 0, 1, 0, 1])
    given = opened(None, X[:4], y[:4], test=(X[4:], y[4:]), inputs=["a", "b"])["given"]
    assert (given["X"], given["inputs"]) == (X[:4].tolist(), ["a", "b"])
    assert given["test"] == {"X": X[4:].tolist(), "y": [0, 1]}


def test_rows_are_scaled_by_the_scaler_of_the_model():
    X = np.array([[0.0, 10.0], [4.0, 20.0]])
    model = MLP(2, [1])
    model.scaler = MinMaxScaler().fit(X)
    found = opened(model, X, [0, 1], test=([[2.0, 15.0]], [1]))
    assert (found["given"]["X"], found["given"]["test"]["X"]) == ([[0, 0], [1, 1]], [[0.5, 0.5]])
    assert found["scaler"]["class"] == "MinMaxScaler"


def test_rows_are_scaled_by_a_scaler_that_is_given():
    X = np.array([[1.0, 5.0], [3.0, 5.0]])
    assert opened(None, X, [0.5, 1.5], scaler=StandardScaler().fit(X))["given"]["X"] == [[-1, 0], [1, 0]]


@pytest.mark.parametrize(("arguments", "options", "message"), [
    ([None, XOR], {}, "rows go with their targets"),
    ([None, XOR, [0, 1]], {}, "X has 4 rows, but y has 2"),
    ([None, XOR, [0, 1, 1, float("nan")]], {}, r"y\[3\] is nan: numbers must be finite"),
    ([None, XOR, [0, 1, 1, 0]], {"test": [XOR]}, r"test must be the two \(X, y\) of rows to test"),
    ([None, XOR, [0, 1, 1, 0]], {"test": ([[1.0]], [1])}, "the rows to test have 1 inputs, those to train 2"),
    ([None, XOR, [0, 1, 1, 0]], {"inputs": ["a"]}, "X has 2 columns, and there are 1 names for them"),
    ([None, XOR, [0, 1, 2, 0]], {"classes": ["a", "b"]}, "y has 3 classes, and there are 2 names for them"),
    ([None, XOR, [0, 1, 2, 0]], {"classes": ["a", "b"], "task": "regression"}, "classes are for classification"),
    ([None, XOR, [0, 1, 1.5, 0]], {"task": "classification"}, "classes are whole numbers from 0, y has 1.5"),
    ([None, XOR, [0, 1, -2, 0]], {"task": "classification"}, "from 0 to 19, or -1 and 1; y has -2"),
    ([None, XOR, [[1, 0], [0, 1], [1, 1], [1, 0]]], {}, "every row must hold a single 1, else 0"),
    ([None, XOR, [[1, 0]] * 4], {"task": "regression"}, "a page predicts one number, y has 2 columns"),
    ([None, XOR, [0, 1, 1, 0]], {"task": "clasification"}, "unknown task .*did you mean 'classification'"),
    ([None, XOR, [0, 1, 1, 0]], {"image_shape": (2, 2)}, r"image_shape must be \(height, width\) of 2 pixels"),
    ([None, XOR, [0, 1, 1, 0]], {"axes": (0, 2)}, "axes are inputs counted from 0, of which there are 2; got 2"),
    ([None, XOR, [0, 1, 1, 0]], {"data": "moons"}, "data is of data that the page makes, and X is given"),
    ([None, XOR, [0, 1, 1, 0]], {"classes": 3}, "classes is of data that the page makes, and X is given"),
    ([None, np.zeros((300_000, 2)), np.zeros(300_000)], {}, r"at most 500,000 numbers, X has 600,000.*X\[:250,000\]"),
    ([MLP(3, [1]), XOR, [0, 1, 1, 0]], {}, "the model takes 3 inputs, X has 2 columns"),
    ([MLP(2, [3]), XOR, [0, 1, 1, 0]], {}, "y has 2 classes, the model gives 3 outputs"),
    ([MLP(2, [3]), XOR, [0.5, 1, 1, 0]], {}, "a page predicts one number, the model gives 3"),
    ([MLP(2, [2]), XOR, [0, 1, 1, 0]], {"loss": "hinge"}, "hinge takes one output, the model gives 2: cross_entropy"),
    ([MLP(2, [1]), XOR, [0, 1, 1, 0]], {"layers": [3]}, "the model has its own layers"),
    ([MLP(3, [1])], {}, r"rows of 2 inputs, the model takes 3: play\(model, X, y\)"),
    ([MLP(2, [7])], {}, "at most 6 classes, the model has 7 outputs"),
    ([], {"inputs": ["a"]}, "inputs is of rows that are given"),
    ([], {"scaler": StandardScaler().fit([[1.0, 2.0], [2.0, 3.0]])}, "a scaler is of rows that are given"),
    ([MLP(2, [1])], {"optimizer": Adam(MLP(2, [1]).parameters()), "lr": 0.1}, "the optimizer has its own lr"),
    ([MLP(2, [1])], {"optimizer": Adam(MLP(2, [1]).parameters(), StepDecay(0.1, 5))}, "this optimizer has a schedule"),
])  # fmt: skip
def test_what_does_not_fit_is_refused(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        viz.play(*arguments, **options)


@pytest.mark.parametrize(("output", "outputs", "y", "loss"), [
    ("linear", 1, [0, 1, 1, 0], "binary_cross_entropy_with_logits"),
    ("sigmoid", 1, [0, 1, 1, 0], "binary_cross_entropy"),
    ("tanh", 1, [-1, 1, 1, -1], "hinge"),
    ("linear", 3, [0, 1, 2, 0], "cross_entropy"),
    ("softmax", 3, [0, 1, 2, 0], "categorical_cross_entropy"),
    ("linear", 1, [0.5, 1, 1, 0], "mse"),
])  # fmt: skip
def test_the_loss_suits_what_the_model_gives(output, outputs, y, loss):
    assert opened(MLP(2, [3, outputs], "tanh", output), XOR, y)["settings"]["loss"] == loss
    assert opened(MLP(2, [3, outputs], "tanh", output), XOR, y, loss=loss)["settings"]["loss"] == loss


def test_an_optimizer_gives_its_name_and_its_numbers():
    model = MLP(2, [1])
    settings = opened(model, optimizer=Adam(model.parameters(), lr=0.02, betas=(0.8, 0.99), weight_decay=0.1))[
        "settings"
    ]
    assert {name: settings[name] for name in ("optimizer", "lr", "betas", "eps", "weightDecay")} == {
        "optimizer": "adam", "lr": 0.02, "betas": [0.8, 0.99], "eps": 1e-8, "weightDecay": 0.1,
    }  # fmt: skip


def test_an_optimizer_that_has_taken_steps_gives_what_it_has_gathered():
    model = MLP(2, [1])
    optimizer = Adam(model.parameters(), lr=0.02)
    fit(model, XOR, [0, 1, 1, 0], loss="mse", optimizer=optimizer, epochs=2, batch_size=2, progress=False)
    assert opened(model, XOR, [0, 1, 1, 0], optimizer=optimizer)["model"]["optimizer"] == {
        "optimizer": "adam", "steps": 4, "mean": optimizer.mean.tolist(), "mean_square": optimizer.mean_square.tolist(),
    }  # fmt: skip


def test_an_optimizer_of_other_parameters_is_refused():
    other = MLP(2, [1])
    optimizer = Adam(other.parameters())
    fit(other, XOR, [0, 1, 1, 0], loss="mse", optimizer=optimizer, epochs=1, progress=False)
    with pytest.raises(ValueError, match="the optimizer has taken steps with other parameters than those of the model"):
        viz.play(MLP(2, [1]), XOR, [0, 1, 1, 0], optimizer=optimizer)


def test_names_are_printable_and_stay_different():
    given = opened(None, XOR, [0, 1, 1, 0], inputs=["\ud83d", "a\x1bb"], classes=["x" * 100, "x" * 99 + "y"])["given"]
    "".join(given["inputs"] + given["classes"]).encode()
    assert given["inputs"] == ["\\u{d83d}", "a\\u{1b}b"]
    assert len(set(given["classes"])) == 2
