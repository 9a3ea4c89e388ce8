"""Linear layers: neurons of the same inputs, each with weights of its own; and those that follow each other, an MLP."""

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from autograd import Value
from autograd.operations import CONSTANT

from ..parts import is_variable
from .products import Sums, Terms
from .region import Block, Region, is_zero

_ACTIVATIONS = (
    "sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus", "step", "maximum", "pow",
)  # fmt: skip
_OF_LISTS = ("maximum", "logsumexp", "_logsumexp_below")


@dataclass(eq=False, slots=True)
class Neuron:
    """activation(w · x + b).

    Attributes:
        nodes: its operations; the last one is its output.
        inputs: x, one for each weight.
        bias: a leaf, or None.
        activation: its name, or "".
        role: what attention takes it for: "query", "key", "value"; else "".
    """

    nodes: list[Value]
    weights: list[Value]
    inputs: list[Value]
    bias: Value | None
    activation: str = ""
    role: str = ""

    @property
    def output(self) -> Value:
        return self.nodes[-1]


@dataclass(eq=False, slots=True)
class Layer:
    """Neurons of the same inputs; `before`: the layer whose outputs these are, all of them and no others."""

    neurons: list[Neuron]
    before: "Layer | None" = None
    outputs: dict[Value, None] = field(init=False)

    def __post_init__(self) -> None:
        self.outputs = dict.fromkeys(neuron.output for neuron in self.neurons)

    @property
    def inputs(self) -> list[Value]:
        return self.neurons[0].inputs

    @property
    def activation(self) -> str:
        return self.neurons[0].activation

    def block(self) -> Block:
        """Its block, with one for each neuron; a single one is the layer itself."""
        sizes = f"{len(self.inputs)} → {len(self.neurons)}"
        first = self.neurons[0]
        name = f"layer {sizes}, {first.activation}" if first.activation else f"{first.role or 'linear'} {sizes}"
        blocks = [Block(f"neuron {k}", neuron.nodes) for k, neuron in enumerate(self.neurons, 1)]
        return Block(name, [], blocks)


def neurons_of(region: Region, sums: Sums) -> list[list[Neuron]]:
    """What may be neurons, together those of the same inputs; a lone one may be the last of a network.

    A factor that is computed is an input. Of two leaves the weight is the one that the user has called a parameter;
    else what is a weight elsewhere, or what this product alone takes.
    """
    found = [_Factors(sums.terms(end)) for end in sums.with_leaves()]
    times = Counter(id(leaf) for factors in found for leaf in factors.unclear())
    known = {id(weight) for factors in found for weight in factors.weights()} if times else set()
    follows = _functions(region) if found else {}
    groups: dict[Hashable, list[Neuron]] = {}
    for factors in found:
        sides = factors.sides or _sides(factors, known, times, region.chosen)
        if sides is not None:
            neuron = factors.neuron(sides)
            _add_activation(neuron, follows)
            groups.setdefault(_key(neuron.inputs), []).append(neuron)
    return [group for group in groups.values() if _are_neurons(group)]


def _key(inputs: Sequence[Value]) -> Hashable:
    """Equal for the same inputs; plain numbers are the same where they are equal."""
    return tuple([id(x) if x.parents or x._operation is not CONSTANT else (x.data,) for x in inputs])


class _Factors:
    """The products in a sum.

    Attributes:
        sides: of each product where the weight stands, 0 or 1; None where that is not clear from this sum alone.
    """

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        products = terms.products
        self.are_leaves = [(is_variable(a), is_variable(b)) for a, b in products]
        kinds = set(self.are_leaves)
        self.sides: list[int] | None = None
        if (True, True) not in kinds:
            self.sides = [0 if left else 1 for left, _ in self.are_leaves]

    def weights(self) -> Iterator[Value]:
        """Those that are clear."""
        for (a, b), (left, right) in zip(self._terms.products, self.are_leaves, strict=True):
            if left is not right:
                yield a if left else b

    def unclear(self) -> Iterator[Value]:
        """The factors of products of two leaves."""
        if self.sides is None:
            for product, both in zip(self._terms.products, self.are_leaves, strict=True):
                if both == (True, True):
                    yield from product

    def products(self) -> Iterator[tuple[Value, Value, bool, bool]]:
        """Each with whether its factors are leaves."""
        for (a, b), (left, right) in zip(self._terms.products, self.are_leaves, strict=True):
            yield a, b, left, right

    def neuron(self, sides: Sequence[int]) -> "Neuron":
        nodes, products, bias = self._terms
        weights = [product[side] for product, side in zip(products, sides, strict=True)]
        inputs = [product[1 - side] for product, side in zip(products, sides, strict=True)]
        return Neuron(nodes[::-1], weights, inputs, bias)


def layers_of(groups: Sequence[Sequence[Neuron]], region: Region) -> list[Layer]:
    """The layers among neurons of the same inputs: of one kind, and of one role in attention."""
    layers: list[Layer] = []
    lone: list[Layer] = []
    places = _places(region, groups)
    for group in groups:
        kinds: dict[Hashable, list[Neuron]] = {}
        for neuron in group:
            kinds.setdefault((neuron.bias is None, neuron.activation, neuron.role), []).append(neuron)
        for neurons in kinds.values():
            if all(id(neuron.output) in places for neuron in neurons):
                neurons.sort(key=lambda neuron: places[id(neuron.output)])
            (layers if len(neurons) > 1 else lone).append(Layer(neurons))
    given = {output: layer for layer in layers for output in layer.outputs}
    for layer in (*layers, *lone):
        before = given.get(layer.inputs[0])
        if before is not None and before.outputs.keys() == set(layer.inputs):
            layer.before = before
            if len(layer.neurons) == 1:
                layers.append(layer)
    for layer in layers:
        for neuron in layer.neurons:
            region.claim(neuron.nodes)
    return layers


def _places(region: Region, groups: Iterable[Sequence[Neuron]]) -> dict[int, tuple[int, int]]:
    """By id: where numbers stand in a list that something takes: another layer, or a softmax.

    A graph that begins with the true class begins with its neuron.
    """
    lists: list[Sequence[Value]] = [group[0].inputs for group in groups]
    lists += [node.parents for node in region.of(*_OF_LISTS) if len(node.parents) > 1]
    return {id(x): (number, place) for number, each in enumerate(lists) for place, x in enumerate(each)}


def networks_of(layers: Iterable[Layer], region: Region) -> list[list[Layer]]:
    """Layers that follow each other, with an activation in between, and whose numbers nothing else takes."""
    chains: dict[Layer, list[Layer]] = {}
    for layer in layers:  # each after the one before it
        before = layer.before
        if before in chains and before is not None and before.activation and chains[before][-1] is before:
            times = len(layer.neurons)
            if all(region.times(output) == times for output in before.outputs):
                chains[before].append(layer)
                chains[layer] = chains.pop(before)
                continue
        chains[layer] = [layer]
    return list(chains.values())


def _functions(region: Region) -> dict[Value, tuple[Value, str]]:
    """Of what one function alone takes: this function, and its name as an activation."""
    follows: dict[Value, tuple[Value, str]] = {}
    for node in region.of(*_ACTIVATIONS):
        name = node._operation.name
        inner = [parent for parent in node.parents if parent._operation is not CONSTANT]
        if len(inner) == 1 and region.times(inner[0]) == 1 and region.is_inside(inner[0]):
            if name != "maximum":
                follows[inner[0]] = (node, name)
            elif len(node.parents) == 2 and any(is_zero(parent) for parent in node.parents):
                follows[inner[0]] = (node, "relu")
    return follows


def _add_activation(neuron: Neuron, follows: dict[Value, tuple[Value, str]]) -> None:
    """Add the function of its sum alone; and the power of that: the square of relu."""
    node, name = follows.get(neuron.output, (None, "pow"))
    if node is None or name == "pow":
        return
    neuron.nodes.append(node)
    neuron.activation = name
    above, name = follows.get(node, (None, ""))
    if above is not None and name == "pow" and above.parents[0] is node:
        neuron.nodes.append(above)
        neuron.activation += f" ^ {above.parents[1].data:g}"


def _sides(
    factors: _Factors, known: set[int], times: Counter[int], chosen: Collection[Value] | None
) -> list[int] | None:
    """Of each product where the weight stands, 0 or 1; None where that is not certain. Leaves go by their ids."""
    sides: list[int | None] = []
    for a, b, left, right in factors.products():
        if left is not right:
            sides.append(0 if left else 1)
        elif chosen is not None and (a in chosen) != (b in chosen):
            sides.append(0 if a in chosen else 1)
        elif (id(a) in known) != (id(b) in known):
            sides.append(0 if id(a) in known else 1)
        elif (times[id(a)] == 1) != (times[id(b)] == 1):
            sides.append(0 if times[id(a)] == 1 else 1)
        else:
            sides.append(None)
    told = {side for side in sides if side is not None}
    if None not in sides:
        return sides  # type: ignore[return-value]
    return [told.pop()] * len(sides) if len(told) == 1 else None


def _are_neurons(group: Sequence[Neuron]) -> bool:
    """Whether each weight and bias is there once, and is no input."""
    own = [leaf for neuron in group for leaf in (*neuron.weights, neuron.bias) if leaf is not None]
    ids = set(map(id, own))
    return len(ids) == len(own) and ids.isdisjoint(map(id, group[0].inputs))
