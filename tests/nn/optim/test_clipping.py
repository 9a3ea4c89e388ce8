"""Clipping of gradients: the formula, PyTorch's numbers, wherever the parameters are."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autograd import Value
from autograd.parameters import adopt, store_of
from nn import MLP, SGD, clip_grad_norm_, clip_grad_value_
from nn.optim.clipping import clipped

GRADIENTS = [3.0, -4.0, 0.5, 12.0]


def parameters_with(gradients, adopted=False):
    values = [Value(1.0) for _ in gradients]
    if adopted:
        adopt(values)
    for value, gradient in zip(values, gradients, strict=True):
        value.grad = gradient
    return values


def grads(values):
    return [value.grad for value in values]


@pytest.mark.parametrize("max_norm", [0.1, 1.0, 13.0, 100.0])
@pytest.mark.parametrize("of_optimizer", [False, True])
@pytest.mark.parametrize("adopted", [False, True])
def test_the_norm_agrees_with_pytorch(max_norm, of_optimizer, adopted):
    torch = pytest.importorskip("torch", reason="the comparison with PyTorch needs PyTorch")
    tensors = [torch.tensor(1.0, dtype=torch.float64, requires_grad=True) for _ in GRADIENTS]
    for tensor, gradient in zip(tensors, GRADIENTS, strict=True):
        tensor.grad = torch.tensor(gradient, dtype=torch.float64)
    norm = torch.nn.utils.clip_grad_norm_(tensors, max_norm).item()
    values = parameters_with(GRADIENTS, adopted)
    assert clip_grad_norm_(SGD(values) if of_optimizer else values, max_norm) == pytest.approx(norm, rel=1e-15)
    assert grads(values) == pytest.approx([tensor.grad.item() for tensor in tensors], rel=1e-12)


@pytest.mark.parametrize("clip_value", [0.1, 1.0, 5.0, 100.0])
@pytest.mark.parametrize("adopted", [False, True])
def test_the_values_agree_with_pytorch(clip_value, adopted):
    torch = pytest.importorskip("torch", reason="the comparison with PyTorch needs PyTorch")
    tensor = torch.zeros(4, dtype=torch.float64, requires_grad=True)
    tensor.grad = torch.tensor(GRADIENTS, dtype=torch.float64)
    torch.nn.utils.clip_grad_value_([tensor], clip_value)
    values = parameters_with(GRADIENTS, adopted)
    clip_grad_value_(values, clip_value)
    assert grads(values) == tensor.grad.tolist()


def test_a_clipped_gradient_keeps_its_direction_and_has_the_norm():
    values = parameters_with(GRADIENTS)
    before = clip_grad_norm_(values, 2.0)
    assert before == pytest.approx(math.sqrt(9 + 16 + 0.25 + 144))
    assert np.linalg.norm(grads(values)) == pytest.approx(2.0, rel=1e-6)
    assert np.divide(grads(values), GRADIENTS) == pytest.approx(2.0 / before, rel=1e-6)


def test_a_small_gradient_stays_as_it_is():
    values = parameters_with(GRADIENTS)
    clip_grad_norm_(values, 1000.0)
    assert grads(values) == GRADIENTS


def test_a_gradient_that_is_nan_stays_visible():
    values = parameters_with([math.nan, 1.0])
    assert math.isnan(clip_grad_norm_(values, 1.0))
    assert math.isnan(values[0].grad)


@pytest.mark.parametrize("clip", [clip_grad_norm_, clip_grad_value_])
@pytest.mark.parametrize("most", [0.0, -1.0, -math.inf, math.nan])
def test_a_bound_out_of_range_is_refused_and_nothing_changes(clip, most):
    values = parameters_with(GRADIENTS)
    with pytest.raises(ValueError, match=r"must be greater than 0 and finite, got"):
        clip(values, most)
    assert grads(values) == GRADIENTS


@pytest.mark.parametrize("gradients", [GRADIENTS, [math.inf, 1.0], [math.nan, 1.0]])
def test_without_a_bound_the_norm_is_only_measured(gradients):
    values = parameters_with(gradients)
    assert clip_grad_norm_(values, math.inf) == pytest.approx(math.hypot(*gradients), rel=1e-15, nan_ok=True)
    assert grads(values) == pytest.approx(gradients, rel=0, abs=0, nan_ok=True)


def test_values_without_a_bound_are_refused():
    with pytest.raises(ValueError, match=r"clip_value must be greater than 0 and finite, got inf"):
        clip_grad_value_(parameters_with(GRADIENTS), math.inf)


def test_a_model_in_place_of_its_parameters_is_an_error_that_says_what_to_write():
    with pytest.raises(TypeError, match=r"clip_grad_norm_\(model.parameters\(\), …\)"):
        clip_grad_norm_(MLP(2, [1]), 1.0)


def test_without_parameters_the_norm_is_0():
    assert clip_grad_norm_([], 1.0) == 0.0


@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_squares_do_not_overflow(size):
    values = parameters_with([3.0 * size, 4.0 * size])
    assert clip_grad_norm_(values, size / 10) == pytest.approx(5.0 * size, rel=1e-15)


NUMBERS = st.sampled_from([0.0, -0.0, 3.0, -4.0, 1e-200, -1e200, 1e308, 5e-324, math.inf, -math.inf, math.nan])


@given(st.lists(NUMBERS | st.floats(), min_size=1, max_size=5), st.sampled_from([1e-200, 1e-6, 0.1, 5.0, 1e200]))
@example([0.0, 0.0], 1.0)
@example([1e-200, 1e-200], 1e-200)
@example([1e200, 1.0], 1e200)
@example([1e308, 1e308, 1e308, 1e308], 5.0)  # their norm is no float
@example([math.inf, 1.0], 5.0)
@example([math.nan, 1.0], 5.0)
def test_as_a_function_of_arrays_it_is_the_same(gradients, max_norm):
    values = parameters_with(gradients)
    clip_grad_norm_(values, max_norm)
    with np.errstate(all="ignore"):
        found = clipped(np, [np.array(gradients[:2]), np.array(gradients[2:])], max_norm)
    np.testing.assert_allclose(np.concatenate(found), grads(values), rtol=1e-14, atol=1e-320)


def test_parameters_are_not_moved_to_another_place():
    values = parameters_with(GRADIENTS)
    store, _ = adopt(values[:2], "float32")
    clip_grad_norm_(values, 1.0)
    assert store_of(values[0]) is store
    assert store_of(values[2]) is None
    assert store.data.dtype == "float32"


@pytest.mark.parametrize("clip", [clip_grad_norm_, clip_grad_value_])
def test_a_compiled_function_knows_that_the_gradients_are_no_longer_0(clip):
    values = parameters_with([0.0, 0.0], adopted=True)
    optimizer = SGD(values)
    optimizer.zero_grad()
    optimizer.set_gradient(np.array([3.0, 4.0]))
    clip(optimizer, 1.0)
    optimizer.zero_grad()
    assert grads(values) == [0.0, 0.0]
