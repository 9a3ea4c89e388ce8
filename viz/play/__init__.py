"""The playground: a page that trains a network in the browser, and opens every neuron of it in its scalars.

    playground  play(), and the Playground that it returns: in a notebook, as a file
    given       the model and the rows of Python's that the page opens with
    settings    what else it opens with, by the names of nn's arguments
    names       what nn's records know of activations, losses, optimizers and initialisers

The page itself is in the explorer's `web/play/`, as it shares the explorer's interpreter; it carries the explorer's
page, too, which it opens on the scalars of a point.
"""

from .playground import Playground, play

__all__ = ["Playground", "play"]
