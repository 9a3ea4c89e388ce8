"""A live explorer on a page: `{explorer}` with lines of Python, the last of which says what it explores."""

import ast
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from docs.scripts.explorers import framed
from viz import Explorer


def explored(code: str) -> Explorer:
    """Run the lines; what the last one gives."""
    *before, last = ast.parse(code).body
    assert isinstance(last, ast.Expr), "the last line says what is explored"
    names: dict = {}
    exec(compile(ast.Module(before, []), "an explorer of the site", "exec"), names)
    result = eval(compile(ast.Expression(last.value), "an explorer of the site", "eval"), names)
    assert isinstance(result, Explorer), f"the last line gives an Explorer, not {result!r}"
    return result


class Live(SphinxDirective):
    """The code, unless it is `without-code`, and what it shows in a notebook."""

    has_content = True
    option_spec: ClassVar = {"without-code": directives.flag}

    def run(self) -> list[nodes.Node]:
        code = "\n".join(self.content)
        page = framed(explored(code).html, "an explorer")
        shown = [] if "without-code" in self.options else [nodes.literal_block(text=code, language="python")]
        return [*shown, nodes.raw("", page, format="html")]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("explorer", Live)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
