"""The terms of sums: as a tape has them, and while sums.py collects them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import cython  # Cython looks for this line
else:
    from .. import _cython as cython


class Terms(NamedTuple):
    """Σ signᵢ·leftᵢ·rightᵢ; right is -1 where the term is no product."""

    signs: list[int]
    left: list[int]
    right: list[int]

    def __str__(self) -> str:
        terms = zip(self.signs, self.left, self.right, strict=True)
        return " ".join(f"{'+' if s > 0 else '-'} {u}" + (f"·{v}" if v >= 0 else "") for s, u, v in terms)


class TakenUp(NamedTuple):
    """What the terms of all sums were before, one after the other.

    For each term the node that was the product, and the addition that adds it to the terms before it; -1 for none.
    """

    sources: list[int]
    adders: list[int]
    scopes: list[tuple | None]  # of the nodes of the tape before


@cython.cclass
class Addition:
    """An addition on the way: its loose terms, and the sums of products that it adds to each other.

    Attributes:
        signs, left, right: of the terms.
        sources, adders: of each term the node that it is, where it has no number of its own, and the addition that
            adds it to those before it; -1 for none. The first one is added to nothing.
        whole: the nodes that are the sum as a whole.
        products: how many terms are products.
        groups: the sums of products.
        sign: of this one, where it is such a group.
    """

    __slots__ = ("adders", "groups", "left", "products", "right", "sign", "signs", "sources", "whole")

    def __init__(self) -> None:
        self.signs: list[int] = []
        self.left: list[int] = []
        self.right: list[int] = []
        self.sources: list[int] = []
        self.adders: list[int] = []
        self.whole: list[int] = []
        self.products: int = 0
        self.groups: list[Addition] = []
        self.sign: int = 1

    def add(
        self,
        sign: cython.int,
        left: cython.Py_ssize_t,
        right: cython.Py_ssize_t,
        source: cython.Py_ssize_t,
        adder: cython.Py_ssize_t,
    ) -> None:
        self.signs.append(sign)
        self.left.append(left)
        self.right.append(right)
        self.sources.append(source)
        self.adders.append(adder)
        self.products += right >= 0

    def extend(self, other: Addition) -> None:
        self.signs.extend(other.signs if other.sign > 0 else [-s for s in other.signs])
        self.left.extend(other.left)
        self.right.extend(other.right)
        self.sources.extend(other.sources)
        self.adders.extend(other.adders)
        self.whole.extend(other.whole)
        self.products += other.products

    def make_group(self) -> None:
        """The loose terms are a sum of their own from now on."""
        group: Addition = Addition()
        group.signs, group.left, group.right = self.signs, self.left, self.right
        group.sources, group.adders, group.products = self.sources, self.adders, self.products
        self.signs, self.left, self.right, self.sources, self.adders, self.products = [], [], [], [], [], 0
        self.groups.append(group)

    def begin(self) -> None:
        """Let the first term be the one that is added to nothing: an addition is that of either side."""
        first: cython.Py_ssize_t = self.adders.index(-1)
        self.adders[first], self.adders[0] = self.adders[0], -1
