"""What each pass of the compiler makes of one neuron: `{pass} NAME` prints it, `{pass-drawn} NAME` draws it.

The passes themselves are run when the site is built; no page says by heart what they give.
"""

from functools import cache
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from autograd import Value, sin
from autograd.compiler import passes
from autograd.compiler.loops import find_loops
from autograd.compiler.program import Program
from autograd.compiler.sums import find_sums
from autograd.compiler.tape import Tape
from autograd.compiler.trace import trace
from viz import draw
from viz.graph.layout import svg

w = [Value(1.0, label="w₁"), Value(2.0, label="w₂"), Value(3.0, label="b")]
MOST_LINES = 60


def neuron(x: list[Value]) -> Value:
    """The squared error of a neuron, for the target 1."""
    return ((w[0] * x[0] + w[1] * x[1] + w[2]).tanh() - 1.0) ** 2


def pendulum(angle: Value) -> Value:
    """A hundred steps of a pendulum."""
    speed = 0.0 * angle
    for _ in range(100):
        speed = speed - 0.1 * sin(angle)
        angle = angle + 0.1 * speed
    return angle


@cache
def structures() -> dict[str, Any]:
    """What each pass gives, by its name."""
    tape, _ = trace(neuron, [(2,)])
    folded, _ = passes.folded(tape)
    sums, _ = find_sums(folded)
    classes, _ = passes.classified(folded)
    program, _ = passes.laid_out(classes, [2])
    both = passes.with_adjoint(program)
    turns, _ = trace(pendulum, [()])
    rolled = passes.rolled(turns, find_loops(turns))
    assert rolled is not None, "the pendulum has a loop"
    return {
        "tape": tape, "folded": folded, "sums": sums, "classes": classes, "program": program,
        "adjoint": "\n".join(both.line(step) for step in both.adjoints), "both": both,
        "buffers": passes.with_memory(both), "turns": turns, "rolled": rolled[0],
    }  # fmt: skip


class Printed(SphinxDirective):
    """What a pass gives, as it prints itself."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        lines = str(structures()[self.arguments[0]]).splitlines()
        if len(lines) > MOST_LINES:
            half = MOST_LINES // 5
            lines = [*lines[:half], f"… {len(lines) - 2 * half:,} more …", *lines[-half:]]
        return [nodes.literal_block(text="\n".join(lines), language="text")]


class Drawn(SphinxDirective):
    """The same as a picture: of a tape the graph of its scalars, of a program its array operations."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        structure = structures()[name]
        picture = draw(structure, backward=name == "both") if isinstance(structure, Program) else scalars(structure)
        text = svg(picture.source).decode()
        figure = f'<div class="drawn" role="img" aria-label="{name}, drawn">{text[text.index("<svg") :]}</div>'
        return [nodes.raw("", figure, format="html")]


def scalars(tape: Tape) -> Any:
    """A tape as a graph: a box for each line that it prints."""
    import graphviz

    picture = graphviz.Digraph(
        graph_attr={"rankdir": "LR", "nodesep": "0.15", "ranksep": "0.3", "bgcolor": "transparent"}
    )
    picture.attr("node", shape="box", style="rounded,filled", fillcolor="#eef3fa", fontname="Helvetica", fontsize="11")
    for line in str(tape).splitlines():
        if line.startswith("return"):
            continue
        name, _, words = line.partition(" = ")
        picture.node(name, f"{name}: {_title(words)}")
        for operand in operands(words):
            picture.edge(operand, name)
    return picture


def _title(words: str) -> str:
    """What is computed, without the operands, which the arrows show; leaves have none."""
    return words if words.startswith(("parameter", "input")) or not operands(words) else words.partition("(")[0].strip()


def operands(words: str) -> list[str]:
    """The numbers of the nodes that a line of a tape names.

    >>> operands("mul(0, 1)"), operands("+ 0·1 + 2·3 + 4"), operands("parameter(0)"), operands("-1")
    (['0', '1'], ['0', '1', '2', '3', '4'], [], [])
    """
    if words.startswith("+ "):
        return [number for term in words[2:].split(" + ") for number in term.split("·")]
    if words.startswith(("parameter", "input")) or "(" not in words:
        return []
    return [number.strip() for number in words.partition("(")[2].rstrip(")").split(",")]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("pass", Printed)
    app.add_directive("pass-drawn", Drawn)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
