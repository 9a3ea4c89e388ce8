"""Values and gradients against PyTorch in float64, at kinks and ties too.

Where we differ on purpose, which is why these points are not in the lists below:

    sqrt'(-0.0)             inf here, -inf there: the root lives at the right of 0, whatever the sign of the zero
    abs'(nan)               nan here, 0 there
    leaky_relu'(nan)        1 here, as relu'(nan) is in both; the slope there
    softplus(x), x > 20     ln(1 + eˣ) here; x there, so that the reference below is logaddexp
    expm1'(x), x << 0       eˣ here; (eˣ - 1) + 1 there, which loses its digits
    atan2'(0, 0)            nan here, 0 there: the angle has no derivative at the origin
    maximum'(nan, x)        nan here, 1 for both operands there (minimum' too)
    atan2' of tiny numbers  right here; 0 there, since their squares underflow
"""

import itertools
import math
import operator

import pytest

import autograd
from autograd import Value

torch = pytest.importorskip("torch", reason="the comparison with PyTorch needs PyTorch")
functional = torch.nn.functional

inf, nan = math.inf, math.nan

EVERYWHERE = [0.0, 1e-300, -1e-300, 0.3, -0.3, 1.0, -1.0, 2.5, -2.5, 12.0, 40.0, -40.0, 800.0, -800.0, inf, -inf]
FINITE = EVERYWHERE[:-2]


def softplus(x):
    return torch.logaddexp(x, torch.zeros_like(x))


OF_ONE_NUMBER = {
    # name: (their function, points)
    "exp": (torch.exp, [*EVERYWHERE, nan]),
    "log": (torch.log, [*EVERYWHERE, nan]),
    "log1p": (torch.log1p, [*EVERYWHERE, nan]),
    "expm1": (torch.expm1, [0.0, 1e-300, 0.3, -0.3, 1.0, -1.0, 2.5, -2.5, 40.0, 800.0, -800.0, inf, -inf, nan]),
    "sqrt": (torch.sqrt, [*EVERYWHERE, nan]),
    "sin": (torch.sin, [*EVERYWHERE, nan]),
    "cos": (torch.cos, [*EVERYWHERE, nan]),
    "tan": (torch.tan, [*EVERYWHERE, nan]),
    "asin": (torch.asin, [*EVERYWHERE, nan]),
    "acos": (torch.acos, [*EVERYWHERE, nan]),
    "atan": (torch.atan, [*EVERYWHERE, nan]),
    "sinh": (torch.sinh, [*EVERYWHERE, nan]),
    "cosh": (torch.cosh, [*EVERYWHERE, nan]),
    "tanh": (torch.tanh, [*EVERYWHERE, nan]),
    "erf": (torch.erf, [*EVERYWHERE, nan]),
    "sigmoid": (torch.sigmoid, [*EVERYWHERE, nan]),
    "softplus": (softplus, EVERYWHERE),
    "relu": (torch.relu, [*EVERYWHERE, -0.0, nan]),
    "ndtr": (torch.special.ndtr, [*EVERYWHERE, nan]),
    "gelu": (functional.gelu, [*FINITE, nan]),  # at ±inf, where PyTorch computes inf·0, ours are the limits
    "silu": (functional.silu, [*FINITE, nan]),
    "leaky_relu": (functional.leaky_relu, [*EVERYWHERE, -0.0]),
    "elu": (functional.elu, [*EVERYWHERE, -0.0, nan]),
    "abs": (torch.abs, [*EVERYWHERE, -0.0]),
}

ANY = [-inf, -3.0, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 2.0, 3.0, inf]

OF_TWO_NUMBERS = {
    "add": (operator.add, operator.add, itertools.product([*ANY, nan], repeat=2)),
    "sub": (operator.sub, operator.sub, itertools.product([*ANY, nan], repeat=2)),
    "mul": (operator.mul, operator.mul, itertools.product([*ANY, nan], repeat=2)),
    "truediv": (operator.truediv, operator.truediv, itertools.product([*ANY, nan], repeat=2)),
    "pow": (operator.pow, operator.pow, itertools.product([*ANY, nan], repeat=2)),
    "atan2": (autograd.atan2, torch.atan2, (pair for pair in itertools.product(ANY, repeat=2) if any(pair))),
    "hypot": (autograd.hypot, torch.hypot, itertools.product([*ANY, nan], repeat=2)),
    "maximum": (autograd.maximum, torch.maximum, itertools.product(ANY, repeat=2)),
    "minimum": (autograd.minimum, torch.minimum, itertools.product(ANY, repeat=2)),
}

LISTS = [
    [0.3],
    [1.0, 1.0],
    [2.0, -1.0, 2.0],
    [0.1, -0.7, 2.5, 0.0],
    [1000.0, 0.0, 999.0],
    [-1000.0, -1001.0],
    [-inf, 0.5],
]
WEIGHTS = [0.7, -1.3, 0.2, 2.0]  # so that the gradients of the results differ


def stacked(function):
    return lambda xs: function(torch.stack(xs))


def weighted(results):
    return sum(weight * result for weight, result in zip(WEIGHTS, results))  # noqa: B905  lists are shorter


OF_LISTS = {
    "maximum": (lambda xs: autograd.maximum(*xs), stacked(torch.amax)),
    "minimum": (lambda xs: autograd.minimum(*xs), stacked(torch.amin)),
    "logsumexp": (autograd.logsumexp, stacked(lambda x: torch.logsumexp(x, 0))),
    "softmax": (lambda xs: weighted(autograd.softmax(xs)), lambda xs: weighted(torch.softmax(torch.stack(xs), 0))),
    "log_softmax": (
        lambda xs: weighted(autograd.log_softmax(xs)),
        lambda xs: weighted(torch.log_softmax(torch.stack(xs), 0)),
    ),
    "dot": (lambda xs: autograd.dot(xs, WEIGHTS[: len(xs)]), weighted),
    "take": (lambda xs: autograd.take(xs, len(xs) - 1), lambda xs: xs[-1]),
    "take a Value": (lambda xs: autograd.take(xs, Value(len(xs) - 1)), lambda xs: xs[-1]),
    "where": (lambda xs: autograd.where(xs[0], xs[-1], xs[0]), lambda xs: torch.where(xs[0] != 0, xs[-1], xs[0])),
    "sum": (sum, sum),
}


def ours(function, numbers):
    """The value of function([Value, …]) and its derivatives."""
    values = [Value(number) for number in numbers]
    root = function(values)
    root.backward()
    return [root.data, *(value.grad for value in values)]


def theirs(function, numbers):
    """The value of function([scalar tensor, …]) and its derivatives."""
    tensors = [torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in numbers]
    root = function(tensors)
    root.backward()
    return [root.item(), *(0.0 if tensor.grad is None else tensor.grad.item() for tensor in tensors)]


def agree(our_numbers, their_numbers):
    return all(
        math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-15) or (math.isnan(a) and math.isnan(b))
        for a, b in zip(our_numbers, their_numbers, strict=True)
    )


def compare(our_function, their_function, numbers):
    our_numbers, their_numbers = ours(our_function, numbers), theirs(their_function, numbers)
    assert agree(our_numbers, their_numbers), f"at {numbers}: {our_numbers} here, {their_numbers} in PyTorch"


def method(name):
    return lambda xs: abs(xs[0]) if name == "abs" else getattr(xs[0], name)()


@pytest.mark.parametrize(
    ("name", "x"), [(name, x) for name, (_, points) in OF_ONE_NUMBER.items() for x in points], ids=str
)
def test_function_of_one_number(name, x):
    their_function = OF_ONE_NUMBER[name][0]
    compare(method(name), lambda xs: their_function(xs[0]), [x])


@pytest.mark.parametrize(
    ("name", "a", "b"), [(name, a, b) for name, (_, _, pairs) in OF_TWO_NUMBERS.items() for a, b in pairs], ids=str
)
def test_function_of_two_numbers(name, a, b):
    our_function, their_function, _ = OF_TWO_NUMBERS[name]
    compare(lambda xs: our_function(*xs), lambda xs: their_function(*xs), [a, b])


@pytest.mark.parametrize("numbers", LISTS, ids=str)
@pytest.mark.parametrize("name", OF_LISTS)
def test_function_of_a_list(name, numbers):
    compare(*OF_LISTS[name], numbers)


def test_one_node_used_by_two_operands():
    compare(lambda xs: xs[0] ** xs[0], lambda xs: xs[0] ** xs[0], [1.5])


def test_a_neuron_and_its_loss():
    def loss(relu, log):
        return lambda x: log(relu(x[0] * x[1] + x[2] * x[3] - 1) ** 2 + 1) / 3 + x[0] / x[3] - x[1]

    compare(loss(autograd.relu, autograd.log), loss(torch.relu, torch.log), [0.5, -1.5, 2.0, 1.25])


# ------------------------------------------------------------------------------------------- planted faults


@pytest.mark.parametrize(
    "wrong", [[1.0, 2.000001], [1.000001, 2.0], [1.0, nan], [1.0, inf]], ids=["derivative", "value", "nan", "inf"]
)
def test_the_comparison_sees_a_difference(wrong):
    assert not agree(wrong, [1.0, 2.0])


def test_the_comparison_sees_another_function():
    with pytest.raises(AssertionError, match="in PyTorch"):
        compare(method("gelu"), lambda xs: functional.gelu(xs[0], approximate="tanh"), [0.5])
