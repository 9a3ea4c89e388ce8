"""Contractions: sums along axes by a kernel of ours, products of matrices by the inner loop of np.matmul."""

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from math import prod
from typing import NamedTuple

from ...kinds import Contract
from ...program import Step
from . import machine
from .code import ROWS, TYPES, Code, bits
from .loops import matmul
from .memories import BYTES, Ref

_TYPES_OF_SMALL = ("d", "f")
_SMALL = (
    128  # multiplications of a product of matrices, of which there is one for each row: measured; BLAS is faster beyond
)


class Axes(NamedTuple):
    """Numbers with a letter for each axis: `strides` in bytes; the lengths are those of the contraction."""

    ref: Ref
    strides: Mapping[str, int]

    def stride(self, letter: str) -> int:
        return self.strides.get(letter, 0)


def emit_contract(code: Code, step: Step, kind: Contract, out: Ref, accumulate: bool) -> None:
    refs = [*map(code.ref, step.views), out]
    lengths: dict[str, int] = {}
    for ref, letters in zip(refs, kind.axes, strict=True):
        lengths |= zip(letters, (*[-1] * letters.startswith(ROWS), *ref.shape), strict=True)
    *factors, result = [_axes(ref, letters) for ref, letters in zip(refs, kind.axes, strict=True)]
    of_out = kind.axes[-1]
    summed = [letter for letter in dict.fromkeys("".join(kind.axes)) if letter not in of_out]
    if _is_product_of_matrices(kind, summed) or _is_product_of_vectors(kind, summed, lengths):
        _product(code, kind, lengths, factors, result, summed, accumulate)
    elif not summed and len(factors) == 2 and out.type in _TYPES_OF_SMALL and (accumulate or kind.scale != 1.0):
        before = [result] if accumulate else []
        scale = Axes(code.number(kind.scale), {})
        code.apply_axes(
            "add product" if accumulate else "product", lengths, list(of_out), [*before, scale, *factors, result]
        )
    elif summed or accumulate or kind.scale != 1.0:
        _reduce(code, lengths, list(of_out), summed, [result, *factors], kind.scale, accumulate)
    elif len(factors) == 1:
        code.copy(factors[0].ref, out)
    else:
        code.apply_axes("*", lengths, list(of_out), [*factors, result])


def reduced(code: Code, ref: Ref, axes: Sequence[int], out: Ref) -> None:
    """The sum along some axes."""
    letters = [chr(ord("c") + axis) for axis in range(len(ref.shape))]
    kept = [letter for axis, letter in enumerate(letters) if axis not in axes]
    lengths = dict(zip(letters, ref.shape, strict=True))
    if out.by_row:
        lengths[ROWS] = -1
    factor = Axes(ref, dict(zip([*letters, ROWS], [*ref.strides, ref.row_bytes], strict=True)))
    result = Axes(out, dict(zip([*kept, ROWS], [*out.strides, out.row_bytes], strict=True)))
    _reduce(
        code, lengths, [*[ROWS] * out.by_row, *kept], [letters[axis] for axis in axes], [result, factor], 1.0, False
    )


def _axes(ref: Ref, letters: str) -> Axes:
    strides = dict(zip(letters.removeprefix(ROWS), ref.strides, strict=True))
    return Axes(ref, strides | ({ROWS: ref.row_bytes} if letters.startswith(ROWS) else {}))


def _is_product_of_matrices(kind: Contract, summed: Sequence[str]) -> bool:
    """Are there axes of one factor alone, and axes that are summed?"""
    return len(kind.axes) == 3 and bool(summed) and bool(set(kind.axes[0]) ^ set(kind.axes[1]))


def _is_product_of_vectors(kind: Contract, summed: Sequence[str], lengths: Mapping[str, int]) -> bool:
    """In each row, are a few numbers of one factor multiplied by all of a few numbers of the other one?"""
    if len(kind.axes) < 3 or summed:
        return False
    left, right = map(set, kind.axes[:2])
    return ROWS in left & right and bool(left - right) and bool(right - left) and _is_small([left ^ right], lengths)


def _reduce(
    code: Code, lengths: Mapping[str, int], kept: Sequence[str], summed: Sequence[str], refs: Sequence[Axes],
    scale: float, adds: bool,
) -> None:  # fmt: skip
    """result (=, or += where it adds) scale · Σ left · right; refs are the result and the factors."""
    result, *factors = refs
    three = [result, *factors, *factors][:3]
    of_kept, of_sum = (_lined_up(letters, lengths, three) for letters in (kept, summed))
    words = [
        TYPES[result.ref.type], int(adds), bits(scale), len(factors), len(of_kept), max(1, len(of_sum)),
        *[each.ref.offset for each in three],
    ]  # fmt: skip
    axes = [*of_kept, *(of_sum or [(1, (0, 0, 0))])]
    words += [length for length, _ in axes]
    for _, strides in axes:
        words += strides
    code.emit(machine.REDUCE, words, [(6 + i, each.ref.memory) for i, each in enumerate(three)])


def _lined_up(letters: Sequence[str], lengths: Mapping[str, int], refs: Sequence[Axes]) -> list[tuple[int, tuple]]:
    """Axes as (length, strides), inner one first; those that lie in one line in all arrays are one."""
    found: list[tuple[int, tuple]] = []
    for letter in reversed(letters):
        length, strides = lengths[letter], tuple([each.stride(letter) for each in refs])
        if length == 1:
            continue
        if found and found[-1][0] > 0:
            inner, steps = found[-1]
            if all(stride == inner * step for stride, step in zip(strides, steps, strict=True)):
                found[-1] = (length * inner, steps)
                continue
        found.append((length, strides))
    return found


# --------------------------------------------------------------------------------------------- products of matrices


def _product(
    code: Code, kind: Contract, lengths: Mapping[str, int], factors: Sequence[Axes], result: Axes,
    summed: list[str], accumulate: bool,
) -> None:  # fmt: skip
    (left, right), (of_left, of_right, of_out) = factors, kind.axes
    shared = set(of_left) & set(of_right)
    if of_out[-1] not in of_right or (of_out[-1] in shared and not set(of_right) - shared):
        left, right, of_left, of_right = right, left, of_right, of_left  # the columns are those of the right factor
    rows = [letter for letter in of_out if letter in of_left and letter not in shared]
    columns = [letter for letter in of_out if letter in of_right and letter not in shared]
    if rows and columns and of_out[-1] in rows:
        left, right, rows, columns = right, left, columns, rows
    target = _temporary(code, lengths, of_out, result.ref.type) if accumulate else result
    batch = [letter for letter in of_out if letter in shared]
    rows, summed, columns, batch = (  # an axis of one number lies in line with no other
        [letter for letter in group if letter == ROWS or lengths[letter] != 1]
        for group in (rows, summed, columns, batch)
    )
    for group, factor in ((rows, left), (columns, right)):  # what cannot be one axis without copying is looped over
        while len(group) > 1 and not _is_line(group, lengths, [factor, target]):
            batch.append(group.pop(0))
    groups = [rows, summed, columns]
    is_small = ROWS in batch and result.ref.type in _TYPES_OF_SMALL and _is_small(groups, lengths)
    if is_small and _is_line(summed, lengths, [left, right]):
        if accumulate:
            code.free(target.ref)
        _emit_small(code, lengths, batch, [left, right, result], groups, kind.scale, accumulate)
        return
    a, copied_a = _matrix(code, lengths, left, batch, rows, summed)
    b, copied_b = _matrix(code, lengths, right, batch, summed, columns)
    _emit_matmul(code, lengths, batch, [a, b, target], groups)
    for each in (*copied_a, *copied_b):
        code.free(each)
    if accumulate:
        _reduce(code, lengths, list(of_out), [], [result, target], kind.scale, adds=True)
        code.free(target.ref)
    elif kind.scale != 1.0:
        code.call("*", result.ref, code.number(kind.scale), out=result.ref)


def _temporary(code: Code, lengths: Mapping[str, int], letters: Sequence[str], number: str) -> Axes:
    """Memory with these axes, outer one first; the rows must be the first, if they are among them."""
    shape = tuple([lengths[letter] for letter in letters if letter != ROWS])
    ref = code.temporary(ROWS in letters, shape, number)
    return _axes(ref, "".join(letters))


def _is_line(letters: Sequence[str], lengths: Mapping[str, int], refs: Sequence[Axes]) -> bool:
    """Can these axes be seen as one without copying?"""
    for each in refs:
        for outer, inner in pairwise(letters):
            if lengths[outer] != 1 and each.stride(outer) != each.stride(inner) * lengths[inner]:
                return False
    return True


def _matrix(
    code: Code, lengths: Mapping[str, int], factor: Axes, batch: Sequence[str], rows: Sequence[str],
    columns: Sequence[str],
) -> tuple[Axes, list[Ref]]:  # fmt: skip
    """A factor whose groups of axes are a line each, and which BLAS can take; from a copy where that is needed."""
    if all(_is_line(group, lengths, [factor]) for group in (rows, columns)):
        size = BYTES[factor.ref.type]
        steps = [factor.stride(group[-1]) if group else size for group in (rows, columns)]
        lone = [all(lengths[letter] == 1 for letter in group) for group in (rows, columns)]
        if size in steps or any(lone):
            return factor, []
    of_factor = [[letter for letter in group if letter in factor.strides] for group in (batch, rows, columns)]
    of_batch, of_rows, of_columns = of_factor
    order = [*of_batch, *of_rows, *of_columns]
    if ROWS in of_rows:
        order = [*of_rows, *of_batch, *of_columns]
    elif ROWS in of_columns:
        order = [*of_columns, *of_batch, *of_rows]
    elif ROWS in of_batch:
        order.remove(ROWS)
        order.insert(0, ROWS)
    copied = _temporary(code, lengths, order, factor.ref.type)
    code.apply_axes("copy", lengths, order, [factor, copied])
    return copied, [copied.ref]


def _is_small(groups: Sequence[Collection[str]], lengths: Mapping[str, int]) -> bool:
    """Whether a product of matrices takes less time than BLAS takes to be called."""
    return prod([lengths[letter] for group in groups for letter in group]) <= _SMALL


def _emit_matmul(
    code: Code, lengths: Mapping[str, int], batch: Sequence[str], refs: Sequence[Axes], groups: Sequence[Sequence[str]]
) -> None:
    number = refs[0].ref.type
    head = [*matmul(number), _count_of_axes(batch, lengths, refs), BYTES[number]]
    code.emit(machine.MATMUL, *_words_of_product(head, lengths, batch, refs, groups))


def _emit_small(
    code: Code, lengths: Mapping[str, int], batch: Sequence[str], refs: Sequence[Axes],
    groups: Sequence[Sequence[str]], scale: float, adds: bool,
) -> None:  # fmt: skip
    rows, summed, columns = groups
    left, right, result = refs
    if not _stand_together(columns, [right, result]) and _stand_together(rows, [left, result]):
        left, right, groups = right, left, [columns, summed, rows]  # columns side by side are computed together
    head = [TYPES[result.ref.type], int(adds), bits(scale), _count_of_axes(batch, lengths, refs)]
    code.emit(machine.SMALL, *_words_of_product(head, lengths, batch, [left, right, result], groups))


def _stand_together(letters: Sequence[str], refs: Sequence[Axes]) -> bool:
    """Are the numbers along these axes side by side?"""
    return bool(letters) and all(each.stride(letters[-1]) == BYTES[each.ref.type] for each in refs)


def _count_of_axes(batch: Sequence[str], lengths: Mapping[str, int], refs: Sequence[Axes]) -> int:
    return max(1, len(_lined_up(batch, lengths, refs)))


def _words_of_product(
    head: list[int], lengths: Mapping[str, int], batch: Sequence[str], refs: Sequence[Axes],
    groups: Sequence[Sequence[str]],
) -> tuple[list[int], list[tuple[int, int]]]:  # fmt: skip
    """The words of an instruction for products of matrices after its first four, and which of them are addresses."""
    sizes = [prod([lengths[letter] for letter in group]) for group in groups]
    rows, summed, columns = [group[-1] if group else "" for group in groups]
    size = BYTES[refs[0].ref.type]
    corners = [(refs[0], rows, summed), (refs[1], summed, columns), (refs[2], rows, columns)]
    steps = [each.stride(letter) if letter else size for each, *letters in corners for letter in letters]
    axes = _lined_up(batch, lengths, refs) or [(1, (0, 0, 0))]
    words = [*head, *[each.ref.offset for each in refs], *sizes, *steps, *[length for length, _ in axes]]
    for _, strides in axes:
        words += strides
    return words, [(len(head) + i, each.ref.memory) for i, each in enumerate(refs)]
