"""The graph below a root as compact arrays, which a page reads back in one go."""

import base64
import sys
from array import array
from collections.abc import Collection, Iterable, Sequence
from typing import Any, TypeAlias

from autograd import Value, topological_order
from autograd.operations import CONSTANT, LEAF, Operation

from ..graph.visible import ModuleCall, module_calls
from .families import Family, find_families, set_alike
from .layers import Attention, find_layers
from .members import all_calls

_Unit: TypeAlias = Value | ModuleCall  # what is right in a module call: operations, and calls
_TYPES = {"B": "Uint8", "H": "Uint16", "I": "Uint32", "d": "Float64"}  # JavaScript's names


class Graph:
    """The nodes below a root, the leaves first, each after its parents; and the module calls that made them.

    Attributes:
        root: the last of its nodes.
        nodes: in topological order; elsewhere a node is its index here.
        numbers: of the leaves, as they were when this graph was looked at.
        operations: the pairs (operation, how many operands) that occur; the first two are a leaf and a constant.
        parameters: the leaves that gradient descent moves, by their indices.
        homes: the module call around each node, those of members of families and of layers, too.
        families: the parts of the graph that are the same again and again.
        attention: the calls that have weights of attention in them.

    Args:
        parameters: the leaves that are parameters; None: all but plain numbers.
        rows: the losses of the rows of a batch, where it is known that the root is their mean.
    """

    def __init__(self, root: Value, parameters: Collection[Value] | None = None, rows: Sequence[Value] = ()) -> None:
        self.root = root
        nodes = topological_order(root)
        chosen = None if parameters is None else set(parameters)
        self.families, homes = find_families(nodes, module_calls(nodes), chosen, rows)
        members = {call for family in self.families for call in family.members}
        self.homes, self.attention = find_layers(nodes, homes, members, chosen)
        ordered = order_of_calls(nodes, self.homes)
        if ordered is None:  # perhaps by layers that use each other's results: such are none
            self.homes, self.attention = homes, []
            ordered = order_of_calls(nodes, homes) or list(nodes)
        self.nodes: list[Value] = ordered
        set_alike(self.families, self.nodes, self.homes)
        self.operations: list[tuple[Operation, int]] = [(LEAF, 0), (CONSTANT, 0)]
        leaves = [node for node in self.nodes if not node.parents]
        if chosen is None:
            self.parameters = [n for n, leaf in enumerate(leaves) if leaf._operation is not CONSTANT]
        else:
            self.parameters = [n for n, leaf in enumerate(leaves) if leaf in chosen]
        self.leaves = leaves
        self.numbers = [leaf.data for leaf in leaves]
        self.chosen = parameters is not None

    @property
    def inputs(self) -> list[Value]:
        """The leaves that are neither parameters nor plain numbers."""
        learned = {self.leaves[n] for n in self.parameters}
        return [leaf for leaf in self.leaves if leaf._operation is not CONSTANT and leaf not in learned]

    @property
    def size(self) -> str:
        """How many nodes, in words."""
        return f"{len(self.nodes):,} node{'s' * (len(self.nodes) > 1)}"

    def packed(self) -> dict[str, Any]:
        """All of it in JSON's types; arrays of numbers as base64. Adds to `operations` what occurs."""
        indices = {node: n for n, node in enumerate(self.nodes)}
        kinds = {(name, count): kind for kind, ((name, *_), count) in enumerate(self.operations)}
        operation, operands, labels = [], [], {"": 0}
        for node in self.nodes:
            rule, parents = _kind(node), node.parents
            key = (rule.name, len(parents))
            if key not in kinds:
                kinds[key] = len(kinds)
                self.operations.append((rule, len(parents)))
            operation.append(kinds[key])
            operands += [indices[parent] for parent in parents]
        label = [labels.setdefault(node.label, len(labels)) for node in self.nodes]
        calls, home = self._calls()
        return {
            "operation": pack(operation),
            "operands": pack(operands),
            "leaves": pack(self.numbers, "d"),
            "labels": list(labels),
            "label": pack(label),
            "calls": [call.name for call in calls],
            "outer": pack([calls[call.outer] + 1 if call.outer else 0 for call in calls]),
            "home": pack(home),
            "parameters": pack(self.parameters),
            "chosen": self.chosen,  # or all that can learn
            "families": [_packed_family(family, calls) for family in self.families],
            "attention": [_packed_attention(each, calls, indices) for each in self.attention],
        }

    def _calls(self) -> tuple[dict[ModuleCall, int], list[int]]:
        """The module calls with their indices, each after the one around it; and of every node its call's + 1, or 0."""
        calls = {call: index for index, call in enumerate(all_calls(self.homes.values()))}
        return calls, [calls[call] + 1 if (call := self.homes[node]) else 0 for node in self.nodes]


def order_of_calls(nodes: Sequence[Value], homes: dict[Value, ModuleCall | None]) -> list[Value] | None:
    """The nodes with the operations of each module call one after the other; None where that cannot be.

    The usual order goes deep first: it begins the last layer as soon as one neuron before it is done. This one computes
    layer after layer, neuron after neuron, as one would read it; and backward the other way round.

    Args:
        nodes: in topological order.
        homes: the module call around each.

    >>> from nn import MLP
    >>> nodes = topological_order(MLP(1, [2, 1], "tanh")([0.5]))
    >>> homes = module_calls(nodes)
    >>> [f"{homes[n].outer.name[-1]}.{homes[n].name[-1]} {n.op}" for n in order_of_calls(nodes, homes) if n.parents]
    ['1.1 *', '1.1 +', '1.1 tanh', '1.2 *', '1.2 +', '1.2 tanh', '2.1 *', '2.1 +', '2.1 *', '2.1 +']
    """
    leaves, inner = [node for node in nodes if not node.parents], [node for node in nodes if node.parents]
    inside: dict[ModuleCall | None, dict[_Unit, None]] = {None: {}}  # what is right in each call, as an ordered set
    for node in inner:
        unit: _Unit = node
        call = homes[node]
        while True:
            known = call in inside
            inside.setdefault(call, {})[unit] = None
            if call is None or known:
                break
            unit, call = call, call.outer
    nested = {call for call, units in inside.items() if any(isinstance(unit, ModuleCall) for unit in units)}
    needs: dict[_Unit, dict[_Unit, None]] = {}
    for node in inner:
        for parent in node.parents:
            if parent.parents and not (homes[parent] is homes[node] and homes[node] not in nested):
                before, after = _beside_each_other(parent, node, homes)
                if before is not after:
                    needs.setdefault(after, {})[before] = None
    for call in nested:
        ordered = _sorted(inside[call], needs)
        if ordered is None:  # two calls that use each other's results
            return None
        inside[call] = dict.fromkeys(ordered)
    result, stack = leaves, list(reversed(inside[None]))
    while stack:
        unit = stack.pop()
        if isinstance(unit, ModuleCall):
            stack.extend(reversed(inside[unit]))
        else:
            result.append(unit)
    return result


def _beside_each_other(a: "_Unit", b: "_Unit", homes: dict[Value, ModuleCall | None]) -> tuple["_Unit", "_Unit"]:
    """Two nodes, or the calls around them, that stand in the same call."""
    around_a, around_b = homes[a], homes[b]  # type: ignore[index]
    while around_a is not around_b:
        if around_b is None or (around_a is not None and around_a.depth >= around_b.depth):
            a, around_a = around_a, around_a.outer  # type: ignore[assignment, union-attr]
        else:
            b, around_b = around_b, around_b.outer
    return a, b


def _sorted(units: Iterable["_Unit"], needs: dict["_Unit", dict["_Unit", None]]) -> list["_Unit"] | None:
    """The units, each after those that it needs; None where that cannot be."""
    entered: set[_Unit] = set()
    done: dict[_Unit, None] = {}
    stack = list(reversed(list(units)))
    while stack:
        unit = stack[-1]
        if unit in done:
            stack.pop()
        elif unit in entered:
            if any(need not in done for need in needs.get(unit, ())):
                return None
            done[unit] = None
            stack.pop()
        else:
            entered.add(unit)
            waiting = [need for need in needs.get(unit, ()) if need not in done]
            if any(need in entered for need in waiting):
                return None
            stack.extend(reversed(waiting))
    return list(done)


def _packed_family(family: Family, calls: dict[ModuleCall, int]) -> dict[str, Any]:
    members = [calls[call] for call in family.members]
    packed = {"kind": family.kind, "name": family.name, "members": pack(members), "alike": family.alike}
    return packed | {"weight": family.weight} if family.kind == "rows" else packed


def _packed_attention(attention: Attention, calls: dict[ModuleCall, int], indices: dict[Value, int]) -> dict[str, Any]:
    """Its weights row by row, one softmax each: node + 1, and 0 where others look at more."""
    columns = max(map(len, attention.weights))
    cells = [indices[row[k]] + 1 if k < len(row) else 0 for row in attention.weights for k in range(columns)]
    return {
        "call": calls[attention.call],
        "weights": pack(cells),
        "rows": len(attention.weights),
        "columns": columns,
    }


def _kind(node: Value) -> Operation:
    """Its operation; of a leaf one of two: a plain number in the expression, or any other."""
    return node._operation if node.parents or node._operation is CONSTANT else LEAF


def pack(numbers: Sequence[float], code: str | None = None) -> dict[str, str]:
    """An array for the page: JavaScript's name of its type, and its bytes, little-endian, as base64.

    Args:
        numbers: whole numbers from 0, each less than 2³².
        code: "d" for any numbers.

    >>> pack([1, 2, 3])
    {'type': 'Uint8', 'data': 'AQID'}
    """
    largest = max(numbers, default=0)
    packed = array(code or ("B" if largest < 2**8 else "H" if largest < 2**16 else "I"), numbers)
    if sys.byteorder == "big":
        packed.byteswap()
    return {"type": _TYPES[packed.typecode], "data": base64.b64encode(packed).decode()}
