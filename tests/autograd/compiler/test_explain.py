"""explain() says where compiling does not pay. (What else it says stands with what the compiler finds.)"""

import re

import pytest

import nn
from autograd import Value, compile, tanh
from autograd.compiler.explain import explain_nodes
from autograd.compiler.passes import rolled
from autograd.compiler.paying import COSTS, NODE
from autograd.compiler.trace import trace
from tests.conftest import NEEDS_NATIVE

w = Value(2.0)


def doubts(f, rows):
    return [line for line in f.explain(rows=rows).splitlines() if line.startswith("Does not pay")]


def test_a_small_function_of_one_row_does_not_pay(backend):
    f = compile(lambda x: tanh(x * w), backend=backend)
    f.backward([0.5])
    [line] = doubts(f, 1)
    assert f.explain(rows=1).splitlines()[-1] == line
    assert re.fullmatch(
        r"Does not pay for B = 1: estimated [\d.]+ µs a row, and [\d.]+ µs as a graph of scalars: "
        r"call the function itself or (bind it to arrays or )?give it [\d,]+ rows and more at once",
        line,
    )


def test_from_the_rows_on_that_it_names_it_pays(backend):
    f = compile(lambda x: tanh(x * w) * x + x, backend=backend)
    f.backward([0.5])
    enough = int(re.search(r"give it ([\d,]+) rows", doubts(f, 1)[0])[1].replace(",", ""))
    assert doubts(f, enough) == []
    assert doubts(f, 10 * enough) == []
    assert doubts(f, max(1, enough // 3)) != []


def test_a_batch_of_a_network_pays(backend):
    model = nn.MLP(4, [16, 16, 3], seed=0)
    f = compile(lambda x, y: nn.cross_entropy(model(x), y), backend=backend)
    f([[0.1, 0.2, 0.3, 0.4]], [1])
    assert doubts(f, 32) == []


@pytest.mark.parametrize("rows", [1, 100])
def test_the_estimate_grows_with_the_work(rows):
    f = compile(lambda x: tanh(x * w))
    g = compile(lambda x: tanh(tanh(tanh(x * w) * w) * w))
    f([0.5])
    g([0.5])
    for cost in COSTS.values():
        assert g._last().work().seconds(rows, cost) > f._last().work().seconds(rows, cost) > cost.call
    assert g._last().work().scalars * NODE > f._last().work().scalars * NODE


@NEEDS_NATIVE
def test_of_a_graph_without_arrays_it_counts_the_operations():
    def recurrence(x):
        _ = x * 3.0  # no output needs it
        for _ in range(150):
            x = tanh(x * w)
        return x

    f = compile(recurrence, backend="native")
    f([0.5])
    assert f.explain(rows=7).splitlines()[1:] == [
        "302 scalar nodes -> 300 nodes",  # and the product, and 3.0
        "",
        "forward, 2,100 floating-point operations for B = 7 rows",
        "  mul   150",
        "  tanh  150",
        "",
        "native: 300 operations on numbers, one after the other, without arrays",
    ]


def test_of_a_loop_it_shows_one_turn():
    tape, _ = rolled(trace(filtered, [(100,)])[0])
    assert str(explain_nodes(tape, 1)).splitlines()[-10:] == [
        "",
        "loop × 100, each of 4 nodes, with 2 carried, 1 scanned, 1 invariant",
        "  sub  2",
        "  mul  1",
        "  sin  1",
        "  one turn:",
        "    t1 = mul(invariant 1, t4[-1])",
        "    t2 = sub(scanned 1, t1)",
        "    t3 = sin(t4[-2])",
        "    t4 = sub(t2, t3)",
    ]


def filtered(xs):
    """The sum of what a filter gives, of two delays."""
    total, before, last = 0.0, Value(0.0), Value(0.0)
    for x in xs:
        before, last = last, x.tanh() - w * last - before.sin()
        total = total + last
    return total
