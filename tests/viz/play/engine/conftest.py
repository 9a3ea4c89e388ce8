"""What the tests of the playground's engine share: networks and rows, the same in the page and in Python."""

from types import SimpleNamespace

import numpy as np

from autograd import Value
from nn import MLP, clip_grad_norm_
from nn.losses import loss_function, loss_record

LOSSES = {  # by which all losses, and both forms of an output, are met: the output and how many there are
    "mse": ("linear", 1), "sse": ("tanh", 2), "l1": ("linear", 3), "huber": ("linear", 2), "hinge": ("linear", 3),
    "binary_cross_entropy": ("sigmoid", 1), "binary_cross_entropy_with_logits": ("linear", 1),
    "categorical_cross_entropy": ("softmax", 3), "cross_entropy": ("linear", 3),
}  # fmt: skip
SETTINGS = {
    "optimizer": "sgd", "lr": 0.1, "momentum": 0, "nesterov": False, "alpha": 0.99, "betas": [0.9, 0.999], "eps": 1e-8,
    "weightDecay": 0, "l1": 0, "l2": 0, "clipNorm": 0, "batchSize": 0, "shuffleSeed": 0, "seed": 0, "init": None,
}  # fmt: skip
NO_ROWS = {"X": [], "y": []}
CAMEL = {"weight_decay": "weightDecay", "clip_norm": "clipNorm"}


def spec_of(loss, activation="tanh", layers=(3,), inputs=2, output=None, outputs=None):
    """What a network is made of, with the output that the loss takes."""
    usual, count = LOSSES[loss]
    return {
        "inputs": inputs, "layers": list(layers), "outputs": outputs or count, "activation": activation,
        "output": output or usual, "loss": loss,
    }  # fmt: skip


def model_of(spec, seed=0):
    """The same network in Python."""
    model = MLP(spec["inputs"], [*spec["layers"], spec["outputs"]], spec["activation"], spec["output"], seed=seed)
    drawn = np.random.default_rng(seed)
    for parameter in model.parameters():  # biases that are not 0
        parameter.data += float(drawn.normal(0, 0.1))
    return model


def rows_of(spec, count=7, seed=0):
    """Rows, targets as the data have them, and as the loss takes them: lists."""
    drawn = np.random.default_rng(seed)
    X = drawn.normal(0, 1, (count, spec["inputs"])).tolist()
    targets, outputs = loss_record(spec["loss"]).targets, spec["outputs"]
    if targets == "numbers":
        coded = drawn.normal(0, 1, (count, outputs)).tolist()
        return SimpleNamespace(X=X, y=[row if outputs > 1 else row[0] for row in coded], coded=coded)
    y = drawn.integers(0, max(2, outputs), count).tolist()
    if targets == "class":
        return SimpleNamespace(X=X, y=y, coded=[[each] for each in y])
    low, classes = -1 if targets == "-1 or 1" else 0, range(outputs) if outputs > 1 else [1]
    return SimpleNamespace(X=X, y=y, coded=[[1 if each == own else low for own in classes] for each in y])


def numbers_of(model):
    return [parameter.data for parameter in model.parameters()]


def loss_of_row(model, spec, x, target):
    """The root of the graph of a row, with inputs and targets as leaves."""
    inputs = [Value(number, f"x{i}") for i, number in enumerate(x, 1)]
    targets = [Value(number, f"y{i}" if len(target) > 1 else "y") for i, number in enumerate(target, 1)]
    return loss_function(spec["loss"])(model(inputs), targets if len(targets) > 1 else targets[0])


def data_of(rows, test=NO_ROWS, **more):
    return {"train": {"X": rows.X, "y": rows.y}, "test": test, **more}


def settings_of(optimizer="sgd", **numbers):
    return SETTINGS | {"optimizer": optimizer} | {CAMEL.get(name, name): number for name, number in numbers.items()}


def trained(model, spec, rows, batches, optimizer, l1=0.0, l2=0.0, clip_norm=0.0):
    """The losses of all rows before each step; the steps are taken as `fit` takes them, with a graph for each row."""
    losses = []
    for batch in batches:
        losses.append(np.mean([loss_of_row(model, spec, x, t).data for x, t in zip(rows.X, rows.coded, strict=True)]))
        optimizer.zero_grad()
        for row in batch:
            loss_of_row(model, spec, rows.X[row], rows.coded[row]).backward(1.0 / len(batch))
        if l1 or l2:
            optimizer.add_penalty_gradient(l1, l2)
        if clip_norm:
            clip_grad_norm_(optimizer, clip_norm)
        optimizer.step()
    return losses
