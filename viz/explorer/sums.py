"""The sum that a graph ends with: its terms, and those of them that are rows of a batch, or positions of a sequence."""

from collections import Counter, deque
from collections.abc import Callable, Collection, Hashable, Iterator
from itertools import pairwise
from math import isfinite
from typing import NamedTuple

from autograd import Value
from autograd.operations import ADD, CONSTANT, DIV, MUL, NEG, TOTAL

from .parts import Part, Uses

_LEAST_OPERATIONS = 3  # of a row: w·x is the term of a dot product, and (p - t)² that of a loss
_MANY = 8  # rows that share no parameter
_MOST_SUMS, _FEW = 8, 4
_LEAST_POSITIONS, _LEAST_IN_POSITION = 3, 9
_SIMILAR = 0.6  # of the operations of a position, those that the next one has, too


class Sum(NamedTuple):
    """A sum near the end of a part.

    Attributes:
        terms: those that are operations of the part, in their order.
        before: of each term of a chain of + the sum that ends before it; else -1.
        weight: the factor in the result each time that the sum takes a term; None where it is none, as below a root.
    """

    terms: list[int]
    before: list[int]
    weight: float | None


class Rows(NamedTuple):
    """Terms of one shape: the private cone of each, and the factor that it has in the result, or None."""

    cones: list[list[int]]
    weight: float | None


def sums_of(part: Part) -> Iterator[Sum]:
    """The sum that a part ends with, whatever its factor and the functions of it; then those that are its terms.

    >>> a, b = Value(1.0).sin(), Value(2.0).sin()
    >>> [*sums_of(Part([a, b, y := a + b, y / 2.0]))]
    [Sum(terms=[0, 1], before=[-1, -1], weight=0.5)]
    """
    waiting: deque[tuple[Value, float | None]] = deque([(part.nodes[-1], 1.0)])
    for _ in range(_MOST_SUMS):
        if not waiting:
            return
        node, weight = waiting.popleft()
        found = _sum_below(part, node, weight)
        if found is not None:
            yield found
            if len(found.terms) <= _FEW:  # a loss and its penalties
                waiting += [(part.nodes[term], found.weight) for term in found.terms]


def _sum_below(part: Part, node: Value, weight: float | None) -> Sum | None:
    while node in part.number:
        if part.uses[node] > 1:  # on several ways to the result
            weight = None
        operation, parents = node._operation, node.parents
        if operation is ADD or operation is TOTAL:
            terms, before = _chain(node, part) if operation is ADD else (parents, [None] * len(parents))
            if any(part.uses[inner] > 1 for inner in before if inner is not None):
                weight = None
            both = [(part.number[term], sums) for term, sums in zip(terms, before, strict=True) if term in part.number]
            return Sum([n for n, _ in both], [-1 if sums is None else part.number[sums] for _, sums in both], weight)
        inner = [parent for parent in parents if parent.parents]
        if len(inner) != 1 or len(parents) > 2:
            return None
        weight = _scaled(weight, node, inner[0])
        node = inner[0]
    return None


def _scaled(weight: float | None, node: Value, inner: Value) -> float | None:
    """The factor of what is inside an operation, where the operation itself has this one."""
    operation, parents = node._operation, node.parents
    if weight is None or operation is NEG:
        return None if weight is None else -weight
    other = parents[0] if parents[-1] is inner else parents[-1]
    if len(parents) == 1 or other._operation is not CONSTANT:
        return None
    if operation is MUL:
        return weight * other.data
    return weight / other.data if operation is DIV and parents[0] is inner and other.data else None


def _chain(node: Value, part: Part) -> tuple[list[Value], list[Value | None]]:
    """The terms of a chain of +, in their order, and of each the sum of those before it, or None.

    The chain goes on in the first operand, as with `sum()`, or else in the second.
    """
    first, second = [parent._operation is ADD and parent in part.number for parent in node.parents]
    side = 1 if second and not first else 0
    terms: list[Value] = []
    before: list[Value | None] = []
    while True:
        inner, term = node.parents[side], node.parents[1 - side]
        terms.append(term)
        is_last = inner._operation is not ADD or inner not in part.number
        before.append(None if is_last else inner)
        if is_last:
            break
        node = inner
    return [inner, *reversed(terms)], [None, *reversed(before)]


def rows_of(part: Part, parameters: Collection[Value] | None = None) -> Rows | None:
    """The rows of a batch: terms of one shape in the sum that a part ends with, each with numbers of its own.

    Beside them, other terms may be there: a penalty. Neurons are terms of one shape, too. But rows share the
    parameters and have inputs of their own; neurons share the inputs.

    Args:
        parameters: the leaves that are parameters; None where nobody has said.
    """
    return next(filter(None, (_rows_in(part, found, parameters) for found in sums_of(part))), None)


def _rows_in(part: Part, found: Sum, parameters: Collection[Value] | None) -> Rows | None:
    cones = part.cones(found.terms)
    for key in (part.shape, part.content):
        rows = _largest_group(cones, key)
        first = cones.index(rows[0]) if rows else 0
        if first and found.before[first] >= 0 and rows == cones[first:]:  # the first row may be a sum, too
            others = part.cones([found.before[first], *found.terms[first:]])
            rows = others if len(set(map(key, others))) == 1 else rows
        if len(rows) > 1 and sum(map(len, rows)) * 2 > sum(map(len, cones)) and _are_rows(part, rows, parameters):
            return Rows(rows, weight_of(part, rows, found))
    return None


def weight_of(part: Part, rows: list[list[int]], found: Sum) -> float | None:
    """The factor that each row has in the result: a sum may take a term twice, and something else may take it, too."""
    times = Counter(found.terms)
    taken = {(times.get(row[-1], 1), part.uses[part.nodes[row[-1]]]) for row in rows}
    in_sum, in_all = taken.pop()
    if found.weight is None or taken or in_sum != in_all:
        return None
    weight = found.weight * in_sum
    return weight if isfinite(weight) else None


def _largest_group(cones: list[list[int]], key: Callable[[list[int]], Hashable]) -> list[list[int]]:
    """Cones that are alike: of those with the most operations, all together; the least ones count for none."""
    sizes = Counter(map(len, cones))
    groups: dict[Hashable, list[list[int]]] = {}
    for cone in cones:
        if len(cone) >= _LEAST_OPERATIONS and sizes[len(cone)] > 1:
            groups.setdefault(key(cone), []).append(cone)
    return max(groups.values(), key=lambda group: sum(map(len, group)), default=[])


def _are_rows(part: Part, rows: list[list[int]], parameters: Collection[Value] | None) -> bool:
    uses = Uses(part, rows)
    if parameters is not None:
        fit = len(uses.shared.intersection(parameters)) * len(rows) > len(uses.owned.intersection(parameters))
    else:
        fit = uses.share_parameters or (not uses.shared and not uses.among and len(rows) > _MANY)
    if not fit or uses.reach:
        return False
    return not uses.among or uses.among.isdisjoint(part.above(rows))  # else it is a recurrence: x + f(x) + …


def positions_of(part: Part) -> list[list[int]]:
    """The positions of a sequence: for each term of the sum that a part ends with what no term before it needs.

    Each looks at those before it, as attention and recurrent networks do: so no two need be equal. [] without any.
    """
    return next(filter(None, (_positions_in(part, found.terms) for found in sums_of(part))), [])


def _positions_in(part: Part, terms: list[int]) -> list[list[int]]:
    if len(terms) < _LEAST_POSITIONS:
        return []
    slices = part.first_needed(terms)
    if min(map(len, slices)) < _LEAST_IN_POSITION:
        return []
    contents = [Counter(part.nodes[n].op for n in each) for each in slices]
    if any((a & b).total() < _SIMILAR * (a | b).total() for a, b in pairwise(contents)):
        return []
    uses = Uses(part, slices)
    return slices if uses.reach and uses.share_parameters else []
