"""How weights start.

A weight must start off zero, or all neurons of a layer learn the same; and with the right size, or the signal shrinks
or grows from layer to layer. An initialiser is a function `(rng, n_inputs, n_outputs) -> float` that draws one weight.
"""

from collections.abc import Callable
from math import sqrt
from random import Random
from typing import Literal

from .activations import activation_record
from .support.checks import choose

Initializer = Callable[[Random, int, int], float]


def uniform(low: float, high: float) -> Initializer:
    """Uniform between low and high, whatever the size of the layer."""
    return lambda rng, n_inputs, n_outputs: rng.uniform(low, high)


def xavier(rng: Random, n_inputs: int, n_outputs: int) -> float:
    """Uniform in ±√(6 / (n_inputs + n_outputs)): keeps the variance of signal and gradient through tanh and sigmoid.

    Source: Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
    """
    limit = sqrt(6.0 / (n_inputs + n_outputs))
    return rng.uniform(-limit, limit)


def he(rng: Random, n_inputs: int, n_outputs: int) -> float:
    """Normal with standard deviation √(2 / n_inputs): as Xavier, for relu, which lets half of the signal through.

    Source: He et al., "Delving deep into rectifiers", 2015.
    """
    return rng.gauss(0.0, sqrt(2.0 / n_inputs))


InitializerName = Literal["uniform(0,1)", "uniform(-1,1)", "xavier", "he"]  # of the table, for editors and checkers
INITIALIZERS: dict[str, Initializer] = {
    "uniform(0,1)": uniform(0.0, 1.0),
    "uniform(-1,1)": uniform(-1.0, 1.0),
    "xavier": xavier,
    "he": he,
}


def initializer(init: InitializerName | Initializer | None, activation: object) -> Initializer:
    """The initialiser of that name; for None the one that suits the activation of that name."""
    if init is None:  # of a function Xavier: whatever it is, its weights start as they did in 0.1
        init = activation_record(activation).init if isinstance(activation, str) else "xavier"
    return init if callable(init) else choose("init", init, INITIALIZERS)
