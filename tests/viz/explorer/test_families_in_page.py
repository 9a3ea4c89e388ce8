"""The page's side of families without a document: `families.test.js` does the work, on graphs from here."""

import json
import re
from random import Random

import pytest

from autograd import Value, scope
from viz.explorer import explore
from viz.explorer.javascript import rules_in_javascript

from .conftest import failed
from .families import batch, pendulum, positions, with_families


def nested():
    """Rows of a loop of four turns."""
    ends = []
    for row in range(5):
        with scope(f"row {row + 1}"):
            angle = Value(0.2 * row + 0.1, "angle")
            for turn in range(5):
                with scope(f"turn {turn + 1}"):
                    angle = angle - 0.1 * angle.sin()
            ends.append(angle)
    root = ends[0] * ends[1] * ends[2] * ends[3] * ends[4]
    return with_families(explore(root), rows=("row", r"row \d+"), turns=("turn", r"turn \d+"))


def sums():
    """In each of three rows a sum over four parts."""
    product = Value(1.0)
    for row in range(3):
        with scope(f"row {row + 1}"):
            x, total = Value(row + 0.5, "x"), None
            for part in range(4):
                with scope(f"part {part + 1}"):
                    term = (x * (part + 1.0)).sin()
                total = term if total is None else total + term
        product = product * total
    return with_families(explore(product), rows=("row", r"row \d+"), copies=("part", r"part \d+"))


def wrong():
    """Members that are said to be alike and are not."""
    x = Value(0.5)
    with scope("turn 1"):
        y = x.sin() + 1.0
    with scope("turn 2"):
        y = y.cos() + 1.0
    return with_families(explore(y), turns=("turn", r"turn \d+"))


def crossed():
    """The same operations, which take other results of each other."""
    x = Value(0.5)
    for turn in range(2):
        with scope(f"turn {turn + 1}"):
            once = x.sin()
            twice = once.sin()
            x = twice + (twice if turn else once)
    return with_families(explore(x), turns=("turn", r"turn \d+"))


def chain():
    """Many operations without any order in them."""
    x, choose = Value(1.0), Random(0)
    for _ in range(400):
        x = choose.choice([Value.sin, Value.tanh, Value.sigmoid, Value.softplus])(x)
    return with_families(explore(x))


GRAPHS = {
    "pendulum": lambda: pendulum().explorer,
    "batch": lambda: batch().explorer,
    "nested": nested,
    "positions": lambda: positions().explorer,
    "sums": sums,
    "wrong": wrong,
    "crossed": crossed,
    "chain": chain,
}


def facts(explorer):
    """What Python knows: the operations in each call, the sines, and of losses where they are and their mean."""
    graph = explorer.graph
    calls, _ = graph._calls()
    members = {index: [] for index in calls.values()}
    for n, node in enumerate(graph.nodes):
        call = graph.homes[node] if node.parents else None
        while call is not None:
            members[calls[call]].append(n)
            call = call.outer
    losses = [n for n, node in enumerate(graph.nodes) if node.label == "loss"]
    return {
        "members": members,
        "sines": [n for n, node in enumerate(graph.nodes) if node.op == "sin"],
        "losses": losses,
        "mean_loss": sum(graph.nodes[n].data for n in losses) / max(1, len(losses)),
    }


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("graphs")
    graphs, known = {}, {}
    for name, make in GRAPHS.items():
        explorer = make()
        graphs[name], known[name] = explorer._packed, facts(explorer)
        rules = rules_in_javascript(explorer.graph.operations)
        (folder / f"{name}.js").write_text(f"export {rules}", "utf-8")
    (folder / "graphs.json").write_text(json.dumps({"graphs": graphs, "known": known}), "utf-8")
    (folder / "package.json").write_text('{"type": "module"}', "utf-8")
    return folder


def test_families_in_the_page(run_node_test, data, tmp_path):
    status, output = run_node_test("families.test.js", data, tmp_path / "modules")
    assert status == 0, output
    assert len(re.findall("^ok ", output, re.MULTILINE)) >= 24


@pytest.mark.parametrize(
    ("module", "right", "wrong", "seen_by"),
    [
        (
            "state/folding/families.js", "if (rank[one] !== rank[other]) return false;", "",
            "members that are not alike are not taken for it",
        ),
        (
            "state/folding/members.js", "around[i][1] - other[i][1] };", "other[i][1] - around[i][1] };",
            "what a turn takes from the one before goes back, and in the first turn comes from outside",
        ),
        (
            "state/folding/sums.js", "longer.terms.push(...shorter.terms);", "",
            "the sum over the rows is one step that says so",
        ),
        (
            "state/steps.js", 'mark(kind === "sum" ? [n] : first);', "mark(first);",
            "the sum over the rows is one step that says so",
        ),
        (
            "state/folding/folding.js", "this.means.delete(number);\n      this.version++;", "",
            "the mean over the rows is Python's, of data and gradients",
        ),
    ],
)  # fmt: skip
def test_a_planted_fault_is_found(run_node_test, data, tmp_path, module, right, wrong, seen_by):
    status, output = run_node_test("families.test.js", data, tmp_path / "modules", (module, right, wrong), seen_by)
    assert status != 0
    assert failed(output) == [seen_by]
