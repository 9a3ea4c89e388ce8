"""Our docstrings are plain text: bars and stars are themselves, and what is set in columns stays so.

What stands in backticks is code; where it is the name of something in the reference, a link, too.
"""

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.domains.python import PyXRefRole
from sphinx.util.docutils import SphinxRole

MARKED = re.compile(r"(`[^`]*`)")  # stays as it is; so do examples
SPECIAL = re.compile(r"[|*]|(?<=\w)_(?=\W|$)")  # in reStructuredText; val_ would be a link
COLUMNS = re.compile(r"^\s+\S.* {3,}\S")
NAME = re.compile(r"[A-Za-z_][\w.]*(\(\))?")
BEFORE_NAPOLEON = 400


def plain(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Change the lines of a docstring in place, as Sphinx asks."""
    lines[:] = escaped(in_columns(lines))


def escaped(lines: list[str]) -> list[str]:
    """With bars and stars that mean themselves.

    >>> escaped(["|x| of `a * b`", ">>> 2 ** 3", "8", "", "*xs"])
    ['\\\\|x\\\\| of `a * b`', '>>> 2 ** 3', '8', '', '\\\\*xs']
    """
    result, literal, example = [], -1, False  # the indentation of what is literal
    for line in lines:
        indentation = len(line) - len(line.lstrip())
        example = line.lstrip().startswith(">>>") or (example and bool(line.strip()))
        literal = literal if line.strip() == "" or 0 <= literal < indentation else -1
        if not example and literal < 0:
            parts = MARKED.split(line)
            result.append("".join(part if i % 2 else SPECIAL.sub(r"\\\g<0>", part) for i, part in enumerate(parts)))
        else:
            result.append(line)
        if line.endswith("::"):
            literal = indentation
    return result


def in_columns(lines: list[str]) -> list[str]:
    """With `::` before what is set in columns.

    >>> in_columns(["with", "  a      this", "  b      that", "and more"])
    ['with::', '', '  a      this', '  b      that', '', 'and more']
    """
    result: list[str] = []
    block = -1  # the indentation of the columns
    for line in lines:
        indentation = len(line) - len(line.lstrip())
        if block >= 0 and line.strip() and indentation < block:
            result, block = [*result, ""], -1
        before = result[-1] if result else ""
        if block < 0 and COLUMNS.match(line) and before.strip() and indentation > len(before) - len(before.lstrip()):
            result[-1:] = [f"{before.rstrip(':')}::", ""]
            block = indentation
        result.append(line)
    return result


class Code(SphinxRole):
    """`x`, the role of what has none."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        if NAME.fullmatch(self.text):
            return PyXRefRole()(
                "py:obj", self.rawtext, self.text, self.lineno, self.inliner, self.options, self.content
            )
        return [nodes.literal(self.rawtext, self.text)], []


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_role("name", Code())
    app.connect("autodoc-process-docstring", plain, priority=BEFORE_NAPOLEON)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
