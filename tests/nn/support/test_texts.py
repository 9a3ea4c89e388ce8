"""Texts of strangers: whatever they hold, what is shown is printable, short, and different for different names."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nn.support.texts import all_shown, cell_read, cell_written, printable, shown

ANY = st.text(st.characters(codec=None), max_size=30) | st.text("\\u{5c}\x1b'=+-a\ud8001 ", max_size=12)


@given(ANY)
def test_what_is_shown_is_printable_and_short(text):
    assert shown(text, 12).isprintable()
    assert len(shown(text, 12)) <= 12


@given(ANY)
def test_what_is_printable_stays_as_it_is(text):
    assert printable(text).isprintable()
    assert printable(printable(text)) == printable(text)


@given(ANY, ANY)
@example("\x1b", "\\u{1b}")
@example("\\\x1b", "\\u{5c}\x1b")
def test_two_names_that_fit_are_shown_alike_only_if_they_are(one, other):
    assert (shown(one, 1000) == shown(other, 1000)) == (one == other)


@given(st.lists(ANY, max_size=8))
@example(["aaaaaaaa", "aaaaaaaab", "aaaaaaa…", "aaaaaa…2", "aaaaaaaac"])
def test_names_that_differ_are_shown_differently(names):
    texts = all_shown(names, 8)
    assert all(text.isprintable() and len(text) <= 8 for text in texts)
    assert len(set(texts)) == len(set(names))
    assert [names.index(name) for name in names] == [texts.index(text) for text in texts]


def test_many_names_that_begin_alike_are_numbered():
    texts = all_shown([f"{'x' * 100_000}{i}" for i in range(30)], most=6)
    assert texts[:3] == ["xxxxx…", "xxxx…2", "xxxx…3"]
    assert texts[-1] == "xxx…30"


@given(ANY)
@example("'=1+1")
@example("''\\u{1b}")
@example("-1e5")
@example("'\\u{ZZ}")
def test_a_cell_is_read_as_it_was_before_it_was_written(text):
    assert cell_read(cell_written(text)) == text


@given(ANY)
@example("=cmd|' /C calc'!A0")
@example("@SUM(1)")
@example("＝1+1")
@example("\t=1")
@example("-inf")
def test_a_cell_that_is_written_is_no_formula_and_commands_no_terminal(text):
    cell = cell_written(text)
    assert cell.isprintable()
    try:
        float(text)
    except ValueError:
        assert not cell.startswith(tuple("=+-@＝＋－＠\t\r\n"))


@pytest.mark.parametrize("number", ["-1", "+2.5", "-1e-5", "0"])
def test_a_number_stays_one(number):
    assert cell_written(number) == number


@pytest.mark.parametrize("text", ["'tis", "'s-Hertogenbosch", "C:\\new", "\\u{1b}", "a=b", "it's", ""])
def test_other_cells_are_left_alone(text):
    assert cell_written(text) == cell_read(text) == text


@given(st.lists(ANY, min_size=1, max_size=5))
def test_a_line_of_csv_gives_its_cells_back(texts):
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerow(map(cell_written, texts))
    [cells] = csv.reader(io.StringIO(file.getvalue()))
    assert [cell_read(cell) for cell in cells] == texts
