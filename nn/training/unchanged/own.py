"""Do a model and a loss consist of the same objects of nn? Then a program compiled of them is still what they do."""

from operator import is_
from typing import Any

from autograd import Value

from ...own import CODE, FUNCTIONS, code_of
from .reach import PLAIN


class Own:
    """The objects that a model and a loss consist of whose code is nn's alone.

    It does the same as long as it consists of the same ones: that is known without calling it.
    """

    def __init__(self) -> None:
        self._parts: dict[int, tuple[Any, type, list[Any]]] = {}  # by id: what it is, and what was in it

    @classmethod
    def of(cls, model: Any, loss: Any) -> "Own | None":
        """None where other code may run: a class, a function or a method that is not nn's.

        >>> from nn import LOSSES, MLP
        >>> Own.of(MLP(2, [3, 1], "tanh"), LOSSES["mse"]).is_unchanged()
        True
        >>> Own.of(MLP(2, [3, 1], lambda v: v * v), LOSSES["mse"])
        """
        own = cls()
        if type(model) not in CODE or not (loss is None or id(loss) in FUNCTIONS):
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
        if kind in CODE or kind in (list, tuple, dict):
            if id(item) in self._parts:  # a module that knows the one around it
                return True
            inside = list(_inside(item, kind))
            self._parts[id(item)] = item, kind, inside
            return set(map(type, inside)) == {Value} or all(map(self._takes, inside))
        return kind in PLAIN or kind is Value or id(item) in FUNCTIONS or _is_scaler(item)

    def _classes_are_unchanged(self) -> bool:
        kinds = {kind for _, kind, _ in self._parts.values()}
        return all(code_of(kind) == CODE[kind] for kind in kinds & CODE.keys())


def _inside(item: Any, kind: type) -> Any:
    if kind in CODE:
        item = vars(item)
    return [*item, *item.values()] if isinstance(item, dict) else item


def _is_scaler(item: Any) -> bool:
    """Whether it is something of scikit-learn: a scaler, which is not called with the model."""
    return type(item).__module__.startswith("sklearn.")
