# cython: initializedcheck=False
"""The graph that a function has made, as a tape: what trace.py writes."""

from __future__ import annotations

from collections.abc import Callable
from math import nan
from typing import TYPE_CHECKING, Any, NoReturn

from ..keeping import turn
from ..operations import CONSTANT, INPUT
from ..value import Value
from ..walks import new_mark, sorted_graph
from .columns import Column
from .tape import PARAMETER, Tape

if TYPE_CHECKING:
    import cython  # Cython looks for this line
else:
    from .. import _cython as cython


def placeholder() -> Value:
    """The leaf for a number that is not known yet."""
    leaf = Value(nan)
    leaf._operation = leaf._b = INPUT  # which says that its number is kept elsewhere
    return leaf


def write_tape(
    outputs: list[Value],
    made: list[Value],
    placeholders: dict[Value, tuple[int, int]],
    root: tuple,
    refuse: Callable[[str], NoReturn],
) -> tuple[Tape, list[Value]]:
    """The graph below the outputs, and the leaves in it that the function has made; each is a constant on the tape.

    The leaves come first, in the order in which they are used, a constant once for each number. Then come the nodes in
    the order in which they were made.

    Args:
        outputs: what the function returned.
        made: the inner nodes that it has made, in order; those that the outputs do not need are left out.
        placeholders: the numbers of a row that it got; for each the operands of its INPUT.
        root: the outermost scope of all nodes that the function made.
        refuse: raises the error for something that cannot be compiled.
    """
    with turn:  # meanwhile, `_visit` of a node whose number on the tape is n is ~n, which is negative
        return _write_tape(outputs, made, placeholders, root, refuse)


def _write_tape(outputs: list, made: list, placeholders: dict, root: tuple, refuse: Any) -> tuple:
    leaves: list
    count: cython.Py_ssize_t
    needed: cython.longlong
    node: Value
    parent: Value
    leaves, count, needed = leaves_of(outputs, made)
    made_here = _Scopes(root)
    tape: Tape = Tape(len(leaves) + count, (), len(leaves) + count)
    of: Column = tape.of
    constants: dict = {}
    own: list = []
    for node in leaves:
        if node._a is not None or type(node._b) is tuple:
            _refuse_outside(node, refuse)
        if node._operation is INPUT:
            if node not in placeholders:
                refuse(_KEPT)
            node._visit = ~tape.add(INPUT, placeholders[node])
        elif node._operation is CONSTANT or (node._scope is not None and made_here(node._scope)):
            node._visit = ~tape.constant(node.data, constants)
            if node._operation is not CONSTANT:
                own.append(node)
        else:
            of.append(len(tape.parameters))
            tape.parameters.append(node)
            node._visit = ~tape.close(tape.number_of(PARAMETER), 0)
    for node in made:
        if node._visit != needed:
            continue
        if node._a is None:
            for parent in node._b[0]:
                of.append(~parent._visit)
        else:
            of.append(~node._a._visit)
            if node._b is not None:
                parent = node._b
                of.append(~parent._visit)
        node._visit = ~tape.close(tape.number_of(node._operation), tape.number_of_scope(node._scope))
    tape.outputs = [number_on_tape(output) for output in outputs]
    return tape, own


_KEPT = "f uses a number that was kept from another trace of a function; compute it anew"


def _refuse_outside(node: Value, refuse: Callable[[str], NoReturn]) -> NoReturn:
    """Refuse a node that the function uses and has not made."""
    if any([leaf._operation is INPUT for leaf in sorted_graph((node,))[0]]):
        refuse(_KEPT)
    refuse(
        f"f uses {node!r}, which was computed outside of it (by {node.op!r}): compute it inside, so that it is "
        "computed again when its parents change"
    )


def leaves_of(roots: list, made: list) -> tuple:
    """The leaves below the roots; of the inner nodes, all that were made, how many are needed, and the mark of these.

    Leaves are here all that is not in `made`, in the order of their use. No node stands before what it was computed
    from: so one walk back over the list marks what the roots need.
    """
    leaves: list = []
    count: cython.Py_ssize_t = 0
    node: Value
    operand: Value | None
    with turn:
        needed, done = new_mark(), new_mark()
        for node in roots:
            node._visit = needed
        for node in reversed(made):
            if node._visit == needed:
                if node._a is None:
                    for operand in node._b[0]:
                        operand._visit = needed
                else:
                    node._a._visit = needed
                    operand = node._b
                    if operand is not None:
                        operand._visit = needed
        for node in made:
            if node._visit == needed:
                if node._a is None:
                    for operand in node._b[0]:
                        _enter_leaf(operand, leaves, done)
                else:
                    _enter_leaf(node._a, leaves, done)
                    if node._b is not None:
                        _enter_leaf(node._b, leaves, done)
                node._visit = done
                count += 1
        for node in roots:
            _enter_leaf(node, leaves, done)
    return leaves, count, done


def _enter_leaf(node: Value, leaves: list, done: cython.longlong) -> None:
    """Of what a node was computed from, add to the leaves what did not come by before."""
    if node._visit != done:
        node._visit = done
        leaves.append(node)


def number_on_tape(node: Value) -> int:
    """The number of a node of the graph that was written last; until `turn` is released, as others mark nodes, too."""
    return ~node._visit


class _Scopes:
    """Tells whether a scope lies inside the one of this trace."""

    def __init__(self, root: tuple) -> None:
        self.inside: dict[int, bool] = {id(root): True, id(None): False}

    def __call__(self, scope: tuple | None) -> bool:
        outer = []
        while id(scope) not in self.inside:
            outer.append(scope)
            scope = scope[0]  # type: ignore[index]
        inside = self.inside[id(scope)]
        self.inside.update((id(each), inside) for each in outer)
        return inside
