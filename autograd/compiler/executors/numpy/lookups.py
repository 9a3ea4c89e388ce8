"""Steps that look up a table of positions: gather and scatter, and take, whose index differs from row to row."""

from math import prod

import numpy as np

from ....unfinished import refused
from ...kinds import Gather, Scatter, Take, TakeAdjoint
from ...program import Step
from ...views import View
from .writer import Ref, Writer


def write_gather(writer: Writer, step: Step, kind: Gather, out: Ref) -> None:
    [source] = step.views
    by_row = writer.program.space[source.value]
    flat = out.like.reshape((writer.rows, -1) if by_row else -1)
    is_view = np.may_share_memory(flat, out.like)
    target = Ref(writer.name(flat), flat) if is_view else writer.temporary(flat.shape)
    table, axis = writer.name(kind.table.ravel(), "i"), "1" if by_row else "0"
    writer.lines.append(f"{writer.ref(source).text}.take({table}, {axis}, {target.text}, 'clip')")
    if not is_view:
        writer.call("copyto", out.text, f"{target.text}.reshape{out.like.shape}")
        writer.free(target)


def write_scatter(writer: Writer, step: Step, kind: Scatter, out: Ref, accumulate: bool) -> None:
    [operand] = step.views
    by_row = bool(writer.program.space[operand.value])
    axis = 1 if by_row else 0
    source = writer.ref(operand)
    shape = (writer.rows, kind.table.size) if by_row else (kind.table.size,)
    table = kind.table.ravel()
    order = np.argsort(table, kind="stable")
    columns, starts = np.unique(table[order], return_index=True)
    values = source
    if source.like.shape != shape:
        like = source.like.reshape(shape)
        if not np.may_share_memory(like, source.like):  # spread along an axis: it takes a copy to have it in a row
            copied = writer.kept_temporary(source.like.shape, source.like.dtype)
            writer.call("copyto", copied.text, source.text)
            like = copied.like.reshape(shape)
        values = Ref(writer.name(like), like)
    if (order != np.arange(len(order))).any():
        sorted_values = writer.temporary(shape, source.like.dtype)
        writer.lines.append(f"{values.text}.take({writer.name(order, 'i')}, {axis}, {sorted_values.text}, 'clip')")
    else:
        sorted_values = values
    sums = sorted_values
    if len(columns) < len(table):
        shape = (writer.rows, len(columns)) if by_row else (len(columns),)
        sums = writer.temporary(shape, source.like.dtype)
        writer.call("add.reduceat", sorted_values.text, writer.name(starts, "i"), str(axis), "None", sums.text)
    where = "..." if len(columns) == writer.program.size[step.out.value] else f"..., {writer.name(columns, 'i')}"
    if not accumulate and where != "...":
        writer.lines.append(f"{out.text}.fill(0.0)")
    writer.lines.append(f"{out.text}[{where}] {'+=' if accumulate else '='} {sums.text}")
    for ref in {id(each): each for each in (sorted_values, sums) if each is not values}.values():
        writer.free(ref)


def write_take(writer: Writer, step: Step, kind: Take, out: Ref) -> None:
    of_index, whole = step.views
    value = whole.value
    chosen = _write_chosen(writer, of_index, kind, value)
    values = writer.copied_input(value).like if value in writer.inputs else writer.buffer(value)
    flat = writer.name(values.reshape(-1))
    writer.lines.append(f"{flat}.take({chosen.text}, None, {out.text}, 'clip')")


def _write_chosen(writer: Writer, of_index: View, kind: Take, value: int) -> Ref:
    """Lines that find the positions that a take chooses, in the array of all rows of a value: the array of them."""
    if (of_index, kind) in writer.chosen:
        return writer.chosen[of_index, kind]
    index, members = writer.ref(of_index), kind.table.shape[:-1]
    choices, by_row = kind.table.shape[-1], writer.program.space[value]
    positions = np.empty(index.like.shape, np.intp)
    chosen = Ref(writer.name(positions, "i"), positions)
    writer.names["whole_numbers"] = whole_numbers
    writer.lines.append(f"chosen = whole_numbers({index.text}, {choices}{', True' * kind.ends_loop})")
    if by_row and np.array_equal(kind.table.ravel(), np.arange(choices)):  # one list, which is all of the values
        chosen = Ref("chosen", positions)
    else:
        starts = np.arange(prod(members)).reshape(members) * choices
        table, first = writer.name(kind.table.ravel(), "i"), writer.name(starts, "i")
        of_lists = "chosen" if starts.size == 1 else f"chosen + {first}"
        writer.lines.append(f"{table}.take({of_lists}, None, {chosen.text}, 'clip')")
    if by_row:
        row_starts = (np.arange(writer.rows) * writer.program.size[value]).reshape(-1, *[1] * len(members))
        places = np.empty((writer.rows, *members), np.intp)
        in_array = Ref(writer.name(places, "i"), places)
        writer.call("add", chosen.text, writer.name(row_starts, "i"), in_array.text)
        chosen = in_array
    writer.chosen[of_index, kind] = chosen
    return chosen


def whole_numbers(index: np.ndarray, choices: int, ends_loop: bool = False) -> np.ndarray:
    """The indices of a take as integers, checked.

    Raises:
        IndexError: when one is not a whole number from 0 to choices - 1; its second argument is the row.
        UnfinishedError: instead, where they say whether a loop is done.
    """
    whole = index.astype(np.intp, copy=False)
    wrong = whole.view(np.uintp) >= choices  # a negative number is a very large one here
    if whole is not index:
        wrong |= whole != index
    if wrong.any():
        place = np.argwhere(wrong)[0]
        number = index[tuple(place)]
        row = [int(place[0])] if index.ndim > 1 else []
        raise refused(number, 0 if ends_loop else choices, *row)
    return whole


def write_take_adjoint(writer: Writer, step: Step, kind: TakeAdjoint, out: Ref, accumulate: bool) -> None:
    flat_out = out.like.reshape(-1)
    if not np.may_share_memory(flat_out, out.like):  # a part of every row
        aside = writer.temporary(out.like.shape, out.like.dtype)
        write_take_adjoint(writer, step, kind, aside, False)
        writer.call(*(("add", out.text, aside.text, out.text) if accumulate else ("copyto", out.text, aside.text)))
        writer.free(aside)
        return
    of_index, of_dy = step.views
    chosen = _write_chosen(writer, of_index, kind.take, step.out.value)
    dy, table = writer.ref(of_dy).text, kind.take.table
    flat = writer.name(flat_out)
    if not accumulate:
        writer.lines.append(f"{flat}.fill(0.0)")
    if writer.program.space[step.out.value] and len(np.unique(table)) == table.size:  # no number is chosen twice
        writer.lines.append(f"{flat}[{chosen.text}] += {dy}")
        return
    writer.names["bincount"], writer.names["broadcast_to"] = np.bincount, np.broadcast_to
    spread = f"broadcast_to({dy}, {chosen.like.shape}).ravel()"
    add = "logical_or" if out.like.dtype == bool else "add"
    positions = f"{chosen.text}.ravel()" + (f" - {kind.start}" if kind.start else "")
    writer.call(add, flat, f"bincount({positions}, {spread}, {out.like.size})", flat)
