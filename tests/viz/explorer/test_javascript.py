"""The rule book as JavaScript: what the page computes is what Python computes."""

import base64
import itertools
import json
import math
import random
import re
import shutil
import struct
from operator import neg
from pathlib import Path

import numpy as np
import pytest

from autograd import (
    OPERATIONS,
    Operation,
    UnfinishedError,
    Value,
    ieee,
    log,
    maximum,
    minimum,
    sqrt,
    take,
    topological_order,
    where,
)
from autograd.nodes import apply
from autograd.operations import CONSTANT, LEAF, unary
from viz.explorer.javascript import page_functions, rules_in_javascript

from .conftest import failed

CONTRIBUTING = Path(__file__).parents[3] / "CONTRIBUTING.md"
inf, nan = math.inf, math.nan
EDGES = [
    0.0, -0.0, inf, -inf, nan, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 5.0, 1 / 3, -1 / 3, 0.75, 1.9999, 2.0001,
    6.5, 1e9, 20.0, -20.0, 1e-20, -1e-20, 5e-324, -5e-324, 1e-310, 1e300, -1e300, 1.7e308, -1.7e308, 710.0, -710.0,
    -745.0,
]  # fmt: skip
FEW = [0.0, -0.0, inf, -inf, nan, 1.0, -1.0, 2.0, 0.3, 1e300, -1e300, 5e-324, 800.0]
DRAWN = 300  # points of an operation


def is_choice(interval):
    return isinstance(interval, set)


def cases_of(operation):
    """The numbers of operands to test: several, of an operation on any number of them."""
    if not operation.operands[-1].startswith("*"):
        return [len(operation.operands)]
    return {"dot": [2, 4, 10, 1568], "take": [2, 4, 1001], "_finished": [2, 4]}.get(operation.name, [1, 2, 3, 7, 300])


BOOK = [(LEAF, 0), (CONSTANT, 0), *[(each, n) for each in OPERATIONS.values() for n in cases_of(each)]]


def points(operation, count):
    """Operands over the domain of the rule, and where IEEE 754 has its corners."""
    generator = random.Random(f"{operation.name} of {count}")
    domain = (*operation.domain, *operation.domain[-1:] * count)[:count]
    drawn = DRAWN if count < 50 else 2
    for _ in range(drawn):
        yield [generator.choice(sorted(i)) if is_choice(i) else generator.uniform(*i) for i in domain]
    if operation.name in ("take", "_finished"):
        for _ in range(drawn):
            yield [float(generator.randrange(count - 1)), *generator.choices(EDGES, k=count - 1)]
    elif count <= 2:
        yield from map(list, itertools.product(EDGES, repeat=count))
    else:
        for _ in range(drawn):
            yield generator.choices(FEW, k=count)
        yield [1.0] * count  # a tie


def floats(numbers):
    numbers = list(numbers)
    return base64.b64encode(struct.pack(f"<{len(numbers)}d", *numbers)).decode()


def computed(operation, number, count, every=1):
    """What Python computes with an operation at all points, or at every so many, and what it refuses."""
    inputs, values, partials, refused = [], [], [], []
    for point in itertools.islice(points(operation, count), None, None, every):
        try:
            y = operation.value(ieee, *point)
        except IndexError as error:
            refused.append({"point": floats(point), "message": str(error)})
            continue
        except UnfinishedError:  # in a trace alone, of which no page shows the nodes
            continue
        inputs += point
        values.append(y)
        partials += operation.partials(ieee, y, *point)
    if operation.name == "take":
        for index in (-1.0, 0.5, inf, -inf, nan, count - 1.0, 1234567.0, 1e-7, 123456.7, -1e100, 2.0000001):
            point = [index, *[1.0] * (count - 1)]
            with pytest.raises(IndexError) as caught:
                operation.value(ieee, *point)
            refused.append({"point": floats(point), "message": str(caught.value)})
    return {
        "rule": number,
        "points": floats(inputs),
        "values": floats(values),
        "partials": floats(partials),
        "refused": refused,
    }


def random_graph(seed, size=300):
    """The root of a graph of all operations; what is not of moderate size is drawn again."""
    generator = random.Random(seed)
    nodes = [Value(generator.uniform(-2, 2)) for _ in range(10)]
    index = Value(1.0)
    for operation, count in itertools.islice(itertools.cycle([e for e in BOOK[2:] if e[1] < 50]), size):
        for _ in range(200):
            operands = generator.choices(nodes, k=count)
            if operation.name in ("take", "_finished"):
                if count == 2:
                    continue
                operands[0] = index
            node = apply(operation, *operands)
            if all(math.isfinite(x) and abs(x) < 5 for x in (node.data, *node.partials)):
                nodes.append(node)
                break
        else:
            assert (operation.name, count) in {("take", 2), ("_finished", 2)}, f"no operands for {operation.name}"
    root = nodes[0]
    for node in nodes[1:]:
        root = root + 0.01 * node
    return root


CHOICES = [  # of x = -1: the derivatives of what is not taken are inf or nan
    lambda x: where(x > 0, sqrt(x + 1.0), 0.0) * 3.0,
    lambda x: where(x > 0, sqrt(x + 1.0), x * 2.0) + x,
    lambda x: where(Value(0.0), log(x + 1.0) * x, x * x),
    lambda x: log(x + 1.0).relu(),
    lambda x: log(x + 1.0).tanh().relu().exp(),
    lambda x: (log(x + 1.0).relu() * 2.0).sqrt(),  # nothing gets below the relu, though inf comes to it
    lambda x: log(x + 1.0).step() + x,
    lambda x: maximum(x, log(x + 1.0)),
    lambda x: minimum(x, 1.0 / (x + 1.0), x),  # a tie
    lambda x: take([x, log(x + 1.0), sqrt(x + 1.0)], Value(0.0)),
    lambda x: where(Value(1.0), sqrt(x + 1.0), x),  # taken: inf
    lambda x: sqrt(x + 1.0) * 0.0,  # 0 is a number here: 0·inf is nan
]


def packed(root, rules):
    """A graph as the page has it, with all the numbers that Python computed."""
    nodes = topological_order(root)
    places = {node: n for n, node in enumerate(nodes)}
    root.backward()
    leaves = [node for node in nodes if not node.parents]
    kinds = [rules.index((node._operation, len(node.parents))) for node in nodes]
    return {
        "operation": kinds,
        "starts": [0, *itertools.accumulate(len(node.parents) for node in nodes)],
        "operands": [places[parent] for node in nodes for parent in node.parents],
        "leaves": floats(leaf.data for leaf in leaves),
        "data": floats(node.data for node in nodes),
        "partials": floats(partial for node in nodes for partial in node.partials),
        "gradient": floats(node.grad for node in nodes),
    }


def write(folder, rules, graphs, cases=None):
    """What interpreter.test.js reads; the cases are those of all rules, unless others are given."""
    folder.mkdir(exist_ok=True)
    if cases is None:
        cases = [computed(operation, number, count) for number, (operation, count) in enumerate(rules) if count]
    content = {
        "functions": sorted(page_functions()),
        "cases": cases,
        "graphs": [packed(root, rules) for root in graphs],
    }
    (folder / "cases.json").write_text(json.dumps(content), "utf-8")
    (folder / "rules.js").write_text(rules_in_javascript(rules) + "\nexport { RULES };\n", "utf-8")
    (folder / "package.json").write_text('{"type": "module"}', "utf-8")
    return folder


@pytest.fixture(scope="module")
def run(run_node_test):
    return lambda data, folder, fault=None: run_node_test("interpreter.test.js", data, folder / "modules", fault)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """All operations, random graphs of them, and choices."""
    roots = [random_graph(seed) for seed in range(5)] + [choose(Value(-1.0)) for choose in CHOICES]
    return write(tmp_path_factory.mktemp("book"), BOOK, roots)


# ------------------------------------------------------------------------------------- the page against Python


@pytest.fixture(scope="module")
def few():
    """Of each operation some points, where nothing is to be found: of the one with the fault a test has all."""
    return [computed(operation, number, count, every=20) for number, (operation, count) in enumerate(BOOK) if count]


def test_the_page_computes_what_python_computes(data, run, tmp_path):
    status, output = run(data, tmp_path)
    assert status == 0, output
    assert int(re.search(r"^# pass (\d+)$", output, re.MULTILINE)[1]) >= len(BOOK) - 2 + (5 + len(CHOICES)) * 4


def test_the_random_graphs_have_all_operations():
    used = {node._operation.name for node in topological_order(random_graph(0))}
    assert used == OPERATIONS.keys() | {"leaf", "constant"}


def test_the_functions_that_a_rule_may_call_are_those_of_ieee():
    own = {name for name, function in vars(ieee).items() if callable(function) and not name.startswith("_")}
    helpers = {"Any", "Callable", "Sequence", "copysign", "reduce", "refused"}
    assert page_functions() == own - helpers - {"finished"}  # which is a take there


def with_cases(data, folder, choose):
    """The same data, with cases that are chosen from all."""
    shutil.copytree(data, folder)
    content = json.loads((data / "cases.json").read_text("utf-8"))
    content["cases"] = choose(content["cases"])
    (folder / "cases.json").write_text(json.dumps(content), "utf-8")
    return folder


@pytest.mark.parametrize(
    ("right", "wrong", "name"),
    [
        ("[1 + y * y]", "[1 + y]", "tan of 1"),
        ("m.div(-y, b)", "m.div(y, b)", "div of 2"),
        ("m.log1p(x)", "m.log(1 + x)", "log1p of 1"),
        ("b * m.pow(a, t0)", "(1 + 1e-11) * b * m.pow(a, t0)", "pow of 2"),
        ("m.erf(x),", "m.tanh(x),", "erf of 1"),
    ],
)
def test_the_comparison_finds_a_wrong_rule(data, few, run, tmp_path, right, wrong, name):
    source = (data / "rules.js").read_text("utf-8")
    assert source.count(right) == 1
    planted = with_cases(data, tmp_path / "planted", lambda full: [
        each if name == f"{BOOK[each['rule']][0].name} of {BOOK[each['rule']][1]}" else fewer
        for each, fewer in zip(full, few, strict=True)
    ])  # fmt: skip
    (planted / "rules.js").write_text(source.replace(right, wrong), "utf-8")
    status, output = run(planted, tmp_path)
    assert status == 1
    assert name in failed(output)
    assert all(each == name or each.startswith("graph ") for each in failed(output)), output


@pytest.mark.parametrize(
    ("right", "wrong"), [("this.reached[n] && ", ""), (".chooses", ".never"), ("reached[operands[edge]] = 1;", "")]
)
def test_the_comparison_finds_a_gradient_that_comes_out_of_a_branch_not_taken(data, few, run, tmp_path, right, wrong):
    planted = with_cases(data, tmp_path / "planted", lambda full: few)
    status, output = run(planted, tmp_path, ("state/interpreter.js", right, wrong))
    assert status == 1
    assert any(each.startswith("graph ") for each in failed(output))


def test_without_its_data_the_test_of_the_page_fails(run, tmp_path):
    status, output = run(None, tmp_path)
    assert status == 1
    assert "EXPLORER_DATA must name the folder" in output


def test_a_new_operation_needs_only_its_entry(run, tmp_path, monkeypatch):
    entry = re.search(r"<!-- worked example -->\s*```python\n(.*?)```", CONTRIBUTING.read_text("utf-8"), re.DOTALL)[1]
    monkeypatch.setattr("autograd.operations.OPERATIONS", {})
    exec(entry, {"unary": unary, "ANY": (-3.0, 3.0)})
    from autograd.operations import OPERATIONS as extended

    gaussian = extended["gaussian"]
    root = apply(gaussian, Value(0.5)) * 2.0
    rules = [(LEAF, 0), (CONSTANT, 0), (gaussian, 1), (OPERATIONS["mul"], 2)]
    status, output = run(write(tmp_path / "data", rules, [root]), tmp_path)
    assert status == 0, output
    assert "- gaussian of 1" in output


def test_conditions_in_unusual_places_are_those_of_python(run, tmp_path):
    odd = Operation(
        "odd", "odd",
        lambda m, a, b: m.where(m.where(a < b, a < 0, b), 1.0, 0.0) + (a > 0) * 2.0 - -neg(a) - (a - (b - a)) * -0.0,
        lambda m, y, a, b: (m.where(-y, m.where(a, -1e-300, 1e22), -inf), (a < b) + 0.5 * m.sqrt(2.0)),
        ((-3.0, 3.0), (-3.0, 3.0)),
    )  # fmt: skip
    rules = [(LEAF, 0), (CONSTANT, 0), (odd, 2)]
    status, output = run(write(tmp_path / "data", rules, [apply(odd, Value(1.0), Value(2.0))]), tmp_path)
    assert status == 0, output


LITERALS = [nan, inf, -inf, -0.0, 0.0]


def test_a_literal_is_the_same_number_in_javascript(run, tmp_path):
    """A bare one, one in a sum, a product, a quotient, a comparison and a list; 1/-0 tells the sign of a zero."""

    def rule(number):
        return Operation(
            str(number), str(number),
            lambda m, a, b: number,
            lambda m, y, a, b: (
                m.where(a < number, m.div(b, number), a - number),
                m.maximum(number, a) - m.where(b <= number, number, b),
            ),
            ((-3.0, 3.0), (-3.0, 3.0)),
        )  # fmt: skip

    operations = [rule(number) for number in LITERALS]
    rules = [(LEAF, 0), (CONSTANT, 0), *[(each, 2) for each in operations]]
    graphs = [apply(each, Value(1.0), Value(2.0)) for each in operations]
    status, output = run(write(tmp_path / "data", rules, graphs), tmp_path)
    assert status == 0, output


@pytest.mark.parametrize(
    ("number", "text"), [(nan, "NaN"), (inf, "Infinity"), (-inf, "-Infinity"), (-0.0, "-0.0"), (0.0, "0")]
)
def test_a_literal_as_javascript_writes_it(number, text):
    written = rules_in_javascript([(identity(value=lambda m, x: number, partials=lambda m, y, x: (x * number,)), 1)])
    assert f"value: (m, x) => {text},\n" in written
    assert f"partials: (m, y, x) => [x * {text}],\n" in written


BASES = [0.0, -0.0, inf, -inf, nan, 1.0, -1.0, 1 + 2**-52, 1 - 2**-53, -1 - 2**-52, -1 + 2**-53, 2.0, -2.0, 0.5, -0.5,
         -8.0, 5e-324, -5e-324, 1.7e308, -1.7e308]  # fmt: skip
EXPONENTS = [0.0, 0.5, 1 / 3, 1 - 2**-53, 1.0, 1 + 2**-52, 2.0, 3 - 2**-51, 3.0, 3 + 2**-51, 1e-300, 1074.0, 1075.0,
             2**51 + 0.5, 2**52 + 1.0, 2**53 - 1.0, 2.0**53, 2**53 + 2.0, 1e300, inf, nan]  # fmt: skip


def powers():
    """(a, b, aᵇ) by the pow of C, which NumPy calls: whether b is odd decides the sign."""
    with np.errstate(all="ignore"):
        for a, b in itertools.product(BASES, [sign * b for b in EXPONENTS for sign in (1.0, -1.0)]):
            yield a, b, float(np.float64(a) ** np.float64(b))


def test_powers_are_those_of_c_for_awkward_exponents_too(run, tmp_path):
    power = Operation("power", "**", lambda m, a, b: m.pow(a, b), lambda m, y, a, b: (0.0, 0.0), ())
    points = [(a, b) for a, b, _ in powers()]
    case = {
        "rule": 2,
        "points": floats(itertools.chain(*points)),
        "values": floats(y for *_, y in powers()),
        "partials": floats([0.0] * (2 * len(points))),
        "refused": [],
    }
    rules = [(LEAF, 0), (CONSTANT, 0), (power, 2)]
    status, output = run(write(tmp_path / "data", rules, [apply(power, Value(2.0), Value(3.0))], [case]), tmp_path)
    assert status == 0, output


def test_a_rule_may_be_a_long_chain(run, tmp_path):
    def value(m, *x):
        y = x[0]
        for x_i in x[1:]:
            y = m.sin(y + x_i)
        return y

    chain = Operation("chain", "chain", value, lambda m, y, *x: (value(m, *x),) * len(x), ((-1.0, 1.0),))
    count = 5000
    root = apply(chain, *[Value(i / count) for i in range(count)])
    rules = [(LEAF, 0), (CONSTANT, 0), (chain, count)]
    status, output = run(write(tmp_path / "data", rules, [root]), tmp_path)
    assert status == 0, output


# -------------------------------------------------------------------------------------------- what is written


@pytest.mark.parametrize("name", ["dot", "maximum", "logsumexp", "take"])
def test_the_code_grows_in_proportion_to_the_operands(name):
    short, long = (len(rules_in_javascript([(OPERATIONS[name], n)])) for n in (500, 2000))
    assert long < 4.5 * short


def test_what_is_used_twice_is_computed_once():
    silu = rules_in_javascript([(OPERATIONS["silu"], 1)])
    assert silu.count("m.exp(") == 2  # in the value, and in the derivative


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_that_chooses_says_so(name):
    operation = OPERATIONS[name]
    entry = rules_in_javascript([(operation, cases_of(operation)[-1])])
    assert f" chooses: {str(operation.chooses).lower()}," in entry


def test_a_marker_computes_nothing():
    assert rules_in_javascript([(LEAF, 0)]) == (
        'const RULES = [\n{ name: "leaf", symbol: "", operands: 0, chooses: false, '
        "value: null, partials: null, formulas: null },\n];"
    )


HOSTILE = [
    '"];alert(1)//',
    "</script><script>alert(1)</script>",
    "\u2028alert(1)",
    "\\",
    "`${alert(1)}`",
    "\ud800",
    "}",
]


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_name_stays_a_name(name):
    source = rules_in_javascript([(Operation(name, name, lambda m, x: x, lambda m, y, x: (1.0,), ()), 1)])
    assert source.isascii()
    assert "<" not in source
    [written] = re.findall(r'^\{ name: ("(?:[^"\\]|\\.)*"), symbol: ', source, re.MULTILINE)
    assert json.loads(written) == name


@pytest.mark.parametrize("name", HOSTILE[:-2], ids=ascii)
def test_a_name_that_is_code_does_not_run(name, run, tmp_path):
    hostile = Operation(name, name, lambda m, x: x, lambda m, y, x: (1.0,), ((-1.0, 1.0),))
    status, output = run(write(tmp_path / "data", [(LEAF, 0), (hostile, 1)], [apply(hostile, Value(1.0))]), tmp_path)
    assert status == 0, output


def identity(**changes):
    return Operation("mine", "mine", lambda m, x: x, lambda m, y, x: (1.0,), ())._replace(**changes)


@pytest.mark.parametrize(
    "operation",
    [identity(value=lambda m, x: m.erf(x)), identity(partials=lambda m, y, x: (m.erf(x) + 1.0,))],
    ids=["value", "partial"],
)
def test_a_function_that_the_page_does_not_have_is_refused(operation, monkeypatch):
    monkeypatch.setattr("viz.explorer.javascript.page_functions", lambda: frozenset(["exp"]))
    with pytest.raises(
        ValueError,
        match=r"^the rule of the operation 'mine' cannot be written in JavaScript: it calls m\.erf, which the page",
    ):
        rules_in_javascript([(operation, 1)])


def test_a_rule_that_cannot_be_read_is_refused():
    with pytest.raises(ValueError, match=r"^the rule of the operation 'mine' cannot be read: it branches on a number"):
        rules_in_javascript([(identity(value=lambda m, x: x if x > 0 else -x), 1)])
