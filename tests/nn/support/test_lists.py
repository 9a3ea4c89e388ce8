"""Data as lists: where there is no NumPy, they are taken and refused as where there is."""

import math

import pytest

from nn.support import lists
from nn.support.lists import check_lists


def both(X, y, monkeypatch):
    """What `check_lists` gives, or its error, by NumPy and without."""
    found = []
    for is_there in (True, False):
        monkeypatch.setattr(lists, "is_there", lambda package, is_there=is_there: is_there)
        try:
            found.append(check_lists(X, y))
        except ValueError as error:
            found.append(str(error))
    return found


@pytest.mark.parametrize(("X", "y"), [
    ([[1, 2], [3, 4]], [0, 1]), ([(1.5, True)], (0.5,)), ([[1.0], [2.0]], [[0], [1]]), ([[1e308]], [-0.0]),
])  # fmt: skip
def test_lists_are_taken(X, y, monkeypatch):
    by_numpy, without = both(X, y, monkeypatch)
    assert isinstance(by_numpy, tuple)
    assert without == by_numpy


@pytest.mark.parametrize(("X", "y"), [
    ([[1.0], [math.nan]], [0, 1]), ([[1.0]], [math.inf]), ([], [0]), ([[1.0]], []), ([[1.0], [2.0]], [0]),
    ([1.0, 2.0], [0, 1]), ([[10**400]], [0]),
])  # fmt: skip
def test_lists_are_refused_in_the_same_words(X, y, monkeypatch):
    by_numpy, without = both(X, y, monkeypatch)
    assert isinstance(by_numpy, str)
    assert without == by_numpy


@pytest.mark.parametrize(("X", "y", "words"), [
    ([[1.0], [2.0, 3.0]], [0, 1], r"^X must hold numbers, in rows of equal length"),
    ([[1.0], 2.0], [0, 1], r"^X must hold numbers, in rows of equal length"),
    ([["a"]], [0], r"^X\[0, 0\] must be a number, got 'a'"),
    ([[1.0]], [[0, 1]], r"^y must have the shape \(rows,\)"),
    ("abc", [0], r"^X must be a list of numbers, or of lists of them, got 'abc'"),
    ([[[1.0]]], [0], r"^X\[0, 0\] must be a number, got \[1.0\]"),
])  # fmt: skip
def test_what_is_no_list_of_rows_is_refused(X, y, words, monkeypatch):
    monkeypatch.setattr(lists, "is_there", lambda package: False)
    with pytest.raises(ValueError, match=words):
        check_lists(X, y)
