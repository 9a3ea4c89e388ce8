"""Steps that look up a table of positions: gather and scatter, and take, whose index differs from row to row."""

from math import prod

import numpy as np

from ...kinds import Gather, Scatter, Take, TakeAdjoint
from ...program import Step
from ...views import View
from .refs import ROWS, Ref, shape_text
from .writer import Writer

_FEW = 4  # numbers that go to one place


def write_gather(writer: Writer, step: Step, kind: Gather) -> Ref:
    [source] = step.views
    flat = writer.flat(source.value)
    table = writer.constant(kind.table.reshape(step.out.shape).astype(np.int32), "positions")
    return Ref(f"{flat.text}[{':, ' * flat.by_row}{table}]", (*flat.shape[:-1], *step.out.shape))


def write_scatter(writer: Writer, step: Step, kind: Scatter) -> Ref:
    """Numbers added to zeros. Where few go to one place, each place looks them up, which XLA is faster at."""
    [operand] = step.views
    table, size = kind.table.ravel(), prod(step.out.shape)
    numbers = writer.ref(operand)
    full = (*[ROWS] * numbers.by_row, *operand.shape)
    source = numbers.spread(full).reshaped((table.size,))
    lead, of_type = source.shape[:-1], "bool" if step.boolean else "dtype"
    looked_up = _sources_of(table, size)
    if len(looked_up) <= _FEW:
        nothing = f"zeros({shape_text((*lead, 1))}, {of_type})"
        extended = Ref(writer.temporary(f"concatenate([{source.text}, {nothing}], -1)"), (*lead, table.size + 1))
        terms = [extended.indexed(writer.positions(each), (size,)).text for each in looked_up]
        return Ref(f"({(' | ' if step.boolean else ' + ').join(terms)})", (*lead, size)).reshaped(step.out.shape)
    zeros, add = f"zeros({shape_text((*lead, size))}, {of_type})", "max" if step.boolean else "add"
    to = f"{':, ' * source.by_row}{writer.positions(table)}"
    return Ref(f"{zeros}.at[{to}].{add}({source.text})", (*lead, size)).reshaped(step.out.shape)


def _sources_of(table: np.ndarray, size: int) -> np.ndarray:
    """Which numbers go to each place, one in each line: (most of one place, places). The one after the last is none.

    >>> _sources_of(np.array([2, 0, 2]), 3)
    array([[1, 3, 0],
           [3, 3, 2]])
    """
    order = np.argsort(table, kind="stable")
    places = table[order]
    first = np.searchsorted(places, places)  # of those of the same place
    line = np.arange(len(table)) - first
    found = np.full((int(line.max(initial=0)) + 1, size), len(table))
    found[line, places] = order
    return found


def write_take(writer: Writer, step: Step, kind: Take) -> Ref:
    of_index, whole = step.views
    positions, ok = _chosen(writer, of_index, kind)
    values = writer.flat(whole.value)
    if not values.by_row:
        text = f"{values.text}[{positions.text}]"
        shape = positions.shape
    elif len(positions.shape) > 2 or not positions.by_row:
        members = positions.shape[positions.by_row :]
        spread = positions.spread((ROWS, *members))
        line = spread.reshaped((prod(members),))
        taken = Ref(f"take_along_axis({values.text}, {line.text}, 1)", (ROWS, prod(members)))
        text, shape = taken.reshaped(members)
    else:
        if len(positions.shape) == 1:
            positions = Ref(f"{positions.text}[:, None]", (ROWS, 1))
        text, shape = f"take_along_axis({values.text}, {positions.text}, 1)", positions.shape
    return Ref(f"where({ok}, {text}, nan)", shape).reshaped(step.out.shape)


def _chosen(writer: Writer, of_index: View, kind: Take) -> tuple[Ref, str]:
    """The positions that a take chooses in the values, and the name of whether its indices are good ones.

    An index that is none chooses the first of its list.
    """
    members, choices = kind.table.shape[:-1], kind.table.shape[-1]
    index = writer.ref(of_index)
    shape = (ROWS, *members) if index.by_row else members
    if (of_index, kind) not in writer.chosen:
        ok = writer.temporary(f"is_index({index.text}, {choices})")
        whole = writer.temporary(f"where({ok}, {index.text}, 0).astype('int32')")
        writer.chosen[of_index, kind] = whole, ok
        writer.checks.append(ok)
    whole, ok = writer.chosen[of_index, kind]
    first = kind.table[..., :1]
    if (kind.table == first + np.arange(choices)).all():
        starts = first[..., 0]
        if (starts == starts.flat[0]).all():
            start = int(starts.flat[0])
            chosen = Ref(f"({start} + {whole})" if start else whole, index.shape)
        else:
            chosen = Ref(f"({writer.constant(starts.astype(np.int32), 'positions')} + {whole})", shape)
    else:
        table = writer.constant(kind.table.astype(np.int32), "positions")
        chosen = Ref(f"chosen({table}, {whole})", shape)
    return chosen.spread(shape), ok


def write_take_adjoint(writer: Writer, step: Step, kind: TakeAdjoint) -> Ref:
    of_index, of_dy = step.views
    positions, ok = _chosen(writer, of_index, kind.take)
    by_row, size = bool(step.space), prod(step.out.shape)
    members = kind.take.table.shape[:-1]
    dy = writer.ref(of_dy)
    dy = dy.spread((*[ROWS] * dy.by_row, *of_dy.shape)).reshaped(members)
    dy = dy if step.boolean else Ref(f"where({ok}, {dy.text}, nan)", dy.shape)
    full = (ROWS, *members) if dy.by_row or positions.by_row or by_row else members
    numbers, where_to = (each.spread(full).reshaped((prod(members),)) for each in (dy, positions))
    shape = (ROWS, size) if by_row else (size,)
    kind_of, add = ("bool", "max") if step.boolean else ("dtype", "add")
    zeros = f"zeros({shape_text(shape)}, {kind_of})"
    to = f"{where_to.text} - {kind.start}" if kind.start else where_to.text
    index = f"arange(rows)[:, None], {to}" if by_row else to
    return Ref(f"{zeros}.at[{index}].{add}({numbers.text})", shape).reshaped(step.out.shape)
