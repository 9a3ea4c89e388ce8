"""NumPy's inner loops, found in its ufuncs by name and type, and each compared with its ufunc once; and loops of ours.

NumPy's are vector instructions where the processor has those of AVX-512 (and the system is Linux), but for `sin` and
`cos` of float64; elsewhere only those of float32 are, and few of them. Ours are everywhere, with the same bits: what
was faster when they were measured is taken.
"""

import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from struct import calcsize
from typing import Any

import numpy as np

from ...._build import native_fingerprint
from ....operations import OPERATIONS, Operation
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

# The operations that are computed by loops of ours: their values, and dy times their derivatives.
_VALUES = {
    "d": {"sin", "cos", "erf", "ndtr", "gelu", "sigmoid", "silu", "step", "hypot", "_cosine", "_over_square",
          "_sech_squared", "_bell", "_density", "_lorentzian", "_cosine_of_arcsine"},
    "f": {"erf", "ndtr", "gelu", "sigmoid", "silu", "step", "hypot", "_cosine", "_over_square",
          "_bell", "_density", "_lorentzian", "_cosine_of_arcsine"},
}  # fmt: skip
_DERIVATIVES = {
    "d": {"sin", "cos", "erf", "ndtr", "gelu", "sigmoid", "silu", "softplus", "tanh", "log", "log1p",
          "asin", "acos", "atan", "_lorentzian"},
    "f": {"erf", "ndtr", "gelu", "silu", "softplus", "asin", "acos", "atan", "_lorentzian"},
}  # fmt: skip
# And those where NumPy has no vector instructions, and we have wide ones.
_MORE_VALUES = {
    "d": {"exp", "log", "log1p", "expm1", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh",
          "softplus", "elu", "_exp_of_difference"},
    "f": {"log1p", "expm1", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "softplus", "elu", "_sech_squared"},
}  # fmt: skip
_MORE_DERIVATIVES = {"d": {"expm1", "sinh", "cosh", "_sech_squared"}, "f": {"sigmoid", "tanh", "sinh", "cosh"}}
_BOOK = dict(OPERATIONS)

Loop = tuple[int, int]  # the addresses of a function and of its data


@cache
def numpy_has_vectors() -> bool:
    """Whether NumPy computes exp, tanh, … of float64 by vector instructions."""
    package = "numpy._core" if np.lib.NumpyVersion(np.__version__) >= "2.0.0b1" else "numpy.core"
    features = getattr(import_module(f"{package}._multiarray_umath"), "__cpu_features__", {})
    return sys.platform == "linux" and bool(features.get("AVX512_SKX") or features.get("X86_V4"))


def _numpy_is_faster() -> bool:
    return numpy_has_vectors() or not graph.HAS_WIDE_VECTORS


@cache
def loop_of_rule(operation: Operation, number: str, back: bool = False) -> Loop | None:
    """A loop of ours for the values of an operation, or for dy times its derivative; None where another way is faster.

    Args:
        number: of which type, "d" or "f".
        back: the derivative, for the operand, dy and the result.
    """
    chosen, more = (_DERIVATIVES, _MORE_DERIVATIVES) if back else (_VALUES, _MORE_VALUES)
    if operation.name not in chosen[number] | (set() if _numpy_is_faster() else more[number]):
        return None
    try:
        return graph.loop_of(operation, number, back)
    except LookupError:  # it has been replaced, or the core is plain Python
        return None


@cache
def loop(function: str, types: str) -> Loop:
    """The inner loop of a function of `expressions` for operands of these types, "dd->d": ours, or NumPy's.

    Raises:
        LookupError: where NumPy has none that gives the bits of its ufunc.
        ImportError: for erf, which NumPy has not, where ours is not to be had: where the core is plain Python.
    """
    own = loop_of_rule(_BOOK[function], types[-1]) if function in _BOOK and types[-1] != "?" else None
    return own or _loop_of_numpy(function, types)


@cache
def _loop_of_numpy(function: str, types: str) -> Loop:
    if function == "erf":
        why = "it takes erf from the compiled core, which is plain Python here"
        instead = "Use backend='numpy', or where none can be named GLASSGRAD_BACKEND=numpy in the environment"
        raise ImportError(f"backend='native' does not work here: {why}. {instead}")
    ufunc = getattr(np, NUMPY_NAMES.get(function, function))
    found = machine.loop_of(ufunc, types)
    _compare(ufunc, found, types)
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
