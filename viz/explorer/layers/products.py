"""Sums of products: w·x + b of a neuron, q·k of a score, a mean of values by weights; however they are written."""

from collections.abc import Iterator
from typing import NamedTuple

from autograd import Value
from autograd.operations import ADD, CONSTANT, MUL, OPERATIONS, TOTAL

from ..parts import is_variable
from .region import Region, is_zero

DOT = OPERATIONS["dot"]
_WITH_LEAVES, _BIAS, _OF_OPERATIONS = 1, 2, 4  # what a sum has: products with a leaf, one leaf, products without any
_SUMS = frozenset((_WITH_LEAVES, _WITH_LEAVES | _BIAS, _OF_OPERATIONS))
_NONE = 8


class Terms(NamedTuple):
    """What a sum is the sum of.

    Attributes:
        nodes: its operations, itself too.
        products: of each the two factors.
        bias: a leaf, or None.
    """

    nodes: list[Value]
    products: list[tuple[Value, Value]]
    bias: Value | None


class Sums:
    """The sums of products in a region: no larger one contains them, and nothing else takes what is in them.

    Either each product has a leaf as a factor (and there may be one more leaf, the bias), or none has.

    >>> from collections import Counter
    >>> w, x = [Value(1.0), Value(2.0)], [Value(3.0).sin(), Value(4.0).sin()]
    >>> products = [w[0] * x[0], w[1] * x[1]]
    >>> y = products[0] + products[1]
    >>> sums = Sums(Region([*x, *products, y], Counter(map(id, [*w, *x, *products]))))
    >>> list(sums.with_leaves()) == [y], sums.terms(y).products == list(zip(w, x))
    (True, True)
    """

    def __init__(self, region: Region) -> None:
        self._region = region
        self._kinds: dict[int, int] = {}  # by id: to look up Values takes several times as long
        self._absorbed: set[int] = set()
        kinds, absorbed, uses = self._kinds, self._absorbed, region.uses
        for node in region.nodes:
            operation = node._operation
            if operation is MUL:
                kind = _kind_of_product(*node.parents)
            elif operation is ADD:
                a, b = node.parents
                kind_a, kind_b = kinds.get(id(a)), kinds.get(id(b))
                if kind_a is None or uses[id(a)] > 1:
                    kind_a = _kind_of_leaf(a)
                if kind_b is None or uses[id(b)] > 1:
                    kind_b = _kind_of_leaf(b)
                kind = _NONE if kind_a & kind_b & _BIAS else kind_a | kind_b
                if kind in _SUMS:
                    absorbed.add(id(a))
                    absorbed.add(id(b))
            elif operation is TOTAL:
                kind = self._kind_of_total(node)
            elif operation is DOT:
                kind = 0
                half = len(node.parents) // 2
                for a, b in zip(node.parents[:half], node.parents[half:], strict=True):
                    kind |= _kind_of_product(a, b)
            else:
                continue
            if kind in _SUMS:
                kinds[id(node)] = kind

    def _kind_of_total(self, node: Value) -> int:
        kind = 0
        for parent in node.parents:
            known = self._kinds.get(id(parent)) if self._region.times(parent) == 1 else None
            each = _kind_of_leaf(parent) if known is None else known
            kind = _NONE if kind & each & _BIAS else kind | each
        if kind in _SUMS:
            self._absorbed.update(map(id, node.parents))
        return kind

    def with_leaves(self) -> Iterator[Value]:
        """The sums in which each product has a leaf: those that may be neurons; no single products."""
        for node in self._ends():
            if self._kinds[id(node)] & _WITH_LEAVES and node._operation is not MUL:
                yield node

    def of_operations(self) -> Iterator[Value]:
        """Those in which none has; single products too."""
        for node in self._ends():
            if self._kinds[id(node)] == _OF_OPERATIONS:
                yield node

    def _ends(self) -> Iterator[Value]:
        ends = self._kinds.keys() - self._absorbed
        return (node for node in self._region.nodes if id(node) in ends)

    def is_of_operations(self, node: Value) -> bool:
        return self._kinds.get(id(node)) == _OF_OPERATIONS and id(node) not in self._absorbed

    def is_absorbed(self, node: Value) -> bool:
        """Whether it is a part of a larger sum."""
        return id(node) in self._absorbed

    def terms(self, end: Value) -> Terms:
        nodes: list[Value] = []
        products: list[tuple[Value, Value]] = []
        bias = None
        stack = [end]
        while stack:
            node = stack.pop()
            parents = node.parents
            if not parents:
                bias = bias if is_zero(node) else node
                continue
            nodes.append(node)
            if node._operation is MUL:
                products.append(parents)  # type: ignore[arg-type]
            elif node._operation is DOT:
                half = len(parents) // 2
                products += zip(parents[:half], parents[half:], strict=True)
            else:
                stack += reversed(parents)
        return Terms(nodes, products, bias)


def _kind_of_leaf(node: Value) -> int:
    if node.parents:
        return _NONE
    if node._operation is not CONSTANT:
        return _BIAS
    return 0 if node.data == 0.0 else _NONE


def _kind_of_product(a: Value, b: Value) -> int:
    if a.parents and b.parents:
        return _OF_OPERATIONS
    return _WITH_LEAVES if is_variable(a) or is_variable(b) else _NONE
