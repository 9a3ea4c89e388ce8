"""What is between the layers: normalizations, numbers scaled by one that is computed from all of them; and sums, of
the leaves of an embedding, and of what a layer gives and what has gone around it."""

from collections.abc import Collection, Sequence

from autograd import Value
from autograd.operations import ADD, CONSTANT, MUL, SUB, TOTAL

from ..parts import is_variable
from .linear import Layer
from .products import Sums
from .region import Block, Region
from .softmaxes import is_exponential

_FACTORS = ("div", "pow", "sqrt")
_DIVISORS = (*_FACTORS, "add", TOTAL.name)
_OF_SCALES = frozenset((*_DIVISORS, "mul", "sub", "neg", "abs", "dot", "maximum"))
_MOST = 4  # operations of the scale for each number; and as many again


def norms_of(region: Region, sums: Sums) -> tuple[list[Block], list[list[Value]]]:
    """The blocks of normalizations; and of each the numbers that go in."""
    blocks, vectors = [], []
    gains: dict[Value, Value] | None = None
    for scale, scaled in _scaled(region).items():
        if len(scaled) != region.times(scale) or len(scaled) < 2 or region.is_claimed(scale):
            continue
        found = _norm(region, scale, scaled)
        if found is None:
            continue
        nodes, inputs = found
        outputs = [node for node, _ in scaled]
        nodes.update(outputs)
        gains = _gains(region, sums) if gains is None else gains
        for _ in range(2):  # times a gain, plus a shift
            above = [gains[node] for node in outputs if node in gains]
            if len(above) == len(outputs):
                nodes.update(above)
                outputs = above
        if region.are_free(nodes) and region.are_private(nodes, set(outputs)):
            region.claim(nodes)
            blocks.append(Block("norm", region.in_order(nodes)))
            vectors.append(inputs)
    return blocks, vectors


def embedding_of(region: Region, vectors: Sequence[Sequence[Value]]) -> list[Block]:
    """The vectors, of those that are normalized or go into a layer, whose numbers are all sums of leaves."""
    blocks = []
    sums = _sums_of_leaves(region) if vectors else set[int]()
    for vector in vectors:
        nodes: dict[Value, None] = {}
        if len(vector) > 1 and all(_add_sums(each, sums, nodes) for each in vector):
            sums.difference_update(map(id, nodes))
            blocks.append(Block("embedding", region.in_order(nodes)))
    return blocks


def residuals_of(region: Region, layers: Sequence[Layer]) -> list[Block]:
    """The sums of what a layer gives and of as many other numbers, where nothing else takes what it gives."""
    added: dict[Value, tuple[Value, Value]] = {}
    outputs = {id(y) for layer in layers for y in layer.outputs}
    numbers = {x.data for layer in layers for x in layer.inputs if x._operation is CONSTANT}
    for node in region.of("add") if outputs else ():
        a, b = node.parents
        for y, other in ((a, b), (b, a)):
            if id(y) in outputs and (other._operation is not CONSTANT or other.data in numbers):
                added[y] = (node, other)
    blocks = []
    for layer in layers:
        sums = [added[y] for y in layer.outputs if y in added and region.times(y) == 1]
        nodes, others = {node for node, _ in sums}, {other for _, other in sums}
        are_pairs = len(sums) == len(layer.outputs) == len(nodes) == len(others) > 1
        are_around = others.isdisjoint([*layer.outputs, *nodes])  # else it is one sum, of what the layer gives
        if are_pairs and are_around and region.are_free(nodes) and region.is_convex(nodes):
            region.claim(nodes)
            blocks.append(Block("residual", region.in_order(nodes)))
    return blocks


def _scaled(region: Region) -> dict[Value, list[tuple[Value, Value]]]:
    """By what several numbers are multiplied with, or divided by: these products, each with the other factor."""
    scaled: dict[Value, list[tuple[Value, Value]]] = {}
    factors = {id(node) for node in region.of(*_FACTORS) if region.times(node) > 1}
    divisors = {id(node) for node in region.of(*_DIVISORS) if region.times(node) > 1}
    for node in region.of("mul") if factors else ():
        a, b = node.parents
        if (id(a) in factors or id(b) in factors) and a is not b and not region.is_claimed(node):
            scale, other = (a, b) if id(a) in factors else (b, a)
            scaled.setdefault(scale, []).append((node, other))
    for node in region.of("div") if divisors else ():
        a, b = node.parents
        if id(b) in divisors and not region.is_claimed(node):
            scaled.setdefault(b, []).append((node, a))
    return scaled


def _norm(region: Region, scale: Value, scaled: Sequence[tuple[Value, Value]]) -> tuple[set[Value], list[Value]] | None:
    """What computes the scale from the numbers that it scales, or from these before a mean is subtracted.

    Returns:
        the operations, but for the products with the scale; and the numbers that go in.
    """
    factors = [factor for _, factor in scaled]
    if not region.is_inside(scale) or is_exponential(factors[0]):  # a softmax
        return None
    gains: set[Value] = set()
    inner = _without_leaf(factors, region)
    if inner is not None:
        gains, factors = set(factors), inner
    centred = _centred(factors, region)
    if centred is not None:
        mean, inputs = centred
        of_mean = _between(mean, inputs, (), region)
        of_scale = _between(scale, factors, (*inputs, mean), region)
        if of_mean is not None and of_scale is None:  # or from differences of its own
            of_scale = _between(scale, inputs, (mean,), region)
        if of_mean is not None and of_scale is not None:
            return of_mean | of_scale | set(factors) | gains, inputs
    for inputs in (factors, [factor for _, factor in scaled]):
        of_scale = _between(scale, inputs, (), region)
        if of_scale is not None:
            return of_scale | (gains if inputs is factors else set()), inputs
    return None


def _between(end: Value, begin: Sequence[Value], other: Collection[Value], region: Region) -> set[Value] | None:
    """The operations from all of `begin`, and perhaps of others, to `end`; None where it needs anything else."""
    stops = set(begin) | set(other)
    if end in stops or region.is_claimed(end) or len(set(begin)) < len(begin):
        return None
    missing, nodes, stack, most = set(begin), {end}, [end], _MOST * (len(begin) + 2)
    while stack:
        for parent in stack.pop().parents:
            if parent in stops:
                missing.discard(parent)
            elif parent._operation is CONSTANT or parent in nodes:
                continue
            elif len(nodes) <= most and _may_be_in_scale(parent, region):
                nodes.add(parent)
                stack.append(parent)
            else:
                return None
    return None if missing else nodes


def _may_be_in_scale(node: Value, region: Region) -> bool:
    return node._operation.name in _OF_SCALES and region.is_inside(node) and not region.is_claimed(node)


def _without_leaf(factors: Sequence[Value], region: Region) -> list[Value] | None:
    """Where each of these is a leaf times an operation, these operations."""
    inner = []
    for factor in factors:
        operands = [each for each in factor.parents if not is_variable(each)]
        if factor._operation is not MUL or not region.is_inside(factor) or len(operands) != 1:
            return None
        inner += operands
    return inner


def _centred(factors: Sequence[Value], region: Region) -> tuple[Value, list[Value]] | None:
    """Where each of these is a number minus the same mean: the mean, and the numbers."""
    if any(factor._operation is not SUB or not region.is_inside(factor) for factor in factors):
        return None
    means = {factor.parents[1] for factor in factors}
    return (means.pop(), [factor.parents[0] for factor in factors]) if len(means) == 1 else None


def _gains(region: Region, sums: Sums) -> dict[Value, Value]:
    """By what it takes alone besides a leaf: each product with a leaf that is in no sum, and each sum with a leaf."""
    gains: dict[Value, Value] = {}
    shifted = set()
    for node in region.nodes:
        if node._operation in (MUL, ADD) and not region.is_claimed(node) and not sums.is_absorbed(node):
            a, b = node.parents
            if is_variable(a) != is_variable(b):
                inner = b if is_variable(a) else a
                if inner.parents and region.times(inner) == 1:
                    gains[inner] = node
                    shifted.add(inner)
    for inner in shifted:  # a product in a sum with a leaf alone
        if inner._operation is MUL and not region.is_claimed(inner):
            a, b = inner.parents
            if is_variable(a) != is_variable(b):
                below = b if is_variable(a) else a
                if below.parents and region.times(below) == 1:
                    gains[below] = inner
    return gains


def _sums_of_leaves(region: Region) -> set[int]:
    """The ids of the sums of leaves that are in no block."""
    sums: set[int] = set()
    for node in region.of("add"):
        if not region.is_claimed(node) and all(is_variable(each) or id(each) in sums for each in node.parents):
            sums.add(id(node))
    return sums


def _add_sums(node: Value, sums: set[int], nodes: dict[Value, None]) -> bool:
    """Add the operations of a sum of leaves, each once: they may share some; whether all are in `sums` by now."""
    stack = [node]
    while stack:
        each = stack.pop()
        if id(each) not in sums and (each.parents or each is node):
            sums.discard(id(node))
            return False
        if each.parents and each not in nodes:
            nodes[each] = None
            stack += each.parents
    return True
