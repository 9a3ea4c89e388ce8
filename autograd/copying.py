"""`copy.deepcopy` and `pickle` for graphs of any depth, with sharing kept: what was one node before is one node after.

Both are told by Python to walk recursively, and would overflow the stack on a deep graph. So they are handed the nodes
in topological order: whatever a node refers to has been copied before it.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakValueDictionary

from .keeping import turn
from .nodes import set_computed
from .operations import CONSTANT, LEAF, OPERATIONS, UNRECORDED, Operation
from .protocols import _gradient, _look, _partials
from .value import Value, _number
from .walks import sorted_graph, topological_order


def copy(node: Value) -> Value:
    """One node more, with the same parents."""
    _look("copying a Value", node, "a copy", also_in_no_grad=True)
    return _restored(*_fields(node))


def deepcopy(root: Value, memo: Any) -> Value:
    """The copy of a graph, for `copy.deepcopy`, whose `memo` maps the id of an object to its copy."""
    _look("copying a Value", root, "a copy", also_in_no_grad=True)
    leaves, inner = sorted_graph((root,), memo)
    for node in leaves + inner:
        operation, data, grad, label, scope, parents, partials = _fields(node)
        copies = tuple([memo[id(parent)] for parent in parents])
        memo[id(node)] = _restored(operation, data, grad, label, scope, copies, partials)
    return memo[id(root)]


class _Pickled:
    """Stands for one node while a pickle is written; read back, it is the Value itself.

    pickle recognises an object that it meets again by its identity. So there is at most one _Pickled for a node at a
    time, however many roots lead to it; it lives as long as the pickler remembers it.
    """

    __slots__ = ("__weakref__", "node", "parents")

    def __init__(self, node: Value) -> None:
        self.node = node  # keeps the node, and with it its id, alive
        self.parents = tuple([_alive[id(parent)] for parent in node.parents])
        _alive[id(node)] = self

    def __reduce__(self) -> tuple:
        operation, data, grad, label, scope, _, partials = _fields(self.node)
        return _unpickled, (operation.name, data, grad, label, scope, self.parents, partials)


_alive: WeakValueDictionary[int, _Pickled] = WeakValueDictionary()


def reduce(root: Value) -> tuple:
    """What pickle writes for a Value: all nodes below it, in topological order.

    Every root is written with the list of all nodes below it (the nodes themselves once): pickle the last node of a
    chain rather than a list of all of them.
    """
    _look("copying a Value", root, "a copy", also_in_no_grad=True)
    with turn:  # two threads must not make two _Pickled of one node
        return _last, tuple([_alive.get(id(node)) or _Pickled(node) for node in topological_order(root)])


def _last(*nodes: Value) -> Value:
    return nodes[-1]


def _unpickled(name: str, *fields: Any) -> Value:
    return _restored(_operation(name), *fields)


def _operation(name: str) -> Operation:
    for operation in (LEAF, CONSTANT, UNRECORDED):
        if name == operation.name:
            return operation
    if name not in OPERATIONS:
        raise ValueError(f"the pickle holds a node of the operation {name!r}, which this version does not have")
    return OPERATIONS[name]


def _fields(node: Value) -> tuple:
    """What makes a copy of the node."""
    return node._operation, _number(node), _gradient(node), node.label, node._scope, node.parents, _partials(node)


def _restored(
    operation: Operation, data: float, grad: float, label: str, scope: tuple | None, parents: tuple, partials: tuple
) -> Value:
    """A Value with all its fields given: a copy."""
    node = Value(data, label)
    node._grad, node._operation, node._scope = grad, operation, scope
    if len(parents) > 2:
        node._b = (parents, None)
    elif parents:
        node._a = parents[0]
        node._b = parents[1] if len(parents) == 2 else None
    if parents:
        set_computed(node, data, partials)
    return node


Value.__copy__, Value.__deepcopy__, Value.__reduce__ = copy, deepcopy, reduce  # type: ignore[assignment,method-assign]
