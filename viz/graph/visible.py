"""Which part of a graph a picture shows: all of it, or modules folded to one box each, or the part near the root."""

from collections import Counter, deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, NamedTuple, Protocol, TypeAlias, TypeVar

from autograd import Value, topological_order

_MOST_EDGES = 4  # for each box; ordinary expressions have at most two, and the layout takes long with many more
_DEEPEST_BOX = 40  # boxes nested deeper are folded: layout engines nest their function calls as we nest boxes


class Node(Protocol):
    """What the graph is made of: a Value, or an array operation of a program."""

    @property
    def parents(self) -> Any: ...  # a sequence of nodes


N = TypeVar("N", bound=Node)


@dataclass(frozen=True, eq=False, slots=True)
class ModuleCall:
    """One call of a module: a box around the nodes made in it, see `autograd.scope`."""

    name: str
    outer: "ModuleCall | None"
    depth: int  # 1 for the outermost


@dataclass(frozen=True, eq=False, slots=True)
class Fold(Generic[N]):
    """Several nodes drawn as one: a module call, leaves with the same users, or all that is left out."""

    kind: Literal["call", "leaves", "rest"]
    name: str  # of the module
    home: ModuleCall | None
    nodes: Sequence[N]

    @property
    def label(self) -> str:
        """What it stands for, where the nodes are Values."""
        count = f"{len(self.nodes):,}"
        if self.kind == "leaves":
            return f"{count} leaves"
        if self.kind == "rest":
            return f"… {count} more nodes"
        return f"{self.name}\n{count} node" + "s" * (len(self.nodes) > 1)


Element: TypeAlias = N | Fold[N]  # what the picture draws as one box


class Edge(NamedTuple, Generic[N]):
    """`operand` is the position among the operands of `head`; None where `times` edges were merged."""

    tail: Element[N]
    head: Element[N]
    operand: int | None
    times: int


class View(NamedTuple, Generic[N]):
    elements: list[Element[N]]
    edges: list[Edge[N]]
    homes: dict[Element[N], ModuleCall | None]  # the innermost box around each element


def visible(roots: Sequence[Value], max_nodes: int) -> View[Value]:
    """The part of the graph below `roots` to be drawn with about `max_nodes` boxes.

    Where all nodes are too many, module calls are folded, innermost first; where that is not enough, the part nearest
    to the roots is shown, and one more box that says how many nodes are left out.

    >>> from autograd import scope
    >>> x = Value(1.0)
    >>> with scope("square"):
    ...     y = x * x * 2
    >>> [edge.operand for edge in visible([y], 5).edges]
    [0, 1, 0, 1]
    >>> [fold.label for fold in visible([y], 1).elements]
    ['square\\n4 nodes']
    """
    nodes = topological_order(*roots)
    return visible_part(nodes, module_calls(nodes), roots, max_nodes)


def visible_part(nodes: Sequence[N], homes: dict[N, ModuleCall | None], roots: Sequence[N], max_nodes: int) -> View[N]:
    """The same for any graph, given all of its nodes, each after its parents, and the module call around each."""
    depth = max((call.depth for call in homes.values() if call), default=0)
    cuts = [cut for cut in range(depth + 1, 0, -1) if cut <= _DEEPEST_BOX]  # the first one folds nothing
    for cut in cuts:
        owners = _fold(nodes, homes, cut)
        edges = _edges(nodes, owners)
        if len(set(owners.values())) <= max_nodes and len(edges) <= _MOST_EDGES * max_nodes:
            break
    else:
        owners = _nearest(nodes, owners, roots, max_nodes)
        edges = _edges(nodes, owners)
    elements = list(dict.fromkeys(owners.values()))
    return View(elements, edges, {e: e.home if isinstance(e, Fold) else homes[e] for e in elements})


def module_calls(nodes: Sequence[Value]) -> dict[Value, ModuleCall | None]:
    """The module call around each node; a leaf is at home in the innermost call that contains all its users."""
    if all(node._scope is None for node in nodes):
        return dict.fromkeys(sorted(nodes, key=_is_leaf))  # what has been computed first, as below
    calls: dict[int, ModuleCall] = {}  # by identity: two calls of one module have equal scopes

    def call_of(scope: tuple | None) -> ModuleCall | None:
        unknown = []
        while scope is not None and id(scope) not in calls:
            unknown.append(scope)
            scope = scope[0]
        call = calls[id(scope)] if scope is not None else None
        for scope in reversed(unknown):
            call = calls[id(scope)] = ModuleCall(str(scope[1]), call, call.depth + 1 if call else 1)
        return call

    homes = {node: call_of(node._scope) for node in nodes if node.parents or node._scope is not None}
    strays = [node for node in nodes if node not in homes]  # leaves: they were made outside of any call
    return homes | at_home_with_users(nodes, homes, strays)


def _is_leaf(node: Value) -> bool:
    return not node.parents


def at_home_with_users(
    nodes: Sequence[Value], homes: dict[Value, ModuleCall | None], leaves: Collection[Value]
) -> dict[Value, ModuleCall | None]:
    """The innermost call that contains all users of each leaf, where `homes` has those."""
    users: dict[Value, ModuleCall | None] = dict.fromkeys(leaves)
    seen: set[Value] = set()
    for node in nodes:
        for parent in node.parents:
            if parent in users:
                users[parent] = common_call(users[parent], homes[node]) if parent in seen else homes[node]
                seen.add(parent)
    return users


def common_call(a: ModuleCall | None, b: ModuleCall | None) -> ModuleCall | None:
    """The innermost call that contains both."""
    while a is not b:
        if a is None or b is None:
            return None
        deeper, other = (a, b) if a.depth >= b.depth else (b, a)
        a, b = deeper.outer, other
    return a


def _fold(nodes: Sequence[N], homes: dict[N, ModuleCall | None], cut: int) -> dict[N, Element[N]]:
    """What each node is drawn as, when calls of this depth and deeper are folded: itself, or part of a Fold."""
    members: dict[ModuleCall, list[N]] = {}
    for node in nodes:
        call = homes[node]
        if call and call.depth >= cut:
            while call.depth > cut and call.outer:
                call = call.outer
            members.setdefault(call, []).append(node)
    owners: dict[N, Element[N]] = {node: node for node in nodes}
    for folded, inside in members.items():
        owners.update(dict.fromkeys(inside, Fold("call", folded.name, folded.outer, inside)))
    for leaves in _alike(nodes, owners):
        owners.update(dict.fromkeys(leaves, Fold("leaves", "", homes[leaves[0]], leaves)))
    return owners


def _alike(nodes: Sequence[N], owners: dict[N, Element[N]]) -> Iterator[list[N]]:
    """Groups of leaves whose users are the same folds: the inputs of a layer, weights used for many rows."""
    users: dict[N, set[Element[N]]] = {}
    for node in nodes:
        parent: N
        for parent in node.parents:
            if not parent.parents and owners[parent] is parent:
                users.setdefault(parent, set()).add(owners[node])
    groups: dict[frozenset[Element[N]], list[N]] = {}
    for leaf, elements in users.items():
        if all(isinstance(element, Fold) for element in elements):
            groups.setdefault(frozenset(elements), []).append(leaf)
    return (leaves for leaves in groups.values() if len(leaves) > 1)


def _edges(nodes: Sequence[N], owners: dict[N, Element[N]]) -> list[Edge[N]]:
    """The edges between what is drawn, in the order of the operands; at a Fold, equal ones become one."""
    edges = []
    merged: Counter[tuple[Element[N], Element[N]]] = Counter()
    for node in nodes:
        head = owners[node]
        for operand, parent in enumerate(node.parents):
            tail = owners[parent]
            if tail is parent and head is node:
                edges.append(Edge(tail, head, operand, 1))
            elif tail is not head:
                merged[tail, head] += 1
    return edges + [Edge(tail, head, None, count) for (tail, head), count in merged.items()]


def _nearest(
    nodes: Sequence[N], owners: dict[N, Element[N]], roots: Sequence[N], max_nodes: int
) -> dict[N, Element[N]]:
    """`owners` with all but the `max_nodes` elements nearest to the roots folded into one that says how many."""
    shown = dict.fromkeys([owners[root] for root in roots][:max_nodes])
    budget = _MOST_EDGES * max_nodes
    queue = deque(shown)
    while queue:
        element = queue.popleft()
        inside = element.nodes if isinstance(element, Fold) else [element]
        for tail in dict.fromkeys(owners[parent] for node in inside for parent in node.parents):
            budget -= 1
            if tail not in shown and len(shown) < max_nodes and budget > 0:
                shown[tail] = None
                queue.append(tail)
    hidden = [node for node in nodes if owners[node] not in shown]
    rest = Fold("rest", "", None, hidden)
    return owners | dict.fromkeys(hidden, rest)
