"""The model and the rows of Python's that a playground opens with: checked, and in JSON's types."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nn.activations import ACTIVATIONS, activation_record, table_name
from nn.losses import LossName, loss_record
from nn.mlp import MLP, Layer, Neuron
from nn.module import check_model
from nn.own import FUNCTIONS
from nn.support.arrays import check_data
from nn.support.checks import choose
from nn.support.texts import all_shown

if TYPE_CHECKING:
    import numpy as np

TASKS = ("classification", "regression")
MOST_CLASSES = 20  # of whole numbers; of more values, they are numbers to predict
MOST_NUMBERS, MOST_PARAMETERS = 500_000, 20_000  # that a page still trains with at leisure


def given_model(model: Any, optimizer: Any = None) -> dict[str, Any]:
    """An MLP as the page has it: {inputs, layers, outputs, activation, output, parameters, optimizer}.

    The last is what an Optimizer of its parameters has gathered in its steps; else null.

    Raises:
        TypeError: for anything but an MLP.
        ValueError: where its layers are not nn's, its activations have no names, or several hidden ones; where numbers
            are not finite, and for more parameters than a page trains with.
    """
    check_model("play opens an MLP", model)
    if type(model) is not MLP:
        raise TypeError(
            f"play opens an MLP of nn, as a page can train no other; got {type(model).__name__}. "
            "explore(model, X, y, loss=…) shows any module"
        )
    architecture = model.architecture()
    for layer in model.layers:
        _check_layer(layer)
    hidden = {table_name(layer.activation) for layer in model.layers[:-1]}
    if len(hidden) > 1:
        raise ValueError(
            f"play: hidden layers of a page have one activation, these have {', '.join(sorted(map(str, hidden)))}"
        )
    numbers = [parameter.data for parameter in model.parameters()]
    if len(numbers) > MOST_PARAMETERS:
        raise ValueError(f"play: a page trains at most {MOST_PARAMETERS:,} parameters, this model has {len(numbers):,}")
    for name, parameter in model.named_parameters():
        if parameter.data - parameter.data != 0:
            raise ValueError(f"play: the model's {name} is {parameter.data}: numbers must be finite")
    return {
        "inputs": architecture["n_inputs"],
        "layers": architecture["sizes"][:-1],
        "outputs": architecture["sizes"][-1],
        "activation": table_name(architecture["activation"]),
        "output": table_name(architecture["output"]),
        "parameters": numbers,
        "optimizer": _gathered(optimizer, model),
    }


def _gathered(optimizer: Any, model: MLP) -> dict[str, Any] | None:
    """The state of an optimizer in JSON's types, under nn's names; None of a name, and of one that took no step."""
    from nn.optim.optimizers import OPTIMIZERS, OWN

    if type(optimizer) not in OWN or not optimizer.steps:
        return None
    if list(map(id, optimizer.given)) != list(map(id, model.parameters())):
        raise ValueError("play: the optimizer has taken steps with other parameters than those of the model")
    state = optimizer.state_dict()
    name = next(name for name, kind in OPTIMIZERS.items() if kind is type(optimizer))
    arrays = {each: state[each].tolist() for each in optimizer.per_parameter if each in state}
    return {"optimizer": name, "steps": optimizer.steps, **arrays}


def _check_layer(layer: Any) -> None:
    neurons = layer.neurons if type(layer) is Layer else []
    if not neurons or any(type(neuron) is not Neuron for neuron in neurons):
        raise ValueError(f"play: {layer.name or type(layer).__name__} of the model is no layer of nn's own neurons")
    name = table_name(layer.activation)
    if name is None or name not in ACTIVATIONS or id(ACTIVATIONS[name]) not in FUNCTIONS:
        raise ValueError(
            f"play: {layer.name} has the activation {layer.activation!r:.80}, and a page knows those of nn: "
            f"{', '.join(name for name, each in ACTIVATIONS.items() if id(each) in FUNCTIONS)}"
        )


def loss_for(model: dict[str, Any], task: str) -> LossName:
    """The loss that suits what the last layer gives.

    >>> loss_for({"outputs": 1, "output": "sigmoid"}, "classification")
    'binary_cross_entropy'
    >>> loss_for({"outputs": 3, "output": "linear"}, "classification")
    'cross_entropy'
    """
    if task == "regression":
        return "mse"
    if model["outputs"] > 1:
        return "categorical_cross_entropy" if model["output"] == "softmax" else "cross_entropy"
    if model["output"] == "tanh":
        return "hinge"
    is_probability = activation_record(model["output"]).gives_probabilities
    return "binary_cross_entropy" if is_probability else "binary_cross_entropy_with_logits"


def check_loss(model: dict[str, Any], loss: LossName) -> None:
    """Refuse a loss that takes another number of outputs than the model gives."""
    several, outputs = loss_record(loss).targets == "class", model["outputs"]
    if several is not (outputs > 1):
        wanted = "one output for each class" if several else "one output"
        raise ValueError(
            f"play: {loss} takes {wanted}, the model gives {outputs}: {loss_for(model, TASKS[0])} suits it"
        )


def given_rows(
    X: Any, y: Any, test: Any, inputs: Sequence[str], classes: Sequence[str], task: str | None, loss: Any,
    image_shape: Sequence[int] | None, scaler: Any,
) -> dict[str, Any]:  # fmt: skip
    """The rows as the page has them: {X, y, test: {X, y} or null, inputs, classes, imageShape, task}.

    Of classes, y becomes the index of the class of each row.

    Raises:
        ValueError: as `fit` does for rows and targets; where names do not fit the columns or the classes.
    """
    rows, targets = check_data(X, y)
    tests = None if test is None else _pair(test)
    if tests is not None and tests[0].shape[1] != rows.shape[1]:
        raise ValueError(f"play: the rows to test have {tests[0].shape[1]} inputs, those to train {rows.shape[1]}")
    size = rows.size + (0 if tests is None else tests[0].size)
    if size > MOST_NUMBERS:
        raise ValueError(
            f"play: a page holds at most {MOST_NUMBERS:,} numbers, X has {size:,}: give some of the rows, "
            f"X[:{max(1, MOST_NUMBERS // rows.shape[1]):,}]"
        )
    task = _task(task, loss, classes, targets)
    ys, names = [targets, *([] if tests is None else [tests[1]])], list[str](all_shown(classes))
    if task == "classification":
        ys, count = _coded(ys)
        names = names or [str(k) for k in range(max(count, 2))]
        if len(names) < count:
            raise ValueError(f"play: y has {count} classes, and there are {len(names)} names for them")
    elif names:
        raise ValueError("play: classes are for classification; y holds numbers to predict")
    elif targets.ndim > 1:
        raise ValueError(f"play: a page predicts one number, y has {targets.shape[1]} columns")
    n = rows.shape[1]
    columns = list[str](all_shown(inputs)) or [f"x{i}" for i in range(1, n + 1)]
    if len(columns) != n:
        raise ValueError(f"play: X has {n} columns, and there are {len(columns)} names for them")
    return {
        "X": _scaled(scaler, rows),
        "y": ys[0].tolist(),
        "test": None if tests is None else {"X": _scaled(scaler, tests[0]), "y": ys[1].tolist()},
        "inputs": columns,
        "classes": names,
        "imageShape": _shape(image_shape, n),
        "task": task,
    }


def _pair(test: Any) -> tuple["np.ndarray", "np.ndarray"]:
    if not isinstance(test, (tuple, list)) or len(test) != 2:
        raise ValueError(f"play: test must be the two (X, y) of rows to test, got {test!r:.80}")
    return check_data(test[0], test[1], "test: ")


def _task(task: str | None, loss: Any, classes: Sequence[str], y: "np.ndarray") -> str:
    """What y is: as said, by the loss, or by its numbers. A distance is of classes, too, where they are 0 and 1."""
    if task is not None:
        choose("task", task, dict.fromkeys(TASKS))
        return task
    if classes or y.ndim > 1:
        return TASKS[0]
    values = set(y.tolist())
    if loss is not None:
        return TASKS[loss_record(loss).is_distance and values != {0, 1}]
    are_classes = values == {-1, 1} or (min(values) >= 0 and max(values) < MOST_CLASSES)
    return TASKS[y.dtype.kind not in "iu" or not are_classes]


def _coded(targets: list["np.ndarray"]) -> tuple[list["np.ndarray"], int]:
    """The index of the class of each row, and how many there are: of whole numbers from 0, of -1 and 1, of one-hot."""
    import numpy as np

    if targets[0].ndim > 1:
        columns = targets[0].shape[1]
        for each in targets:
            if each.shape[1:] != (columns,) or set(np.unique(each).tolist()) != {0, 1} or (each.sum(axis=1) != 1).any():
                raise ValueError("play: of y in columns, one for each class, every row must hold a single 1, else 0")
        return [each.argmax(axis=1) for each in targets], columns
    values = np.unique(np.concatenate(targets))
    if values.dtype.kind not in "iu":
        wrong = next(each for each in values.tolist() if each != int(each))
        raise ValueError(f"play: classes are whole numbers from 0, y has {wrong!r}; to predict it, task='regression'")
    if set(values.tolist()) == {-1, 1}:
        return [(each + 1) // 2 for each in targets], 2
    if values[0] < 0 or values[-1] >= MOST_CLASSES:
        wrong = values[0] if values[0] < 0 else values[-1]
        raise ValueError(f"play: classes are whole numbers from 0 to {MOST_CLASSES - 1}, or -1 and 1; y has {wrong}")
    return targets, int(values[-1]) + 1


def checked_info(info: Any) -> dict[str, Any] | None:
    """What belongs to a model, refused where a file of it could not hold it."""
    import json

    from nn.support.descriptions import read_json

    if not isinstance(info, dict | None):
        raise TypeError(f"play: info must be a dict, as that of nn.save, got {info!r:.60}")
    try:
        read_json(json.dumps(info, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"play: info must hold what a model file can: {error}") from None
    return info


def described_scaler(scaler: Any) -> dict[str, Any] | None:
    """As a file of a model holds it."""
    from nn.data.scaling import described

    return None if scaler is None else described(scaler)


def _scaled(scaler: Any, rows: "np.ndarray") -> list[list[float]]:
    from types import SimpleNamespace

    from nn.data.scaling import scaled

    return scaled(SimpleNamespace(scaler=scaler), rows).astype(float).tolist()


def _shape(image_shape: Sequence[int] | None, n: int) -> list[int] | None:
    if image_shape is None:
        return None
    if len(image_shape) != 2 or image_shape[0] * image_shape[1] != n:
        raise ValueError(f"play: image_shape must be (height, width) of {n} pixels, got {image_shape!r:.80}")
    return [int(each) for each in image_shape]


def check_fits(model: dict[str, Any], rows: dict[str, Any]) -> None:
    """Refuse a model that does not take these rows, or gives something else than their targets."""
    n, outputs, classes = len(rows["inputs"]), model["outputs"], len(rows["classes"])
    if model["inputs"] != n:
        raise ValueError(f"play: the model takes {model['inputs']} inputs, X has {n} columns")
    if rows["task"] == "regression" and outputs != 1:
        raise ValueError(f"play: a page predicts one number, the model gives {outputs}")
    if rows["task"] == "classification" and outputs != classes and (outputs, classes) != (1, 2):
        raise ValueError(f"play: y has {classes} classes, the model gives {outputs} output{'s' * (outputs > 1)}")
