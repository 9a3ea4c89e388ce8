"""The playground: a page that trains a network in the browser, and opens every neuron of it in its scalars.

    playground  play(), and the Playground that it returns: in a notebook, as a file
    given       the model and the rows of Python's that the page opens with
    settings    what else it opens with, by the names of nn's arguments
    names       what nn's records know of activations, losses, optimizers and initialisers
    templates   neurons, activations and losses in scalars, for the page to build networks of
    loops       the rule book as loops over columns, which are fast
    updates     the book of updates as JavaScript, for its optimizers
    whole       one HTML file of all this, with the explorer's page in it

The page itself is in the explorer's `web/play/`, as it shares the explorer's interpreter; it carries the explorer's
page, too, which it opens on the scalars of a point.
"""

from .playground import Playground, play

__all__ = ["Playground", "play"]
