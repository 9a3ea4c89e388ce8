"""What one loop of ours computes at once, though it is several operations: it goes through its numbers once.

Rules are recognized by their expressions, not by their names: whoever replaces a rule gets what the new one says.
"""

from typing import Any

from ....symbolic import OPERAND, Symbol
from ...buffers import Instruction
from ...kinds import Map, Sum
from ...views import View
from ..expressions import GIVEN, ONE, Calls, value_of
from .code import Code
from .memories import Ref

_MOST_CALLS = 6  # of an expression that is looked for
# Expressions, with letters for what is given, by its first appearance: the loop, and what it takes in its order.
_ELEMENTWISE = {"*(a,logical_not(<=(b,0.0)))": ("passed", "ba")}  # relu'
_OF_FAMILIES = {  # (maximum', minimum'): the family first
    "*(a,div(where(>=(b,c),<=(b,c),0.0),add.reduce(where(>=(b,c),<=(b,c),0.0))))": ("share", "bca"),
}
_RELU = "relu(a)"


def emit_fused(code: Code, calls: Calls, given: dict[Any, Ref], out: Ref) -> bool:
    """Emit one loop for all of the calls, where there is one."""
    if len(calls.calls) > _MOST_CALLS:
        return False
    letters: dict[Any, str] = {}
    expression = _text(calls.result, letters)
    if expression not in _ELEMENTWISE and expression not in _OF_FAMILIES:
        return False
    refs = {letter: given[key] for key, letter in letters.items()}
    if any(ref.type != code.type for ref in (*refs.values(), out)):
        return False
    if expression in _ELEMENTWISE:
        name, order = _ELEMENTWISE[expression]
        code.call(name, *[refs[letter] for letter in order], out=out)
        return True
    name, order = _OF_FAMILIES[expression]
    family, *others = [refs[letter] for letter in order]
    if family.shape != out.shape or any(len(other.shape) >= len(out.shape) for other in others):
        return False
    code.call_of_families(name, [family, *others, out])
    return True


def are_sum_and_relu(code: Code, first: Instruction, second: Instruction) -> bool:
    """Whether an instruction adds two arrays, and the next one is relu of all that it wrote, written somewhere else."""
    if first.accumulate or second.accumulate or first.step.boolean or first.step.space != second.step.space:
        return False
    if first.step.kind != Sum((1, 1)) or not all(isinstance(operand, View) for operand in first.step.operands):
        return False
    kind = second.step.kind
    if not isinstance(kind, Map) or second.step.operands != (first.out,) or second.out.shape != first.out.shape:
        return False
    if _text(value_of(kind.rule, (ONE,)).result, {}, _MOST_CALLS) != _RELU:
        return False
    return not _same_memory(code, first.out, second.out) and all(
        _is_read_first(code, view, second.out) for view in first.step.views
    )


def _same_memory(code: Code, one: View, other: View) -> bool:
    return code.place_of(one.value)[0] == code.place_of(other.value)[0]


def _is_read_first(code: Code, read: View, written: View) -> bool:
    """Whether each number is read before another one is written there: in other memory, or at the same places of it."""
    program = code.program
    return not _same_memory(code, read, written) or (
        read.place == written.place
        and program.size[read.value] == program.size[written.value]
        and program.space[read.value] == program.space[written.value]
    )


def emit_sum_and_relu(code: Code, first: Instruction, second: Instruction) -> None:
    """Both at once."""
    views = (second.out, first.out, *first.step.views)
    code.alike(views, ("sum and relu", first.step.space), lambda: _emit_sum_and_relu(code, first, second))


def _emit_sum_and_relu(code: Code, first: Instruction, second: Instruction) -> None:
    code.call("sum and relu", *map(code.ref, first.step.views), code.ref(first.out), out=code.ref(second.out))


def _text(x: Any, letters: dict[Any, str], most: int = _MOST_CALLS) -> str:
    """An expression of so many calls at most, one inside the other, with letters for what is given."""
    if not isinstance(x, Symbol):
        return repr(float(x))
    if x.function in GIVEN:
        key = x.arguments[0] if x.function == OPERAND else x.function
        return letters.setdefault(key, chr(ord("a") + len(letters)))
    if not most:
        return "…"
    return f"{x.function}({','.join([_text(each, letters, most - 1) for each in x.arguments])})"
