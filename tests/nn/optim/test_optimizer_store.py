"""Optimizers follow the formula to the last bit wherever their parameters are: in a store, for a while or always."""

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

import autograd
from autograd import Value
from autograd.parameters import adopt, release, store_of
from nn import MLP, SGD, Adam


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


def test_a_copied_optimizer_may_update_arrays_before_its_first_step():
    data = np.array([1.0])
    copy.deepcopy(SGD([Value(1.0)], lr=0.5)).update(data, np.array([1.0]))
    assert data.tolist() == [0.5]


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


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_plain_descent_in_a_store_has_the_bits_of_numpy_and_is_silent(dtype):
    data, grad = [1.0, -0.0, math.inf, 1e30, 0.1], [math.nan, 0.0, math.inf, -1e30, 0.7]
    values = [Value(number) for number in (9.0, *data, 7.0)]
    store, _ = adopt(values, dtype)
    store.grad[:] = [3.0, *grad, 4.0]
    with np.errstate(all="ignore"):
        expected = store.data - store.grad * np.dtype(dtype).type(0.3)
    expected[[0, -1]] = 9.0, 7.0  # which the optimizer has not
    with np.errstate(all="raise"):
        SGD(values[1:-1], lr=0.3).step()
    assert store.data.tobytes() == expected.tobytes()


def test_a_subclass_of_sgd_moves_parameters_by_its_own_update():
    class Backwards(SGD):
        def update(self, data, grad):
            data += self.lr * grad

    x = Value(1.0)
    store, _ = adopt([x])
    store.grad[:] = 1.0
    Backwards([x], lr=0.5).step()
    assert x.data == 1.5


def test_an_update_that_keeps_the_gradients_sees_the_zeros_of_zero_grad():
    class Keeping(SGD):
        def update(self, data, grad):
            self.kept = grad

    (a, b), store = values_in_a_store()
    optimizer = Keeping([a, b])
    optimizer.step()
    a.grad = 5.0
    optimizer.zero_grad()
    assert optimizer.kept.tolist() == [0.0, 0.0]
    assert not store.is_marked


def values_in_a_store():
    values = [Value(1.0), Value(2.0)]
    return values, adopt(values)[0]


@rules
def test_a_step_after_zero_grad_is_one_without_gradient(rule):
    optimizer_class, by_hand, options = rule
    values, _ = values_in_a_store()
    optimizer = optimizer_class(values, **options)
    for value in values:
        value.grad = 3.0
    optimizer.step()
    optimizer.zero_grad()
    optimizer.step()
    assert [value.data for value in values] == by_hand([1.0, 2.0], [[3.0, 3.0], [0.0, 0.0]], **options)


def test_two_optimizers_of_a_store_see_the_zeros_of_each_other():
    (a, b), store = values_in_a_store()
    first, second, both = SGD([a], lr=1.0), SGD([b], lr=1.0), SGD([a, b], lr=1.0)
    for optimizer in (first, second, both):
        optimizer.step()
    a.grad = b.grad = 3.0
    both.zero_grad()
    first.step()
    second.step()
    assert (a.data, b.data, store.is_marked) == (1.0, 2.0, False)
    a.grad = b.grad = 3.0
    first.zero_grad()
    both.step()
    assert (a.data, b.data) == (1.0, -1.0)


def test_a_compiled_backward_writes_over_what_zero_grad_has_left(backend):
    model = MLP(3, [4, 1], seed=0)
    f = autograd.compile(model, backend=backend)
    X = np.random.default_rng(0).normal(size=(5, 3))
    optimizer, gradients = SGD(model.parameters()), []
    for _ in range(3):
        optimizer.zero_grad()
        f.backward(X)
        gradients.append([p.grad for p in model.parameters()])
    f.backward(X)
    assert gradients[1:] == gradients[:1] * 2
    assert [p.grad for p in model.parameters()] == [2.0 * gradient for gradient in gradients[0]]


def test_a_compiled_backward_of_some_parameters_leaves_zeros_of_the_others(backend):
    (a, b), _ = values_in_a_store()
    f = autograd.compile(lambda x: a * x, backend=backend)
    a.grad = b.grad = 5.0
    SGD([a, b]).zero_grad()
    f.backward([3.0])
    assert (a.grad, b.grad) == (3.0, 0.0)


def test_a_compiled_backward_that_fails_leaves_zeros():
    values, store = values_in_a_store()
    f = autograd.compile(lambda x: autograd.take(values, x))
    f.backward([0.0])
    store.zero_grad()
    with pytest.raises(IndexError):
        f.backward([5.0])
    assert [value.grad for value in values] == [0.0, 0.0]
    assert store.grad_is_zero


def stepped(make, change=lambda optimizer: None):
    """How far 1 has gone in a store, by a gradient of 2."""
    parameters = [Value(1.0), Value(1.0)]
    store, _ = adopt(parameters)
    store.grad[:] = 2.0
    optimizer = make(parameters, lr=0.125)
    change(optimizer)
    optimizer.step()
    return [p.data - 1.0 for p in parameters]


def test_an_update_of_one_object_is_what_its_steps_do():
    seen = []

    def set_update(optimizer):
        optimizer.update = lambda data, grad: seen.append((data.tolist(), grad.tolist()))

    assert stepped(SGD, set_update) == [0.0, 0.0]
    assert seen == [([1.0, 1.0], [2.0, 2.0])]


def test_a_subclass_of_sgd_may_have_a_rate_of_its_own():
    class Fast(SGD):
        @property
        def lr(self):
            return 0.5

    assert stepped(SGD) == [-0.25, -0.25]
    assert stepped(Fast) == [-1.0, -1.0]


@pytest.mark.parametrize("change", ["add_penalty_gradient", "set_gradient"])
def test_gradients_whose_change_is_interrupted_are_not_taken_for_zeros(change, monkeypatch):
    x, y = Value(2.0), Value(3.0)
    adopt([x, y])
    optimizer = SGD([x, y], lr=0.1)
    optimizer.zero_grad()

    def interrupted(*arguments):
        raise KeyboardInterrupt

    if change == "add_penalty_gradient":
        monkeypatch.setattr(optimizer, "set_gradient", interrupted)  # what stands in the arrays has changed by then
        with pytest.raises(KeyboardInterrupt):
            optimizer.add_penalty_gradient(0.0, 1.0)
    else:
        monkeypatch.setattr(optimizer, "_write", interrupted)
        with pytest.raises(KeyboardInterrupt):
            optimizer.set_gradient(np.ones(2))
    assert not store_of(x).grad_is_zero
    optimizer.zero_grad()
    (x * x).backward()
    assert (x.grad, y.grad) == (4.0, 0.0)


@arrangements
def test_it_knows_where_its_parameters_are_in_its_arrays(changes):
    p, others = [Value(float(i)) for i in range(5)], [Value(9.0), Value(9.0)]
    optimizer = Adam(p)
    for change in changes.values():
        change(p, others)
        places = optimizer.places_of([others[0], p[3], Value(3.0), p[0], others[1], p[2]])
        assert [optimizer.parameters[place] for place in places] == [p[3], p[0], p[2]]
        assert [optimizer.parameters[place] for place in optimizer.places_of(p)] == p
