"""A compiled function takes its arguments by the names that they have in the function, as Python does."""

import copy

import numpy as np
import pytest

import nn
from autograd import AnomalyError, TraceError, Value, compile, detect_anomaly, log

X, Y = [1.0, 2.0, 3.0], [4.0, 5.0, 7.0]


@pytest.fixture
def w():
    return Value(2.0, label="w")


@pytest.mark.parametrize(
    "call",
    [
        lambda f: f(X, Y),
        lambda f: f(X, y=Y),
        lambda f: f(x=X, y=Y),
        lambda f: f(y=Y, x=X),
        lambda f: f(**{"y": Y, "x": X}),
    ],
    ids=["by position", "the last by name", "by name", "in another order", "of a dict"],
)
def test_arguments_by_name_are_those_by_position(call):
    assert call(compile(lambda x, y: x - 2.0 * y)).tolist() == [-7.0, -8.0, -11.0]


def test_backward_takes_names_too(w):
    f = compile(lambda x, y: (w * x - y) ** 2)
    assert f.backward(y=Y, x=X).tolist() == [4.0, 1.0, 1.0]
    assert w.grad == pytest.approx((2 * -2 * 1 + 2 * -1 * 2 + 2 * -1 * 3) / 3, rel=1e-15)


def test_by_name_and_by_position_it_is_one_program():
    traces = []
    f = compile(lambda x, y: traces.append(1) or x * y)
    f(X, Y), f(x=X, y=Y), f(X, y=Y)
    assert len(traces) == 1


def test_an_argument_that_only_has_a_name():
    f = compile(lambda x, *, power: x**power)
    assert f(X, power=[3.0, 2.0, 1.0]).tolist() == [1.0, 4.0, 3.0]
    assert f(power=[1.0, 2.0, 2.0], x=X).tolist() == [1.0, 4.0, 9.0]
    assert f.is_current()


def test_a_default_stays_where_a_later_argument_is_given_by_name():
    f = compile(lambda x, factor=10.0, shift=0.0: x * factor + shift)
    assert f(X, shift=Y).tolist() == [14.0, 25.0, 37.0]
    assert f(X, Y).tolist() == [4.0, 10.0, 21.0]
    assert f(X).tolist() == [10.0, 20.0, 30.0]
    assert f(X, shift=Y).tolist() == [14.0, 25.0, 37.0]


def test_names_that_the_function_takes_as_they_come():
    f = compile(lambda **numbers: numbers["a"] - sum(numbers.values()))
    assert f(a=X, b=Y).tolist() == [-4.0, -5.0, -7.0]
    assert f(b=X, a=Y).tolist() == [-1.0, -2.0, -3.0]
    assert f(**{"a": X, "no identifier": X}).tolist() == [-1.0, -2.0, -3.0]


def test_a_name_that_the_caller_has_too():
    assert compile(lambda self, rows: self * rows)(self=X, rows=Y).tolist() == [4.0, 10.0, 21.0]


class Line(nn.Module):
    def __init__(self, slope):
        self.slope = Value(slope)

    @compile
    def loss(self, x, y):
        return self.slope * x - y

    def forward(self, x):
        return self.slope * x


def test_a_method_takes_names():
    line = Line(2.0)
    for values in line.loss(x=X, y=Y), Line.loss(line, y=Y, x=X), Line.loss(self=line, y=Y, x=X):
        assert values.tolist() == [-2.0, -1.0, -1.0]
    Line.loss.backward(line, x=X, y=Y)
    assert line.slope.grad == 2.0


def test_a_module_takes_names():
    assert compile(Line(2.0))(x=X).tolist() == [2.0, 4.0, 6.0]


def test_inside_another_compiled_function():
    inner = compile(lambda x, *, y: x - y)
    assert compile(lambda a, b: inner(y=a, x=b) * a)(X, Y).tolist() == [3.0, 6.0, 12.0]


def test_a_copy_takes_names():
    assert copy.copy(compile(lambda x, *, y: x - y))(X, y=Y).tolist() == [-3.0, -3.0, -4.0]


@pytest.mark.parametrize("go", ["__call__", "backward"])
def test_anomalies_are_found_in_arguments_by_name(go, w):
    f = compile(lambda x, *, y: log(x * y) * w)
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"log\(-5\) is nan, in row 1"):
        getattr(f, go)(np.array(X) / X, y=[1.0, -5.0, 1.0])
    assert w.grad == 0.0


# ---------------------------------------------------------------------------------------------------------- refused


def loss(x, y):
    return x * y


@pytest.mark.parametrize(
    ("rows", "named", "message"),
    [
        ([X], {"x": X}, r"^loss\(\): multiple values for argument 'x'$"),
        ([X], {"z": Y}, r"^loss\(\) has no parameter 'z': it takes x, y$"),
        ([], {"x": X}, r"^loss\(\): missing a required argument: 'y'$"),
        ([X], {"y": Y, "z": Y}, r"^loss\(\) has no parameter 'z': it takes x, y$"),
    ],
)
@pytest.mark.parametrize("go", ["__call__", "backward"])
def test_a_wrong_name_is_a_type_error(rows, named, message, go):
    with pytest.raises(TypeError, match=message):
        getattr(compile(loss), go)(*rows, **named)


def test_what_does_not_tell_its_names_takes_none():
    with pytest.raises(TypeError, match=r"max> does not tell the names of its parameters: give its arguments by posi"):
        compile(max)(X, key=Y)


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({"x": X, "power": ["a", "b", "c"]}, "^power must hold numbers, got "),
        ({"x": 3.0, "power": X}, r"^x is one number; it must have rows: write \[x\]"),
        ({"x": X, "power": 3.0}, r"^power is one number; it must have rows: write \[power\]"),
        ({"x": X, "power": X[:2]}, "^x has 3 rows, but power has 2$"),
    ],
)
def test_a_wrong_argument_is_called_by_its_name(named, message):
    with pytest.raises(ValueError, match=message):
        compile(lambda x, *, power: x**power)(**named)


def test_a_wrong_argument_beside_ones_without_a_name():
    with pytest.raises(ValueError, match=r"^argument 0 has 3 rows, but y has 2$"):
        compile(lambda *xs, y: sum(xs) - y)(X, X, y=Y[:2])


def test_a_refused_result_is_told_with_the_line_of_the_function(w):
    with pytest.raises(
        TraceError, match=r"test_compile_keywords\.py, line \d+: compile\(lambda x, \*, y: \[x, \[y\]\]"
    ):
        compile(lambda x, *, y: [x, [y]])(X, y=Y)
