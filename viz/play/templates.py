"""What nn's neurons, activations and losses are in scalars: traced once, for the page to build networks of."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from autograd import Value
from autograd.compiler.tape import Tape
from autograd.compiler.trace import trace
from autograd.operations import CONSTANT, INPUT, LEAF, Operation
from nn import Neuron
from nn.activations import ACTIVATIONS, Activation
from nn.losses import LOSSES, Loss

from .loops import loops_in_javascript
from .names import names


class Templates(NamedTuple):
    """Small graphs, and the operations in them.

    Attributes:
        operations: the pairs (operation, how many operands), as `rules_in_javascript` takes them; the first two are a
            leaf and a constant. A node of a graph names its own by the place here.
        graphs: in JSON's types, see `templates`.
    """

    operations: list[tuple[Operation, int]]
    graphs: dict[str, Any]

    def in_javascript(self) -> str:
        """The JavaScript that defines TEMPLATES: the graphs, and the `loops` of the operations."""
        graphs = json.dumps(self.graphs, separators=(",", ":"))
        return f"const TEMPLATES = {{ ...{graphs}, loops: {loops_in_javascript(self.operations)} }};"


def templates(sizes: Iterable[int]) -> Templates:
    """The graphs of a neuron's sum, and of every activation and every loss for layers of these sizes.

    A graph has the fields

        inputs      how many nodes are given: the first ones
        constants   the plain numbers, one for each time that one is used: the next nodes
        operations  [place in `Templates.operations`, operand, …], each after its operands
        results     nodes

    What a sum is given is the sum so far, a weight, and what that is the weight of; a loss the outputs, then the
    targets. An activation and a loss have `graphs` by the size of their layer, 1 where it works on each neuron alone,
    and beside them what nn's record knows (see `names`); a loss has the `scope` that its nodes are in.

    >>> made = templates([1])
    >>> made.graphs["sum"]
    {'inputs': 3, 'constants': [], 'operations': [[2, 1, 2], [3, 0, 3]], 'results': [4]}
    >>> [operation.name for operation, _ in made.operations[:4]]
    ['leaf', 'constant', 'mul', 'add']
    """
    writer, sizes, known = _Writer(), sorted(set(sizes)), names()
    graphs: dict[str, Any] = {"sum": writer.graph(_summed, [(), (), ()]), "activations": {}, "losses": {}}
    for name, activation in ACTIVATIONS.records.items():
        of_sizes = _of_activation(writer, activation, sizes)
        graphs["activations"][name] = known["activations"][name] | {"graphs": of_sizes}
    for name, loss in LOSSES.records.items():
        of_sizes = _of_loss(writer, loss, sizes)
        graphs["losses"][name] = known["losses"][name] | {"scope": loss.function.__name__, "graphs": of_sizes}
    return Templates(writer.operations, graphs)


def _summed(before: Value, w: Value, x: Value) -> Value:
    """What a neuron adds to its sum for one input: that of a neuron of one input, to the bias."""
    neuron = Neuron(1)
    neuron.b, neuron.w = before, [w]
    return neuron([x])


def _of_activation(writer: "_Writer", activation: Activation, sizes: Sequence[int]) -> dict[int, Any]:
    if not activation.of_layer:
        return {1: writer.graph(activation.function, [()])}
    return {size: writer.graph(activation.function, [(size,)]) for size in sizes if size > 1}


def _of_loss(writer: "_Writer", loss: Loss, sizes: Sequence[int]) -> dict[int, Any]:
    of_classes, graphs = loss.targets == "class", {}
    for size in sizes:
        if size > 1 or not of_classes:  # of one class there is nothing to learn
            shape = () if size == 1 else (size,)
            graphs[size] = writer.graph(loss.function, [shape, () if of_classes else shape])
    return graphs


class _Writer:
    """Writes tapes as graphs, and enters their operations."""

    def __init__(self) -> None:
        self.operations: list[tuple[Operation, int]] = [(LEAF, 0), (CONSTANT, 0)]

    def graph(self, function: Callable[..., Any], shapes: Sequence[tuple[int, ...]]) -> dict[str, Any]:
        """The graph of a function of arguments of these shapes."""
        tape, _ = trace(function, shapes)
        sizes = [shape[0] if shape else 1 for shape in shapes]
        given = [(argument, place) for argument, size in enumerate(sizes) for place in range(size)]
        return _Reader(tape, given, self._place).graph

    def _place(self, operation: Operation, operands: int) -> int:
        if (operation, operands) not in self.operations:
            self.operations.append((operation, operands))
        return self.operations.index((operation, operands))


class _Reader:
    """Reads a tape from its outputs up: the operations come in the order of `autograd.topological_order`."""

    def __init__(self, tape: Tape, given: Sequence[tuple[int, int]], place: Callable[[Operation, int], int]) -> None:
        self._tape, self._given = tape, given
        self._order: list[int] = []
        for output in tape.outputs:
            self._go_up(output)
        constants = [operand for node in self._order for operand in tape.operands(node) if self._is(operand, CONSTANT)]
        numbers = {node: len(given) + len(constants) + k for k, node in enumerate(self._order)}
        used, operations = 0, []
        for node in self._order:
            operands = []
            for operand in tape.operands(node):
                if self._is(operand, CONSTANT):
                    operands.append(len(given) + used)
                    used += 1
                else:
                    operands.append(self._number(operand, numbers))
            operations.append([place(tape.operation(node), len(operands)), *operands])
        self.graph = {
            "inputs": len(given),
            "constants": [tape.constants[tape.operands(node)[0]] for node in constants],
            "operations": operations,
            "results": [self._number(output, numbers) for output in tape.outputs],
        }

    def _is(self, node: int, operation: Operation) -> bool:
        return self._tape.operation(node) is operation

    def _go_up(self, node: int) -> None:
        if self._is(node, INPUT) or self._is(node, CONSTANT) or node in self._order:
            return
        for operand in self._tape.operands(node):
            self._go_up(operand)
        self._order.append(node)

    def _number(self, node: int, numbers: dict[int, int]) -> int:
        """Of a node that is no constant, in the graph."""
        if self._is(node, INPUT):
            return self._given.index(tuple(self._tape.operands(node)))
        return numbers[node]
