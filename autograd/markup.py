"""Texts and tables for pages: what notebooks show of models, trainings and programs.

Texts of users are escaped. No colour is set but by the page around it, so that it reads in the dark, too.
"""

import html
from collections.abc import Iterable, Sequence

__all__ = ["escaped", "paragraph", "printable", "table"]

_STYLE = {True: "text-align:right", False: "text-align:left;white-space:pre-wrap"}


def printable(text: str, keep: str = "") -> str:
    """The text with nothing in it that is not printable, or in `keep`. What it gives it leaves as it is.

    >>> printable("a\\x1b[31m\\u202eb")
    'a\\\\u{1b}[31m\\\\u{202e}b'
    """
    if text.isprintable():
        return text
    return "".join([c if c.isprintable() or c in keep else f"\\u{{{ord(c):x}}}" for c in text])


def escaped(text: object, keep: str = "") -> str:
    """A text as HTML: nothing in it is markup, or turns the direction of writing. What is in `keep` stays as it is.

    >>> escaped("a < b\\u202e")
    'a &lt; b\\\\u{202e}'
    """
    return html.escape(printable(str(text), keep))


def paragraph(text: object) -> str:
    """A text as a paragraph.

    >>> paragraph("R&D")
    '<p>R&amp;D</p>'
    """
    return f"<p>{escaped(text)}</p>"


def table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], numbers: Sequence[int] = (), last_is_sum: bool = False
) -> str:
    """A table; the columns `numbers`, counted from 0, stand at the right. The last row may be the sum of the others.

    >>> print(table(["layer", "parameters"], [["<one>", 3], ["two", 12]], numbers=[1]).count("<td"))
    4
    """

    def row(cells: Sequence[object], tag: str) -> str:
        made = (
            f'<{tag} style="{_STYLE[place in numbers]}">{escaped(cell)}</{tag}>' for place, cell in enumerate(cells)
        )
        return f"<tr>{''.join(made)}</tr>"

    below = [row(cells, "td") for cells in rows]
    foot = f"<tfoot>{below.pop().replace('<td', '<th').replace('</td', '</th')}</tfoot>" if last_is_sum else ""
    head = f"<thead>{row(columns, 'th')}</thead>" if any(columns) else ""
    return f"<table>{head}<tbody>{''.join(below)}</tbody>{foot}</table>"
