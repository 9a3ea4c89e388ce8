"""Attention: positions weigh the values of each other, by the softmax of how well a query fits each key."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from autograd import Value

from .linear import Layer, Neuron
from .products import Sums
from .region import Block, Region
from .softmaxes import Softmax, scores_of


@dataclass(eq=False, slots=True)
class Head:
    """One softmax, and what is weighed by it.

    Attributes:
        nodes: the scores, the softmax, and the sums.
        outputs: the sums of weighed values.
        roles: what it takes: queries, keys and values.
    """

    softmax: Softmax
    nodes: set[Value]
    outputs: list[Value]
    roles: dict[Value, str] = field(default_factory=dict)


def heads_of(region: Region, sums: Sums, softmaxes: Iterable[Softmax]) -> list[Head]:
    """The softmaxes that are taken to weigh something, and for nothing else."""
    whole = [softmax for softmax in softmaxes if softmax.is_whole]
    of_weight = {weight: softmax for softmax in whole for weight in softmax.weights}
    heads: dict[Softmax, Head] = {}
    for end in sums.of_operations() if whole else ():
        nodes, products, _ = sums.terms(end)
        weights = [a if a in of_weight else b for a, b in products]
        softmax = of_weight.get(weights[0])
        if softmax is None or len(weights) != len(softmax.exponentials) or set(weights) != set(softmax.weights):
            continue
        head = heads.setdefault(softmax, Head(softmax, set(softmax.nodes), []))
        head.nodes.update(nodes)
        head.outputs.append(end)
        values = [b if a is weight else a for (a, b), weight in zip(products, weights, strict=True)]
        head.roles.update(dict.fromkeys(values, "value"))
    found = [heads[softmax] for softmax in whole if softmax in heads]
    found = [head for head in found if _add_scores(head, region, sums)]
    return [head for head in found if region.are_private(head.nodes, head.outputs)]


def give_roles(groups: Iterable[Sequence[Neuron]], heads: Iterable[Head]) -> None:
    """Tell neurons what attention takes them for: queries, keys and values have the same inputs."""
    roles: dict[Value, str] = {}
    for head in heads:
        for node, role in head.roles.items():
            roles[node] = role if roles.get(node, role) == role else ""
    for group in groups:
        for neuron in group:
            neuron.role = roles.get(neuron.output, "")


def attentions_of(region: Region, heads: Sequence[Head], layers: Sequence[Layer]) -> tuple[list[Block], set[Layer]]:
    """The blocks of heads that share layers; and the layers in them."""
    blocks, taken = [], set[Layer]()
    if not heads:
        return [], taken
    used = Counter(parent for node in region.nodes for parent in node.parents)
    places = {layer: place for place, layer in enumerate(layers)}
    giving = {y: layer for layer in layers for y in layer.outputs}
    taking: dict[Value, list[Layer]] = {}  # by the first number that goes in
    for layer in layers:
        taking.setdefault(layer.inputs[0], []).append(layer)
    for group in _together(heads, layers):
        loose = set().union(*(head.nodes for head in group))
        in_heads = Counter(parent for node in loose for parent in node.parents)
        near = sorted({giving[y] for y in in_heads if y in giving}, key=places.__getitem__)
        before = [layer for layer in near if all(used[y] == in_heads[y] for y in layer.outputs)]
        outputs = {output for head in group for output in head.outputs}
        near = sorted({layer for y in outputs for layer in taking.get(y, ())}, key=places.__getitem__)
        after = [layer for layer in near if outputs.issuperset(layer.inputs)]
        times = Counter(x for layer in after for neuron in layer.neurons for x in neuron.inputs)
        if outputs and any(times[output] != region.times(output) for output in outputs):
            after = []  # something else takes them, too
        nodes = loose.union(*(neuron.nodes for layer in before + after for neuron in layer.neurons))
        is_certain = before or any(len(head.softmax.exponentials) > 1 for head in group)
        if not is_certain or not region.are_free(loose) or not region.is_convex(nodes):
            continue
        region.claim(loose)
        taken.update(before, after)
        inner = [layer.block() for layer in before + after]
        weights = [head.softmax.weights for head in group]
        blocks.append(Block("attention", region.in_order(loose), inner, weights))
    return blocks, taken


def _together(heads: Sequence[Head], layers: Sequence[Layer]) -> Iterator[list[Head]]:
    """Heads in groups: those of one group share layers, before or after them."""
    layer_of = {x: layer for layer in layers for x in layer.inputs}
    layer_of |= {output: layer for layer in layers for output in layer.outputs}
    places = {head: place for place, head in enumerate(heads)}
    own = {head: {layer_of[node] for node in (*head.roles, *head.outputs) if node in layer_of} for head in heads}
    sharing: dict[Layer, list[Head]] = {}
    for head in heads:
        for layer in own[head]:
            sharing.setdefault(layer, []).append(head)
    done: set[Head] = set()
    for first in heads:
        group, stack = set[Head](), [first]
        while stack:
            head = stack.pop()
            if head not in done:
                done.add(head)
                group.add(head)
                for layer in own[head]:
                    stack += sharing.pop(layer, ())
        if group:
            yield sorted(group, key=places.__getitem__)


def _add_scores(head: Head, region: Region, sums: Sums) -> bool:
    """Add the products of a query and keys; whether the scores are such."""
    scores = scores_of(head.softmax, region)
    head.nodes |= head.softmax.nodes
    found = [sums.terms(score) for score in scores.values() if sums.is_of_operations(score)]
    if len(found) < len(scores):
        return False
    for terms in found:
        head.nodes.update(terms.nodes)
    left, right = ([[product[side] for product in terms.products] for terms in found] for side in (0, 1))
    if len(found) > 1:
        is_left, is_right = (all(each == factors[0] for each in factors) for factors in (left, right))
    else:  # a key is used by later positions, too
        times = [sum(region.times(node) for node in factors[0]) for factors in (left, right)]
        is_left, is_right = times[0] <= times[1], times[0] > times[1]
    queries, keys = (left, right) if is_left else (right, left)
    head.roles.update(dict.fromkeys((node for each in keys for node in each), "key"))
    head.roles.update(dict.fromkeys((node for each in queries for node in each), "query"))
    return is_left != is_right
