"""What of models and losses is nn's own, as it is when nn is imported: what users register or patch comes later."""

from collections.abc import Callable
from typing import Any

from .activations import ACTIVATIONS
from .losses import LOSSES
from .mlp import MLP, Layer, Neuron
from .module import Module
from .perceptron import Perceptron


def code_of(kind: type) -> dict[str, Any]:
    """The methods of a class, also those that it inherits. What Python notes in classes itself is none of them."""
    found = {name: each for base in reversed(kind.__mro__[:-1]) for name, each in vars(base).items()}
    return {name: each for name, each in found.items() if hasattr(each, "__get__")}


MODULES: tuple[type[Module], ...] = (Neuron, Layer, MLP, Perceptron)
CODE: dict[type, dict[str, Any]] = {module: code_of(module) for module in MODULES}
FUNCTIONS: dict[int, Callable[..., Any]] = {  # by id; kept, so that no other function gets the id of one
    id(function): function for table in (ACTIVATIONS, LOSSES) for function in table.values()
}
