"""What a picture of a program shows as one box: its words, its tooltip, its look."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np

from autograd.compiler import kinds
from autograd.compiler.explain import flops
from autograd.compiler.program import Program, Step
from autograd.compiler.views import View

from .shapes import shape_of

PLAIN, MOVES, _PARAMETERS = "#ffffff", "#ececec", "#fdebd0"  # element by element, no arithmetic, what is learned
ENTRY = "#e3f1e3"  # of a turn of a loop
END = {"style": "filled,rounded", "fillcolor": PLAIN, "penwidth": "2"}  # of the picture: inputs and outputs

Kind: TypeAlias = Literal[
    "product", "elementwise", "moves", "parameters", "input", "output", "constant", "carried", "scanned", "invariant"
]
ENTRIES = ("carried", "scanned", "invariant")  # what goes into a turn of a loop


@dataclass(eq=False, slots=True)
class Box:
    """What the picture shows as one box: an array operation, an array that it reads, a plain number, an output."""

    label: str
    tooltip: str
    kind: Kind
    look: dict[str, str]
    step: Step | None = None
    backward: bool = False
    parents: list["Box"] = field(default_factory=list)
    arrays: list[str] = field(default_factory=list)  # what comes from each parent, in words
    scalars: int = 0  # for how many an operation stands
    work: int = 0  # the floating-point operations of a matrix product, for a row, or a call where there is none


def step_box(program: Program, step: Step, scalars: int, backward: bool, is_gradient: bool) -> Box:
    """The box of an array operation, which stands for so many scalars; `is_gradient`: of parameters."""
    kind = _KINDS[type(step.kind)](step.kind)
    box = Box(_label(program, step, scalars, is_gradient), _tooltip(program, step), kind, {}, step, backward)
    box.work = flops(program, step, 1) if kind == "product" else 0
    box.look, box.scalars = _look(box, is_gradient), scalars
    return box


def input_box(program: Program, position: int) -> Box:
    words = f"input {position}\n{shape_of(program, program.whole(program.inputs[position]))}"
    return Box(words, f"{words}\nB: the rows of the batch", "input", END)


def number_box(number: float) -> Box:
    look = {"fillcolor": "#f4f4f4", "height": "0.2", "margin": "0.05,0.02"}
    return Box(f"{number:.6g}", repr(number), "constant", look)


def entry_box(kind: Kind, backward: bool) -> Box:
    """What goes into a turn of a loop; `describe` says what it is."""
    return Box(kind, kind, kind, {"fillcolor": ENTRY, "style": "filled,rounded"}, backward=backward)


def describe(box: Box, shape: str, what: str) -> None:
    box.label = f"{box.kind}\n{shape}"
    box.tooltip = f"{box.label}\n{what}"


def leaf_box(program: Program, view: View, table: np.ndarray | None, positions: np.ndarray) -> Box:
    shape, name, kind = shape_of(program, view, table), program.name(view.value), program.kind(view.value)
    if view.value == program.parameters:
        words = "parameter" if len(positions) == 1 else f"parameters\n{shape}"
        return Box(words, f"{words}\nread at every call", "parameters", {"fillcolor": _PARAMETERS})
    if not isinstance(kind, kinds.Constants):
        return Box(f"{name}\n{shape}", name, "constant", {})
    contents = kind.numbers[positions].tolist()
    if len(contents) == 1:
        return number_box(contents[0])
    words = ", ".join(f"{number:.6g}" for number in contents)
    return Box(f"constants\n{shape}", words, "constant", {"fillcolor": "#f4f4f4"})


def _label(program: Program, step: Step, scalars: int, is_gradient: bool) -> str:
    lines = [step.kind.name]
    if not isinstance(step.kind, kinds.Fill):
        lines.append(shape_of(program, step.out))
    if scalars:
        lines.append(counted(scalars, "scalar"))
    if is_gradient:
        lines.append("gradient of parameters")
    return "\n".join(lines)


def _always(kind: Kind) -> Callable[[Any], Kind]:
    return lambda of_step: kind


_KINDS: dict[type[kinds.Kind], Callable[[Any], Kind]] = {
    kinds.Map: _always("elementwise"),
    kinds.Partial: _always("elementwise"),
    kinds.LessLargestAdjoint: _always("elementwise"),
    kinds.Sum: lambda of_step: "moves" if of_step.name == "copy" else "elementwise",
    kinds.Contract: lambda of_step: "product" if len(of_step.axes) == 3 else "elementwise",
    kinds.Assemble: _always("moves"),
    kinds.Gather: _always("moves"),
    kinds.Scatter: _always("moves"),
    kinds.Take: _always("moves"),
    kinds.TakeAdjoint: _always("moves"),
    kinds.Fill: _always("moves"),
}


def _look(box: Box, is_gradient: bool) -> dict[str, str]:
    look = {"fillcolor": PLAIN, "style": "filled,dashed" if box.backward else "filled"}
    if box.kind == "moves":
        look["fillcolor"] = MOVES
    elif box.kind == "product":
        look["fontsize"] = "13"
    if is_gradient:
        look |= {"penwidth": "2", "style": "filled"}
    return look


def _tooltip(program: Program, step: Step) -> str:
    operands = " ".join(f"({program.dimensions(view)})" for view in step.views)
    work = flops(program, step, 2) - flops(program, step, 1)
    lines = [program.line(step), f"{operands} → ({program.dimensions(step.out)})".strip()]
    if work or flops(program, step, 1):
        number = counted(work or flops(program, step, 1), "floating-point operation")
        lines.append(f"{number} for each {'row' if work else 'call'}")
    return "\n".join([*lines, *filter(None, [step.scope])])


def counted(count: int, noun: str) -> str:
    """12,345 and a noun, in the plural but for one."""
    return f"{count:,} {noun}" + "s" * (count != 1)
