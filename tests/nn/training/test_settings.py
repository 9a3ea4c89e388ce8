"""The settings of fit: every wrong one is refused before anything changes."""

import sys

import numpy as np
import pytest

from autograd import Value
from nn import MLP, SGD, Adam, CosineDecay, EarlyStopping, Layer, Module, Neuron, WarmUp, fit, mse_loss
from nn.data.scaling import Data
from nn.training.settings import Settings

from .conftest import LABELS, X, Y, classifier, gradients, numbers, quiet_fit, regression

WITH_NAN = X.copy()
WITH_NAN[3, 1] = np.nan
BAD_DATA = {
    "nan in X": ({"X": WITH_NAN}, r"^X\[3, 1\] is nan: numbers must be finite"),
    "inf in y": ({"y": [*Y[:-1], np.inf]}, r"^y\[9\] is inf: numbers must be finite"),
    "None in X": (
        {"X": [[None, 1.0]] * 10},
        r"^X must hold numbers that are real: X\[0, 0\] is None, which is missing",
    ),
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
        r"^r2 compares a target with each output; got targets of the shape \(10,\) and outputs .* \(10, 2\)",
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
    "clip_norm 0": ({"clip_norm": 0}, "^clip_norm must be greater than 0 and finite, got 0.0"),
    "clip_norm inf": ({"clip_norm": np.inf}, "^clip_norm must be greater than 0 and finite, got inf"),
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
    words = "^the model has no parameters: keep what is learned in Values, as attributes of the Module$"
    with pytest.raises(ValueError, match=words):
        fit(Module(), X, Y, loss="mse", progress=False)
    with pytest.raises(ValueError, match="an optimizer needs at least one parameter"):
        SGD(Module().parameters())


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
    assert (warned[0].filename, warned[0].lineno) == (__file__, sys._getframe().f_lineno - 1)


class Duck:
    def __call__(self, x):
        return Value(x[0])


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (
            lambda x: Value(x[0]),
            r"^fit trains a Module, got <function .*>: subclass nn\.Module, keep .* define forward\(x\)",
        ),
        (Duck(), r"^fit trains a Module, got <.*Duck object at .*: subclass nn\.Module"),
        (MLP, r"^fit trains a Module, got the class MLP: make one of it first, MLP\(…\)$"),
        (None, r"^fit trains a Module, got None of type NoneType: subclass"),
        ([[1.0]] * 999, r"^fit trains a Module, got \[\[1\.0\], .{1,100} of type list: subclass"),
    ],
    ids=["a function", "an object", "a class", "None", "rows"],
)
def test_what_is_no_module_is_refused(model, message):
    with pytest.raises(TypeError, match=message):
        quiet_fit(model, loss="none that there is")  # the model is looked at first


def test_the_settings_are_what_was_given_checked():
    settings = made(loss="mse_loss", metrics="r2", callbacks=print, validation_data=(X.tolist(), Y.tolist()))
    assert settings.loss is mse_loss
    assert (settings.metrics, settings.callbacks, settings.size) == (["r2"], [print], 10)
    assert settings.names == ["loss", "r2", "val_loss", "val_r2"]
    assert isinstance(settings.data, Data)
    assert (settings.validation_data.rows() == settings.data.rows()).all()
    assert isinstance(settings.optimizer, Adam)


@pytest.mark.parametrize(
    ("options", "others"),
    [
        ({}, False),
        ({"callbacks": EarlyStopping("loss")}, False),
        ({"callbacks": [EarlyStopping("loss"), print]}, True),
        ({"optimizer": lambda p: SGD(p, lr=WarmUp(CosineDecay(0.1, 9), 3))}, False),
        ({"optimizer": lambda p: SGD(p, lr=WarmUp(lambda t: 0.1, 3))}, True),
    ],
)
def test_whether_code_of_others_runs_between_two_epochs(options, others):
    assert made(**options).others_run == others


def made(optimizer=None, **options):
    model = regression()
    given = {
        "loss": "mse", "batch_size": 32, "metrics": (), "l1": 0.0, "l2": 0.0, "clip_norm": None, "seed": None,
        "dtype": "float64", "backend": None, "callbacks": (), "epochs": 1, "checkpoint": None, "progress": False,
        "validation_data": None, "changed": (), **options,
    }  # fmt: skip
    return Settings(model=model, data=(X, Y), optimizer=optimizer and optimizer(model.parameters()), **given)
