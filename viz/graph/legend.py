"""What the colours of a picture mean, in boxes of the picture itself: Graphviz lays them out where nothing else is."""

from collections.abc import Iterator
from contextlib import contextmanager

from .colours import WRONG, WRONG_LINE, Scale, of_strength, written
from .digraph import Digraph
from .dot import LINE, escape, escape_tooltip
from .picture import Picture

_STRIPES = 7  # of the bar; the middle one is white
_ENTRY = {"fontsize": "9", "height": "0.2", "margin": "0.1,0.03"}


@contextmanager
def legend_frame(picture: Picture) -> Iterator[Digraph]:
    """A frame for the entries of a legend."""
    with picture.subgraph(name="cluster_legend") as frame:
        frame.attr(label="", style="rounded", color=LINE, margin="4", tooltip="what the colours mean")
        yield frame


def draw_entry(frame: Digraph, words: str, tooltip: str = "", **look: str) -> None:
    """A box that looks like those of which the words tell."""
    frame.node(
        f"legend{len(frame.body)}", label=escape(words), tooltip=escape_tooltip(tooltip or words), **(_ENTRY | look)
    )


def gradient_legend(picture: Picture, scale: Scale, has_dashes: bool, has_wrong: bool) -> None:
    """The bar from the largest negative gradient to the largest positive one, and what else is to be seen."""
    if not scale.largest and not has_wrong:
        return  # all is white: nothing has gone backward yet
    with legend_frame(picture) as frame:
        if scale.largest:
            middle = _STRIPES // 2
            stripes = ":".join(written(of_strength((i - middle) / middle)) for i in range(_STRIPES))
            words = f"-{scale.largest:.3g}  ·  gradient  ·  {scale.largest:.3g}"
            tooltip = (
                f"blue: negative, orange: positive\nthe stronger the larger, by the logarithm from {scale.least:.3g} on"
            )
            draw_entry(frame, words, tooltip, style="striped", fillcolor=stripes, width="1.7")
        if has_wrong:
            draw_entry(frame, "nan or inf", fillcolor=written(WRONG), color=written(WRONG_LINE), penwidth="2")
        if has_dashes:
            draw_entry(frame, "dashed line: nothing flows back", style="dashed", fontcolor=LINE)
