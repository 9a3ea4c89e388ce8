"""What the file of a checkpoint holds, looked at before anything of it is used: it may be a stranger's."""

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any

import numpy as np

from autograd import Value

from ..optim.optimizer import Optimizer
from ..optim.optimizers import OWN


def named_in(content: Any, there: Iterable[str]) -> list[str]:
    """The names of the arrays, in their order, as the description has them; each once, and all that are in the file.

    Raises:
        ValueError: for other names.

    >>> named_in({"order": ["b", "a"]}, ["a", "b"])
    ['b', 'a']
    """
    order = content.get("order") if isinstance(content, dict) else None
    if (
        not isinstance(order, list)
        or not all(isinstance(name, str) for name in order)
        or sorted(order) != sorted(there)
    ):
        raise ValueError("its description names other arrays than there are")
    return order


def what_is_wrong(
    content: Mapping[str, Any], arrays: Mapping[str, np.ndarray], owners: Sequence[str], names: Sequence[str], n: int
) -> str:
    """What is of another shape or kind than a training writes, in words; "" where nothing is.

    Args:
        content, arrays: of the file.
        owners: of states: "optimizer", "callback 0", …
        names: of the columns of the history that the training writes.
        n: how many parameters it has.
    """
    if wrong := [owner for owner in owners if not isinstance(content.get(owner), dict)]:
        return f"it has no {wrong[0]}"
    if not isinstance(content.get("random"), dict) or type(content.get("stopped")) is not bool:
        return "it does not say where the training was"
    for name, array in arrays.items():
        is_column = name.startswith(("history/", "statistics/"))
        if is_column and (array.ndim != 1 or array.dtype.kind not in "biuf"):
            return f"{name!r:.80} is of shape {array.shape} and type {array.dtype}"
    parameters = arrays.get("parameters")
    if parameters is None or parameters.dtype.kind != "f" or parameters.shape != (n,):
        return "it is of other parameters"
    lengths = {len(arrays[f"history/{name}"]) if f"history/{name}" in arrays else -1 for name in names}
    return "" if len(lengths) == 1 else "its history has columns of several lengths"


def check_state(optimizer: Optimizer, theirs: Mapping[str, Any]) -> None:
    """Refuse a state whose numbers are of another kind than the optimizer's own, or that it does not take.

    Of an optimizer of a user's, nothing is known.

    Raises:
        ValueError: with the name, and what is there.

    >>> from autograd import Value
    >>> from nn import SGD
    >>> optimizer = SGD([Value(1.0)], lr=0.1)
    >>> check_state(optimizer, optimizer.state_dict() | {"steps": "many"})
    Traceback (most recent call last):
    ValueError: steps is 'many', expected a number such as 0
    """
    if type(optimizer) not in OWN:
        return  # its class knows
    mine = optimizer.state_dict()
    if differ := sorted(mine.keys() ^ theirs.keys()):
        raise ValueError(f"one of the optimizers has no {differ[0]!r:.40}")
    for name in mine:
        if not _is_like(mine[name], theirs[name]):
            raise ValueError(f"{name} is {theirs[name]!r:.80}, expected a number such as {mine[name]!r:.80}")
    names = optimizer.hyperparameters().keys() - {"lr", "steps"}
    type(optimizer)([Value(0.0)], 1.0, **{name: theirs[name] for name in names})


def _is_like(mine: Any, theirs: Any) -> bool:
    """Whether a number, a text, or a tuple or an array of numbers may stand in the place of another."""
    if isinstance(mine, np.ndarray):
        return isinstance(theirs, np.ndarray) and theirs.dtype.kind == "f" and theirs.shape == mine.shape
    if isinstance(mine, tuple):
        return isinstance(theirs, tuple) and len(mine) == len(theirs) and all(map(_is_like, mine, theirs))
    if isinstance(mine, str):
        return mine == theirs
    if isinstance(mine, bool):
        return type(theirs) is bool
    if isinstance(mine, int):
        return type(theirs) is int and 0 <= theirs < 2**53
    return type(theirs) in (int, float) and isfinite(theirs) and theirs >= 0
