"""Instructions of the machine, one by one: sums, and products of matrices, in all layouts of their operands."""

from itertools import product

import numpy as np
import pytest

from tests.autograd.compiler.executors.test_native_loops import LAYOUTS, dtypes, laid_out, special
from tests.conftest import NEEDS_NATIVE

pytestmark = NEEDS_NATIVE
NOTHING = np.array([], np.int64)

if not NEEDS_NATIVE.args[0]:
    from autograd.compiler.executors.native import loops, machine
    from autograd.compiler.executors.native.code import bits


# -------------------------------------------------------------------------------------------------------------- sums


def run_instruction(instruction, words):
    words = np.array([instruction, len(words) + 2, *words], np.int64)
    stream = machine.Stream(words, NOTHING, NOTHING, NOTHING, (), ())
    stream.run((0, 0, 0, len(words), 0, 0), 1, 1, ())


def reduce_rows(out, factors, axis, scale=1.0, adds=False):
    """Σ of one or two matrices along an axis, by the machine."""
    three = [out, *factors, *factors][:3]
    kept, summed = ([0, *[each.strides[n] for each in three[1:]]] for n in (1 - axis, axis))
    kept[0] = out.strides[0]
    words = [
        machine.DOUBLE if out.dtype == "d" else machine.FLOAT, int(adds), bits(scale), len(factors), 1, 1,
        *[each.ctypes.data for each in three], factors[0].shape[1 - axis], factors[0].shape[axis], *kept, *summed,
    ]  # fmt: skip
    run_instruction(machine.REDUCE, words)


@dtypes
@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("columns", [1, 2, 3, 8, 10, 16, 31, 33, 70])
@pytest.mark.parametrize("rows", [1, 3, 8, 21, 100])
@pytest.mark.parametrize("layout", LAYOUTS[:3])
def test_sums_along_either_axis(dtype, axis, rows, columns, layout):
    a, b = (laid_out(np.random.default_rng(n).integers(-9, 9, (rows, columns)).astype(dtype), layout) for n in (1, 2))
    for factors, total in (((a,), a.sum(axis)), ((a, b), (a * b).sum(axis))):
        for scale, adds in ((1.0, False), (-2.0, False), (0.5, True)):
            out = np.full(len(total), 3.0, dtype)
            reduce_rows(out, factors, axis, scale, adds)
            assert out.tolist() == (3.0 * adds + scale * total).tolist()


def test_a_sum_keeps_nan_and_infinities_in_their_column():
    a = np.ones((5, 20))
    a[2, 3], a[1, 7], a[0, 18] = np.nan, np.inf, -np.inf
    out = np.zeros(20)
    reduce_rows(out, (a,), 0)
    assert np.flatnonzero(~np.isfinite(out)).tolist() == [3, 7, 18]
    out = np.zeros(5)
    reduce_rows(out, (a[:, :19],), 1)
    assert np.flatnonzero(np.isfinite(out)).tolist() == [3, 4]


@dtypes
@pytest.mark.parametrize("shape", [(3, 4, 1), (40, 4, 3), (9, 4, 8), (2, 3, 12), (20, 3, 16), (17, 2, 19)], ids=str)
@pytest.mark.parametrize("layout", LAYOUTS[:3])
def test_sums_of_short_rows_that_two_axes_keep(dtype, shape, layout):
    rng = np.random.default_rng(shape)
    a, b = (
        laid_out(rng.integers(-9, 9, (*shape[:2], shape[2])).reshape(-1, shape[2]).astype(dtype), layout) for _ in "ab"
    )
    of_rows = [(shape[1] * each.strides[0], each.strides[0], each.strides[1]) for each in (a, b)]
    for factors, total in ((1, a.sum(1)), (2, (a * b).sum(1))):
        for scale, adds in ((1.0, False), (0.5, True)):
            out = np.full(shape[:2], 3.0, dtype)
            strides = [(*out.strides, 0), *of_rows]
            words = [
                machine.DOUBLE if dtype == "d" else machine.FLOAT, int(adds), bits(scale), factors, 2, 1,
                out.ctypes.data, a.ctypes.data, (b if factors == 2 else a).ctypes.data, shape[1], shape[0], shape[2],
                *[each[axis] for axis in (1, 0, 2) for each in strides],
            ]  # fmt: skip
            run_instruction(machine.REDUCE, words)
            assert out.ravel().tolist() == (3.0 * adds + scale * total).tolist()


@dtypes
@pytest.mark.parametrize("shape", [(40, 4, 5), (4, 40, 5), (3, 7, 2), (40, 20), (40, 3), (3, 40)], ids=str)
@pytest.mark.parametrize("by", ["ours", "NumPy's"])
def test_a_loop_along_several_axes(dtype, shape, by):
    """Whichever of the axes it is called along, since that goes by their lengths."""
    rng = np.random.default_rng(shape)
    a, b = special(np.prod(shape), 1, dtype, 1).reshape(shape), rng.normal(size=(*shape[:-1], 1)).astype(dtype)
    b, out = np.broadcast_to(b, shape), np.full(shape, 7.0, dtype)
    arrays = (a, b, out)
    loop = (
        (machine.ARITHMETIC[f"multiply {dtype}"], 0) if by == "ours" else loops.loop("atan2", f"{dtype * 2}->{dtype}")
    )
    words = [
        *loop, len(arrays), len(shape), *[each.ctypes.data for each in arrays], *reversed(shape),
        *[each.strides[axis] for axis in reversed(range(len(shape))) for each in arrays],
    ]  # fmt: skip
    run_instruction(machine.APPLY2 if by == "ours" else machine.APPLY, words)
    with np.errstate(all="ignore"):
        expected = np.multiply(a, b) if by == "ours" else np.arctan2(a, b)
    np.testing.assert_allclose(out, expected, rtol=4 * np.finfo(dtype).eps)


# ---------------------------------------------------------------------------------------------- products of matrices


def multiply(left, right, out):
    """A product of matrices, by the machine."""
    arrays = (left, right, out)
    strides = [stride for each in arrays for stride in each.strides]
    sizes = (*left.shape, right.shape[1])
    addresses = [each.ctypes.data for each in arrays]
    words = [*loops.matmul(out.dtype.char), 1, out.itemsize, *addresses, *sizes, *strides, 1, 0, 0, 0]
    run_instruction(machine.MATMUL, words)


@dtypes
@pytest.mark.parametrize("sizes", [
    (1, 1, 1), (1, 5, 7), (8, 2, 3), (64, 10, 32), (100, 16, 16), (16, 16, 32), (16, 16, 33), (64, 32, 64),
    (64, 32, 65), (9, 1, 6), (9, 6, 1), (70, 13, 9),
], ids=str)  # fmt: skip
@pytest.mark.parametrize("turned", list(product([False, True], repeat=3)), ids=str)
def test_products_whatever_is_turned(dtype, sizes, turned):
    m, n, p = sizes
    rng = np.random.default_rng(sizes)
    shapes = [(m, n), (n, p), (m, p)]
    arrays = [
        laid_out(rng.integers(-4, 5, shape).astype(dtype), "columns" if is_turned else "one line")
        for shape, is_turned in zip(shapes, turned, strict=True)
    ]
    left, right, out = arrays
    multiply(left, right, out)
    assert (out == left @ right).all()


@dtypes
@pytest.mark.parametrize("apart", [2, 3])
def test_a_product_of_numbers_that_lie_apart(dtype, apart):
    """Strides say nothing of the size of a number: that of every other float is the size of a double."""
    m, n, p = 40, 3, 5
    rng = np.random.default_rng(apart)
    left = rng.integers(-4, 5, (m, n)).astype(dtype)
    right = rng.integers(-4, 5, (p, n * apart)).astype(dtype)[:, ::apart].T
    out = np.zeros((m, p * apart), dtype)[:, ::apart]
    multiply(left, right, out)
    assert (out == left @ right).all()


def multiply_each(left, right, out, scale=1.0, adds=False):
    """Products of small matrices, one after the other, by the machine."""
    arrays = (left, right, out)
    words = [
        machine.DOUBLE if out.dtype == "d" else machine.FLOAT, int(adds), bits(scale), 1,
        *[each.ctypes.data for each in arrays], *left.shape[1:], right.shape[2],
        *[stride for each in arrays for stride in each.strides[1:]], len(out), *[each.strides[0] for each in arrays],
    ]  # fmt: skip
    run_instruction(machine.SMALL, words)


@dtypes
@pytest.mark.parametrize("m", [1, 3, 5])
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 8, 11])
@pytest.mark.parametrize("p", [1, 3, 4, 7, 8, 13])
def test_small_products_whatever_is_turned(dtype, m, n, p):
    rng = np.random.default_rng((m, n, p))
    for turned in product([False, True], repeat=3):
        left, right, out = (
            np.moveaxis(np.zeros((6, *shape[::-1]), dtype), 1, 2) if is_turned else np.zeros((6, *shape), dtype)
            for shape, is_turned in zip([(m, n), (n, p), (m, p)], turned, strict=True)
        )
        left[:], right[:], out[:] = rng.integers(-4, 5, left.shape), rng.integers(-4, 5, right.shape), 3.0
        for scale, adds, before in ((1.0, False, 0.0), (-0.5, True, left @ right)):
            multiply_each(left, right, out, scale, adds)
            assert (out == before + scale * (left @ right)).all()
