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
    rules, *others = definitions(sizes)
    inside = page("explorer", rules, "glassgrad: the scalars")
    return page("play/play", "\n".join([rules, *others]), "glassgrad: the playground", inside)


def definitions(sizes: Iterable[int]) -> list[str]:
    """What Python writes for the page's modules: RULES, TEMPLATES and UPDATES.

    >>> [each.split()[1] for each in definitions([1])]
    ['RULES', 'TEMPLATES', 'UPDATES']
    """
    made = templates(sizes)
    return [rules_in_javascript(made.operations), made.in_javascript(), updates_in_javascript()]
