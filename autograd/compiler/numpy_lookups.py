"""Steps that look up a table of positions: gather and scatter, and take, whose index differs from row to row."""

import numpy as np

from .numpy_writer import Ref, Writer
from .program import Gather, Scatter, Take, TakeAdjoint, View


def write_gather(writer: Writer, step: Gather) -> None:
    source = writer.ref(View(step.source, 0, (step.source.size,), (1,)))
    out = writer.buffer(step.out.array)
    table = writer.name(step.table.ravel(), "i")
    axis = "1" if step.source.by_row else "0"
    writer.lines.append(f"{source.text}.take({table}, {axis}, {writer.name(out)}, 'clip')")


def write_scatter(writer: Writer, step: Scatter) -> None:
    by_row = step.source.array.by_row
    axis = 1 if by_row else 0
    source = writer.ref(step.source)
    shape = (writer.rows, step.table.size) if by_row else (step.table.size,)
    table = step.table.ravel()
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
    out = writer.ref(step.out)
    sums = sorted_values
    if len(columns) < len(table):
        shape = (writer.rows, len(columns)) if by_row else (len(columns),)
        sums = writer.temporary(shape, source.like.dtype)
        writer.call("add.reduceat", sorted_values.text, writer.name(starts, "i"), str(axis), "None", sums.text)
    where = "..." if len(columns) == step.out.array.size else f"..., {writer.name(columns, 'i')}"
    if not step.accumulate and where != "...":
        writer.lines.append(f"{out.text}.fill(0.0)")
    writer.lines.append(f"{out.text}[{where}] {'+=' if step.accumulate else '='} {sums.text}")
    for ref in {id(each): each for each in (sorted_values, sums) if each is not values}.values():
        writer.free(ref)


def write_take(writer: Writer, step: Take) -> None:
    index, out = writer.ref(step.index), writer.ref(step.out)
    choices = step.table.shape[-1]
    positions = np.empty(index.like.shape, np.intp)
    chosen = Ref(writer.name(positions, "i"), positions)
    first = np.arange(step.table.shape[0]) * choices
    writer.names["whole_numbers"] = whole_numbers
    writer.lines.append(f"chosen = whole_numbers({index.text}, {choices})")
    writer.lines.append(
        f"{writer.name(step.table.ravel(), 'i')}.take(chosen + {writer.name(first, 'i')}, None, {chosen.text}, 'clip')"
    )
    values = step.values
    if values.by_row:
        if values in writer.inputs:
            values = writer.copied_input(values)
        row_starts = (np.arange(writer.rows) * values.size).reshape(-1, 1)
        places = np.empty((writer.rows, *step.out.shape), np.intp)
        in_array = Ref(writer.name(places, "i"), places)
        writer.call("add", chosen.text, writer.name(row_starts, "i"), in_array.text)
        chosen = in_array
    flat = writer.name(writer.buffer(values).reshape(-1))
    writer.lines.append(f"{flat}.take({chosen.text}, None, {out.text}, 'clip')")
    writer.chosen[step] = (chosen, values.by_row)


def whole_numbers(index: np.ndarray, choices: int) -> np.ndarray:
    """The indices of a take as integers, checked.

    Raises:
        IndexError: when one is not a whole number from 0 to choices - 1; its second argument is the row.
    """
    whole = index.astype(np.intp)
    wrong = whole != index
    wrong |= whole.view(np.uintp) >= choices  # a negative number is a very large one here
    if wrong.any():
        place = np.argwhere(wrong)[0]
        number = index[tuple(place)]
        row = [int(place[0])] if index.ndim > 1 else []
        raise IndexError(f"take: the index must be a whole number from 0 to {choices - 1}, got {number:g}", *row)
    return whole


def write_take_adjoint(writer: Writer, step: TakeAdjoint) -> None:
    chosen, by_row = writer.chosen[step.take]
    gradient = writer.buffer(step.out.array)
    flat, dy = writer.name(gradient.reshape(-1)), writer.ref(step.dy).text
    if by_row and len(np.unique(step.take.table)) == step.take.table.size:  # no number is chosen twice
        writer.lines.append(f"{flat}[{chosen.text}] += {dy}")
        return
    low, high = (0, gradient.size) if by_row else (int(step.take.table.min()), int(step.take.table.max()) + 1)
    part = writer.name(gradient.reshape(-1)[low:high])
    writer.names["bincount"] = np.bincount
    spread = f"broadcast_to({dy}, {chosen.like.shape}).ravel()"
    writer.names["broadcast_to"] = np.broadcast_to
    add = "logical_or" if gradient.dtype == bool else "add"
    writer.call(add, part, f"bincount({chosen.text}.ravel() - {low}, {spread}, {high - low})", part)
