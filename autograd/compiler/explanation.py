"""What `explain` has found, as a text or as HTML."""

from collections.abc import Sequence
from typing import NamedTuple

from ..markup import escaped, paragraph, table


class Section(NamedTuple):
    """A title, a table, and lines below it."""

    title: str
    rows: Sequence[tuple[str, ...]]
    lines: Sequence[str] = ()


class Explanation(NamedTuple):
    """What became of the scalars, then what a program does, in sections whose tables have these columns.

    >>> print(Explanation("9 nodes", ("operation", "nodes"), [Section("forward", [("add", "4"), ("tanh", "5")])]))
    9 nodes
    <BLANKLINE>
    forward
      add   4
      tanh  5
    """

    counts: str
    columns: tuple[str, ...]
    sections: Sequence[Section]

    def __str__(self) -> str:
        lines = [self.counts]
        for title, rows, below in self.sections:
            widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
            lines.append(f"\n{title}")
            for row in rows:
                cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
                lines.append(("  " + "  ".join(cells)).rstrip())
            lines += [f"  {line}" for line in below]
        return "\n".join(lines)

    def markup(self) -> str:
        """The same as HTML, for notebooks; the sections after the first one are opened by a click."""
        parts = [paragraph(self.counts)]
        for number, (title, rows, below) in enumerate(self.sections):
            text = f"<pre>{escaped(chr(10).join(below))}</pre>" if below else ""
            opened = " open" if number == 0 else ""
            parts.append(
                f"<details{opened}><summary>{escaped(title)}</summary>{table(self.columns, rows)}{text}</details>"
            )
        return "".join(parts)
