# mypy: disable-error-code="overload-overlap"
"""The functions of the rule book: of numbers alone a float, with a Value among them a Value: docs/scripts/stubs.py."""

from collections.abc import Iterable
from typing import Any, overload

from ._types import Number
from .operations import Operation
from .value import Value

__all__ = [
    "acos",
    "asin",
    "atan",
    "atan2",
    "cos",
    "cosh",
    "dot",
    "elu",
    "erf",
    "exp",
    "expm1",
    "gelu",
    "hypot",
    "leaky_relu",
    "log",
    "log1p",
    "log_softmax",
    "logsumexp",
    "maximum",
    "minimum",
    "ndtr",
    "relu",
    "sigmoid",
    "silu",
    "sin",
    "sinh",
    "softmax",
    "softplus",
    "sqrt",
    "step",
    "take",
    "tan",
    "tanh",
    "where",
]

def _evaluate(operation: Operation, operands: tuple, asked: str = "") -> Any: ...
def normalized(name: str, values: Iterable[Any]) -> tuple[tuple[Any, ...], Any]: ...
@overload
def dot(xs: Iterable[Number], ys: Iterable[Number]) -> float:
    """Σ xᵢ·yᵢ"""

@overload
def dot(xs: Iterable[Value | Number], ys: Iterable[Value | Number]) -> Value: ...
@overload
def logsumexp(values: Iterable[Number]) -> float:
    """ln Σ exp(xᵢ)"""

@overload
def logsumexp(values: Iterable[Value | Number]) -> Value: ...
@overload
def take(values: Iterable[Number], index: Number) -> float:
    """values[index]"""

@overload
def take(values: Iterable[Value | Number], index: Value | Number) -> Value: ...
@overload
def softmax(values: Iterable[Number], temperature: Number = 1.0) -> list[float]:
    """exp(xᵢ/T) / Σ exp(xⱼ/T) for every i"""

@overload
def softmax(values: Iterable[Value | Number], temperature: Value | Number = 1.0) -> list[Value]: ...
@overload
def log_softmax(values: Iterable[Number]) -> list[float]:
    """xᵢ - ln Σ exp(xⱼ) for every i"""

@overload
def log_softmax(values: Iterable[Value | Number]) -> list[Value]: ...
@overload
def exp(x: Number) -> float:
    """eˣ"""

@overload
def exp(x: Value | Number) -> Value: ...
@overload
def log(x: Number) -> float:
    """ln x"""

@overload
def log(x: Value | Number) -> Value: ...
@overload
def log1p(x: Number) -> float:
    """ln(1 + x)"""

@overload
def log1p(x: Value | Number) -> Value: ...
@overload
def expm1(x: Number) -> float:
    """eˣ - 1"""

@overload
def expm1(x: Value | Number) -> Value: ...
@overload
def sqrt(x: Number) -> float:
    """√x"""

@overload
def sqrt(x: Value | Number) -> Value: ...
@overload
def sin(x: Number) -> float:
    """sin x"""

@overload
def sin(x: Value | Number) -> Value: ...
@overload
def cos(x: Number) -> float:
    """cos x"""

@overload
def cos(x: Value | Number) -> Value: ...
@overload
def tan(x: Number) -> float:
    """tan x"""

@overload
def tan(x: Value | Number) -> Value: ...
@overload
def asin(x: Number) -> float:
    """arcsin x"""

@overload
def asin(x: Value | Number) -> Value: ...
@overload
def acos(x: Number) -> float:
    """arccos x"""

@overload
def acos(x: Value | Number) -> Value: ...
@overload
def atan(x: Number) -> float:
    """arctan x"""

@overload
def atan(x: Value | Number) -> Value: ...
@overload
def sinh(x: Number) -> float:
    """(eˣ - e⁻ˣ)/2"""

@overload
def sinh(x: Value | Number) -> Value: ...
@overload
def cosh(x: Number) -> float:
    """(eˣ + e⁻ˣ)/2"""

@overload
def cosh(x: Value | Number) -> Value: ...
@overload
def tanh(x: Number) -> float:
    """(eˣ - e⁻ˣ)/(eˣ + e⁻ˣ)"""

@overload
def tanh(x: Value | Number) -> Value: ...
@overload
def erf(x: Number) -> float:
    """2/√π · ∫₀ˣ e^(-t²) dt"""

@overload
def erf(x: Value | Number) -> Value: ...
@overload
def ndtr(x: Number) -> float:
    """Φ(x), the cumulative normal distribution"""

@overload
def ndtr(x: Value | Number) -> Value: ...
@overload
def sigmoid(x: Number) -> float:
    """1/(1 + e⁻ˣ)"""

@overload
def sigmoid(x: Value | Number) -> Value: ...
@overload
def softplus(x: Number) -> float:
    """ln(1 + eˣ)"""

@overload
def softplus(x: Value | Number) -> Value: ...
@overload
def relu(x: Number) -> float:
    """max(0, x), and relu'(0) = 0"""

@overload
def relu(x: Value | Number) -> Value: ...
@overload
def gelu(x: Number) -> float:
    """x·Φ(x), Φ the cumulative normal distribution"""

@overload
def gelu(x: Value | Number) -> Value: ...
@overload
def silu(x: Number) -> float:
    """x/(1 + e⁻ˣ)"""

@overload
def silu(x: Value | Number) -> Value: ...
@overload
def step(x: Number) -> float:
    """1 where x > 0, else 0; its derivative is 0 everywhere"""

@overload
def step(x: Value | Number) -> Value: ...
@overload
def leaky_relu(x: Number, slope: Number = 0.01) -> float:
    """x where x > 0, else slope·x"""

@overload
def leaky_relu(x: Value | Number, slope: Value | Number = 0.01) -> Value: ...
@overload
def elu(x: Number, alpha: Number = 1.0) -> float:
    """x where x > 0, else alpha·(eˣ - 1)"""

@overload
def elu(x: Value | Number, alpha: Value | Number = 1.0) -> Value: ...
@overload
def maximum(*values: Number) -> float:
    """the largest value; a tie shares the gradient equally"""

@overload
def maximum(*values: Value | Number) -> Value: ...
@overload
def minimum(*values: Number) -> float:
    """the smallest value; a tie shares the gradient equally"""

@overload
def minimum(*values: Value | Number) -> Value: ...
@overload
def atan2(y: Number, x: Number) -> float:
    """the angle of the point (x, y) in radians, from -π to π"""

@overload
def atan2(y: Value | Number, x: Value | Number) -> Value: ...
@overload
def hypot(a: Number, b: Number) -> float:
    """√(a² + b²)"""

@overload
def hypot(a: Value | Number, b: Value | Number) -> Value: ...
@overload
def where(condition: Number, a: Number, b: Number) -> float:
    """a where the condition is not 0, else b; the other one gets no gradient, as with `if`"""

@overload
def where(condition: Value | Number, a: Value | Number, b: Value | Number) -> Value: ...
