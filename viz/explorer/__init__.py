"""The explorer: a page on which one steps through backpropagation, changes numbers, and looks into every module.

    graph       the graph below a root, as compact arrays
    families    what the graph does again and again: rows, turns, positions, copies
                (parts, sums, unrolled, cuts: where they are found; members: the calls that are made around them)
    layers/     what a network in plain scalars consists of: linear layers, norms, attention, with a call around each
    program     what `compile` makes of the same graph
    turns       of its loops, which nodes are the numbers of a turn, and which go into it
    javascript  the rule book as JavaScript, for the page's own interpreter; and, by formulas, for the reader
    page        one HTML file of all this and of web/, with nothing from outside
    explorer    explore(), and the Explorer that it returns: in a notebook, as a file
    batch       the graph of the mean loss over rows, for explore(f, X, y)
    leaves      the numbers that a live page and the kernel tell each other
    widget      the same page with a live kernel behind it, by anywidget

In `web/`, each file has one subject, and `explorer.js` puts them together, without a build step:

    state/    the numbers, and what is known of them at a step: no document
              formulas/ as one reads them; folding/ which part of the graph is shown
    picture/  the graph, and the compiled program, as pictures to walk through
              layout/ where everything goes; pane/ what is in sight; colours/ of numbers
    panels/   what stands around them: steps, search, keys; details/ of what is selected

Pictures and panels know the state, and not each other; `beside.js` finds a place for what both show beside something. A
live page and a notebook talk by `live.js` and `widget.js`.
"""

from .explorer import Explorer, explore

__all__ = ["Explorer", "explore"]
