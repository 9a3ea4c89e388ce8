"""Which line a TraceError names, and what comes out of a trace that fails or returns something else."""

import builtins
import copy
import inspect
import random
import types
from concurrent.futures import ThreadPoolExecutor
from linecache import cache, getline

import numpy as np
import pytest

import autograd
import nn
from autograd import TraceError, Value, compile, scope

ROWS = [1.0, 2.0]
w = Value(2.0, label="w")
model = nn.Neuron(1, seed=0)


def place(file, number):
    text = getline(file, number).strip()
    return f"\n  {file}, line {number}" + (f": {text}" if text else "")


def refuses(f, words, line=None):
    """Compiling f is a TraceError with these words that ends with the line: where f begins, unless it is given."""
    with pytest.raises(TraceError, match=words) as error:
        compile(f)(ROWS)
    assert str(error.value).endswith(line or place(__file__, f.__code__.co_firstlineno))


def named(f):
    return f.__name__.replace("<lambda>", "L") + str(f.__code__.co_firstlineno)


# ----------------------------------------------------------------------------------------- the line named


def module_of_a_user(source, name="helper", file="/home/user/helper.py"):
    """A module of the user's, in a file that only linecache knows; notebooks do the same with their cells."""
    cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    module = types.ModuleType(name)
    exec(builtins.compile(source, file, "exec"), vars(module))
    return module, file


HELPER = "import math\n\ndef squash(x):\n    y = x * 2\n    return math.tanh(y)\n"


@pytest.mark.parametrize("name", ["helper", "__main__", "autograd_of_a_user", "nn2", "numpy_helpers"])
def test_the_line_in_another_module(name):
    module, file = module_of_a_user(HELPER, name)
    refuses(lambda x: module.squash(x) * w, r"float\(\) of a Value", line=place(file, 5))


def test_the_line_in_a_notebook_cell():
    module, file = module_of_a_user("def f(x):\n    return x.data\n", "__main__", "/tmp/ipykernel_1/123.py")
    refuses(module.f, r"reading \.data", line=place(file, 2))


def test_the_line_in_code_without_a_name_or_a_file():
    names = {}
    exec("def f(x):\n    return x.data", names)
    refuses(names["f"], r"reading \.data", line="\n  <string>, line 2")


def test_the_line_that_calls_nn():
    refuses(lambda x: model.state_dict() and x, r"reading \.data")


def test_the_line_in_an_activation_that_nn_calls():
    neuron = nn.Neuron(1, activation=lambda z: z if z > 0 else 0 * z, seed=0)
    number = inspect.currentframe().f_lineno - 1
    refuses(lambda x: neuron([x]), "the truth of a Value", line=place(__file__, number))


def test_the_line_that_calls_the_compiled_function_where_all_of_f_is_a_library():
    f = compile(copy.copy)
    with pytest.raises(TraceError) as error:
        f(ROWS)
    assert str(error.value).endswith(place(__file__, inspect.currentframe().f_lineno - 1))


@pytest.mark.parametrize(
    ("name", "file"),
    [("scipy.special", "/usr/lib/python3/site-packages/scipy/special.py"), ("statistics", "/usr/lib/statistics.py"),
     ("viz.drawing", "/home/user/glassgrad/viz/drawing.py")],
)  # fmt: skip
def test_the_line_of_a_library_is_that_of_its_caller(name, file):
    library, _ = module_of_a_user(HELPER, name, file)
    refuses(lambda x: library.squash(x) * w, r"float\(\) of a Value")


def test_the_line_in_a_longer_expression():
    def f(x):
        return [
            x * w,
            float(x),
            w,
        ]

    refuses(f, r"float\(\)", line=place(__file__, f.__code__.co_firstlineno + 3))


# ------------------------------------------------------------------------------------ an error that is caught


def catches(x):
    try:
        large = float(x) > 1
    except Exception:  # noqa: BLE001  as users write it
        large = False
    return w if large else x


def catches_and_raises_another(x):
    try:
        return float(x) * w
    except TraceError:
        raise KeyError("mine") from None


@pytest.mark.parametrize("f", [catches, catches_and_raises_another], ids=named)
def test_an_error_that_f_catches_is_raised_nevertheless(f):
    refuses(f, r"float\(\) of a Value", line=place(__file__, f.__code__.co_firstlineno + 2))


def test_what_was_refused_once_is_forgotten():
    with pytest.raises(TraceError):
        compile(catches)(ROWS)
    assert compile(lambda x: x * 2.0)(ROWS).tolist() == [2.0, 4.0]


# --------------------------------------------------------------------------------------- errors of f's own


class Mine(Exception):
    pass


@pytest.mark.parametrize("mine", [Mine("no"), TypeError("a list, not Value"), IndexError("only valid indices"),
                                  TraceError("mine"), KeyboardInterrupt(), SystemExit(3)], ids=repr)  # fmt: skip
def test_an_error_of_its_own_comes_through_and_eager_works_afterwards(mine):
    def f(x):
        raise mine

    with scope("outer"):
        with pytest.raises(type(mine)) as error:
            compile(f)(ROWS)
        y = Value(2.0) * 3
    assert error.value is mine
    assert (y.data, y._scope, y > 5, float(y), bool(y)) == (6.0, (None, "outer"), True, 6.0, True)


@pytest.mark.parametrize("f", [lambda x: float(x) * w, lambda x: None, lambda x: [w, w][x]], ids=named)
def test_eager_works_after_a_trace_error(f):
    with pytest.raises(TraceError):
        compile(f)(ROWS)
    x = Value(2.0)
    (y := x * x).backward()
    assert (y.data, y._scope, x.grad, x > 1, x == 1) == (4.0, None, 4.0, True, False)


def test_a_failed_trace_can_be_repeated():
    broken = [True]
    f = compile(lambda x: float(x) if broken else x * 2.0)
    with pytest.raises(TraceError):
        f(ROWS)
    with pytest.raises(RuntimeError, match="has no program yet"):
        f.explain()
    broken.clear()
    assert f(ROWS).tolist() == [2.0, 4.0]


# ------------------------------------------------------------------------------------------ what f returns


RETURNS = {
    "returned 1.0 of type float": lambda x: 1.0,
    "returned True of type bool": lambda x: True,
    "returned None of type NoneType": lambda x: None,
    "returned 'text' of type str": lambda x: "text",
    "returned {'loss': .*} of type dict": lambda x: {"loss": x},
    "returned .* of type generator": lambda x: (y for y in [x]),
    r"returned .* of type map": lambda x: map(abs, [x]),
    r"list that is ragged: \[Value\(data=\?, grad=\?\), \[": lambda x: [x, [x]],
    r"list that is ragged: \[\[V.*\], \[V": lambda x: [[x], [x, w]],
    r"list that is empty: \[\]": lambda x: [],
    r"list that is empty: \[\] *": lambda x: (x, []),
    "returned an empty tuple": lambda x: (),
    "returned 2 of type int": lambda x: (x, 2),
    "returned 'text' of type str; a": lambda x: [x, "text"],
    r"returned \(Value.* of type tuple": lambda x: [(x, x)],
}


@pytest.mark.parametrize(("words", "f"), RETURNS.items(), ids=[named(f) for f in RETURNS.values()])
def test_another_result_names_the_line_where_f_begins(words, f):
    refuses(f, words)


def test_a_long_result_is_shortened():
    with pytest.raises(TraceError) as error:
        compile(lambda xs: dict(enumerate(xs)))(np.ones((2, 1000)))
    assert len(str(error.value)) < 500


# ----------------------------------------------------------------------------- Values from somewhere else


def test_a_value_that_was_computed_outside():
    square = w * w
    refuses(lambda x: square * x, r"Value\(data=4.0.*\), which was computed outside of it \(by '\*'\)")


def test_a_placeholder_in_another_trace():
    kept = []
    f = compile(lambda x: (kept.append(x), x * w)[1])
    f(ROWS)
    refuses(lambda x: kept[0] * x, "a number that was kept from another trace")


def test_an_inner_node_in_another_trace():
    kept = []
    f = compile(lambda x: (kept.append(x * w), x * w)[1])
    f(ROWS)
    refuses(lambda x: kept[0] * x, "was computed outside of it")


def test_a_placeholder_after_its_trace_is_no_number():
    kept = []
    compile(lambda x: (kept.append(x), x * w)[1])(ROWS)
    with pytest.raises(TraceError, match="outside of the trace or in another thread"):
        kept[0] * 2


def test_a_node_made_in_another_thread():
    known = pytest.raises(TraceError, match="in another thread: its number is not known there")
    with ThreadPoolExecutor(1) as pool, known:
        compile(lambda x: next(iter(pool.map(autograd.exp, [x]))))(ROWS)


# ----------------------------------------------------------------------------------------------- random numbers


@pytest.mark.parametrize("draw", [random.random, np.random.normal], ids=["random", "numpy"])
def test_random_numbers_are_refused(draw):
    def dropout(x):
        return x * (draw() < 0.5)

    with pytest.raises(TraceError, match=r"f draws random numbers(.|\n)*def dropout"):
        compile(dropout)([1.0])


def test_random_numbers_drawn_before_are_no_matter():
    random.random()
    np.random.normal()
    assert compile(lambda x: x * 2.0)([1.0]) == [2.0]
