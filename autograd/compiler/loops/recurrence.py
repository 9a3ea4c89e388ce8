"""What of a turn depends on the turn before it: only that has to be computed one turn after the other."""

from __future__ import annotations

from typing import NamedTuple

from ...operations import ADD
from .turns import TURN, Turns


class Core(NamedTuple):
    """Nodes of a turn, in order: those that wait for earlier turns, and those that these need and that wait for none.

    Attributes:
        delay: from how many turns before the last number comes that is waited for.
    """

    nodes: list[int]
    before: list[int]
    delay: int


def core_of(turns: Turns, escapes: bytearray) -> Core:
    """What of a turn lies on a cycle of dependence, or between two of them.

    A sum of something in every turn, of which only the last total is used, is none: it's a sum. Where the delay is of D
    turns, each D turns do not depend on one another.

    Args:
        escapes: of each node of a turn, whether one of any turn is used outside of the turns; the last one aside.
    """
    operands = [operands_of(turns, s) for s in range(turns.period)]
    users: list[list[int]] = [[] for _ in operands]
    for s, of in enumerate(operands):
        for m in of:
            users[m].append(s)
    on_cycle: set[int] = set()
    for component in components(operands):
        if is_cycle(component, operands) and not is_sum(component, turns, operands, users, escapes):
            on_cycle.update(component)
    core = sorted(reachable(on_cycle, users) & reachable(on_cycle, operands))
    before = sorted(reachable(set(core), operands) - set(core))
    return Core(core, before, least_delay(turns, on_cycle))


def least_delay(turns: Turns, on_cycle: set[int]) -> int:
    """Of all operands on cycles that come from earlier turns: from how many turns before."""
    delays = []
    for s in on_cycle:
        for i in range(turns.begin[s], turns.begin[s + 1]):
            relative = turns.relative[i]
            if turns.source[i] == TURN and relative < 0 and relative % turns.period in on_cycle:
                delays.append(-(relative // turns.period))
    return min(delays, default=1)


def operands_of(turns: Turns, s: int) -> list[int]:
    """The nodes of a turn, by their places, whose numbers of this or an earlier turn a node is computed from."""
    found = []
    for i in range(turns.begin[s], turns.begin[s + 1]):
        if turns.source[i] == TURN:
            found.append(turns.relative[i] % turns.period)
    return found


def components(operands: list[list[int]]) -> list[list[int]]:
    """The strongly connected components of a graph, by R. Tarjan's algorithm (SIAM J. Comput. 1, 1972)."""
    index: list[int] = [-1] * len(operands)
    low: list[int] = [0] * len(operands)
    on_stack = bytearray(len(operands))
    stack: list[int] = []
    found: list[list[int]] = []
    count = 0
    for root in range(len(operands)):
        if index[root] >= 0:
            continue
        work = [(root, 0)]
        while work:
            node, i = work.pop()
            if i == 0:
                index[node] = low[node] = count
                count += 1
                stack.append(node)
                on_stack[node] = 1
            descended = False
            for k in range(i, len(operands[node])):
                m = operands[node][k]
                if index[m] < 0:
                    work += [(node, k + 1), (m, 0)]
                    descended = True
                    break
                if on_stack[m]:
                    low[node] = min(low[node], index[m])
            if descended:
                continue
            if low[node] == index[node]:
                at = len(stack)
                while True:
                    at -= 1
                    on_stack[stack[at]] = 0
                    if stack[at] == node:
                        break
                found.append(stack[at:])
                del stack[at:]
            if work:
                parent = work[-1][0]
                low[parent] = min(low[parent], low[node])
    return found


def is_cycle(component: list[int], operands: list[list[int]]) -> bool:
    return len(component) > 1 or component[0] in operands[component[0]]


def is_sum(
    component: list[int], turns: Turns, operands: list[list[int]], users: list[list[int]], escapes: bytearray
) -> bool:
    """Whether a cycle is a chain of additions, of which only the last total is used."""
    members, tape = set(component), turns.tape
    for s in component:
        is_addition = tape.operation(turns.start + s) is ADD and sum(m in members for m in operands[s]) == 1
        if not is_addition or escapes[s] or not members.issuperset(users[s]):
            return False
    return True


def reachable(begin: set[int], edges: list[list[int]]) -> set[int]:
    """Where one comes from some nodes by edges, these included."""
    found, new = set(begin), list(begin)
    while new:
        for m in edges[new.pop()]:
            if m not in found:
                found.add(m)
                new.append(m)
    return found
