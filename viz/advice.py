"""What to do instead, where something was given to `draw` or `explore` that is no root of a graph."""

from collections.abc import Collection
from numbers import Real
from typing import Any

from autograd import Value

_LONGEST = 4  # numbers in a row that is written out


def no_root(verb: str, needed: str, given: Any) -> TypeError:
    """The error of `draw` or `explore`: what it needs, what it got and, where one can tell, what to write.

    >>> print(no_root("explore", "a Value", 2.0))
    explore needs a Value; got 2.0 of type float: a plain number has no graph; compute with Value(2.0) instead
    """
    advice = _advice(verb, given)
    got = f"{given!r:.100} of type {type(given).__name__}"
    return TypeError(f"{verb} needs {needed}; got {got}{': ' * bool(advice)}{advice}")


def _advice(verb: str, given: Any) -> str:
    if isinstance(given, Real):
        return f"a plain number has no graph; compute with Value({given}) instead"
    if callable(given):
        return _advice_on_calling(verb, given)
    if isinstance(given, Collection) and not isinstance(given, str | bytes) and getattr(given, "shape", None) != ():
        items = list(given)
        if items and all(isinstance(item, Value) for item in items):
            return f"{verb} one of them, or their sum"
        if items and all(isinstance(item, Real) for item in items):
            return f"plain numbers have no graph; compute with Values, and {verb} what comes out"
    return ""


def _advice_on_calling(verb: str, given: Any) -> str:
    """Of what can be called, the graph is that of what it returns."""
    from autograd.compiler.compiled import Compiled  # here, so that `import viz` imports neither NumPy nor nn
    from nn import Module

    if isinstance(given, Module):
        n_inputs = given.architecture().get("n_inputs", 0)
        row = [float(i + 1) for i in range(n_inputs)] if 0 < n_inputs <= _LONGEST else "row"
        return f"call the model on a row, and {verb} its output: {verb}(model({row}))"
    if isinstance(given, type):
        return f"make an object of this class, and {verb} what is computed with it"
    if isinstance(given, Compiled):
        return f"it gives arrays; the function that was compiled gives Values: {verb}(f.__wrapped__(…))"
    return f"call the function on Values, and {verb} what it returns: {verb}(f(…))"
