"""What the page says of each step, without a document: `formulas.test.js` does the work, on what is made here."""

import json
import random
import re

import pytest

from autograd import Value, maximum, scope, where
from nn import MLP, Layer, Neuron

from .conftest import write_graphs


def named(value, label):
    value.label = label
    return value


def operators():
    """L = √r with r = (w1·(a+b))³/(a+b), where a+b is a label: -w1·√w1·(a+b)."""
    a = Value(-2.0, "a+b")
    q = named(named(Value(1.0, "w1") * a, "p") ** 3, "q")
    return named(named(q / a, "r").sqrt(), "L")


def choices():
    a, b, c = Value(2.0, "a"), Value(-1.0, "b"), Value(0.0, "c")
    return named(named(maximum(a, b), "m") + named(where(c, a, b), "w"), "L")


def largest():
    """Of six numbers."""
    return named(maximum(*[Value(float(i % 4), f"a{i}") for i in range(6)]), "L")


def set_to(module, *numbers):
    for parameter, number in zip(module.parameters(), numbers, strict=True):
        parameter.data = number
    return module


def neuron():
    """4·sigmoid(½·2 + 1·(-1) + 0)"""
    return named(set_to(Neuron(2, "sigmoid"), 0.5, 1.0, 0.0)([Value(2.0, "x1"), Value(-1.0, "x2")]) * 4.0, "L")


def off():
    return named(set_to(Neuron(1, "relu"), -2.0, 0.0)([Value(1.0, "x")]) * 3.0, "L")


def clipped():
    x, w = Value(1.0, "x"), Value(-2.0, "w")
    with scope("inner"):
        y = maximum(w * x, 0.0)
    return named(y * 3.0, "L")


def layer(activation="linear", weights=(2.0, 1.0, 0.0, 0.0)):
    y = set_to(Layer(1, 2, activation), *weights)([Value(1.0, "x")])
    return named(y[0] * 5.0 + y[1], "L")


def other():
    x = Value(1.0, "x")
    with scope("inner"):
        y = named(x**3 * 4.0, "y")
    return named(y * 2.0, "L")


def skip():
    """A second layer that takes what goes into the first one, too."""
    x, w, v = Value(2.0, "x"), Value(0.5, "w"), Value(1.0, "v")
    with scope("inner"):
        y = (w * x).tanh() * v + x * Value(3.0, "u")
    return y + x


def blank():
    a = Value(1.0, " \t")
    with scope("  "):
        b = a * Value(2.0, "\u200b")
    return b.tanh()


GRAPHS = {
    "operators": operators,
    "choices": choices,
    "largest": largest,
    "neuron": neuron,
    "off": off,
    "clipped": clipped,
    "layer": layer,
    "softmax": lambda: layer("softmax", (1.0, 0.0, 1.0, 0.0)),
    "mlp": lambda: MLP(2, [3, 1], "tanh", seed=1)([0.5, 1.0]) * 2.0,
    "deep": lambda: MLP(2, [3] * 4 + [1], "leaky_relu", seed=1)([0.5, 1.0]) * 2.0,
    "other": other,
    "skip": skip,
    "blank": blank,
    "leaf": lambda: Value(1.0, "a"),
}

OPERATORS = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b,
    "^": lambda a, b: a**b, "chain": lambda a, b: a * b, "total": lambda a, b: a + b, "negative": lambda a: -a,
}  # fmt: skip


def random_tree(generator, depth):
    """(tree, its value): all signs inside all others, with numbers of both signs."""
    if depth == 0 or generator.random() < 0.15:
        number = generator.choice([-3, -2, -1, 1, 2, 3, 0.5])
        return number, float(number)
    head = generator.choice(list(OPERATORS))
    parts = [random_tree(generator, depth - 1) for _ in range(1 if head == "negative" else 2)]
    value = OPERATORS[head](*[value for _, value in parts])
    return [head, *[tree for tree, _ in parts]], value


def trees(count=600, seed=0):
    """Those whose value is a number of moderate size."""
    generator = random.Random(seed)
    found = []
    while len(found) < count:
        try:
            tree, value = random_tree(generator, generator.randint(1, 4))
        except (ArithmeticError, ValueError):
            continue
        if isinstance(value, float) and abs(value) < 1e6:
            found.append((tree, value))
    return found


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = write_graphs(tmp_path_factory.mktemp("lines"), GRAPHS)
    (folder / "trees.json").write_text(json.dumps([tree for tree, _ in trees()]), "utf-8")
    return folder


@pytest.fixture(scope="module")
def output(run_node_test, data, tmp_path_factory):
    status, output = run_node_test("formulas.test.js", data, tmp_path_factory.mktemp("modules") / "modules")
    assert status == 0, output
    return output


def test_what_is_said_of_each_step(output):
    assert len(re.findall("^ok ", output, re.MULTILINE)) >= 30


@pytest.mark.parametrize("which", [0, 1], ids=["as a text", "typeset"])
def test_a_formula_means_what_its_tree_means(output, data, which):
    """Python reads it again, by the usual order of operations: no pair of brackets is missing."""
    texts = json.loads((data / "texts.json").read_text("utf-8"))
    for (tree, value), text in zip(trees(), texts, strict=True):
        read = text[which].replace("·", "*").replace("^", "**")
        assert eval(read) == pytest.approx(value, rel=1e-12, abs=1e-12), (tree, text[which])


@pytest.mark.parametrize(
    ("module", "right", "wrong"),
    [
        ("state/formulas/notation.js", "binding < asked", "binding < asked - 1"),
        ("state/formulas/notation.js", "(minus && !first)", "false"),
        ("state/formulas/formula_cases.js", "ANY_RELATION & ~RELATIONS[sign]", "RELATIONS[sign]"),
        ("state/formulas/formula_modules.js", "before.length && before.length < layer.inputs.length", "false"),
    ],
)
def test_a_planted_fault_is_found(run_node_test, data, tmp_path, module, right, wrong):
    status, _ = run_node_test("formulas.test.js", data, tmp_path / "modules", (module, right, wrong))
    assert status != 0
