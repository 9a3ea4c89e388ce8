# cython: initializedcheck=False
"""The terms of sums: as a tape has them, and while sums.py collects them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from .columns import Column

if TYPE_CHECKING:
    import cython  # Cython looks for this line
else:
    from .. import _cython as cython


class Terms(NamedTuple):
    """Σ signᵢ·leftᵢ·rightᵢ; right is -1 where the term is no product.

    On a tape a term is two numbers: left, or ~left where it is subtracted, and right.

    >>> terms = Terms([1, -1], [2, 3], [4, -1])
    >>> print(terms)
    + 2·4 - 3
    >>> terms.numbers()
    [2, 4, -4, -1]
    >>> Terms.of(terms.numbers()) == terms
    True
    """

    signs: list[int]
    left: list[int]
    right: list[int]

    @staticmethod
    def of(numbers: Sequence[int]) -> Terms:
        """The terms of which a tape has these numbers."""
        left, right = numbers[::2], list(numbers[1::2])
        return Terms([1 if n >= 0 else -1 for n in left], [n if n >= 0 else ~n for n in left], right)

    def numbers(self) -> list[int]:
        """What a tape has of them."""
        left = [n if sign > 0 else ~n for sign, n in zip(self.signs, self.left, strict=True)]
        return list(chain.from_iterable(zip(left, self.right, strict=True)))

    def __str__(self) -> str:
        terms = zip(self.signs, self.left, self.right, strict=True)
        return " ".join(f"{'+' if s > 0 else '-'} {u}" + (f"·{v}" if v >= 0 else "") for s, u, v in terms)


class TakenUp(NamedTuple):
    """What the terms of all sums were before, one after the other.

    For each term the node that was the product, and the addition that adds it to the terms before it; -1 for none.
    """

    sources: Column
    adders: Column
    scope: Column  # of the nodes of the tape before


@cython.cclass
class Addition:
    """An addition on the way: its loose terms, and the sums of products that it adds to each other.

    Attributes:
        first, last: of its terms in the `Pool`; -1 for none.
        terms, products: how many there are, and how many of them are products.
        whole: the nodes that are the sum as a whole.
        groups: the sums of products.
        sign: of this one, where it is such a group.
    """

    __slots__ = ("first", "groups", "last", "products", "sign", "terms", "whole")

    def __init__(self) -> None:
        self.first: int = -1
        self.last: int = -1
        self.terms: int = 0
        self.products: int = 0
        self.sign: int = 1
        self.whole: list[int] = []
        self.groups: list[Addition] = []


@cython.cclass
class Pool:
    """The terms of additions on the way, each with the one after it.

    Attributes:
        sign, left, right: of the terms.
        source, adder: of each term the node that it is, where it has no number of its own, and the addition that adds
            it to those before it; -1 for none. The first one is added to nothing.
        after: the next term of the same addition; -1 of the last one.
    """

    __slots__ = ("adder", "after", "left", "right", "sign", "source")

    def __init__(self) -> None:
        self.sign: Column = Column()
        self.left: Column = Column()
        self.right: Column = Column()
        self.source: Column = Column()
        self.adder: Column = Column()
        self.after: Column = Column()

    def clear(self) -> None:
        """Forget all terms: no addition is on the way."""
        self.sign.size = self.left.size = self.right.size = 0
        self.source.size = self.adder.size = self.after.size = 0

    def add(
        self, to: Addition, sign: cython.int, left: cython.int, right: cython.int, source: cython.int, adder: cython.int
    ) -> None:
        """A new term, the last one of an addition."""
        term = self.sign.size
        self.sign.append(sign)
        self.left.append(left)
        self.right.append(right)
        self.source.append(source)
        self.adder.append(adder)
        self.after.append(-1)
        self.link(to, term, term)
        to.terms += 1
        to.products += right >= 0

    def link(self, to: Addition, first: cython.int, last: cython.int) -> None:
        """Let these terms follow those of an addition."""
        if first < 0:
            return
        if to.last < 0:
            to.first = first
        else:
            self.after.view[to.last] = first
        to.last = last

    def extend(self, to: Addition, other: Addition) -> None:
        """Give an addition the terms of another one, with its sign."""
        if other.sign < 0:
            term = other.first
            while term >= 0:
                self.sign.view[term] = -self.sign.view[term]
                term = self.after.view[term]
        self.link(to, other.first, other.last)
        to.terms += other.terms
        to.products += other.products
        to.whole.extend(other.whole)

    def make_group(self, of: Addition) -> None:
        """The loose terms are a sum of their own from now on."""
        group: Addition = Addition()
        group.first, group.last, group.terms, group.products = of.first, of.last, of.terms, of.products
        of.first, of.last, of.terms, of.products = -1, -1, 0, 0
        of.groups.append(group)

    def begin(self, of: Addition) -> None:
        """Let the first term be the one that is added to nothing: an addition is that of either side."""
        term = of.first
        while self.adder.view[term] != -1:
            term = self.after.view[term]
        self.adder.view[term] = self.adder.view[of.first]
        self.adder.view[of.first] = -1

    def remove(self, of: Addition, before: cython.int, term: cython.int) -> None:
        """Take a term, no product, out of an addition, in which it stands after another one, or first, after -1."""
        after = self.after.view[term]
        if before < 0:
            of.first = after
        else:
            self.after.view[before] = after
        if after < 0:
            of.last = before
        of.terms -= 1
