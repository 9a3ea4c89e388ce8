"""What became of each node of a tape: the number, in an array of the program, that it is or has become a part of.

The passes forget on the way what they merge, and `compile` has no use for it; a picture has, that shows which scalars a
matrix product stands for. So it is found out afterwards, from what the passes return: `compile` is no slower for it.

Of a sum, Σ wᵢ·xᵢ + b, the program computes one item by a contraction, and then the sum of its few items. A product
belongs to its item. So does an addition that has terms of one item on both sides; another one joins items. (Where both
sides have terms of two items, the program adds twice what the graph adds once: that addition belongs to one of them.)
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from ..operations import CONSTANT, DIV, NEG, SUB
from .classes import Classes, find_classes
from .program import Program
from .sums import DOT, SUM, is_addition, number_sums
from .tables import Layout
from .tape import Tape

_NONE, _CONSTANT = -1, -2  # in place of a second factor: the term has none; it is a constant that `find_sums` has made


class Place(NamedTuple):
    """One number of a value."""

    value: int
    position: int


def find_places(tape: Tape, input_sizes: Sequence[int], most: int | None = None) -> tuple[Program, list[Place | None]]:
    """The program of a tape with its parameters in the order of their use, and the place of each node of the tape.

    A node that a sum has taken up has the place of the item, or of the sum, that it is a part of. None stands for
    constants, and for nodes that no output needs.

    Args:
        tape: folded.
        input_sizes: how many numbers a row of each argument has.
        most: classes; None: as many as there are.

    Raises:
        ValueError: when there are more classes, and so a program of as many operations, which no picture can show.

    >>> from .trace import trace
    >>> tape, _ = trace(lambda x, w: (w[0] * x[0] + w[1] * x[1] + w[2]).tanh(), [(2,), (3,)])
    >>> program, places = find_places(tape, [2, 3])
    >>> print(program)
    t1 = dot(x1, x0)
    t2 = x1 + t1
    t3 = tanh(t2)
    >>> names = [operation.name for operation in tape.operations]
    >>> [f"{name} {program.name(place.value)}" for name, place in zip(names, places) if place][5:]
    ['mul t1', 'mul t1', 'add t1', 'add t2', 'tanh t3']
    """
    summed, after = number_sums(tape)
    classes = find_classes(summed)
    if most is not None and len(classes.classes) > most:
        raise ValueError(f"its program has {len(classes.classes):,} classes of nodes, too many for a picture")
    layout = Layout(classes, None, 0, input_sizes)
    program = layout.program()

    def place(n: int) -> Place | None:
        found = layout.place_of(n)
        return None if found is None else Place(*found)

    return program, [place(n) for n in _Provenance(tape, summed, after, classes).find()]


class _Group(NamedTuple):
    """A sum; or one that `find_sums` keeps apart inside another."""

    node: int  # of the classes
    items: dict[int, int]  # the node of each item, by its bit
    parent: int  # the index of the group around it; -1 for the outermost
    bit: int  # of this group among the items of that one


class _Terms(NamedTuple):
    """Which terms of its sum lie below a node of the tape: bits of the groups that may hold them all, and of items."""

    groups: int
    items: int


class _Sum:
    """A node of `find_sums` with its items: the kinds of its terms, each known by a bit."""

    def __init__(self) -> None:
        self.groups: list[_Group] = []  # inner ones first
        self.bits: dict[tuple[int, int, int], int] = {}  # of the items, by the sign and the classes of their factors
        self.members: dict[tuple[int, int], int] = {}  # where there are several groups: those of a term, by its factors
        self.scaled: dict[tuple[int, int], int] = {}  # constant·(u·v) is (constant·u)·v: the node constant·u

    def joined(self, a: _Terms, b: _Terms) -> tuple[int, _Terms]:
        """The node that an addition of these terms belongs to, and the terms of both."""
        groups = a.groups & b.groups or 1 << (len(self.groups) - 1)
        index = _lowest(groups)
        of_a, of_b = self.seen_from(index, a), self.seen_from(index, b)
        group, both = self.groups[index], of_a & of_b
        return group.items.get(_lowest(both), group.node) if both else group.node, _Terms(groups, of_a | of_b)

    def seen_from(self, index: int, terms: _Terms) -> int:
        """The items of a group among which the terms are: all those of a group inside it are one."""
        inner = _lowest(terms.groups)
        while inner != index and inner >= 0:
            if self.groups[inner].parent == index:
                return 1 << self.groups[inner].bit
            inner = self.groups[inner].parent
        return terms.items

    def item(self, terms: _Terms) -> int:
        """The node that a single term belongs to."""
        group = self.groups[_lowest(terms.groups)]
        return group.items.get(_lowest(terms.items), group.node) if terms.items else group.node


class _Provenance:
    """Goes over the tape before `find_sums`, and knows where its nodes are in the one after."""

    def __init__(self, tape: Tape, summed: Tape, after: list[int], classes: Classes) -> None:
        self.operations, self.operands, self.after = tape.operations, tape.operands, after
        self.summed, self.classes = summed, classes
        self.became = [self.resolved(n) for n in after]
        self.terms: dict[int, _Terms] = {}  # of additions that another one takes up
        self.sums: dict[int, _Sum] = {}
        made = set(range(len(summed.operations))).difference(after)
        self.made = {n for n in made if summed.operations[n] is not CONSTANT}  # nodes that only `find_sums` knows
        self.constants = next((i for i, c in enumerate(classes.classes) if c.operation is CONSTANT), -3)  # their class
        self.items = {  # of each sum
            n: [(run.sign, item) for run, item in zip(c.runs, operands, strict=True)]
            for c in classes.classes
            if c.operation is SUM
            for n, operands in zip(c.nodes, c.operands, strict=True)
        }
        self.makers = {item: n for n, item in reversed(classes.aliases.items())}  # the first sum that is this item
        for n, item in classes.aliases.items():
            self.items[n] = [(1, item)]

    def find(self) -> list[int]:
        """For each node of the tape the node of the classes that it belongs to; -1 where no output needs it."""
        homes = self.find_homes()
        for n in sorted(homes):
            self.enter(n, *homes[n])
        return self.became

    def resolved(self, n: int) -> int:
        return self.classes.aliases.get(n, n)

    def find_homes(self) -> dict[int, tuple[int, int]]:
        """For each addition the sum that it is or was taken up by, and its sign there."""
        homes = {}
        for n in range(len(self.operations) - 1, -1, -1):
            if not is_addition(self.operations[n]):
                continue
            if self.after[n] >= 0:
                homes[n] = (self.after[n], 1)
            if n in homes and self.operations[n] is not DOT:
                home, sign = homes[n]
                for m, its_sign in zip(self.operands[n], self.signs(n, sign), strict=True):
                    if self.after[m] < 0 and is_addition(self.operations[m]):
                        homes[m] = (home, its_sign)
        return homes

    def signs(self, n: int, sign: int) -> tuple[int, ...]:
        """Of the operands of an addition that has this sign."""
        return (-sign,) if self.operations[n] is NEG else (sign, -sign if self.operations[n] is SUB else sign)

    def enter(self, n: int, home: int, sign: int) -> None:
        """An addition, with the products that it takes up."""
        if home not in self.sums:
            self.sums[home] = self.read_sum(home)
        of = self.sums[home]
        operands = self.operands[n]
        if self.operations[n] is DOT:
            half = len(operands) // 2
            pairs = zip(operands[:half], operands[half:], strict=True)
            each = [self.product(of, n, sign, pair) for pair in pairs]
            (most, _), *_ = Counter(map(of.item, each)).most_common(1)
            terms = each[0]
            for other in each[1:]:
                terms = of.joined(terms, other)[1]
            self.became[n] = most
        else:
            below = [self.below(of, m, s) for m, s in zip(operands, self.signs(n, sign), strict=True)]
            if len(below) == 1:  # a sign is given where the items are joined
                terms = below[0]
                self.became[n] = of.groups[_lowest(terms.groups)].node
            else:
                self.became[n], terms = of.joined(*below)
        if self.after[n] < 0:
            self.terms[n] = terms
        else:
            del self.sums[home]  # it is complete

    # ---------------------------------------------------------------------------------------------- terms of a sum

    def below(self, of: _Sum, m: int, sign: int) -> _Terms:
        """The terms at an operand of an addition."""
        operation = self.operations[m]
        if self.after[m] >= 0:
            return self.term(of, sign, self.after[m], _NONE)
        if is_addition(operation):
            return self.terms.pop(m)
        return self.product(of, m, sign, self.operands[m][:1] if operation is DIV else self.operands[m])

    def product(self, of: _Sum, n: int, sign: int, factors: Sequence[int]) -> _Terms:
        """The term u·v that node n has made, or u/constant where there is one factor; n gets the place of its item."""
        negated = [m for m in factors if self.after[m] < 0 and self.operations[m] is NEG]
        factors = [self.operands[m][0] if m in negated else m for m in factors]
        sign *= (-1) ** len(negated)
        scaled = [m for m in factors if self.after[m] < 0]
        if scaled:
            u, v = [self.after[m] for m in self.operands[scaled[0]]]
            terms = self.term(of, sign, of.scaled[u, v], v)
            self.became[scaled[0]], self.became[n] = of.item(terms), of.scaled[u, v]
        else:
            u, v = [*(self.after[m] for m in factors), _CONSTANT][:2]
            terms = self.term(of, sign, u, v)
            if self.after[n] < 0:
                self.became[n] = of.item(terms)
        for m in negated:
            self.became[m] = self.became[n]
        return terms

    def term(self, of: _Sum, sign: int, u: int, v: int) -> _Terms:
        """The term u·v, of nodes after `find_sums`."""
        if v == _NONE and self.summed.operations[u] is CONSTANT:
            sign = 1  # the constants of a sum are added up, with their signs
        bit = of.bits.get(_kind(sign, self.class_of(u), self.class_of(v)))
        groups = of.members.get(self.factors(u, v), 0) or (1 << len(of.groups)) - 1
        return _Terms(groups, 0 if bit is None else 1 << bit)

    def class_of(self, n: int) -> int:
        if n < 0:
            return self.constants if n == _CONSTANT else _NONE
        return self.classes.class_of[self.resolved(n)]

    def factors(self, u: int, v: int) -> tuple[int, int]:
        """The factors of a term, whichever comes first; a constant may be another one after `find_sums`."""
        u, v = [_CONSTANT if n >= 0 and self.summed.operations[n] is CONSTANT else n for n in (u, v)]
        return min(u, v), max(u, v)

    # --------------------------------------------------------------------------------------------- a sum as a whole

    def read_sum(self, home: int) -> _Sum:
        """The items of a sum and of those inside it."""
        of = _Sum()
        outer_first = [(home, 1, -1, 0)]  # the node, its sign, the group around it, and the bit that it has there
        for index, (node, sign, parent, bit) in enumerate(outer_first):
            items = {}
            for its_sign, item in self.items[node]:
                kind = _kind(sign * its_sign, *self.item_classes(node, item))
                items[of.bits.setdefault(kind, len(of.bits))] = item
            of.groups.append(_Group(self.resolved(node), items, parent, bit))
            for its_sign, u, v in zip(*self.summed.operands[node], strict=True) if self.made else ():
                if u in self.made and v < 0:
                    kind = _kind(sign * its_sign, self.class_of(u), _NONE)
                    outer_first.append((u, sign * its_sign, index, of.bits[kind]))
                elif u in self.made:
                    of.scaled[self.summed.operands[u][1], v] = u
        if len(outer_first) > 1:
            last = len(outer_first) - 1
            of.groups = [g._replace(parent=last - g.parent if g.parent >= 0 else -1) for g in reversed(of.groups)]
            for index, (node, *_) in enumerate(reversed(outer_first)):
                around, inner = 0, index
                while inner >= 0:
                    around |= 1 << inner
                    inner = of.groups[inner].parent
                for _, u, v in zip(*self.summed.operands[node], strict=True):
                    factors = self.factors(u, v)
                    of.members[factors] = of.members.get(factors, 0) | around
        return of

    def item_classes(self, node: int, item: int) -> tuple[int, int]:
        """The classes of the factors of an item's terms."""
        c = self.classes.class_of[item]
        if item < len(self.summed.operations) or self.makers.get(item, node) != node:  # a term that stands alone
            return c, _NONE
        runs = self.classes.classes[c].runs
        return runs[0].of, runs[1].of if len(runs) == 2 else _NONE


def _kind(sign: int, of_u: int, of_v: int) -> tuple[int, int, int]:
    """What the terms of an item have in common: the sign, and the classes of the factors, whichever comes first."""
    return sign, min(of_u, of_v), max(of_u, of_v)


def _lowest(bits: int) -> int:
    """The position of the lowest bit that is set."""
    return (bits & -bits).bit_length() - 1
