"""Predictions: what is drawn, on which axes, and what is refused."""

import itertools

import numpy as np
import pytest

import nn
from viz import plot_confusion_matrix, plot_decision_boundary

X, y = [[0.0, 0.0], [1.0, 1.0], [0.0, 1.0]], [0, 1, 1]


def test_confusion_matrix_counts():
    assert [text.get_text() for text in plot_confusion_matrix([0, 1, 1], [0, 1, 0]).texts] == ["1", "0", "1", "1"]


def test_confusion_matrix_of_given_labels():
    axes = plot_confusion_matrix(["a", "b"], ["a", "b"], labels=["b", "a", "c"])
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["b", "a", "c"]


def test_confusion_matrix_of_scores_is_refused():
    with pytest.raises(ValueError, match="argmax"):
        plot_confusion_matrix([0, 1], [[0.1, 0.9], [0.5, 0.5]])


@pytest.mark.parametrize(
    ("true", "predicted", "options", "message"),
    [
        (["cat"], ["cat"], {"labels": ["bee"]}, r"y_true has none of the labels \['bee'\]; its first class is 'cat'"),
        ([0, 1], [0, 1], {"labels": ["0", "1"]}, "y_true has none of the labels"),
        (
            ["cat"],
            ["cat"],
            {"classes": ["cat", "dog"]},
            r"y_true must hold positions in classes, .* y_true\[0\] is cat",
        ),
        ([0, 1], [0, -1], {"classes": ["cat", "dog"]}, r"of which there are 2, from 0 on; y_pred\[1\] is -1"),
        ([0, 1], [0, 1], {"classes": ["cat", "dog"], "labels": [0, 2]}, r"labels must hold .*; labels\[1\] is 2"),
        ([0, 1], [0, 0.9], {}, r"y_pred must hold classes, not scores: y_pred\[1\] is 0\.9"),
        ([0, 1], [0, float("nan")], {}, r"y_pred\[1\] is nan"),
        (["0", "1"], [0, 1], {}, "classes must be of one kind; got '1', 1$"),
    ],
)
def test_confusion_matrix_of_what_is_no_class_is_refused(true, predicted, options, message):
    with pytest.raises(ValueError, match=message):
        plot_confusion_matrix(true, predicted, **options)


def test_confusion_matrix_of_some_of_the_named_classes():
    axes = plot_confusion_matrix([0, 2, 1], [2, 2, 1], labels=[2, 0], classes=["a", "b", "c"])
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["c", "a"]
    assert [text.get_text() for text in axes.texts] == ["1", "0", "1", "0"]


def test_confusion_matrix_of_numbered_classes():
    axes = plot_confusion_matrix([0, 2], [0, 0], classes=["a", "b", "c"])
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["a", "b", "c"]
    assert [text.get_text() for text in axes.texts] == ["1", "0", "0", "0", "0", "0", "1", "0", "0"]


def test_confusion_matrix_of_long_names_has_them_aslant():
    axes = plot_confusion_matrix([0, 1], [0, 1], classes=["a" * 40, "b" * 40])
    assert {tick.get_rotation() for tick in axes.get_xticklabels()} == {45.0}


def slopes(axes):
    return {tick.get_rotation() for tick in axes.get_xticklabels()}


def overlap(labels):
    """Whether any of the labels, from the left to the right, reaches into the next."""
    boxes = [label.get_window_extent() for label in labels]
    return any(left.x1 >= right.x0 for left, right in itertools.pairwise(boxes))


@pytest.mark.parametrize(("count", "letters", "aslant"), [
    (2, 16, False), (3, 10, False), (3, 18, True), (6, 12, True), (10, 1, False), (10, 5, True),
])  # fmt: skip
def test_confusion_matrix_has_names_aslant_where_they_would_overlap(count, letters, aslant):
    axes = plot_confusion_matrix(range(count), range(count), classes=["a" * letters] * count)
    assert slopes(axes) == ({45.0} if aslant else {0.0})
    axes.figure.draw_without_rendering()
    assert aslant or not overlap(axes.get_xticklabels())


@pytest.mark.parametrize(("size", "aslant"), [((12, 10), False), ((3, 3), True), ((12, 3), True)])
def test_confusion_matrix_has_names_aslant_where_the_picture_is_small(plt, size, aslant):
    axes = plt.figure(figsize=size).add_subplot()
    plot_confusion_matrix(range(3), range(3), classes=["a" * 12] * 3, ax=axes)
    assert slopes(axes) == ({45.0} if aslant else {0.0})


def test_confusion_matrix_of_many_classes_has_a_colour_bar_for_the_numbers():
    axes = plot_confusion_matrix(range(30), range(30))
    assert len(axes.texts) == 0
    assert axes.images[0].get_array().shape == (30, 30)
    assert axes.images[0].colorbar is not None


def test_confusion_matrix_of_few_classes_has_no_colour_bar():
    assert plot_confusion_matrix([0, 1], [0, 1]).images[0].colorbar is None


@pytest.mark.parametrize("name", ["$x$", "_x", "<b>", r"$\frac$"])
def test_names_of_classes_are_no_formulas(name):
    shown = plot_confusion_matrix([0, 1], [0, 1], classes=[name, "b"]).get_xticklabels()[0].get_text()
    assert shown == name.replace("$", r"\$")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("\ud83d", "\\u{d83d}"),  # half an emoji
        ("a\0\x1bb", "a\\u{0}\\u{1b}b"),
        ("\u202eright to left", "\\u{202e}right to left"),
        ("two\nlines", "two\nlines"),
        ("x" * 100_000, "x" * 59 + "…"),
    ],
    ids=["surrogate", "control", "direction", "lines", "long"],
)
def test_names_of_classes_that_nobody_can_show_are_drawn_all_the_same(name, shown):
    axes = plot_confusion_matrix([0, 1], [0, 1], classes=[name, "b"])
    axes.figure.canvas.draw()
    assert axes.get_xticklabels()[0].get_text() == shown


def region(axes) -> np.ndarray:
    return np.unique(axes.collections[0].get_array())


def test_decision_boundary_of_one_score_is_at_the_threshold():
    assert list(region(plot_decision_boundary(lambda X: X[:, 0] + 10, X, y, threshold=100))) == [0]


def test_decision_boundary_of_one_score_has_two_regions():
    assert list(region(plot_decision_boundary(lambda X: X[:, 0] - 0.5, X, y))) == [0, 1]


@pytest.mark.parametrize(
    ("output", "score", "region_of"), [("sigmoid", -1.0, 0), ("sigmoid", 1.0, 1), ("step", 1.0, 1), ("linear", 0.3, 1)]
)
@pytest.mark.parametrize("kind", [nn.Neuron, lambda n, output, seed: nn.MLP(n, [1], output=output, seed=seed)])
def test_decision_boundary_of_a_model_knows_probabilities(kind, output, score, region_of):
    model = kind(2, output, seed=0)
    for parameter, number in zip(model.parameters(), [0.0, 0.0, score], strict=True):
        parameter.data = number
    assert list(region(plot_decision_boundary(model, X, y))) == [region_of]


def test_decision_boundary_of_many_scores_takes_the_largest():
    def predict(X):
        return np.stack([X[:, 0], X[:, 1], 0 * X[:, 0] + 9], axis=1)

    assert list(region(plot_decision_boundary(predict, X, [0, 1, 2]))) == [2]


def test_decision_boundary_shows_the_points():
    assert plot_decision_boundary(lambda X: X[:, 0], X, y).collections[1].get_offsets().tolist() == X


def test_decision_boundary_of_named_classes():
    axes = plot_decision_boundary(lambda X: X[:, 0], X, ["cat", "dog", "dog"])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["cat", "dog"]


def test_decision_boundary_of_a_model():
    axes = plot_decision_boundary(nn.Neuron(2, seed=0), X, y, resolution=5)
    assert axes.collections[0].get_array().size == 25


def test_decision_boundary_of_numbered_classes_keeps_their_colours():
    axes = plot_decision_boundary(lambda X: np.tile([0.0, 0.0, 1.0], (len(X), 1)), X, [0, 2, 2], classes=list("abc"))
    assert axes.collections[1].get_array().tolist() == [0, 2, 2]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b", "c"]


def numbers(axes):
    """The number of the colour of each point."""
    return axes.collections[1].get_array().tolist()


def named(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


@pytest.mark.parametrize("classes", [[0, 2, 2], [0.0, 2.0, 2.0], [2, 2, 2], [1, 0, 1]])
def test_decision_boundary_of_many_scores_has_points_in_the_colours_of_their_scores(classes):
    axes = plot_decision_boundary(lambda X: np.tile([0.0, 0.0, 1.0], (len(X), 1)), X, classes)
    assert numbers(axes) == classes
    assert named(axes) == ["0", "1", "2"]


@pytest.mark.parametrize(("classes", "expected"), [
    ([1, 1, 1], [1, 1, 1]), ([0, 0, 0], [0, 0, 0]), ([-1, -1, -1], [0, 0, 0]), ([1.0, -1.0, 1.0], [1, 0, 1]),
    ([True, True, True], [1, 1, 1]),
])  # fmt: skip
def test_decision_boundary_of_one_score_has_points_in_the_colours_of_their_sides(classes, expected):
    assert numbers(plot_decision_boundary(lambda X: X[:, 0], X, classes)) == expected


@pytest.mark.parametrize(("classes", "names"), [
    ([-1, 1, 1], ["-1", "1"]), ([False, True, True], ["False", "True"]), (["a", "c", "c"], ["a", "c"]),
    ([3, 5, 5], ["3", "5"]),
])  # fmt: skip
def test_decision_boundary_names_the_two_classes_of_one_score(classes, names):
    axes = plot_decision_boundary(lambda X: X[:, 0], X, classes)
    assert numbers(axes) == [0, 1, 1]
    assert named(axes) == names


def test_decision_boundary_of_numbers_beyond_the_scores_goes_by_their_order():
    axes = plot_decision_boundary(lambda X: np.tile([0.0, 0.0, 1.0], (len(X), 1)), X, [1, 2, 3])
    assert numbers(axes) == [0, 1, 2]
    assert named(axes) == ["1", "2", "3"]


@pytest.mark.parametrize("n_classes", [2, 8, 30])
def test_decision_boundary_has_its_legend_beside_the_axes_and_in_the_figure(n_classes):
    axes = plot_decision_boundary(lambda X: np.tile(np.eye(n_classes)[1], (len(X), 1)), X, y)
    axes.figure.draw_without_rendering()
    legend, figure = axes.get_legend().get_window_extent(), axes.figure.bbox
    assert legend.x0 >= axes.get_window_extent().x1
    assert legend.x1 <= figure.x1
    assert legend.y0 >= figure.y0


@pytest.mark.parametrize("name", ["$x$", "_x"])
def test_decision_boundary_has_the_names_of_classes_as_they_are(name):
    axes = plot_decision_boundary(lambda X: X[:, 0], X, y, classes=[name, "b"])
    assert axes.get_legend().get_texts()[0].get_text() == name.replace("$", r"\$")


def test_decision_boundary_of_a_model_with_a_scaler_is_in_units_of_the_data():
    from sklearn.preprocessing import MinMaxScaler

    model = nn.Neuron(2, seed=0)
    model.w[0].data, model.w[1].data, model.b.data = 1.0, 0.0, -0.5
    model.scaler = MinMaxScaler().fit([[0.0, 0.0], [1000.0, 1.0]])
    points = [[0.0, 0.0], [1000.0, 1.0]]
    mesh = plot_decision_boundary(model, points, [0, 1], resolution=12).collections[0]
    right = mesh.get_array().reshape(12, 12)[0]  # from -100 to 1100; the boundary is at 500
    assert right.tolist() == [0] * 6 + [1] * 6


def test_long_names_that_begin_alike_are_different_labels(plt):
    axes = plot_confusion_matrix([0, 1], [0, 1], classes=["$" + "x" * 100 + end for end in "ab"])
    names = [label.get_text() for label in axes.get_xticklabels()]
    assert names == [r"\$" + "x" * 58 + "…", r"\$" + "x" * 57 + "…2"]


def test_decision_boundary_out_of_the_plane_is_refused():
    with pytest.raises(ValueError, match=r"\(rows, 2\); got \(2, 3\)"):
        plot_decision_boundary(lambda X: X, np.zeros((2, 3)), [0, 1])


@pytest.mark.parametrize(
    ("points", "y", "options", "message"),
    [
        ([[0.0, float("nan")]], [0], {}, r"X\[0, 1\] is nan"),
        (X, ["a", "b", "b"], {"classes": ["a", "b"]}, r"y must hold positions in classes, .*; y\[0\] is a"),
        (X, y, {"resolution": 0}, "resolution must be a whole number of at least 1, got 0"),
    ],
)
def test_decision_boundary_of_wrong_points_is_refused(points, y, options, message):
    with pytest.raises(ValueError, match=message):
        plot_decision_boundary(lambda X: X[:, 0], points, y, **options)


@pytest.mark.parametrize("columns", [1, 2])
def test_decision_boundary_leaves_blank_where_a_score_is_nan(columns):
    def predict(X):
        return np.where(X[:, [0] * columns] > 0.5, np.nan, 1.0)

    drawn = plot_decision_boundary(predict, X, y).collections[0].get_array()
    assert drawn.mask.any(axis=0).tolist() == drawn.mask.all(axis=0).tolist() == (np.arange(200) >= 100).tolist()


def test_decision_boundary_of_a_wrong_prediction_is_refused():
    with pytest.raises(ValueError, match="it returned"):
        plot_decision_boundary(lambda X: 1.0, X, y)


@pytest.mark.parametrize("plot", [
    lambda ax: plot_confusion_matrix([0, 1], [0, 1], ax=ax),
    lambda ax: plot_decision_boundary(lambda X: X[:, 0], X, y, ax=ax),
])  # fmt: skip
def test_draws_on_the_axes_it_is_given(plt, plot):
    axes = plt.axes()
    assert plot(axes) is axes
