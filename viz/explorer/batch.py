"""The graph of a batch: the loss of each row, and their mean."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from autograd import Value, topological_order
from autograd.nodes import apply
from autograd.operations import CONSTANT, TOTAL
from autograd.structures import one_result

if TYPE_CHECKING:
    from nn import Module

_MOST_OPERATIONS = 400_000  # of all rows: of more, a page takes long to open

_Row: TypeAlias = list[Value]
_Cell: TypeAlias = float | Value


class Batch(NamedTuple):
    """A graph of rows.

    Attributes:
        root: the mean of the losses; of one row its loss.
        losses: of the rows.
        leaves: the numbers of all rows, in the order of the rows: the inputs of each, then its targets.
    """

    root: Value
    losses: list[Value]
    leaves: list[Value]

    def parameters(self) -> list[Value]:
        """The leaves that are no numbers of a row, and no plain numbers."""
        numbers = set(self.leaves)
        leaves = (node for node in topological_order(self.root) if not node.parents)
        return [leaf for leaf in leaves if leaf not in numbers and leaf._operation is not CONSTANT]


def batch_of(
    f: Callable[..., Any], X: Any, y: Any = None, scale: Callable[[np.ndarray], np.ndarray] | None = None
) -> Batch:
    """The graph of L = Σ f(xₖ, yₖ) / B over B rows.

    Args:
        f: gets the Values of a row, [x₁, …], and, where there is y, its target, a Value, or [y₁, …]; returns the loss.
        X: (rows, inputs): numbers, nan and infinities too, or leaves.
        y: (rows,) or (rows, outputs); a column counts as (rows,).
        scale: what makes of X the numbers that f gets; None: these.

    Raises:
        ValueError: when X is no matrix, y does not fit it, and when the graph would be too large. Of f only the first
            row has been computed then.
        TypeError: when f returns something else than a Value.

    >>> w = Value(3.0)
    >>> batch = batch_of(lambda x, y: (w * x[0] - y) ** 2, [[1.0], [2.0]], [3.0, 5.0])
    >>> batch.root.data, [loss.data for loss in batch.losses], [leaf.label for leaf in batch.leaves]
    (0.5, [0.0, 1.0], ['x1', 'y', 'x1', 'y'])
    """
    rows, names = _matrix("X", X)
    rows = rows if scale is None else _scaled(rows, scale)
    targets, of_targets = (None, [""]) if y is None else _targets(y, len(rows))
    losses, leaves = list[Value](), list[Value]()
    for number, row in enumerate(rows):
        inputs = _values(row, names)
        given: list[Any] = [inputs]
        leaves += inputs
        if targets is not None:
            target = _values(targets[number], of_targets)
            given.append(target if len(of_targets) > 1 else target[0])
            leaves += target
        losses.append(_loss(f, given, number))
        if number == 0:
            _check_size(losses[0], len(rows))
    if len(losses) == 1:
        return Batch(losses[0], losses, leaves)
    root = apply(TOTAL, *losses) / float(len(losses))
    root.label = "loss"
    return Batch(root, losses, leaves)


def batch_of_model(model: "Module", loss: Any, X: Any, y: Any) -> Batch:
    """The same of a model: f is its loss, by name or as a function; rows are scaled as `fit` scales them."""
    from nn.losses import loss_function, loss_record

    of, is_known = loss_function(loss), bool(loss_record(loss).targets)

    def loss_of_row(x: _Row, target: Any) -> Any:
        output = model(x)
        if is_known:  # of plain numbers, it looks whether the target is one
            of(_data(output), _data(target))
        return one_result(of, of(output, target))

    scale = None
    if getattr(model, "scaler", None) is not None:
        from nn.data.scaling import scaled

        scale = partial(scaled, model)
    return batch_of(loss_of_row, X, y, scale)


def _data(values: Any) -> Any:
    return [value.data for value in values] if isinstance(values, list) else values.data


def _scaled(rows: list[list[_Cell]], scale: Callable[[np.ndarray], np.ndarray]) -> list[list[_Cell]]:
    if any(isinstance(cell, Value) for row in rows for cell in row):
        raise ValueError("explore: model.scaler scales numbers, and X has Values: give numbers")
    return scale(np.array(rows, float)).tolist()


def _matrix(name: str, numbers: Any) -> tuple[list[list[_Cell]], list[str]]:
    """The rows, and the names of the columns: those of a table, else x1, x2, …"""
    cells, shape = _cells(name, numbers)
    if len(shape) != 2:
        hint = ": for rows of one input write [[x] for x in X], for one row [X]" if len(shape) == 1 else ""
        raise ValueError(f"explore: {name} must have the shape (rows, inputs), got {shape}{hint}")
    names = [str(column) for column in getattr(numbers, "columns", [])]
    return cells, names if len(names) == shape[1] else [f"x{i}" for i in range(1, shape[1] + 1)]


def _targets(y: Any, rows: int) -> tuple[list[list[_Cell]], list[str]]:
    """The targets of each row, and their names: y, or y1, y2, …"""
    cells, shape = _cells("y", y)
    if len(shape) not in (1, 2):
        raise ValueError(f"explore: y must have the shape (rows,) or (rows, outputs), got {shape}")
    if shape[0] != rows:
        raise ValueError(f"explore: X has {rows:,} rows, but y has {shape[0]:,}")
    if len(shape) == 1:
        return [[cell] for cell in cells], ["y"]
    return cells, ["y"] if shape[1] == 1 else [f"y{i}" for i in range(1, shape[1] + 1)]


def _cells(name: str, numbers: Any) -> tuple[list, tuple[int, ...]]:
    """Nested lists of floats and leaves, and their shape."""
    from nn.support.arrays import check_floats, check_real

    array = check_real(name, numbers, "explore: ")
    if array.size == 0:
        raise ValueError(f"explore: {name} is empty")
    is_value = np.asarray(np.frompyfunc(lambda cell: isinstance(cell, Value), 1, 1)(array), bool)
    if not is_value.any():
        return check_floats(name, numbers).tolist(), array.shape
    for place in map(tuple, np.argwhere(is_value)):
        if array[place].parents:
            which = f"{name}[{', '.join(map(str, place))}]" if place else name
            raise ValueError(f"explore: {which} was computed, by {array[place].op!r}: give a number, or a leaf")
    floats = check_floats(name, np.where(is_value, 0.0, array)).astype(object)
    return np.where(is_value, array, floats).tolist(), array.shape


def _values(row: Iterable[_Cell], names: Sequence[str]) -> _Row:
    """A leaf for each number, with the name of its column; leaves that were given keep their labels."""
    return [cell if isinstance(cell, Value) else Value(cell, name) for cell, name in zip(row, names, strict=True)]


def _loss(f: Callable[..., Any], given: list[Any], number: int) -> Value:
    try:
        return one_result(f, f(*given))
    except Exception as error:
        error.add_note(f"explore: in row {number + 1}, X[{number}]")
        raise


def _check_size(loss: Value, rows: int) -> None:
    """Refuse more rows than a page can show, by the first."""
    size = sum(1 for node in topological_order(loss) if node.parents)
    if rows > 1 and rows * size > _MOST_OPERATIONS:
        fit = max(1, _MOST_OPERATIONS // size)
        raise ValueError(
            f"explore: {rows:,} rows of {size:,} operations each are too many for a page, which shows "
            f"{_MOST_OPERATIONS:,}: {fit:,} row{'s' * (fit > 1)} will do, X[:{fit}]"
        )
