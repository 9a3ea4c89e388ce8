"""Steps that look up a table of positions: gather and scatter, and take, whose index differs from row to row."""

import numpy as np

from ...kinds import Gather, Scatter, Take, TakeAdjoint
from ...program import Step
from ...views import View
from . import machine
from .code import TYPES, Code
from .memories import BYTES, Ref


def emit_gather(code: Code, step: Step, kind: Gather, out: Ref) -> None:
    _move(code, code.ref(step.views[0]), kind.table.ravel(), out, _positions(out), adds=False)


def emit_scatter(code: Code, step: Step, kind: Scatter, out: Ref, accumulate: bool) -> None:
    source = code.ref(step.views[0])
    if not accumulate:
        code.copy(code.number(0.0, out.type), out)
    _move(code, source, _positions(source), out, _positions(out)[kind.table.ravel()], adds=True)


def emit_take(code: Code, step: Step, kind: Take, out: Ref) -> None:
    index, values = step.views
    chosen = _choose(code, code.ref(index), kind)
    code.chosen[index, kind] = chosen
    source, count = code.ref(values), chosen.shape[0]
    words = [
        TYPES[out.type], -1 if out.by_row else 1, count, chosen.offset, chosen.row_bytes // BYTES["i"],
        source.offset, source.row_bytes, out.offset, out.row_bytes, code.table(_positions(out)),
    ]  # fmt: skip
    code.emit(machine.TAKE, words, [(3, chosen.memory), (5, source.memory), (7, out.memory)])


def emit_take_adjoint(code: Code, step: Step, kind: TakeAdjoint, out: Ref, accumulate: bool) -> None:
    index, of_dy = step.views
    chosen, dy = code.chosen.get((index, kind.take)) or _choose(code, code.ref(index), kind.take), code.ref(of_dy)
    if not accumulate:
        code.copy(code.number(0.0, out.type), out)
    by_row = out.by_row or dy.by_row or chosen.by_row
    words = [
        TYPES[out.type], -1 if by_row else 1, chosen.shape[0], chosen.offset, chosen.row_bytes // BYTES["i"],
        kind.start, dy.offset, dy.row_bytes, code.table(_positions(dy)), out.offset, out.row_bytes,
        code.table(_positions(out)),
    ]  # fmt: skip
    code.emit(machine.PUT, words, [(3, chosen.memory), (6, dy.memory), (9, out.memory)])


def _choose(code: Code, index: Ref, kind: Take) -> Ref:
    """The positions that the indices choose in the tables; the machine stops at an index that is not in its list."""
    choices = kind.table.shape[-1] * (-1 if kind.ends_loop else 1)
    at = _positions(index)
    size = len(at) * BYTES["i"]
    chosen = Ref(code.memory(index.by_row, size), 0, size if index.by_row else None, (len(at),), (BYTES["i"],), "i")
    words = [
        TYPES[index.type], -1 if index.by_row else 1, len(at), choices, code.table(kind.table),
        index.offset, index.row_bytes // BYTES[index.type], code.table(at),
        chosen.offset, chosen.row_bytes // BYTES["i"],
    ]  # fmt: skip
    code.emit(machine.CHOOSE, words, [(5, index.memory), (8, chosen.memory)])
    return chosen


def _move(code: Code, source: Ref, at: np.ndarray, out: Ref, to: np.ndarray, adds: bool) -> None:
    """From the positions in one table to those in another one, in each row."""
    words = [
        TYPES[out.type], int(adds), -1 if source.by_row or out.by_row else 1, len(at),
        source.offset, source.row_bytes, code.table(at), out.offset, out.row_bytes, code.table(to),
    ]  # fmt: skip
    code.emit(machine.MOVE, words, [(4, source.memory), (7, out.memory)])


def _positions(ref: Ref) -> np.ndarray:
    """Where the numbers of a row lie, counted from the first."""
    size = BYTES[ref.type]
    return View(0, 0, ref.shape, tuple([stride // size for stride in ref.strides])).positions().ravel()
