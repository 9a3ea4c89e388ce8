"""The compiled engine and the plain one do the same: what one gives, the other gives, to the last bit.

What is compared is computed twice by the functions of this file: here, and in a process of the other build, which runs
this file as a script.
"""

import base64
import copy
import json
import math
import operator
import os
import pickle
import random
import subprocess
import sys
from inspect import getdoc
from pathlib import Path

import numpy as np
import pytest

import autograd
from autograd import OPERATIONS, Value, is_compiled, no_grad, scope, topological_order
from autograd.compiler.trace import trace
from autograd.parameters import adopt, checked_leaves
from autograd.value import apply

# ------------------------------------------------------------------------------------------------ what is compared

SPECIAL = [
    0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 1 / 3, math.pi, math.inf, -math.inf, math.nan, 5e-324,
    -5e-324, 1e-310, sys.float_info.min, sys.float_info.max, -sys.float_info.max, 1e154, -1e200, 1e-200, 709.78, 710.0,
    -745.2, 2.0**53, 1.0 + sys.float_info.epsilon, 1.0 - sys.float_info.epsilon, 1e-8,
]  # fmt: skip
OPERATORS = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv, "pow": operator.pow,
    "neg": operator.neg, "abs": abs,
}  # fmt: skip
INNER = ["exp", "log", "tanh", "relu", "sin", "sigmoid", "sqrt", "softplus", "gelu", "atan", "erf", "log1p"]


def told(function):
    """What a function of no arguments gives, as a text that shows every bit; or the exception that it raises."""
    try:
        return text(function())
    except Exception as error:
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


class Text(str):
    __slots__ = ()


class Sevens(float):
    """A float that gives another number when it is asked for one."""

    def __float__(self):
        return 7.0


class Broken(float):
    def __float__(self):
        raise ArithmeticError("this number is broken")


class Memo(dict):
    pass


def inner():
    return Value(2.0) * 3.0


def labelled(label):
    x = Value(1.0)
    x.label = label
    return x.label, type(x.label).__name__, repr(x), Value(1.0, label).label


def in_scope(name):
    with scope(name):
        return inner()._scope


def unrecorded():
    with no_grad():
        return inner()


def kept(*numbers, dtype=None):
    values = [Value(number) for number in numbers]
    return values, adopt(values, dtype)[0]


def kept_gradient(dtype):
    (a, b), store = kept(2.0, 1 / 3, dtype=dtype)
    (a * b + a).backward()
    return [a.data, b.data, a.grad, b.grad, *store.data.tolist(), *store.grad.tolist()]


def of_arrays():
    w = np.array([[Value(0.1 * (i + j)) for j in range(3)] for i in range(2)])
    x = np.array([1.0, 1 / 3, Value(-2.0)])
    y = np.exp(w @ x) * np.float64(2) + x[:2]
    total = y.sum() + (w * Value(3.0)).sum() + Value(2.0) * np.float64(2)
    total.backward()
    return total.data, [v.grad for v in w.flat], [type(v).__name__ for v in y], str(w.dtype)


def tape_of(f, *shapes):
    return str(trace(f, shapes)[0])


def trained():
    """Losses of a small network over a few steps."""
    of = random.Random(3)
    w = [[Value(of.gauss(0.0, 1.0)) for _ in range(3)] for _ in range(4)]
    v = [Value(of.gauss(0.0, 1.0)) for _ in range(4)]
    losses = []
    for _ in range(5):
        loss = Value(0.0)
        for _ in range(5):
            x = [of.gauss(0.0, 1.0) for _ in range(3)]
            hidden = [sum((a * b for a, b in zip(row, x, strict=True)), Value(0.0)).tanh() for row in w]
            loss = loss + (sum(a * b for a, b in zip(v, hidden, strict=True)) - x[0]) ** 2
        loss.backward()
        losses.append(loss.data)
        for p in [*v, *[a for row in w for a in row]]:
            p.data -= 0.01 * p.grad
            p.grad = 0
    return losses


SHOWN = {
    "repr of a leaf": lambda: repr(Value(2.0)),
    "repr with a label": lambda: repr(Value(-0.0, label="it's")),
    "str": lambda: str(Value(math.nan, "n")),
    "repr of an inner node": lambda: repr(inner()),
    "repr of what is kept": lambda: [repr(x) for x in kept(0.1, 2.0, dtype="float32")[0]],
    "format": lambda: [format(Value(2.5, "a"), code) for code in ("", ".2f", "e", "+.1%", ">10", "g")],
    "format by another kind of text": lambda: format(Value(2.5), Text(".2f")),
    "round": lambda: [round(Value(2.345)), *[round(Value(2.345), digits) for digits in (1, np.int64(1), True, None)]],
    "conversions": lambda: [f(Value(-2.5)) for f in (float, int, bool, complex, math.floor, math.ceil, abs)],
    "labels": lambda: [labelled(x) for x in ("a", "", 3, None, 1.5, b"b", Text("t"), np.str_("n"), (1, 2))],
    "kinds of numbers": lambda: [
        Value(x).data for x in (1, True, 1.5, np.float32(0.1), np.int8(3), np.bool_(True), np.array(2.0), Sevens(1))
    ],
    "kinds of operands": lambda: [
        [(Value(3.0) - x).data, (x - Value(3.0)).data] for x in (1, True, np.float32(0.1), np.array(2.0), Sevens(1))
    ],
    "comparisons": lambda: [
        [f(Value(a), b) for f in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne)]
        for a in SPECIAL
        for b in (0, 1.0, math.nan, 10**400, True, np.float32(1), Value(1.0), Sevens(1))
    ],
    "identity": lambda: [(x := Value(1.0)) == x, x != x, x == Value(1.0), x == 1.0, hash(x) == id(x) >> 4, +x is x],
    "a leaf": lambda: [getattr(Value(2.0), n) for n in ("op", "_op", "parents", "_prev", "partials", "grad", "label")],
    "an inner node": lambda: [(x := inner()).op, x._op, x.parents == x._prev, x.partials, x.grad, x.label],
    "a node of many": lambda: [(x := autograd.maximum(Value(1.0), 3, 2.0)).op, len(x.parents), x.partials],
    "a number without a past": lambda: [(x := unrecorded()).op, x.parents, x.partials, x.data, repr(x)],
    "scopes": lambda: [in_scope("a"), in_scope(np.str_("n")), in_scope(Text("t")), inner()._scope],
    "names": lambda: [name for name in dir(Value) if not name.startswith("_")],
    "docstrings": lambda: [(name, getdoc(getattr(Value, name))) for name in dir(Value) if not name.startswith("_")],
    "names of the class": lambda: [Value.__name__, Value.__qualname__, Value.__module__, Value.__doc__],
    "functions": lambda: sorted(autograd.__all__),
    "copies": lambda: [repr(f(autograd.dot([inner(), 2], [Value(1, "a"), 3]))) for f in (copy.copy, copy.deepcopy)],
    "a memo of another kind": lambda: repr(copy.deepcopy(inner(), Memo())),
    "sorted": lambda: [x.data for x in sorted([Value(2.0), Value(-1.0), Value(0.5)])],
    "kept in float64": lambda: kept_gradient("float64"),
    "kept in float32": lambda: kept_gradient("float32"),
    "an empty store": lambda: list(adopt([])[0].data),
    "arrays": of_arrays,
    "training": trained,
    "tapes": lambda: [
        tape_of(lambda x: x * x + 2.0 * 3.0, ()),
        tape_of(lambda x: sum(a * a for a in x).tanh() ** 2 / 3 + autograd.maximum(*x), (3,)),
        tape_of(lambda x, y: [autograd.where(a > y, a, -0.0) for a in x], (2,), ()),
    ],
    "derivatives": lambda: [
        autograd.value_and_grad(lambda x: (x[0] ** x[1]).sin() / x[2])([0.5, 3.0, 7.0]),
        autograd.numerical_gradient(lambda x: x**3, 2.0),
    ],
}  # fmt: skip

OUR_ERRORS = {  # we write these messages
    "a text": lambda: Value("1"),
    "None": lambda: Value(None),
    "a list": lambda: Value([1.0]),
    "a complex number": lambda: Value(1j),
    "a Value": lambda: Value(Value(1.0)),
    "an array": lambda: Value(np.array([1.0])),
    "data = text": lambda: setattr(Value(1.0), "data", "x"),
    "data = Value": lambda: setattr(Value(1.0), "data", Value(2.0)),
    "data of an inner node": lambda: setattr(inner(), "data", 1.0),
    "data of a node of many": lambda: setattr(autograd.maximum(Value(1), 2, 3), "data", 1.0),
    "grad = None": lambda: setattr(Value(1.0), "grad", None),
    "gradient of a text": lambda: Value(1.0).backward("x"),
    "gradient of a list": lambda: Value(1.0).backward(gradient=[1.0]),
    "backward of no past": lambda: unrecorded().backward(),
    "forward of no past": lambda: unrecorded().forward(),
    "an index": lambda: [1, 2][Value(1.0)],
    "a list times a Value": lambda: [1, 2] * Value(2.0),
    "range": lambda: range(Value(3.0)),
    "a subclass": lambda: type("Tagged", (Value,), {}),
    "a scope of a number": lambda: scope(3),
    "a scope of nothing": lambda: scope(None),
    "exp of a text": lambda: autograd.exp("x"),
    "exp of a list": lambda: autograd.exp([1.0]),
    "maximum of a text": lambda: autograd.maximum(Value(1.0), "x"),
    "sin of two": lambda: autograd.sin(Value(1.0), 2.0),
    "elu by a wrong name": lambda: Value(1.0).elu(beta=2.0),
    "dot of unequal lengths": lambda: autograd.dot([Value(1.0)], [1.0, 2.0]),
    "dot of a number": lambda: autograd.dot(Value(1.0), [1.0]),
    "logsumexp of nothing": lambda: autograd.logsumexp([]),
    "take beyond the end": lambda: autograd.take([Value(1.0), 2.0], Value(2.0)),
    "take between two": lambda: autograd.take([Value(1.0), 2.0], Value(0.5)),
    "take by a text": lambda: autograd.take([Value(1.0)], "x"),
    "a derivative at a text": lambda: autograd.grad(lambda x: x)("x"),
    "a derivative of no Value": lambda: autograd.grad(lambda x: 1.0)(1.0),
    "a parameter that is none": lambda: checked_leaves([1.0]),
    "a parameter that was computed": lambda: adopt([Value(2.0) * Value(3.0)]),
    "a parameter twice": lambda: adopt([Value(2.0)] * 2),
    "a store of integers": lambda: adopt([Value(2.0)], "int64"),
    "an unknown pickle": lambda: pickle.loads(pickle.dumps(inner()).replace(b"\x03mul", b"\x03mux")),
    "a branch in a trace": lambda: trace(lambda x: 1.0 if x > 0 else x, [()]),
    "data in a trace": lambda: trace(lambda x: x.data, [()]),
    "a constant result of a trace": lambda: trace(lambda x: "x", [()]),
}
OTHERS_ERRORS = {  # Python, or the number itself, writes these: the type alone is compared
    "no number": Value,
    "three arguments": lambda: Value(1.0, "a", 2),
    "an unknown argument": lambda: Value(x=1.0),
    "another attribute": lambda: setattr(Value(1.0), "gard", 2.0),
    "an attribute that is missing": lambda: Value(1.0).swish,
    "op cannot be assigned": lambda: setattr(Value(1.0), "op", "+"),
    "data cannot be deleted": lambda: delattr(Value(1.0), "data"),
    "label cannot be deleted": lambda: delattr(Value(1.0), "label"),
    "op cannot be deleted": lambda: delattr(Value(1.0), "op"),
    "plus text": lambda: Value(1.0) + "x",
    "text plus": lambda: "x" + Value(1.0),
    "less than text": lambda: Value(1.0) < "x",
    "modulo": lambda: Value(1.0) % 2,
    "power with a modulus": lambda: pow(Value(1.0), 2, 5),
    "power with a modulus from the right": lambda: pow(2, Value(1.0), 5),
    "exp with an argument": lambda: Value(1.0).exp(2.0),
    "backward with an unknown argument": lambda: Value(1.0).backward(grad=2.0),
    "backward with two arguments": lambda: Value(1.0).backward(1.0, 2.0),
    "an int beyond the floats": lambda: Value(10**400),
    "an operand beyond the floats": lambda: Value(2.0) ** 10**400,
    "int of nan": lambda: int(Value(math.nan)),
    "int of infinity": lambda: int(Value(math.inf)),
    "round to a text": lambda: round(Value(1.5), "x"),
    "a wrong format": lambda: format(Value(1.5), "q"),
    "a format that is no text": lambda: Value(1.5).__format__(3),
    "a broken number": lambda: Value(Broken(1.0)),
    "a broken operand": lambda: Value(1.0) * Broken(1.0),
    "a broken operand on the left": lambda: Broken(1.0) * Value(1.0),
    "a broken comparison": lambda: Value(1.0) < Broken(1.0),
    "calling a Value": Value(1.0),
    "the length of a Value": lambda: len(Value(1.0)),
    "an element of a Value": lambda: Value(1.0)[0],
    "iterating over a Value": lambda: list(Value(1.0)),
    "another class": lambda: setattr(Value(1.0), "__class__", float),
}


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


# -------------------------------------------------------------------------------------------------- the comparison


@pytest.fixture(scope="module")
def here():
    return report({})


@pytest.fixture(scope="module")
def there():
    """The report of the other build."""
    environment = {**os.environ, "PYTHONPATH": str(Path(autograd.__file__).parents[1]), "PYTHONIOENCODING": "utf-8"}
    environment["GLASSGRAD_PURE"] = "1" if is_compiled() else ""
    finished = subprocess.run(
        [sys.executable, __file__],
        input=json.dumps({str(protocol): written(protocol) for protocol in PROTOCOLS}),
        capture_output=True,
        encoding="utf-8",
        check=False,
        env=environment,
    )
    assert (finished.returncode, finished.stderr) == (0, "")
    there = json.loads(finished.stdout)
    if there["compiled"] == is_compiled():
        pytest.skip("there is no compiled core to compare the plain files with")
    return there


def differences(one, other):
    """What differs, by name."""
    return {name: (one.get(name), other.get(name)) for name in one | other if one.get(name) != other.get(name)}


@pytest.mark.parametrize("name", OPERATIONS)
def test_both_builds_give_the_same_bits_of(name, here, there):
    assert differences(here["operations"][name], there["operations"][name]) == {}


def test_both_builds_give_the_same_bits_of_random_graphs(here, there):
    assert differences(here["random graphs"], there["random graphs"]) == {}


@pytest.mark.parametrize("name", SHOWN)
def test_both_builds_show_the_same(name, here, there):
    assert here["shown"][name] == there["shown"][name]


@pytest.mark.parametrize("name", SHOWN)
def test_what_is_shown_is_no_error(name, here):
    assert not here["shown"][name].startswith("raised ")


@pytest.mark.parametrize("name", OUR_ERRORS)
def test_both_builds_raise_the_same_error_with_the_same_text(name, here, there):
    assert here["our errors"][name] == there["our errors"][name]


@pytest.mark.parametrize("name", OTHERS_ERRORS)
def test_both_builds_raise_the_same_type_of_error(name, here, there):
    assert here["others' errors"][name] == there["others' errors"][name]


@pytest.mark.parametrize("name", OUR_ERRORS | OTHERS_ERRORS)
def test_a_bad_call_is_an_error(name):
    with pytest.raises((TypeError, ValueError, AttributeError, IndexError, ArithmeticError, RuntimeError)):
        (OUR_ERRORS | OTHERS_ERRORS)[name]()


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("kind", GRAPHS)
def test_a_pickle_of_the_other_build_is_the_same_graph(kind, protocol, there):
    assert read({kind: there["written"][str(protocol)][kind]})[kind] == described(*graph(kind))


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("kind", GRAPHS)
def test_a_pickle_of_this_build_is_the_same_graph_in_the_other(kind, protocol, there):
    assert there["read"][str(protocol)][kind] == described(*graph(kind))


# The comparison itself, with planted faults.


def test_the_comparison_sees_the_last_bit():
    assert told(lambda: [1.0]) != told(lambda: [math.nextafter(1.0, 2.0)])


def test_the_comparison_sees_the_sign_of_zero():
    assert told(lambda: (0.0,)) != told(lambda: (-0.0,))


def test_the_comparison_sees_another_message():
    assert told(lambda: Value("1")) != told(lambda: Value("2"))


def test_the_comparison_sees_what_is_missing_on_one_side():
    assert differences({"a": "1"}, {}) == {"a": ("1", None)}
    assert differences({}, {"a": "1"}) == {"a": (None, "1")}


def test_the_comparison_sees_a_wrong_operation():
    wrong = OPERATIONS["exp"]._replace(partials=lambda m, y, x: (1.0,))
    assert differences(at_all_inputs(OPERATIONS["exp"]), at_all_inputs(wrong))


# ------------------------------------------------------------------------------------ what a compiled class may lack


def test_a_method_can_be_added_to_values(monkeypatch):
    monkeypatch.setattr(Value, "swish", lambda self: self * self.sigmoid(), raising=False)
    x = Value(0.0)
    x.swish().backward()
    assert x.grad == 0.5


def test_a_method_that_was_added_can_be_removed():
    Value.swish = lambda self: self * self.sigmoid()
    assert Value(0.0).swish().data == 0.0
    del Value.swish
    with pytest.raises(AttributeError, match="swish"):
        Value(0.0).swish()


def test_an_operator_can_be_replaced(monkeypatch):
    monkeypatch.setattr(Value, "__add__", lambda self, other: "replaced")
    assert Value(1.0) + Value(2.0) == "replaced"


WITHOUT_A_VALUE = """
from autograd import Value, topological_order
from autograd.parameters import any_adopted, release, store_of
for wrong in (None, "text", 3, 2.0, [], object()):
    try:
        {}
    except (TypeError, AttributeError):
        pass
    else:
        print("accepted:", wrong)
"""


@pytest.mark.parametrize("call", [
    "Value.exp(wrong)", "Value.log(wrong)", "Value.tanh(wrong)", "Value.relu(wrong)", "Value.backward(wrong)",
    "Value.forward(wrong)", "Value.__reduce__(wrong)", "Value.__copy__(wrong)", "Value.__deepcopy__(wrong, {})",
    "Value.__add__(wrong, 1.0)", "Value.__neg__(wrong)", "Value.__round__(wrong)", "Value.op.__get__(wrong)",
    "topological_order(wrong)", "topological_order(Value(1.0), wrong)", "store_of(wrong)", "any_adopted([wrong])",
    "release([wrong])",
])  # fmt: skip
def test_what_is_no_value_is_refused_and_never_read_as_one(call):
    finished = subprocess.run(
        [sys.executable, "-c", WITHOUT_A_VALUE.format(call)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(autograd.__file__).parents[1])},
    )
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "", "")


if __name__ == "__main__":
    sys.stdout.write(json.dumps(report(json.load(sys.stdin))))
