"""Calls around the members of a family, made up where the user has none: what belongs together stands together."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import count, takewhile
from typing import TypeAlias, TypeVar

from autograd import Value

from ..graph.visible import ModuleCall, common_call

T = TypeVar("T")
Homes: TypeAlias = dict[Value, ModuleCall | None]


def around_members(
    homes: Homes,
    nodes: Iterable[Value],
    slices: Sequence[Sequence[Value]],
    name: str,
    numbers: Iterable[int] | None = None,
) -> list[ModuleCall]:
    """Make one call around each slice, "row 1", "row 2", …, and put the slice's operations into it, in `homes`.

    It stands right in the call that contains all slices. What calls the operations are in between stays between, and
    is cut in pieces where it has operations of several slices: the calls of a model are in the calls of the rows. Where
    the user's own calls contain just the slices, nothing is made, and they are the members.

    Args:
        homes: the module call around each node; changed for those in slices.
        nodes: the operations of the part that the slices are of.
        name: of one member.
        numbers: of the members; else 1, 2, …

    Returns:
        the calls, one for each slice.
    """
    outer = common_of(homes[node] for each in slices for node in each)
    if own := _own_calls(homes, nodes, slices, outer):
        return own
    depth = outer.depth + 1 if outer else 1
    members = []
    for number, each in zip(numbers or count(1), slices, strict=False):
        member = ModuleCall(f"{name} {number}", outer, depth)
        became: dict[ModuleCall | None, ModuleCall] = {outer: member}
        for node in each:
            homes[node] = _moved(homes[node], became)
        members.append(member)
    return members


def _own_calls(
    homes: Homes, nodes: Iterable[Value], slices: Sequence[Sequence[Value]], outer: ModuleCall | None
) -> list[ModuleCall]:
    """The user's calls that have in them just the operations of each slice; [] where there are none."""
    known: dict[ModuleCall | None, ModuleCall | None] = {None: None, outer: None}
    own: dict[ModuleCall, int] = {}
    for each in slices:
        call = _right_in(outer, homes[each[0]], known)
        if call is None or any(_right_in(outer, homes[node], known) is not call for node in each):
            return []
        own[call] = len(each)
    inside = Counter(_right_in(outer, homes[node], known) for node in nodes)
    return list(own) if len(own) == len(slices) and all(inside[call] == size for call, size in own.items()) else []


def common_of(calls: Iterable[ModuleCall | None]) -> ModuleCall | None:
    """The innermost call that contains all these."""
    distinct = list(dict.fromkeys(calls))
    common = distinct[0]
    for call in distinct[1:]:
        common = common_call(common, call)
    return common


def are_whole(homes: Homes, nodes: Iterable[Value], slices: Sequence[Sequence[Value]]) -> bool:
    """Whether each call in which a slice has operations, but for those around all slices, is in that slice alone."""
    outer = common_of(homes[node] for each in slices for node in each)
    slice_of = {node: k for k, each in enumerate(slices) for node in each}
    of_call: dict[ModuleCall, int] = {}
    known: dict[ModuleCall | None, ModuleCall | None] = {None: None, outer: None}
    for node in nodes:
        call = _right_in(outer, homes[node], known)
        if call is not None and of_call.setdefault(call, slice_of.get(node, -1)) != slice_of.get(node, -1):
            return False
    return True


def all_calls(homes: Iterable[ModuleCall | None]) -> list[ModuleCall]:
    """These calls and those around them, each once, and after the one around it."""
    calls: dict[ModuleCall, None] = {}
    for home in homes:
        path = list(takewhile(lambda call: call not in calls, around(home)))
        calls.update(dict.fromkeys(reversed(path)))
    return list(calls)


def around(call: ModuleCall | None) -> Iterable[ModuleCall]:
    """This call, and all around it."""
    while call is not None:
        yield call
        call = call.outer


def _moved(call: ModuleCall | None, became: dict[ModuleCall | None, ModuleCall]) -> ModuleCall:
    """What a call becomes in a member: one of the same name, in what the calls around it become."""
    return _from_above(call, became, lambda each, outer: ModuleCall(each.name, outer, outer.depth + 1))


def _right_in(
    outer: ModuleCall | None, call: ModuleCall | None, known: dict[ModuleCall | None, ModuleCall | None]
) -> ModuleCall | None:
    """The call right in the outer one that contains a call; None where there is none."""
    return _from_above(call, known, lambda each, found: each if each.outer is outer else found)


def _from_above(call: ModuleCall | None, known: dict[ModuleCall | None, T], inner: Callable[[ModuleCall, T], T]) -> T:
    """What is known of a call; where nothing is yet, of each call from the known one around it downwards: `inner`."""
    path: list[ModuleCall] = []
    while call not in known:
        assert call is not None
        path.append(call)
        call = call.outer
    found = known[call]
    for each in reversed(path):
        found = known[each] = inner(each, found)
    return found
