"""Derivatives of functions, exact, by backpropagation."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain
from operator import index
from typing import TYPE_CHECKING, Any, Literal, overload

from .anomaly import check_backward
from .conversion import is_flat, real
from .higher_order import adjoint_graphs, as_value
from .nodes import apply
from .operations import ADD
from .recording import block, current, recording
from .structures import leaf_of, map_numbers, one_result, replaced
from .tracing import Differentiated
from .value import Value, _number, constant
from .walks import gradients_aside, sorted_graph, topological_order

if TYPE_CHECKING:
    from ._types import Gradient, Hessian, ValueAndGradient


@overload
def grad(f: Callable[..., Any], argnums: Literal[0] = 0) -> "Gradient": ...
@overload
def grad(f: Callable[..., Any], argnums: int | Sequence[int]) -> Callable[..., Any]: ...
def grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """The function that gives the gradient of f.

    Args:
        f: takes numbers, (nested) lists of numbers or NumPy arrays of them, computes on them with Python's operators
            and the functions of `autograd`, and returns one number.
        argnums: the position of the argument to differentiate by, or several positions.

    Returns:
        A function of the same arguments. It gives the derivative in the shape of the argument: a float for a number,
        a list for a list, an array for an array; a tuple of these where `argnums` is a sequence. Where an argument is
        a Value, and inside a function that is itself being differentiated or compiled, it gives Values: derivatives
        of any order.

        Numbers know nothing of the Values that f closes over. To train those by a loss that contains the derivative
        (a physics-informed network), give x as a Value: `grad(f)(Value(2.0))`. `fit` does by itself.

    Raises:
        TypeError: when f does not return a Value, or an argument is not made of numbers. And where a part of the
            gradient would be lost, with the line: when f makes a plain number of what depends on the arguments
            (`float(x)`, `math.sin(x)`, a place in an array of floats), or a copy, assigns its `.data`, reads `.grad`
            after a backward() of its own, or takes it into a compiled function. Not seen is what f does in other
            threads.

    What f does to its arguments, and gradients that its Values have, do not matter, and f leaves none.

    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(lambda w, x: w[0] * x + w[1], argnums=(0, 1))([2.0, 3.0], 5.0)
    ([5.0, 1.0], 2.0)
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    """
    gradient_and_value = value_and_grad(f, argnums)

    def gradient(*args: Any, **kwargs: Any) -> Any:
        return gradient_and_value(*args, **kwargs)[1]

    return gradient


@overload
def value_and_grad(f: Callable[..., Any], argnums: Literal[0] = 0) -> "ValueAndGradient": ...
@overload
def value_and_grad(f: Callable[..., Any], argnums: int | Sequence[int]) -> Callable[..., Any]: ...
def value_and_grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """The function that gives (f, gradient of f); see `grad`.

    >>> value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """
    positions, one = _checked(f, argnums)

    def both(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        arguments, inputs, as_graphs = _arguments(args, positions)
        flat = len(positions) == 1 and is_flat(args[positions[0]])  # asked before f can change it
        root = one_result(f, _call(f, arguments, kwargs, inputs))
        found = _gradients(root, inputs, as_graphs)
        gradients = [found] if flat else _in_shape(found, args, positions, inputs)
        return root if as_graphs else root.data, gradients[0] if one else tuple(gradients)

    return both


def jacobian(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """The function that gives the derivatives of all numbers that f returns.

    Args:
        f: as for `grad`, but it may return a (nested) list or an array of numbers.
        argnums: as for `grad`.

    Returns:
        A function of the same arguments. In the place of each number that f returns it has the gradient of it, in the
        shape of the argument: for lists of m and of n numbers a list of m lists of n.

    Raises:
        TypeError: when f returns something else, or an argument is not made of numbers.

    >>> jacobian(lambda x: [x[0] * x[1], x[0] ** 2])([2.0, 3.0])
    [[3.0, 2.0], [4.0, 0.0]]
    """
    positions, one = _checked(f, argnums)

    def derivatives(*args: Any, **kwargs: Any) -> Any:
        arguments, inputs, as_graphs = _arguments(args, positions)
        result = _call(f, arguments, kwargs, inputs)
        found = [_gradients(root, inputs, as_graphs) for root in _flat_results(f, result)]
        rows = [_in_shape(row, args, positions, inputs) for row in found]
        tables = tuple(replaced(result, iter([row[i] for row in rows])) for i in range(len(positions)))
        return tables[0] if one else tables

    return derivatives


@overload
def hessian(f: Callable[..., Any], argnum: Literal[0] = 0) -> "Hessian": ...
@overload
def hessian(f: Callable[..., Any], argnum: int) -> Callable[..., Any]: ...
def hessian(f: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """The function that gives the second derivatives of f by one argument, the Jacobian of its gradient.

    Args:
        f: as for `grad`.
        argnum: the position of the argument.

    Returns:
        A function of the same arguments; its result has the shape of the argument twice: for a number a float, for a
        list of n numbers a list of n lists of n.

    >>> hessian(lambda x: x[0] ** 2 * x[1])([2.0, 3.0])
    [[6.0, 4.0], [4.0, 0.0]]
    """
    return jacobian(grad(f, index(argnum)), index(argnum))


@contextmanager
def derivatives_as_graphs() -> Iterator[None]:
    """Inside the block derivatives are graphs at plain numbers, too: what f closes over can be trained by them."""
    with block() as state:
        state.graphs = True
        yield


def _checked(f: Any, argnums: int | Sequence[int]) -> tuple[list[int], bool]:
    """The positions as a list, and whether they were given as one number."""
    if not callable(f):
        raise TypeError(f"what is differentiated is a function, got {f!r} of type {type(f).__name__}")
    one = hasattr(argnums, "__index__")
    if not one and (isinstance(argnums, str) or not hasattr(argnums, "__iter__")):
        raise TypeError(f"argnums is the position of an argument or a list of positions, got {argnums!r}")
    positions = [index(argnums)] if one else [index(position) for position in argnums]  # type: ignore[union-attr,arg-type]
    if not positions:
        raise ValueError("argnums is empty: name at least one argument to differentiate by")
    return positions, one


def _arguments(args: Sequence[Any], positions: Sequence[int]) -> tuple[list[Any], dict[int, list[Value]], bool]:
    """The arguments with fresh Values at these positions; these Values by position; must the gradients be graphs?

    They must where another derivative, or a compilation, is under way around this one, in `derivatives_as_graphs()`,
    and where an argument is a Value. A Value is not differentiated by itself, but by a new one that equals it: f may
    have the Value in another way, too.
    """
    state, arguments = current(), list(args)
    inputs: dict[int, list[Value]] = {}
    as_graphs = state.derivative is not None or state.tracing or (state.graphs and state.recording)
    for position in positions:
        if not -len(args) <= position < len(args):
            raise TypeError(
                f"argnums names argument {position}, but the function was called with {len(args)}: what is "
                "differentiated by is given by position, not by keyword"
            )
        argument = args[position]
        if is_flat(argument):  # most are: this is several times faster
            values = list(map(Value, argument))
            arguments[position] = values.copy()
        else:
            values = []
            arguments[position] = map_numbers(partial(_fresh, values), argument)
            as_graphs = as_graphs or any(value.parents for value in values)
        inputs[position % len(args)] = values
    return arguments, inputs, as_graphs


def _fresh(values: list[Value], x: Any) -> Value:
    """A new Value that equals x, noted in the list: a leaf for a number, an inner node for a Value."""
    if isinstance(x, Value):
        with recording(True):
            values.append(apply(ADD, x, constant(-0.0)))  # which leaves the sign of a zero
    else:
        values.append(leaf_of(x))
    return values[-1]


def _call(
    f: Callable[..., Any], arguments: Sequence[Any], kwargs: dict[str, Any], inputs: dict[int, list[Value]]
) -> Any:
    state = current()
    if not state.recording:  # in no_grad() every gradient would be 0
        with recording(True):
            return _call(f, arguments, kwargs, inputs)
    around = state.derivative
    state.derivative = Differentiated(inputs, around)
    try:
        return f(*arguments, **kwargs)
    finally:
        state.derivative = around


def _gradients(root: Value, inputs: dict[int, list[Value]], as_graphs: bool) -> list[Any]:
    """The gradients by all inputs: numbers, or Values that are graphs.

    What f closes over keeps its own gradients, and what f has done to its arguments does not matter.
    """
    [flat, *others] = inputs.values()
    if others:
        flat = list(chain(flat, *others))
    if not as_graphs:
        return gradients_aside(root, flat)
    with recording(True):
        return gradient_graphs(root, flat)


def _in_shape(
    found: list[Any], args: Sequence[Any], positions: Sequence[int], inputs: dict[int, list[Value]]
) -> list[Any]:
    """The gradient by each argument, in its shape."""
    rest = iter(found)
    by_position = {position: replaced(args[position], rest) for position in inputs}
    return [by_position[position % len(args)] for position in positions]


def gradient_graphs(root: Value, inputs: Iterable[Value], gradient: Any = 1.0) -> list[Value]:
    """∂root/∂input times `gradient`, as Values that depend on all that they were computed from.

    The way back ends at the inputs: what they were computed from counts as given.

    >>> x = Value(3.0)
    >>> (slope,) = gradient_graphs(x * x, [x])
    >>> slope.backward()
    >>> slope.data, x.grad
    (6.0, 2.0)
    """
    inputs = list(inputs)
    if current().checking is not None and not current().tracing:
        check_backward(root, topological_order(root), _number(as_value(gradient)), inputs)
    ends = {id(x) for x in inputs}
    inner, wanted = sorted_graph((root,), ends)[1], set(ends)
    for node in inner:
        if not wanted.isdisjoint(map(id, node.parents)):
            wanted.add(id(node))
    adjoints = adjoint_graphs(root, gradient, [node for node in inner if id(node) in wanted], wanted)
    return [as_value(adjoints.get(id(x), 0.0)) for x in inputs]


def _flat_results(f: Callable[..., Any], result: Any) -> list[Value]:
    """All numbers that f returned, in order: a plain one depends on nothing."""
    roots: list[Value] = []
    map_numbers(lambda x: roots.append(one_result(f, x) if (number := real(x)) is None else Value(number)), result)
    return roots
