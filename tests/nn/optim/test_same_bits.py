"""Steps have the bits that version 0.1 gave them, where each operation was a call of NumPy: its checkpoints go on."""

from math import sqrt

import numpy as np
import pytest

from autograd import Value
from autograd.parameters import adopt
from nn import SGD, Adam, AdamW, RMSprop, clip_grad_norm_, clip_grad_value_

SIZE = 203


def sgd(o, data, grad):
    if o.weight_decay:
        grad = grad + o.weight_decay * data
    if o.momentum:
        o.velocity *= o.momentum
        o.velocity += grad
        grad = grad + o.momentum * o.velocity if o.nesterov else o.velocity
    data -= np.multiply(grad, o.lr)


def rmsprop(o, data, grad):
    if o.weight_decay:
        grad = grad + o.weight_decay * data
    scale = np.multiply(grad, grad)
    scale *= 1.0 - o.alpha
    o.mean_square *= o.alpha
    o.mean_square += scale
    scale = np.sqrt(o.mean_square)
    scale += o.eps
    o.velocity *= o.momentum
    o.velocity += np.divide(grad, scale)
    data -= o.lr * o.velocity


def adam(o, data, grad):
    if o.weight_decay:
        grad = grad + o.weight_decay * data
    moved(o, data, grad)


def adamw(o, data, grad):
    data *= 1.0 - o.lr * o.weight_decay
    moved(o, data, grad)


def moved(o, data, grad):
    beta1, beta2 = o.betas
    o.mean *= beta1
    o.mean += np.multiply(grad, 1.0 - beta1)
    change = np.multiply(grad, grad)
    change *= 1.0 - beta2
    o.mean_square *= beta2
    o.mean_square += change
    scale = np.sqrt(o.mean_square)
    scale /= sqrt(1.0 - beta2**o.steps)
    scale += o.eps
    change = np.multiply(o.mean, o.lr / (1.0 - beta1**o.steps))
    change /= scale
    data -= change


OF_VERSION_0_1 = [
    (SGD, sgd, {"lr": 0.05}),
    (SGD, sgd, {"lr": 0.05, "momentum": 0.9}),
    (SGD, sgd, {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
    (SGD, sgd, {"lr": 0.05, "weight_decay": 0.1}),
    (SGD, sgd, {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    (RMSprop, rmsprop, {"lr": 0.05}),
    (RMSprop, rmsprop, {"lr": 0.05, "alpha": 0.8, "momentum": 0.9, "weight_decay": 0.1}),
    (Adam, adam, {"lr": 0.05}),
    (Adam, adam, {"lr": 0.05, "betas": (0.0, 0.5), "weight_decay": 0.1}),
    (AdamW, adamw, {"lr": 0.05}),
    (AdamW, adamw, {"lr": 0.05, "weight_decay": 0.0}),
]
dtypes = pytest.mark.parametrize("dtype", ["float64", "float32"])


def in_a_store(dtype, neighbours=0):
    """Values of random numbers, among others, and what they are."""
    numbers = np.random.default_rng(1).normal(size=SIZE)
    others = [Value(0.0) for _ in range(neighbours)]
    values = [Value(number) for number in numbers]
    return values, adopt([*others, *values], dtype)[0]


def gradients(dtype):
    rng = np.random.default_rng(2)
    return [(rng.normal(size=SIZE) * 10.0 ** rng.uniform(-6, 3, SIZE)).astype(dtype) for _ in range(6)]


@pytest.mark.parametrize(("kind", "update", "options"), OF_VERSION_0_1)
@dtypes
@pytest.mark.parametrize("neighbours", [0, 3])
def test_steps_have_the_bits_of_version_0_1(kind, update, options, dtype, neighbours):
    (ours, store), (theirs, _) = in_a_store(dtype, neighbours), in_a_store(dtype, neighbours)
    one, other = kind(ours, **options), kind(theirs, **options)
    other.update = lambda data, grad: update(other, data, grad)
    for gradient in gradients(dtype):
        for optimizer in (one, other):
            optimizer.set_gradient(gradient)
            optimizer.step()
    assert store.data.dtype == dtype
    assert one.data().tobytes() == other.data().tobytes()
    for name, array in one.state_dict().items():
        assert np.asarray(array).tobytes() == np.asarray(other.state_dict()[name]).tobytes()


@dtypes
def test_a_penalty_has_the_bits_of_version_0_1(dtype):
    values, _ = in_a_store(dtype)
    optimizer, gradient = SGD(values), gradients(dtype)[0]
    data = optimizer.data()
    data[:3] = 0.0, -0.0, -1.0
    optimizer.set_data(data)
    optimizer.set_gradient(gradient)
    optimizer.add_penalty_gradient(0.1, 0.3)
    assert optimizer.gradient().tobytes() == (gradient + (0.1 * np.sign(data) + (2.0 * 0.3) * data)).tobytes()


@dtypes
def test_clipped_values_have_the_bits_of_version_0_1(dtype):
    values, _ = in_a_store(dtype)
    optimizer, gradient = SGD(values), gradients(dtype)[0]
    optimizer.set_gradient(gradient)
    clip_grad_value_(optimizer, 0.5)
    assert optimizer.gradient().tobytes() == np.clip(gradient, -0.5, 0.5).tobytes()


@dtypes
@pytest.mark.parametrize("size", [1.0, 1e-30, 1e18])
def test_a_clipped_norm_is_that_of_version_0_1_to_rounding(dtype, size):
    """The order of the sum is another one since."""
    values, _ = in_a_store(dtype)
    optimizer, gradient = SGD(values), (gradients(dtype)[0] * size).astype(dtype)
    optimizer.set_gradient(gradient)
    norm = clip_grad_norm_(optimizer, size)
    assert norm == pytest.approx(float(np.linalg.norm(gradient.astype(float))), rel=1e-15)
    assert optimizer.gradient().tobytes() == (gradient * (size / (norm + 1e-6))).tobytes()
