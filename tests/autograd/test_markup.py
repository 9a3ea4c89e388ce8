"""Texts and tables for pages are what they say, whatever the texts are."""

from html.parser import HTMLParser

import pytest

from autograd.markup import escaped, paragraph, table

HOSTILE = "<script>alert(1)</script>\"'&\x1b[31m\u202e\ud83d"


class Reader(HTMLParser):
    """The tags and the texts of some HTML."""

    def __init__(self, markup):
        super().__init__()
        self.tags, self.texts = [], []
        self.feed(markup)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)

    def handle_data(self, data):
        self.texts.append(data)


def test_a_text_stays_a_text():
    read = Reader(paragraph(HOSTILE))
    assert read.tags == ["p"]
    assert "".join(read.texts) == "<script>alert(1)</script>\"'&\\u{1b}[31m\\u{202e}\\u{d83d}"
    escaped(HOSTILE).encode("utf-8")  # which half an emoji could not be


def test_a_table_has_the_cells_that_it_was_given():
    read = Reader(table(["name", "count"], [[HOSTILE, 3], ["b", 4]]))
    assert read.tags == ["table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td", "tr", "td", "td"]
    assert [*read.texts[:2], *read.texts[-3:]] == ["name", "count", "3", "b", "4"]


def test_the_last_row_may_be_a_sum_of_the_others():
    markup = table(["a"], [[1], [2], [3]], last_is_sum=True)
    assert Reader(markup).tags[-3:] == ["tfoot", "tr", "th"]
    assert "<td" not in markup.partition("<tfoot>")[2]


@pytest.mark.parametrize(("numbers", "aligned"), [([], "left"), ([0], "right")])
def test_numbers_stand_at_the_right(numbers, aligned):
    assert f"text-align:{aligned}" in table([""], [[1]], numbers)


def test_no_colour_is_set():
    markup = table(["a"], [["b"]]) + paragraph("c")
    assert "color" not in markup
    assert "background" not in markup
