"""NumPy arrays of Values, with gradients right through NumPy's own functions; and NumPy scalars beside Values."""

import math
import operator

import numpy as np
import pytest

from autograd import Value, atan2, compile

UFUNCS = {
    # NumPy's function: (the derivative at x, x), from a table of derivatives
    "sin": (math.cos(0.5), 0.5),
    "cos": (-math.sin(0.5), 0.5),
    "tan": (1 / math.cos(0.5) ** 2, 0.5),
    "arcsin": (1 / math.sqrt(0.75), 0.5),
    "arccos": (-1 / math.sqrt(0.75), 0.5),
    "arctan": (0.8, 0.5),
    "sinh": (math.cosh(0.5), 0.5),
    "cosh": (math.sinh(0.5), 0.5),
    "tanh": (1 / math.cosh(0.5) ** 2, 0.5),
    "exp": (math.exp(0.5), 0.5),
    "expm1": (math.exp(0.5), 0.5),
    "log": (2.0, 0.5),
    "log1p": (1 / 1.5, 0.5),
    "sqrt": (1.0, 0.25),
    "abs": (-1.0, -0.5),
    "absolute": (-1.0, -0.5),
    "negative": (-1.0, 0.5),
    "positive": (1.0, 0.5),
    "square": (1.0, 0.5),
}

BINARY_UFUNCS = {
    # NumPy's function: derivatives at (3, 4)
    "add": (1.0, 1.0),
    "subtract": (1.0, -1.0),
    "multiply": (4.0, 3.0),
    "divide": (1 / 4, -3 / 16),
    "power": (108.0, 81 * math.log(3)),
    "arctan2": (4 / 25, -3 / 25),
    "hypot": (3 / 5, 4 / 5),
    "maximum": (0.0, 1.0),  # NumPy compares the Values itself, and gives the larger one, the very node
    "minimum": (1.0, 0.0),
}


def values(*numbers):
    return np.array([Value(number) for number in numbers])


def grads(array):
    return [value.grad for value in array.flat]


def test_an_array_of_values_is_an_array_of_objects():
    x = values(1.0, 2.0)
    assert (x.dtype, x.shape) == (object, (2,))


@pytest.mark.parametrize("name", UFUNCS)
def test_ufunc_of_one_array(name):
    derivative, at = UFUNCS[name]
    x = values(at, at)
    y = getattr(np, name)(x)
    y[1].backward()
    assert [node.data for node in y] == pytest.approx([getattr(np, name)(at)] * 2, rel=1e-15)
    assert grads(x) == pytest.approx([0.0, derivative], rel=1e-15)


@pytest.mark.parametrize("name", BINARY_UFUNCS)
def test_ufunc_of_two_arrays(name):
    x, y = values(3.0), values(4.0)
    z = getattr(np, name)(x, y)
    z[0].backward()
    assert z[0].data == pytest.approx(float(getattr(np, name)(3.0, 4.0)), rel=1e-15)
    assert grads(x) + grads(y) == pytest.approx(BINARY_UFUNCS[name], rel=1e-15)


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "max", "min"])
def test_reduction(name):
    x = values(1.5, -2.0, 4.0)
    derivatives = {
        "sum": [1.0] * 3,
        "mean": [1 / 3] * 3,
        "prod": [-8.0, 6.0, -3.0],
        "max": [0, 0, 1.0],
        "min": [0, 1.0, 0],
    }
    root = getattr(x, name)()
    root.backward()
    assert (type(root), root.data) == (Value, getattr(np.array([1.5, -2.0, 4.0]), name)())
    assert grads(x) == pytest.approx(derivatives[name], rel=1e-15)


def test_sum_over_an_axis():
    x = np.array([values(1.0, 2.0), values(3.0, 4.0)])
    x.sum(axis=0)[1].backward()
    assert grads(x) == [0.0, 1.0, 0.0, 1.0]


@pytest.mark.parametrize("product", [operator.matmul, np.dot, np.matmul], ids=["@", "dot", "matmul"])
def test_matrix_times_vector(product):
    W, x = np.array([values(1.0, 2.0), values(3.0, 4.0)]), values(5.0, 6.0)
    y = product(W, x)
    y[1].backward()
    assert [node.data for node in y] == [17.0, 39.0]
    assert grads(W) + grads(x) == [0.0, 0.0, 5.0, 6.0, 3.0, 4.0]


def test_matrix_of_values_times_vector_of_numbers():
    W = np.array([values(1.0, 2.0), values(3.0, 4.0)])
    (W @ np.array([5.0, 6.0]))[0].backward()
    assert grads(W) == [5.0, 6.0, 0.0, 0.0]


def test_norm():
    x = values(3.0, 4.0)
    np.linalg.norm(x).backward()
    assert grads(x) == pytest.approx([0.6, 0.8], rel=1e-15)


def test_a_neuron():
    w, x, b = values(0.5, -1.0), np.array([2.0, 3.0]), Value(0.25)
    y = np.tanh(w @ x + b)
    y.backward()
    slope = 1 - math.tanh(-1.75) ** 2
    assert [*grads(w), b.grad] == pytest.approx([2 * slope, 3 * slope, slope], rel=1e-15)


X = (1.5, -2.0, 4.0)
M = 3.5 / 3  # the mean of X
S = math.sqrt(((1.5 - M) ** 2 + (-2.0 - M) ** 2 + (4.0 - M) ** 2) / 3)
FUNCTIONS = {
    # NumPy's function of an array, giving one number: its gradient at X, by hand
    "var": (np.var, [2 * (x - M) / 3 for x in X]),
    "var, of a sample": (lambda x: np.var(x, ddof=1), [x - M for x in X]),
    "std": (np.std, [(x - M) / (3 * S) for x in X]),
    "mean": (np.mean, [1 / 3] * 3),
    "average": (lambda x: np.average(x, weights=[1.0, 2.0, 5.0]), [1 / 8, 2 / 8, 5 / 8]),
    "norm": (np.linalg.norm, [x / math.sqrt(22.25) for x in X]),
    "norm, of the sizes": (lambda x: np.linalg.norm(x, 1), [1.0, -1.0, 1.0]),
    "dot": (lambda x: np.dot(x, x), [2 * x for x in X]),
    "vdot": (lambda x: np.vdot(x, [1.0, 2.0, 3.0]), [1.0, 2.0, 3.0]),
    "outer": (lambda x: np.outer(x, [1.0, 2.0])[:, 1].sum(), [2.0] * 3),
    "trace": (lambda x: np.trace(np.outer(x, x)), [2 * x for x in X]),
    "cumsum": (lambda x: np.cumsum(x)[1], [1.0, 1.0, 0.0]),
    "prod": (np.prod, [-8.0, 6.0, -3.0]),
    "diff": (lambda x: np.diff(x)[1], [0.0, -1.0, 1.0]),
}


@pytest.mark.parametrize(("f", "gradient"), FUNCTIONS.values(), ids=list(FUNCTIONS))
def test_function_of_an_array(f, gradient):
    x = values(*X)
    root = f(x)
    root.backward()
    assert (type(root), root.data) == (Value, pytest.approx(float(f(np.array(X))), rel=1e-15))
    assert grads(x) == pytest.approx(gradient, rel=1e-14)


@pytest.mark.parametrize(("f", "gradient"), FUNCTIONS.values(), ids=list(FUNCTIONS))
def test_function_of_an_array_in_a_compiled_function(f, gradient):
    w = values(1.0, 1.0, 1.0)
    compiled = compile(lambda x: f(np.array(x) * w))
    result = compiled.backward([X])
    assert result == pytest.approx(float(f(np.array(X))), rel=1e-12)
    assert grads(w) == pytest.approx([x * slope for x, slope in zip(X, gradient, strict=True)], rel=1e-12)


def test_a_tie_in_numpys_maximum_goes_to_the_first_and_is_not_shared():
    x, y = values(2.0), values(2.0)
    assert np.maximum(x, y).tolist() == [x[0]]
    assert np.minimum(x, y).tolist() == [x[0]]
    x[0].maximum(y[0]).backward()  # the rule book shares it
    assert grads(x) + grads(y) == [0.5, 0.5]


# -------------------------------------------------------------------------- one Value beside arrays and scalars


@pytest.mark.parametrize("name", BINARY_UFUNCS)
@pytest.mark.parametrize("first", [3.0, 3, np.float64(3.0), np.array(3.0)], ids=lambda first: type(first).__name__)
def test_ufunc_of_a_number_and_a_value(name, first):
    v = Value(4.0)
    result = getattr(np, name)(first, v)
    assert float(result) == pytest.approx(float(getattr(np, name)(3.0, 4.0)), rel=1e-15)
    if isinstance(result, Value):
        result.backward()
    assert v.grad == pytest.approx(BINARY_UFUNCS[name][1], rel=1e-15)


@pytest.mark.parametrize("name", BINARY_UFUNCS)
def test_ufunc_of_a_value_and_a_number(name):
    v = Value(3.0)
    result = getattr(np, name)(v, 4.0)
    assert float(result) == pytest.approx(float(getattr(np, name)(3.0, 4.0)), rel=1e-15)
    if isinstance(result, Value):
        result.backward()
    assert v.grad == pytest.approx(BINARY_UFUNCS[name][0], rel=1e-15)


@pytest.mark.parametrize("name", BINARY_UFUNCS)
def test_ufunc_of_an_array_and_a_value(name):
    array = np.array([[3.0, 5.0], [2.0, 7.0]])
    result = getattr(np, name)(array, Value(4.0))
    assert result.shape == (2, 2)
    assert result.astype(float).tolist() == pytest.approx(getattr(np, name)(array, 4.0), rel=1e-15)
    result = getattr(np, name)(Value(4.0), array)
    assert result.astype(float).tolist() == pytest.approx(getattr(np, name)(4.0, array), rel=1e-15)


@pytest.mark.parametrize("name", UFUNCS)
def test_ufunc_of_a_value(name):
    derivative, at = UFUNCS[name]
    x = Value(at)
    y = getattr(np, name)(x)
    y.backward()
    assert (type(y), x.grad) == (Value, pytest.approx(derivative, rel=1e-15))


def test_ufunc_of_numbers_and_an_array_of_values_takes_frompyfunc():
    numbers, x = np.array([1.0, 3.0]), values(2.0, 4.0)
    with pytest.raises(AttributeError, match="'float' object has no attribute 'arctan2'"):  # NumPy's own
        np.arctan2(numbers, x)
    angles = np.frompyfunc(atan2, 2, 1)(numbers, x)
    angles.sum().backward()
    assert grads(x) == pytest.approx([-1 / 5, -3 / 25], rel=1e-15)


@pytest.mark.parametrize("scalar", [np.complex128(1), np.clongdouble(1), np.str_("1"), np.datetime64(1, "D")], ids=repr)
@pytest.mark.parametrize("use", [operator.mul, operator.lt, np.hypot], ids=["*", "<", "hypot"])
def test_a_numpy_scalar_that_is_no_real_number_is_a_type_error(use, scalar):
    with pytest.raises(TypeError):
        use(scalar, Value(2.0))


def test_what_numpy_calls_by_other_ways_takes_a_value_too():
    v = Value(2.0)
    assert np.add.reduce(v) is v
    assert np.multiply.outer([1.0, 3.0], v).tolist()[1].data == 6.0


ARITHMETIC = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]
COMPARISONS = [operator.lt, operator.le, operator.gt, operator.ge]


def of(function):
    return function.__name__


@pytest.mark.parametrize("symbol", ARITHMETIC, ids=of)
def test_array_beside_value(symbol):
    v, array = Value(2.0), np.array([1.0, 3.0])
    assert [node.data for node in symbol(array, v)] == symbol(array, 2.0).tolist()


@pytest.mark.parametrize("symbol", ARITHMETIC, ids=of)
def test_value_beside_array(symbol):
    v, array = Value(2.0), np.array([1.0, 3.0])
    assert [node.data for node in symbol(v, array)] == symbol(2.0, array).tolist()


@pytest.mark.parametrize("times", [lambda v, array: v * array, lambda v, array: array * v], ids=["value", "array"])
def test_the_gradient_of_a_value_times_an_array(times):
    v = Value(2.0)
    times(v, np.array([1.0, 3.0])).sum().backward()
    assert v.grad == 4.0


@pytest.mark.parametrize("scalar", [np.float64, np.float32, np.int64, np.bool_, np.array], ids=of)
def test_the_gradient_of_a_numpy_scalar_times_a_value(scalar):
    v = Value(2.0)
    (scalar(1) * v * scalar(1)).backward()
    assert v.grad == 1.0


@pytest.mark.parametrize("compare", COMPARISONS, ids=of)
def test_comparisons_of_arrays_are_those_of_the_numbers(compare):
    numbers, others = np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 2.0])
    expected = compare(numbers, others).tolist()
    x, y = values(*numbers), values(*others)
    assert compare(x, y).tolist() == expected
    assert compare(x, others).tolist() == expected
    assert compare(numbers, y).tolist() == expected


@pytest.mark.parametrize("compare", COMPARISONS, ids=of)
def test_comparisons_of_a_value_with_an_array(compare):
    array = np.array([1.0, 2.0, 3.0])
    assert compare(Value(2.0), array).tolist() == compare(2.0, array).tolist()
    assert compare(array, Value(2.0)).tolist() == compare(array, 2.0).tolist()


def test_argmax_and_sort():
    x = values(2.0, 3.0, 1.0)
    assert (np.argmax(x), np.sort(x).tolist()) == (1, [x[2], x[0], x[1]])


def test_a_mask_chooses_nodes():
    x = values(2.0, -3.0)
    assert x[x > 0].tolist() == [x[0]]


def test_an_array_of_values_becomes_one_of_floats():
    assert values(2.0, 3.0).astype(float).tolist() == [2.0, 3.0]
