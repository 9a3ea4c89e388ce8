"""Numbers in (nested) lists and arrays: what derivatives are taken by, and what functions return."""

from collections.abc import Callable, Iterator
from itertools import islice
from reprlib import repr as shorten
from typing import Any

from .conversion import is_flat, real
from .value import Value


def replaced(structure: Any, items: Iterator[Any]) -> Any:
    """The structure with the next item in place of each number."""
    if is_flat(structure):
        return list(islice(items, len(structure)))
    return map_numbers(lambda _: next(items), structure)


def flat_numbers(x: Any) -> list[float]:
    """All numbers of x, in order."""
    numbers: list[float] = []
    map_numbers(lambda number: numbers.append(leaf_of(number).data), x)
    return numbers


def leaf_of(x: Any) -> Value:
    """A new Value of a plain number; a TypeError for anything else."""
    number = real(x)
    if number is None:
        if isinstance(x, Value):
            raise TypeError("differences are taken at numbers, got a Value; write x.data, or take its exact gradient")
        raise TypeError(
            f"derivatives are taken at numbers and (nested) lists of them, got {x!r} of type {type(x).__name__}"
        )
    return Value(number)


def unwrapped(x: Any) -> Any:
    """What is in an array of objects that has no axis; anything else as it is."""
    return x.item() if getattr(x, "shape", None) == () and getattr(x, "dtype", None) == "O" else x


def one_result(f: Callable[..., Any], result: Any) -> Value:
    """The Value that f returned; a TypeError for anything else."""
    if isinstance(result, Value) or isinstance(result := unwrapped(result), Value):
        return result
    name = getattr(f, "__name__", repr(f))
    raise TypeError(f"{name} returned {shorten(result)} of type {type(result).__name__}, not a Value: {_why(result)}")


def _why(result: Any) -> str:
    """What is wrong with a result that is no Value, and what to do."""
    if result is None:
        return "is there a return?"
    if isinstance(result, (list, tuple)) or getattr(result, "shape", ()) != ():
        return "one number is differentiated; of a list of them take jacobian(f), or return one, such as their sum"
    if real(result) is None:
        return "one number is differentiated"
    return (
        "the result does not depend on the arguments by recorded operations. Use autograd's functions rather than "
        "math's, and do not convert to float"
    )


def map_numbers(function: Callable[..., Any], x: Any, path: str = "") -> Any:
    """x with the function applied to every number (and its path, such as "x[0][2]", where a path is given)."""
    if isinstance(x, (list, tuple)):
        items = [map_numbers(function, item, path and f"{path}[{i}]") for i, item in enumerate(x)]
        return x._make(items) if hasattr(x, "_make") else type(x)(items)  # a named tuple takes its items one by one
    if getattr(x, "shape", ()) != ():  # an array, recognised without importing NumPy
        import numpy

        items = [map_numbers(function, item, path and f"{path}[{i}]") for i, item in enumerate(x)]
        return _array(numpy, items)
    return function(x, path) if path else function(x)


def _array(numpy: Any, items: list) -> Any:
    array = numpy.array(items, dtype=object)
    return array.astype(float) if not any(isinstance(item, Value) for item in array.flat) else array
