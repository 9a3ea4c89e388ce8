"""The parameters of compiled functions: whose numbers they see, and whose gradients they add to."""

import numpy as np
import pytest

import nn
from autograd import TraceError, Value, compile, dot, no_grad, take, tanh
from autograd.compiler.compiled import Compiled
from autograd.parameters import adopt, release, store_of

X = np.array([1.0, 2.0, 4.0])
ROWS = np.array([[0.1, -0.2], [0.3, 0.7], [-0.5, 0.2]])


@pytest.fixture
def w():
    return Value(0.1)  # which is no float32


@pytest.fixture
def model():
    return nn.MLP(2, [3, 1], "tanh", seed=1)


def compiled_and_eager(model):
    """Two functions of rows that must always agree."""
    return compile(model), lambda rows: np.array([model(row).data for row in rows.tolist()])


def gradients(values):
    return [value.grad for value in values]


# -------------------------------------------------------------------------------------- numbers that change


def test_assigning_data_is_seen(w):
    f = compile(lambda x: x * w)
    f(X)
    for number in (2.0, -1.0, np.nan, 3.0):
        w.data = number
        np.testing.assert_array_equal(f(X), X * number)


def test_assigning_data_before_the_first_call_is_seen(w):
    f = compile(lambda x: x * w)
    w.data = 5.0
    assert f([1.0]).tolist() == [5.0]


def test_a_constant_of_parameters_alone_is_computed_anew(w):
    f = compile(lambda x: x + tanh(w) * w)
    f(X)
    w.data = 2.0
    np.testing.assert_allclose(f(X), X + np.tanh(2.0) * 2.0)


def test_a_parameter_that_is_another_value_already_adopted_elsewhere(w):
    f = compile(lambda x: x * w)
    f(X)
    adopt([Value(1.0), w, Value(2.0)])
    w.data = 7.0
    assert f([1.0]).tolist() == [7.0]


def test_a_released_parameter_is_found_again(w):
    f = compile(lambda x: x * w)
    f(X)
    for number in (3.0, 4.0):
        release([w])
        w.data = number
        assert f([1.0]).tolist() == [number]
        assert f.backward([1.0]).tolist() == [number]
    assert w.grad == 2.0


@pytest.mark.parametrize("optimizer", [nn.SGD, nn.Adam])
def test_steps_of_an_optimizer_are_seen(model, optimizer):
    f, eager = compiled_and_eager(model)
    steps = optimizer(model.parameters(), lr=0.1)
    loss = compile(lambda x, y: (model(x) - y) ** 2)
    for _ in range(3):
        np.testing.assert_allclose(f(ROWS), eager(ROWS), rtol=1e-12)
        before = f(ROWS)
        steps.zero_grad()
        loss.backward(ROWS, X)
        steps.step()
        assert (f(ROWS) != before).all()


def test_load_state_dict_is_seen(model):
    f, eager = compiled_and_eager(model)
    before, state = f(ROWS), {name: array + 0.5 for name, array in model.state_dict().items()}
    model.load_state_dict(state)
    assert (f(ROWS) != before).all()
    np.testing.assert_allclose(f(ROWS), eager(ROWS), rtol=1e-12)


# --------------------------------------------------------------- what cannot be seen is not, until retrace()


def test_another_model_a_plain_number_and_chance_are_seen_after_retrace():
    models, rng = [lambda x: x * 2.0], np.random.default_rng(0)
    offset = 1.0
    f = compile(lambda x: [models[0](x) + offset, x * rng.random()])
    first = f(X)
    models[0], offset = (lambda x: x * 3.0), 5.0
    np.testing.assert_array_equal(f(X), first)
    f.retrace()
    np.testing.assert_array_equal(f(X)[:, 0], X * 3.0 + 5.0)
    assert (f(X)[:, 1] != first[:, 1]).all()


def test_a_parameter_that_was_replaced_is_seen_after_retrace():
    class Line:
        w = Value(2.0)

    f = compile(lambda x: x * Line.w)
    f(X)
    old, Line.w = Line.w, Value(3.0)
    f.backward([1.0])
    assert (f([1.0]).tolist(), old.grad, Line.w.grad) == ([2.0], 1.0, 0.0)
    f.retrace()
    f.backward([1.0])
    assert (f([1.0]).tolist(), old.grad, Line.w.grad) == ([3.0], 1.0, 1.0)


# ---------------------------------------------------------------------------------------------- gradients


def test_backward_is_the_gradient_of_the_mean(model):
    def loss(x, y):
        return (model(x) - y) ** 2

    results = compile(loss).backward(ROWS, X)
    compiled = gradients(model.parameters())
    model.zero_grad()
    mean = sum(loss(row, y) for row, y in zip(ROWS.tolist(), X.tolist(), strict=True)) / len(X)
    mean.backward()
    np.testing.assert_allclose(compiled, gradients(model.parameters()), rtol=1e-12)
    np.testing.assert_allclose(results.mean(), mean.data, rtol=1e-12)


def test_backward_returns_what_the_call_returns(w):
    f = compile(lambda x: (x * w, [x, w * 2]))
    for one, other in zip(f(X), f.backward(X), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_backward_adds_and_twice_doubles_exactly(model, dtype):
    f = compile(lambda x: tanh(model(x)), dtype=dtype)
    f.backward(ROWS)
    once = gradients(model.parameters())
    assert all(once)
    f.backward(ROWS)
    assert gradients(model.parameters()) == [2 * gradient for gradient in once]


def test_backward_adds_to_a_gradient_of_eager(w):
    (w * 3.0).backward()
    compile(lambda x: x * w).backward([1.0])
    (w * 3.0).backward()
    assert w.grad == 7.0


def test_backward_adds_to_an_assigned_gradient(w):
    f = compile(lambda x: x * w)
    f(X)
    w.grad = 10.0
    f.backward([1.0])
    assert w.grad == 11.0


def test_parameters_outside_of_f_keep_theirs(w):
    outside, other = Value(1.0), Value(2.0)
    outside.grad = 5.0
    adopt([outside, w, other])
    f = compile(lambda x: x * w)
    for count in (1, 2):
        f.backward([1.0])
        assert gradients([outside, w, other]) == [5.0, count, 0.0]


def test_a_parameter_that_does_not_matter_gets_none(w):
    idle = Value(1.0)
    compile(lambda x: (x * w, idle * x)).backward([1.0])  # the first of the tuple is differentiated
    assert gradients([w, idle]) == [1.0, 0.0]


def test_without_parameters_backward_is_the_call():
    assert compile(lambda x: x * 2.0).backward([1.0]).tolist() == [2.0]


def test_inside_no_grad_it_is_the_same(w):
    f = compile(lambda x: x * w)
    with no_grad():
        assert f.backward([1.0]).tolist() == [0.1]
    assert w.grad == 1.0


def test_no_arguments(w):
    f = compile(lambda: w * w * 5.0)
    np.testing.assert_allclose([f.backward(), w.grad], [0.05, 1.0])


def test_functions_that_share_some_parameters():
    a, b, c = parameters = [Value(2.0), Value(3.0), Value(5.0)]
    f, g = compile(lambda x: a * b * x), compile(lambda x: b * c * x)
    for turn in (1, 2, 3):
        f.backward([1.0])
        g.backward([1.0])
        assert gradients(parameters) == [3.0 * turn, (2.0 + 5.0) * turn, 3.0 * turn]


def test_parameters_that_were_released_since_the_last_call():
    a, b = Value(2.0), Value(3.0)
    f = compile(lambda x: a * b * x)
    f.backward([1.0])
    release([a])
    f.backward([1.0])
    assert gradients([a, b]) == [6.0, 4.0]


def test_a_batch_in_parts_has_the_same_gradient(model):
    rows = np.random.default_rng(0).normal(size=(50, 2))
    compile(model).backward(rows)
    whole = gradients(model.parameters())
    model.zero_grad()
    Compiled(model, "float64", most_bytes=512).backward(rows)
    np.testing.assert_allclose(gradients(model.parameters()), whole, rtol=1e-12)


# ------------------------------------------------------------------------- a backward that cannot be, changes nothing


@pytest.mark.parametrize("f", [lambda x, w: [x * w], lambda x, w: ([x * w, x], x * w)], ids=["list", "list first"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_backward_of_a_list_is_refused(w, f, dtype):
    g = compile(lambda x: f(x, w), dtype=dtype)
    with pytest.raises(TraceError, match=r"f returns a list \(\d,\): return their sum, or a tuple \(loss, more\)"):
        g.backward(X)
    assert (w.data, w.grad) == (0.1, 0.0)
    g(X)


@pytest.mark.parametrize("start", [0.0, 5.0])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_an_error_in_the_last_part_of_a_batch_changes_nothing(w, start, dtype):
    f = Compiled(lambda i: take([w, w * 2], i), dtype, most_bytes=64)
    w.grad = start
    with pytest.raises(IndexError, match=r"got 2 in row 99$"):
        f.backward([0.0] * 99 + [2.0])
    assert (w.data, w.grad) == (0.1, start)


# ------------------------------------------------------------------------------------------------ float32


def test_parameters_become_float32_at_backward_and_not_at_a_call(w):
    f = compile(lambda x: x * w, dtype="float32")
    f(X)
    assert w.data == 0.1
    f.backward(X)
    assert w.data == float(np.float32(0.1))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_call_rounds_no_parameter_that_joins_float32_ones(w, dtype):
    compile(lambda x: x * w, dtype="float32").backward(X)
    joining = Value(0.1)
    compile(lambda x: x * w * joining, dtype=dtype)(X)
    assert joining.data == 0.1


def test_float64_and_float32_functions_of_the_same_parameters(model):
    double = compile(lambda x: tanh(model(x)))
    single = compile(lambda x: tanh(model(x)), dtype="float32")
    double.backward(ROWS)
    expected = np.array(gradients(model.parameters()))
    model.zero_grad()
    for function, tolerance in [(double, 1e-12), (single, 1e-5), (double, 1e-5), (single, 1e-5)]:
        results = function.backward(ROWS)
        assert results.dtype == function.dtype
        np.testing.assert_allclose(gradients(model.parameters()), expected, rtol=tolerance)
        np.testing.assert_allclose(double(ROWS), single(ROWS), rtol=1e-5)
        model.zero_grad()


@pytest.mark.parametrize(("inputs", "dtype", "tolerance"), [(7, "float64", 1e-12), (3, "float32", 1e-5)])
def test_weights_and_biases_may_lie_in_any_order(inputs, dtype, tolerance):
    """Here each bias stands behind its weights, 64 or 16 bytes from the next one: NumPy's `negative` is wrong there."""
    size = inputs + 1
    parameters = [Value(0.1 * i - 0.5) for i in range(2 * size)]

    def f(x):
        neurons = [(dot(parameters[i : i + inputs], x) + parameters[i + inputs]) for i in (0, size)]
        return sum((-neuron).tanh() for neuron in neurons)

    rows = np.random.default_rng(0).normal(size=(4, inputs))
    for row in rows.tolist():
        f(row).backward(0.25)
    expected = gradients(parameters)
    for parameter in parameters:
        parameter.grad = 0.0
    adopt(parameters)
    compile(f, dtype=dtype).backward(rows)
    np.testing.assert_allclose(gradients(parameters), expected, rtol=tolerance)


def test_a_float32_gradient_beyond_its_range_is_inf(w):
    compile(lambda x: x * w * 1e30, dtype="float32").backward([1e30])
    assert w.grad == np.inf


def test_a_float64_backward_keeps_the_numbers_that_float32_has_left(w):
    compile(lambda x: x * w, dtype="float32").backward(X)
    compile(lambda x: x * w).backward(X)
    assert (w.data, store_of(w).data.dtype) == (float(np.float32(0.1)), np.float64)
