"""Is a compiled program still what model and loss do? What they consist of, looked at before and after."""

from collections.abc import Iterator
from functools import partial
from operator import is_
from random import Random, SystemRandom
from typing import Any

import numpy as np

from autograd import Value

from .activations import ACTIVATIONS
from .losses import LOSSES
from .mlp import MLP, Layer, Neuron
from .module import Module
from .perceptron import Perceptron


def _code(kind: type) -> dict[str, Any]:
    """The methods of a class, also those that it inherits. What Python notes in classes itself is none of them."""
    found = {name: each for base in reversed(kind.__mro__[:-1]) for name, each in vars(base).items()}
    return {name: each for name, each in found.items() if hasattr(each, "__get__")}


_OWN: tuple[type, ...] = (MLP, Layer, Neuron, Perceptron)
_CLASSES = {each: _code(each) for each in _OWN}  # before anybody has patched them
_FUNCTIONS = {id(function) for table in (ACTIVATIONS, LOSSES) for function in table.values()}
_PLAIN = {type(None), bool, int, float, complex, str, bytes}


class Own:
    """The objects that a model and a loss consist of whose code is nn's alone.

    It does the same as long as it consists of the same ones: that is known without calling it.
    """

    def __init__(self) -> None:
        self._parts: dict[int, tuple[Any, type, list[Any]]] = {}  # by id: what it is, and what was in it

    @classmethod
    def of(cls, model: Any, loss: Any) -> "Own | None":
        """None where other code may run: a class, a function or a method that is not nn's.

        >>> Own.of(MLP(2, [3, 1], "tanh"), LOSSES["mse"]).is_unchanged()
        True
        >>> Own.of(MLP(2, [3, 1], lambda v: v * v), LOSSES["mse"])
        """
        own = cls()
        if type(model) not in _CLASSES or not (loss is None or id(loss) in _FUNCTIONS):
            return None
        return own if own._takes(model) and own._classes_are_unchanged() else None

    def is_unchanged(self) -> bool:
        """Whether it consists of the same objects as it did."""
        return self._classes_are_unchanged() and all(
            type(item) is kind and len(now := _inside(item, kind)) == len(inside) and all(map(is_, now, inside))
            for item, kind, inside in self._parts.values()
        )

    def _takes(self, item: Any) -> bool:
        kind = type(item)
        if kind in _CLASSES or kind in (list, tuple, dict):
            if id(item) in self._parts:  # a module that knows the one around it
                return True
            inside = list(_inside(item, kind))
            self._parts[id(item)] = item, kind, inside
            return set(map(type, inside)) == {Value} or all(map(self._takes, inside))
        return kind in _PLAIN or kind is Value or id(item) in _FUNCTIONS or _is_scaler(item)

    def _classes_are_unchanged(self) -> bool:
        kinds = {kind for _, kind, _ in self._parts.values()}
        return all(_code(kind) == _CLASSES[kind] for kind in kinds & _CLASSES.keys())


def _inside(item: Any, kind: type) -> Any:
    if kind in _CLASSES:
        item = vars(item)
    return [*item, *item.values()] if isinstance(item, dict) else item


def _is_scaler(item: Any) -> bool:
    """Whether it is something of scikit-learn: a scaler, which is not called with the model."""
    return type(item).__module__.startswith("sklearn.")


class Snapshot:
    """What things consist of: their modules, lists, dicts and arrays, and the states of their random generators.

    Attributes:
        parts: something to compare for each of them, by where it is ("model.layers[0].activation"). Of anything else
            it is the object itself that counts, not what is in it.

    Args:
        things: by name.

    Which Values they hold does not count: a model may well keep what it has computed.

    >>> neuron = Neuron(2, seed=0)
    >>> before = Snapshot({"model": neuron})
    >>> neuron.calls = 1
    >>> before.difference(Snapshot({"model": neuron}))
    'model.calls'
    >>> before.restore()
    >>> hasattr(neuron, "calls")
    False
    """

    def __init__(self, things: dict[str, Any]) -> None:
        self.parts: dict[str, Any] = {}
        self._held: list[Any] = []  # whose ids are compared: nothing else can have them meanwhile
        self._undo: list[partial] = []
        self._seen: set[int] = set()
        for name, thing in things.items():
            self._look(name, thing)

    def difference(self, later: "Snapshot") -> str:
        """Where the first thing is that has changed; "" where nothing has."""
        if self.parts == later.parts:
            return ""
        names = dict.fromkeys([*self.parts, *later.parts])
        return next(name for name in names if self.parts.get(name) != later.parts.get(name))

    def restore(self) -> None:
        """Put everything back as it was. The numbers of Values are not touched."""
        for undo in self._undo:
            undo()

    def _look(self, name: str, item: Any) -> None:
        if type(item) in _PLAIN:
            self.parts[name] = repr(item)  # tells 0.0 from -0.0, and 1 from True
        elif isinstance(item, Value):
            self.parts[name] = "a Value"
        elif id(item) in self._seen:
            self.parts[name] = id(item)
        else:
            self._seen.add(id(item))
            self._held.append(item)
            self.parts[name], undo, inside = self._contents(item)
            if undo is not None:
                self._undo.append(undo)
            if isinstance(inside, dict) or set(map(type, inside)) != {Value}:  # which would take long
                for place, each in _named(inside):
                    self._look(name + place, each)

    def _contents(self, item: Any) -> tuple[Any, partial | None, Any]:
        """What to compare, how to undo a change, and what is inside: by name, or in a list."""
        if isinstance(item, Module):
            saved = dict(vars(item))
            return id(item), partial(_refill, vars(item), saved), {f".{key}": each for key, each in saved.items()}
        if isinstance(item, dict):
            return len(item), partial(_refill, item, dict(item)), {f"[{key!r}]": each for key, each in item.items()}
        if isinstance(item, list):
            return len(item), partial(item.__setitem__, slice(None), list(item)), list(item)
        if isinstance(item, tuple):
            return len(item), None, list(item)
        if isinstance(item, set):
            return sorted(map(id, item)), partial(_refill, item, set(item)), []
        if isinstance(item, np.ndarray):
            undo = partial(np.copyto, item, item.copy()) if item.flags.writeable else None
            if item.dtype.hasobject:
                return item.shape, undo, item.ravel().tolist()
            return (item.dtype.str, item.shape, item.tobytes()), undo, []
        if isinstance(item, Random) and not isinstance(item, SystemRandom):
            return item.getstate(), partial(item.setstate, item.getstate()), []
        if isinstance(item, np.random.Generator):
            state = item.bit_generator.state
            return _frozen(state), partial(setattr, item.bit_generator, "state", state), []
        if isinstance(item, np.random.RandomState):
            state = item.get_state(legacy=False)
            return _frozen(state), partial(item.set_state, state), []
        return id(item), None, []


def _named(inside: Any) -> Iterator[tuple[str, Any]]:
    yield from inside.items() if isinstance(inside, dict) else ((f"[{i}]", each) for i, each in enumerate(inside))


def _frozen(state: Any) -> Any:
    """The state of one of NumPy's generators, to compare."""
    if isinstance(state, dict):
        return {name: _frozen(each) for name, each in state.items()}
    return state.tobytes() if isinstance(state, np.ndarray) else state


def _refill(container: Any, contents: Any) -> None:
    container.clear()
    container.update(contents)
