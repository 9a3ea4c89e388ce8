"""A region: the operations right in one call, or in none; and a block: those of them that are a layer, with a name."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from autograd import Value
from autograd.operations import CONSTANT

_PATIENCE = 20  # times all operations of a region are looked at to see what is convex


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
        self._places = dict(zip(map(id, nodes), range(len(nodes)), strict=True))
        self._claimed: set[int] = set()
        self._patience = _PATIENCE * len(nodes)
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
        return id(node) in self._places

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
        """Whether no way from one of these to another goes through what is none of them.

        It looks at all that is between the first and the last; not without end: then False, since it is not certain.
        """
        places = [self._places[id(node)] for node in nodes]
        first, last = min(places), max(places)
        self._patience -= last - first
        if self._patience < 0:
            return False
        after: set[Value] = set()
        for node in self.nodes[first : last + 1]:
            if node in nodes:
                if not after.isdisjoint(node.parents):
                    return False
            elif any(parent in nodes or parent in after for parent in node.parents):
                after.add(node)
        return True

    def in_order(self, nodes: Iterable[Value]) -> list[Value]:
        """These, each once, and each after its parents."""
        return sorted(set(nodes), key=lambda node: self._places[id(node)])


def is_zero(node: Value) -> bool:
    """Where `sum` begins."""
    return node._operation is CONSTANT and node.data == 0.0
