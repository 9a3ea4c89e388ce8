"""Optimizers: their formulas, PyTorch's steps, and what they refuse."""

import math

import pytest

from autograd import Value
from nn import MLP, OPTIMIZERS, SGD, Adam, Optimizer

START = [1.5, -0.7, 0.3, 2.0]
SGD_OPTIONS = [{"lr": 0.01}, {"lr": 0.02, "momentum": 0.9}, {"lr": 0.05, "momentum": 0.5}]
ADAM_OPTIONS = [
    {},
    {"lr": 0.1},
    {"lr": 0.05, "betas": (0.8, 0.99)},
    {"lr": 0.01, "betas": (0.0, 0.5), "eps": 1e-3},
    {"lr": 0.01, "betas": (0.9, 0.0), "eps": 0.5},
]


def loss_of(x, y, z, late, tanh):
    """Curved and coupled, with gradients of different sizes; that of `late` is exactly 0 at the start."""
    return (1.0 - x) ** 2 + (y - x * x) ** 2 + tanh(x * y * z) + (late * late if x < 1.49 else late * 0.0)


def our_steps(optimizer_class, options, steps=10):
    """The parameters after each step."""
    parameters = [Value(number) for number in START]
    optimizer = optimizer_class(parameters, **options)
    path = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss_of(*parameters, Value.tanh).backward()
        optimizer.step()
        path.append([p.data for p in parameters])
    return path


def gradient(numbers):
    parameters = [Value(number) for number in numbers]
    loss_of(*parameters, Value.tanh).backward()
    return [p.grad for p in parameters]


@pytest.mark.parametrize("options", SGD_OPTIONS, ids=str)
def test_ten_steps_of_sgd_follow_the_formula(options):
    lr, momentum = options["lr"], options.get("momentum", 0.0)
    theta, v, path = START, [0.0] * 4, []
    for _ in range(10):
        v = [momentum * v + g for v, g in zip(v, gradient(theta), strict=True)]
        theta = [theta - lr * v for theta, v in zip(theta, v, strict=True)]
        path.append(theta)
    assert our_steps(SGD, options) == [pytest.approx(theta, rel=1e-12) for theta in path]


@pytest.mark.parametrize("options", ADAM_OPTIONS, ids=str)
def test_ten_steps_of_adam_follow_the_formula(options):
    lr, (beta1, beta2), eps = (
        options.get("lr", 0.001), options.get("betas", (0.9, 0.999)), options.get("eps", 1e-8)
    )  # fmt: skip
    theta, m, v, path = START, [0.0] * 4, [0.0] * 4, []
    for t in range(1, 11):
        g = gradient(theta)
        m = [beta1 * m + (1 - beta1) * g for m, g in zip(m, g, strict=True)]
        v = [beta2 * v + (1 - beta2) * g**2 for v, g in zip(v, g, strict=True)]
        m_hat = [m / (1 - beta1**t) for m in m]
        v_hat = [v / (1 - beta2**t) for v in v]
        theta = [theta - lr * m / (math.sqrt(v) + eps) for theta, m, v in zip(theta, m_hat, v_hat, strict=True)]
        path.append(theta)
    assert our_steps(Adam, options) == [pytest.approx(theta, rel=1e-12) for theta in path]


@pytest.mark.parametrize(
    ("name", "options"), [("SGD", o) for o in SGD_OPTIONS] + [("Adam", o) for o in ADAM_OPTIONS], ids=str
)
def test_ten_steps_agree_with_pytorch(name, options):
    torch = pytest.importorskip("torch", reason="the comparison with PyTorch needs PyTorch")
    tensors = [torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in START]
    optimizer = getattr(torch.optim, name)(tensors, **{"lr": 0.001, **options})
    path = []
    for _ in range(10):
        optimizer.zero_grad()
        loss_of(*tensors, torch.tanh).backward()
        optimizer.step()
        path.append([tensor.item() for tensor in tensors])
    ours = {"SGD": SGD, "Adam": Adam}[name]
    assert our_steps(ours, options) == [pytest.approx(theta, rel=1e-12) for theta in path]


@pytest.mark.parametrize("optimizer_class", [SGD, Adam])
def test_a_step_without_gradient_moves_nothing(optimizer_class):
    x = Value(2.0)
    optimizer_class([x], lr=0.1).step()
    assert x.data == 2.0


def test_momentum_goes_on_without_gradient():
    x = Value(0.0)
    optimizer = SGD([x], lr=1.0, momentum=0.5)
    x.grad = 1.0
    optimizer.step()
    optimizer.zero_grad()
    optimizer.step()
    assert x.data == -1.0 - 0.5


@pytest.mark.parametrize("optimizer_class", [SGD, Adam])
def test_zero_grad_clears_every_gradient(optimizer_class):
    parameters = [Value(1.0), Value(2.0)]
    parameters[0].grad = parameters[1].grad = 5.0
    optimizer_class(parameters).zero_grad()
    assert [p.grad for p in parameters] == [0.0, 0.0]


def test_parameters_may_come_from_a_generator():
    model = MLP(2, [1], seed=0)
    assert SGD(p for p in model.parameters()).parameters == model.parameters()


def test_the_learning_rate_may_change_between_steps():
    x = Value(0.0)
    optimizer = SGD([x], lr=1.0)
    x.grad, optimizer.lr = 1.0, 0.25
    optimizer.step()
    assert x.data == -0.25


def test_the_names():
    assert OPTIMIZERS["sgd"] is SGD
    assert OPTIMIZERS["adam"] is Adam


def test_the_base_class_does_not_step():
    with pytest.raises(NotImplementedError):
        Optimizer([Value(1.0)], lr=0.1).step()


# ---------------------------------------------------------------------------------------------------------- errors


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
