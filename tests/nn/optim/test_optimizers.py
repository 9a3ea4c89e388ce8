"""Optimizers: their formulas, PyTorch's steps, and their state, saved."""

import math

import pytest

from autograd import Value
from autograd.parameters import adopt
from nn import MLP, OPTIMIZERS, SGD, Adam, AdamW, RMSprop, StepDecay

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


OF_PYTORCH = [
    *[("SGD", o) for o in SGD_OPTIONS],
    ("SGD", {"lr": 0.02, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.02, "momentum": 0.9, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.02, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"lr": 0.02, "momentum": 0.5, "nesterov": True, "weight_decay": 0.1}),
    ("RMSprop", {}),
    ("RMSprop", {"lr": 0.05, "alpha": 0.8, "eps": 1e-3}),
    ("RMSprop", {"lr": 0.01, "momentum": 0.9, "weight_decay": 0.1}),
    *[("Adam", o) for o in ADAM_OPTIONS],
    ("Adam", {"lr": 0.05, "weight_decay": 0.1}),
    ("AdamW", {}),
    ("AdamW", {"lr": 0.05, "weight_decay": 0.3, "betas": (0.8, 0.99)}),
]


@pytest.mark.parametrize(("name", "options"), OF_PYTORCH, ids=str)
def test_ten_steps_agree_with_pytorch(name, options):
    torch = pytest.importorskip("torch", reason="the comparison with PyTorch needs PyTorch")
    tensors = [torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in START]
    optimizer = getattr(torch.optim, name)(tensors, **options)  # the defaults are PyTorch's
    path = []
    for _ in range(10):
        optimizer.zero_grad()
        loss_of(*tensors, torch.tanh).backward()
        optimizer.step()
        path.append([tensor.item() for tensor in tensors])
    assert our_steps(OPTIMIZERS[name.lower()], options) == [pytest.approx(theta, rel=1e-12) for theta in path]


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
    assert OPTIMIZERS["rmsprop"] is RMSprop
    assert OPTIMIZERS["adamw"] is AdamW


# --------------------------------------------------------------------------------------------------- their state, saved


WITH_STATE = [
    lambda parameters: SGD(parameters, lr=0.02, momentum=0.9),
    lambda parameters: RMSprop(parameters, lr=StepDecay(0.05, every=3), momentum=0.5),
    lambda parameters: Adam(parameters, lr=0.05),
    lambda parameters: AdamW(parameters, lr=0.05),
]


def some_steps(optimizer, parameters, steps):
    for _ in range(steps):
        optimizer.zero_grad()
        loss_of(*parameters, Value.tanh).backward()
        optimizer.step()
    return [p.data for p in parameters]


@pytest.mark.parametrize("make", WITH_STATE)
@pytest.mark.parametrize("moved", ["neither", "the giver", "the taker"])
def test_an_optimizer_with_the_state_of_another_goes_on_as_it(make, moved):
    """Where they are in a store of another order, too."""
    first, second = [Value(number) for number in START], [Value(0.0) for _ in START]
    one, other = make(first), make(second)
    if moved != "neither":
        adopt({"the giver": first, "the taker": second}[moved][::-1])
    some_steps(one, first, 4)
    other.gradient()  # finds out where its parameters are
    for mine, its in zip(second, first, strict=True):
        mine.data = its.data
    other.load_state_dict(one.state_dict())
    assert some_steps(other, second, 4) == some_steps(one, first, 4)


@pytest.mark.parametrize("make", WITH_STATE)
@pytest.mark.parametrize("moved", [False, True])
def test_a_snapshot_brings_back_parameters_and_state(make, moved):
    parameters = [Value(number) for number in START]
    optimizer = make(parameters)
    some_steps(optimizer, parameters, 2)
    snapshot = optimizer.snapshot()
    first = some_steps(optimizer, parameters, 4)
    if moved:
        adopt(parameters[::-1])  # into another order
    optimizer.restore(snapshot)
    assert [p.grad for p in parameters] == [0.0] * 4
    assert some_steps(optimizer, parameters, 4) == first


def test_the_state_is_a_copy():
    x = Value(1.0)
    optimizer = SGD([x], lr=0.1, momentum=0.5)
    state = optimizer.state_dict()
    x.grad = 1.0
    optimizer.step()
    assert state["velocity"].tolist() == [0.0]
    assert state["steps"] == 0


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (Adam([Value(1.0), Value(2.0)]), "the state of Adam does not fit SGD: one of them has no"),
        (SGD([Value(1.0)]), "velocity is of 2 parameters, the state has the shape"),
    ],
)
def test_a_state_that_does_not_fit_is_refused_and_nothing_changes(other, message):
    optimizer = SGD([Value(1.0), Value(2.0)], lr=0.3)
    with pytest.raises(ValueError, match=message):
        optimizer.load_state_dict(other.state_dict())
    assert optimizer.lr == 0.3


def test_the_state_of_adam_is_not_one_of_adamw():
    with pytest.raises(ValueError, match="the state of Adam does not fit AdamW"):
        AdamW([Value(1.0)]).load_state_dict(Adam([Value(1.0)]).state_dict())
