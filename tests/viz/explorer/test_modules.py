"""The page's modules without a document: `modules.test.js` does the work, on graphs from here."""

import re
from random import Random

import pytest

from autograd import Value, maximum, scope, take, where
from nn import MLP, cross_entropy, mse_loss

from .conftest import failed, write_graphs


def test_where_things_stand(run_node_test, tmp_path):
    """`layouts.test.js` makes its graphs itself."""
    status, output = run_node_test("layouts.test.js", None, tmp_path / "modules")
    assert status == 0, output


def chain():
    """Many operations without any module, and in no order."""
    x, choose = Value(1.0), Random(0)
    for _ in range(1000):
        x = choose.choice([Value.sin, Value.tanh, Value.sigmoid, Value.softplus])(x)
    return x


def loop():
    """The same operations again and again."""
    x = Value(1.0)
    for _ in range(1000):
        x = x * 1.001 + 0.5
    return x


def nested():
    """Modules inside each other, 50 levels deep, and many beside each other."""

    def inside(x, depth):
        with scope(f"level {depth}"):
            x = x * 1.5
            return (inside(x, depth - 1) if depth else x).tanh()

    y = inside(Value(0.3), 50)
    for i in range(200):
        with scope(f"part {i}"):
            y = (y + Value(0.1 * i)).sin()
    return y


def formulas():
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    c = a * b
    c.label = "c"
    d = c - b
    d.label = "d"
    return d / 2


def cases():
    a = Value(2.0, label="a")
    return a**3 + a.relu()


def choices():
    """What is not taken is inf, or has a derivative that is: take(class, …), where(c, …), maximum(…), relu(…) at -1."""
    a, c, index = Value(-1.0, "a"), Value(1.0, "c"), Value(0, "class")
    b = a.log()
    b.label = "b"
    r = (a + 1.0).log().relu()
    r.label = "r"
    w = where(c, a, b)
    w.label = "w"
    m = maximum(a, r)
    m.label = "m"
    return take([w, m, r], index) + a.step()


def twice():
    a = Value(3.0, label="a")
    return a * a + a


def rows():
    """The same network twice: its parameters have users in modules that stand beside each other."""
    model = MLP(2, [3, 1], seed=1)
    return mse_loss([model(x) for x in ([1.0, 2.0], [0.0, 1.0])], [1.0, 0.0])


VIEWS, PASSES = "modules.test.js", "passes.test.js"
GRAPHS = {
    "leaf": lambda: Value(1.0),
    "twice": twice,
    "cases": cases,
    "choices": choices,
    "formulas": formulas,
    "chain": chain,
    "loop": loop,
    "nested": nested,
    "network": lambda: mse_loss(MLP(2, [4, 1], seed=1)([1.0, -2.0]), 1.0),
    "classifier": lambda: cross_entropy(MLP(20, [60, 10], seed=1)([0.1 * i for i in range(20)]), Value(3, "class")),
    "rows": rows,
}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_graphs(tmp_path_factory.mktemp("graphs"), GRAPHS)


@pytest.mark.parametrize(("file", "least"), [(VIEWS, 3 * len(GRAPHS) + 8), (PASSES, 10)])
def test_the_modules_of_the_page(run_node_test, data, tmp_path, file, least):
    status, output = run_node_test(file, data, tmp_path / "modules")
    assert status == 0, output
    assert len(re.findall("^ok ", output, re.MULTILINE)) >= least


def test_without_graphs_nothing_passes(run_node_test, tmp_path):
    status, _ = run_node_test("modules.test.js", None, tmp_path / "modules")
    assert status != 0


@pytest.mark.parametrize(
    ("file", "module", "right", "wrong", "seen_by"),
    [
        (VIEWS, "state/folding/edges.js", "edge.positions.push(i + shift);", "", "the first view of twice"),
        (
            VIEWS, "state/folding/edges.js", "if (tail === head && (!crossing", "if (false && (!crossing",
            "the first view of network",
        ),
        (
            PASSES, "state/steps.js", "lastUser[n] >= from", "lastUser[n] > from",
            "the gradients of the passes so far are the sums of what has come",
        ),
        (
            PASSES, "state/formulas/formula.js", '"=", numbers, "=", flow)', '"=", numbers, "=", 1)',
            "formulas have the names and the numbers",
        ),
        (
            PASSES, "state/formulas/formula.js", "if (interpreter.hasEdge(n, i))", "if (!interpreter.hasEdge(n, i))",
            "where nothing flows back a step says why",
        ),
        (
            PASSES, "state/model.js", "this.losses = change[losses];", "",
            "undo and redo give back every number and the loss over the steps",
        ),
        (
            VIEWS, "state/link.js", "`${leaf}:${exact(number)}`", "`${leaf}:${number.toFixed(2)}`",
            "a link gives the same state again",
        ),
    ],
)  # fmt: skip
def test_a_planted_fault_is_found(run_node_test, data, tmp_path, file, module, right, wrong, seen_by):
    status, output = run_node_test(file, data, tmp_path / "modules", (module, right, wrong), seen_by)
    assert status != 0
    assert failed(output) == [seen_by]
