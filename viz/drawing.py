"""`draw`: the graph of an expression, or a compiled program, as a picture."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from autograd import Value

from .advice import is_without_axes, no_root
from .graph import Picture, draw_values

if TYPE_CHECKING:
    from autograd.compiler.compiled import Compiled
    from autograd.compiler.program import Program


def draw(
    root: "Value | Iterable[Value] | Program | Compiled",
    *,
    direction: str = "LR",
    max_nodes: int = 1000,
    backward: bool = False,
    legend: bool = True,
) -> Picture:
    """Draw the graph below `root`, every node with its label, its number and its gradient; or a compiled program.

    Operations are small circles, numbers in the expression small boxes. Blue is a negative gradient, orange a positive
    one; the stronger the colour, the larger the gradient, by its logarithm relative to the largest in the picture; nan
    and inf are red. A dashed line is one along which nothing flows back: to what an operation did not choose, and below
    it. A small legend says so, as soon as there is a gradient. A frame stands around each module call. Tooltips
    give the numbers in full and the local derivatives.

    A program, made by `autograd.compile`, is drawn with one box for each array operation: its name, the shape of the
    result, with B for the rows of the batch, and how many scalar nodes it stands for. Products of matrices are blue,
    the stronger the more they compute; what only moves numbers is grey; parameters are orange. Tooltips give the
    line of the program, the shapes of the operands and the floating-point operations. A loop, which Python has
    unrolled, is a frame around one turn: green boxes are what goes into it, carried from turn to turn, along green
    arrows, scanned, with other numbers in each turn, or invariant; what goes out says from which turns it is.

    A graph of more than `max_nodes` nodes is drawn with module calls folded to one box each, innermost first; where
    that is not enough, only the part nearest to the root is drawn, and a box says how many nodes are left out. In the
    picture of a program, what many operations read stands there several times; one of more than 300 boxes has not all
    arrows of that box, nor those to a folded backward pass.

    Args:
        root: a Value, or several; or a program, or what `autograd.compile` returned: then the program of its latest
            call.
        direction: where the root is: "LR" (left to right: at the right), "RL", "TB" (top to bottom) or "BT".
        max_nodes: how many boxes at the most.
        backward: of a program: draw the operations that compute the gradient too, in a frame of their own, with dashed
            arrows back from the output to the parameters. Those with a question find out first to which numbers
            something flows back: not to a branch that was not taken.
        legend: with boxes that say what the colours mean.

    Returns:
        a `graphviz.Digraph` that shows itself in a notebook, and by `.show()` anywhere; `.save("graph.svg")` and
        `.save("graph.png")` write a file. None of it needs `dot`. Where the package graphviz is not installed, in a
        browser, it is a plain one: its `.source` is the same, and pages lay it out.

    Raises:
        TypeError: when `root` is something else.
        ValueError: when there is no root, or an option is not one of the above.
        RuntimeError: when a compiled function was not called yet, and has no program.

    >>> x, w = Value(2.0, label="x"), Value(-3.0, label="w")
    >>> y = (x * w).tanh()
    >>> y.backward()
    >>> print(draw(y).pipe(encoding="utf-8").count("tanh"))
    2
    >>> from autograd import compile
    >>> f = compile(lambda x: (x * w).tanh())
    >>> f([1.0, 2.0]).shape
    (2,)
    >>> print(draw(f).pipe(encoding="utf-8").count("2 array operations"))
    1
    """
    program = None
    if not isinstance(root, Value | Iterable):
        from .programs import draw_program, find_program  # here, so that `import viz` does not import NumPy

        program = find_program(root)
    roots = _roots(root) if program is None else []
    if direction not in ("LR", "RL", "TB", "BT"):
        raise ValueError(f"direction must be 'LR', 'RL', 'TB' or 'BT'; got {direction!r}")
    if not isinstance(max_nodes, int) or max_nodes < 1:
        raise ValueError(f"max_nodes must be a positive integer; got {max_nodes!r}")
    if program is not None:
        return draw_program(program, direction, max_nodes, backward, legend)
    if backward:
        raise ValueError("backward=True is for a program; the graph of a Value shows the gradients anyway")
    return draw_values(roots, direction, max_nodes, legend)


def _roots(root: Any) -> Sequence[Value]:
    is_one = isinstance(root, Value | str | bytes) or not isinstance(root, Iterable) or is_without_axes(root)
    roots: list[Any] = [root] if is_one else list(root)
    for each in roots:
        if not isinstance(each, Value):
            raise no_root("draw", "a Value or a list of Values, or a compiled program", each)
    if not roots:
        raise ValueError("draw needs a Value or a list of Values; the list is empty")
    return roots
