"""Families: what a graph does again and again, and the calls that are made around it."""

import base64
import random
from collections import Counter
from functools import cached_property

import numpy as np
import pytest

import nn
from autograd import Value, log_softmax, scope, softmax, topological_order
from benchmarks import gpt
from nn import MLP
from viz.explorer.families import find_families
from viz.explorer.graph import Graph
from viz.explorer.program import compiled_view
from viz.graph.visible import module_calls

DTYPES = {"Uint8": "<u1", "Uint16": "<u2", "Uint32": "<u4"}
ROWS = [[0.1, -0.4], [0.7, 0.2], [-0.5, 0.9], [0.3, 0.3], [-0.8, -0.1]]
TARGETS = [0.0, 1.0, 1.0, 0.0, 1.0]


def unpack(packed):
    return np.frombuffer(base64.b64decode(packed["data"]), DTYPES[packed["type"]]).tolist()


class Seen:
    """A graph as a page sees it: families, and what is in the calls that are their members."""

    def __init__(self, root, parameters=None):
        self.graph = Graph(root, parameters)
        packed = self.graph.packed()
        self.names, self.families = packed["calls"], packed["families"]
        self.outer = [call - 1 for call in unpack(packed["outer"])]
        self.home = dict(zip(self.graph.nodes, [call - 1 for call in unpack(packed["home"])], strict=True))

    def __getitem__(self, number):
        return self.families[number]

    @property
    def kinds(self):
        return [(family["kind"], family["name"], len(self.members(n))) for n, family in enumerate(self.families)]

    def members(self, family=0):
        return unpack(self.families[family]["members"])

    @cached_property
    def contents(self):
        """Of each call the nodes in it."""
        contents = [[] for _ in self.names]
        for node, at in self.home.items():
            call = at
            while call >= 0:
                contents[call].append(node)
                call = self.outer[call]
        return contents

    def is_in(self, node, call):
        at = self.home[node]
        while at >= 0 and at != call:
            at = self.outer[at]
        return at == call

    def operations(self, family=0):
        """Of each member how often it does what."""
        return [Counter(node.op for node in self.contents[call] if node.parents) for call in self.members(family)]

    def outside(self):
        """The operations that are in no call."""
        return Counter(node.op for node in self.graph.nodes if node.parents and self.home[node] < 0)


def leaves(*numbers):
    return [Value(number) for number in numbers]


def weights(count, seed=0):
    generator = random.Random(seed)
    return [Value(generator.gauss(0.0, 1.0)) for _ in range(count)]


def pendulum(turns, angle=0.5, damping=None):
    angle, speed = Value(angle), Value(0.0)
    damping = Value(0.1) if damping is None else damping
    for _ in range(turns):
        speed = speed + 0.01 * (-damping * speed - angle.sin())
        angle = angle + 0.01 * speed
    return angle


def network(x, w):
    """2 → 4 → 1, of 17 weights."""
    hidden = [
        (sum(a * b for a, b in zip(w[3 * i : 3 * i + 2], x, strict=True)) + w[3 * i + 2]).tanh() for i in range(4)
    ]
    return sum(a * b for a, b in zip(w[12:16], hidden, strict=True)) + w[16]


# ------------------------------------------------------------------------------------------------------------- turns


def test_a_pendulum_is_one_family_of_its_turns():
    seen = Seen(pendulum(200))
    assert seen.kinds == [("turns", "turn", 200)]
    assert [seen.names[call] for call in seen.members()] == [f"turn {n}" for n in range(1, 201)]
    assert seen[0]["alike"] is True
    assert "weight" not in seen[0]
    assert seen.operations() == 200 * [{"-": 2, "*": 3, "sin": 1, "+": 2}]
    assert seen.outside() == {}


def test_a_turn_has_its_own_plain_numbers_and_what_all_turns_use_is_outside():
    damping = Value(0.1)
    seen = Seen(pendulum(200, damping=damping))
    assert seen.home[damping] == -1
    assert all(
        sum(not node.parents for node in seen.contents[call]) == 2 for call in seen.members()[1:]
    )  # 0.01 and 0.01


def test_the_turns_of_a_runge_kutta_method_have_four_stages_each():
    x, v, h = Value(1.0), Value(0.0), 0.1
    for _ in range(50):
        k1 = v, -x.sin()
        k2 = v + h / 2 * k1[1], -(x + h / 2 * k1[0]).sin()
        k3 = v + h / 2 * k2[1], -(x + h / 2 * k2[0]).sin()
        k4 = v + h * k3[1], -(x + h * k3[0]).sin()
        x = x + h / 6 * (k1[0] + 2 * k2[0] + 2 * k3[0] + k4[0])
        v = v + h / 6 * (k1[1] + 2 * k2[1] + 2 * k3[1] + k4[1])
    seen = Seen(x)
    [(kind, _, turns)] = seen.kinds
    assert kind == "turns"
    assert 48 <= turns <= 50  # of the last step no speed is used
    assert {each["sin"] for each in seen.operations()} == {4}


def test_a_long_chain_of_one_operation_is_a_loop():
    y = Value(0.5)
    for _ in range(80):
        y = y.tanh()
    seen = Seen(y)
    assert seen.kinds == [("turns", "turn", 80)]
    assert seen.operations() == 80 * [{"tanh": 1}]


def test_two_loops_side_by_side_are_two_families():
    a, b = leaves(0.1, 0.2)
    for _ in range(60):
        a = (a * 1.1).sin()
    for _ in range(70):
        b = (b + 0.1).cos() * b
    seen = Seen(a * b)
    assert seen.kinds == [("turns", "turn", 60), ("turns", "turn", 70)]
    assert seen.operations(0) == 60 * [{"*": 1, "sin": 1}]
    assert seen.operations(1) == 70 * [{"+": 1, "cos": 1, "*": 1}]
    assert seen.outside() == {"*": 1}


def test_a_loss_that_is_summed_up_in_a_loop_is_in_its_turns():
    angle, speed, loss = Value(0.5), Value(0.0), 0.0
    for n in range(100):
        speed = speed - 0.01 * angle.sin()
        angle = angle + 0.01 * speed
        loss = loss + (angle - 0.1 * n) ** 2
    seen = Seen(loss / 100)
    assert seen.kinds == [("turns", "turn", 100)]
    assert seen.operations() == 100 * [{"sin": 1, "*": 2, "-": 2, "+": 2, "**": 1}]


def test_the_calls_of_a_module_in_a_loop_are_inside_of_its_turns():
    model, x = MLP(1, [3, 1], "tanh", seed=1), Value(0.3)
    for _ in range(60):
        x = x + 0.1 * model([x])
    seen = Seen(x, model.parameters())
    assert seen.kinds == [("turns", "turn", 60)]
    models = [call for call, name in enumerate(seen.names) if name == "MLP"]
    assert [seen.outer[call] for call in models] == seen.members()
    assert all(seen.home[parameter] == -1 for parameter in model.parameters())


def test_a_loop_in_a_module_stays_in_it():
    with scope("simulation"):
        root = pendulum(100)
    seen = Seen(root.exp())
    assert seen.kinds == [("turns", "turn", 100)]
    assert {seen.names[seen.outer[call]] for call in seen.members()} == {"simulation"}


def test_turns_of_which_a_call_holds_several_are_no_members():
    angle, speed = Value(0.5), Value(0.0)
    for _ in range(2):
        with scope("half"):
            for _ in range(50):
                speed = speed - 0.01 * angle.sin()
                angle = angle + 0.01 * speed
    assert Seen(angle).kinds == []


def test_a_chain_however_deep_is_no_trouble():
    y = Value(0.5)
    for _ in range(20_000):
        y = y.sin()
    assert Seen(y).kinds == [("turns", "turn", 20_000)]


def test_a_sum_however_long_is_no_trouble():
    assert Seen(sum(weights(20_000)) * 2.0).kinds == []


# -------------------------------------------------------------------------------------------------------------- rows


@pytest.mark.parametrize("as_leaves", [False, True])
def test_a_mean_loss_written_by_hand_has_rows(as_leaves):
    w = weights(17)
    rows = [[*map(Value, row)] if as_leaves else row for row in ROWS]
    targets = [*map(Value, TARGETS)] if as_leaves else TARGETS
    seen = Seen(sum((network(x, w) - t) ** 2 for x, t in zip(rows, targets, strict=True)) / 5)
    assert seen.kinds == [("rows", "row", 5)]
    assert [seen.names[call] for call in seen.members()] == ["row 1", "row 2", "row 3", "row 4", "row 5"]
    assert seen[0]["weight"] == 1 / 5
    assert seen[0]["alike"] is True
    assert seen.operations() == 5 * [{"*": 8 + 4, "+": 4 * 3 + 5, "tanh": 4, "-": 1, "**": 1}]
    assert seen.outside() == {"+": 5, "/": 1}
    assert {seen.home[leaf] for leaf in w} == {-1}
    if as_leaves:
        for call, row, target in zip(seen.members(), rows, targets, strict=True):
            assert all(seen.is_in(leaf, call) for leaf in (*row, target))


LOSSES = {
    "mse_loss": (1, TARGETS),
    "l1_loss": (1, TARGETS),
    "huber_loss": (1, TARGETS),
    "hinge_loss": (1, [-1, 1, 1, -1, 1]),
    "binary_cross_entropy_with_logits": (1, TARGETS),
    "cross_entropy": (3, [0, 1, 2, 1, 0]),
}


@pytest.mark.parametrize("given", [True, False], ids=["parameters", "all leaves"])
@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_over_rows_is_cut_into_the_rows(name, given):
    outputs, targets = LOSSES[name]
    model = MLP(2, [4, outputs], "tanh", seed=0)
    seen = Seen(getattr(nn, name)([model(row) for row in ROWS], targets), model.parameters() if given else None)
    assert seen.kinds == [("rows", "row", 5)]
    assert seen[0]["weight"] == 1 / 5
    for call in seen.members():
        assert {name for inner, name in enumerate(seen.names) if seen.outer[inner] == call} == {"MLP", name}
    [whole] = [call for call, outer in enumerate(seen.outer) if outer == -1 and seen.names[call] == name]
    assert Counter(node.op for node in seen.graph.nodes if node.parents and seen.home[node] == whole) == {
        "+": 4,
        "/": 1,
    }
    assert {seen.home[parameter] for parameter in model.parameters()} == {-1}


def test_a_loss_after_each_call_of_a_model_is_in_its_row():
    model = MLP(2, [4, 1], "tanh", seed=0)
    loss = sum(nn.mse_loss(model(x), t) for x, t in zip(ROWS, TARGETS, strict=True))
    seen = Seen(loss, model.parameters())
    assert seen.kinds == [("rows", "row", 5)]
    assert seen[0]["weight"] == 1.0
    assert seen.outside() == {"+": 5}


def test_calls_of_the_user_that_are_just_the_rows_are_the_members():
    w, losses = weights(17), []
    for number, (x, t) in enumerate(zip(ROWS, TARGETS, strict=True)):
        with scope(f"sample {number}"):
            losses.append((network(x, w) - t) ** 2)
    seen = Seen(sum(losses) / 5)
    assert seen.kinds == [("rows", "row", 5)]
    assert [seen.names[call] for call in seen.members()] == [f"sample {number}" for number in range(5)]
    assert {seen.outer[call] for call in seen.members()} == {-1}


def test_calls_of_the_user_that_are_less_than_the_rows_are_in_them():
    w, model, losses = weights(17), MLP(2, [4, 1], "tanh", seed=0), []
    for x, t in zip(ROWS, TARGETS, strict=True):
        with scope("sample"):
            losses.append((network(x, w) - t) ** 2)
    seen = Seen(sum(0.5 * loss for loss in losses))
    assert [seen.names[call] for call in seen.members()] == [f"row {n}" for n in range(1, 6)]
    seen = Seen(sum(model(x) for x in 4 * ROWS), model.parameters())
    assert seen.kinds == [("rows", "row", 20)]  # and not copies, too
    assert {seen.names[call] for call in seen.members()} == {"MLP"}


def test_beside_rows_there_may_be_a_penalty():
    w = weights(17)
    loss = sum((network(x, w) - t) ** 2 for x, t in zip(ROWS, TARGETS, strict=True)) / 5
    seen = Seen(loss + 0.1 * sum(each * each for each in w))
    assert seen.kinds == [("rows", "row", 5)]
    assert seen[0]["weight"] == 1 / 5


def test_a_row_may_be_a_sum_itself():
    w = weights(17)
    terms = [(network(x, w) - t) ** 2 + 0.1 * (network(x, w) * t).sin() for x, t in zip(ROWS, TARGETS, strict=True)]
    seen = Seen(terms[0] + terms[1] + terms[2] + terms[3] + terms[4])
    assert seen.kinds == [("rows", "row", 5)]
    assert {each["sin"] for each in seen.operations()} == {1}


def losses_of(count):
    w = weights(1)[0]
    return [(w * x).tanh().exp() for x in leaves(*range(count))]


@pytest.mark.parametrize(
    ("root", "weight"),
    [
        (lambda losses: sum(losses) * -0.5, -0.5),
        (lambda losses: sum(losses + losses) / 20.0, 0.1),
        (lambda losses: sum(losses + losses[:1]) / 11.0, None),
        (lambda losses: sum(losses) / 10.0 + losses[3], None),
        (lambda losses: (mean := sum(losses) / 10.0) + mean, None),
        (lambda losses: (mean := sum(losses) / 10.0) + mean.tanh(), None),
        (lambda losses: sum(losses) * float("inf"), None),
        (lambda losses: sum(losses) * float("nan"), None),
    ],
)
def test_the_weight_of_a_row_is_the_factor_that_its_loss_has(root, weight):
    seen = Seen(root(losses_of(10)))
    assert seen.kinds[0][0] == "rows"
    assert seen[0]["weight"] == (weight if weight is None else pytest.approx(weight))


def test_of_a_function_of_the_mean_no_row_has_a_weight():
    w = weights(17)
    seen = Seen((sum((network(x, w) - t) ** 2 for x, t in zip(ROWS, TARGETS, strict=True)) / 5) ** 0.5)
    assert seen.kinds == [("rows", "row", 5)]
    assert seen[0]["weight"] is None


def test_what_rows_share_is_in_none_of_them():
    w = Value(0.7)
    square = w * w
    seen = Seen(sum(((square * x[0] + w).tanh() - t) ** 2 for x, t in zip(ROWS, TARGETS, strict=True)))
    assert seen.kinds == [("rows", "row", 5)]
    assert seen.home[square] == -1
    assert seen.operations() == 5 * [{"*": 1, "+": 1, "tanh": 1, "-": 1, "**": 1}]


def test_a_hundred_rows_and_the_compiled_view_has_the_scopes_of_the_user_alone():
    generator = random.Random(0)
    model = MLP(2, [4, 1], "tanh", seed=0)
    rows = [[generator.random(), generator.random()] for _ in range(100)]
    seen = Seen(
        nn.hinge_loss([model(row) for row in rows], [generator.choice((-1, 1)) for _ in rows]), model.parameters()
    )
    assert seen.kinds == [("rows", "row", 100)]
    view = compiled_view(seen.graph.nodes, seen.graph.inputs)
    scopes = {name for box in view["boxes"] for name in box["scope"]}
    assert scopes <= {"MLP", "layer 1", "layer 2", "hinge_loss", *(f"neuron {n}" for n in range(1, 5))}


def test_rows_that_are_simulations_have_turns_inside():
    damping = Value(0.1)
    seen = Seen(sum((pendulum(100, x[0], damping) - t) ** 2 for x, t in zip(ROWS, TARGETS, strict=True)) / 5)
    assert seen.kinds == [("rows", "row", 5), *5 * [("turns", "turn", 100)]]
    for n, row in enumerate(seen.members(), 1):
        assert {seen.outer[turn] for turn in seen.members(n)} == {row}


# ------------------------------------------------------------------------------------------------- positions, copies


def transformer(layers, tokens, monkeypatch):
    """The logits of a GPT of width 8 that reads these tokens, and its weights: those of the last layer."""
    monkeypatch.setattr(gpt, "WIDTH", 8)
    monkeypatch.setattr(gpt, "HEADS", 2)
    generator = random.Random(0)
    for layer in range(layers):
        w = {
            name: [[Value(generator.gauss(0.0, 0.2)) for _ in range(columns)] for _ in range(rows)]
            for name, (rows, columns) in gpt.shapes(letters=6).items()
        }
        if layer == 0:
            xs = [gpt.add(w["token"][token], position) for token, position in zip(tokens, w["position"], strict=False)]
        xs = [gpt.add(x, y) for x, y in zip(xs, gpt.attention(w, map_norm(xs), softmax), strict=True)]
        hidden = [[h.relu() for h in gpt.linear(w["widen"], x)] for x in map_norm(xs)]
        xs = [gpt.add(x, gpt.linear(w["narrow"], h)) for x, h in zip(xs, hidden, strict=True)]
    return [gpt.linear(w["head"], x) for x in map_norm(xs)], w


def by_hand(logits, classes):
    return -sum(log_softmax(each)[c] for each, c in zip(logits, classes, strict=True)) / len(classes)


def map_norm(xs):
    return [gpt.rms_norm(x) for x in xs]


@pytest.mark.parametrize("loss", [by_hand, nn.cross_entropy])
def test_the_positions_of_a_transformer_are_similar(loss, monkeypatch):
    logits, w = transformer(1, (3, 1, 4, 1), monkeypatch)
    seen = Seen(loss(logits, (1, 4, 1, 5)))
    assert seen.kinds == [("positions", "position", 4)]
    assert seen[0]["alike"] is False
    sizes = [each.total() for each in seen.operations()]
    score, share, outputs = 4 + 4 + 1, 2, 4 * 2  # of a head, to one position: products, sums, a root; eˣ, a quotient
    assert list(np.diff(sizes)) == 3 * [2 * (score + share + outputs)]
    assert {seen.home[leaf] for leaf in w["query"][0]} == {-1}
    embeddings = [seen.home[row[0]] for row in w["position"][:4]]
    assert {seen.names[call] for call in embeddings} == {"embedding"}
    assert [seen.names[seen.outer[call]] for call in embeddings] == [f"position {n}" for n in range(1, 5)]


def test_the_layers_of_a_deep_transformer_are_turns_in_each_position(monkeypatch):
    seen = Seen(by_hand(transformer(4, (3, 1, 4), monkeypatch)[0], (1, 4, 1)))  # of fewer none is a turn
    assert seen.kinds == [("positions", "position", 3), *3 * [("turns", "turn", 4)]]
    for n, position in enumerate(seen.members(), 1):
        assert {seen.outer[turn] for turn in seen.members(n)} == {position}


def test_a_module_that_is_called_for_all_positions_is_cut_into_them(monkeypatch):
    monkeypatch.setattr(gpt, "attention", scope("attention")(gpt.attention))
    with scope("transformer"):
        logits, _ = transformer(1, (3, 1, 4), monkeypatch)
    seen = Seen(nn.cross_entropy(logits, (1, 4, 1)))
    assert seen.kinds == [("positions", "position", 3)]
    inside = {
        call: [name for n, name in enumerate(seen.names) if seen.outer[n] == call] for call in range(len(seen.names))
    }
    for position in seen.members():
        assert sorted(inside[position]) == ["cross_entropy", "transformer"]
        [model] = [
            call for call, outer in enumerate(seen.outer) if outer == position and seen.names[call] == "transformer"
        ]
        assert inside[model].count("attention") == 1


class Cell(nn.Module):
    def __init__(self):
        self.w, self.u = Value(0.5), Value(0.3)

    def forward(self, h, x):
        return (self.w * h + self.u * x).tanh()


def test_many_calls_of_one_module_are_copies():
    cell, h = Cell(), Value(0.0)
    for n in range(12):
        h = cell(h, float(n))
    seen = Seen(h)
    assert seen.kinds == [("copies", "Cell", 12)]
    assert seen[0]["alike"] is True


def test_a_few_calls_of_a_module_stay_as_they_are():
    cell, h = Cell(), Value(0.0)
    for n in range(8):
        h = cell(h, float(n))
    assert Seen(h).kinds == []


def test_neurons_of_one_name_are_no_copies():
    x = leaves(0.1, 0.2, 0.3)
    assert Seen(sum(nn.Neuron(3, "tanh", seed=n)(x).exp() for n in range(20))).kinds == []


# -------------------------------------------------------------------------------------------------------- no families


def deep():
    """40 operations on each other, without a pattern."""
    generator, x = random.Random(0), Value(0.3)
    for _ in range(40):
        x = getattr(x, generator.choice(("sin", "cos", "tanh", "sigmoid")))()
    return x


def without_families():
    model, w, x = MLP(2, [4, 3], "tanh", seed=0), weights(17), leaves(0.1, 0.2)
    hidden = [each.tanh() for each in weights(4)]
    outputs = [sum(a * b for a, b in zip(weights(4, seed), hidden, strict=True)) + Value(0.1) for seed in range(10)]
    state = Value(0.3)
    for _ in range(6):
        state = state + 0.1 * (state * w[0]).sin()
    terms = weights(64)
    while len(terms) > 1:
        terms = [(a * b).tanh() for a, b in zip(terms[::2], terms[1::2], strict=True)]
    return {
        "one node": Value(1.0),
        "one operation": Value(1.0) + 2.0,
        "a + a": (doubled := x[0].sin().exp().tanh()) + doubled,
        "a network in modules": model([1.0, 2.0])[0],
        "its loss": nn.mse_loss(model([1.0, 2.0]), [0.0, 1.0, 0.0]),
        "its cross-entropy": nn.cross_entropy(model([1.0, 2.0]), 1),
        "a network by hand": (network(x, w) - 1.0) ** 2,
        "its outputs": sum((output - 0.5) ** 2 for output in outputs),
        "a layer of neurons": sum(
            (w[2 * i] * x[0] + w[2 * i + 1] * x[1] + b).tanh() for i, b in enumerate(weights(8, 1))
        ),
        "probabilities": sum((p - t) ** 2 for p, t in zip(softmax(outputs), TARGETS + TARGETS, strict=True)),
        "a wide sum": sum(a * b for a, b in zip(weights(100), weights(100, 1), strict=True)),
        "a long sum of a deep number": sum((a * b for a, b in zip(weights(100), weights(100, 1), strict=True)), deep()),
        "a recurrence of few turns": state,
        "a tree": terms[0],
        "a deep network": MLP(2, [3] * 40, "tanh", seed=0)([0.1, 0.2])[0],
    }


@pytest.mark.parametrize("name", without_families())
def test_a_graph_without_families_is_as_it_was(name):
    root = without_families()[name]
    nodes = topological_order(root)
    homes = module_calls(nodes)
    assert find_families(nodes, homes) == ([], homes)
    assert Seen(root).families == []


# --------------------------------------------------------------------------------------------------------------- laws


def with_families():
    model, cell, damping, h = MLP(2, [4, 1], "tanh", seed=0), Cell(), Value(0.1), Value(0.0)
    for n in range(60):
        h = cell(h, float(n)) * 1.1 + 0.1
    return {
        "turns": pendulum(50),
        "turns with modules": h,
        "rows": nn.mse_loss([model(row) for row in ROWS], TARGETS),
        "rows of turns": sum((pendulum(40, x[0], damping) - t) ** 2 for x, t in zip(ROWS, TARGETS, strict=True)),
    }


@pytest.mark.parametrize("name", with_families())
def test_members_are_in_one_piece_side_by_side_and_in_one_family_only(name):
    seen = Seen(with_families()[name])
    assert seen.families
    place = {node: n for n, node in enumerate(seen.graph.nodes)}
    assert all(place[parent] < n for node, n in place.items() for parent in node.parents)
    members = [call for family in range(len(seen.families)) for call in seen.members(family)]
    assert len(members) == len(set(members))
    for family in range(len(seen.families)):
        assert len({seen.outer[call] for call in seen.members(family)}) == 1
        for call in seen.members(family):
            places = [place[node] for node in seen.contents[call] if node.parents]
            assert places == list(range(places[0], places[-1] + 1))


@pytest.mark.parametrize("name", with_families())
def test_leaves_are_at_home_with_all_that_use_them(name):
    seen = Seen(with_families()[name])
    users = {}
    for node in seen.graph.nodes:
        for parent in node.parents:
            users.setdefault(parent, []).append(node)
    for family in range(len(seen.families)):
        for call in seen.members(family):
            for leaf in seen.graph.leaves:
                assert seen.is_in(leaf, call) == all(seen.is_in(user, call) for user in users[leaf])
