"""Families: parts of a graph that are the same again and again, of which a page shows one at a time.

    parts     operations by numbers, and how they hang together
    sums      the sum that a graph ends with: rows of a batch, positions of a sequence
    unrolled  the loops that Python has unrolled: turns
    members   the calls that are made around all of these

A member is a module call: the user's own, for copies of a module, or one that is made up here, "row 3", and has the
user's calls inside.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from autograd import Value

from ..graph.visible import ModuleCall, at_home_with_users
from .members import Homes, all_calls, are_whole, around, around_members
from .parts import Part, Uses
from .sums import Sum, positions_of, rows_of, weight_of
from .unrolled import LEAST_OPERATIONS, loops_of

_DEEPEST = 3  # families in each other
_LARGE = 100_000  # operations, for a graph that is made of modules
_MANY_CALLS = 8  # of one module: more of them are a family

Kind: TypeAlias = Literal["turns", "rows", "positions", "copies"]
_NAMES: dict[Kind, str] = {"turns": "turn", "rows": "row", "positions": "position"}  # of one member


@dataclass(eq=False, slots=True)
class Family:
    """Module calls right in the same call that are the same part of the graph again and again.

    Attributes:
        name: of one of them, in "row 3 of 100".
        members: in their order.
        alike: whether the operations in each correspond to those in every other, one by one; else they are similar.
        weight: of rows: the factor that the loss of each has in the root; None where it is none.
    """

    kind: Kind
    name: str
    members: list[ModuleCall]
    alike: bool = True
    weight: float | None = None


class _Found(NamedTuple):
    """A family, by the numbers of the operations of a part."""

    kind: Kind
    slices: list[list[int]]
    weight: float | None = None
    numbers: list[int] | None = None  # of the members; else 1, 2, …


def find_families(
    nodes: Sequence[Value],
    homes: Homes,
    parameters: Collection[Value] | None = None,
    rows: Sequence[Value] = (),
) -> tuple[list[Family], Homes]:
    """The families of a graph, those around others first; and the module call around each node, with theirs.

    Args:
        nodes: all of the graph, in topological order: the root is the last.
        homes: the module call around each.
        parameters: the leaves that are parameters; None where nobody has said.
        rows: the losses of the rows of a batch, where it is known that the root is their mean.

    >>> from autograd import topological_order
    >>> from ..graph.visible import module_calls
    >>> w, b = Value(0.5), Value(0.1)
    >>> nodes = topological_order(sum((w * x + b).tanh() for x in (1.0, 2.0, 3.0)) / 3)
    >>> [family], homes = find_families(nodes, module_calls(nodes))
    >>> family.kind, [call.name for call in family.members], family.weight
    ('rows', ['row 1', 'row 2', 'row 3'], 0.3333333333333333)
    >>> homes[nodes[-1]] is None  # the mean is outside of all rows
    True
    """
    operations = [node for node in nodes if node.parents]
    before = homes
    homes = dict(homes)
    families = _Search(homes, parameters).families([operations], rows) if operations else []
    if families:
        leaves = [node for node in nodes if not node.parents]
        homes.update(at_home_with_users(nodes, homes, leaves))
    families += _copies(operations, homes, {call for family in families for call in family.members})
    return (families, homes) if families else ([], before)


class _Search:
    """Looks for families in corresponding regions, such as the rows of a batch: in the first, for all of them."""

    def __init__(self, homes: Homes, parameters: Collection[Value] | None) -> None:
        self.homes = homes
        self.parameters = parameters

    def families(self, regions: list[list[Value]], rows: Sequence[Value] = (), depth: int = 0) -> list[Family]:
        """The families in regions, each with those inside of it; regions are operations, equally many in each."""
        part = Part(regions[0])
        found = [_given(part, rows)] if rows else self.rows(part) if depth == 0 else []
        families: list[Family] = []
        for each in found or self.turns_or_positions(part):
            if len(each.slices) < 2:
                continue
            inner: list[list[Value]] = []
            for region in regions:
                slices = [[region[n] for n in numbers] for numbers in each.slices]
                members = around_members(self.homes, region, slices, _NAMES[each.kind], each.numbers)
                families.append(Family(each.kind, _NAMES[each.kind], members, weight=each.weight))
                inner += slices
            if depth + 1 < _DEEPEST:
                for corresponding in [inner] if _are_of_one_shape(part, each.slices) else [[one] for one in inner]:
                    families += self.families(corresponding, depth=depth + 1)
        return families

    def rows(self, part: Part) -> list[_Found]:
        found = rows_of(part, self.parameters)
        return [] if found is None else [_Found("rows", found.cones, found.weight)]

    def turns_or_positions(self, part: Part) -> list[_Found]:
        """Turns; but positions where the loops are several: each position may have its own, through the layers."""
        inside = _with_many(part.nodes, self.homes)
        turns = self.turns(part, inside) if inside else []
        if len(turns) == 1 or (len(part.nodes) > _LARGE and not inside):  # of modules, to look for more takes a while
            return turns
        slices = positions_of(part)
        return [_Found("positions", slices)] if slices else turns

    def turns(self, part: Part, inside: list[int]) -> list[_Found]:
        """The loops among these operations of a part; but a call with several turns in it, and not all, stays whole."""
        inner = part if len(inside) == len(part.nodes) else Part([part.nodes[n] for n in inside])
        loops = [[[inside[n] for n in turn] for turn in turns] for turns in loops_of(inner)]
        return [_Found("turns", turns) for turns in loops if self.are_whole(part, turns)]

    def are_whole(self, part: Part, slices: list[list[int]]) -> bool:
        return are_whole(self.homes, part.nodes, [[part.nodes[n] for n in each] for each in slices])


def _given(part: Part, rows: Sequence[Value]) -> _Found:
    """The rows that are known: those that compute something that no other one does."""
    terms: dict[int, int] = {}
    for number, row in enumerate(rows, 1):
        if row in part.number:
            terms.setdefault(part.number[row], number)
    cones = [(cone, number) for cone, number in zip(part.cones([*terms]), terms.values(), strict=True) if cone]
    mean = Sum([part.number[row] for row in rows if row in part.number], [], 1.0 / len(rows))
    members = [cone for cone, _ in cones]
    weight = weight_of(part, members, mean) if members else None
    return _Found("rows", members, weight, [number for _, number in cones])


def _are_of_one_shape(part: Part, slices: list[list[int]]) -> bool:
    first = part.shape(slices[0])
    return all(len(each) == len(slices[0]) and part.shape(each) == first for each in slices)


def _with_many(nodes: Sequence[Value], homes: Homes) -> list[int]:
    """Of the outermost call that has more than half of the nodes, and many right in it: the numbers of its nodes."""
    direct = Counter(map(homes.__getitem__, nodes))
    calls = all_calls(direct)
    whole = Counter(direct)
    for call in reversed(calls):
        whole[call.outer] += whole[call]
    for outer in (None, *calls):
        if direct[outer] >= LEAST_OPERATIONS and 2 * whole[outer] > len(nodes):
            inside: set[ModuleCall | None] = {outer}
            for call in calls:
                if call.outer in inside:
                    inside.add(call)
            return [n for n, node in enumerate(nodes) if homes[node] in inside]
    return []


def _copies(operations: Sequence[Value], homes: Homes, members: set[ModuleCall]) -> list[Family]:
    """More than a few calls of one name right in the same call that do the same, by parameters that they share.

    Calls that share nothing are neurons of a layer, unless each takes what the one before it has computed.
    """
    groups: dict[tuple[ModuleCall | None, str], list[ModuleCall]] = {}
    for call in all_calls(dict.fromkeys(map(homes.__getitem__, operations))):
        if call not in members:
            groups.setdefault((call.outer, call.name), []).append(call)
    candidates = [group for group in groups.values() if len(group) > _MANY_CALLS]
    inside: dict[ModuleCall, list[Value]] = {call: [] for group in candidates for call in group}
    for node in operations if inside else ():
        for call in around(homes[node]):
            if call in inside:
                inside[call].append(node)
    return [
        Family("copies", group[0].name, group) for group in candidates if _are_copies([inside[call] for call in group])
    ]


def _are_copies(calls: list[list[Value]]) -> bool:
    part = Part([node for call in calls for node in call])
    slices, begin = [], 0
    for call in calls:
        slices.append(list(range(begin, begin + len(call))))
        begin += len(call)
    uses = Uses(part, slices)
    return _are_of_one_shape(part, slices) and (uses.reach or uses.share_parameters)


def set_alike(families: Sequence[Family], nodes: Sequence[Value], homes: Homes) -> None:
    """Set `alike` of each family: whether its members have equal operations in equal calls, in their order."""
    contents: dict[ModuleCall, _Content] = {call: _Content() for family in families for call in family.members}
    for node in nodes if contents else ():
        if node.parents:
            home = homes[node]
            for call in around(home):
                if call in contents:
                    contents[call].add(node, home, call)
    for family in families:
        first, *others = (contents[call] for call in family.members)
        family.alike = all(other == first for other in others)


@dataclass(slots=True)
class _Content:
    """What is in a call: operations, each with the number of the call in here that it is in; and these calls."""

    operations: list[tuple[str, int, int]] = field(default_factory=list)
    calls: list[tuple[str, int]] = field(default_factory=list)  # the name, and the number of the call around
    numbers: dict[ModuleCall | None, int] = field(default_factory=dict, compare=False)

    def add(self, node: Value, home: ModuleCall | None, whole: ModuleCall) -> None:
        path = []
        for call in around(home):
            if call is whole or call in self.numbers:
                break
            path.append(call)
        number = self.numbers.get(call, -1)
        for inner in reversed(path):
            self.calls.append((inner.name, number))
            number = self.numbers[inner] = len(self.calls) - 1
        self.operations.append((node._operation.name, len(node.parents), number))
