"""What is assembled of parts: one after the other, or added where they meet."""

from itertools import permutations
from math import prod

import numpy as np

from ...kinds import Assemble, Loop
from ...program import Step
from ...views import Operand, Place, View
from .boxes import box_of, padding_of
from .refs import ROWS, Ref, joined, shape_text
from .writer import Writer


def write_assemble(writer: Writer, step: Step, kind: Assemble) -> Ref | None:
    """The sum of the operands, each at its place; the gradient of parameters in blocks stays in parts."""
    size, lead = prod(step.out.shape), (ROWS,) * bool(step.space)
    loop = _loop_again(writer, step, kind)
    if loop is not None:
        writer.pieces[step.out.value] = writer.pieces[loop]
        writer.whole_of[step.out.value] = lambda: writer.flat(loop).reshaped(step.out.shape)
        return None
    blocks: dict[tuple[int, int], list[str]] = {}  # of consecutive numbers, from where to where
    others = []  # in all of the value
    for place, sign, operand in zip(kind.places, kind.signs, step.operands, strict=True):
        low, high, ref = _block(writer, step, place, operand, size)
        text = ref.text if sign > 0 else f"-{ref.text}"
        if any(start < high and low < stop and (start, stop) != (low, high) for start, stop in blocks):
            others.append(_padded(text, lead, low, size - high))
        else:
            blocks.setdefault((low, high), []).append(text)
    between = " | " if step.boolean else " + "
    parts, end = list[Ref](), 0
    for (low, high), texts in [*sorted(blocks.items()), ((size, size), [])]:
        if low > end:
            parts.append(Ref(_zeros(writer, step, (*lead, low - end)), (*lead, low - end)))
        if texts:
            parts.append(Ref(between.join(texts).replace("+ -", "- "), (*lead, high - low)))
        end = high
    is_read_in_parts = writer.prefix or (writer.in_blocks and step.out.value == writer.program.gradient)
    if is_read_in_parts and not others and len(parts) > 1:
        writer.give_pieces(step.out.value, parts)
        return None
    text = between.join([joined(parts).text, *others])
    if len(parts) == 1 or others:
        text = f"({text})" if between in text or text.startswith("-") else text
    return Ref(text, (*lead, size)).reshaped(step.out.shape)


def _loop_again(writer: Writer, step: Step, kind: Assemble) -> int | None:
    """The loop of which all rows are assembled again: those of the turns, and what stood before the first one."""
    if len(kind.places) != 2 or min(kind.signs) < 0 or len(step.views) != 2:
        return None
    for (rows, place), (first, other) in permutations(zip(step.views, kind.places, strict=True)):
        loop = writer.program.kind(rows.value)
        if not isinstance(loop, Loop) or loop.delay > 1 or not loop.is_reversed or rows.value not in writer.firsts:
            continue
        count = loop.turns * loop.width
        ours = View(0, *place), View(0, *other)
        is_whole = prod(rows.shape) == count and rows.offset == place[0] == 0 and rows.is_contiguous
        is_last = other[0] == count and prod(first.shape) == loop.width and first.is_contiguous
        if not (is_whole and is_last and all(each.is_contiguous for each in ours)):
            continue
        before = writer.firsts[rows.value]
        if before.is_contiguous and _origin(writer, first) == _origin(writer, before):
            return rows.value
    return None


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
