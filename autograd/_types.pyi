"""For type checkers: what a plain number is, and what grad(f), value_and_grad(f) and hessian(f) take and give."""

from typing import Any, Protocol, TypeAlias, TypeVar, overload

import numpy as np

from .value import Value

Number: TypeAlias = float | np.floating[Any] | np.integer[Any] | np.bool_
Shape = TypeVar("Shape")  # lists of numbers, arrays

class Gradient(Protocol):
    @overload
    def __call__(self, x: Value, /, *args: Any, **kwargs: Any) -> Value: ...
    @overload
    def __call__(self, x: Number, /, *args: Any, **kwargs: Any) -> float: ...
    @overload
    def __call__(self, x: list[int], /, *args: Any, **kwargs: Any) -> list[float]: ...
    @overload
    def __call__(self, x: Shape, /, *args: Any, **kwargs: Any) -> Shape: ...

class ValueAndGradient(Protocol):
    @overload
    def __call__(self, x: Value, /, *args: Any, **kwargs: Any) -> tuple[Value, Value]: ...
    @overload
    def __call__(self, x: Number, /, *args: Any, **kwargs: Any) -> tuple[float, float]: ...
    @overload
    def __call__(self, x: list[int], /, *args: Any, **kwargs: Any) -> tuple[float, list[float]]: ...
    @overload
    def __call__(self, x: Shape, /, *args: Any, **kwargs: Any) -> tuple[float, Shape]: ...

class Hessian(Protocol):
    @overload
    def __call__(self, x: Value, /, *args: Any, **kwargs: Any) -> Value: ...
    @overload
    def __call__(self, x: Number, /, *args: Any, **kwargs: Any) -> float: ...
    @overload
    def __call__(self, x: Any, /, *args: Any, **kwargs: Any) -> Any: ...
