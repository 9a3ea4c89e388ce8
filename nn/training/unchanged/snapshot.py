"""What a model and a loss consist of and what their code reaches, to see whether a call of them changes any of it."""

from collections import deque
from collections.abc import Iterator
from functools import partial
from itertools import count
from random import Random, SystemRandom
from typing import Any

import numpy as np

from autograd import Value

from ...module import Module
from .reach import PLAIN, Reach, refill

MOST = 10_000  # things that are looked at behind the code, and in one of them


class Snapshot:
    """What things consist of: their modules, lists, dicts and arrays, and the states of their random generators.

    So are looked at the objects of other classes that are in them, and what their functions and methods reach: what
    they enclose, their defaults, their attributes, and the globals that they name. There it ends with what is of other
    packages, and after 10,000 things.

    Attributes:
        parts: something to compare for each of them, by where it is ("model.layers[0].activation"). Of anything else
            it is the object itself that counts, not what is in it.

    Args:
        things: by name.

    Which Values they hold does not count: a model may well keep what it has computed.

    >>> from nn import Neuron
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
        self._reach = Reach(things.values())
        waiting: deque[tuple[str, Any]] = deque(things.items())
        behind: deque[tuple[str, Any]] = deque()
        while waiting:
            self._look(*waiting.popleft(), waiting, behind)
        end = len(self.parts) + MOST
        while behind and len(self.parts) < end:
            self._look(*behind.popleft(), behind, behind)

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

    def _look(self, name: str, item: Any, waiting: deque, behind: deque) -> None:
        """Take it up; what is in it has to wait, as what is behind its code has."""
        if type(item) in PLAIN:
            self.parts[name] = repr(item)  # tells 0.0 from -0.0, and 1 from True
        elif isinstance(item, Value):
            self.parts[name] = "a Value"
        elif id(item) in self._seen:
            self.parts[name] = id(item)
        else:
            self._seen.add(id(item))
            self._held.append(item)
            if waiting is behind and _size(item) > MOST:
                self.parts[name] = id(item), _size(item)
                return
            self.parts[name], undo, inside = _contents(item)
            if undo is not None:
                self._undo.append(undo)
            if isinstance(inside, dict) or set(map(type, inside)) != {Value}:  # which would take long
                waiting.extend((name + place, each) for place, each in _named(inside))
            if type(item) not in _CONTAINERS:
                reached, undone = self._reach.of(item)
                self._undo += undone
                behind.extend((name + place, each) for place, each in reached.items())


_CONTAINERS = {list, dict, tuple, set, deque, np.ndarray}


def _contents(item: Any) -> tuple[Any, partial | None, Any]:
    """What to compare, how to undo a change, and what is inside: by name, or in a list."""
    if isinstance(item, Module):
        saved = dict(vars(item))
        return id(item), partial(refill, vars(item), saved), {f".{key}": each for key, each in saved.items()}
    if isinstance(item, dict):
        return len(item), partial(refill, item, dict(item)), {f"[{key!r}]": each for key, each in item.items()}
    if isinstance(item, list):
        return len(item), partial(item.__setitem__, slice(None), list(item)), list(item)
    if isinstance(item, deque):
        return len(item), partial(_refill_deque, item, list(item)), list(item)
    if isinstance(item, tuple):
        return len(item), None, list(item)
    if isinstance(item, set):
        return sorted(map(id, item)), partial(refill, item, set(item)), []
    if isinstance(item, np.ndarray):
        undo = partial(np.copyto, item, item.copy()) if item.flags.writeable else None
        if item.dtype.hasobject:
            return item.shape, undo, item.ravel().tolist()
        return (item.dtype.str, item.shape, item.tobytes()), undo, []
    if isinstance(item, bytearray):
        return bytes(item), partial(item.__setitem__, slice(None), bytes(item)), []
    if isinstance(item, count):
        return repr(item), None, []
    return _of_generator(item)


def _of_generator(item: Any) -> tuple[Any, partial | None, list]:
    """The state of a random generator; of anything else it is the object itself that counts."""
    if isinstance(item, Random) and not isinstance(item, SystemRandom):
        return item.getstate(), partial(item.setstate, item.getstate()), []
    if isinstance(item, np.random.Generator):
        state = item.bit_generator.state
        return _frozen(state), partial(setattr, item.bit_generator, "state", state), []
    if isinstance(item, np.random.RandomState):
        state = item.get_state(legacy=False)
        return _frozen(state), partial(item.set_state, state), []
    return id(item), None, []


def _size(item: Any) -> int:
    if isinstance(item, np.ndarray):
        return item.size
    return len(item) if isinstance(item, (list, dict, tuple, set, deque, bytearray)) else 0


def _named(inside: Any) -> Iterator[tuple[str, Any]]:
    yield from inside.items() if isinstance(inside, dict) else ((f"[{i}]", each) for i, each in enumerate(inside))


def _frozen(state: Any) -> Any:
    """The state of one of NumPy's generators, to compare."""
    if isinstance(state, dict):
        return {name: _frozen(each) for name, each in state.items()}
    return state.tobytes() if isinstance(state, np.ndarray) else state


def _refill_deque(items: deque, contents: list) -> None:
    items.clear()
    items.extend(contents)
