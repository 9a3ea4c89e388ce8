"""What a picture of a program shows as one box: its words, its tooltip, its look."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from autograd.compiler.program import Array, Contract, Fill, Gather, Program, Scatter, Step, Take, View, whole

from .shapes import shape_of, table_of

PLAIN, _MOVES, _PARAMETERS = "#ffffff", "#ececec", "#fdebd0"  # element by element, no arithmetic, what is learned
END = {"style": "filled,rounded", "fillcolor": PLAIN, "penwidth": "2"}  # of the picture: inputs and outputs

Kind: TypeAlias = Literal["product", "elementwise", "moves", "parameters", "input", "output", "constant"]


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

    @property
    def work(self) -> int:
        """The floating-point operations of a matrix product, for a row, or a call where there is none."""
        return self.step.flops(1) if self.step and self.kind == "product" else 0


def step_box(step: Step, backward: bool, is_gradient: bool) -> Box:
    """The box of an array operation; `is_gradient`: of the parameters."""
    box = Box(_label(step, is_gradient), _tooltip(step), _kind(step), {}, step, backward)
    box.look = _look(box, is_gradient)
    return box


def input_box(position: int, array: Array) -> Box:
    words = f"input {position}\n{shape_of(whole(array))}"
    return Box(words, f"{words}\nB: the rows of the batch", "input", END)


def number_box(number: float) -> Box:
    look = {"fillcolor": "#f4f4f4", "height": "0.2", "margin": "0.05,0.02"}
    return Box(f"{number:.6g}", repr(number), "constant", look)


def leaf_box(program: Program, view: View, table: np.ndarray | None, positions: np.ndarray) -> Box:
    shape = shape_of(view, table)
    if view.array is program.parameters:
        words = "parameter" if len(positions) == 1 else f"parameters\n{shape}"
        return Box(words, f"{words}\nread at every call", "parameters", {"fillcolor": _PARAMETERS})
    if view.array.contents is None:
        return Box(f"{view.array.name}\n{shape}", view.array.name, "constant", {})
    contents = view.array.contents[positions].tolist()
    if len(contents) == 1:
        return number_box(contents[0])
    words = ", ".join(f"{number:.6g}" for number in contents)
    return Box(f"constants\n{shape}", words, "constant", {"fillcolor": "#f4f4f4"})


def _label(step: Step, is_gradient: bool) -> str:
    lines = [step.operation()]
    if not isinstance(step, Fill):
        lines.append(shape_of(step.out, table_of(step)))
    if step.scalars:
        lines.append(counted(step.scalars, "scalar"))
    if is_gradient:
        lines.append("gradient of parameters")
    return "\n".join(lines)


def _kind(step: Step) -> Kind:
    if isinstance(step, Gather | Scatter | Take | Fill) or step.operation() == "copy":
        return "moves"
    return "product" if isinstance(step, Contract) and step.right is not None else "elementwise"


def _look(box: Box, is_gradient: bool) -> dict[str, str]:
    look = {"fillcolor": PLAIN, "style": "filled,dashed" if box.backward else "filled"}
    if box.kind == "moves":
        look["fillcolor"] = _MOVES
    elif box.kind == "product":
        look["fontsize"] = "13"
    if is_gradient:
        look |= {"penwidth": "2", "style": "filled"}
    return look


def _tooltip(step: Step) -> str:
    operands = " ".join(f"({view.dimensions()})" for view in step.operands())
    work = step.flops(2) - step.flops(1)
    lines = [str(step), f"{operands} → ({step.out.dimensions()})".strip()]
    if work or step.flops(1):
        lines.append(
            f"{counted(work or step.flops(1), 'floating-point operation')} for each {'row' if work else 'call'}"
        )
    return "\n".join([*lines, *filter(None, [step.scope])])


def counted(count: int, noun: str) -> str:
    """12,345 and a noun, in the plural but for one."""
    return f"{count:,} {noun}" + "s" * (count != 1)
