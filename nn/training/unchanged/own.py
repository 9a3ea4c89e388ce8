"""Do a model and a loss consist of the same objects of nn? Then a program compiled of them is still what they do."""

from sys import intern
from typing import Any

from autograd import Value
from autograd.parameters import same

from ...activations import ACTIVATIONS
from ...own import FUNCTIONS, MODULES, is_unpatched
from .reach import PLAIN


class _Mark:
    """What stands in a list of parts where something begins, ends, or stands again, and for a list of weights."""


_BEGIN = {kind: _Mark() for kind in (*MODULES, list, tuple, dict)}
_END, _AGAIN, _WEIGHTS = _Mark(), _Mark(), _Mark()
_KNOWN = {*PLAIN, Value, _Mark}


class Own:
    """What a model consists of whose code is nn's alone.

    It does the same as long as it consists of the same things: that is known without calling it. Neither the model nor
    its modules and lists are held here, but what they hold.
    """

    def __init__(self, model: Any) -> None:
        self._parts, weights = _parts(model)
        self._weights, self._table = [list(each) for each in weights], _table()

    @classmethod
    def of(cls, model: Any, loss: Any = None) -> "Own | None":
        """None where other code may run: a class, a function or a method that is not nn's, in the loss neither.

        >>> from nn import LOSSES, MLP
        >>> model = MLP(2, [3, 1], "tanh")
        >>> own = Own.of(model, LOSSES["mse"])
        >>> own(model)
        True
        >>> model.name = "other"
        >>> own(model)
        False
        >>> Own.of(MLP(2, [3, 1], lambda v: v * v), LOSSES["mse"])
        """
        if type(model) not in MODULES or not is_own(loss) or not is_unpatched():
            return None
        own = cls(model)
        known = all(type(each) in _KNOWN or id(each) in FUNCTIONS or _is_scaler(each) for each in own._parts)
        return own if known and all(set(map(type, each)) == {Value} for each in own._weights) else None

    def __call__(self, model: Any) -> bool:
        """Whether the model consists of the same things as the one that this was made of did then."""
        parts, weights = _parts(model)
        return (
            is_unpatched()
            and same(_table(), self._table)
            and same(parts, self._parts)
            and all(map(same, weights, self._weights))  # one for each mark among the parts
        )


def is_own(loss: Any) -> bool:
    """Whether it is one of nn's losses, or none."""
    return loss is None or id(loss) in FUNCTIONS


def _parts(model: Any) -> tuple[list[Any], list[list[Any]]]:
    """All that is in a model, to compare by identity: its structure and plain attributes, and its lists of weights."""
    parts: list[Any] = []
    weights: list[list[Any]] = []
    _walk(model, parts, weights, {})
    return parts, weights


def _walk(item: Any, parts: list[Any], weights: list[list[Any]], seen: dict[int, str]) -> None:
    begin = _BEGIN.get(type(item))
    if begin is None:
        parts.append(item)
    elif id(item) in seen:  # a module that knows the one around it, say
        parts.extend((_AGAIN, seen[id(item)]))
    elif type(item) is list and item and type(item[0]) is Value:  # each of which would take long to look at
        parts.append(_WEIGHTS)
        weights.append(item)
    else:
        seen[id(item)] = intern(str(len(seen)))  # one object for each number
        inside = vars(item) if type(item) in MODULES else item
        parts.append(begin)
        for each in [*inside, *inside.values()] if isinstance(inside, dict) else inside:
            _walk(each, parts, weights, seen)
        parts.append(_END)


def _table() -> list[Any]:
    """The table of activations, which a layer asks what its own one takes."""
    return [each for pair in ACTIVATIONS.records.items() for each in pair]


def _is_scaler(item: Any) -> bool:
    """Whether it is a scaler, ours or something of scikit-learn, which is not called with the model."""
    return type(item).__module__.startswith(("nn.data.scalers", "sklearn."))
