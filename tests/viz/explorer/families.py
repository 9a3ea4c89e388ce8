"""Graphs with families, written by hand: rows of a batch, turns of a loop, positions that are not alike."""

import re
from types import SimpleNamespace

from autograd import Value, scope, softmax
from nn import MLP
from viz.explorer import explore
from viz.explorer.graph import pack


def with_families(explorer, **families):
    """The explorer with families of the calls of some names, those in no other call of such a name.

    For each kind the name of one member, and a pattern of the names of calls: turns=("step", r"turn \\d+").
    """
    packed, graph = explorer._packed, explorer.graph
    calls, _ = graph._calls()
    packed["families"] = []
    for kind, (name, pattern) in families.items():
        members = [call for call in calls if re.fullmatch(pattern, call.name)]
        groups = {}
        for call in members:
            if not any(around in members for around in _around(call)):
                groups.setdefault(call.outer, []).append(calls[call])
        packed["families"] += [
            {
                "kind": kind,
                "name": name,
                "members": pack(group),
                "alike": kind != "positions",
                "weight": 1 / len(group) if kind == "rows" else None,
            }
            for group in groups.values()
        ]
    return explorer


def _around(call):
    while call.outer is not None:
        call = call.outer
        yield call


def pendulum(turns=200):
    """The angle at the end, squared: each turn takes angle and speed from the one before."""
    damping, angle, speed = Value(0.3, "damping"), Value(0.5, "angle"), Value(0.1, "speed")
    for turn in range(turns):
        with scope(f"turn {turn + 1}"):
            speed = speed + 0.1 * (-damping * speed - angle.sin())
            angle = angle + 0.1 * speed
    root = angle * angle
    root.label = "L"
    return SimpleNamespace(
        root=root, leaves=[damping], explorer=with_families(explore(root, [damping]), turns=("step", r"turn \d+"))
    )


def batch(rows=100, sizes=(3, 1), label="loss"):
    """The mean loss of a small network over rows: (x, y) are those of each row, and their losses."""
    model = MLP(2, list(sizes), activation="tanh", seed=1)
    losses = []
    for row in range(rows):
        with scope(f"row {row + 1}"):
            x = [Value(0.1 * row - 0.3, "x₁"), Value((row % 7) * 0.2 - 0.5, "x₂")]
            difference = model(x) - Value(float(row % 2), "target")
            loss = difference * difference
            loss.label = label
            losses.append(loss)
    root = sum(losses[1:], losses[0]) * (1 / rows)
    root.label = "L"
    return SimpleNamespace(
        root=root, losses=losses, model=model, explorer=with_families(explore(root, model), rows=("row", r"row \d+"))
    )


def positions(count=6):
    """Each position weighs those up to it: the members are not alike."""
    keys = [Value(0.3 * k - 0.5, f"k{k + 1}") for k in range(count)]
    outputs = []
    for k in range(count):
        with scope(f"position {k + 1}"):
            weights = [(keys[k] * key).exp() for key in keys[: k + 1]]
            total = weights[0]
            for weight in weights[1:]:
                total = total + weight
            outputs.append(weights[-1] / total)
    root = outputs[0]
    for output in outputs[1:]:
        root = root * output
    root.label = "p"
    return SimpleNamespace(root=root, explorer=with_families(explore(root), positions=("position", r"position \d+")))


def attention(count=4, heads=2):
    """Each position weighs those up to it, by each head: an attention in every position, found as Python would."""
    keys = [[Value(0.3 * k - 0.4 * head, f"k{k + 1}") for k in range(count)] for head in range(heads)]
    outputs, weights = [], []
    for k in range(count):
        with scope(f"position {k + 1}"), scope("attention"):
            found = [softmax([own[k] * key for key in own[: k + 1]]) for own in keys]
            mixed = [sum(map(Value.__mul__, row, own)) for row, own in zip(found, keys, strict=True)]
        weights.append(found)
        outputs.append(sum(mixed))
    root = sum(outputs)
    explorer = with_families(explore(root), positions=("position", r"position \d+"))
    calls, _ = explorer.graph._calls()
    numbers = {node: number for number, node in enumerate(explorer.graph.nodes)}
    attentions = [number for call, number in calls.items() if call.name == "attention"]
    explorer._packed["attention"] = [
        {
            "call": call,
            "weights": pack([numbers[weight] + 1 for row in found for weight in row]),
            "rows": heads,
            "columns": position + 1,
        }
        for position, (call, found) in enumerate(zip(attentions, weights, strict=True))
    ]
    return SimpleNamespace(root=root, keys=keys, weights=weights, explorer=explorer)
