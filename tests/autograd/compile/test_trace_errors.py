"""What a compiled function may not do: each is a TraceError that names the user's line and what to write instead.

In a case of one line, that line is to be named; in a longer one the line that ends with `# here`.
"""

import bisect
import copy
import heapq
import inspect
import math
import pickle
from linecache import getline

import numpy as np
import pytest

import nn
from autograd import TraceError, Value, compile, grad, gradcheck, no_grad, numerical_gradient, where

ROWS = [1.0, 2.0]
w = Value(2.0, label="w")
model = nn.Neuron(1, seed=0)


def line_of(f):
    """The end of the message of an error in f."""
    lines, number = inspect.getsourcelines(f)
    if f.__name__ != "<lambda>":
        number += next(i for i, line in enumerate(lines) if line.rstrip().endswith("# here"))
    return f"\n  {__file__}, line {number}: {getline(__file__, number).strip()}"


def refuses(f, words, line=None):
    """Compiling f is a TraceError with these words that ends with the line."""
    with pytest.raises(TraceError, match=words) as error:
        compile(f)(ROWS)
    assert str(error.value).endswith(line or line_of(f))


def named(f):
    return getattr(f, "__name__", "lambda").replace("<lambda>", "L") + str(f.__code__.co_firstlineno)


# ------------------------------------------------------------------------------- the truth of a number


def while_loop(x):
    while x > 1:  # here
        x = x / 2
    return x


def if_in_a_comprehension(x):
    return sum(
        y * w
        for y in (x, w)
        if y < 1  # here
    )


def an_assertion(x):
    assert x > 0  # here
    return x * w


TRUTH = [
    lambda x: w if x > 0 else x,
    lambda x: w if x else x,
    lambda x: w if x * w <= 1 else x,
    lambda x: w if w > 0 else x,  # a parameter's number may change, too
    lambda x: x and w,
    lambda x: x or w,
    lambda x: where(not x, x, w),
    lambda x: w if 0 < x < 1 else x,
    lambda x: bool(x) * w,
    lambda x: max(x, w),
    lambda x: min([x, w]),
    lambda x: max(x, 0.0),
    lambda x: sorted([x, w])[0],
    lambda x: next(filter(None, [x, w])),
    lambda x: w * any([x > 1, x > 2]),
    lambda x: w * all([x > 1, x > 2]),
    lambda x: heapq.nlargest(1, [x, w])[0],
    lambda x: bisect.bisect([1, 2, 3], x) * w,
    lambda x: np.max([x, w]),
    lambda x: np.maximum(x, w),
    lambda x: np.clip([x], 0, 1)[0],
    lambda x: np.sort([x, w])[0],
    lambda x: np.median([x, w, x]),
    lambda x: [x, w][np.argmax([x, w])],
    lambda x: np.where(x > 0, w, x),
    lambda x: w if (np.array([x, w]) > 0).any() else x,
    lambda x: w * np.count_nonzero([x, w]),
    lambda x: np.array([x > 0]).astype(bool)[0] * w,
    while_loop,
    if_in_a_comprehension,
    an_assertion,
]


@pytest.mark.parametrize("f", TRUTH, ids=named)
def test_a_branch(f):
    refuses(
        f, r"the truth of a Value .* write autograd.where\(x > 0, a, b\) for `if`.* autograd.maximum\(\*xs\) for max"
    )


# --------------------------------------------------------------------------------------- plain numbers


FLOAT = [
    lambda x: float(x) * w,
    lambda x: math.exp(x) * w,
    lambda x: w if math.isnan(x) else x,
    lambda x: math.fsum([x, w]) * w,
    lambda x: complex(x).real * w,
    lambda x: np.array([x, w], float)[0] * w,
    lambda x: np.array([x, w]).astype("float32")[0] * w,
    lambda x: np.float64(x) * w,
    lambda x: np.full(2, x, float)[0] * w,
]
INDEX = [
    lambda x: [w, w][x],
    lambda x: (w, w)[: x * 2][0],
    lambda x: [w, w][w],  # an adopted parameter, too
    lambda x: sum(w for _ in range(x)),
    lambda x: ([w] * x)[0],
    lambda x: np.array([1.0, 2.0])[x] * w,
    lambda x: np.array([w, w])[x],
    lambda x: np.zeros(x)[0] * w,
]


@pytest.mark.parametrize("f", FLOAT, ids=named)
def test_a_plain_float(f):
    refuses(f, r"float\(\) of a Value .* autograd.exp\(x\) and the like take Values")


@pytest.mark.parametrize("name", ["trunc", "floor", "ceil"])
def test_a_whole_number(name):
    refuses(lambda x: getattr(math, name)(x) * w, rf"math\.{name}\(\) of a Value .* rounding has no gradient")


@pytest.mark.parametrize("f", [lambda x: int(x) * w, lambda x: np.int64(x) * w], ids=["int", "np.int64"])
def test_a_plain_int(f):
    refuses(f, r"int\(\) of a Value .* write take\(values, x\)")


@pytest.mark.parametrize("f", [lambda x: Value(x) * w, lambda x: Value(x * w)], ids=["of an argument", "of a node"])
def test_a_value_of_a_value(f):
    refuses(f, r"Value\(\) of a Value in a function that is being compiled: its number is not known yet")


@pytest.mark.parametrize("f", [lambda x: round(x) * w, lambda x: round(x * w, 2) * w], ids=["to int", "digits"])
def test_rounding(f):
    refuses(f, r"round\(\) of a Value .* rounding has no gradient")


@pytest.mark.parametrize("f", INDEX, ids=named)
def test_an_index_or_a_count(f):
    compile(lambda x: x * w)(ROWS)  # w is adopted
    refuses(f, r"a Value as an index or a count .* write take\(values, x\)")


def test_an_index_is_a_type_error_in_eager():
    with pytest.raises(TypeError, match=r"a Value is no index and no count: write take\(values, x\), or int\(x\)"):
        [1.0, 2.0][Value(1.0)]


# ------------------------------------------------------------------------------------- data, grad, partials


def assigns_data(x):
    w.data = 3.0  # here
    return x * w


def assigns_grad(x):
    w.grad = 0.0  # here
    return x * w


def moves_a_parameter(x):
    w.data -= 0.1  # here
    return x * w


@pytest.mark.parametrize("number", ["x", "w", "(x * w)", "w.exp()"])
@pytest.mark.parametrize("name", ["data", "grad", "partials"])
def test_reading_a_number(number, name):
    f = eval(f"lambda x: x * {number}.{name}", globals())
    refuses(f, rf"reading \.{name} .* (frozen|after the call|themselves)", line="\n  <string>, line 1")


@pytest.mark.parametrize("f", [assigns_data, assigns_grad], ids=named)
def test_assigning_a_number(f):
    name = f.__name__.removeprefix("assigns_")
    refuses(f, rf"assigning \.{name} .* it would happen once, and not in every call; do it outside")
    assert (w.data, w.grad) == (2.0, 0.0)


def test_moving_a_parameter():
    refuses(moves_a_parameter, r"reading \.data")
    assert w.data == 2.0


# ----------------------------------------------------------------------------------------------- equality


def matches_a_number(x):
    match x:
        case 1:  # here
            return w
    return x


def matches_data(x):
    match x:
        case Value(data=1.0):  # here
            return w
    return x


EQUALITY = [
    lambda x: w if x == 1 else x,
    lambda x: w if x != 1 else x,
    lambda x: w if 1 == x else x,  # noqa: SIM300
    lambda x: w if np.float64(1) == x else x,
    lambda x: w if (np.array([1, 2]) == x).any() else x,
    lambda x: w if x == w else x,
    lambda x: w if x in (0, 1) else x,
    lambda x: w if x not in [w] else x,
    lambda x: w * [1, 2].count(x),
    matches_a_number,
]


@pytest.mark.parametrize("f", EQUALITY, ids=named)
def test_equality(f):
    refuses(f, r"== of a Value .* same node, not for equal numbers; .* write where\(abs\(x - 1\) <= 0, a, b\)")


def test_a_match_of_data():
    refuses(matches_data, r"reading \.data")


SAME_AS_EAGER = {
    "is": lambda x: w if x is None else x * w,
    "== itself": lambda x: x * w if x == x else w,
    "== None": lambda x: w if x == None else x * w,  # noqa: E711
    "== text": lambda x: w if x == "1" else x * w,
    "isinstance": lambda x: x * w if isinstance(x, Value) else w,
    "in, itself": lambda x: x * w if x in (x, 1) else w,
    "what is computed in a dict": lambda x: {(y := x * w): w}[y] * x,  # by identity
    "parameters in a set": lambda x: x * w * len({w, w}),
    "abs": lambda x: abs(-x) * w,
    "sum": lambda x: sum([x, w]),
    "math.prod": lambda x: math.prod([x, w]),
    "numpy": lambda x: np.exp([x, w]).sum() + np.dot([x, w], [w, x]) + np.sqrt(x),
    "a plain index": lambda x: [x, w][int(np.argmax([1, 2]))] * x,
}


@pytest.mark.parametrize("f", SAME_AS_EAGER.values(), ids=list(SAME_AS_EAGER))
def test_what_looks_at_no_number_is_as_in_eager(f):
    np.testing.assert_allclose(compile(f)(ROWS), [f(Value(x)).data for x in ROWS], rtol=1e-12)


# --------------------------------------------------------------------- passes, copies, derivatives, no_grad


def without_gradient(x):
    with no_grad():
        return x * w  # here


other = compile(lambda x: x * w)
PASSES = {
    r"(?<!compiled function)backward\(\) in .* return the Value": lambda x: (x * w).backward(),
    r"forward\(\) in .* return the Value": lambda x: (x * w).forward(),
    r"backward\(\) of a compiled function in .* call it outside": lambda x: other.backward(x) * w,
    r"reading \.data": lambda x: numerical_gradient(lambda y: y * y, 2.0) * x,
    r"reading \.(data|grad)": lambda x: gradcheck(lambda y: y * w, 2.0) * x,
}
COPIES = [
    lambda x: copy.copy(x) * w,
    lambda x: copy.deepcopy([w])[0] * x,
    lambda x: copy.deepcopy({"model": model}) and x,
    lambda x: pickle.loads(pickle.dumps(w)) * x,
    lambda x: pickle.loads(pickle._dumps([x]))[0],  # pickle written in Python
]


@pytest.mark.parametrize(("words", "f"), PASSES.items(), ids=[named(f) for f in PASSES.values()])
def test_a_pass_or_a_derivative(words, f):
    refuses(f, words)


@pytest.mark.parametrize("f", COPIES, ids=named)
def test_a_copy(f):
    refuses(f, "copying a Value .* frozen; use the Value itself")


def test_no_grad():
    refuses(without_gradient, r"no_grad\(\) .* compute it outside, or let it have its gradient")


def test_a_derivative_is_a_part_of_the_function():
    assert compile(lambda x: grad(lambda y: y * y)(2.0) * x)(ROWS).tolist() == [4.0 * x for x in ROWS]
    assert compile(lambda x: grad(lambda y: y * y)(x) * w)(ROWS).tolist() == [2.0 * x * w.data for x in ROWS]


# ------------------------------------------------------------------------------------------------ texts


def test_texts_show_that_the_number_is_not_known(capsys):
    def f(x):
        print(x, f"{x} {x * 2.0!r}", f"{w}", sep="|")  # a parameter's number would be that of the trace
        return x * w

    compile(f)(ROWS)
    unknown = "Value(data=?, grad=?)"
    assert capsys.readouterr().out == f"{unknown}|{unknown} {unknown}|Value(data=?, grad=?, label='w')\n"


def test_no_number_can_be_read_from_a_text():
    refuses(lambda x: x * float(f"{w:.17g}"), "formatting a Value .* the text would be frozen")
