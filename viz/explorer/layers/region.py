"""A region: the operations right in one call, or in none; and a block: those of them that are a layer, with a name."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from autograd import Value
from autograd.operations import CONSTANT


@dataclass(eq=False, slots=True)
class Block:
    """Operations that are a part of a network, and get a call of this name.

    Attributes:
        nodes: those right in it.
        inner: the blocks in it.
        weights: where it is attention, those of each softmax in it, in its order.
    """

    name: str
    nodes: list[Value]
    inner: list["Block"] = field(default_factory=list)
    weights: list[list[Value]] = field(default_factory=list)

    def all_nodes(self) -> Iterator[Value]:
        """Those in it, however deep."""
        yield from self.nodes
        for block in self.inner:
            yield from block.all_nodes()


class Region:
    """Operations of a graph that stand beside each other.

    Attributes:
        nodes: the operations, each after its parents.
        uses: how often the whole graph takes each node, by its id: to look up Values takes several times as long.
        chosen: the leaves that are parameters; None where nobody has said.
    """

    def __init__(self, nodes: Sequence[Value], uses: Counter[int], chosen: Collection[Value] | None = None) -> None:
        self.nodes = nodes
        self.uses = uses
        self.chosen = chosen
        self._inside = set(map(id, nodes))
        self._claimed: set[int] = set()
        self._by_operation: dict[str, list[Value]] = {}
        for node in nodes:
            self._by_operation.setdefault(node._operation.name, []).append(node)

    def of(self, *names: str) -> Iterator[Value]:
        """Those of operations of these names, one name after the other."""
        return chain.from_iterable(self._by_operation.get(name, ()) for name in names)

    def times(self, node: Value) -> int:
        """How often the whole graph takes a node."""
        return self.uses[id(node)]

    def is_inside(self, node: Value) -> bool:
        return id(node) in self._inside

    def claim(self, nodes: Iterable[Value]) -> None:
        """Say that these belong to a block."""
        self._claimed.update(map(id, nodes))

    def is_claimed(self, node: Value) -> bool:
        return id(node) in self._claimed

    def are_free(self, nodes: Iterable[Value]) -> bool:
        """Whether none of these belongs to a block."""
        return self._claimed.isdisjoint(map(id, nodes))

    def are_private(self, nodes: set[Value], outputs: Collection[Value]) -> bool:
        """Whether nothing else takes any of these, but for outputs."""
        taken = Counter(parent for node in nodes for parent in node.parents)
        return all(taken[node] == self.times(node) or node in outputs for node in nodes)

    def is_convex(self, nodes: set[Value]) -> bool:
        """Whether no way from one of these to another goes through what is none of them."""
        places = [n for n, node in enumerate(self.nodes) if node in nodes]
        after: set[Value] = set()
        for node in self.nodes[places[0] : places[-1] + 1]:
            if node in nodes:
                if not after.isdisjoint(node.parents):
                    return False
            elif any(parent in nodes or parent in after for parent in node.parents):
                after.add(node)
        return True

    def in_order(self, nodes: Iterable[Value]) -> list[Value]:
        chosen = set(nodes)
        return [node for node in self.nodes if node in chosen]


def is_variable(node: Value) -> bool:
    """A leaf that is no plain number in the expression."""
    return not node.parents and node._operation is not CONSTANT


def is_zero(node: Value) -> bool:
    """Where `sum` begins."""
    return node._operation is CONSTANT and node.data == 0.0
