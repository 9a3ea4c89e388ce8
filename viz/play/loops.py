"""Rules as loops over columns: what the page trains by, where the explorer asks a rule for one number after another.

A loop of its own for each rule is what engines of JavaScript make fast: in one that all rules share, each number costs
a call, and the derivatives a list.
"""

from collections.abc import Sequence

from autograd.operations import Operation
from autograd.symbolic import read_rule

from ..explorer.javascript import written

_MOST = 2  # operands: what has more is asked for row by row


def loops_in_javascript(operations: Sequence[tuple[Operation, int]]) -> str:
    """An object with an entry for every operation of one or two operands, by the place among these.

    An entry has the functions

        values(m, n, y, …)        sets n numbers of the column y; … are the columns of the operands
        flows(m, n, g, y, …, …)   adds what flows to each operand, its partial derivative times g, to its column among
                                  the last ones; null where nobody asks for it

    >>> from autograd import OPERATIONS
    >>> print(loops_in_javascript([(OPERATIONS["mul"], 2)]))
    {
    0: {
      values(m, n, y_, a_, b_) { for (let i = 0; i < n; i++) { const a = a_[i], b = b_[i]; y_[i] = a * b; } },
      flows(m, n, g, y_, a_, b_, of_a, of_b) { for (let i = 0; i < n; i++) { const y = y_[i], a = a_[i], b = b_[i];
        if (of_a) of_a[i] += (b) * g[i];
        if (of_b) of_b[i] += (a) * g[i]; } } },
    }
    """
    entries = [
        f"{place}: {_entry(operation, operands)},"
        for place, (operation, operands) in enumerate(operations)
        if 0 < operands <= _MOST
    ]
    return "\n".join(["{", *entries, "}"])


def _entry(operation: Operation, operands: int) -> str:
    rule, names = read_rule(operation, operands), ["x"] if operands == 1 else ["a", "b"]
    columns = "".join(f", {name}_" for name in names)
    given = ", ".join(f"{name} = {name}_[i]" for name in names)
    statements, [value] = written([rule.value], operands)
    values = " ".join([f"const {given};", *statements, f"y_[i] = {value};"])
    statements, partials = written(rule.partials, operands)
    flows = "".join(
        f"\n    if (of_{name}) of_{name}[i] += ({partial}) * g[i];"
        for name, partial in zip(names, partials, strict=True)
    )
    return (
        f"{{\n  values(m, n, y_{columns}) {{ for (let i = 0; i < n; i++) {{ {values} }} }},"
        f"\n  flows(m, n, g, y_{columns}{''.join(f', of_{name}' for name in names)})"
        f" {{ for (let i = 0; i < n; i++) {{ {' '.join([f'const y = y_[i], {given};', *statements])}{flows} }} }} }}"
    )
