"""Optimizers: their formulas, PyTorch's steps, and what they refuse."""

import copy
import gc
import math
import pickle
import weakref
from fractions import Fraction
from math import sqrt
from random import Random

import numpy as np
import pytest

from autograd import Value
from autograd.parameters import adopt, release, store_of
from nn import MLP, OPTIMIZERS, SGD, Adam, AdamW, Optimizer, RMSprop, StepDecay

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


def test_nesterov_without_momentum_is_refused():
    with pytest.raises(ValueError, match="it needs a momentum"):
        SGD([Value(1.0)], nesterov=True)


@pytest.mark.parametrize("optimizer_class", OPTIMIZERS.values())
def test_a_negative_weight_decay_is_refused(optimizer_class):
    with pytest.raises(ValueError, match="weight_decay must be at least 0"):
        optimizer_class([Value(1.0)], weight_decay=-0.1)


# ------------------------------------------------------------------------------------------- their state, saved

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


def test_the_base_class_does_not_step():
    with pytest.raises(NotImplementedError, match=r"Optimizer must define update\(data, grad\)"):
        Optimizer([Value(1.0)], lr=0.1).step()


# ------------------------------------------------------------------------ parameters in a store, for a while or always


def sgd_by_hand(theta, gradients, lr, momentum=0.0):
    """The formula in scalars, in the order of operations that the optimizer has: the same to the last bit."""
    v = [0.0] * len(theta)
    for gradient in gradients:
        for i, g in enumerate(gradient):
            v[i] = momentum * v[i] + g
            theta[i] -= lr * v[i]
    return theta


def adam_by_hand(theta, gradients, lr=0.001, betas=(0.9, 0.999), eps=1e-8):
    m, v = [0.0] * len(theta), [0.0] * len(theta)
    for t, gradient in enumerate(gradients, start=1):
        for i, g in enumerate(gradient):
            m[i] = betas[0] * m[i] + (1.0 - betas[0]) * g
            v[i] = betas[1] * v[i] + (1.0 - betas[1]) * (g * g)
            theta[i] -= lr / (1.0 - betas[0] ** t) * m[i] / (sqrt(v[i]) / sqrt(1.0 - betas[1] ** t) + eps)
    return theta


RULES = {
    "SGD": (SGD, sgd_by_hand, {"lr": 0.1}),
    "SGD with momentum": (SGD, sgd_by_hand, {"lr": 0.1, "momentum": 0.9}),
    "Adam": (Adam, adam_by_hand, {"lr": 0.1, "betas": (0.8, 0.99)}),
}
rules = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)

# What happens to five parameters before which of ten steps; `others` are two Values that the optimizer does not have.
ARRANGEMENTS = {
    "plain": {},
    "adopted": {0: lambda p, others: adopt(p)},
    "adopted in another order": {0: lambda p, others: adopt([p[3], p[0], p[4], p[2], p[1]])},
    "adopted backwards": {0: lambda p, others: adopt(p[::-1])},
    "at the start of a larger store": {0: lambda p, others: adopt([*p, *others])},
    "at the end of a larger store": {0: lambda p, others: adopt([*others, *p[::-1]])},
    "scattered over a larger store": {0: lambda p, others: adopt([p[4], others[0], *p[:2], others[1], *p[2:4]])},
    "some adopted": {0: lambda p, others: adopt([p[3], p[1]])},
    "in two stores": {0: lambda p, others: (adopt(p[3:]), adopt(p[:3]))},
    "adopted in the middle": {5: lambda p, others: adopt(p)},
    "in another order in the middle": {5: lambda p, others: adopt([p[2], p[0], p[4], p[1], p[3]])},
    "only the last adopted in the middle": {5: lambda p, others: adopt([p[-1], *others])},
    "moved to a larger store": {0: lambda p, others: adopt(p), 5: lambda p, others: adopt([*others, *p[::-1]])},
    "scattered over a larger store in the middle": {
        0: lambda p, others: adopt(p),
        5: lambda p, others: adopt([p[4], others[0], *p[:2], others[1], *p[2:4]]),
    },
    "a member of the store moved away": {
        0: lambda p, others: adopt([*p, *others]),
        5: lambda p, others: adopt([others[1], Value(0.0)]),
    },
    "released in the middle": {0: lambda p, others: adopt(p[::-1]), 5: lambda p, others: release(p)},
    "some released in the middle": {0: lambda p, others: adopt(p[::-1]), 5: lambda p, others: release(p[1:3])},
    "released and adopted again": {
        0: lambda p, others: adopt(p[::-1]),
        3: lambda p, others: release(p),
        6: lambda p, others: adopt([p[1], p[3], p[0], p[2], p[4]]),
    },
    "new order with no step between": {
        0: lambda p, others: adopt(p),
        5: lambda p, others: (release(p), adopt(p[::-1])),
    },
}
arrangements = pytest.mark.parametrize("changes", ARRANGEMENTS.values(), ids=ARRANGEMENTS)


def random_gradients():
    random = Random(0)
    return [[random.gauss(0.0, 1.0) * 10.0 ** random.uniform(-6, 2) for _ in range(5)] for _ in range(10)]


START_OF_FIVE = [1.5, -0.7, 0.3, 2.0, -1e-3]


def trained(optimizer_class, options, changes, zero_grad=False):
    """Five parameters after ten steps, the two others, and the optimizer."""
    parameters, others = [Value(number) for number in START_OF_FIVE], [Value(100.0), Value(200.0)]
    for other in others:
        other.grad = 7.0
    optimizer = optimizer_class(parameters, **options)
    for step, gradient in enumerate(random_gradients()):
        changes.get(step, lambda p, others: None)(parameters, others)
        if zero_grad:
            optimizer.zero_grad()
        for parameter, g in zip(parameters, gradient, strict=True):
            parameter.grad = parameter.grad + g if zero_grad else g
        optimizer.step()
    return parameters, others, optimizer


@rules
@arrangements
def test_wherever_parameters_are_ten_steps_follow_the_formula_bit_for_bit(rule, changes):
    optimizer_class, by_hand, options = rule
    parameters, _, _ = trained(optimizer_class, options, changes)
    assert [p.data for p in parameters] == by_hand(list(START_OF_FIVE), random_gradients(), **options)


@arrangements
def test_wherever_parameters_are_zero_grad_clears_every_gradient(changes):
    parameters, _, _ = trained(SGD, {"lr": 0.1}, changes, zero_grad=True)
    assert [p.data for p in parameters] == sgd_by_hand(list(START_OF_FIVE), random_gradients(), 0.1)


@rules
@arrangements
def test_wherever_parameters_are_nothing_else_is_touched(rule, changes):
    _, others, _ = trained(rule[0], rule[2], changes, zero_grad=True)
    assert [(p.data, p.grad) for p in others] == [(100.0, 7.0), (200.0, 7.0)]


@arrangements
def test_the_velocity_stays_with_its_parameter(changes):
    options = {"lr": 0.1, "momentum": 0.9}
    _, _, plain = trained(SGD, options, {})
    parameters, _, optimizer = trained(SGD, options, changes)
    velocity = dict(zip(optimizer.parameters, optimizer.velocity, strict=True))
    assert [velocity[p] for p in parameters] == plain.velocity.tolist()


def test_an_optimizer_adopts_nothing_itself():
    parameters, _, _ = trained(Adam, {}, {})
    assert [store_of(p) for p in parameters] == [None] * 5


def test_parameters_take_the_order_of_their_store():
    parameters, _, optimizer = trained(SGD, {}, {0: lambda p, others: adopt(p[::-1])})
    assert optimizer.parameters == parameters[::-1]


@rules
def test_a_step_works_on_the_arrays_of_the_store(rule):
    parameters = [Value(number) for number in START_OF_FIVE]
    optimizer, (store, _) = rule[0](parameters, **rule[2]), adopt(parameters)
    data, store.grad[:] = store.data, random_gradients()[0]
    optimizer.step()
    assert store.data is data
    assert data.tolist() == rule[1](list(START_OF_FIVE), random_gradients()[:1], **rule[2])


@rules
def test_a_step_leaves_the_gradients(rule):
    parameters = [Value(number) for number in START_OF_FIVE]
    optimizer, (store, _) = rule[0](parameters, **rule[2]), adopt(parameters)
    store.grad[:] = random_gradients()[0]
    optimizer.step()
    assert store.grad.tolist() == random_gradients()[0]


@rules
def test_ten_steps_in_float32_follow_the_formula_roughly(rule):
    optimizer_class, by_hand, options = rule
    parameters, _, optimizer = trained(optimizer_class, options, {0: lambda p, others: adopt(p, "float32")})
    expected = by_hand(list(START_OF_FIVE), random_gradients(), **options)
    assert [p.data for p in parameters] == pytest.approx(expected, abs=1e-5)  # on the way they are up to 12
    assert {getattr(optimizer, name).dtype for name in optimizer.per_parameter} == {np.dtype("float32")}


def test_what_an_optimizer_remembers_follows_the_dtype_of_the_store():
    parameters = [Value(1.0), Value(2.0)]
    optimizer, (store, _) = SGD(parameters, momentum=0.5), adopt(parameters)
    store.grad[:] = 1.0
    dtypes = []
    for dtype in "float64", "float32", "float64":
        store.convert(dtype)
        optimizer.step()
        dtypes.append(optimizer.velocity.dtype)
    assert dtypes == ["float64", "float32", "float64"]
    assert optimizer.velocity.tolist() == [1.75, 1.75]


def test_zero_grad_of_a_whole_store_sets_its_flag():
    parameters = [Value(1.0), Value(2.0)]
    store, _ = adopt(parameters)
    store.grad[:], store.grad_is_zero = 1.0, False
    SGD(parameters).zero_grad()
    assert (store.grad.tolist(), store.grad_is_zero) == ([0.0, 0.0], True)


@pytest.mark.parametrize(("other", "zero"), [(0.0, True), (1.0, False)])
@pytest.mark.parametrize("places", [[0, 1], [0, 2]], ids=["a slice", "scattered"])
def test_zero_grad_of_a_part_of_a_store_sets_the_flag_where_all_is_zero(places, other, zero):
    values = [Value(1.0), Value(2.0), Value(3.0)]
    store, _ = adopt(values)
    store.grad[:], store.grad_is_zero = other, False
    store.grad[places] = 5.0
    SGD([values[i] for i in places]).zero_grad()
    assert (store.grad.sum(), store.grad_is_zero) == (other, zero)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))], ids=["deepcopy", "pickle"])
def test_a_copied_optimizer_goes_on_with_its_own_parameters(copied):
    parameters, _, optimizer = trained(Adam, {}, {0: lambda p, others: adopt(p)})
    twin = copied(optimizer)
    before = [p.data for p in parameters]
    twin.step()
    after = [p.data for p in twin.parameters]
    assert [p.data for p in parameters] == before
    optimizer.step()
    assert [p.data for p in parameters] == after != before


def test_an_optimizer_keeps_no_cycle_alive():
    parameters = [Value(1.0)]
    ghost = weakref.ref(adopt(parameters)[0])
    optimizer = SGD(parameters)
    enabled = gc.isenabled()
    gc.disable()
    try:
        optimizer.step()
        del parameters, optimizer
        assert ghost() is None
    finally:
        if enabled:
            gc.enable()


@rules
@pytest.mark.parametrize("adopted", [False, True], ids=["plain", "adopted"])
@pytest.mark.parametrize("gradient", [math.nan, math.inf, -math.inf, 1e308])
def test_a_gradient_that_is_not_finite_goes_through_silently(rule, adopted, gradient):
    optimizer_class, by_hand, options = rule
    options = {**options, "lr": 1e300}
    parameters = [Value(1.0), Value(1.0)]
    optimizer = optimizer_class(parameters, **options)
    if adopted:
        adopt(parameters)
    parameters[0].grad = gradient
    optimizer.step()
    expected = by_hand([1.0, 1.0], [[gradient, 0.0]], **options)
    assert [repr(p.data) for p in parameters] == [repr(number) for number in expected]


@pytest.mark.parametrize("number", [np.float64(0.25), np.float32(0.25), Fraction(1, 4)], ids=repr)
def test_hyperparameters_may_be_any_real_numbers(number):
    x = Value(1.0)
    optimizer = SGD([x], lr=number, momentum=number)
    x.grad = 1.0
    optimizer.step()
    optimizer.step()
    assert x.data == 1.0 - 0.25 - 0.25 * 1.25


def test_without_momentum_the_velocity_stays_zero():
    assert trained(SGD, {"lr": 0.1}, {})[2].velocity.tolist() == [0.0] * 5


def test_the_state_of_adam_is_in_arrays():
    x = Value(1.0)
    optimizer = Adam([x], betas=(0.5, 0.75))
    x.grad = 2.0
    optimizer.step()
    assert (optimizer.steps, optimizer.mean.tolist(), optimizer.mean_square.tolist()) == (1, [1.0], [1.0])


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
