"""Activations by name."""

from collections.abc import Callable
from typing import Any

import autograd
from autograd import Value

from .checks import choose

Activation = Callable[[Value], Value]


def linear(x: Any) -> Any:
    """x itself: no activation."""
    return x


ACTIVATIONS: dict[str, Callable[..., Any]] = {
    "linear": linear,
    **{
        name: getattr(autograd, name)
        for name in ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus", "step")
    },
    "softmax": autograd.softmax,  # the one that takes a whole layer
}


def activation_function(activation: str | Activation) -> Callable[..., Any]:
    """The function of that name; a function is taken as it is.

    >>> activation_function("relu")(-2.0)
    0.0
    """
    return activation if callable(activation) else choose("activation", activation, ACTIVATIONS)
