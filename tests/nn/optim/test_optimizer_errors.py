"""What optimizers refuse."""

import math

import pytest

from autograd import Value
from nn import MLP, OPTIMIZERS, SGD, Adam, Optimizer, StepDecay


def test_nesterov_without_momentum_is_refused():
    with pytest.raises(ValueError, match="it needs a momentum"):
        SGD([Value(1.0)], nesterov=True)


@pytest.mark.parametrize("optimizer_class", OPTIMIZERS.values())
def test_a_negative_weight_decay_is_refused(optimizer_class):
    with pytest.raises(ValueError, match="weight_decay must be at least 0"):
        optimizer_class([Value(1.0)], weight_decay=-0.1)


@pytest.mark.parametrize("lr", [-0.1, math.nan, math.inf])
def test_a_learning_rate_that_is_assigned_is_checked(lr):
    optimizer = SGD([Value(1.0)], lr=0.1)
    with pytest.raises(ValueError, match="lr must be at least 0 and finite"):
        optimizer.lr = lr
    assert optimizer.lr == 0.1


def test_a_learning_rate_beside_a_schedule_is_refused():
    optimizer = SGD([Value(1.0)], lr=StepDecay(0.1, every=2))
    with pytest.raises(ValueError, match="the learning rate follows a schedule"):
        optimizer.lr = 0.2


def test_the_base_class_does_not_step():
    with pytest.raises(NotImplementedError, match=r"Optimizer must define update\(data, grad\)"):
        Optimizer([Value(1.0)], lr=0.1).step()


@pytest.mark.parametrize("optimizer_class", [SGD, Adam])
@pytest.mark.parametrize("lr", [0.0, -0.1, math.nan, math.inf])
def test_a_learning_rate_out_of_range_is_refused(optimizer_class, lr):
    with pytest.raises(ValueError, match=f"^lr must be greater than 0 and finite, got {lr}$"):
        optimizer_class([Value(1.0)], lr=lr)


@pytest.mark.parametrize("momentum", [-0.1, 1.0, 2.0, math.nan, math.inf])
def test_a_momentum_out_of_range_is_refused(momentum):
    with pytest.raises(ValueError, match=f"^momentum must be at least 0 and less than 1, got {momentum}$"):
        SGD([Value(1.0)], momentum=momentum)


@pytest.mark.parametrize("beta", [-0.1, 1.0, math.nan])
@pytest.mark.parametrize("position", [0, 1])
def test_a_beta_out_of_range_is_refused(beta, position):
    betas = [0.9, 0.9]
    betas[position] = beta
    with pytest.raises(ValueError, match=rf"^betas\[{position}\] must be at least 0 and less than 1, got {beta}$"):
        Adam([Value(1.0)], betas=betas)


@pytest.mark.parametrize("betas", [(), (0.9,), (0.9, 0.9, 0.9)], ids=str)
def test_betas_are_two(betas):
    with pytest.raises(ValueError, match="betas must be two numbers"):
        Adam([Value(1.0)], betas=betas)


@pytest.mark.parametrize("eps", [0.0, -1e-8, math.nan, math.inf])
def test_an_eps_out_of_range_is_refused(eps):
    with pytest.raises(ValueError, match=f"^eps must be greater than 0 and finite, got {eps}$"):
        Adam([Value(1.0)], eps=eps)


@pytest.mark.parametrize(
    "options", [{"lr": "0.1"}, {"lr": None}, {"betas": 0.9}, {"betas": (None, 0.9)}, {"eps": "1"}], ids=str
)
def test_a_hyperparameter_that_is_no_number_is_refused(options):
    with pytest.raises(TypeError):
        Adam([Value(1.0)], **options)


def test_no_parameters_are_refused():
    with pytest.raises(ValueError, match="needs at least one parameter, got none"):
        SGD([])


def test_numbers_are_no_parameters():
    with pytest.raises(TypeError, match=r"parameters are Values, got 1\.0 of type float"):
        SGD([Value(1.0), 1.0])


def test_an_inner_node_is_no_parameter():
    with pytest.raises(ValueError, match=r"parameters are leaves; Value\(data=2.0, grad=0.0\) was computed by '\+'"):
        SGD([Value(1.0) + 1.0])


def test_a_parameter_stands_once_in_the_list():
    x = Value(1.0)
    with pytest.raises(ValueError, match="a parameter stands twice"):
        SGD([x, Value(2.0), x])


@pytest.mark.parametrize("wrong", ["0.1", None, [0.1], True], ids=repr)
def test_a_learning_rate_that_is_no_number_is_a_type_error(wrong):
    with pytest.raises(TypeError, match="lr must be a number, got "):
        SGD([Value(1.0)], lr=wrong)


def test_a_model_in_place_of_its_parameters_is_an_error_that_says_what_to_write():
    with pytest.raises(TypeError, match=r"Adam\(model.parameters\(\)"):
        Adam(MLP(1, [1]))
