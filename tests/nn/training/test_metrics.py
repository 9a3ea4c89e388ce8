"""Metrics: against scikit-learn, and which class an output stands for."""

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

import nn
from nn import METRICS
from nn.training.metrics import (
    check_metrics,
    classes,
    confusion_matrix,
    confusion_table,
    labels_of,
    measure,
    shares,
    summary,
    true_classes,
)

RNG = np.random.default_rng(0)
OUTPUTS, CLASSES = RNG.normal(size=(40, 3)), RNG.integers(0, 3, 40)
NUMBERS, TARGETS = RNG.normal(size=40), RNG.normal(size=40)

OF_CLASSES = {
    "accuracy": sklearn_metrics.accuracy_score,
    "precision": lambda t, p: sklearn_metrics.precision_score(t, p, average="macro"),
    "recall": lambda t, p: sklearn_metrics.recall_score(t, p, average="macro"),
    "f1": lambda t, p: sklearn_metrics.f1_score(t, p, average="macro"),
}
OF_NUMBERS = {
    "mean_absolute_error": sklearn_metrics.mean_absolute_error,
    "mean_squared_error": sklearn_metrics.mean_squared_error,
    "r2": sklearn_metrics.r2_score,
}


def test_every_metric_is_compared_here():
    assert METRICS.keys() == OF_CLASSES.keys() | OF_NUMBERS.keys()


@pytest.mark.parametrize("name", OF_CLASSES)
def test_a_metric_of_classes_is_scikit_learns(name):
    assert measure([name], OUTPUTS, CLASSES) == {name: OF_CLASSES[name](CLASSES, OUTPUTS.argmax(axis=1))}


@pytest.mark.parametrize("name", OF_NUMBERS)
def test_a_metric_of_numbers_is_scikit_learns(name):
    assert measure([name], NUMBERS, TARGETS) == {name: OF_NUMBERS[name](TARGETS, NUMBERS)}


@pytest.mark.parametrize("name", OF_NUMBERS)
def test_a_metric_of_several_numbers_is_scikit_learns(name):
    for n in range(2, 40):
        targets, outputs = RNG.normal(size=(n, 3)), RNG.normal(size=(n, 3))
        assert measure([name], outputs, targets) == {name: OF_NUMBERS[name](targets, outputs)}


NAMES = {  # of the three classes
    "texts": np.array(["b", "", "a"]),
    "objects": np.array(["b", "", "a"], object),
    "negative": np.array([-1, -7, 0]),
    "beyond int64": np.array([2**63, 2**63 + 1, 0], np.uint64),
    "floats": np.array([1.0, -2.0, 1e15]),
    "true and false": np.array([True, False, True]),
}


@pytest.mark.parametrize("name", OF_CLASSES)
@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)
def test_a_metric_of_classes_of_any_kind_is_scikit_learns(name, names):
    true, predicted = names[CLASSES], names[OUTPUTS.argmax(axis=1)]
    assert METRICS[name].function(true, predicted) == OF_CLASSES[name](true, predicted)


@pytest.mark.parametrize("name", ["precision", "recall", "f1"])
def test_as_many_classes_as_rows_cost_no_more_than_rows(name):
    every_row = np.arange(100_000)  # a matrix of them would not fit into the memory
    assert METRICS[name].function(every_row, every_row) == 1.0


def test_an_unknown_loss_is_refused():
    with pytest.raises(ValueError, match="unknown loss"):
        measure(["accuracy"], NUMBERS, np.ones(40), "mes")


@pytest.mark.parametrize("name", OF_CLASSES)
def test_one_hot_targets_give_what_classes_give(name):
    assert measure([name], OUTPUTS, np.eye(3)[CLASSES]) == measure([name], OUTPUTS, CLASSES)


def test_metrics_are_floats_in_the_order_of_their_names():
    numbers = measure(["f1", "accuracy"], OUTPUTS, CLASSES)
    assert list(numbers) == ["f1", "accuracy"]
    assert {type(number) for number in numbers.values()} == {float}


def test_a_class_that_was_never_predicted_counts_as_zero():
    assert measure(["precision"], np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([0, 1])) == {"precision": 0.25}


@pytest.mark.parametrize("name", OF_NUMBERS)
@pytest.mark.parametrize("output", [np.nan, np.inf])
def test_outputs_that_diverged_give_nan(name, output):
    assert np.isnan(measure([name], np.array([1.0, output]), np.array([1.0, 2.0]))[name])


def test_a_square_beyond_the_floats_is_inf():
    assert measure(["mean_squared_error"], np.array([1e200]), np.array([0.0])) == {"mean_squared_error": np.inf}


def test_all_metrics_of_classes_together_are_those_one_by_one():
    assert measure(OF_CLASSES, OUTPUTS, CLASSES) == {
        name: f(CLASSES, OUTPUTS.argmax(1)) for name, f in OF_CLASSES.items()
    }


def test_the_r2_of_one_row_is_nan_without_a_warning():
    assert np.isnan(measure(["r2"], np.array([1.0]), np.array([2.0]))["r2"])


def test_the_lists_of_metrics_are_all_of_them():
    assert [*nn.training.metrics.OF_CLASSES, *nn.training.metrics.OF_NUMBERS] == list(METRICS)


# --------------------------------------------------------------------------------------------------------- classes

SINGLE = np.array([-2.0, 0.2, 0.5, 0.7])


@pytest.mark.parametrize(
    ("loss", "targets", "expected"),
    [
        (None, [0, 1, 0, 1], [0, 0, 0, 1]),
        ("binary_cross_entropy", [0, 1, 0, 1], [0, 0, 0, 1]),
        ("binary_cross_entropy_with_logits", [0, 1, 0, 1], [0, 1, 1, 1]),
        (nn.binary_cross_entropy_with_logits, [0, 1, 0, 1], [0, 1, 1, 1]),
        ("hinge", [1, 1, 1, 1], [-1, 1, 1, 1]),
        (nn.hinge_loss, [1, 1, 1, 1], [-1, 1, 1, 1]),
        ("mse", [-1, 1, 1, 1], [-1, 1, 1, 1]),
        ("mse", [0, 1, 1, 1], [0, 0, 0, 1]),
        ("binary_cross_entropy", [1, 1, 1, 1], [0, 0, 0, 1]),
        ("binary_cross_entropy_with_logits", [1, 1, 1, 1], [0, 1, 1, 1]),
        (None, [1, 1, 1, 1], [0, 0, 0, 1]),
    ],
)
def test_the_threshold_of_a_single_output(loss, targets, expected):
    assert classes(SINGLE, np.array(targets), loss).tolist() == expected


@pytest.mark.parametrize("loss", ["mse", "sse", "l1", "huber", nn.mse_loss])
def test_where_all_targets_are_1_a_negative_output_tells_classes_of_both_signs(loss):
    assert classes(SINGLE, np.ones(4), loss).tolist() == [-1, 1, 1, 1]
    assert classes(np.array([0.3, 0.4, 0.6]), np.ones(3), loss).tolist() == [0, 0, 1]


def test_the_accuracy_of_a_part_with_one_class_agrees_with_the_whole():
    outputs, targets = np.array([0.2, -0.1, 0.3, 0.9, -0.8, 0.1]), np.array([1, 1, 1, 1, -1, -1])
    right = [measure(["accuracy"], outputs[part], targets[part], "mse")["accuracy"] * size
             for part, size in ((slice(4), 4), (slice(4, 6), 2))]  # fmt: skip
    assert measure(["accuracy"], outputs, targets, "mse")["accuracy"] == sum(right) / 6 == 4 / 6


def test_the_largest_of_several_outputs_is_the_class():
    assert classes(np.array([[0.1, 0.9, 0.2], [-1.0, -3.0, -2.0]]), np.array([0, 0])).tolist() == [1, 0]


def test_fractions_are_no_classes():
    with pytest.raises(ValueError, match=r"compares classes, which are whole numbers; the targets have 0\.5"):
        true_classes(np.array([1.0, 0.5]))


# ------------------------------------------------------------------------------------------------- confusion table


def test_the_confusion_table_has_a_line_for_each_true_class():
    table = confusion_table(np.array([0, 0, 1, 2, 2]), np.array([0, 1, 1, 0, 2]), ["a", "bee", "c"])
    assert table.splitlines() == [
        "true \\ predicted   a bee   c",
        "               a   1   1   .",
        "             bee   .   1   .",
        "               c   1   .   1",
    ]


def test_long_names_keep_the_columns_of_the_confusion_table_apart():
    lines = confusion_table(np.array([0, 1]), np.array([0, 1]), ["a class with a long name", "b"]).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert lines[1].startswith("a class with a long name ")


# ----------------------------------------------------------------------------------------------------------- names


def test_a_single_name_is_a_list_of_one():
    assert check_metrics("accuracy") == ["accuracy"]


def test_an_unknown_name_lists_the_names():
    with pytest.raises(ValueError, match="unknown metric 'acuracy': choose from accuracy, precision"):
        check_metrics(["accuracy", "acuracy"])


# ------------------------------------------------------------------------------------------------ confusion matrix

LABELS = {
    "all": [0, 1, 2],
    "in another order": [2, 0, 1],
    "some": [2, 0],
    "one that does not occur": [0, 5, 1, 2],
}


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
@pytest.mark.parametrize(
    "names", [np.array([0, 1, 2, 3, 4, 5]), np.array(["x", "bee", "a", "", "c", "y"])], ids=["ints", "texts"]
)
def test_the_confusion_matrix_is_scikit_learns(labels, names):
    true, predicted = names[CLASSES], names[OUTPUTS.argmax(axis=1)]
    ours = confusion_matrix(true, predicted, names[labels])
    assert ours.tolist() == sklearn_metrics.confusion_matrix(true, predicted, labels=names[labels]).tolist()


def test_a_number_is_no_text_in_a_confusion_matrix():
    assert not confusion_matrix(np.array([0, 1]), np.array([0, 1]), ["0", "1"]).any()


def test_whole_numbers_of_all_types_stay_exact_in_a_confusion_matrix():
    true, predicted = np.array([2**63, 2**63 + 1], np.uint64), np.array([2**62, 2**62 + 1])
    labels = labels_of(true, predicted)
    assert labels == [2**62, 2**62 + 1, 2**63, 2**63 + 1]
    assert np.argwhere(confusion_matrix(true, predicted, labels)).tolist() == [[2, 0], [3, 1]]


def test_classes_of_two_kinds_are_refused():
    with pytest.raises(ValueError, match=r"^classes must be of one kind; got "):
        labels_of(np.array(["a"]), np.array([1]))


def test_the_shares_of_each_class_are_scikit_learns():
    predicted = np.where(OUTPUTS.argmax(axis=1) == 2, 1, OUTPUTS.argmax(axis=1))  # one is never predicted
    counts = (np.bincount(classes, minlength=4) for classes in (CLASSES[predicted == CLASSES], predicted, CLASSES))
    ours = shares(*counts)  # and one does not occur
    theirs = sklearn_metrics.precision_recall_fscore_support(CLASSES, predicted, labels=range(4), zero_division=0)
    assert [share.tolist() for share in ours] == [share.tolist() for share in theirs[:3]]


def test_r2_of_several_outputs_and_of_a_constant_one_is_scikit_learns():
    targets, outputs = RNG.normal(size=(30, 3)), RNG.normal(size=(30, 3))
    targets[:, 1] = 2.0
    outputs[:, 1:] = targets[:, 1:]
    assert measure(["r2"], outputs, targets)["r2"] == sklearn_metrics.r2_score(targets, outputs)
    outputs[:, 1] += 1.0
    assert measure(["r2"], outputs, targets)["r2"] == sklearn_metrics.r2_score(targets, outputs)


@pytest.mark.parametrize(
    "targets", [np.zeros((3, 2)), np.zeros(2), np.zeros((3, 1, 1))], ids=["columns", "rows", "a cube"]
)
def test_numbers_of_another_shape_are_refused(targets):
    with pytest.raises(
        ValueError, match=r"^r2 compares a target with each output; got targets of the shape .* \(3,\)$"
    ):
        measure(["r2"], np.zeros(3), targets)


def test_a_column_of_outputs_is_taken_for_a_row_of_them():
    assert measure(["mean_absolute_error"], NUMBERS[:, None], TARGETS) == measure(
        ["mean_absolute_error"], NUMBERS, TARGETS
    )


@pytest.mark.parametrize(("losses", "mean"), [
    ([1.5e308, 1.5e308], 1.5e308), ([1.5e308, -1.5e308, 3.0], 1.0), ([1.0, np.inf], np.inf),
    ([np.inf, -np.inf], np.nan), ([1.0, np.nan], np.nan), ([0.1] * 10, 0.1),
])  # fmt: skip
def test_losses_of_any_size_have_a_mean(losses, mean):
    """math.fsum refuses a sum beyond all floats, and inf - inf."""
    zeros = np.zeros(len(losses))
    np.testing.assert_equal(summary(np.array(losses), zeros, zeros, None, ()), {"loss": mean})
