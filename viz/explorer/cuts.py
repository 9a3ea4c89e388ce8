"""Where one turn of a loop ends and the next begins: what only the next one needs may belong to it.

The turns of a deep network end where the operations begin to repeat, which may be in the middle of a normalization: its
scale is then the last that a turn computes, from numbers that the next turn takes itself.
"""

from collections.abc import Sequence
from itertools import islice

from autograd import Value
from autograd.operations import CONSTANT

from .parts import Part

Turns = list[list[int]]


def better_cut(part: Part, turns: Turns) -> Turns:
    """The turns, each with what the one before it computes for it alone, from what it takes of that one anyway.

    In the first turn it is what is computed before the loop, where this is the same; else nothing is changed.

    Args:
        turns: of each turn its operations, equally many, which correspond to each other.
    """
    if len(turns) < 2:
        return turns
    moved = _moved(part, turns)
    before = _before(part, turns, moved) if moved else None
    if before is None:
        return turns
    stay = [[n for place, n in enumerate(turn) if place not in moved] for turn in turns]
    gone = [before] + [[turn[place] for place in moved] for turn in turns[:-1]]
    return [sorted(more + own) for more, own in zip(gone, stay, strict=True)]


def _moved(part: Part, turns: Turns) -> set[int]:
    """The places, in a turn, of what belongs to the next one."""
    first, second = turns[:2]
    places = {part.nodes[n]: place for place, n in enumerate(first)}
    taken = {places[parent] for n in second for parent in part.nodes[n].parents if parent in places}
    moved = _closed(part, first, places, taken)
    inside = {part.nodes[first[place]] for place in moved}
    return moved if part.are_private(inside, [*inside, *(part.nodes[n] for n in second)]) else set()


def _closed(part: Part, turn: Sequence[int], places: dict[Value, int], taken: set[int]) -> set[int]:
    """The places of what is computed from several that are taken, and is taken too; and all in between."""
    ends: list[set[int]] = []  # of each place two of those that it is computed from; none where it needs anything else
    for n in turn:
        found: set[int] = set()
        for parent in part.nodes[n].parents:
            at = places.get(parent)
            of_parent = {at} if at in taken else ends[at] if at is not None else set()
            if not of_parent and parent._operation is not CONSTANT:
                found = set()
                break
            found |= of_parent
        ends.append(set(islice(found, 2)))
    stack = [place for place in taken if len(ends[place]) > 1]
    moved = set(stack)
    while stack:
        for parent in part.nodes[turn[stack.pop()]].parents:
            at = places.get(parent, -1)
            if at >= 0 and at not in taken and at not in moved:
                moved.add(at)
                stack.append(at)
    return moved


def _before(part: Part, turns: Turns, moved: set[int]) -> list[int] | None:
    """What takes the place of `moved` before the first turn; None where it is not the same."""
    first, second = turns[:2]
    moved_nodes = {part.nodes[first[place]] for place in moved}
    same: dict[Value, Value] = {}
    stack = []
    for n, later in zip(first, second, strict=True):
        for here, there in zip(part.nodes[n].parents, part.nodes[later].parents, strict=True):
            if there in moved_nodes:
                stack.append((here, there))
    while stack:
        here, there = stack.pop()
        if same.setdefault(there, here) is not here or here not in part.number:
            return None
        if here._operation is not there._operation or len(here.parents) != len(there.parents):
            return None
        for below, inner in zip(here.parents, there.parents, strict=True):
            if inner in moved_nodes and same.get(inner) is not below:
                stack.append((below, inner))
    found = set(same.values())
    if len(found) < len(moved) or not found.isdisjoint(part.nodes[n] for turn in turns for n in turn):
        return None
    if not part.are_private(found, found.union(part.nodes[n] for n in first)):
        return None
    return [part.number[node] for node in found]
