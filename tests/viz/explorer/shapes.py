"""Graphs of many shapes, from a single node to a small GPT: what an explorer may be asked to show."""

import math
import random

from autograd import Value, softmax, where
from benchmarks import gpt
from nn import MLP, mse_loss


def leaf_terms(count):
    return [Value(0.01 * i, f"x{i}") for i in range(count)]


def chain():
    y = Value(0.5, "x")
    for _ in range(80):
        y = y.tanh()
    return y


def tree():
    level = [Value(1 + 0.01 * i, f"x{i}") for i in range(64)]
    while len(level) > 1:
        level = [a * b for a, b in zip(level[::2], level[1::2], strict=True)]
    return level[0]


def wide_sum():
    return sum(leaf_terms(60))


def many_leaves():
    """Twelve sums of twelve leaves each, multiplied."""
    result = Value(1.0, "one")
    for group in range(12):
        result = result * sum(Value(0.1 * i, f"x{group}_{i}") for i in range(12)).sigmoid()
    return result


def deep_network():
    model = MLP(3, [4] * 12 + [1], seed=0)
    return mse_loss([model([Value(0.1 * i, f"x{i}") for i in range(3)])], [Value(1.0, "t")]), model


def batch():
    model = MLP(2, [3, 1], seed=0)
    rows = [[Value(0.1 * i, f"a{i}"), Value(0.2 * i, f"b{i}")] for i in range(8)]
    return mse_loss([model(row) for row in rows], [Value(1.0)] * len(rows)), model


def transformer():
    """One head of attention over three positions of four numbers, and a layer behind it; all in scalars."""
    draw = random.Random(0)
    size, positions = 4, 3

    def matrix(name):
        return [[Value(draw.gauss(0, 0.5), f"{name}{i}{j}") for j in range(size)] for i in range(size)]

    def times(rows, x):
        return [sum(w * a for w, a in zip(row, x, strict=True)) for row in rows]

    query, key, value, layer = (matrix(name) for name in "qkvl")
    embedded = [[Value(draw.gauss(0, 1), f"e{t}{i}") for i in range(size)] for t in range(positions)]
    keys, values = [times(key, x) for x in embedded], [times(value, x) for x in embedded]
    loss = Value(0.0, "zero")
    for t, x in enumerate(embedded):
        asked = times(query, x)
        scores = [sum(a * b for a, b in zip(asked, keys[s], strict=True)).exp() for s in range(t + 1)]
        total = sum(scores)
        mixed = [sum(scores[s] / total * values[s][i] for s in range(t + 1)) for i in range(size)]
        loss = loss - sum(times(layer, mixed)).sigmoid().log()
    return loss


def pendulum():
    angle, speed, gravity, dt = Value(1.0, "θ"), Value(0.0, "ω"), Value(9.81, "g"), Value(0.01, "dt")
    for _ in range(200):
        speed = speed - dt * gravity * angle.sin()
        angle = angle + dt * speed
    return angle


def one_node():
    return Value(2.5, "x")


def two_nodes():
    return Value(0.5, "x").tanh()


def diamond():
    x = Value(0.5, "x")
    return x.sin() * x.cos()


def long_labels():
    names = ["the first of two factors, with a name that is very long " * 3, "weight" * 30, "ω" * 200]
    a, b, c = (Value(0.5, name) for name in names)
    return a * b + c


def only_a_constant():
    return Value(3.0)


def narrow_then_wide():
    y = Value(0.5, "x")
    for _ in range(40):
        y = y.tanh()
    return sum(y * Value(0.1 * i, f"w{i}") for i in range(40))


def wide_neuron():
    draw = random.Random(0)
    return sum(Value(draw.gauss(0, 1), f"w{i}") * Value(draw.random(), f"x{i}") for i in range(784)).tanh()


def nested_modules():
    model = MLP(4, [8, 8, 1], seed=0)
    return mse_loss([model([Value(0.1 * i, f"x{i}") for i in range(4)])], [Value(1.0, "t")]), model


def choices():
    x = Value(0.3, "x")
    for i in range(12):
        x = where(x > 0.1 * i, x * 1.1, x + Value(0.1, f"step {i}")).relu()
    return x


def sum_of_2000():
    return sum(leaf_terms(2000))


def random_graph():
    draw = random.Random(0)
    nodes = [Value(draw.random(), f"x{i}") for i in range(8)]
    for _ in range(200):
        a, b = draw.sample(nodes[-30:], 2)
        nodes.append((a * b).tanh() if draw.random() < 0.5 else a + b)
    return nodes[-1]


def recurrent_network():
    draw = random.Random(0)
    weights = [[Value(draw.gauss(0, 1 / math.sqrt(3)), f"w{i}{j}") for j in range(3)] for i in range(3)]
    state = [Value(0.0, f"h{i}") for i in range(3)]
    for t in range(20):
        x = Value(draw.random(), f"x{t}")
        state = [(sum(w * h for w, h in zip(row, state, strict=True)) + x).tanh() for row in weights]
    return sum(state)


def plain_network():
    """What a learner writes first: three layers of lists of Values."""
    draw = random.Random(0)
    x = [Value(0.5, "x1"), Value(-1.0, "x2")]
    for outputs in (4, 4, 1):
        rows = [[Value(draw.gauss(0, 0.5)) for _ in range(len(x) + 1)] for _ in range(outputs)]
        sums = [sum(w * x_i for w, x_i in zip(w, x, strict=True)) + b for *w, b in rows]
        x = [each.tanh() for each in sums]
    return (x[0] - 1.0) ** 2


def plain_gpt():
    """The mean cross-entropy of three positions, the fewest that are a family, of the GPT of the benchmarks."""
    draw = random.Random(0)
    w = {
        name: [[Value(draw.gauss(0, 0.2)) for _ in range(columns)] for _ in range(rows)]
        for name, (rows, columns) in gpt.shapes(letters=6).items()
    }
    logits = gpt.gpt(w, [w["token"][letter] for letter in (3, 1, 4)], softmax)
    return -sum(softmax(each)[letter].log() for each, letter in zip(logits, (1, 4, 1), strict=True)) / 3


SHAPES = [
    chain, tree, wide_sum, many_leaves, deep_network, batch, transformer, pendulum, one_node, two_nodes,
    diamond, long_labels, only_a_constant, narrow_then_wide, wide_neuron, nested_modules, choices, sum_of_2000,
    random_graph, recurrent_network, plain_network, plain_gpt,
]  # fmt: skip
