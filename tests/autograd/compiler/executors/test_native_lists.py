"""The loops over lists, each against what it is defined as, in several layouts of its operands."""

import ctypes

import numpy as np
import pytest

from tests.autograd.compiler.executors.test_native_loops import LAYOUTS, assert_same_bits, laid_out, pointers
from tests.conftest import NEEDS_NATIVE

pytestmark = NEEDS_NATIVE

if not NEEDS_NATIVE.args[0]:
    from autograd.compiler.executors.native import machine

LOOP = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_ssize_t, ctypes.c_void_p, ctypes.c_ssize_t, ctypes.c_void_p)
each_shape = pytest.mark.parametrize(("families", "members"), [(1, 1), (3, 2), (2, 7), (9, 8), (5, 10), (4, 33)])
each_layout = pytest.mark.parametrize("layout", LAYOUTS[:3])
dtypes = pytest.mark.parametrize("dtype", ["d", "f"])


def run_lists(name, *arrays):
    """A loop over the rows of matrices, and one number for each of vectors; the last array is the result."""
    families, members = next(each.shape for each in arrays if each.ndim == 2)
    strides = pointers(*[each.strides[0] for each in arrays])
    by_member = pointers(*[each.strides[1] if each.ndim == 2 else 0 for each in arrays])
    LOOP(machine.FAMILIES[name])(
        pointers(*[each.ctypes.data for each in arrays]), families, strides, members, by_member
    )


def lists(families, members, dtype, seed=0):
    """Small whole numbers, of which some are equal."""
    return np.random.default_rng((families, members, seed)).integers(-3, 4, (families, members)).astype(dtype)


@dtypes
@each_shape
@each_layout
def test_the_largest_and_what_is_below(dtype, families, members, layout):
    x = lists(families, members, dtype)
    x[families // 2, members // 2] = np.nan
    x[0, -1] = np.inf
    below, largest = laid_out(np.zeros_like(x), layout), np.zeros(families, dtype)
    run_lists(f"less largest {dtype}", laid_out(x, layout), largest, below)
    with np.errstate(invalid="ignore"):
        assert_same_bits(largest, x.max(1))
        assert_same_bits(below, x - x.max(1, keepdims=True))


@dtypes
@pytest.mark.parametrize("members", [3, 4, 6, 8, 13, 27])
@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf])
def test_nan_is_the_largest_wherever_it_stands(dtype, members, special):
    x = np.repeat(lists(1, members, dtype), members, 0)
    np.fill_diagonal(x, special)
    x[:, 0] = np.where(np.arange(members) % 2, -np.inf, x[:, 0])
    below, largest = np.zeros_like(x), np.zeros(members, dtype)
    run_lists(f"less largest {dtype}", x, largest, below)
    with np.errstate(invalid="ignore"):
        assert_same_bits(largest, x.max(1))
        assert_same_bits(below, x - x.max(1, keepdims=True))


@dtypes
@each_shape
@each_layout
def test_the_sum_of_dy_goes_back_from_the_largest(dtype, families, members, layout):
    x, dy = lists(families, members, dtype), lists(families, members, dtype, 1)
    hits = x == x.max(1, keepdims=True)
    expected = dy - hits * (dy.sum(1, keepdims=True) / hits.sum(1, keepdims=True, dtype=dtype))
    out = laid_out(np.zeros_like(x), layout)
    run_lists(f"recentred {dtype}", laid_out(x, layout), x.max(1), laid_out(dy, layout), out)
    np.testing.assert_array_equal(out, expected)


@dtypes
def test_where_nothing_is_the_largest_all_is_nan(dtype):
    x = np.array([[1.0, np.nan, 2.0], [1.0, 0.0, 2.0]], dtype)
    out = np.zeros_like(x)
    run_lists(f"recentred {dtype}", x, x.max(1), np.ones_like(x), out)
    assert np.isnan(out[0]).all()
    assert out[1].tolist() == [1.0, 1.0, -2.0]


@dtypes
@each_shape
@each_layout
def test_the_total_of_exponentials_without_the_largest(dtype, families, members, layout):
    x = lists(families, members, dtype)
    x -= x.max(1, keepdims=True)
    powers = np.exp2(x)  # exact
    found = np.zeros(families, dtype)
    run_lists(f"rest of total {dtype}", laid_out(x, layout), laid_out(powers, layout), found)
    assert found.tolist() == (powers.sum(1) - 1.0).tolist()


@dtypes
def test_a_tiny_part_of_a_total_is_there(dtype):
    x, e, found = np.array([[0.0, -90.0]], dtype), np.array([[1.0, 1e-30]], dtype), np.zeros(1, dtype)
    run_lists(f"rest of total {dtype}", x, e, found)
    assert found[0] == e[0, 1]


@dtypes
@each_shape
@each_layout
def test_a_number_in_proportion(dtype, families, members, layout):
    powers = np.exp2(lists(families, members, dtype))
    dy = np.arange(families).astype(dtype)
    out = laid_out(np.zeros_like(powers), layout)
    run_lists(f"in proportion {dtype}", laid_out(powers, layout), dy, out)
    assert_same_bits(out, powers * (dy / powers.sum(1))[:, None])
