"""NumPy's inner loops, found in its ufuncs by name and type, and each compared with its ufunc once."""

from functools import cache
from pathlib import Path
from struct import calcsize
from typing import Any

import numpy as np

from ...._build import native_fingerprint
from ..numpy.rules import NUMPY_NAMES
from . import graph, machine

_PACKAGE = Path(__file__).parents[3]
_ADDRESS = calcsize("P")  # bytes; a word of the machine has as many
_OF_TWO = ("+", "-", "*", "div", "pow", "atan2", "hypot", "maximum", "minimum")
_OF_ONE = (
    "absolute", "negative", "sqrt", "exp", "expm1", "log", "log1p", "floor", "sin", "cos", "tan", "asin", "acos",
    "atan", "sinh", "cosh", "tanh",
)  # fmt: skip
_COMPARING = ("<", "<=", ">", ">=", "not_equal")
_LOGICAL = {"logical_and": "??->?", "logical_or": "??->?", "logical_not": "?->?"}

Loop = tuple[int, int]  # the addresses of a function and of its data


@cache
def loop(function: str, types: str) -> Loop:
    """The inner loop of a function of `expressions` for operands of these types, "dd->d".

    Raises:
        LookupError: where NumPy has none that gives the bits of its ufunc.
        ImportError: for erf where SciPy has none: SciPy takes a fifth of a second to import, so that `why_not` has not
            looked at it.
    """
    ufunc = _ufunc(function)
    try:
        found = machine.loop_of(ufunc, types)
        _compare(ufunc, found, types)
    except LookupError as error:
        if function == "erf":
            why = f"with the SciPy that is there {error}"
            instead = "Use backend='numpy', or where none can be named GLASSGRAD_BACKEND=numpy in the environment"
            raise ImportError(f"backend='native' does not work here: {why}. {instead}") from None
        raise
    return found


@cache
def matmul(number_type: str) -> Loop:
    """The inner loop of np.matmul. Raises as `loop`."""
    found = machine.loop_of(np.matmul, f"{number_type}{number_type}->{number_type}")
    left, right = np.linspace(-1.0, 2.0, 12, dtype=number_type).reshape(3, 4), np.ones((2, 4), number_type) / 3
    result, size = np.zeros((3, 2), number_type), left.itemsize
    strides = (4 * size, size, size, 4 * size, 2 * size, size)
    machine.call_matmul(found, (left, right, result), (3, 4, 2), strides)
    if not np.array_equal(result, left @ right.T):
        raise LookupError("the inner loop of matmul gives other numbers than matmul")
    return found


@cache
def why_not() -> str:
    """Why the machine cannot be used; empty where it can."""
    if {native_fingerprint(_PACKAGE), machine.BUILT_FROM, graph.BUILT_FROM} - {0, machine.BUILT_FROM}:
        return f"it was built from other sources than those in {_PACKAGE}: build it again (pip install -e .)"
    if _ADDRESS != 8:
        return f"its words are addresses of 64 bits, and here they have {8 * _ADDRESS}"
    try:
        for number in "df":
            matmul(number)
            for function in _OF_TWO:
                loop(function, f"{number}{number}->{number}")
            for function in _OF_ONE:
                loop(function, f"{number}->{number}")
            for function in _COMPARING:
                loop(function, f"{number}{number}->?")
        for function, types in _LOGICAL.items():
            loop(function, types)
    except LookupError as error:
        return f"with NumPy {np.__version__} {error}"
    return ""


def _ufunc(function: str) -> Any:
    name = NUMPY_NAMES.get(function, function)
    if name == "erf":
        from scipy.special import erf

        return erf
    return getattr(np, name)


def _probe(number_type: str) -> np.ndarray:
    if number_type == "?":
        return np.array([True, False, False, True, True] * 4)
    few = [0.5, -0.25, 1.0, -0.0, 3.0, 0.875, -2.0, np.inf, np.nan, -np.inf, 0.0, 1e-3, -0.75, 1e30]
    return np.array([*few, *np.linspace(-1.0, 1.0, 6)], number_type)


def _compare(ufunc: Any, found: Loop, types: str) -> None:
    """Hold a loop against its ufunc, on neighbours and on numbers that lie apart."""
    inputs, _, output = types.partition("->")
    operands = [np.ascontiguousarray(np.roll(_probe(kind), 3 * i)) for i, kind in enumerate(inputs)]
    for step in (1, 2):
        n = len(operands[0]) // step
        got = np.zeros(n, output)
        strides = (*[step * operand.itemsize for operand in operands], got.itemsize)
        with np.errstate(all="ignore"):
            machine.call(found, (*operands, got), n, strides)
            expected = ufunc(*[operand[::step] for operand in operands])
        if not np.array_equal(got, expected, equal_nan=output != "?"):
            raise LookupError(f"the inner loop {types} of {ufunc!r} gives other numbers than {ufunc!r}")
