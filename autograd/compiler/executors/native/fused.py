"""What one loop of ours computes at once, though it is several operations: it goes through its numbers once.

Rules are recognized by their expressions, not by their names: whoever replaces a rule gets what the new one says.
"""

from typing import Any, NamedTuple

from ....operations import OPERATIONS
from ....symbolic import OPERAND, Symbol
from ...buffers import Instruction
from ...kinds import Kind, Map, Partial, Sum
from ...views import View
from ..expressions import GIVEN, ONE, Calls, value_of
from .code import Code
from .memories import Ref

_LOGSUMEXP_BELOW = OPERATIONS["_logsumexp_below"]
_MOST_CALLS = 9  # of an expression that is looked for


class _Loop(NamedTuple):
    """A loop of ours, what it takes of what an expression reads, in its order, and which numbers must stand there."""

    name: str
    order: str
    numbers: dict[str, float]


# Expressions, with letters for what is given, and for plain numbers, by their first appearance.
_ELEMENTWISE = {
    "*(a,logical_not(<=(b,c)))": _Loop("passed", "ba", {"c": 0.0}),  # relu'
    "*(a,where(<=(b,c),d,e))": _Loop("bent", "bda", {"c": 0.0, "e": 1.0}),  # leaky_relu'
    "where(<=(a,b),*(c,a),a)": _Loop("leaky", "ac", {"b": 0.0}),
    "*(a,where(>(b,c),d,where(<(b,c),e,*(c,b))))": _Loop("signed", "ba", {"c": 0.0, "d": 1.0, "e": -1.0}),  # |x|'
    "where(not_equal(a,b),c,d)": _Loop("chosen", "acd", {"b": 0.0}),
    "where(not_equal(a,b),b,c)": _Loop("chosen", "abc", {"b": 0.0}),
    "where(not_equal(a,b),c,b)": _Loop("chosen", "acb", {"b": 0.0}),
    "*(a,not_equal(b,c))": _Loop("if chosen", "ba", {"c": 0.0}),  # where'
    "*(a,logical_not(not_equal(b,c)))": _Loop("if not chosen", "ba", {"c": 0.0}),
    **{  # maximum' and minimum' of two, one of which may be 0
        f"*(a,div({hit},+({hits})))": _Loop("extreme", f"b{other}ca", {"d": 0.0})
        for hit in ["where(>=(b,c),<=(b,c),d)"]
        for other in "ed"
        for others in [f"where(>=({other},c),<=({other},c),d)"]
        for hits in (f"{hit},{others}", f"{others},{hit}")
    },
}
_OF_FAMILIES = {  # the family first
    "*(a,div(where(>=(b,c),<=(b,c),d),add.reduce(where(>=(b,c),<=(b,c),d))))": _Loop("share", "bca", {"d": 0.0}),
}  # maximum', minimum'
_BY_EXPONENTIALS = {  # those of a family, and what is computed of them
    "log1p(+(-(add.reduce(*(>=(a,b),c)),c),add.reduce(-(exp(a),>=(a,b)))))": _Loop("log", "a", {"b": 0.0, "c": 1.0}),
    "*(a,div(exp(b),add.reduce(exp(b))))": _Loop("in proportion", "ba", {}),  # its derivative
}
_RELU = "relu(a)"


def emit_fused(code: Code, calls: Calls, given: dict[Any, Ref], out: Ref) -> bool:
    """Emit one loop for all of the calls, where there is one."""
    if len(calls.calls) > _MOST_CALLS:
        return False
    letters: dict[Any, str] = {}
    expression = text_of(calls.result, letters)
    for table, emit in (
        (_ELEMENTWISE, _emit_elementwise), (_OF_FAMILIES, _emit_of_families), (_BY_EXPONENTIALS, _emit_by_exponentials),
    ):  # fmt: skip
        found = table.get(expression)
        if found is not None:
            numbers = {letter: key.number for key, letter in letters.items() if isinstance(key, _Plain)}
            if any(numbers.get(letter) != number for letter, number in found.numbers.items()):
                return False
            refs = {letter: code.number(number) for letter, number in numbers.items()}
            refs |= {letter: given[key] for key, letter in letters.items() if not isinstance(key, _Plain)}
            operands = [refs[letter] for letter in found.order]
            return all(ref.type == code.type for ref in (*operands, out)) and emit(code, found.name, operands, out)
    return False


def _emit_elementwise(code: Code, name: str, operands: list[Ref], out: Ref) -> bool:
    code.call(name, *operands, out=out)
    return True


def _emit_of_families(code: Code, name: str, operands: list[Ref], out: Ref) -> bool:
    family, *others = operands
    if family.shape != out.shape or any(len(other.shape) >= len(out.shape) for other in others):
        return False
    code.call_of_families(name, [family, *others, out])
    return True


def _emit_by_exponentials(code: Code, name: str, operands: list[Ref], out: Ref) -> bool:
    """ln Σ eˣ of a family of which the largest is 0, or what flows back from there, by the exponentials of forward.

    Whoever goes back from a family has it in its place since forward: so its place tells which it is.
    """
    family, *dy = operands
    members = (*dy, *([] if dy else [out]))
    if any(len(each.shape) != len(family.shape) - 1 for each in members) or (dy and out.shape != family.shape):
        return False
    found = code.exponentials.get(family) if dy else None
    keeps = not dy and code.program.gradient is not None and family.memory >= 0
    exponentials = found or code.like(family, kept=keeps)
    if found is None:
        code.call("exp", family, out=exponentials)
    if dy:
        code.call_of_families(name, [exponentials, *dy, out])
    else:
        code.call_of_families("rest of total", [family, exponentials, out])
        code.call("log1p", out, out=out)
    if keeps:
        code.exponentials[family] = exponentials
    elif found is None:
        code.free(exponentials)
    return True


def is_by_exponentials(kind: Kind) -> bool:
    """Whether the instructions of such a step depend on others than it."""
    return isinstance(kind, (Map, Partial)) and kind.rule is _LOGSUMEXP_BELOW


def are_sum_and_relu(code: Code, first: Instruction, second: Instruction) -> bool:
    """Whether an instruction adds two arrays, and the next one is relu of all that it wrote."""
    if first.accumulate or second.accumulate or first.step.boolean or first.step.space != second.step.space:
        return False
    if first.step.kind != Sum((1, 1)) or not all(isinstance(operand, View) for operand in first.step.operands):
        return False
    kind = second.step.kind
    if not isinstance(kind, Map) or second.step.operands != (first.out,) or second.out.shape != first.out.shape:
        return False
    if text_of(value_of(kind.rule, (ONE,)).result, {}) != _RELU:
        return False
    return _is_read_first(code, first.out, second.out) and all(
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
    others = "sum and relu", first.step.space, _same_memory(code, first.out, second.out)
    code.alike(views, others, lambda: _emit_sum_and_relu(code, first, second))


def _emit_sum_and_relu(code: Code, first: Instruction, second: Instruction) -> None:
    items, out = map(code.ref, first.step.views), code.ref(second.out)
    if _same_memory(code, first.out, second.out):
        code.call("relu of sum", *items, out=out)
    else:
        code.call("sum and relu", *items, code.ref(first.out), out=out)


class _Plain(NamedTuple):
    """A plain number; 0 and -0 are two."""

    text: str

    @property
    def number(self) -> float:
        return float(self.text)


def text_of(x: Any, letters: dict[Any, str], most: int = _MOST_CALLS) -> str:
    """An expression of so many calls at most, one inside the other, with letters for what is given and for numbers."""
    if isinstance(x, Symbol) and x.function not in GIVEN:
        if not most:
            return "…"
        return f"{x.function}({','.join([text_of(each, letters, most - 1) for each in x.arguments])})"
    key = (
        _Plain(repr(float(x))) if not isinstance(x, Symbol) else x.arguments[0] if x.function == OPERAND else x.function
    )
    return letters.setdefault(key, chr(ord("a") + len(letters)))
