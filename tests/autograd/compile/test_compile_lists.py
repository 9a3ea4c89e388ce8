"""Operations on lists, compiled: constants, parameters and rows mixed in any way, and the same one several times.

The right numbers come from formulas in NumPy that are written out here, and from the graph of scalars.
"""

import math

import numpy as np
import pytest

import autograd
from autograd import OPERATIONS, Value, compile, logsumexp, maximum, minimum, where

WEIGHTS = [2.0, 0.5, -1.0]
ROWS = np.array([[2.0, 0.0], [0.5, -1.0], [0.0, 2.0]])

# value(numbers) and the derivatives by each of them
FORMULAS = {
    "maximum": (np.max, lambda z: (z == z.max()) / np.sum(z == z.max())),
    "minimum": (np.min, lambda z: (z == z.min()) / np.sum(z == z.min())),
    "logsumexp": (lambda z: np.log(np.exp(z).sum()), lambda z: np.exp(z) / np.exp(z).sum()),
    "dot": (lambda z: z[: len(z) // 2] @ z[len(z) // 2 :], lambda z: np.roll(z, len(z) // 2)),
    "take": (lambda z: z[1], lambda z: np.arange(len(z)) == 1.0),
}
# an operand as (number, weight, column): their product, where it has a weight or a column
TWO, ONE, ZERO, MINUS_ZERO = (2.0, None, None), (1.0, None, None), (0.0, None, None), (-0.0, None, None)
W, V, X, Y, WX = (1.0, 0, None), (1.0, 1, None), (1.0, None, 0), (1.0, None, 1), (1.0, 0, 0)
LISTS = {
    "a weight and two equal constants": [W, TWO, TWO],
    "a weight and three": [W, TWO, TWO, TWO],
    "a weight and five": [W, ZERO, ZERO, ZERO, ZERO, ZERO],
    "constants first": [ZERO, ZERO, W],
    "constants on both sides": [ONE, ONE, W, ONE],
    "two kinds of constants": [W, TWO, TWO, ZERO, ZERO],
    "zeros of both signs": [W, ZERO, MINUS_ZERO, ZERO, MINUS_ZERO, ONE],
    "a row and constants": [X, ZERO, ZERO, W],
    "a row of weights and constants": [WX, TWO, TWO, ONE],
    "all kinds": [TWO, W, X, TWO, V, Y, WX, ZERO, TWO, W],
    "a weight twice": [W, W],
    "a weight three times and another": [W, V, W, W],
    "a row twice": [X, X, W],
    "a product twice": [WX, WX, X, ONE],
    "all of them twice": [W, X, WX, TWO, W, X, WX, TWO],
}


def operand(what, weights, row):
    number, weight, column = what
    factors = [weights[weight]] if weight is not None else []
    factors += [row[column]] if column is not None else []
    return math.prod(factors, start=1) if factors else number


def apply(name, operands):
    """The operation; of plain numbers alone it is a plain number."""
    if name == "take":
        return autograd.take(operands, 1.0)
    if name == "dot":
        return autograd.dot(operands[: len(operands) // 2], operands[len(operands) // 2 :])
    return getattr(autograd, name)(*([operands] if name == "logsumexp" else operands))


def expected(name, items, weights, rows):
    """The values of the rows, and the gradient of their mean by each weight."""
    value, derivatives = FORMULAS[name]
    values, gradient = [], np.zeros(len(weights))
    for row in rows:
        z = np.array([operand(item, weights, row) for item in items])
        values.append(value(z))
        for (_, weight, column), derivative in zip(items, derivatives(z), strict=True):
            if weight is not None:
                gradient[weight] += derivative * (1.0 if column is None else row[column]) / len(rows)
    return values, gradient


def test_the_formulas_are_those_of_all_operations_on_lists():
    of_lists = {name for name, rule in OPERATIONS.items() if rule.operands[-1].startswith("*")}
    assert set(FORMULAS) == {name for name in of_lists if name[0] != "_"}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("items", LISTS.values(), ids=list(LISTS))
@pytest.mark.parametrize("name", FORMULAS)
def test_values_and_gradients_are_those_of_the_formula(name, items, dtype):
    if name == "dot":
        items = items[len(items) % 2 :]
    weights = [Value(number) for number in WEIGHTS]
    values, gradient = expected(name, items, WEIGHTS, ROWS)
    f = compile(lambda row: apply(name, [operand(item, weights, row) for item in items]) + weights[2], dtype=dtype)
    result = f.backward(ROWS)
    gradient[2] += 1.0
    tolerance = 1e-14 if dtype == "float64" else 1e-6
    np.testing.assert_allclose(result, np.array(values) + WEIGHTS[2], rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose([w.grad for w in weights], gradient, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", FORMULAS)
def test_several_lists_of_one_kind_are_one_operation_with_the_gradient_of_each(name):
    lists = [[item, TWO, TWO, other] for item, other in [(W, X), (V, Y), (W, Y), (V, X)]]
    weights = [Value(number) for number in WEIGHTS]
    f = compile(
        lambda row: sum((apply(name, [operand(item, weights, row) for item in items]) for items in lists), weights[2])
    )
    values, gradients = zip(*[expected(name, items, WEIGHTS, ROWS) for items in lists], strict=True)
    np.testing.assert_allclose(f.backward(ROWS), np.sum(values, axis=0) + WEIGHTS[2], rtol=1e-14)
    np.testing.assert_allclose(
        [w.grad for w in weights], np.sum(gradients, axis=0) + np.array([0.0, 0.0, 1.0]), rtol=1e-14
    )


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("items", [[W, TWO, TWO], [X, TWO, TWO, W]], ids=["once per call", "per row"])
def test_a_nan_among_equal_constants_is_as_in_the_graph_of_scalars(name, items):
    items = [*items, (math.nan, None, None), (math.nan, None, None), TWO]
    items = items[len(items) % 2 :]
    weights = [Value(number) for number in WEIGHTS]

    def f(row):
        return apply(name, [operand(item, weights, row) for item in items]) + weights[2]

    roots = [f([Value(x) for x in row]) for row in ROWS]
    result = compile(f).backward(ROWS)
    gradients = [w.grad for w in weights]
    for w in weights:
        w.grad = 0.0
    for root in roots:
        root.backward(1 / len(ROWS))
    np.testing.assert_allclose(result, [root.data for root in roots])
    np.testing.assert_allclose(gradients, [w.grad for w in weights])


# ---------------------------------------------------------------------------------------- what one knows by heart


def test_the_logsumexp_of_three_zeros_is_the_logarithm_of_3():
    assert compile(lambda x: logsumexp([x, 0.0, 0.0]))([0.0]) == pytest.approx(math.log(3.0))


@pytest.mark.parametrize("extreme", [maximum, minimum])
@pytest.mark.parametrize("others", [1, 2, 3, 10])
def test_a_tie_with_equal_constants_shares_the_gradient_among_all(extreme, others):
    w = Value(2.0)
    compile(lambda x: extreme(w, *[2.0] * others) * x).backward([1.0])
    assert w.grad == pytest.approx(1.0 / (others + 1))


def test_a_tie_of_a_row_with_equal_constants_shares_the_gradient_among_all():
    w = Value(2.0)
    compile(lambda x: maximum(w * x, 2.0, 2.0)).backward([1.0, 1.0])
    assert w.grad == pytest.approx(1.0 / 3.0)


def test_one_constant_of_an_operation_on_numbers_stays_a_number_in_the_program():
    f = compile(lambda x: where(x > 0.0, x + 2.0, 3.0))
    f([1.0])
    assert "2.0" in f.source
