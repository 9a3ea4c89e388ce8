"""Which settings of a training differ from those of its checkpoint, in words, and which of them may."""

from collections.abc import Mapping, Sequence
from typing import Any

CHANGEABLE = (
    "callbacks",
    "loss",
    "batch_size",
    "l1",
    "l2",
    "clip_norm",
    "backend",
)  # when it is said that they were changed
_MOST, _MOST_NAMES = 400, 20  # characters of a setting, which a file may hold, and how many of them are said


def what_differs(theirs: Mapping[str, Any], ours: Mapping[str, Any], changed: Sequence[str] = ()) -> str:
    """The settings of a file that are others than ours, but for those that were changed; "" where there are none.

    >>> what_differs({"seed": 0, "l2": 0.1}, {"seed": 1, "l2": 0.1})
    'seed was 0 and is 1'
    >>> print(what_differs({"l2": 0.1}, {"l2": 0.0}))
    l2 was 0.1 and is 0.0. To go on with what is now, say so: fit(…, changed=['l2']), --changed l2 of the command
    """
    all_names = dict.fromkeys([*ours, *theirs])
    names = [name for name in all_names if theirs.get(name) != ours.get(name) and name not in changed]
    said = "; ".join(_difference(name, theirs.get(name), ours.get(name)) for name in names[:_MOST_NAMES])
    if names and set(names) <= {*CHANGEABLE}:
        all_changed = [name for name in CHANGEABLE if name in names or name in changed]
        said += f". To go on with what is now, say so: fit(…, changed={all_changed}), "
        said += f"--changed {','.join(all_changed)} of the command"
    return said


def _difference(name: str, theirs: Any, ours: Any) -> str:
    if name == "callbacks" and _are_alike(theirs, ours):
        pairs = [(i, *pair) for i, pair in enumerate(zip(theirs, ours, strict=True), start=1) if pair[0] != pair[1]]
        return "; ".join(f"callback {i}, {new[0]}: {_of_callback(old, new)}" for i, old, new in pairs)
    return f"{name:.40} was {_short(theirs)} and is {_short(ours)}"


def _are_alike(theirs: Any, ours: Any) -> bool:
    """Whether they are as many callbacks, of the same names and kinds, as `identity.described` writes them."""
    return isinstance(theirs, list) and list(map(_kind, theirs)) == list(map(_kind, ours))


def _kind(callback: Any) -> Any:
    if not isinstance(callback, list) or len(callback) < 2:
        return callback
    numbers = sorted(callback[1]) if isinstance(callback[1], dict) else None
    return str(callback[0]), len(callback), numbers


def _of_callback(theirs: list[Any], ours: list[Any]) -> str:
    """Which of its numbers are others; of a function, that it does something else."""
    old, new = theirs[1], ours[1]
    if isinstance(new, dict):
        differ = [name for name in new if old[name] != new[name]]
        return ", ".join(f"{name} was {_short(old[name])} and is {_short(new[name])}" for name in differ)
    if old != new:
        return "what it does was changed"
    return f"its defaults were {_short(theirs[2:])} and are {_short(ours[2:])}"


def _short(setting: Any) -> str:
    text = repr(setting)
    return text if len(text) <= _MOST else text[:_MOST] + "…"
