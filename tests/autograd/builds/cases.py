"""What both builds are asked: what they show, and the errors they raise."""

import copy
import math
import operator
import pickle
import random
import sys
from inspect import getdoc

import numpy as np

import autograd
from autograd import Value, no_grad, scope
from autograd.compiler.trace import trace
from autograd.parameters import adopt, checked_leaves

SPECIAL = [
    0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 1 / 3, math.pi, math.inf, -math.inf, math.nan, 5e-324,
    -5e-324, 1e-310, sys.float_info.min, sys.float_info.max, -sys.float_info.max, 1e154, -1e200, 1e-200, 709.78, 710.0,
    -745.2, 2.0**53, 1.0 + sys.float_info.epsilon, 1.0 - sys.float_info.epsilon, 1e-8,
]  # fmt: skip


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
