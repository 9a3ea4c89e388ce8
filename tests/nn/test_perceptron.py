"""The perceptron and its rule."""

import sys

import pytest

import nn
from nn import ConvergenceWarning, Perceptron

CORNERS = [[0, 0], [0, 1], [1, 0], [1, 1]]
GATES = {"AND": [0, 0, 0, 1], "OR": [0, 1, 1, 1], "NAND": [1, 1, 1, 0]}
XOR = [0, 1, 1, 0]


def numbers(model):
    return [p.data for p in model.parameters()]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("gate", GATES)
def test_it_learns_what_a_line_separates(gate, seed):
    perceptron = Perceptron(2, seed=seed)
    history = perceptron.fit(CORNERS, GATES[gate])
    assert [perceptron(x).data for x in CORNERS] == GATES[gate]
    assert history["errors"][-1] == 0


def test_it_stops_after_the_first_epoch_without_an_error():
    history = Perceptron(2, seed=0).fit(CORNERS, GATES["AND"])
    assert all(history["errors"][:-1])
    assert len(history["errors"]) < 100


def test_it_says_that_it_did_not_converge_on_xor():
    words = "did not converge: after 20 epochs it gets [1-3] of 4 rows wrong.*as for XOR.*: use an MLP"
    with pytest.warns(ConvergenceWarning, match=words):
        history = Perceptron(2, seed=0).fit(CORNERS, XOR, epochs=20)
    assert len(history["errors"]) == 20
    assert min(history["errors"]) > 0


def test_the_warning_points_to_the_line_that_called_fit():
    with pytest.warns(ConvergenceWarning) as warned:
        Perceptron(2, seed=0).fit(CORNERS, XOR)
    assert (warned[0].filename, warned[0].lineno) == (__file__, sys._getframe().f_lineno - 1)


@pytest.mark.parametrize(
    ("bias", "label", "moved"),
    [
        (-5.0, 1, [1.5, -0.5, -4.5]),
        (5.0, 0, [0.5, -1.5, 4.5]),
        (5.0, 1, [1.0, -1.0, 5.0]),
        (-5.0, 0, [1.0, -1.0, -5.0]),
    ],
    ids=["too low", "too high", "right above", "right below"],
)
def test_one_step_of_the_rule(bias, label, moved):
    perceptron = Perceptron(2)
    for parameter, number in zip(perceptron.parameters(), [1.0, -1.0, bias], strict=True):
        parameter.data = number
    perceptron._learn([1.0, 1.0], label, learning_rate=0.5)
    assert numbers(perceptron) == moved


def test_its_output_is_the_step_of_the_sum():
    perceptron = Perceptron(1)
    perceptron.w[0].data, perceptron.b.data = 2.0, -1.0
    assert [perceptron([x]).data for x in (0.0, 0.5, 0.6)] == [0.0, 0.0, 1.0]


BAD = {
    "other classes": ({"y": [-1, 1, 1, 1]}, "a perceptron's classes are 0 and 1, got -1"),
    "fractions": ({"y": [0.5, 1, 1, 1]}, "a perceptron's classes are 0 and 1, got 0.5"),
    "lengths": ({"y": [0, 1]}, "X has 4 rows, but y has 2"),
    "empty": ({"X": [], "y": []}, "X is empty"),
    "nan": ({"X": [[0, 0], [0, 1], [1, 0], [1, float("nan")]]}, r"X\[3, 1\] is nan"),
    "ragged": ({"X": [[0, 0], [0, 1], [1, 0], [1]]}, "X must hold numbers, in rows of equal length"),
    "too wide": ({"X": [[0, 0, 0]] * 4}, "a perceptron of 2 inputs got rows of 3 numbers"),
    "no epochs": ({"epochs": 0}, "epochs must be a whole number of at least 1, got 0"),
    "learning rate 0": ({"learning_rate": 0.0}, "learning_rate must be greater than 0 and finite, got 0.0"),
    "learning rate nan": ({"learning_rate": float("nan")}, "learning_rate must be greater than 0 and finite, got nan"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD)
def test_wrong_arguments_are_refused_before_a_weight_changes(arguments, message):
    perceptron = Perceptron(2, seed=0)
    before = numbers(perceptron)
    with pytest.raises(ValueError, match=message):
        perceptron.fit(**{"X": CORNERS, "y": GATES["AND"], **arguments})
    assert numbers(perceptron) == before


def test_gradient_descent_refuses_a_perceptron():
    with pytest.raises(ValueError, match=r"cannot train a Perceptron.*Perceptron.fit\(X, y\)"):
        nn.fit(Perceptron(2), CORNERS, XOR, loss="mse", progress=False)
