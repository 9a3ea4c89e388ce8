"""detect_anomaly of compiled functions: the row, the operation, the module and the line are named; nothing changes."""

import math

import numpy as np
import pytest

import nn
from autograd import (
    AnomalyError,
    Value,
    compile,
    detect_anomaly,
    exp,
    log,
    maximum,
    no_grad,
    relu,
    scope,
    sqrt,
    take,
    tanh,
    where,
)
from autograd.compiler import prepared

X = np.array([1.0, 4.0, 0.0, 9.0])
CALLS = ["__call__", "backward"]


@pytest.fixture
def w():
    return Value(2.0, label="w")


def anomaly(f, *rows, call="backward"):
    """The message for these rows."""
    with detect_anomaly(), pytest.raises(AnomalyError) as error:
        getattr(f, call)(*rows)
    return str(error.value)


# --------------------------------------------------------------------------------------------------- what is found


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_number_that_is_not_finite_is_an_error_with_row_operation_and_line(call, dtype, w):
    message = anomaly(compile(lambda x: log(x) * w, dtype=dtype), X, call=call)
    assert message.startswith("log(0) is -inf, in row 2\n")
    assert "test_compile_anomaly.py, line" in message
    assert message.endswith("message = anomaly(compile(lambda x: log(x) * w, dtype=dtype), X, call=call)")


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_so_is_a_gradient(dtype, w):
    message = anomaly(compile(lambda x: sqrt(x * w), dtype=dtype), X)
    assert message.startswith("in backward(), the derivative of sqrt(0) is inf, in row 2\n")
    assert "test_compile_anomaly.py, line" in message


def test_a_call_does_not_look_at_gradients(w):
    with detect_anomaly():
        assert compile(lambda x: sqrt(x * w))([0.0]).tolist() == [0.0]


def test_the_gradient_of_a_row_is_that_of_the_mean():
    w = Value(1e-300)
    with detect_anomaly():  # 10·1.5e308 would be infinite, and a twentieth of it is not
        compile(lambda x: w * 10.0 * x).backward([1.5e308] + [0.0] * 19)
    assert w.grad == pytest.approx(7.5e307)


def test_modules_are_named_from_the_outside():
    model = nn.MLP(2, [3, 1], seed=0)
    model.layers[0].neurons[1].b.data = math.inf
    message = anomaly(compile(lambda x: model(x) ** 2), np.ones((3, 2)))
    assert " is inf, in module MLP / layer 1 / neuron 2, in row 0\n" in message


def test_a_gradient_names_its_module(w):
    @scope("root")
    def root(x):
        return sqrt(x * w)

    message = anomaly(compile(lambda x: root(x) + x), X)
    assert message.startswith("in backward(), the derivative of sqrt(0) is inf, in module root, in row 2\n")


def test_rows_of_tables_and_several_arguments(w):
    f = compile(lambda xs, matrix, y: xs[0] * matrix[1][0] * w / y)
    message = anomaly(f, np.ones((2, 3)), np.full((2, 2, 1), 3.0), [1.0, 0.0])
    assert message.startswith("6 / 0 is inf, in row 1\n")


def test_a_function_without_arguments_has_no_row(w):
    w.data = 0.0
    assert anomaly(compile(lambda: log(w))).startswith("log(0) is -inf\n")


@pytest.mark.parametrize("call", CALLS)
def test_an_output_beside_the_loss_is_looked_at(call, w):
    f = compile(lambda x: (w * x, [x, log(x)]))
    assert anomaly(f, X, call=call).startswith("log(0) is -inf, in row 2\n")


def test_the_gradient_of_an_output_beside_the_loss_is_not(w):
    with detect_anomaly():
        compile(lambda x: (w * x, sqrt(x * w))).backward(X)
    assert w.grad == np.mean(X)


@pytest.mark.parametrize("call", CALLS)
def test_a_row_that_is_returned_as_it_came(call, w):
    message = anomaly(compile(lambda x: (w * 2.0, x)), [1.0, math.nan], call=call)
    assert message == "a number is nan, in row 1"


def test_it_is_found_inside_no_grad_too(w):
    with no_grad():
        assert anomaly(compile(lambda x: log(x) * w), X).startswith("log(0) is -inf, in row 2")


# ---------------------------------------------------------------------------------------------- what is no anomaly


@pytest.mark.parametrize(
    ("f", "gradient"),
    [
        (lambda x, w: where(x > 0.5, log(x), 0.0) + w * x, 0.5),
        (lambda x, w: maximum(log(x), -5.0) * w, -2.5),
        (lambda x, w: relu(log(x)) + w, 1.0),
        (lambda x, w: take([w * x, 1.0 / x], x * 0.0), 0.5),
        (lambda x, w: w * x + 1.0 / exp(1.0 / maximum(x, 0.5)), 0.5),
    ],
    ids=["where", "maximum", "relu", "take", "nothing"],
)
def test_a_branch_that_was_not_taken_is_none(f, gradient, w):
    with detect_anomaly():
        compile(lambda x: f(x, w)).backward([0.0, 1.0])
    assert w.grad == gradient


def test_a_branch_that_one_row_takes_is_one_in_that_row(w):
    f = compile(lambda x: where(x > 0.5, w, log(x)))
    assert anomaly(f, [1.0, 1.0, 0.0]).startswith("log(0) is -inf, in row 2\n")


def test_the_results_are_those_of_the_program(w):
    f = compile(lambda x: tanh(x * w))
    expected = f.backward(X)
    gradient, w.grad = w.grad, 0.0
    with detect_anomaly():
        np.testing.assert_array_equal(f(X), expected)
        np.testing.assert_array_equal(f.backward(X), expected)
    assert w.grad == gradient


def test_outside_nothing_is_looked_at(w):
    f = compile(lambda x: log(x) * w)
    anomaly(f, X)
    assert f.backward(X)[2] == -math.inf


# ----------------------------------------------------------------------------------------------- nothing is changed


@pytest.mark.parametrize(
    ("f", "rows", "dtype"),
    [
        (lambda x, w: log(x) * w, X, "float64"),
        (lambda x, w: sqrt(x * w), X, "float64"),
        (lambda x, w: (w * 1e25 * x) * 1e-25, [1.0, 1e20], "float32"),
    ],
    ids=["a number", "a gradient", "in float32"],
)
def test_no_gradient_has_changed(f, rows, dtype, w):
    w.grad = 5.0
    compiled = compile(lambda x: f(x, w), dtype=dtype)
    for _ in range(2):
        anomaly(compiled, rows)
        assert (w.grad, w.data) == (5.0, 2.0)


# ----------------------------------------------------------------------------------------------------- in float32


def test_a_number_beyond_float32_is_infinite(w):
    message = anomaly(compile(lambda x: exp(x * w), dtype="float32"), [1.0, 60.0])
    assert message.startswith("exp(120) is 1.30418e+52, beyond the largest number 3.40282e+38, in row 1\n")


def test_a_gradient_beyond_float32_is_infinite():
    small = Value(1e-30)
    f = compile(lambda x: small * x * 1e30, dtype="float32")
    message = anomaly(f, [1.0, 1e20])
    assert " is 1e+20 and the gradient that comes to it 5e+29, in row 1\n" in message


def test_a_row_beyond_float32_is_infinite(w):
    message = anomaly(compile(lambda x: x * w, dtype="float32"), [1.0, 1e300])
    assert message.startswith("inf * 2 is inf, in row 1\n")


def test_a_row_is_rounded_as_the_program_rounds_it(w):
    message = anomaly(compile(lambda x: log(x) * w, dtype="float32"), [1.0, 1e-60])
    assert message.startswith("log(0) is -inf, in row 1\n")


# ------------------------------------------------------------------------- what only the program's own numbers are


def test_a_result_that_only_the_program_has_not_finite_names_row_and_program(w, monkeypatch):
    monkeypatch.setattr(prepared.Prepared, "forward", lambda *_: np.array([[1.0, 2.0], [1.0, math.nan]]))
    message = anomaly(compile(lambda x: [x, w * x]), [1.0, 1.0], call="__call__")
    assert message.startswith(
        "number 1 of the results is nan, in row 1: this is so in the compiled program, in float64"
    )


def test_a_gradient_whose_sum_over_the_rows_overflows_names_a_row():
    w = Value(1e-300)
    f = compile(lambda x: w * x + w * x, dtype="float32")
    message = anomaly(f, [3e38] * 4)  # twice 3e38 / 4 is no trouble, but four times that is
    assert message.startswith(
        "in backward(), the gradient of Value(data=0.0, grad=0.0) is inf, in row 0: this is so in"
    )
    assert message.endswith("or compile with dtype='float64'")
    assert w.grad == 0.0


def test_a_gradient_that_only_the_program_has_not_finite_names_row_and_parameter(w, monkeypatch):
    f = compile(lambda x: tanh(w * x))
    f.backward(X)
    gradient = w.grad

    def spoil(self, executor, inputs, gradient):
        if (inputs[0] == 9.0).any():
            gradient[0] = math.nan

    monkeypatch.setattr(prepared.Prepared, "mend", spoil)
    message = anomaly(f, X)
    assert message.startswith("in backward(), the gradient of Value(data=2.0, grad=")
    assert "label='w') is nan, in row 3: this is so in the compiled program" in message
    assert w.grad == gradient


# -------------------------------------------------------------------------------------------- inside each other


@pytest.mark.parametrize("call", CALLS)
def test_a_compiled_function_inside_another_is_a_part_of_it(call, w):
    inner = compile(log)
    outer = compile(lambda x: inner(x) * w + inner(x + 1.0))
    assert anomaly(outer, X, call=call).startswith("log(0) is -inf, in row 2\n")
    with detect_anomaly():
        np.testing.assert_allclose(outer(X + 1.0), np.log(X + 1.0) * 2.0 + np.log(X + 2.0))


def test_an_index_outside_of_its_list_is_the_error_that_it_is_elsewhere(w):
    f = compile(lambda x: take([w, w * 2.0], x))
    with detect_anomaly(), pytest.raises(IndexError, match="in row 1"):
        f.backward([0.0, 5.0])
    assert w.grad == 0.0


def test_an_error_of_the_function_itself_tells_of_the_row(w):
    rows = []

    def f(x):
        rows.append(x)
        if len(rows) == 3:  # the trace is the first
            raise RuntimeError("no")
        return x * w

    with detect_anomaly(), pytest.raises(RuntimeError, match="no") as error:
        compile(f)(X)
    assert error.value.__notes__ == ["detect_anomaly() called the function on the numbers of row 1"]
