"""What a training run has left, for its report."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from autograd import sigmoid, softmax

from ..data.datasets import Dataset
from ..history import History
from ..mlp import MLP
from ..support.texts import all_shown, shown
from ..training.metrics import classes


def names_shown(data: Dataset) -> Dataset:
    """The data with names that are fit to be shown: a file may hold any."""
    return replace(
        data,
        name=shown(data.name),
        target=shown(data.target),
        classes=[*all_shown(data.classes)],
        inputs=[*all_shown(data.inputs)],
    )


@dataclass
class Run:
    """What a training run left.

    Attributes:
        data: what it was about, with names that are fit to be shown (`names_shown`); X_test in the units of the data:
            `model.scaler` scales.
        outputs: of the model for data.X_test: logits, (rows,) or (rows, classes); for regression the targets
            themselves, (rows,).
        result: "loss" and all metrics on the test rows, by name.
        seconds: of the training.
        options: of the command, by name: "epochs", "learning_rate", …
        warnings: what `fit` had to say about the training.
        best_epoch: the epoch whose weights early stopping has kept, with the lowest loss of the validation rows; or
            None.
        diverged: whether the training ended before its time, since a loss was not finite.
        resumed: whether it went on from a checkpoint: seconds and warnings are of what came after that.
    """

    data: Dataset
    model: MLP
    loss: str
    history: History
    outputs: np.ndarray
    result: dict[str, float]
    seconds: float
    options: dict[str, Any]
    warnings: list[str] = field(default_factory=list)
    best_epoch: int | None = None
    diverged: bool = False
    resumed: bool = False

    @property
    def metric(self) -> str:
        """The one that tells how good the model is."""
        return "r2" if self.data.task == "regression" else "accuracy"

    @property
    def predictions(self) -> np.ndarray:
        """For each test row the index of the predicted class, or the predicted number."""
        if self.data.task == "regression":
            return self.outputs
        return classes(self.outputs, self.data.y_test, self.loss)

    def confidence(self, row: int) -> float:
        """How sure the model is of the class it predicts for a test row, from 0 to 1."""
        if self.outputs.ndim > 1:
            return max(softmax(self.outputs[row].tolist()))
        return sigmoid(abs(float(self.outputs[row])))
