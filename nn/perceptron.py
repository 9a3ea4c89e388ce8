"""The perceptron of 1958, and the rule it learns by."""

from random import Random
from typing import Any

from autograd import no_grad
from autograd.warn import warn

from .history import History
from .initialization import Initializer, InitializerName
from .mlp import Neuron
from .support.checks import check_count, check_number
from .support.lists import check_lists

__all__ = ["ConvergenceWarning", "Perceptron"]


class ConvergenceWarning(UserWarning):
    """A training has ended before it was done."""


class Perceptron(Neuron):
    """A neuron with a step: 1 where Σ wᵢ·xᵢ + b > 0, else 0.

    The derivative of the step is 0 everywhere, so gradient descent cannot train it. The perceptron learning rule can:
    it looks at the error itself, and moves the line between the classes towards every row it got wrong,

        wᵢ += learning_rate · (y - output) · xᵢ        b += learning_rate · (y - output)

    Source: Rosenblatt, "The perceptron: a probabilistic model", 1958; Minsky & Papert, "Perceptrons", 1969.

    >>> gate = Perceptron(2, seed=0)
    >>> history = gate.fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1])
    >>> [gate(x).data for x in ([0, 0], [0, 1], [1, 0], [1, 1])]
    [0.0, 0.0, 0.0, 1.0]
    """

    def __init__(
        self, n_inputs: int, init: InitializerName | Initializer = "uniform(-1,1)", seed: int | Random | None = None
    ) -> None:
        super().__init__(n_inputs, "step", init, seed)

    def architecture(self) -> dict[str, Any]:
        return {"n_inputs": len(self.w)}

    def fit(self, X: Any, y: Any, epochs: int = 100, learning_rate: float = 0.1) -> History:
        """Learn by the perceptron rule until a whole epoch passes without an error.

        Args:
            X: rows of n_inputs numbers.
            y: the class of each row, 0 or 1.
            epochs: how often to go through the rows at the most.
            learning_rate: the size of a step.

        Returns:
            The history: `history["errors"]`, in how many rows it was wrong, and moved, during each epoch.

        Warns:
            ConvergenceWarning: when some rows are still wrong after the last epoch. It converges
            exactly when a straight line (a plane) separates the classes; for XOR there is none.

        Raises:
            ValueError: for data as `nn.fit` refuses them, for y with anything but 0 and 1, and for epochs or a
                learning rate that are not positive; no weight has changed then.
        """
        rows, y = check_lists(X, y)
        check_count("epochs", epochs)
        check_number("learning_rate", learning_rate, 0.0, open_below=True)
        if len(rows[0]) != len(self.w):
            raise ValueError(f"a perceptron of {len(self.w)} inputs got rows of {len(rows[0])} numbers")
        if wrong := [label for label in y if label not in (0, 1)]:
            raise ValueError(f"a perceptron's classes are 0 and 1, got {wrong[0]!r}")
        history = History(errors=[])
        for _ in range(epochs):
            errors = sum(self._learn(row, label, learning_rate) for row, label in zip(rows, y, strict=True))
            history["errors"].append(errors)
            if errors == 0:
                return history
        still_wrong = sum(self._error(row, label) != 0 for row, label in zip(rows, y, strict=True))
        if still_wrong:
            warn(
                f"the perceptron did not converge: after {epochs} epochs it gets {still_wrong} of {len(y)} rows wrong. "
                "Either it needs more epochs, or no straight line separates the classes (as for XOR): use an MLP",
                ConvergenceWarning,
            )
        return history

    def _error(self, row: list[float], label: float) -> float:
        with no_grad():
            return label - self(row).data

    def _learn(self, row: list[float], label: float, learning_rate: float) -> bool:
        """One step of the rule; True when the row was wrong."""
        error = self._error(row, label)
        if error:
            for w_i, x_i in zip(self.w, row, strict=True):
                w_i.data += learning_rate * error * x_i
            self.b.data += learning_rate * error
        return error != 0
