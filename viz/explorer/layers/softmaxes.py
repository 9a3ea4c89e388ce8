"""Softmaxes: exponentials divided by their sum, however they are written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from autograd import Value
from autograd.operations import ADD, CONSTANT, DIV, EXP, MUL, OPERATIONS, POW, SUB, TOTAL

from .region import Block, Region, is_zero

_EXP_OF_DIFFERENCE, _MAXIMUM = OPERATIONS["_exp_of_difference"], OPERATIONS["maximum"]
_LOGSUMEXP, _LOGSUMEXP_BELOW = OPERATIONS["logsumexp"], OPERATIONS["_logsumexp_below"]


@dataclass(eq=False, slots=True)
class Softmax:
    """exp(sᵢ) / Σ exp(sⱼ).

    Attributes:
        exponentials: in the order of the sum, as an ordered set.
        shares: the quotients that there are, each by its exponential.
        nodes: the operations of all these.
    """

    exponentials: dict[Value, None]
    shares: dict[Value, Value]
    nodes: set[Value]

    @property
    def is_whole(self) -> bool:
        """Whether each exponential is divided."""
        return len(self.shares) == len(self.exponentials)

    @property
    def weights(self) -> list[Value]:
        return [self.shares[each] for each in self.exponentials]


def softmaxes_of(region: Region) -> list[Softmax]:
    """Those in a region, in its order."""
    found: dict[Value, Softmax | None] = {}  # by the sum
    inverses: dict[Value, Value] = {}  # of a sum: by 1 / sum the sum
    for node in chain(region.of("pow", "div"), _products(region, inverses)):
        operation, parents = node._operation, node.parents
        if operation is DIV or (operation is POW and _is(parents[1], -1.0)):
            above, total = (parents[0], parents[1]) if operation is DIV else (None, parents[0])
            if above is None or _is(above, 1.0):
                inverses[node] = total
                continue
            inverse = None
        elif operation is MUL and (parents[0] in inverses or parents[1] in inverses):
            above, inverse = parents if parents[1] in inverses else reversed(parents)
            total = inverses[inverse]
        else:
            continue
        if not is_exponential(above) or not region.is_inside(total):
            continue
        if total not in found:
            found[total] = _of_sum(region, total)
        softmax = found[total]
        if softmax is not None and above in softmax.exponentials and above not in softmax.shares:
            softmax.shares[above] = node
            softmax.nodes |= {node} if inverse is None else {node, inverse}
    softmaxes = {total: softmax for total, softmax in found.items() if softmax is not None}
    return [softmaxes[node] for node in region.in_order(softmaxes)] if softmaxes else []


def _products(region: Region, inverses: dict[Value, Value]) -> Iterator[Value]:
    """Those to look at when all inverses are known: none without any."""
    if inverses:
        yield from region.of("mul")


def scores_of(softmax: Softmax, region: Region) -> dict[Value, Value]:
    """What each exponential is that of: the score itself, before it is scaled; what is in between goes to the softmax.

    >>> from collections import Counter
    >>> from autograd import softmax, topological_order
    >>> x = [Value(0.5).sin(), Value(1.5).sin()]
    >>> nodes = [node for node in topological_order(*softmax([each / 2.0 for each in x])) if node.parents]
    >>> region = Region(nodes, Counter(id(parent) for node in nodes for parent in node.parents))
    >>> [found] = softmaxes_of(region)
    >>> list(scores_of(found, region).values()) == x
    True
    """
    scores: dict[Value, Value] = {}
    for exponential in softmax.exponentials:
        node = exponential.parents[0]
        if exponential._operation is _EXP_OF_DIFFERENCE:
            _add_maximum(exponential.parents[1], softmax, region)
        while region.is_inside(node):
            operation, parents = node._operation, node.parents
            if operation is MUL and not parents[0].parents:
                inner, other = parents[1], parents[0]
            elif operation in (SUB, DIV, MUL, ADD) and len(parents) == 2:
                inner, other = parents
            else:
                break
            if operation is SUB and other._operation is _MAXIMUM:
                _add_maximum(other, softmax, region)
            elif other.parents or not inner.parents or (operation is ADD and other._operation is not CONSTANT):
                break
            softmax.nodes.add(node)
            node = inner
        scores[exponential] = node
    return scores


def cross_entropies_of(region: Region, softmaxes: Sequence[Softmax]) -> list[Block]:
    """-ln pₜ of a softmax of which no other share is taken; or the same by the logarithm of the sum."""
    blocks = []
    logs = {node.parents[0]: node for node in region.of("log")}
    for softmax in softmaxes:
        if len(softmax.shares) == 1 and len(softmax.exponentials) > 1 and (log := logs.get(*softmax.shares.values())):
            scores_of(softmax, region)
            blocks.append(softmax.nodes | {log})
    for node in region.of("sub"):
        if nodes := _below_logarithm(node, region):
            blocks.append(nodes)
    negative = {node.parents[0]: node for node in region.of("neg")}
    found = []
    for nodes in blocks:
        [end] = region.in_order(nodes)[-1:]
        if end in negative and region.times(end) == 1:
            nodes.add(end := negative[end])
        if region.are_free(nodes) and region.are_private(nodes, (end,)):
            region.claim(nodes)
            found.append(Block("cross-entropy", region.in_order(nodes)))
    return found


def _below_logarithm(node: Value, region: Region) -> set[Value]:
    """The operations of a score minus the logarithm of the sum of all exponentials, or the other way round."""
    a, b = node.parents
    logarithm = a if a._operation in (_LOGSUMEXP, _LOGSUMEXP_BELOW) else b
    score = b if logarithm is a else a
    if not region.is_inside(logarithm) or score not in logarithm.parents:
        return set()
    if logarithm._operation is _LOGSUMEXP:
        return {node, logarithm}
    if logarithm._operation is not _LOGSUMEXP_BELOW:
        return set()
    below = {each for each in logarithm.parents if each._operation is SUB and each.parents[1]._operation is _MAXIMUM}
    largest = {each.parents[1] for each in below}
    return {node, logarithm, *below, *largest} if len(below) == len(set(logarithm.parents)) else set()


def _of_sum(region: Region, total: Value) -> Softmax | None:
    """A softmax with this sum, of exponentials alone."""
    nodes, stack = {total}, [total]
    exponentials: dict[Value, None] = {}
    while stack:
        node = stack.pop()
        if is_exponential(node) and region.is_inside(node) and node not in exponentials:
            exponentials[node] = None
        elif node._operation in (ADD, TOTAL) and region.is_inside(node) and (node is total or region.times(node) == 1):
            nodes.add(node)
            stack += reversed(node.parents)
        elif not is_zero(node):
            return None
    return Softmax(exponentials, {}, nodes.union(exponentials))


def _add_maximum(largest: Value, softmax: Softmax, region: Region) -> None:
    if largest._operation is _MAXIMUM and region.is_inside(largest):
        softmax.nodes.add(largest)


def is_exponential(node: Value) -> bool:
    return node._operation is EXP or node._operation is _EXP_OF_DIFFERENCE


def _is(node: Value, number: float) -> bool:
    return node._operation is CONSTANT and node.data == number
