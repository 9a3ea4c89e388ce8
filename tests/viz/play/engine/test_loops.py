"""The loops over columns compute what the rules compute, number by number."""

import random

import pytest

from autograd import OPERATIONS
from viz.explorer.javascript import rules_in_javascript
from viz.play.loops import loops_in_javascript

BOOK = [(each, len(each.operands)) for each in OPERATIONS.values()
        if len(each.operands) <= 2 and not each.operands[-1].startswith("*")]  # fmt: skip
COMPARED = """
const [RULES, loops] = [given.rules, given.loops].map((text) => new Function(text)());
const [n, count] = [given.columns[0].length, given.columns.length];
const columns = given.columns.map((column) => Float64Array.from(column));
const [y, g] = [new Float64Array(n), Float64Array.from({ length: n }, (_, i) => i - 3)];
const into = columns.map((_, k) => (k === given.unasked ? null : new Float64Array(n).fill(0.5)));
loops[0].values(m.arithmetic, n - 1, y, ...columns);
loops[0].flows(m.arithmetic, n - 1, g, y, ...columns, ...into);
const wrong = [];
for (let i = 0; i < n; i++) {
  const x = columns.map((column) => column[i]);
  const value = i < n - 1 ? RULES[0].value(m.arithmetic, ...x) : 0; // the last row is not asked for
  if (!Object.is(y[i], value)) wrong.push(["value", i, y[i], value]);
  const partials = RULES[0].partials(m.arithmetic, value, ...x);
  into.forEach((column, k) => {
    const flow = i < n - 1 ? 0.5 + partials[k] * g[i] : 0.5;
    if (column && !Object.is(column[i], flow)) wrong.push(["flow", k, i, column[i], flow]);
  });
}
return wrong;
"""


def points(operation, count):
    drawn = random.Random(operation.name)
    return [
        [float(drawn.choice(sorted(each))) if isinstance(each, set) else drawn.uniform(*each) for _ in range(count)]
        for each in operation.domain
    ]


@pytest.mark.parametrize(("operation", "operands"), BOOK, ids=[operation.name for operation, _ in BOOK])
def test_a_loop_computes_what_the_rule_computes(engine, operation, operands):
    rules = f"{rules_in_javascript([(operation, operands)])} return RULES;"
    loops = f"return {loops_in_javascript([(operation, operands)])};"
    for unasked in (None, 0) if operands == 2 else (None,):
        given = {"columns": points(operation, 20), "unasked": unasked}
        assert engine(COMPARED, rules=rules, loops=loops, **given) == []


def test_an_operation_of_a_list_has_no_loop():
    assert loops_in_javascript([(OPERATIONS["maximum"], 3), (OPERATIONS["where"], 3)]) == "{\n}"
