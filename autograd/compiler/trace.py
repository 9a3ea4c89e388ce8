"""Pass 1: run the function once on placeholders, and write the graph below its outputs as a flat tape."""

import pickle
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from inspect import unwrap
from math import nan, prod
from reprlib import repr as shorten
from sys import getrefcount
from typing import Any, NamedTuple, NoReturn

import numpy as np

from .. import ieee
from ..operations import MUL, POW, Operation, marker
from ..recording import recording
from ..tracing import TraceError, source_line, tracing, untraceable
from ..value import CONSTANT, INPUT, LEAF, Value, _real, _sorted_graph, constant, placeholder

# The operands of the leaves on a tape. INPUT: (argument, position in its row)
PARAMETER = marker("parameter")  # operands: (number of the parameter,)
# CONSTANT: (number of the constant,)
LEAVES = (INPUT, PARAMETER, CONSTANT)


class Result(NamedTuple):
    """What f returned for one row: the shapes of its parts, and whether they were a tuple."""

    shapes: list[tuple[int, ...]]
    several: bool


@dataclass
class Tape:
    """A graph of scalars as lists. Node n is `operations[n]` of the nodes `operands[n]`, all of them before n."""

    operations: list[Operation] = field(default_factory=list)
    operands: list[Sequence[int]] = field(default_factory=list)
    scopes: list[tuple | None] = field(default_factory=list)  # the module call that made the node
    constants: list[float] = field(default_factory=list)
    parameters: list[Value] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    differentiable: bool = False  # is the first of several outputs one number, which backward() differentiates?
    scalars: int = 0  # nodes in the graph as the function made it

    def add(self, operation: Operation, operands: Sequence[int], scope: tuple | None = None) -> int:
        """A new node; its number."""
        self.operations.append(operation)
        self.operands.append(operands)
        self.scopes.append(scope)
        return len(self.operations) - 1

    def add_constant(self, number: float) -> int:
        self.constants.append(number)
        return self.add(CONSTANT, (len(self.constants) - 1,))

    def digest(self) -> int:
        """Two traces that give the same are the same program of the same Values."""
        operations = tuple([operation.name for operation in self.operations])
        constants, parameters = tuple(map(str, self.constants)), tuple(map(id, self.parameters))
        return hash((operations, tuple(self.operands), constants, parameters, tuple(self.outputs)))

    def __str__(self) -> str:
        lines = []
        for n, (operation, operands) in enumerate(zip(self.operations, self.operands, strict=True)):
            if operation is CONSTANT:
                lines.append(f"{n} = {self.constants[operands[0]]:g}")
            elif operation.name == "sum":  # of the next pass
                lines.append(f"{n} = {operands}")
            else:
                lines.append(f"{n} = {operation.name}({', '.join(map(str, operands))})")
        return "\n".join([*lines, f"return {', '.join(map(str, self.outputs))}"])


def trace(f: Callable[..., Any], shapes: Sequence[tuple[int, ...]]) -> tuple[Tape, Result]:
    """The tape of f on rows of these shapes, and the shape of what f returned.

    Args:
        f: a function of one row: it gets a Value for the shape (), a list for (n,), a list of lists for (n, m).
        shapes: of the arguments.

    Raises:
        TraceError: when f looks at a number, or returns something else than Values.

    >>> tape, _ = trace(lambda x: x * x + 2.0, [()])
    >>> print(tape)
    0 = input(0, 0)
    1 = 2
    2 = mul(0, 0)
    3 = add(2, 1)
    return 3
    """
    placeholders: dict[Value, tuple[int, int]] = {}
    arguments = [_placeholders(placeholders, number, shape) for number, shape in enumerate(shapes)]
    root = (None, *["trace"])  # the outermost scope of every node that this trace makes: a new object, no literal
    outputs: list[Value] = []
    random_before = _random_state()
    with tracing(root), recording(True):
        try:
            result = f(*arguments)
        except Exception as error:
            if not isinstance(error, TraceError):
                error.add_note(_called_with(shapes))
            raise
        if _random_state() != random_before:
            _refuse(f, "f draws random numbers, which would be the same in every call: give them to f as an argument")
        several = isinstance(result, tuple)
        result_shapes = [_shape(f, part, outputs) for part in (result if several else (result,))]
    if not outputs:
        _refuse(f, "f returned an empty tuple")
    tape = _tape(f, outputs, placeholders, root)
    tape.differentiable = not result_shapes[0]
    return tape, Result(result_shapes, several)


def _called_with(shapes: Sequence[tuple[int, ...]]) -> str:
    """What f got, as a note to its own errors."""
    lists = [" lists of ".join(map(str, shape)) for shape in shapes]
    kinds = [f"a list of {each} Values" if each else "a Value" for each in lists]
    arrays = [f"(rows{''.join(f', {length}' for length in shape)})" for shape in shapes]
    pairs = ", ".join(f"{kind} for an array {array}" for kind, array in zip(kinds, arrays, strict=True))
    return f"compile() called the function on one row: {pairs or 'no arguments'}"


def _random_state() -> bytes:
    """Of the generators that everybody shares, Python's and NumPy's. One of f's own is not seen."""
    return pickle.dumps((random.getstate(), np.random.get_state(legacy=False)))


def _placeholders(placeholders: dict[Value, tuple[int, int]], argument: int, shape: tuple[int, ...]) -> Any:
    """A Value, a list, a list of lists: what f gets for one row of an argument."""
    count = iter(range(prod(shape)))

    def nest(shape: tuple[int, ...]) -> Any:
        if shape:
            return [nest(shape[1:]) for _ in range(shape[0])]
        value = placeholder()
        placeholders[value] = (argument, next(count))
        return value

    return nest(shape)


def _shape(f: Callable[..., Any], result: Any, outputs: list[Value]) -> tuple[int, ...]:
    """The shape of what f returned; its Values are added to the outputs."""
    if isinstance(result, Value):
        outputs.append(result)
        return ()
    if isinstance(result, list) or getattr(result, "shape", ()) != ():
        before = len(outputs)
        shapes = {_shape(f, x if (number := _real(x)) is None else constant(number), outputs) for x in result}
        if len(shapes) != 1:
            _refuse(f, f"f returned a list that is {'ragged' if len(outputs) > before else 'empty'}: {shorten(result)}")
        return (len(result), *shapes.pop())
    _refuse(
        f,
        f"f returned {shorten(result)} of type {type(result).__name__}; a compiled function returns a Value, a list of "
        "Values, or a tuple of these",
    )


def _refuse(f: Callable[..., Any], what: str) -> NoReturn:
    """Raise the TraceError for something that is known only when f has returned; it names the line where f begins."""
    function: Any = unwrap(f)
    while isinstance(function, partial):
        function = unwrap(function.func)
    code = getattr(function, "__code__", None) or getattr(getattr(function, "forward", None), "__code__", None)
    raise TraceError(what + (source_line(code.co_filename, code.co_firstlineno) if code else ""))


def _tape(f: Callable[..., Any], outputs: list[Value], placeholders: dict[Value, tuple[int, int]], root: tuple) -> Tape:
    """The graph below the outputs; constants are folded, equal nodes merged."""
    leaves, inner = _sorted_graph(tuple(outputs))
    made_here = _Scopes(root)
    tape = Tape(scalars=len(leaves) + len(inner))
    index: dict[Value, int] = {}  # the number that each node got on the tape
    known: dict[tuple, int] = {}  # (operation, operands) or a number → its node: equal ones are merged
    numbers: dict[int, float] = {}  # the nodes that are constants

    def constant_node(number: float) -> int:
        key = (number, str(number))  # 0.0 and -0.0 are equal, but not the same; nan is not equal to itself
        if key not in known:
            known[key] = tape.add_constant(number)
            numbers[known[key]] = number
        return known[key]

    own = {leaf for leaf in leaves if leaf._operation is LEAF and made_here(leaf._scope)}
    uses = Counter(parent for node in inner for parent in node.parents if parent in own) if own else {}
    for leaf in leaves:
        if leaf in placeholders:
            index[leaf] = tape.add(INPUT, placeholders[leaf])
        elif leaf._operation is CONSTANT or (leaf in uses and getrefcount(leaf) <= uses[leaf] + _OWN_REFERENCES):
            index[leaf] = constant_node(leaf.data)
        elif leaf._operation is INPUT:
            _refuse(f, "f uses a number that was kept from another trace of a function; compute it anew")
        else:  # also one that f has made and kept, as a model that makes its weights when it sees the first row
            index[leaf] = tape.add(PARAMETER, (len(tape.parameters),))
            tape.parameters.append(leaf)

    for node in inner:
        if not made_here(node._scope):
            _refuse(
                f,
                f"f uses {node!r}, which was computed outside of it (by {node.op!r}): compute it inside, so that it is "
                "computed again when its parents change",
            )
        operation, operands = node._operation, tuple([index[parent] for parent in node.parents])
        if operands[0] in numbers and all(n in numbers for n in operands):
            index[node] = constant_node(operation.value(ieee, *[numbers[n] for n in operands]))
            continue
        if operation is POW and numbers.get(operands[1]) == 2.0:
            operation, operands = MUL, (operands[0], operands[0])  # a product, which a sum can take up
        key = (operation.name, operands)
        number = known.get(key)
        if number is None:
            known[key] = number = tape.add(operation, operands, node._scope)
        index[node] = number
    tape.outputs = [index[output] for output in outputs]
    return tape


_OWN_REFERENCES = 5  # to a leaf beside those of its users: our list, set, Counter and variable, and the argument


class _Scopes:
    """Tells whether a scope lies inside the one of this trace."""

    def __init__(self, root: tuple) -> None:
        self.inside: dict[int, bool] = {id(root): True, id(None): False}

    def __call__(self, scope: tuple | None) -> bool:
        outer = []
        while id(scope) not in self.inside:
            outer.append(scope)
            scope = scope[0]  # type: ignore[index]
        inside = self.inside[id(scope)]
        self.inside.update((id(each), inside) for each in outer)
        return inside
