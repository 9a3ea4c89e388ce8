"""Contractions as calls of matmul: the axes of a product brought into the form that BLAS takes."""

from collections.abc import Sequence
from itertools import pairwise
from math import prod

import numpy as np

from ...kinds import Contract
from ...program import Step
from .writer import Ref, Writer


def write_contract(writer: Writer, step: Step, kind: Contract, out: Ref, accumulate: bool) -> None:
    factors, target = [writer.ref(view) for view in step.views], out
    if accumulate:
        target = writer.temporary(out.like.shape, out.like.dtype)
    if len(factors) == 1:
        _write_total(writer, factors[0], kind.axes[0], target, kind.axes[-1])
    else:
        left, right, of_out = kind.axes
        _write_product(writer, factors[0], left, factors[1], right, target, of_out)
    if kind.scale not in (1.0, -1.0):
        writer.call("multiply", target.text, repr(kind.scale), target.text)
    if accumulate:
        writer.call("subtract" if kind.scale == -1.0 else "add", out.text, target.text, out.text)
        writer.free(target)
    elif kind.scale == -1.0:
        writer.negate(target, target)


def _write_total(writer: Writer, left: Ref, axes: str, out: Ref, out_axes: str) -> None:
    """The sum over the axes that `out` has not; what is left must stand in the same order."""
    summed = tuple(axes.index(letter) for letter in axes if letter not in out_axes)
    kept = "".join(letter for letter in axes if letter in out_axes)
    assert kept == out_axes, (axes, out_axes)
    if not summed:
        writer.call("copyto", out.text, left.text)
    else:
        write_sum_over(writer, left, summed, out)


def write_sum_over(writer: Writer, left: Ref, summed: tuple[int, ...], out: Ref) -> None:
    """The sum over the first or the last axes by BLAS, which is several times faster; over others by NumPy."""
    like, first = left.like, summed[0] == 0
    suits = left.text in writer.names and like.flags.c_contiguous and out.like.flags.c_contiguous and like.dtype != bool
    if not suits or not 0 < len(summed) < like.ndim or summed[-1] - summed[0] + 1 != len(summed) or not (
        first or summed[-1] == like.ndim - 1
    ):  # fmt: skip
        writer.call("add.reduce", left.text, str(summed[0] if len(summed) == 1 else summed), "None", out.text)
        return
    length = prod(like.shape[axis] for axis in summed)
    flat = like.reshape((length, -1) if first else (-1, length))
    matrix, ones = Ref(writer.name(flat), flat), writer.full((length,), 1.0)
    total = out.like.reshape(-1)
    writer.call("dot", *((ones, matrix.text) if first else (matrix.text, ones)), writer.name(total))


def _write_product(
    writer: Writer, left: Ref, left_axes: str, right: Ref, right_axes: str, out: Ref, out_axes: str
) -> None:
    """out = Σ left·right, by one call of matmul where there is something to gain by it."""
    shared = set(left_axes) & set(right_axes)
    summed = [letter for letter in left_axes if letter in shared and letter not in out_axes]
    free_left = [letter for letter in out_axes if letter in left_axes and letter not in shared]
    free_right = [letter for letter in out_axes if letter in right_axes and letter not in shared]
    batch = [letter for letter in out_axes if letter in shared]
    assert set(left_axes) | set(right_axes) == {*out_axes, *summed}, (left_axes, right_axes, out_axes)
    if not summed:
        a, b = (writer.arranged(ref, axes, list(out_axes)) for ref, axes in ((left, left_axes), (right, right_axes)))
        writer.call("multiply", a.text, b.text, out.text)
        return
    if not free_left and not free_right:
        order = [*batch, *summed]
        a, b = (writer.arranged(ref, axes, order) for ref, axes in ((left, left_axes), (right, right_axes)))
        product = writer.temporary(np.broadcast_shapes(a.like.shape, b.like.shape))
        writer.call("multiply", a.text, b.text, product.text)
        _write_total(writer, product, "".join(order), writer.arranged(out, out_axes, batch), "".join(batch))
        writer.free(product)
        return
    if free_left and out_axes[-1] in free_left:  # the columns of the result are those of the right factor
        left, left_axes, right, right_axes = right, right_axes, left, left_axes
        free_left, free_right = free_right, free_left
    # Several axes of one kind become one where the arrays allow it; where not, the outer ones are looped over.
    loops: list[str] = []
    while len(free_left) > 1 and not _mergeable([(left, left_axes), (out, out_axes)], free_left):
        loops.append(free_left.pop(0))
    while len(free_right) > 1 and not _mergeable([(right, right_axes), (out, out_axes)], free_right):
        loops.append(free_right.pop(0))
    batch = [letter for letter in out_axes if letter in batch or letter in loops]
    a = _matrix(writer, left, left_axes, batch, free_left, summed)
    b = _matrix(writer, right, right_axes, batch, summed, free_right)
    c = _matrix(writer, out, out_axes, batch, free_left, free_right, copy=False)
    writer.call("matmul", a.text, b.text, c.text)


def _mergeable(refs: Sequence[tuple[Ref, str]], letters: Sequence[str]) -> bool:
    """Can these axes be seen as one without copying?"""
    for ref, axes in refs:
        like = ref.like
        where = [axis for axis in map(axes.index, letters) if like.shape[axis] > 1]
        for outer, inner in pairwise(where):
            if like.strides[outer] != like.strides[inner] * like.shape[inner]:
                return False
    return True


def _matrix(
    writer: Writer, ref: Ref, axes: str, batch: list[str], rows: list[str], columns: list[str], copy: bool = True
) -> Ref:
    """A view with the axes (*batch, rows, columns), each group as one axis; from a copy where that is needed."""
    present = [letter for letter in (*batch, *rows, *columns) if letter in axes]
    merged = all(_mergeable([(ref, axes)], group) for group in (rows, columns) if len(group) > 1)
    moved = ref.like.transpose([axes.index(letter) for letter in present])
    lengths = dict(zip(axes, ref.like.shape, strict=True))
    shape = (
        *(lengths.get(letter, 1) for letter in batch),
        prod(lengths[letter] for letter in rows),
        prod(lengths[letter] for letter in columns),
    )
    if merged:
        like = moved.reshape(shape)
        if not copy or _suits_blas(like):
            return writer.rearranged(ref, axes, present, shape, like)
    assert copy, "the result of a product must be written in place"
    copied = writer.kept_temporary(moved.shape)
    source = writer.rearranged(ref, axes, present, moved.shape, moved)
    writer.call("copyto", copied.text, source.text)
    like = copied.like.reshape(shape)
    return Ref(writer.name(like), like)


def _suits_blas(a: np.ndarray) -> bool:
    """Do the last two axes lie as BLAS can take them: one of them contiguous?"""
    rows, columns = a.strides[-2:]
    return (columns == a.itemsize or a.shape[-1] == 1) or (rows == a.itemsize or a.shape[-2] == 1)
