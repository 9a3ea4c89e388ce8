"""A loss that is not finite: the training ends, goes back, and says where the number came from."""

import math

import numpy as np
import pytest

from autograd import Value, log, maximum, sqrt, where
from nn import MLP, SGD, Adam, DiagnosisWarning, Module, fit
from nn.training.backends import Eager
from nn.training.diagnosis import backward_origin, forward_origin

from .conftest import X, Y, told, trained


@pytest.mark.parametrize("backend", [None, "eager"])
def test_a_loss_that_is_not_finite_ends_the_training_with_the_parameters_of_the_epoch_before(backend):
    model, after = MLP(2, [4, 1], seed=0), []

    def keep_and_spoil(epoch, history):
        after.append([p.data for p in model.parameters()])
        if epoch == 2:
            optimizer.lr = 1e200

    optimizer = SGD(model.parameters(), lr=0.1)
    with pytest.warns(
        DiagnosisWarning, match=r"the training ended in epoch 3, batch [23] of 4: .* go back to those after epoch 2"
    ):
        history = fit(
            model, X, Y, loss="mse", optimizer=optimizer, epochs=9, batch_size=16, backend=backend,
            callbacks=keep_and_spoil, seed=0, progress=False,
        )  # fmt: skip
    assert history.epochs == len(after) == 2
    assert [p.data for p in model.parameters()] == after[-1]


def test_in_the_first_epoch_the_parameters_are_those_before_the_training():
    model = MLP(2, [4, 1], seed=0)
    before = [p.data for p in model.parameters()]
    history, messages = told(model, loss="mse", lr=1e200, batch_size=16)
    assert "those before the training" in messages[0]
    assert [p.data for p in model.parameters()] == before
    assert history == {"loss": []}


class Line(Module):
    """f(w·x), with a function that is not finite everywhere."""

    def __init__(self, f, w):
        self.f, self.w = f, Value(w, "w")

    def forward(self, x):
        return self.f(self.w * x[0])


def only_message(model, X, y, **options):
    _, messages = told(model, X, y, loss="mse", **options)
    assert len(messages) == 1
    return messages[0]


@pytest.mark.parametrize("backend", [None, "eager"])
def test_the_message_names_the_operation_its_operand_and_the_module(backend):
    message = only_message(Line(log, 1.0), [[2.0], [-0.25]], [0.0, 0.0], batch_size=1, lr=1e-3, backend=backend)
    assert "the loss of a row is nan: log(-0.2497) is nan in Line" in message


def test_it_names_the_derivative_that_spoiled_a_parameter():
    message = only_message(Line(sqrt, 1.0), [[0.0]] * 4, [1.0] * 4, batch_size=2, lr=1e-3)
    assert "the parameter w is nan; in the step to it, the derivative of sqrt(0) is inf in Line" in message


def test_a_parameter_that_the_last_step_spoiled_is_found():
    model = Line(sqrt, 1.0)
    message = only_message(model, [[0.0]], [1.0], epochs=1, lr=1e-3)
    assert "epoch 1, batch 1 of 1: a parameter is not finite: the parameter w is nan" in message
    assert model.w.data == 1.0


def test_the_gradients_are_0_afterwards():
    model = Line(log, 1.0)
    told(model, [[-1.0]], [1.0], loss="mse")
    assert model.w.grad == 0.0


def test_the_optimizer_goes_back_too():
    model = Line(log, 1.0)
    optimizer = Adam([model.w], lr=1e-3)
    with pytest.warns(DiagnosisWarning, match="epoch 1, batch 2 of 2"):
        fit(model, [[2.0], [-0.25]], [0.0, 0.0], loss="mse", optimizer=optimizer, batch_size=1, seed=2, progress=False)
    assert optimizer.steps == 0
    assert optimizer.mean.tolist() == optimizer.mean_square.tolist() == [0.0]
    assert fit(model, [[2.0]], [0.0], loss="mse", optimizer=optimizer, progress=False).epochs == 10


def test_the_steps_to_the_one_that_spoiled_a_parameter_are_taken_again():
    rows = [[2.0], [3.0], [0.0], [1.5]]  # the third spoils it, in whatever batch it is
    model = Line(sqrt, 1.0)
    message = only_message(model, rows, [1.0] * 4, batch_size=1, lr=1e-3, epochs=3)
    assert "the derivative of sqrt(0) is inf" in message
    assert model.w.data == 1.0


@pytest.mark.parametrize("spoils", range(6))
def test_the_loss_that_is_told_is_not_one_of_these_steps(spoils):
    rows = [[0.0 if i == spoils else 2.0] for i in range(6)]
    message = only_message(Line(sqrt, 1.0), rows, [1.0] * 6, batch_size=1, lr=1e-3, epochs=3)
    last = "batch 6 of 6: a parameter is not finite" in message
    assert last or "the loss of a row is nan: the parameter w is nan" in message


def test_losses_whose_squares_are_not_finite_are_no_trouble():
    line = Line(lambda x: x, 1.0)
    fit(line, [[1.0]], [1e100], loss="mse", optimizer=SGD([line.w], lr=1e-200), epochs=2, progress=False)


def test_what_is_not_finite_in_float32_alone_ends_the_training_too():
    model = Line(lambda x: x.exp(), 100.0)
    with pytest.warns(DiagnosisWarning, match="the loss of a row is inf"):
        trained(model, [[1.0]], [1.0], loss="mse", dtype="float32", epochs=1)
    assert math.isfinite(model.w.data)


# ------------------------------------------------------------------ where it came from: not a branch not taken


def origins(f, w, loss, x, target):
    """The origins of what is not finite, forward and backward, in one row of a Line."""
    way = Eager(Line(f, w), loss)
    return forward_origin(way, [x], target), backward_origin(way, np.array([[x]]), np.array([target]))


def masked(p, t):
    return where(t == t, (p - t) ** 2, 0.0)  # nan stands for a target that is missing


@pytest.mark.parametrize(
    ("f", "w", "loss", "target"),
    [
        (lambda x: x, -1.0, masked, math.nan),
        (lambda x: x, 0.0, lambda p, t: maximum(p.log(), t), 1.0),
        (lambda x: where(x > 0, x.sqrt(), 0.0), -1.0, masked, 1.0),
        (lambda x: x.relu().sqrt(), -1.0, masked, 1.0),  # inf comes to the relu, and ends there
        (lambda x: x, -1.0, masked, 1.0),  # the derivative by the plain number 2 is nan: nobody asks for it
    ],
    ids=["a missing target", "a loser", "a branch", "a relu that is off", "an exponent"],
)
def test_where_all_that_counts_is_finite_nothing_is_blamed(f, w, loss, target):
    assert origins(f, w, loss, 1.0, target) == ("", "")


def test_beside_a_branch_that_was_not_taken_the_true_origin_forward_is_named():
    forward, _ = origins(lambda x: x, -1.0, lambda p, t: masked(p, t) + log(p), 1.0, math.nan)
    assert forward == "log(-1) is nan in the loss"


def test_beside_a_branch_that_was_not_taken_the_true_origin_backward_is_named():
    _, backward = origins(lambda x: x, 0.0, lambda p, t: masked(p.log(), t) + p.sqrt(), 1.0, math.nan)
    assert backward == "the derivative of sqrt(0) is inf in the loss"


def test_a_parameter_that_only_a_branch_uses_that_was_not_taken_is_blamed_where_the_loss_is_finite():
    assert origins(lambda x: where(x > 0, x, 0.0), math.nan, masked, 1.0, 1.0)[0] == "the parameter w is nan"
    forward, _ = origins(lambda x: where(x > 0, x, 0.0), math.nan, lambda p, t: log(p - 1.0), 1.0, 1.0)
    assert forward == "log(-1) is nan in the loss"
