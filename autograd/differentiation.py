"""Derivatives of functions, exact, by backpropagation."""

import threading
from collections.abc import Callable, Sequence
from operator import index
from typing import Any

from .conversion import real
from .higher_order import gradient_graphs
from .operations import ADD
from .recording import current, recording
from .structures import _leaf, _map, _replaced, _scalar_result
from .value import Value, _turn, apply, constant, topological_order


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

    Raises:
        TypeError: when f does not return a Value, or an argument is not made of numbers.

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


def value_and_grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """The function that gives (f, gradient of f); see `grad`.

    >>> value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """
    positions, one = _positions(argnums)

    def both(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        arguments, as_graphs = _arguments(args, positions)
        root = _scalar_result(f, _call(f, arguments, kwargs))
        (gradients,) = _gradients([root], [arguments[position] for position in positions], as_graphs)
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
    positions, one = _positions(argnums)

    def derivatives(*args: Any, **kwargs: Any) -> Any:
        arguments, as_graphs = _arguments(args, positions)
        result, roots = _call(f, arguments, kwargs), []
        _map(lambda output: roots.append(_output(f, output)), result)
        found = _gradients(roots, [arguments[position] for position in positions], as_graphs)
        tables = [_replaced(result, iter([gradients[i] for gradients in found])) for i in range(len(positions))]
        return tables[0] if one else tuple(tables)

    return derivatives


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


_inside = threading.local()  # how many derivatives are being computed around this call, in this thread


def _positions(argnums: int | Sequence[int]) -> tuple[list[int], bool]:
    """The positions as a list, and whether they were given as one number."""
    one = hasattr(argnums, "__index__")
    positions = [index(argnums)] if one else [index(position) for position in argnums]  # type: ignore[union-attr,arg-type]
    if not positions:
        raise ValueError("argnums is empty: name at least one argument to differentiate by")
    return positions, one


def _arguments(args: Sequence[Any], positions: Sequence[int]) -> tuple[list[Any], bool]:
    """The arguments with fresh Values at these positions; and whether the gradients must be graphs.

    They must where another derivative, or a compilation, is under way around this one, or an argument is a Value. A
    Value is not differentiated by itself, but by a new one that equals it: f may have the Value in another way, too.
    """
    for position in positions:
        if not -len(args) <= position < len(args):
            raise TypeError(f"argnums names argument {position}, but the function was called with {len(args)}")
    as_graphs, arguments = getattr(_inside, "depth", 0) > 0 or current().tracing, list(args)

    def fresh(x: Any) -> Value:
        nonlocal as_graphs
        if not isinstance(x, Value):
            return _leaf(x)
        as_graphs = True
        return apply(ADD, x, constant(0.0))

    with recording(True):
        for position in positions:
            arguments[position] = _map(fresh, args[position])
    return arguments, as_graphs


def _call(f: Callable[..., Any], arguments: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    _inside.depth = getattr(_inside, "depth", 0) + 1
    try:
        with recording(True):  # also inside no_grad(), where every gradient would be 0
            return f(*arguments, **kwargs)
    finally:
        _inside.depth -= 1


def _gradients(roots: Sequence[Value], arguments: Sequence[Any], as_graphs: bool) -> list[list[Any]]:
    """For each root and each argument the gradient, in the argument's shape: numbers, or Values that are graphs."""
    leaves: list[Value] = []
    for argument in arguments:
        _map(leaves.append, argument)
    found: list[list[Any]] = []
    if as_graphs:
        with recording(True):
            found = [gradient_graphs(root, leaves) for root in roots]
    else:
        with _turn:  # no other thread adds to a gradient meanwhile
            before = [(node, node.grad) for node in topological_order(*roots)]
            for root in roots:
                for leaf in leaves:
                    leaf.grad = 0.0
                root.backward()
                found.append([leaf.grad for leaf in leaves])
            for node, gradient in before:
                node.grad = gradient  # what f closes over keeps its own: a derivative has no side effects
    return [_replaced(list(arguments), iter(gradients)) for gradients in found]


def _output(f: Callable[..., Any], output: Any) -> Value:
    """One of the numbers that f returned: a plain one depends on nothing."""
    number = real(output)
    return _scalar_result(f, output) if number is None else Value(number)
