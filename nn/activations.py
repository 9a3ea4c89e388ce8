"""Activations by name, and what there is to know of each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import autograd
from autograd import Value

from .support.checks import choose
from .support.records import Functions, Record

OUTER = 0.01  # of the range, on either side, is where an activation is saturated


@dataclass(frozen=True)
class Activation(Record):
    """An activation: a function of a Value, or of the Values of a layer.

    Attributes:
        init: the initialiser that suits it, a name of `nn.INITIALIZERS`.
        range: the two ends of its outputs, where it has two.
        can_die: whether it is 0, and without a gradient, on a whole half of its inputs.
        is_flat: whether its derivative is 0 everywhere, so that nothing can be learned through it.
        of_layer: whether it takes the outputs of a whole layer.
    """

    init: Literal["xavier", "he"] = "xavier"
    range: tuple[float, float] | None = None
    can_die: bool = False
    is_flat: bool = False
    of_layer: bool = False

    @property
    def is_for_hidden_layers(self) -> bool:
        """Whether it suits the neurons of a hidden layer."""
        return not (self.is_flat or self.of_layer)

    @property
    def saturates_at(self) -> tuple[float, float] | None:
        """The ends of its range, where its derivative goes to 0 towards them."""
        return self.range if self.is_for_hidden_layers else None

    @property
    def gives_probabilities(self) -> bool:
        return self.range == (0.0, 1.0)

    @property
    def threshold(self) -> float:
        """The output between two classes: the middle of its range, or 0."""
        return sum(self.range) / 2 if self.range else 0.0

    def saturated(self, outputs: Any) -> Any:
        """Which outputs, of an array, are at an end of its range: of one that has `saturates_at`."""
        assert self.saturates_at is not None
        low, high = self.saturates_at
        margin = OUTER * (high - low)
        return (outputs < low + margin) | (outputs > high - margin)

    def dead(self, outputs: Any) -> Any:
        """Which neurons are off in every row of an array (rows, neurons): of one that `can_die`."""
        return (outputs <= 0).all(axis=0)


def linear(x: Any) -> Any:
    """x itself: no activation."""
    return x


ActivationName = Literal[
    "linear", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus", "step", "softmax"
]  # of the table below, for editors and type checkers
ACTIVATIONS = Functions(Activation, {
    "linear":     Activation(linear),
    "sigmoid":    Activation(autograd.sigmoid, range=(0.0, 1.0)),
    "tanh":       Activation(autograd.tanh, range=(-1.0, 1.0)),
    "relu":       Activation(autograd.relu, init="he", can_die=True),
    "leaky_relu": Activation(autograd.leaky_relu, init="he"),
    "elu":        Activation(autograd.elu, init="he"),
    "gelu":       Activation(autograd.gelu, init="he"),
    "silu":       Activation(autograd.silu, init="he"),
    "softplus":   Activation(autograd.softplus),
    "step":       Activation(autograd.step, range=(0.0, 1.0), is_flat=True),
    "softmax":    Activation(autograd.softmax, range=(0.0, 1.0), of_layer=True),
})  # fmt: skip


def activation_function(activation: ActivationName | Callable[[Value], Value]) -> Callable[..., Any]:
    """The function of that name; a function is taken as it is.

    >>> activation_function("relu")(-2.0)
    0.0
    """
    return activation if callable(activation) else choose("activation", activation, ACTIVATIONS)


def table_name(activation: Any) -> str | None:
    """The name of an activation: of a function the one that it has in the table; None of anything else.

    >>> table_name("tanh"), table_name(autograd.tanh), table_name(abs)
    ('tanh', 'tanh', None)
    """
    if isinstance(activation, str):
        return activation
    return next((name for name, each in ACTIVATIONS.records.items() if each.function is activation), None)


def activation_record(activation: Any) -> Activation:
    """What is known of the activation of that name, or of that function. Of what is not in the table, nothing."""
    known = ACTIVATIONS.records.get(table_name(activation) or "")
    return Activation(activation) if known is None else known


def activation_name(activation: Any) -> str:
    """What to call an activation: by its name, a function by its own, anything else "".

    >>> activation_name("tanh"), activation_name(autograd.tanh), activation_name(None)
    ('tanh', 'tanh', '')
    """
    return activation if isinstance(activation, str) else getattr(activation, "__name__", "")
