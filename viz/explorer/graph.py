"""The graph below a root as compact arrays, which a page reads back in one go."""

import base64
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from autograd import Value, topological_order
from autograd.operations import Operation
from autograd.value import CONSTANT, LEAF

from ..visible import ModuleCall, module_calls


class Graph:
    """The nodes below a root, the leaves first, each after its parents; and the module calls that made them.

    Attributes:
        nodes: in topological order; the number of a node is its place here.
        operations: the pairs (operation, number of operands) that occur; the first two are a leaf and a constant.
        parameters: the leaves that gradient descent moves, by number.
    """

    def __init__(self, root: Value, parameters: Collection[Value] | None = None) -> None:
        self.nodes: list[Value] = topological_order(root)
        self.operations: list[tuple[Operation, int]] = [(LEAF, 0), (CONSTANT, 0)]
        leaves = [node for node in self.nodes if not node.parents]
        if parameters is None:
            self.parameters = [n for n, leaf in enumerate(leaves) if leaf._operation is not CONSTANT]
        else:
            chosen = set(parameters)
            self.parameters = [n for n, leaf in enumerate(leaves) if leaf in chosen]
        self.leaves = leaves

    @property
    def inputs(self) -> list[Value]:
        """The leaves that are neither parameters nor plain numbers."""
        learned = {self.leaves[n] for n in self.parameters}
        return [leaf for leaf in self.leaves if leaf._operation is not CONSTANT and leaf not in learned]

    def packed(self) -> dict[str, Any]:
        """All of it in JSON's types; arrays of numbers as base64. Adds to `operations` what occurs."""
        numbers = {node: n for n, node in enumerate(self.nodes)}
        kinds = {(name, count): kind for kind, ((name, *_), count) in enumerate(self.operations)}
        operation, operands, labels = [], [], {"": 0}
        for node in self.nodes:
            rule, parents = _kind(node), node.parents
            key = (rule.name, len(parents))
            if key not in kinds:
                kinds[key] = len(kinds)
                self.operations.append((rule, len(parents)))
            operation.append(kinds[key])
            operands += [numbers[parent] for parent in parents]
        label = [labels.setdefault(node.label, len(labels)) for node in self.nodes]
        calls, home = self._calls()
        return {
            "operation": pack(operation),
            "operands": pack(operands),
            "leaves": pack([leaf.data for leaf in self.leaves], "f8"),
            "labels": list(labels),
            "label": pack(label),
            "calls": [call.name for call in calls],
            "outer": pack([calls[call.outer] + 1 if call.outer else 0 for call in calls]),
            "home": pack(home),
            "parameters": pack(self.parameters),
        }

    def _calls(self) -> tuple[dict[ModuleCall, int], list[int]]:
        """The module calls by number, each after the one around it; and of every node its call's number + 1, or 0."""
        homes = module_calls(self.nodes)
        calls: dict[ModuleCall, int] = {}
        for home in homes.values():
            path, call = [], home
            while call is not None and call not in calls:
                path.append(call)
                call = call.outer
            for each in reversed(path):
                calls[each] = len(calls)
        return calls, [calls[call] + 1 if (call := homes[node]) else 0 for node in self.nodes]


def _kind(node: Value) -> Operation:
    """Its operation; of a leaf one of two: a plain number in the expression, or any other."""
    return node._operation if node.parents or node._operation is CONSTANT else LEAF


def pack(numbers: Sequence[float], dtype: str | None = None) -> dict[str, str]:
    """An array for the page: JavaScript's name of its type, and its bytes, little-endian, as base64.

    >>> pack([1, 2, 3])
    {'type': 'Uint8', 'data': 'AQID'}
    """
    array = np.asarray(numbers, dtype or np.min_scalar_type(max(numbers, default=0)))
    kind = {"u1": "Uint8", "u2": "Uint16", "u4": "Uint32", "f8": "Float64"}[array.dtype.str[1:]]
    return {"type": kind, "data": base64.b64encode(array.astype(array.dtype.newbyteorder("<")).tobytes()).decode()}
