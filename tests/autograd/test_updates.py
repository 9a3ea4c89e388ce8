"""The book of updates: the C that was made of a formula gives the bits of the formula, by NumPy."""

import math
import subprocess
import sys
from itertools import product

import numpy as np
import pytest

import autograd
from autograd.rules_in_c.updates import header, update_in_c
from autograd.sweeps import Sweep, _squares_by_numpy, by_numpy, sum_of_squares
from autograd.updates import UPDATES, Update, penalty, sgd

updates = pytest.mark.parametrize("update", UPDATES.values(), ids=UPDATES)
dtypes = pytest.mark.parametrize("dtype", ["float64", "float32"])
SIZES = [*range(1, 40), 63, 64, 65, 100, 1000, 40_000]
SPECIAL = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e-320, 1e-42, 1e30, -1e300]


def numbers_of(update, rng):
    """Plain numbers by every way through the branches: each of them 0, or between 0 and 1."""
    return [
        tuple(rng.uniform(0.1, 1.0) * on for on in ways) for ways in product([0.0, 1.0], repeat=len(update.numbers))
    ]


def arrays_of(update, size, dtype, rng):
    with np.errstate(all="ignore"):
        return [(rng.normal(size=size) * 10.0 ** rng.uniform(-6, 6, size)).astype(dtype) for _ in update.arrays]


def bits(array):
    """Of each number; every nan is the same one: which of two nans an operation gives on is no matter of formulas."""
    return np.where(np.isnan(array), np.asarray(np.nan, array.dtype), array).view(f"u{array.itemsize}").tolist()


def both(update, arrays, numbers):
    """The bits of the arrays after one step: by a sweep, and by the formula."""
    ours, theirs = [array.copy() for array in arrays], [array.copy() for array in arrays]
    sweep = Sweep(update, ours)
    assert sweep.in_c is autograd.is_compiled()
    sweep(*numbers)
    by_numpy(update, theirs, numbers)
    return list(map(bits, ours)), list(map(bits, theirs))


@updates
@dtypes
def test_every_way_through_a_formula_has_the_same_bits_in_c(update, dtype):
    rng = np.random.default_rng(0)
    for numbers in numbers_of(update, rng):
        ours, theirs = both(update, arrays_of(update, 19, dtype, rng), numbers)
        assert ours == theirs, numbers


@updates
@dtypes
@pytest.mark.parametrize("size", SIZES)
def test_arrays_of_any_length_have_the_same_bits_in_c(update, dtype, size):
    rng = np.random.default_rng(size)
    ours, theirs = both(update, arrays_of(update, size, dtype, rng), rng.uniform(0.1, 1.0, len(update.numbers)))
    assert ours == theirs


@updates
@dtypes
def test_numbers_that_are_not_finite_or_tiny_have_the_same_bits_in_c(update, dtype):
    with np.errstate(all="ignore"):
        columns = np.array(list(product(SPECIAL, repeat=len(update.arrays)))).T.astype(dtype)
    for numbers in [(0.5,) * len(update.numbers), (0.0,) * len(update.numbers), (1e300,) * len(update.numbers)]:
        ours, theirs = both(update, [np.ascontiguousarray(column) for column in columns], numbers)
        assert ours == theirs


@updates
@dtypes
@pytest.mark.parametrize("start", [1, 2, 3, 5])
def test_a_part_of_arrays_that_begins_anywhere_moves_alone(update, dtype, start):
    rng = np.random.default_rng(start)
    wholes = arrays_of(update, 100, dtype, rng)
    before = [whole.copy() for whole in wholes]
    expected = [whole[start:-2].copy() for whole in wholes]
    numbers = rng.uniform(0.1, 1.0, len(update.numbers))
    Sweep(update, [whole[start:-2] for whole in wholes])(*numbers)
    by_numpy(update, expected, numbers)
    for whole, old, part in zip(wholes, before, expected, strict=True):
        assert bits(whole) == [*bits(old[:start]), *bits(part), *bits(old[-2:])]


@dtypes
def test_no_array_moves_but_the_last_ones(dtype):
    grad, data, velocity = arrays_of(sgd, 5, dtype, np.random.default_rng(0))
    before = grad.copy()
    Sweep(sgd, [grad, data, velocity])(0.1, 0.9, 1.0, 0.5)
    assert bits(grad) == bits(before)


@pytest.mark.parametrize(
    "arrays",
    [
        lambda: [np.ones(10)[::2], np.ones(5), np.ones(5)],
        lambda: [np.ones(5)] * 3,
        lambda: [np.ones(5, ">f8")] * 3,
        lambda: [np.ones(5), np.ones(5, "float32"), np.ones(5)],
        lambda: [np.ones(5, "float16") for _ in range(3)],
        lambda: [(whole := np.ones(12))[:5], whole[4:9], np.ones(5)],
        lambda: [np.frombuffer(b"\0" * 40), np.ones(5), np.ones(5)],
    ],
    ids=["strided", "one for all", "of the other byte order", "of two dtypes", "float16", "overlapping", "read-only"],
)
def test_what_c_cannot_go_through_is_moved_by_numpy(arrays):
    given, expected = arrays(), arrays()
    sweep = Sweep(sgd, given)
    assert not sweep.in_c
    sweep(0.25, 0.5, 0.0, 0.0)
    by_numpy(sgd, expected, (0.25, 0.5, 0.0, 0.0))
    assert [array.tolist() for array in given] == [array.tolist() for array in expected]


def test_an_update_that_is_not_of_the_book_is_moved_by_its_formula():
    other = sgd._replace(formula=lambda m, grad, data, velocity, **numbers: (data + grad, velocity))
    arrays = [np.ones(5) for _ in range(3)]
    sweep = Sweep(other, arrays)
    assert not sweep.in_c
    sweep(0.0, 0.0, 0.0, 0.0)
    assert arrays[1].tolist() == [2.0] * 5


def test_empty_arrays_are_moved_nowhere():
    Sweep(sgd, [np.ones(0) for _ in range(3)])(0.1, 0.0, 0.0, 0.0)


def test_another_number_of_arrays_is_refused():
    with pytest.raises(ValueError, match="sgd moves the arrays grad, data, velocity, got 2"):
        Sweep(sgd, [np.ones(5), np.ones(5)])


@pytest.mark.parametrize("numbers", [(), (0.1,), (0.1,) * 9], ids=len)
def test_another_number_of_plain_numbers_is_refused(numbers):
    with pytest.raises(ValueError, match="penalty takes the numbers l1, l2, got"):
        Sweep(penalty, [np.ones(5), np.ones(5)])(*numbers)


def test_a_sweep_knows_its_arrays():
    one, other = np.ones(5), np.ones(5)
    sweep = Sweep(penalty, [one, other])
    assert [sweep.is_of((one, other)), sweep.is_of((other, one)), sweep.is_of((one, other.copy()))] == [
        True,
        False,
        False,
    ]


# ----------------------------------------------------------------------------------------------------- written in C


def made(formula, arrays, numbers):
    return Update("made", formula, arrays, numbers)


def test_every_way_through_the_branches_is_a_loop():
    def formula(m, x, *, a, b):
        if a:
            x = x + b if b else x - a
        return (x,)

    text = update_in_c(made(formula, ("x",), ("a", "b")))
    assert [line.strip() for line in text.splitlines() if "if" in line or "else" in line][:4] == [
        "if (a != 0.0) {", "if (b != 0.0) {", "} else {", "} else {",
    ]  # fmt: skip


def test_plain_numbers_are_double_until_they_meet_an_array():
    text = update_in_c(made(lambda m, x, *, a: (x * (1.0 - a),), ("x",), ("a",)))
    assert "const float s1 = (float)(1.0 - a);" in text


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        (lambda m, x: (x if x else -x,), "branches on the array x"),
        (lambda m, x: (m.exp(x),), "calls m.exp, which an update in C does not have"),
        (lambda m, x: (x / 2.0,), "write m.div"),
    ],
)
def test_what_c_cannot_say_is_refused(formula, message):
    with pytest.raises(ValueError, match=message):
        update_in_c(made(formula, ("x",), ()))


def test_the_book_is_printed():
    command = [sys.executable, "-X", "utf8", "-m", "autograd.rules_in_c.updates"]
    assert subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout == header() + "\n"


# --------------------------------------------------------------------------------------------------- sums of squares


@dtypes
@pytest.mark.parametrize("size", [0, *SIZES])
def test_the_sum_of_squares_is_right_to_rounding(dtype, size):
    array = np.random.default_rng(size).normal(size=size).astype(dtype)
    assert sum_of_squares(array) == pytest.approx(math.fsum(float(x) ** 2 for x in array), rel=1e-14)


@dtypes
@pytest.mark.parametrize("start", range(4))
def test_the_sum_of_squares_does_not_depend_on_where_the_array_begins(dtype, start):
    array = np.random.default_rng(0).normal(size=1000).astype(dtype)
    moved = np.empty(1010, dtype)[start : start + 1000]
    moved[:] = array
    assert sum_of_squares(moved) == sum_of_squares(array)


def test_squares_of_float32_are_summed_up_as_float64():
    assert sum_of_squares(np.full(2, 1e30, "float32")) == pytest.approx(2e60)


@pytest.mark.parametrize("number", [np.nan, np.inf, 1e200])
def test_a_sum_of_squares_that_is_not_finite_is_no_error(number):
    assert not np.isfinite(sum_of_squares(np.array([1.0, number])))


def test_squares_of_numbers_that_lie_apart_are_summed_up():
    assert sum_of_squares(np.arange(10.0)[::3]) == 0.0 + 9.0 + 36.0 + 81.0


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 8191, 8192, 8193, 30_011])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_sum_of_squares_has_the_same_bits_by_numpy(dtype, size):
    array = np.random.default_rng(size).normal(size=size).astype(dtype)
    assert _squares_by_numpy(array) == sum_of_squares(array)
    assert _squares_by_numpy(array) == pytest.approx(math.fsum(float(x) ** 2 for x in array), rel=1e-14)


@pytest.mark.parametrize("what", ["arrays", "numbers"])
def test_an_update_that_a_sweep_has_no_room_for_is_refused(what):
    large = UPDATES["sgd"]._replace(**{what: tuple("abcdefghi")})
    arrays = [np.zeros(2) for _ in large.arrays]
    with pytest.raises(ValueError, match="at most 8 arrays and 8 numbers, sgd has more"):
        Sweep(large, arrays)
