"""What of models and losses is nn's own, as it is when nn is imported: what users register or patch comes later."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from operator import is_
from typing import Any

from autograd import Value, functions

from . import activations, losses, mlp, module, perceptron
from .activations import ACTIVATIONS
from .losses import LOSSES
from .mlp import MLP, Layer, Neuron
from .module import Module
from .perceptron import Perceptron
from .support import pairing


def code_of(kind: type) -> dict[str, Any]:
    """What stands in a class, also what it inherits: methods and plain attributes. What Python notes there does not."""
    found = {name: each for base in reversed(kind.__mro__[:-1]) for name, each in vars(base).items()}
    return {
        name: each
        for name, each in found.items()
        if hasattr(each, "__get__") or not (name.startswith("__") and name.endswith("__"))
    }


def is_unpatched() -> bool:
    """Whether nobody has changed what nn's own models and losses do, but for what they consist of: their classes, the
    globals of their files and of those that these call, and what a function runs.
    """
    now = _code()
    return len(now) == len(_CODE) and all(map(is_, now, _CODE))


def _code() -> list[Any]:
    """All of that, to compare by identity."""
    spaces: list[Mapping[str, Any]] = [*map(code_of, (*MODULES, Value)), *map(_globals, _FILES)]
    found = [each for space in spaces for pair in space.items() for each in pair]
    some: list[Any] = [each for each in found if hasattr(each, "__code__")]
    while some:
        for function in some:
            defaults = function.__kwdefaults__ or {}
            found += [function.__code__, function.__defaults__, *defaults, *defaults.values(), *_enclosed(function)]
        some = [function.__wrapped__ for function in some if hasattr(function, "__wrapped__")]
    return found


def _enclosed(function: Any) -> list[Any]:
    """What stands in the cells that a function encloses."""
    found = []
    for cell in getattr(function, "__closure__", None) or ():
        with suppress(ValueError):  # nothing is in it yet
            found.append(cell.cell_contents)
    return found


def _globals(file: Any) -> dict[str, Any]:
    return {name: each for name, each in vars(file).items() if not name.startswith("__")}


MODULES: tuple[type[Module], ...] = (Neuron, Layer, MLP, Perceptron)
FUNCTIONS: dict[int, Callable[..., Any]] = {  # by id; kept, so that no other function gets the id of one
    id(function): function for table in (ACTIVATIONS, LOSSES) for function in table.values()
}
_FILES = (activations, losses, mlp, module, perceptron, pairing, functions)
_CODE = _code()
