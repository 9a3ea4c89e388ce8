"""The calls around the layers of a graph, made up where the user has none."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import NamedTuple

from autograd import Value
from autograd.operations import MUL

from ...graph.visible import ModuleCall, common_call
from ..members import Homes
from .attention import attentions_of, give_roles, heads_of
from .linear import layers_of, networks_of, neurons_of
from .norms import embedding_of, norms_of, residuals_of
from .products import DOT, Sums
from .region import Block, Region
from .softmaxes import cross_entropies_of, softmaxes_of

_NEURON = re.compile(r"neuron \d+")
_LEAST = 2  # products


class Attention(NamedTuple):
    """A call with attention in it, and the weights of each softmax there, in its order."""

    call: ModuleCall
    weights: list[list[Value]]


def find_layers(
    nodes: Sequence[Value],
    homes: Homes,
    members: Collection[ModuleCall] = (),
    parameters: Collection[Value] | None = None,
) -> tuple[Homes, list[Attention]]:
    """The module call around each node, with those of layers; and the attention among these.

    Args:
        nodes: all of the graph, in topological order.
        homes: the module call around each; operations in topological order.
        members: the calls that were made around members of families.
        parameters: the leaves that are parameters; None where nobody has said.

    >>> from autograd import topological_order
    >>> from ...graph.visible import module_calls
    >>> x = [Value(0.5), Value(0.1)]
    >>> w = [[Value(0.3), Value(0.2)], [Value(-0.4), Value(0.6)]]
    >>> hidden = [sum(w_ij * x_j for w_ij, x_j in zip(row, x)).tanh() for row in w]
    >>> nodes = topological_order(sum(hidden))
    >>> homes, _ = find_layers(nodes, module_calls(nodes))
    >>> homes[hidden[1]].outer.name, homes[hidden[1]].name
    ('layer 2 → 2, tanh', 'neuron 2')
    """
    regions = _regions(nodes, homes, parameters)
    found = {home: _Found(region) for home, region in regions.items()}
    vectors: dict[ModuleCall | None, list[list[Value]]] = {}  # where they are computed
    for vector in chain.from_iterable(each.vectors for each in found.values()):
        vectors.setdefault(homes[vector[0]], []).append(vector)
    for home, each in found.items():
        each.blocks += embedding_of(each.region, vectors.get(home, ()))
    if not any(each.blocks for each in found.values()):
        return homes, []
    homes = dict(homes)
    attention: list[Attention] = []
    for home, each in found.items():
        calls = _Calls(each, home, homes)
        for block in each.blocks:
            own = home is not None and home not in members and len(each.region.nodes) == len(list(block.all_nodes()))
            calls.make(block, home, is_there=own)
        calls.take_leaves_in()
        attention += calls.attention
    return homes, attention


class _Found:
    """The blocks of a region, and the vectors that go into them."""

    def __init__(self, region: Region) -> None:
        self.region = region
        sums = Sums(region)
        groups = neurons_of(region, sums)
        softmaxes = softmaxes_of(region)
        heads = heads_of(region, sums, softmaxes)
        give_roles(groups, heads)
        layers = layers_of(groups, region)
        self.blocks, taken = attentions_of(region, heads, layers)
        for network in networks_of([layer for layer in layers if layer not in taken], region):
            inner = [layer.block() for layer in network]
            self.blocks += [Block("MLP", [], inner)] if len(inner) > 1 else inner
        self.blocks += residuals_of(region, layers)
        norms, self.vectors = norms_of(region, sums)
        self.blocks += norms + cross_entropies_of(region, softmaxes)
        self.vectors += [layer.inputs for layer in layers]


def _regions(
    nodes: Sequence[Value], homes: Homes, parameters: Collection[Value] | None
) -> dict[ModuleCall | None, Region]:
    """The operations right in each call that may have layers in it: not in a neuron, which is one."""
    calls = [call for call in dict.fromkeys(homes.values()) if call is None or not _NEURON.fullmatch(call.name)]
    inside: dict[ModuleCall | None, list[Value]] = {call: [] for call in calls}
    if len(calls) == 1 and len(set(homes.values())) == 1:
        inside[calls[0]] = [node for node in nodes if node.parents]
    else:
        for node, home in homes.items():  # operations are there in topological order
            if home in inside and node.parents:
                inside[home].append(node)
    inside = {call: region for call, region in inside.items() if _has_products(region)}
    if not inside:
        return {}
    uses = Counter(map(id, chain.from_iterable([node.parents for node in nodes])))
    return {call: Region(region, uses, parameters) for call, region in inside.items()}


def _has_products(nodes: Iterable[Value]) -> bool:
    """Whether there are enough: without them there is nothing to find, as among the losses of modules."""
    products = (node for node in nodes if node._operation is MUL or node._operation is DOT)
    return len(list(islice(products, _LEAST))) == _LEAST


class _Calls:
    """Makes the calls for the blocks of a region, in its own call."""

    def __init__(self, found: _Found, home: ModuleCall | None, homes: Homes) -> None:
        self.found, self.home, self.homes = found, home, homes
        self.attention: list[Attention] = []
        self._leaves: dict[int, _Taken] = {}  # by id

    def make(self, block: Block, outer: ModuleCall | None, is_there: bool = False) -> None:
        """Make a call for a block in another one, and for those in it; where it is there already, only for those."""
        if is_there and outer is not None:
            call = outer
        else:
            call = ModuleCall(block.name, outer, outer.depth + 1 if outer else 1)
        if block.weights:
            self.attention.append(Attention(call, block.weights))
        homes, uses, home = self.homes, self.found.region.uses, self.home
        for node in block.nodes:
            homes[node] = call
            for parent in node.parents:
                if parent.parents:
                    continue
                if uses[id(parent)] > 1:
                    self._count(parent, call)
                elif homes[parent] is home:  # and not where the user has made it
                    homes[parent] = call
        for inner in block.inner:
            self.make(inner, call)

    def take_leaves_in(self) -> None:
        """Leaves that one call alone uses are at home there."""
        for taken in self._leaves.values():
            if taken.times == self.found.region.times(taken.leaf) and self.homes[taken.leaf] is self.home:
                self.homes[taken.leaf] = taken.call

    def _count(self, leaf: Value, call: ModuleCall) -> None:
        found = self._leaves.get(id(leaf))
        if found is None:
            self._leaves[id(leaf)] = _Taken(leaf, call)
        else:
            if found.call is not call:
                found.call = common_call(found.call, call)
            found.times += 1


@dataclass(slots=True)
class _Taken:
    """A leaf, the call that all have in common which take it, and how often they do."""

    leaf: Value
    call: ModuleCall | None
    times: int = 1
