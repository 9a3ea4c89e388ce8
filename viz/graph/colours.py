"""The colours of gradients: one definition for `draw` and for the page, which gets it as `PALETTE` (colours.js).

Blue is negative and orange positive: also who sees no red or no green tells them apart. Text in black or white on any
of them has a contrast of 4.5:1 and more. How strong a colour is follows the logarithm of the gradient: next to a large
one, those a thousand times smaller are still seen.
"""

from collections.abc import Iterable
from math import ceil, floor, isfinite, log10
from typing import Any, NamedTuple

Colour = tuple[int, int, int]  # red, green, blue, 0 to 255

NEGATIVE: Colour = (20, 110, 190)
POSITIVE: Colour = (215, 105, 0)
WRONG: Colour = (255, 179, 193)  # nan and inf
WRONG_LINE: Colour = (208, 0, 47)
PAPERS: dict[str, Colour] = {"light": (255, 255, 255), "dark": (43, 46, 52)}  # of what has no gradient

_FULLEST = 0.65  # the share of the colour in the strongest: with much more, black text on blue is hard to read
_FAINTEST = 0.1  # the strength of the smallest gradient: less could not be told from none
_DECADES = (3, 8)  # how far the logarithm goes down from the largest gradient, at the least and at the most


class Scale(NamedTuple):
    """From gradients to strengths: `largest` has 1, `least` the faintest, and from there it goes straight to 0.

    >>> scale = Scale.of([-1000.0, 1.0, 0.0])
    >>> scale
    Scale(largest=1000.0, least=1.0)
    >>> [round(scale.strength(gradient), 3) for gradient in (-1000.0, 10.0, 0.5, 0.0)]
    [-1.0, 0.4, 0.05, 0.0]
    """

    largest: float
    least: float

    @classmethod
    def of(cls, gradients: Iterable[float]) -> "Scale":
        """The scale on which all of these can be seen; (0, 0) where none is finite and other than 0."""
        sizes = [abs(gradient) for gradient in gradients if isfinite(gradient) and gradient]
        if not sizes:
            return cls(0.0, 0.0)
        largest = max(sizes)
        fewest, most = _DECADES
        decades = min(max(ceil(log10(largest) - log10(min(sizes)) - 1e-9), fewest), most)
        return cls(largest, largest * 10.0**-decades)

    def strength(self, gradient: float) -> float:
        """From -1 to 1: the sign, and how strong its colour is."""
        size = abs(gradient)
        if not isfinite(size) or size == 0 or self.largest == 0:
            return 0.0
        if size < self.least:
            share = _FAINTEST * size / self.least
        elif self.least == 0:  # it is too small for a float
            share = 1.0
        else:
            fraction = log10(size / self.largest) / log10(self.largest / self.least)
            share = _FAINTEST + (1 - _FAINTEST) * (1 + max(-1.0, min(0.0, fraction)))
        return share if gradient > 0 else -share


def of_strength(strength: float, paper: Colour = PAPERS["light"]) -> Colour:
    """The colour of a strength, from -1 to 1, on a paper of this colour."""
    return blend(paper, NEGATIVE if strength < 0 else POSITIVE, _FULLEST * abs(strength))


def blend(cool: Colour, hot: Colour, share: float) -> Colour:
    """The colour at this share, from 0 to 1, of the way from one to another."""
    red, green, blue = (floor(a + share * (b - a) + 0.5) for a, b in zip(cool, hot, strict=True))
    return red, green, blue


def written(colour: Colour) -> str:
    """As Graphviz and CSS read it.

    >>> written(POSITIVE)
    '#d76900'
    """
    return "#{:02x}{:02x}{:02x}".format(*colour)


def palette() -> dict[str, Any]:
    """All of it for the page, in JSON's types."""
    return {
        "negative": NEGATIVE,
        "positive": POSITIVE,
        "wrong": WRONG,
        "wrongLine": WRONG_LINE,
        "papers": PAPERS,
        "fullest": _FULLEST,
        "faintest": _FAINTEST,
        "decades": _DECADES,
    }
