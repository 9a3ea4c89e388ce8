"""A list less its largest number: in one loop with what finds that, and backward."""

from ....operations import OPERATIONS
from ...buffers import Instruction
from ...kinds import Kind, LessLargestAdjoint, Map, Sum
from ...program import Step
from ...shifts import shift_of
from ..expressions import ONE, value_of
from .code import Code
from .fused import text_of
from .memories import Ref

_MAXIMUM = OPERATIONS["maximum"]


def emit_less_largest_adjoint(code: Code, step: Step, kind: LessLargestAdjoint, out: Ref) -> None:
    lists, largest, dy = map(code.ref, step.views)
    code.call_of_families("recentred", [family_first(lists), largest, family_first(dy), family_first(out)])


def is_less_largest(code: Code, first: Instruction, second: Instruction) -> bool:
    """Whether an instruction finds the largest number of each list, and the next one takes it from the list.

    That may be the exponentials of what is left.
    """
    if first.accumulate or second.accumulate or not isinstance(first.step.kind, Map):
        return False
    shift = shift_of(code.program, second.step)
    if shift is None or shift.largest != first.out:
        return False
    return isinstance(second.step.kind, Sum) or _is_exponential(second.step.kind)


def may_wait(instruction: Instruction) -> bool:
    """Whether an instruction finds the largest number of each list, for which another one may ask later."""
    kind = instruction.step.kind
    return (
        not instruction.accumulate
        and isinstance(kind, Map)
        and kind.rule is _MAXIMUM
        and len(instruction.step.operands) == 1
    )


def _is_exponential(kind: Kind) -> bool:
    """Whether a step of two operands computes e^(a - b) as such."""
    return isinstance(kind, Map) and text_of(value_of(kind.rule, (ONE, ONE)).result, {}) == "exp(-(a,b))"


def emit_less_largest(code: Code, first: Instruction, second: Instruction) -> None:
    """Both at once. Each number is read once more before its place is written to."""
    shift = shift_of(code.program, second.step)
    assert shift is not None
    views = shift.lists, shift.largest, shift.by_lists(second.out)

    def emit() -> None:
        lists, largest, less = map(code.ref, views)
        code.call_of_families("less largest", [family_first(lists), largest, family_first(less)])
        if is_exponential:
            code.call("exp", less, out=less)

    is_exponential = isinstance(second.step.kind, Map)
    code.alike(views, ("less largest", second.step.space, is_exponential), emit)


def family_first(ref: Ref) -> Ref:
    """The same numbers with their last axis first, so that it lines up with what has none."""
    return ref._replace(shape=(ref.shape[-1], *ref.shape[:-1]), strides=(ref.strides[-1], *ref.strides[:-1]))
