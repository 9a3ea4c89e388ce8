"""Columns of whole numbers: they grow, and who looks at them sees what was there."""

import numpy as np
import pytest

from autograd.compiler import columns
from autograd.compiler.columns import Column, filled


def test_a_column_grows_and_what_was_seen_of_it_stays():
    column = Column(2)
    seen = []
    for n in range(100):
        column.append(n)
        seen.append(column.array())
    assert [list(each) for each in seen] == [list(range(n + 1)) for n in range(100)]
    assert list(column) == list(range(100))


@pytest.mark.parametrize("size", [columns._LARGE - 1, columns._LARGE, 2 * columns._LARGE + 1])
def test_a_large_one_is_like_the_others(size):
    column = Column(size)
    for n in range(size):
        column.append(n)
    copy = column.copy()
    column.append(-1)
    assert np.array_equal(column.array(), [*range(size), -1])
    assert np.array_equal(copy.array(), np.arange(size))
    assert not filled(size).array().any()


def test_an_array_of_a_column_is_a_view():
    column = Column.of([1, 2, 3])
    column.array()[1] = -7
    assert list(column) == [1, -7, 3]


def test_a_copy_is_apart():
    column = Column.of([1, 2])
    copy = column.copy()
    column.array()[0] = 5
    copy.append(3)
    assert (list(column), list(copy)) == ([5, 2], [1, 2, 3])


@pytest.mark.parametrize("n", [3, -4, 100])
def test_there_is_no_number_outside(n):
    column = Column(8)
    for each in range(3):
        column.append(each)
    with pytest.raises(IndexError, match=f"a column of 3 numbers has none at {n}"):
        column[n]


def test_it_counts_from_the_end():
    assert [Column.of([4, 5, 6])[n] for n in (-1, -3, 0)] == [6, 4, 4]


def test_a_column_is_cut():
    column = Column.of([1, 2, 3])
    column.cut(1)
    column.append(9)
    assert list(column) == [1, 9]
    assert list(column.part(1, 5)) == [9]
    for size in (-1, 3):
        with pytest.raises(IndexError, match=f"a column of 2 numbers has not {size}"):
            column.cut(size)


@pytest.mark.parametrize("number", [2**31, -(2**31) - 1])
def test_a_number_of_more_than_32_bits_is_refused(number):
    with pytest.raises((OverflowError, ValueError)):  # the latter in plain Python
        Column().append(number)


def test_filled():
    assert list(filled(3, -1)) == [-1, -1, -1]
    assert np.array_equal(filled(2).array(), [0, 0])
    assert len(filled(0)) == 0
