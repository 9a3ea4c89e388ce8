"""Parts of a graph, and how they hang together: which operations only one of several terms needs, and of what shape."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property

from autograd import Value
from autograd.operations import CONSTANT

NOBODY, SEVERAL = -1, -2
_OUTSIDE = -1

Shape = tuple[object, ...]


class Part:
    """Operations of a graph, each after its parents, by their numbers 0, 1, …; the last one is the result.

    Args:
        nodes: the operations. What they need besides, leaves too, is outside.
    """

    def __init__(self, nodes: Sequence[Value]) -> None:
        self.nodes = nodes
        self.number = dict(zip(nodes, range(len(nodes)), strict=True))

    @cached_property
    def taken(self) -> tuple[list[list[int]], list[Value]]:
        """What each operation takes, by numbers; and what is outside, whose numbers come after those of operations."""
        numbers = dict(self.number)
        operands = [[numbers.setdefault(parent, len(numbers)) for parent in node.parents] for node in self.nodes]
        return operands, list(numbers)[len(self.nodes) :]

    @cached_property
    def uses(self) -> Counter[Value]:
        """How often the operations take each node."""
        return Counter(parent for node in self.nodes for parent in node.parents)

    def are_private(self, nodes: Collection[Value], takers: Iterable[Value]) -> bool:
        """Whether no operation takes any of these nodes but the takers."""
        times = dict.fromkeys(nodes, 0)
        for taker in takers:
            for parent in taker.parents:
                if parent in times:
                    times[parent] += 1
        return all(self.uses[node] == count for node, count in times.items())

    def cones(self, terms: Sequence[int]) -> list[list[int]]:
        """Of each term its private cone: the term, and all operations that nothing needs but others of this cone.

        A term that another one needs has none. One walk back over the part: whoever uses an operation has been there.
        """
        operands, outside = self.taken
        owner = [NOBODY] * (len(operands) + len(outside))
        for k, term in enumerate(terms):
            owner[term] = k
        ends = set(terms)
        for n in range(len(operands) - 1, -1, -1):
            by = SEVERAL if owner[n] == NOBODY else owner[n]
            for parent in operands[n]:
                if owner[parent] == by:
                    continue
                if owner[parent] == NOBODY:
                    owner[parent] = by
                elif by != SEVERAL or parent not in ends:  # what takes the terms is outside
                    owner[parent] = SEVERAL
        return _grouped(owner[: len(operands)], len(terms))

    def first_needed(self, terms: Sequence[int]) -> list[list[int]]:
        """Of each term the operations that it needs, and no term before it."""
        operands, outside = self.taken
        first = [len(terms)] * (len(operands) + len(outside))
        for k, term in enumerate(terms):
            first[term] = k
        for n in range(len(operands) - 1, -1, -1):
            for parent in operands[n]:
                if first[n] < first[parent]:
                    first[parent] = first[n]
        return _grouped(first[: len(operands)], len(terms))

    def shape(self, cone: Sequence[int]) -> Shape:
        """What operations do, in their order, and which of them they take; all that is outside of the cone is equal.

        Two cones of one shape do the same with other numbers.
        """
        places = {n: place for place, n in enumerate(cone)}
        operands, _ = self.taken
        shape: list[object] = []
        for n in cone:
            taken = operands[n]
            shape += (self.nodes[n]._operation.name, len(taken), *[places.get(each, _OUTSIDE) for each in taken])
        return tuple(shape)

    def content(self, cone: Sequence[int]) -> frozenset[tuple[str, int]]:
        """How often each operation is in a cone: equal for classes of which each takes another output."""
        return frozenset(Counter(self.nodes[n]._operation.name for n in cone).items())

    def above(self, slices: Sequence[Sequence[int]]) -> set[Value]:
        """What is in no slice, and depends on one."""
        inside = {self.nodes[n] for each in slices for n in each}
        above: set[Value] = set()
        for node in self.nodes:
            if node not in inside and any(parent in inside or parent in above for parent in node.parents):
                above.add(node)
        return above


class Uses:
    """What slices of a part take that is not their own.

    Attributes:
        shared: leaves that several slices take, but for plain numbers.
        owned: the same that one slice takes alone.
        of_shared, of_owned: how often, of all slices together.
        reach: whether some slice takes an operation of another one.
        among: operations in no slice that they take.
    """

    def __init__(self, part: Part, slices: Sequence[Sequence[int]]) -> None:
        operands, outside = part.taken
        count = len(operands)
        leaves = {n: leaf for n, leaf in enumerate(outside, count) if is_variable(leaf)}
        slice_of = [NOBODY] * count
        for k, each in enumerate(slices):
            for n in each:
                slice_of[n] = k
        taken_by = dict.fromkeys(leaves, NOBODY)
        times = dict.fromkeys(leaves, 0)
        self.reach, among = False, set[int]()
        for k, each in enumerate(slices):
            for n in each:
                for parent in operands[n]:
                    if parent in leaves:
                        times[parent] += 1
                        by = taken_by[parent]
                        if by != k:
                            taken_by[parent] = k if by == NOBODY else SEVERAL
                    elif parent >= count or slice_of[parent] == NOBODY:
                        among.add(parent)
                    elif slice_of[parent] != k:
                        self.reach = True
        operations = (part.nodes[n] if n < count else outside[n - count] for n in among)
        self.among = {node for node in operations if node.parents}
        shared = [n for n, k in taken_by.items() if k == SEVERAL]
        owned = [n for n, k in taken_by.items() if k >= 0]
        self.shared, self.owned = ({leaves[n] for n in each} for each in (shared, owned))
        self.of_shared, self.of_owned = (sum(times[n] for n in each) for each in (shared, owned))
        self._slices = len(slices)

    @property
    def share_parameters(self) -> bool:
        """Whether what is shared looks like parameters, and what is owned like inputs: that is less.

        With neurons it is the other way round: they share the inputs, and each has as many weights, and a bias.
        """
        owned = len(self.owned) / self._slices
        return bool(self.shared) and (owned <= len(self.shared) or self.of_owned <= self.of_shared)


def is_variable(node: Value) -> bool:
    """A leaf that is no plain number in the expression."""
    return not node.parents and node._operation is not CONSTANT


def _grouped(owner: Sequence[int], count: int) -> list[list[int]]:
    groups: list[list[int]] = [[] for _ in range(count)]
    for n, k in enumerate(owner):
        if 0 <= k < count:
            groups[k].append(n)
    return groups
