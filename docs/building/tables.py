"""What is made from the code: `{operations}`, a row for every operation of the rule book, `{help}` of the command."""

from contextlib import redirect_stdout, suppress
from io import StringIO
from unittest.mock import patch

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from autograd import OPERATIONS, Operation, functions
from autograd.symbolic import read_rule
from nn.cli.parser import main

from .formulas import text

HEAD = ("operation", "y", "derivatives")
OPERATORS = {
    "add": "a + b", "sub": "a - b", "mul": "a·b", "div": "a/b", "pow": "aᵇ", "neg": "-x", "abs": "|x|",
    "less": "1 where a < b, else 0", "less_equal": "1 where a ≤ b, else 0", "greater": "1 where a > b, else 0",
    "greater_equal": "1 where a ≥ b, else 0",
}  # fmt: skip
OF_MANY = {  # partial derivatives of lists, which no line of the book says for one element
    "maximum": "1 for the largest, 0 for the others; equal shares in a tie",
    "minimum": "1 for the smallest, 0 for the others; equal shares in a tie",
    "dot": "∂y/∂xᵢ = yᵢ, ∂y/∂yᵢ = xᵢ, of the lists",
    "logsumexp": "∂y/∂xᵢ = exp(xᵢ − y)",
    "take": "1 for the element that was taken, 0 for the others",
}


def shown() -> list[Operation]:
    """The operations that users know: Python's operators, and what is a function of `autograd`."""
    return [each for each in OPERATIONS.values() if each.name in OPERATORS or each.name in functions.__all__]


def row(operation: Operation) -> tuple[str, str, list[str]]:
    """Its name with the operands, its value, its derivatives in lines.

    >>> row(OPERATIONS["div"])
    ('div(a, b)', 'a/b', ['∂y/∂a = 1/b', '∂y/∂b = −y/b'])
    """
    names = operation.operands
    arguments = ", ".join(names)
    value = (OPERATORS.get(operation.name) or operation.formula.replace("`", "")).replace("-", "−")
    if operation.name in OF_MANY:
        return f"{operation.name}({arguments})", value, [OF_MANY[operation.name]]
    partials = read_rule(operation, len(names), textbook=True).partials
    derivatives = [text(partial, names).replace("-", "−") for partial in partials]
    if len(set(derivatives)) == 1 and len(derivatives) > 1:
        derivatives = [f"{derivatives[0]} by each"]
    elif len(derivatives) > 1:
        derivatives = [f"∂y/∂{name} = {each}" for name, each in zip(names, derivatives, strict=True)]
    return f"{operation.name}({arguments})", value, derivatives


def inner() -> str:
    """What the letters stand for that only derivatives have."""
    density = OPERATIONS["_density"]
    return f"σ is sigmoid, Φ is ndtr, and φ({', '.join(density.operands)}) is {density.formula.replace('-', '−')}"


class Operations(SphinxDirective):
    """The table of operations."""

    def run(self) -> list[nodes.Node]:
        body = nodes.tbody()
        body += [self._row(operation) for operation in shown()]
        head = nodes.thead("", nodes.row("", *[nodes.entry("", nodes.paragraph(text=each)) for each in HEAD]))
        columns = [nodes.colspec(colwidth=width) for width in (20, 30, 50)]
        table = nodes.table("", nodes.tgroup("", *columns, head, body, cols=len(HEAD)), classes=["operations"])
        return [table, nodes.paragraph(text=f"In the last column, {inner()}.")]

    def _row(self, operation: Operation) -> nodes.row:
        call, value, derivatives = row(operation)
        name = nodes.literal(text=call)
        link: nodes.Node = name
        if operation.name in functions.__all__:  # each has an entry of its own below the table
            link = nodes.reference("", "", name, refid=f"autograd.{operation.name}", internal=True)
        cells = [[nodes.paragraph("", "", link)], [nodes.paragraph(text=value)]]
        cells.append([nodes.paragraph(text=line) for line in derivatives])
        return nodes.row("", *[nodes.entry("", *cell) for cell in cells])


class Help(SphinxDirective):
    """What `glassgrad NAME --help` says, or `glassgrad --help`."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        wide = patch.dict("os.environ", COLUMNS="100", NO_COLOR="1")
        with redirect_stdout(StringIO()) as told, wide, suppress(SystemExit):
            main([*self.arguments, "--help"])
        return [nodes.literal_block(text=told.getvalue().rstrip(), language="text")]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("operations", Operations)
    app.add_directive("help", Help)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
