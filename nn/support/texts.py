"""Texts from files, made fit to be shown: names of columns and classes may hold whatever a stranger has written.

What is not printable, a character that commands a terminal, turns the direction of writing or stands for nothing, half
an emoji, is shown as `\\u{1b}`, by its number. `shown` and `all_shown` are for names; `printable` for whole texts, when
they are printed. `cell_written` and `cell_read` are for cells of CSV.
"""

import re
from collections.abc import Sequence
from math import isfinite
from typing import Any

from autograd.markup import printable

__all__ = ["MOST", "Shown", "all_shown", "cell_read", "cell_written", "printable", "quoted", "shown"]

MOST = 60  # characters of a name
_FORMULAS = tuple("=+-@＝＋－＠")  # how cells begin that a spreadsheet computes
_NUMBER = re.compile(r"\\u\{([0-9a-f]{1,6})\}")


class Shown(str):
    """A name that is fit to be shown: `shown` only shortens it then."""

    __slots__ = ()


def shown(name: Any, most: int = MOST, keep: str = "") -> Shown:
    """A name on one line, of at most so many characters: printable, and two that fit are shown alike only if they are.

    What is in `keep` stays as it is: for what may have several lines.

    >>> shown("colour"), shown("a\\nb"), shown("x" * 100_000, most=5)
    ('colour', 'a\\\\u{a}b', 'xxxx…')
    """
    text = str(name)
    whole = text[:most] if isinstance(name, Shown) else _escaped(text[:most], keep)
    return Shown(whole if len(text) <= most and len(whole) <= most else whole[: most - 1] + "…")


def quoted(name: Any, most: int = MOST) -> str:
    """The same in quotes, for sentences."""
    return f"'{shown(name, most)}'"


def all_shown(names: Sequence[Any], most: int = MOST, keep: str = "") -> list[Shown]:
    """Names as `shown` gives them, where different ones stay different: such as do not fit are numbered.

    >>> all_shown(["a" * 100, "a" * 99 + "b", "c"], most=8)
    ['aaaaaaa…', 'aaaaaa…2', 'c']
    """
    texts: dict[Any, Shown] = {}
    taken: dict[str, int] = {}  # texts, and how many names have wanted each
    for name in dict.fromkeys(names):
        text = first = shown(name, most, keep)
        while text in taken:
            taken[first] += 1
            number = f"…{taken[first]}"
            text = Shown(first[: max(most - len(number), 0)].removesuffix("…") + number)
        taken[text] = 1
        texts[name] = text
    return [texts[name] for name in names]


def cell_written(text: str) -> str:
    """A text as a cell of CSV that does nothing, wherever it is opened: no formula, no command to a terminal.

    A cell that needs it, by how it begins or by what is not printable in it, gets an apostrophe in front, and what is
    not printable is written by its number. Finite numbers, and all other texts, are as they are. `cell_read` undoes it.

    >>> cell_written("-1.5"), cell_written("=1+1"), cell_written("a\\x1bb")
    ('-1.5', "'=1+1", "'a\\\\u{1b}b")
    """
    is_formula = text.startswith(_FORMULAS) and not _is_number(text)
    return "'" + _escaped(text) if is_formula or _is_marked(text) or not text.isprintable() else text


def cell_read(cell: str) -> str:
    """The text that `cell_written` has written; every other cell as it is.

    >>> cell_read("'=1+1"), cell_read("'tis")
    ('=1+1', "'tis")
    """
    if not _is_marked(cell):
        return cell
    text = _NUMBER.sub(_character, cell[1:])
    return text if cell_written(text) == cell else cell


def _is_marked(cell: str) -> bool:
    """Whether it looks as if `cell_written` had changed it."""
    return cell.startswith("'") and (cell.lstrip("'").startswith(_FORMULAS) or "\\u{" in cell)


def _escaped(text: str, keep: str = "") -> str:
    """Printable, and different for different texts: a backslash that would begin a number is one itself."""
    return printable(text.replace("\\u{", "\\u{5c}u{"), keep)


def _character(match: re.Match[str]) -> str:
    number = int(match[1], 16)
    return chr(number) if number < 0x110000 else match[0]


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text)) and "_" not in text
    except ValueError:
        return False
