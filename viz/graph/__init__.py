"""A graph as a picture, by Graphviz: what `viz.draw` makes of Values.

    values    the picture: every number in it, with its gradient
    visible   which part of a graph is shown: all of it, or modules folded to one box each, or what is near the root
    dot       what all pictures have in common: how they look, frames around module calls, text shown as it is
    colours   of gradients: how strong each is, by which scale; the page has them from here, too
    legend    what the colours of a picture mean
    digraph   `graphviz.Digraph`, or where that is not installed a plain one, by which pages have the same source
    picture   what `draw` returns: it shows itself in a notebook, and writes files
    layout    Graphviz where no program `dot` is installed
    painting  pixels and PDF, of what Graphviz has laid out
    showing   in a notebook, or in a browser

Pictures of programs are made of the same parts.
"""

from .picture import Picture
from .values import draw_values

__all__ = ["Picture", "draw_values"]
