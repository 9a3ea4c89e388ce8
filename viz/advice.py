"""What to do instead, where something was given to `draw` or `explore` that is no root of a graph."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from numbers import Real
from typing import TYPE_CHECKING, Any

from autograd import Value

if TYPE_CHECKING:
    from nn import Module

_LONGEST = 4  # numbers in a row that is written out


def no_root(verb: str, needed: str, given: Any) -> TypeError:
    """The error of `draw` or `explore`: what it needs, what it got and, where one can tell, what to write.

    >>> print(no_root("explore", "a Value", 2.0))
    explore needs a Value; got 2.0 of type float: a plain number has no graph; compute with Value(2.0) instead
    """
    advice = _advice(verb, given)
    got = f"{_shown(given)} of type {type(given).__name__}"
    return TypeError(f"{verb} needs {needed}; got {got}{': ' * bool(advice)}{advice}")


def _shown(given: Any) -> str:
    try:
        return f"{given!r:.100}"
    except Exception:  # noqa: BLE001  a module's repr asks its architecture(), which may be a user's own
        return object.__repr__(given)


def _advice(verb: str, given: Any) -> str:
    if isinstance(given, Real):
        return f"a plain number has no graph; compute with Value({given}) instead"
    if callable(given):
        return _advice_on_calling(verb, given)
    if is_without_axes(given):
        return f"{verb} the Value in it: {verb}(a.item())" if isinstance(given[()], Value) else ""
    if isinstance(given, Collection) and not isinstance(given, str | bytes):
        items = list(given)
        if items and all(isinstance(item, Value) for item in items):
            return f"{verb} one of them, or their sum"
        if items and all(isinstance(item, Real) for item in items):
            return f"plain numbers have no graph; compute with Values, and {verb} what comes out"
    return ""


def is_without_axes(given: Any) -> bool:
    """Whether it is an array of no axes, which claims to be iterable."""
    return isinstance(given, Iterable) and getattr(given, "shape", None) == ()


def _advice_on_calling(verb: str, given: Any) -> str:
    """Of what can be called, the graph is that of what it returns."""
    from autograd.compiler.compiled import Compiled  # here, so that `import viz` imports neither NumPy nor nn
    from nn import Module

    if isinstance(given, Module):
        return f"call the model on a row, and {verb} its output: {verb}(model({_row(given)}))"
    if isinstance(given, type):
        return f"make an object of this class, and {verb} what is computed with it"
    if isinstance(given, Compiled):
        return f"it gives arrays; the function that was compiled gives Values: {verb}(f.__wrapped__(…))"
    return f"call the function on Values, and {verb} what it returns: {verb}(f(…))"


def _row(model: "Module") -> str:
    """A row for the model, where it says of how many numbers and these are few."""
    with suppress(Exception):  # what a user's own architecture() does is not what was asked
        n_inputs = model.architecture()["n_inputs"]
        if isinstance(n_inputs, int) and 0 < n_inputs <= _LONGEST:
            return str([float(i + 1) for i in range(n_inputs)])
    return "row"
