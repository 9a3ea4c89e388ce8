"""For type checkers: what a loss takes and gives. Of plain numbers a float, with a Value among them a Value."""

from collections.abc import Sequence
from typing import Any, Protocol, overload

from autograd import Value
from autograd._types import Array, Number

class LossOfValues(Protocol):
    """The names of the first argument differ from loss to loss; `settings` are huber's delta."""

    __name__: str
    @overload
    def __call__(self, predictions: Array, /, targets: Any, **settings: float) -> Any: ...
    @overload
    def __call__(self, predictions: Value, /, targets: Any, **settings: float) -> Value: ...
    @overload
    def __call__(self, predictions: Number, /, targets: Number, **settings: float) -> float: ...
    @overload
    def __call__(self, predictions: Sequence[Value], /, targets: Any, **settings: float) -> Value: ...
    @overload
    def __call__(
        self, predictions: Sequence[Number], /, targets: Number | Sequence[Number] | Array, **settings: float
    ) -> float: ...
    @overload
    def __call__(self, predictions: Sequence[Value | Number], /, targets: Any, **settings: float) -> Value: ...
    @overload
    def __call__(self, predictions: Sequence[Sequence[Number]], /, targets: Any, **settings: float) -> float: ...
    @overload
    def __call__(
        self, predictions: Sequence[Sequence[Value | Number]], /, targets: Any, **settings: float
    ) -> Value: ...
    @overload
    def __call__(self, predictions: Any, /, *, target: Any) -> Any: ...
    @overload
    def __call__(self, **named: Any) -> Any: ...
