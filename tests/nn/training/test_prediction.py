"""predict, evaluate: against the models' own outputs."""

import threading

import numpy as np
import pytest

from autograd import Value, relu
from nn import MLP, Layer, Module, Neuron, evaluate, fit, predict

from .conftest import X, Y, classifier, gradients, regression


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


def test_a_function_may_be_asked():
    assert predict(lambda x: Value(2.0) * x[0], X) == pytest.approx(2.0 * X[:, 0])


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (MLP, r"asks a Module or a function, got the class MLP: make one of it first"),
        (3, r"asks a Module or a function, got 3 of type int: subclass nn\.Module"),
    ],
)
def test_what_cannot_be_asked_is_refused(model, message):
    with pytest.raises(TypeError, match=f"predict {message}"):
        predict(model, X)
    with pytest.raises(TypeError, match=f"evaluate {message}"):
        evaluate(model, X, Y, loss="mse")


@pytest.mark.parametrize("backend", [None, "eager"])
@pytest.mark.parametrize(("output", "message"), [
    (lambda w, x: None, r"a model returns a Value or a list .* returned None; is a `return` missing\?"),
    (lambda w, x: "a", "a model returns a Value or a list .*, this one returned 'a'"),
    (lambda w, x: w.data * x[0], "the loss must return one Value, got .*; of plain numbers"),
])  # fmt: skip
def test_what_a_model_may_not_return_is_said(output, message, backend):
    class Own(Module):
        def __init__(self):
            self.w = Value(3.0)

        def forward(self, x):
            return output(self.w, x)

    with pytest.raises((TypeError, ValueError), match=message):
        fit(Own(), [[1.0], [2.0]], [1.0, 2.0], loss="mse", backend=backend, progress=False)


def test_a_function_of_plain_numbers_can_be_asked():
    assert predict(lambda x: relu(x[0]), [[-1.0], [2.0]]).tolist() == [0.0, 2.0]
    assert predict(lambda x: [x[0], 2.0], [[-1.0]]).tolist() == [[-1.0, 2.0]]
    assert evaluate(lambda x: x[0] + x[1], [[1.0, 2.0]], [4.0], loss="mse") == {"loss": 1.0}
