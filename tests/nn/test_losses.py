"""Losses: formulas, PyTorch, targets of every kind, the edges."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value
from nn import (
    LOSSES,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    categorical_cross_entropy,
    cross_entropy,
    evaluate,
    hinge_loss,
    huber_loss,
    l1_loss,
    mse_loss,
    sse_loss,
)
from nn.losses import loss_function

BINARY = [binary_cross_entropy, binary_cross_entropy_with_logits]
CATEGORICAL = [categorical_cross_entropy, cross_entropy]
ELEMENTWISE = [mse_loss, sse_loss, l1_loss, huber_loss, hinge_loss, *BINARY]

PREDICTIONS = {  # numbers that every loss can take: between 0 and 1, as probabilities are
    "one": 0.3,
    "one row": [0.3, 0.9, 0.05, 0.6],
    "batch": [[0.3, 0.9], [0.05, 0.6], [0.5, 0.25]],
}
TARGETS = {"one": 1.0, "one row": [1.0, 0.0, 0.25, 1.0], "batch": [[1.0, 0.0], [0.25, 1.0], [1.0, 1.0]]}


def targets_of(loss, targets):
    """The targets as they are; for the hinge loss, whose classes are -1 and 1, the nearest of these."""
    if isinstance(targets, list):
        return [targets_of(loss, target) for target in targets]
    return (1.0 if targets > 0.5 else -1.0) if loss is hinge_loss else targets


def values(numbers):
    return [values(x) for x in numbers] if isinstance(numbers, list) else Value(numbers)


def gradients(nested):
    return [gradients(x) for x in nested] if isinstance(nested, list) else nested.grad


# --------------------------------------------------------------------------------------------------------- PyTorch


def theirs(name):
    """PyTorch's loss of that name, and the predictions it takes in place of ours."""
    functional = pytest.importorskip("torch", reason="the comparison with PyTorch needs PyTorch").nn.functional
    return {
        mse_loss: functional.mse_loss,
        sse_loss: lambda p, t: functional.mse_loss(p, t, reduction="sum"),
        l1_loss: functional.l1_loss,
        huber_loss: functional.huber_loss,
        hinge_loss: lambda s, t: functional.relu(1.0 - t * s).mean(),
        binary_cross_entropy: functional.binary_cross_entropy,
        binary_cross_entropy_with_logits: functional.binary_cross_entropy_with_logits,
        cross_entropy: functional.cross_entropy,
        categorical_cross_entropy: lambda p, t: (
            functional.nll_loss(p.log(), t) if t.dtype.is_floating_point is False else -(t * p.log()).sum(-1).mean()
        ),
    }[name]


def assert_agrees_with_pytorch(loss, predictions, targets, class_targets=False):
    import torch

    ours = values(predictions)
    result = loss(ours, targets)
    result.backward()
    tensor = torch.tensor(predictions, dtype=torch.float64, requires_grad=True)
    reference = theirs(loss)(tensor, torch.tensor(targets, dtype=torch.int64 if class_targets else torch.float64))
    reference.backward()
    assert result.data == pytest.approx(reference.item(), rel=1e-12)
    np.testing.assert_allclose(gradients(ours), tensor.grad.numpy(), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("shape", PREDICTIONS)
@pytest.mark.parametrize("loss", ELEMENTWISE)
def test_value_and_gradient_agree_with_pytorch(loss, shape):
    theirs(loss)
    assert_agrees_with_pytorch(loss, PREDICTIONS[shape], targets_of(loss, TARGETS[shape]))


@pytest.mark.parametrize("loss", CATEGORICAL)
@pytest.mark.parametrize(
    ("predictions", "targets"),
    [([0.2, 0.5, 0.3], 1), ([[0.2, 0.5, 0.3], [0.7, 0.1, 0.2]], [2, 0])],
    ids=["one row", "batch"],
)
def test_class_targets_agree_with_pytorch(loss, predictions, targets):
    theirs(loss)
    assert_agrees_with_pytorch(loss, predictions, targets, class_targets=True)


@pytest.mark.parametrize("loss", CATEGORICAL)
@pytest.mark.parametrize(
    ("predictions", "targets"),
    [([0.2, 0.5, 0.3], [0.1, 0.0, 0.9]), ([[0.2, 0.5, 0.3], [0.7, 0.1, 0.2]], [[0.0, 1.0, 0.0], [0.5, 0.25, 0.25]])],
    ids=["one row", "batch"],
)
def test_probability_targets_agree_with_pytorch(loss, predictions, targets):
    theirs(loss)
    assert_agrees_with_pytorch(loss, predictions, targets)


# -------------------------------------------------------------------------------------------------------- formulas


def test_every_loss_by_its_formula():
    p, t = [0.3, 0.9, 0.05], [1.0, 0.0, 0.25]
    pairs = list(zip(p, t, strict=True))
    formulas = {
        mse_loss: sum((p - t) ** 2 for p, t in pairs) / 3,
        sse_loss: sum((p - t) ** 2 for p, t in pairs),
        l1_loss: sum(abs(p - t) for p, t in pairs) / 3,
        huber_loss: sum((p - t) ** 2 / 2 for p, t in pairs) / 3,
        hinge_loss: (max(0.0, 1 - 0.3) + max(0.0, 1 + 0.9) + max(0.0, 1 + 0.05)) / 3,
        binary_cross_entropy: -sum(t * math.log(p) + (1 - t) * math.log(1 - p) for p, t in pairs) / 3,
        binary_cross_entropy_with_logits: -sum(t * p - math.log(1 + math.exp(p)) for p, t in pairs) / 3,
        categorical_cross_entropy: -sum(t * math.log(p) for p, t in pairs),
        cross_entropy: -sum(t * (p - math.log(sum(map(math.exp, [0.3, 0.9, 0.05])))) for p, t in pairs),
    }
    assert formulas.keys() == set(LOSSES.values())
    assert [loss(p, targets_of(loss, t)) for loss in formulas] == pytest.approx(list(formulas.values()), rel=1e-14)


def test_the_example_of_three_classes():
    assert categorical_cross_entropy([0.3, 0.4, 0.3], 1) == pytest.approx(-math.log(0.4), rel=1e-15)


@pytest.mark.parametrize("delta", [0.1, 1.0, 3.5])
def test_huber_agrees_with_pytorch_on_both_sides_of_delta(delta):
    torch = pytest.importorskip("torch", reason="the comparison with PyTorch needs PyTorch")
    predictions, targets = [0.3, -2.0, 5.0, 0.95, 1.0], [0.25, 2.0, 1.0, 0.0, 1.0]
    ours, tensor = values(predictions), torch.tensor(predictions, dtype=torch.float64, requires_grad=True)
    loss = huber_loss(ours, targets, delta=delta)
    loss.backward()
    reference = torch.nn.functional.huber_loss(tensor, torch.tensor(targets, dtype=torch.float64), delta=delta)
    reference.backward()
    assert loss.data == pytest.approx(reference.item(), rel=1e-12)
    assert gradients(ours) == pytest.approx(tensor.grad.tolist(), rel=1e-12)


@pytest.mark.parametrize("logit", [-800.0, -100.0, -90.0, -20.0, 20.0, 90.0, 100.0, 800.0])
@pytest.mark.parametrize("target", [0.0, 1.0])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_gradient_of_a_sure_sigmoid_is_finite(logit, target, dtype):
    w = Value(1.0)
    loss = autograd.compile(lambda z, t: binary_cross_entropy((w * z).sigmoid(), t), dtype=dtype)
    (cost,) = loss.backward([logit], [target])
    assert math.isfinite(cost)
    assert math.isfinite(w.grad)


def test_a_probability_that_is_not_a_number_stays_visible():
    assert math.isnan(binary_cross_entropy([Value(math.nan)], [1]).data)


@pytest.mark.parametrize("delta", [0.0, -1.0, math.nan])
def test_huber_refuses_a_delta_that_is_not_positive(delta):
    with pytest.raises(ValueError, match="delta must be greater than 0"):
        huber_loss([1.0], [2.0], delta=delta)


def test_hinge_is_zero_beyond_the_margin():
    assert hinge_loss([1.0, -3.0, 0.0], [1, -1, 1]) == pytest.approx(1 / 3)


@pytest.mark.parametrize("loss", LOSSES.values())
def test_plain_numbers_give_a_float(loss):
    assert type(loss([0.3, 0.7], targets_of(loss, [0.0, 1.0]))) is float


@pytest.mark.parametrize("loss", LOSSES.values())
def test_numpy_arrays_give_what_lists_give(loss):
    predictions, targets = [[0.3, 0.7], [0.6, 0.4]], targets_of(loss, [[0.0, 1.0], [1.0, 0.0]])
    assert loss(np.array(predictions), np.array(targets)) == loss(predictions, targets)


@pytest.mark.parametrize("loss", ELEMENTWISE)
def test_the_target_may_be_a_value(loss):
    targets = targets_of(loss, [0.0, 1.0])
    assert loss([0.3, 0.7], [Value(t) for t in targets]).data == loss([0.3, 0.7], targets)


@pytest.mark.parametrize("loss", CATEGORICAL)
@pytest.mark.parametrize("target", range(3))
def test_the_class_may_be_a_value(loss, target):
    by_number, by_value = values([0.2, 0.5, 0.3]), values([0.2, 0.5, 0.3])
    loss(by_number, target).backward()
    loss(by_value, Value(target)).backward()
    assert gradients(by_value) == pytest.approx(gradients(by_number), rel=1e-14)  # summed in another order


@pytest.mark.parametrize("loss", CATEGORICAL)
@pytest.mark.parametrize("target", [1, 1.0, True, np.int64(1), np.uint8(1), np.array(1)], ids=repr)
def test_every_kind_of_whole_number_is_a_class(loss, target):
    assert loss([0.2, 0.5, 0.3], target) == loss([0.2, 0.5, 0.3], 1)


@pytest.mark.parametrize("loss", CATEGORICAL)
@pytest.mark.parametrize("target", range(3))
def test_one_hot_gives_what_the_class_gives(loss, target):
    one_hot = [float(i == target) for i in range(3)]
    assert loss([0.2, 0.5, 0.3], one_hot) == loss([0.2, 0.5, 0.3], target)


@pytest.mark.parametrize("loss", CATEGORICAL)
def test_the_probabilities_of_the_target_may_be_values(loss):
    assert loss([0.2, 0.5, 0.3], [Value(0.0), 0.25, 0.75]).data == loss([0.2, 0.5, 0.3], [0.0, 0.25, 0.75])


# ------------------------------------------------------------------------------------------------------- stability

finite = st.floats(allow_nan=False, allow_infinity=False)


@given(logits=st.lists(finite, min_size=1, max_size=5), data=st.data())
def test_cross_entropy_of_any_finite_logits_is_a_distance_from_the_largest(logits, data):
    target = data.draw(st.integers(0, len(logits) - 1))
    loss = cross_entropy(logits, target)
    distance = max(logits) - logits[target]  # inf where the true value is beyond the floats
    assert distance <= loss * (1 + 1e-15) + 1e-15
    assert loss <= distance * (1 + 1e-15) + math.log(len(logits)) + 1e-15


@given(logits=st.lists(finite, min_size=2, max_size=5), data=st.data())
def test_the_gradient_of_cross_entropy_is_softmax_minus_one_hot(logits, data):
    target = data.draw(st.integers(0, len(logits) - 1))
    z = values(logits)
    cross_entropy(z, target).backward()
    with np.errstate(over="ignore"):  # a difference of two finite floats may be -inf
        exponentials = np.exp(np.array(logits) - max(logits))
    expected = exponentials / exponentials.sum() - np.eye(len(logits))[target]
    np.testing.assert_allclose(gradients(z), expected, rtol=0, atol=1e-14)


@given(logits=st.lists(finite, min_size=1, max_size=5), data=st.data())
def test_one_hot_gives_what_the_class_gives_for_any_finite_logits(logits, data):
    target = data.draw(st.integers(0, len(logits) - 1))
    assert cross_entropy(logits, [float(i == target) for i in range(len(logits))]) == cross_entropy(logits, target)


def test_an_impossible_class_costs_nothing_however_small_its_logit():
    assert cross_entropy([1.7e308, -1.7e308], [1.0, 0.0]) == 0.0  # 0·ln 0, where ln 0 is -inf


@given(logit=finite | st.floats(-50, 50), target=st.sampled_from([0, 1]))
def test_binary_cross_entropy_of_any_finite_logit_is_softplus(logit, target):
    loss = binary_cross_entropy_with_logits(logit, target)
    signed = -logit if target else logit
    assert loss == pytest.approx(float(np.logaddexp(0.0, signed)), rel=1e-14, abs=1e-300)


@given(logit=finite, target=st.sampled_from([0, 1]))
def test_the_gradient_of_binary_cross_entropy_is_sigmoid_minus_target(logit, target):
    z = Value(logit)
    binary_cross_entropy_with_logits(z, target).backward()
    assert z.grad == pytest.approx(z.sigmoid().data - target, rel=0, abs=1e-15)


@given(logits=st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=5), shift=st.floats(-1e3, 1e3), data=st.data())
def test_cross_entropy_does_not_change_when_all_logits_move(logits, shift, data):
    target = data.draw(st.integers(0, len(logits) - 1))
    moved = [z + shift for z in logits]
    assert cross_entropy(moved, target) == pytest.approx(cross_entropy(logits, target), rel=1e-9, abs=1e-9)  # rounding


@pytest.mark.parametrize(("p", "target", "expected"), [(0, 1, 100.0), (1, 0, 100.0), (0, 0, 0.0), (1, 1, 0.0)])
def test_binary_cross_entropy_at_the_ends(p, target, expected):
    assert binary_cross_entropy([p], [target]) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize(("p", "target"), [(0.0, 1), (1.0, 0), (0.0, 0), (1.0, 1)])
def test_the_gradient_of_binary_cross_entropy_at_the_ends_is_finite(p, target):
    probability = Value(p)
    binary_cross_entropy([probability], [target]).backward()
    assert math.isfinite(probability.grad)


def test_categorical_cross_entropy_at_the_ends():
    assert categorical_cross_entropy([0.0, 1.0], 0) == pytest.approx(100.0)
    assert categorical_cross_entropy([0.0, 1.0], 1) == 0.0
    assert categorical_cross_entropy([0.0, 1.0], [0.0, 1.0]) == 0.0


# ---------------------------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize("loss", ELEMENTWISE)
@pytest.mark.parametrize(
    ("predictions", "targets", "message"),
    [
        ([0.1, 0.2], [1.0], "2 predictions, but 1 targets"),
        ([0.1, 0.2], 1.0, "differ in shape: a list of 2 and one number"),
        (0.1, [1.0], "differ in shape: one number and a list of 1"),
        ([[0.1], [0.2]], [1.0, 0.0], "differ in shape: a list of 1 and one number"),
        (np.zeros((2, 1)), np.zeros(2), "differ in shape: a list of 1 and one number"),
        ([], [], "the list is empty"),
        ([[], []], [[], []], "the list is empty"),
    ],
)
def test_shapes_that_differ_are_refused(loss, predictions, targets, message):
    with pytest.raises(ValueError, match=message):
        loss(predictions, targets)


@pytest.mark.parametrize("loss", CATEGORICAL)
@pytest.mark.parametrize("target", [-1, 3, 0.5, math.nan, math.inf, np.int64(3), -0.5], ids=repr)
def test_a_class_out_of_range_is_refused(loss, target):
    message = f"^{loss.__name__}: the class must be a whole number from 0 to 2, got"
    with pytest.raises(ValueError, match=message):
        loss([0.2, 0.5, 0.3], target)


@pytest.mark.parametrize("loss", CATEGORICAL)
@pytest.mark.parametrize("target", [-1, 3, 0.5])
def test_a_value_out_of_range_is_refused(loss, target):
    with pytest.raises(IndexError, match="the index must be a whole number from 0 to 2"):
        loss([0.2, 0.5, 0.3], Value(target))


@pytest.mark.parametrize("loss", CATEGORICAL)
@pytest.mark.parametrize(
    ("predictions", "targets", "message"),
    [
        (0.3, 0, "takes a list with a number for each class, got 0.3"),
        ([], 0, r"takes a list with a number for each class, got \[\]"),
        ([0.2, 0.8], [0.0, 0.5, 0.5], "got 2 classes, but a target with 3 probabilities"),
        ([[0.2, 0.8]], 1, "got 1 rows of predictions, but the targets are 1"),
        ([[0.2, 0.8], [0.5, 0.5]], [1], r"got 2 rows of predictions, but the targets are \[1\]"),
    ],
)
def test_shapes_that_do_not_fit_classes_are_refused(loss, predictions, targets, message):
    with pytest.raises(ValueError, match=f"^{loss.__name__} {message}"):
        loss(predictions, targets)


def test_a_single_value_is_no_row_of_classes():
    with pytest.raises(ValueError, match="takes a list with a number for each class, got Value"):
        cross_entropy(Value(0.3), 0)


@pytest.mark.parametrize("target", ["a", None, float("nan"), 1.5, -1, 2])
def test_a_class_that_is_none_of_the_classes_is_an_error_that_names_it(target):
    with pytest.raises(ValueError, match=r"whole number from 0 to 1, got "):
        cross_entropy([1.0, 2.0], target)


@pytest.mark.parametrize("target", [0, 2, 0.5, float("nan")])
def test_hinge_refuses_a_class_other_than_minus_one_and_one(target):
    with pytest.raises(ValueError, match=f"the classes are -1 and 1, got {target}"):
        hinge_loss([0.5], [target])


@pytest.mark.parametrize("loss", BINARY)
@pytest.mark.parametrize("target", [-1, 2, float("nan")])
def test_binary_cross_entropy_refuses_a_target_that_is_no_probability(loss, target):
    with pytest.raises(ValueError, match=f"0, 1 or a probability between them, got {target}"):
        loss([0.5], [target])


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_goes_by_both_names(name):
    assert loss_function(name) is loss_function(f"{name}_loss") is LOSSES[name]


PERFECT = [
    *[(loss, 1.5, 1.5) for loss in (mse_loss, sse_loss, l1_loss, huber_loss)],
    *[(loss, p, t) for loss in (mse_loss, sse_loss, l1_loss, huber_loss) for p, t in [(-0.0, 0.0), (0.0, -0.0)]],
    *[(hinge_loss, *case) for case in [(1.0, 1), (-1.0, -1), (5.0, 1)]],
    *[(binary_cross_entropy, *case) for case in [(1.0, 1), (0.0, 0), (0.0, -0.0)]],
    *[(binary_cross_entropy_with_logits, *case) for case in [(1000.0, 1), (-1000.0, 0)]],
    *[(categorical_cross_entropy, [1.0, 0.0], t) for t in (0, [1, 0], [1.0, 0.0])],
    *[(cross_entropy, [1000.0, 0.0], t) for t in (0, [1, 0], [1.0, 0.0])],
]


def as_values(x):
    return list(map(as_values, x)) if isinstance(x, list) else Value(x)


@pytest.mark.parametrize("rows", [False, True], ids=["one", "the mean of two"])
@pytest.mark.parametrize("kind", [lambda x: x, as_values], ids=["numbers", "Values"])
@pytest.mark.parametrize(("loss", "prediction", "target"), PERFECT)
def test_a_perfect_prediction_costs_a_positive_zero(loss, prediction, target, kind, rows):
    found = loss(kind([prediction] * 2), [target] * 2) if rows else loss(kind(prediction), target)
    cost = found.data if isinstance(found, Value) else found
    assert (cost, math.copysign(1.0, cost)) == (0.0, 1.0)


@pytest.mark.parametrize(("p", "target", "slope"), [(1.0, 1, -1.0), (0.0, 0, 1.0), (0.5, 1, -2.0), (0.75, 0, 4.0)])
def test_the_slope_of_binary_cross_entropy_is_that_of_its_formula(p, target, slope):
    probability = Value(p)
    binary_cross_entropy(probability, target).backward()
    assert probability.grad == slope  # -1/p for class 1, 1/(1 - p) for class 0


@pytest.mark.parametrize("target", [0, [1.0, 0.0]])
def test_the_slope_of_a_perfect_categorical_cross_entropy_is_that_of_its_formula(target):
    probabilities = [Value(1.0), Value(0.0)]
    categorical_cross_entropy(probabilities, target).backward()
    assert [p.grad for p in probabilities] == [-1.0, 0.0]


@pytest.mark.parametrize("rows", [2, 40], ids=["eager", "compiled"])
@pytest.mark.parametrize("loss", ["binary_cross_entropy", "categorical_cross_entropy"])
def test_the_mean_loss_of_perfect_predictions_is_no_negative_zero(loss, rows):
    def model(row):
        return Value(1.0) * row[0] if loss.startswith("binary") else [Value(1.0) * row[0], 0.0 * row[0]]

    found = evaluate(model, [[1.0]] * rows, [1] * rows if loss.startswith("binary") else [0] * rows, loss=loss)
    assert repr(found["loss"]) == "0.0"


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_the_slope_of_huber_loss_at_infinity_is_delta(compiled):
    delta, predictions = 1.5, [Value(math.inf), Value(-math.inf), Value(0.0)]

    def loss(targets):
        return huber_loss(predictions, targets, delta)

    if compiled:
        cost = autograd.compile(loss).backward([[0.0, 0.0, 0.0]])[0]
    else:
        (root := loss([0.0, 0.0, 0.0])).backward()
        cost = root.data
    assert cost == math.inf
    assert [p.grad for p in predictions] == [delta / 3, -delta / 3, 0.0]  # of a mean over three


def test_a_bool_of_numpy_is_a_probability():
    assert binary_cross_entropy(np.bool_(True), 1) == 0.0
    assert binary_cross_entropy([Value(0.5), np.bool_(True)], [1, 1]).data == math.log(2.0) / 2
