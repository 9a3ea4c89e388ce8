"""The loops of the machine that are ours, each against what it is defined as, in all layouts of its operands."""

import ctypes
from itertools import product

import numpy as np
import pytest

from autograd import OPERATIONS, ieee
from tests.conftest import NEEDS_NATIVE

pytestmark = NEEDS_NATIVE

if not NEEDS_NATIVE.args[0]:
    from autograd.compiler.executors.native import machine

dtypes = pytest.mark.parametrize("dtype", ["d", "f"])
SPECIAL = [0.0, -0.0, 1.5, -2.5, np.inf, -np.inf, np.nan, -0.25, 3.0]
LAYOUTS = ("one line", "every other", "columns", "one number", "one row", "one column")


def laid_out(numbers, layout):
    """The numbers of a matrix in this layout; of the last three the same number, row or column everywhere."""
    rows, columns = numbers.shape
    if layout == "every other":
        room = np.zeros((2 * rows, 3 * columns), numbers.dtype)
        room[::2, ::3] = numbers
        return room[::2, ::3]
    if layout == "columns":
        return np.asfortranarray(numbers)
    part = {"one number": numbers[:1, :1], "one row": numbers[:1], "one column": numbers[:, :1]}.get(layout)
    return np.ascontiguousarray(numbers) if part is None else np.broadcast_to(np.ascontiguousarray(part), numbers.shape)


def special(rows, columns, dtype, seed):
    numbers = np.random.default_rng((rows, columns, seed)).choice(SPECIAL, (rows, columns))
    return numbers.astype(dtype)


def pointers(*numbers):
    return (ctypes.c_ssize_t * len(numbers))(*numbers)


def run_loop(name, *arrays):
    """A loop of ours along two axes of matrices: the rows are the outer one."""
    loop = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4)(machine.ARITHMETIC[name])
    rows, columns = arrays[0].shape
    addresses = pointers(*[array.ctypes.data for array in arrays])
    outer, inner = (pointers(*[array.strides[axis] for array in arrays]) for axis in (0, 1))
    loop(addresses, pointers(columns, rows), inner, outer)


def assert_same_bits(got, expected):
    nan = np.isnan(expected)
    assert (np.isnan(got) == nan).all()
    assert (got[~nan] == expected[~nan]).all()
    assert (np.signbit(got[~nan]) == np.signbit(expected[~nan])).all()


# ------------------------------------------------------------------------------------------------ element by element


@dtypes
@pytest.mark.parametrize("shape", [(1, 1), (3, 7), (2, 8), (5, 9), (1, 33), (4, 16)], ids=str)
def test_passed_is_dy_where_x_is_not_below_zero(dtype, shape):
    for of_x, of_dy, of_out in product(LAYOUTS, LAYOUTS, LAYOUTS[:3]):
        x, dy = laid_out(special(*shape, dtype, 1), of_x), laid_out(special(*shape, dtype, 2), of_dy)
        out = laid_out(np.full(shape, 7.0, dtype), of_out)
        run_loop(f"passed {dtype}", x, dy, out)
        with np.errstate(all="ignore"):
            assert_same_bits(out, dy * np.where(x <= 0.0, 0.0, 1.0).astype(dtype))


@dtypes
@pytest.mark.parametrize("shape", [(1, 1), (3, 7), (2, 8), (5, 9), (1, 33), (4, 16)], ids=str)
def test_sum_and_relu_writes_both(dtype, shape):
    for of_a, of_b, of_out in product(LAYOUTS, LAYOUTS, LAYOUTS[:3]):
        a, b = laid_out(special(*shape, dtype, 3), of_a), laid_out(special(*shape, dtype, 4), of_b)
        total, out = (laid_out(np.full(shape, 7.0, dtype), of_out) for _ in range(2))
        run_loop(f"sum and relu {dtype}", a, b, total, out)
        alone = laid_out(np.full(shape, 7.0, dtype), of_out)
        run_loop(f"relu of sum {dtype}", a, b, alone)
        with np.errstate(all="ignore"):
            assert_same_bits(total, a + b)
            assert_same_bits(out, np.where((a + b > 0.0) | np.isnan(a + b), a + b, 0.0))
            assert_same_bits(alone, out)


def test_a_sum_may_lie_where_an_operand_does():
    a, b, out = np.arange(-8.0, 9.0)[None], np.ones((1, 17)), np.empty((1, 17))
    run_loop("sum and relu d", a, b, a, out)
    assert (a == np.arange(-7.0, 10.0)).all()
    assert (out == np.maximum(a, 0.0)).all()


@dtypes
@pytest.mark.parametrize("name", ["add", "multiply", "maximum", "minimum", "subtract"])
@pytest.mark.parametrize("count", [1, 7, 8, 9, 16, 41])
def test_numbers_that_lie_apart_are_eight_at_a_time(dtype, name, count):
    for layouts in product(LAYOUTS[:3], repeat=3):
        operands = [laid_out(special(3, count, dtype, seed), layout) for seed, layout in enumerate(layouts[:2])]
        out = laid_out(np.zeros((3, count), dtype), layouts[2])
        run_loop(f"{name} {dtype}", *operands, out)
        with np.errstate(all="ignore"):
            np.testing.assert_array_equal(out, getattr(np, name)(*operands))


@dtypes
@pytest.mark.parametrize("count", [1, 8, 9, 30])
def test_what_is_written_again_and_again_is_changed_one_after_the_other(dtype, count):
    numbers = np.arange(1.0, 3.0 * count + 1.0, dtype=dtype).reshape(3, count)[:, ::-1]
    room = np.ones((3, 1), dtype)
    out = np.broadcast_to(room, numbers.shape)
    run_loop(f"add {dtype}", out, numbers, out)
    assert room[:, 0].tolist() == (1.0 + numbers.sum(1)).tolist()


KIN = {  # of relu: what each is by the rule book, of the operands in the order of the loop
    "signed": ("abs", 0, lambda x, dy: ((x,), dy)),
    "if chosen": ("where", 1, lambda c, dy: ((c, 0.0 * c, 0.0 * c), dy)),
    "if not chosen": ("where", 2, lambda c, dy: ((c, 0.0 * c, 0.0 * c), dy)),
    "bent": ("leaky_relu", 0, lambda x, slope, dy: ((x, slope), dy)),
    "extreme": ("maximum", 0, lambda x, other, y, dy: ((x, other), dy)),
    "leaky": ("leaky_relu", None, lambda x, slope: ((x, slope), None)),
    "chosen": ("where", None, lambda c, a, b: ((c, a, b), None)),
}


@dtypes
@pytest.mark.parametrize("name", KIN)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_kin_of_relu_are_those_of_the_rule_book(dtype, name, layout):
    rule, position, of_rule = KIN[name]
    operation, count = OPERATIONS[rule], of_rule.__code__.co_argcount
    operands = [laid_out(special(5, 9, dtype, seed), layout) for seed in range(count)]
    if name == "extreme":
        operands[2] = laid_out(np.maximum(operands[0], operands[1]), layout)
    out = laid_out(np.zeros((5, 9), dtype), LAYOUTS[1] if layout == LAYOUTS[1] else LAYOUTS[0])
    run_loop(f"{name} {dtype}", *operands, out)
    expected = np.zeros((5, 9))
    for place in np.ndindex(5, 9):
        x, dy = of_rule(*[float(each[place]) for each in operands])
        y = operation.value(ieee, *x)
        expected[place] = y if position is None else operation.partials(ieee, y, *x)[position] * dy
    assert_same_bits(out, expected.astype(dtype))


@dtypes
@pytest.mark.parametrize("layout", LAYOUTS)
def test_products_times_a_number_are_added(dtype, layout):
    before, a, b = (special(5, 9, dtype, seed) for seed in range(3))
    scale = laid_out(np.full((5, 9), 2.0, dtype), "one number")
    for of_a, of_b in ((layout, "one line"), ("one line", layout), (layout, layout)):
        left, right, x = laid_out(a, of_a), laid_out(b, of_b), laid_out(before, LAYOUTS[layout == LAYOUTS[1]])
        for name, operands in ((f"product {dtype}", ()), (f"add product {dtype}", (x,))):
            out = laid_out(np.full((5, 9), 7.0, dtype), LAYOUTS[layout == LAYOUTS[1]])
            run_loop(name, *operands, scale, left, right, out)
            with np.errstate(all="ignore"):
                assert_same_bits(out, x + scale * (left * right) if operands else scale * (left * right))


@dtypes
@pytest.mark.parametrize("name", ["inverse root", "inverse root of cube"])
def test_inverse_roots_are_powers(dtype, name):
    tiny, large = np.finfo(dtype).tiny, np.finfo(dtype).max
    few = [0.0, -0.0, 1.0, 4.0, -1.0, np.inf, -np.inf, np.nan, tiny, large, -tiny, -large, 2.0**-40, 2.0**40, 0.3, 7.7]
    x = np.array([few, np.geomspace(1e-30, 1e30, len(few))], dtype)
    out = np.zeros_like(x)
    run_loop(f"{name} {dtype}", x, out)
    with np.errstate(all="ignore"):
        expected = np.power(x.astype(np.longdouble), -0.5 if name == "inverse root" else -1.5).astype(dtype)
    np.testing.assert_allclose(out, expected, rtol=2 * np.finfo(dtype).eps)
    assert not np.signbit(out[out == 0.0]).any()


# ---------------------------------------------------------------------------------------------------------- families


@dtypes
@pytest.mark.parametrize("families", [1, 2, 7, 8, 9, 17])
@pytest.mark.parametrize("members", [1, 2, 5, 8, 10, 33])
@pytest.mark.parametrize("layout", LAYOUTS[:3])
def test_dy_is_shared_by_those_that_are_the_largest(dtype, families, members, layout):
    x = np.random.default_rng((families, members)).integers(0, 3, (families, members)).astype(dtype)
    x[families // 2, -1] = np.nan
    y, dy = x.max(1), np.linspace(-1.0, 2.0, families).astype(dtype)
    dy[0] = -np.inf
    with np.errstate(all="ignore"):
        hits = (x == y[:, None]).astype(dtype)
        expected = dy[:, None] * (hits / hits.sum(1, dtype=dtype, keepdims=True))
    x = laid_out(x, layout)
    out = laid_out(np.full(x.shape, 7.0, dtype), layout)
    loop = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_ssize_t, ctypes.c_void_p, ctypes.c_ssize_t, ctypes.c_void_p)
    arrays = (x, y, dy, out)
    strides, by_member = [each.strides[0] for each in arrays], [x.strides[1], 0, 0, out.strides[1]]
    addresses = pointers(*[each.ctypes.data for each in arrays])
    share = loop(machine.FAMILIES[f"share {dtype}"])
    share(addresses, families, pointers(*strides), members, pointers(*by_member))
    assert_same_bits(out, expected)


# ------------------------------------------------------------------------------------------------------------ finite


@dtypes
@pytest.mark.parametrize("count", [0, 1, 15, 16, 17, 40])
def test_is_finite_finds_one_wrong_number_anywhere(dtype, count):
    numbers = np.linspace(-1.0, 1.0, count).astype(dtype) * np.finfo(dtype).max
    assert machine.is_finite(numbers)
    for place, wrong in product(range(count), (np.nan, np.inf, -np.inf)):
        changed = numbers.copy()
        changed[place] = wrong
        assert not machine.is_finite(changed)
