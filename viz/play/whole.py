"""The page of the playground, with the explorer's in it."""

from collections.abc import Iterable
from functools import cache

from ..explorer.javascript import rules_in_javascript
from ..explorer.page import Page, page
from .templates import templates
from .updates import updates_in_javascript

_USUAL = range(1, 9)  # neurons of a layer that the page makes


def whole_page(sizes: Iterable[int] = ()) -> Page:
    """It waits for its data.

    Args:
        sizes: how many outputs an activation of a whole layer, or a loss, may be of, beside those of the page's own.
    """
    return _whole(tuple(sorted({*_USUAL, *sizes})))


@cache
def _whole(sizes: tuple[int, ...]) -> Page:
    """The explorer inside has the same rules, and so it opens the graph that trains."""
    made = templates(sizes)
    rules = rules_in_javascript(made.operations)
    inside = page("explorer", rules, "glassgrad: the scalars")
    definitions = f"{rules}\n{made.in_javascript()}\n{updates_in_javascript()}"
    return page("play/play", definitions, "glassgrad: the playground", inside)
