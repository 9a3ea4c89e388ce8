"""What works with Python's standard library alone: asked in a Python that has nothing else, and in Pyodide.

This file is run there as it is, with `autograd`, `nn` and `viz` on the path; `facts()` gives what it found as JSON.
"""

import doctest
import importlib
import json
import math
import random
import sys
import tempfile
import warnings
from importlib.util import find_spec
from pathlib import Path

import autograd
import nn
import viz
from autograd import GradcheckError, Value, grad, gradcheck, hessian, jacobian

ELSEWHERE = ("numpy", "graphviz", "tqdm", "threadpoolctl", "PIL", "safetensors", "wasmtime", "matplotlib", "IPython")
WITH_EXAMPLES = (
    "autograd.anomaly", "autograd.differentiation", "autograd.functions", "autograd.looping", "autograd.markup",
    "autograd.numerical", "autograd.recording", "autograd.value", "autograd.walks", "nn.activations", "nn.history",
    "nn.losses", "nn.mlp", "nn.module", "nn.perceptron", "nn.support.charts", "nn.support.lists", "viz.explorer.graph",
    "viz.explorer.javascript", "viz.graph.colours", "viz.graph.plain", "viz.graph.visible",
)  # fmt: skip
LOSSES = [0.75, 0.5, 0.25]


def moons(rows):
    """Points of two half circles, one in the other's arms, around 0; and which of the two each is of."""
    noise = random.Random(0)
    for i in range(rows):
        angle, side = math.pi * i / rows, i % 2
        x, y = (math.cos(angle), math.sin(angle)) if side == 0 else (1 - math.cos(angle), 0.5 - math.sin(angle))
        yield [2 * x - 1 + noise.gauss(0, 0.1), 2 * y - 0.5 + noise.gauss(0, 0.1)], side


def trained_by_hand():
    """The losses of a small network before and after, and how many of 20 rows it gets right."""
    X, y = zip(*moons(20), strict=True)
    model, losses = nn.MLP(2, [6, 1], "tanh", seed=1), []
    for _ in range(90):
        loss = nn.binary_cross_entropy_with_logits([model(x) for x in X], y)
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= 2.0 * p.grad
        losses.append(loss.data)
    right = sum((model(x).data > 0) == (target > 0) for x, target in zip(X, y, strict=True))
    return [losses[0], losses[-1], right]


def of_losses():
    """The gradient of each loss of nn, of two rows."""
    found = {}
    for name, loss in nn.LOSSES.items():
        first, second = [Value(0.25), Value(0.75)], [Value(0.5), Value(0.5)]
        of_classes = name in ("cross_entropy", "categorical_cross_entropy")
        loss([first, second] if of_classes else first, [-1, 1] if name == "hinge" else [0, 1]).backward()
        found[name] = [leaf.grad for leaf in first]
    return found


def refused(call):
    """The error of a call, in its words."""
    try:
        call()
    except Exception as error:  # noqa: BLE001  whatever it is, it is told
        return f"{type(error).__name__}: {error}"
    return None


def not_converged():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        nn.Perceptron(2, seed=0).fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], epochs=3)
    return [warning.category.__name__ for warning in caught]


def wrong_examples():
    """The modules whose examples do not give what stands there."""
    results = {name: doctest.testmod(importlib.import_module(name)) for name in WITH_EXAMPLES}
    assert all(result.attempted for result in results.values()), results
    return [name for name, result in results.items() if result.failed]


def facts():
    warnings.simplefilter("error")
    folder = Path(tempfile.mkdtemp())
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    y = (a * b + 5.0).tanh()
    y.backward()
    model, chain = nn.MLP(2, [2, 1], seed=0), Value(0.5)
    for _ in range(100):
        chain = chain.sin()
    return {
        "python": list(sys.version_info[:2]),
        "platform": sys.platform,
        "installed": [name for name in ELSEWHERE if find_spec(name)],
        "orders": [grad(grad(grad(lambda x: x**5)))(2.0), hessian(lambda x: x[0] ** 2 * x[1])([2.0, 3.0]),
                   jacobian(lambda x: [x[0] * x[1], x[0] ** 2])([2.0, 3.0])],
        "gradcheck": [gradcheck(lambda x: autograd.log(x[0] * x[1]), [2.0, 3.0]),
                      refused(lambda: gradcheck(lambda x: x * x.data, 2.0)).startswith(GradcheckError.__name__)],
        "moons": trained_by_hand(),
        "losses": of_losses(),
        "network": [len(model.parameters()), *map(repr, (model, nn.Layer(2, 3, seed=0), nn.Neuron(2, seed=0)))],
        "table": model._repr_html_(),
        "chart": nn.History(loss=LOSSES)._repr_html_(),
        "perceptron": nn.Perceptron(2, seed=3).fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 1])["errors"],
        "warned": not_converged(),
        "page": viz.explore(y).save(folder / "page.html").read_text("utf-8"),
        "page of a loop": len(viz.explore(chain).save(folder / "chain.html").read_text("utf-8")),
        "dot": viz.draw(y).source,
        "saved": viz.draw(y).save(folder / "graph.gv").read_text("utf-8"),
        "shown": viz.draw(y)._repr_mimebundle_(),
        "refused": {name: refused(call) for name, call in {
            "fit": lambda: nn.fit, "Adam": lambda: nn.Adam, "datasets": lambda: nn.datasets, "save": lambda: nn.save,
            "training": lambda: nn.training,
            "state_dict": model.state_dict, "load_state_dict": lambda: model.load_state_dict({}),
            "compile": lambda: autograd.compile(lambda x: x), "rows": lambda: viz.explore(lambda x: x[0] * a, [[1.0]]),
            "play": viz.play, "plot_weights": lambda: viz.plot_weights(model),
            "svg": lambda: viz.draw(y).save(folder / "graph.svg"),
            "perceptron": lambda: nn.Perceptron(1).fit([[1.0], [math.nan]], [0, 1]),
        }.items()},
        "wrong examples": wrong_examples(),
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(facts()))
