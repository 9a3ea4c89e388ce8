"""Numbers at places: parts that are assembled, one after the other or added where they meet; and tables of positions.

Those of gather and scatter are known; in that of a take each row has its own index.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import prod

import numpy as np

from ...kinds import Assemble, Gather, Scatter, Take, TakeAdjoint
from ...program import Step
from ...views import Operand, Place, View
from .pieces import Piece
from .refs import ROWS, Ref, box_of, joined, padding_of, shape_text
from .writer import Writer


def write_assemble(writer: Writer, step: Step, kind: Assemble) -> Ref | None:
    """The sum of the operands, each at its place; the gradient of parameters in blocks stays in parts."""
    pieces = _rows_again(writer, step, kind)
    if pieces:
        writer.pieces[step.out.value] = pieces
        writer.whole_of[step.out.value] = lambda: _assembled(writer, step, kind)
        return None
    parts, others = _parts(writer, step, kind)
    is_read_in_parts = writer.prefix or (writer.in_blocks and step.out.value == writer.program.gradient)
    if is_read_in_parts and not others and len(parts) > 1:
        writer.give_pieces(step.out.value, parts)
        return None
    return _together(step, parts, others)


def _assembled(writer: Writer, step: Step, kind: Assemble) -> Ref:
    return _together(step, *_parts(writer, step, kind))


def _together(step: Step, parts: Sequence[Ref], others: Sequence[str]) -> Ref:
    """What is assembled, of its parts one after the other, and of what is added to them."""
    between = _between(step)
    text = between.join([joined(parts).text, *others])
    if len(parts) == 1 or others:
        text = f"({text})" if between in text or " - " in text or text.startswith("-") else text
    return Ref(text, (*(ROWS,) * bool(step.space), prod(step.out.shape))).reshaped(step.out.shape)


def _between(step: Step) -> str:
    return " | " if step.boolean else " + "


def _parts(writer: Writer, step: Step, kind: Assemble) -> tuple[list[Ref], list[str]]:
    """Consecutive numbers, part after part; and what is in all of the value, and is added to them."""
    size, lead = prod(step.out.shape), (ROWS,) * bool(step.space)
    blocks: dict[tuple[int, int], list[str]] = {}  # of consecutive numbers, from where to where
    others = []
    for place, sign, operand in zip(kind.places, kind.signs, step.operands, strict=True):
        low, high, ref = _block(writer, step, place, operand, size)
        text = ref.text if sign > 0 else f"-{ref.text}"
        if any(start < high and low < stop and (start, stop) != (low, high) for start, stop in blocks):
            others.append(_padded(text, lead, low, size - high))
        else:
            blocks.setdefault((low, high), []).append(text)
    parts, end = list[Ref](), 0
    for (low, high), texts in [*sorted(blocks.items()), ((size, size), [])]:
        if low > end:
            parts.append(Ref(_zeros(writer, step, (*lead, low - end)), (*lead, low - end)))
        if texts:
            parts.append(Ref(_between(step).join(texts).replace("+ -", "- "), (*lead, high - low)))
        end = high
    return parts, others


def _rows_again(writer: Writer, step: Step, kind: Assemble) -> list[Piece]:
    """The arrays of a loop whose rows are assembled again with what stood before the first one; none if it is not so.

    Of what turns have given out, often the last row alone is read.
    """
    if min(kind.signs, default=-1) < 0 or len(kind.places) != len(step.views):
        return []
    loops = [n for n, view in enumerate(step.views) if view.value in writer.firsts and len(view.shape) == 2]
    if len(loops) != 1 or not _are_apart(kind):
        return []
    [n] = loops
    rows, (offset, (count, width), (columns, across)) = step.views[n], kind.places[n]
    of_loop = writer.program.step(rows.value).out.shape[1]
    if across != 1 or rows.strides != (of_loop, 1) or offset % columns + width > columns:
        return []
    down, left = (a - b for a, b in zip(divmod(offset, columns), divmod(rows.offset, of_loop), strict=True))
    top, begin = divmod(rows.offset, of_loop)
    others = [(place, view) for m, (place, view) in enumerate(zip(kind.places, step.views, strict=True)) if m != n]
    is_first_there = columns == of_loop and _is_first(writer, rows, others, (down + top + count) * columns + left)
    found = []
    for piece in writer.pieces[rows.value]:
        low, high = piece.first, piece.first + piece.rows
        if top <= low and high <= top + count + is_first_there and begin <= piece.begin and piece.end <= begin + width:
            found.append(
                replace(piece, columns=columns, first=low + down, begin=piece.begin + left, end=piece.end + left)
            )
    return found


def _are_apart(kind: Assemble) -> bool:
    """Whether no two numbers are at one place."""
    positions = np.concatenate([View(0, *place).positions().ravel() for place in kind.places])
    return len(np.unique(positions)) == len(positions)


def _is_first(writer: Writer, rows: View, others: Sequence[tuple[Place, View]], start: int) -> bool:
    """Whether all of the row that stood before the first one of a loop is assembled there, from this number on."""
    before = writer.firsts[rows.value]
    at_start = [view for place, view in others if View(0, *place).is_contiguous and place[0] == start]
    return any(
        view.is_contiguous and before.is_contiguous and prod(view.shape) == prod(before.shape)
        and _origin(writer, view) == _origin(writer, before) for view in at_start
    )  # fmt: skip


def _origin(writer: Writer, view: View) -> tuple[int, int]:
    """The value, and where in it, that consecutive numbers were taken over from, as they are."""
    value, offset = view.value, view.offset
    while True:
        step = writer.program.step(value)
        if not isinstance(step.kind, Assemble) or len(step.views) != 1 or len(step.operands) != 1:
            return value, offset
        [(start, shape, strides)], [source] = step.kind.places, step.views
        same_space = writer.program.space[source.value] == step.space
        if start or step.kind.signs != (1,) or prod(shape) != prod(step.out.shape) or not same_space:
            return value, offset
        if not (source.is_contiguous and View(0, start, shape, strides).is_contiguous):
            return value, offset
        value, offset = source.value, offset + source.offset


def _block(writer: Writer, step: Step, place: Place, operand: Operand, size: int) -> tuple[int, int, Ref]:
    """Consecutive numbers of the value, from where to where, in which the operand is, and zeros around it."""
    lead = (ROWS,) * bool(step.space)
    _, shape, _ = place
    box = box_of(place, size)
    if not isinstance(operand, View):
        made = f"full({shape_text((*lead, *shape))}, {operand!r}, dtype)"
        ref = Ref(made, (*lead, *shape))
    else:
        ref = writer.ref(operand).spread((*lead, *shape))
    if box is None or not View(0, *place).is_distinct:
        table = writer.constant(View(0, *place).positions().ravel().astype(np.int32), "positions")
        zeros, add = _zeros(writer, step, (*lead, size)), "max" if step.boolean else "add"
        line = ref.reshaped((prod(shape),))
        return 0, size, Ref(f"{zeros}.at[{':, ' * len(lead)}{table}].{add}({line.text})", (*lead, size))
    order = [axis for axis in box.order if axis >= 0]
    ref = ref.reshaped([shape[axis] for axis in sorted(order)])
    ref = ref.permuted([sorted(order).index(axis) for axis in order])
    if len(box.grid) == 1:  # numbers in a line
        count = box.lengths[0]
        start = box.low + box.starts[0]
        return start, start + count, ref.reshaped((count,))
    ref = ref.reshaped(box.lengths)
    low, high = box.low, box.high
    row = prod(box.grid[1:])
    first = (box.starts[0], box.lengths[0])
    around = padding_of(box)
    around[0] = (0, 0)
    low, high = low + first[0] * row, low + (first[0] + first[1]) * row
    if any(around != (0, 0) for around in around):
        ref = Ref(f"pad({ref.text}, {[*[(0, 0)] * len(lead), *around]})", (*lead, first[1], *box.grid[1:]))
    return low, high, ref.reshaped((high - low,))


def _padded(text: str, lead: tuple[int, ...], before: int, after: int) -> str:
    if (before, after) == (0, 0):
        return text
    return f"pad({text}, {[*[(0, 0)] * len(lead), (before, after)]})"


def _zeros(writer: Writer, step: Step, shape: tuple[int, ...]) -> str:
    return f"zeros({shape_text(shape)}, {'bool' if step.boolean else 'dtype'})"


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
        chosen = Ref(f"chosen({table}, {Ref(whole, index.shape).spread(shape).text})", shape)
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
