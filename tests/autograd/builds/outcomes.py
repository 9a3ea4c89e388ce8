"""All that one build gives, as texts that show every bit; run as a module, it prints them for the other build."""

import base64
import json
import operator
import pickle
import random
import sys

import autograd
from autograd import OPERATIONS, Value, is_compiled, scope, topological_order
from autograd.nodes import apply
from autograd.parameters import adopt
from tests.autograd.builds.cases import OTHERS_ERRORS, OUR_ERRORS, SHOWN, SPECIAL, unrecorded

OPERATORS = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv, "pow": operator.pow,
    "neg": operator.neg, "abs": abs,
}  # fmt: skip
INNER = ["exp", "log", "tanh", "relu", "sin", "sigmoid", "sqrt", "softplus", "gelu", "atan", "erf", "log1p"]


def told(function):
    """What a function of no arguments gives, as a text that shows every bit; or the exception that it raises."""
    try:
        return text(function())
    except Exception as error:  # noqa: BLE001  it is what the function gives
        return f"raised {type(error).__name__}: {error}"


def text(x):
    if isinstance(x, (list, tuple)):
        return f"{type(x).__name__}({', '.join(map(text, x))})"
    return x.hex() if type(x) is float else repr(x)


def inputs(operation):
    """Operands: all of the special numbers, and random ones of all sizes."""
    of = random.Random(operation.name)
    choices = [sorted(each) if isinstance(each, set) else None for each in operation.domain]

    def some():
        ordinary = of.choice([of.gauss(0.0, 1.0), of.gauss(0.0, 1.0), of.lognormvariate(0.0, 30.0)])
        return of.choice([ordinary, ordinary, -ordinary, of.choice(SPECIAL)])

    count = len(operation.domain)
    every = [(a,) for a in SPECIAL] if count == 1 else [(a, b) for a in SPECIAL for b in SPECIAL] if count == 2 else []
    rows = [*every, *[tuple(some() for _ in range(count)) for _ in range(2_000 if operation.name == "hypot" else 300)]]
    return [tuple(c[i % len(c)] if c else x for c, x in zip(choices, row, strict=True)) for i, row in enumerate(rows)]


def at_all_inputs(operation):
    """The number, the partial derivatives and the gradients of an operation, by the rule book and as the user calls."""
    users = OPERATORS.get(operation.name) or getattr(Value, operation.name, None)

    def computed(function, numbers):
        leaves = [Value(number) for number in numbers]
        node = function(*leaves)
        node.backward(0.7)
        return node.data, node.partials, [leaf.grad for leaf in leaves]

    return {
        text(numbers): [
            told(lambda numbers=numbers, function=function: computed(function, numbers))
            for function in (lambda *x: apply(operation, *x), users)
            if function is not None
        ]
        for numbers in inputs(operation)
    }


def random_graph(seed, nodes=60):
    """All numbers of a random graph after backward(), and once more after forward() with other leaves."""
    of = random.Random(seed)
    leaves = [Value(of.choice([of.gauss(0.0, 1.0), of.choice(SPECIAL)]), label=f"x{i}") for i in range(4)]
    made = list(leaves)
    for _ in range(nodes):
        a, b, c = of.choices(made, k=3)
        kind = of.randrange(9)
        if kind < 4:
            made.append(list(OPERATORS.values())[kind](a, b))
        elif kind < 6:
            made.append(getattr(a, of.choice(INNER))())
        elif kind == 6:
            made.append(autograd.maximum(a, b, c))
        elif kind == 7:
            made.append(autograd.dot([a, b], [c, 0.5]))
        else:
            made.append(a * of.choice([2, 0.5, -1.0]) - b)
    root = made[-1]
    rounds = []
    for _ in range(2):
        root.backward()
        rounds.append([(n.op, n.label, n.data, n.grad, n.partials) for n in topological_order(root)])
        for leaf in leaves:
            leaf.data = of.gauss(0.0, 1.0)
        root.forward()
    return text(rounds)


def graph(kind):
    """Roots of a graph to be pickled."""
    x, y = Value(2.0, label="x"), Value(-0.5, label="ö 'y'")
    if kind == "shared":
        with scope("layer"), scope("unit"):
            shared = x * y + 1
        shared.label = "shared"
        roots = [shared.tanh(), autograd.logsumexp([shared, x, shared]), shared, x]
        roots[0].backward(3.0)
        return roots
    if kind == "adopted":
        store, _ = adopt([x, y], "float32")
        store.data[:] = 0.1, 7.0
        root = x * y + x
        root.backward()
        return [root, y]
    if kind == "special":
        return [Value(number) * -1.0 for number in SPECIAL] + [unrecorded()]
    for _ in range(20_000):
        x = -x
    return [x, y]


def described(*roots):
    """All that a graph is: for every node its fields, and its parents by their place in the order."""
    nodes = topological_order(*roots)
    place = {node: i for i, node in enumerate(nodes)}
    return [
        text([n.op, n._operation.name, n.data, n.grad, n.label, n.partials, [place[p] for p in n.parents], n._scope])
        for n in nodes
    ]


GRAPHS = ["shared", "adopted", "special", "deep"]


def written(protocol):
    """The pickles of the graphs, in a form for JSON."""
    return {kind: base64.b64encode(pickle.dumps(graph(kind), protocol)).decode() for kind in GRAPHS}


def read(pickles):
    return {kind: described(*pickle.loads(base64.b64decode(pickled))) for kind, pickled in pickles.items()}


PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def report(pickles):
    """All that is compared. `pickles` are those of the other build."""
    return {
        "compiled": is_compiled(),
        "operations": {name: at_all_inputs(operation) for name, operation in OPERATIONS.items()},
        "random graphs": {str(seed): random_graph(seed) for seed in range(100)},
        "shown": {name: told(function) for name, function in SHOWN.items()},
        "our errors": {name: told(function) for name, function in OUR_ERRORS.items()},
        "others' errors": {name: told(function).partition(":")[0] for name, function in OTHERS_ERRORS.items()},
        "written": {str(protocol): written(protocol) for protocol in PROTOCOLS},
        "read": {protocol: read(each) for protocol, each in pickles.items()},
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(report(json.load(sys.stdin))))
