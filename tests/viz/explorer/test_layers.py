"""Layers in plain scalars: which operations and leaves are in which call, by how the test made them."""

import random
from collections import Counter
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

import nn
from autograd import Value, dot, log_softmax, maximum, scope, softmax, topological_order
from benchmarks import gpt
from viz.explorer.graph import Graph, order_of_calls
from viz.graph.visible import module_calls

from .test_families import by_hand, pendulum, transformer, unpack


class Calls:
    """The calls of a graph: of each what is in it."""

    def __init__(self, root, parameters=None):
        self.graph = Graph(root, parameters)
        self.packed = self.graph.packed()
        self.names = self.packed["calls"]
        self.outer = [call - 1 for call in unpack(self.packed["outer"])]
        self.home = dict(zip(self.graph.nodes, [call - 1 for call in unpack(self.packed["home"])], strict=True))

    def path(self, node):
        """The names of the calls around a node, the innermost last."""
        path, call = [], self.home[node]
        while call >= 0:
            path.insert(0, self.names[call])
            call = self.outer[call]
        return path

    def right_in(self, call=-1):
        """The names of the calls right in one, in the order in which they are computed."""
        found = {}
        for node in self.graph.nodes:
            inner = self.home[node]
            while inner >= 0 and self.outer[inner] != call:
                inner = self.outer[inner]
            if inner >= 0 and node.parents:
                found[inner] = self.names[inner]
        return list(found.values())

    def of(self, *names):
        """The calls of such a path."""
        return [call for call in range(len(self.names)) if self.path_of(call) == list(names)]

    def path_of(self, call):
        path = []
        while call >= 0:
            path.insert(0, self.names[call])
            call = self.outer[call]
        return path

    def loose(self, call=-1):
        """The operations right in a call."""
        return Counter(node.op for node in self.graph.nodes if node.parents and self.home[node] == call)


def draws(seed=0):
    generator = random.Random(seed)
    return lambda: Value(generator.gauss(0.0, 1.0))


def matrix(rows, columns, draw):
    return [[draw() for _ in range(columns)] for _ in range(rows)]


# ------------------------------------------------------------------------------------------- ways to write a neuron


def by_sum(row, x, b):
    return sum((w_i * x_i for w_i, x_i in zip(row, x, strict=True)), b)


def bias_last(row, x, b):
    return sum(w_i * x_i for w_i, x_i in zip(row, x, strict=True)) + b


def by_a_loop(row, x, b):
    y = 0.0
    for i in range(len(x)):
        y += x[i] * row[i]
    return y + b


def bias_first(row, x, b):
    y = b
    for w_i, x_i in zip(row, x, strict=True):
        y = y + w_i * x_i
    return y


def by_numpy(row, x, b):
    return np.array(row, dtype=object) @ np.array(x, dtype=object) + b


def by_dot(row, x, b):
    return dot(row, x) + b


def to_the_right(row, x, b):
    y = b
    for w_i, x_i in zip(reversed(row), reversed(list(x)), strict=True):
        y = w_i * x_i + y
    return y


STYLES = [by_sum, bias_last, by_a_loop, bias_first, by_numpy, by_dot, to_the_right]


class Network:
    """An MLP in lists of lists: of each layer its weights, biases, and what it gave for the last row."""

    def __init__(self, sizes, style, activation, draw):
        self.style, self.activation = style, activation
        self.w = [matrix(m, n, draw) for n, m in pairwise(sizes)]
        self.b = [[draw() for _ in rows] for rows in self.w]
        self.outputs = []

    def __call__(self, x):
        self.outputs = []
        for number, (w, b) in enumerate(zip(self.w, self.b, strict=True), 1):
            x = [self.style(row, x, b_i) for row, b_i in zip(w, b, strict=True)]
            if number < len(self.w):
                x = [getattr(each, self.activation)() for each in x]
            self.outputs.append(x)
        return x


def name_of_layer(w, activation=""):
    sizes = f"{len(w[0])} → {len(w)}"
    return f"layer {sizes}, {activation}" if activation else f"linear {sizes}"


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("inputs", ["leaves", "numbers"])
@pytest.mark.parametrize("seed", range(3))
def test_each_neuron_of_a_network_by_hand_has_its_own_weights(style, inputs, seed):
    generator, draw = random.Random(seed), draws(seed)
    sizes = [generator.randint(2, 5) for _ in range(generator.randint(3, 4))] + [generator.randint(1, 3)]
    activation = generator.choice(["tanh", "relu", "sigmoid"])
    network = Network(sizes, style, activation, draw)
    x = [draw() if inputs == "leaves" else generator.random() + 0.5 for _ in range(sizes[0])]
    calls = Calls(sum((y - 1.5) ** 2 for y in network(x)))
    last = len(network.w)
    for n, (w, b, outputs) in enumerate(zip(network.w, network.b, network.outputs, strict=True), 1):
        layer = name_of_layer(w, activation if n < last else "")
        for k, (row, bias, output) in enumerate(zip(w, b, outputs, strict=True), 1):
            expected = ["MLP", layer, f"neuron {k}"]
            assert calls.path(output) == expected
            assert {tuple(calls.path(leaf)) for leaf in [*row, bias]} == {tuple(expected)}
            operations = [node for node in calls.home if node.parents and calls.home[node] == calls.home[output]]
            taken = {parent for node in operations for parent in node.parents}
            assert taken.issuperset([*row, bias])
            before = network.outputs[n - 2] if n > 1 else [each for each in x if isinstance(each, Value)]
            assert {node for node in taken if node.parents} - set(operations) == set(before if n > 1 else [])
            assert taken.issuperset(before)
    assert calls.right_in()[0] == "MLP"
    assert not calls.packed["attention"]


@pytest.mark.parametrize("style", STYLES)
def test_the_rows_of_a_batch_have_equal_layers(style):
    network, draw = Network([2, 3, 2, 1], style, "tanh", draws()), draws(1)
    losses = [(network([draw(), draw()])[0] - draw()) ** 2 for _ in range(4)]
    calls = Calls(sum(losses) / 4)
    [family] = calls.packed["families"]
    assert (family["kind"], family["alike"]) == ("rows", True)
    for row in unpack(family["members"]):
        assert calls.right_in(row) == ["MLP"]
        assert calls.loose(row) == Counter({"-": 1, "**": 1})
    assert {calls.home[w] for w in network.w[0][0]} == {-1}  # what all rows use is in none of them


def test_of_two_leaves_what_was_chosen_as_parameter_is_the_weight():
    draw = draws()
    w, x = matrix(2, 2, draw), [draw(), draw()]
    outputs = [x[0] * row[0] + row[1] * x[1] for row in w]
    calls = Calls(outputs[0] * outputs[1], [leaf for row in w for leaf in row])
    assert calls.path(w[1][0]) == ["linear 2 → 2", "neuron 2"]
    assert calls.path(x[0]) == ["linear 2 → 2"]


def test_without_an_activation_between_them_layers_are_no_mlp():
    draw = draws()
    hidden = [bias_last(row, [draw().sin(), draw().sin()], draw()) for row in matrix(1, 2, draw)]
    assert Calls(hidden[0]).names == []
    x = [draw().sin(), draw().sin()]
    hidden = [bias_last(row, x, draw()) for row in matrix(3, 2, draw)]
    calls = Calls(sum(bias_last(row, hidden, draw()) for row in matrix(2, 3, draw)))
    assert calls.right_in() == ["linear 2 → 3", "linear 3 → 2"]


def test_the_square_of_relu_and_a_maximum_with_zero_belong_to_the_neuron():
    draw = draws()
    x = [draw().sin(), draw().sin()]
    squared = [bias_last(row, x, draw()).relu() ** 2 for row in matrix(2, 2, draw)]
    clipped = [maximum(bias_last(row, squared, draw()), 0.0) for row in matrix(2, 2, draw)]
    calls = Calls(sum(bias_last(row, clipped, draw()).exp() for row in matrix(2, 2, draw)))
    assert calls.right_in() == ["MLP"]
    [network] = calls.of("MLP")
    assert calls.right_in(network) == ["layer 2 → 2, relu ^ 2", "layer 2 → 2, relu", "linear 2 → 2"]


# --------------------------------------------------------------------------------------------------------- transformers

DEEP = 4  # layers: of fewer none is a turn
LETTERS = (1, 4, 1, 5)  # that come next


@pytest.fixture(scope="module")
def calls_of_transformer():
    """A function of the layers and the tokens; what it gives is not to be changed."""

    @cache
    def calls(layers, tokens):
        with pytest.MonkeyPatch.context() as patch:
            return Calls(by_hand(transformer(layers, tokens, patch)[0], LETTERS[: len(tokens)]))

    return calls


def test_a_position_is_an_embedding_norms_attention_and_an_mlp(monkeypatch):
    logits, w = transformer(1, (3, 1, 4, 1), monkeypatch)
    calls = Calls(by_hand(logits, (1, 4, 1, 5)))
    [family] = calls.packed["families"]
    block = ["attention", "residual", "norm", "MLP", "residual"]
    positions = unpack(family["members"])
    for t, position in enumerate(positions, 1):
        names = calls.right_in(position)
        assert names == ["embedding", "norm", *block, "norm", "linear 8 → 6", "cross-entropy"]
        assert calls.loose(position) == Counter()
        [attention] = calls.of(f"position {t}", "attention")
        assert calls.right_in(attention) == ["query 8 → 8", "key 8 → 8", "value 8 → 8", "linear 8 → 8"]
        [each] = [each for each in calls.packed["attention"] if each["call"] == attention]
        weights = unpack(each["weights"])
        assert (each["rows"], each["columns"], len(weights)) == (2, t, 2 * t)
        rows = np.reshape([calls.graph.nodes[node - 1].data for node in weights], (2, t))
        assert rows.sum(axis=1) == pytest.approx(1.0)
        assert (rows > 0).all()
    assert [each["call"] for each in calls.packed["attention"]] == sorted(
        each["call"] for each in calls.packed["attention"]
    )
    for k, output in enumerate(logits[2], 1):
        assert calls.path(output) == ["position 3", "linear 8 → 6", f"neuron {k}"]
    assert {calls.home[leaf] for leaf in w["query"][0]} == {-1}


def test_the_weights_of_attention_are_in_the_order_of_heads_and_positions():
    """Written out: two heads of one number each, so that each weight is known."""
    draw = draws()
    wq, wk, wv, mix = (matrix(2, 2, draw) for _ in range(4))
    xs = [[draw().sin(), draw().sin()] for _ in range(3)]
    keys, values = ([[by_sum(row, x, 0.0) for row in w] for x in xs] for w in (wk, wv))
    weights, losses = [], []
    for t, x in enumerate(xs):
        query = [by_sum(row, x, 0.0) for row in wq]
        heads = [softmax([query[h] * keys[s][h] for s in range(t + 1)]) for h in range(2)]
        mixed = [sum(heads[h][s] * values[s][h] for s in range(t + 1)) for h in range(2)]
        weights.append(heads)
        losses.append(sum(by_sum(row, mixed, 0.0).tanh() for row in mix))
    calls = Calls(sum(losses))
    assert [family["kind"] for family in calls.packed["families"]] == ["positions"]
    by_call = {each["call"]: each for each in calls.packed["attention"]}
    for t, heads in enumerate(weights, 1):
        [call] = calls.of(f"position {t}", "attention")
        nodes = [calls.graph.nodes[node - 1] for node in unpack(by_call[call]["weights"])]
        assert nodes == [weight for head in heads for weight in head]


@pytest.mark.parametrize("tokens", [(3,), (3, 1)])
def test_attention_of_less_than_three_positions_is_one_call(tokens, calls_of_transformer):
    calls = calls_of_transformer(1, tokens)
    assert calls.packed["families"] == []
    [each] = calls.packed["attention"]
    cells = np.reshape(unpack(each["weights"]), (each["rows"], each["columns"]))
    assert cells.shape == (2 * len(tokens), len(tokens))
    assert (cells == 0).sum() == (2 if len(tokens) == 2 else 0)
    assert calls.loose().total() == len(tokens) + 2  # the mean: a sum from 0, its sign, and a quotient


def test_the_layers_of_a_deep_transformer_have_attention_each(calls_of_transformer):
    calls = calls_of_transformer(DEEP, (3, 1, 4))
    families = calls.packed["families"]
    assert [(family["kind"], family["alike"]) for family in families] == [("positions", False)] + 3 * [("turns", True)]
    assert len(calls.packed["attention"]) == 3 * DEEP
    block = ["norm", "attention", "residual", "norm", "MLP", "residual"]
    for family in families[1:]:
        for turn in unpack(family["members"]):
            assert calls.right_in(turn) == block
            assert calls.loose(turn) == Counter()
    for position in unpack(families[0]["members"]):
        turns = [f"turn {turn}" for turn in range(1, DEEP + 1)]
        assert calls.right_in(position) == ["embedding", *turns, "norm", "linear 8 → 6", "cross-entropy"]
    assert {tuple(calls.path_of(each["call"])[1:]) for each in calls.packed["attention"]} == {
        (f"turn {turn}", "attention") for turn in range(1, DEEP + 1)
    }


@pytest.mark.parametrize(("width", "heads", "letters"), [(4, 2, 3), (6, 3, 5), (8, 1, 4)])
def test_a_transformer_whose_softmax_is_written_by_hand(width, heads, letters, monkeypatch):
    monkeypatch.setattr(gpt, "WIDTH", width)
    monkeypatch.setattr(gpt, "HEADS", heads)
    draw = draws()
    w = {name: matrix(rows, columns, draw) for name, (rows, columns) in gpt.shapes(letters).items()}
    logits = gpt.gpt(w, [w["token"][letter] for letter in (2, 0, 1)], exponentials_of_a_difference)
    losses = [-exponentials_of_a_difference(each)[letter].log() for each, letter in zip(logits, (0, 1, 2), strict=True)]
    calls = Calls(sum(losses) / len(losses))
    [family] = calls.packed["families"]
    for t, position in enumerate(unpack(family["members"]), 1):
        block = ["attention", "residual", "norm", "MLP", "residual", "norm", f"linear {width} → {letters}"]
        assert calls.right_in(position) == ["embedding", "norm", *block, "cross-entropy"]
        [attention] = calls.of(f"position {t}", "attention")
        [each] = [each for each in calls.packed["attention"] if each["call"] == attention]
        assert (each["rows"], each["columns"]) == (heads, t)
        neurons = {
            name: [set() for _ in range(width)] for name in ("query", "key", "value", "linear")
        }  # of each matrix in attention: the weights of each neuron
        for node, call in calls.home.items():
            names = calls.path_of(call)
            if node.parents and len(names) == 4 and names[:2] == [f"position {t}", "attention"]:
                neurons[names[2].split()[0]][int(names[3].split()[1]) - 1].update(node.parents)
        for name, matrix_name in (("query", "query"), ("key", "key"), ("value", "value"), ("linear", "mix")):
            assert all(taken.issuperset(row) for taken, row in zip(neurons[name], w[matrix_name], strict=True))


def scaled_by_hand(x, gains, shifts):
    mean = sum(x) / len(x)
    variance = sum((x_i - mean) ** 2 for x_i in x) / len(x)
    deviation = (variance + 1e-5) ** 0.5
    return [g * (x_i - mean) / deviation + b for x_i, g, b in zip(x, gains, shifts, strict=True)]


def centred_once(x, gains, shifts):
    mean = sum(x) / len(x)
    centred = [x_i - mean for x_i in x]
    scale = (sum(c * c for c in centred) / len(x) + 1e-5) ** -0.5
    return [c * scale * g + b for c, g, b in zip(centred, gains, shifts, strict=True)]


def root_mean_square(x, gains, shifts):
    scale = (sum(x_i * x_i for x_i in x) / len(x) + 1e-5) ** -0.5
    return [x_i * scale for x_i in x]


@pytest.mark.parametrize("norm", [centred_once, root_mean_square, scaled_by_hand])
def test_normalizations_with_gains_and_shifts(norm):
    draw = draws()
    x = [draw().sin() for _ in range(4)]
    normed = norm(x, [draw() for _ in x], [draw() for _ in x])
    calls = Calls(sum(each.exp() for each in normed))
    assert calls.right_in() == ["norm"]
    assert {tuple(calls.path(each)) for each in normed} == {("norm",)}
    assert calls.loose() == Counter({"sin": 4, "exp": 4, "+": 4})


def exponentials_of_a_difference(scores):
    largest = max(score.data for score in scores)
    exponentials = [(score - largest).exp() for score in scores]
    total = sum(exponentials)
    return [each / total for each in exponentials]


@pytest.mark.parametrize("probabilities", [softmax, exponentials_of_a_difference])
def test_the_cross_entropy_of_a_softmax(probabilities):
    draw = draws()
    logits = [bias_last(row, [draw().sin(), draw().sin()], draw()) for row in matrix(4, 2, draw)]
    calls = Calls(-probabilities(logits)[2].log())
    assert calls.right_in() == ["cross-entropy"]
    calls = Calls(-log_softmax(logits)[2])
    assert calls.right_in() == ["cross-entropy"]


# ------------------------------------------------------------------------------------------ what has no layers


def not_layers():
    draw, generator = draws(), random.Random(0)
    x = [draw() for _ in range(3)]
    nodes = [draw() for _ in range(20)]
    for _ in range(400):
        a, b = generator.sample(nodes[-15:], 2)
        nodes.append((a * b).tanh() if generator.random() < 0.5 else a + b)
    model = nn.MLP(3, [4, 4, 2], "relu", seed=0)
    shared = draw()
    return {
        "one neuron": bias_last([draw() for _ in x], x, draw()).tanh(),
        "a pendulum": pendulum(50),
        "a random graph": nodes[-1],
        "modules": nn.cross_entropy(model(x), 1),
        "their loss": nn.mse_loss(model(x), [0.0, 1.0]),
        "neurons with a weight in common": sum((shared * x[0].sin() + draw() * x[1].sin()).tanh() for _ in range(3)),
        "a mixture": sum(p * x_i.cos() for p, x_i in zip(softmax([each.sin() for each in x]), x, strict=True)),
        "probabilities": sum(p * p for p in softmax([each.sin() for each in x])),
    }


@pytest.mark.parametrize("name", not_layers())
def test_what_has_no_layers_has_the_calls_of_the_user_alone(name):
    root = not_layers()[name]
    calls = Calls(root)
    members = sum(len(unpack(family["members"])) for family in calls.packed["families"])
    of_user = {call for call in module_calls(topological_order(root)).values() if call is not None}
    outer = {around for call in of_user if (around := call.outer)}
    assert len(calls.names) == members + len(of_user | outer | {o.outer for o in outer if o.outer})
    assert calls.packed["attention"] == []


def test_a_call_of_the_user_that_is_a_layer_stays_the_only_one():
    draw = draws()
    x = [draw().sin(), draw().sin()]
    with scope("my layer"):
        outputs = [bias_last(row, x, draw()).tanh() for row in matrix(3, 2, draw)]
    calls = Calls(sum(outputs))
    assert [calls.path(output) for output in outputs] == [["my layer", f"neuron {k}"] for k in (1, 2, 3)]


def test_a_scope_of_attention_has_the_weights(monkeypatch):
    monkeypatch.setattr(gpt, "attention", scope("my attention")(gpt.attention))
    calls = Calls(by_hand(transformer(1, (3, 1, 4), monkeypatch)[0], (1, 4, 1)))
    names = {calls.path_of(each["call"])[1] for each in calls.packed["attention"]}
    assert names == {"my attention"}


# --------------------------------------------------------------------------------------------------------------- laws


@pytest.mark.parametrize("layers", [1, 2, DEEP])
@pytest.mark.parametrize("tokens", [(3,), (3, 1), (3, 1, 4)])
def test_calls_are_in_one_piece_and_in_the_order_of_the_graph(layers, tokens, calls_of_transformer):
    graph = calls_of_transformer(layers, tokens).graph
    root = graph.nodes[-1]
    place = {node: n for n, node in enumerate(graph.nodes)}
    assert all(place[parent] < n for node, n in place.items() for parent in node.parents)
    assert set(pieces_of_calls(graph).values()) == {1}
    assert graph.nodes == order_of_calls(topological_order(root), graph.homes)


def pieces_of_calls(graph):
    """In how many pieces the operations of each call stand."""
    pieces, before = Counter(), set()
    for node in graph.nodes:
        around, call = set(), graph.homes[node] if node.parents else None
        while call is not None:
            around.add(call)
            call = call.outer
        pieces.update(around - before)
        before = around
    return pieces


OPERATIONS = [
    lambda a, b, c, d: [a * c],
    lambda a, b, c, d: [a + c, a * b + d],
    lambda a, b, c, d: [a / (b * b + 1.0), (a * a + c * c + 1.0) ** -0.5],
    lambda a, b, c, d: softmax([a * c, b, d]),
    lambda a, b, c, d: [dot([a, b], [c, d]), a + b + c],
    lambda a, b, c, d: [a.tanh(), c.relu(), a - d],
]


@pytest.mark.parametrize("seed", range(40))
def test_whatever_a_graph_consists_of_its_calls_are_in_one_piece(seed):
    generator = random.Random(seed)
    pick = generator.choice
    nodes = [Value(generator.gauss(0.0, 1.0)) for _ in range(generator.randint(2, 12))]
    for _ in range(120):
        nodes += pick(OPERATIONS)(*[pick(nodes[-12:]) for _ in range(2)], pick(nodes), pick(nodes))
    graph = Graph(nodes[-1])
    graph.packed()
    place = {node: n for n, node in enumerate(graph.nodes)}
    assert all(place[parent] < n for node, n in place.items() for parent in node.parents)
    assert set(pieces_of_calls(graph).values()) <= {1}


def test_what_a_layer_gives_is_added_up_or_shifted_and_that_is_no_residual():
    draw = draws()
    x = [draw().sin(), draw().sin()]
    outputs = [by_sum(row, x, draw()).tanh() for row in matrix(3, 2, draw)]
    assert Calls(sum(outputs)).right_in() == ["layer 2 → 3, tanh"]
    assert Calls(sum((y + 1.0).exp() for y in outputs)).right_in() == ["layer 2 → 3, tanh"]


@pytest.mark.parametrize("x", [[0.3, 0.7], [Value(0.3), Value(0.7)]], ids=["numbers", "leaves"])
def test_what_goes_around_a_layer_may_be_plain_numbers(x):
    draw = draws()
    outputs = [by_sum(row, x, draw()).tanh() for row in matrix(2, 2, draw)]
    first, second = [y + each for y, each in zip(outputs, x, strict=True)]
    calls = Calls(first.exp() * second)
    assert calls.right_in() == ["layer 2 → 2, tanh", "residual"]


def test_layers_that_use_each_others_results_are_none():
    draw = draws()
    inputs = [draw().sin(), draw().sin()], [draw().sin(), draw().sin()]
    (a, b), (c, d) = ([by_sum(row, x, 0.0) for row in matrix(2, 2, draw)] for x in inputs)
    first = a + draw().sin()
    third = c + first.exp()
    fourth = d + draw().sin()
    second = b + fourth.exp()
    calls = Calls(first * second.tanh() * third.sin() * fourth)
    assert calls.names == []
    place = {node: n for n, node in enumerate(calls.graph.nodes)}
    assert all(place[parent] < n for node, n in place.items() for parent in node.parents)


# --------------------------------------------------------------------------------------------- what takes no time


def test_numbers_that_are_added_to_themselves_again_and_again_are_looked_at_once():
    draw = draws()
    x = [draw(), draw()]
    for _ in range(60):  # 2⁶⁰ ways to the leaves
        x = [each + each for each in x]
    calls = Calls(sum(by_sum(row, x, draw()).tanh() for row in matrix(2, 2, draw)))
    assert calls.right_in() == ["embedding", "layer 2 → 2, tanh"]


def test_what_shares_a_sum_with_an_embedding_is_none():
    draw = draws()
    first = [draw() + draw(), draw() + draw()]
    second = [first[0] + draw(), first[1] + draw()]
    calls = Calls(sum(by_sum(row, x, draw()).tanh() for x in (first, second) for row in matrix(2, 2, draw)))
    assert calls.right_in().count("embedding") == 1


def test_what_stands_far_apart_is_left_alone_rather_than_looked_through_again_and_again():
    draw = draws()
    x = [draw().sin() for _ in range(400)]
    pairs = [(x[k], x[-1 - k]) for k in range(200)]
    sums = [
        [by_sum(row, pair, 0.0) + other for row, other in zip(matrix(2, 2, draw), pair, strict=True)] for pair in pairs
    ]
    calls = Calls(sum(a.sin() for a, _ in sums) + sum(b.sin() for _, b in sums))
    assert 0 < calls.right_in().count("residual") < 200
    assert calls.right_in().count("linear 2 → 2") == 200
