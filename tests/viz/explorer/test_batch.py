"""`explore(f, X, y)` and `explore(model, X, y, loss=…)`: the graph of a batch."""

import base64
import re

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

import nn
from autograd import Value, no_grad
from nn import MLP
from viz import explore
from viz.explorer import batch

X = [[0.1, -0.4], [0.7, 0.2], [-0.5, 0.9]]


@pytest.fixture
def w():
    return Value(0.7, "w")


def model_of(outputs=1):
    return MLP(2, [3, outputs], "tanh", seed=0)


def kinds(explorer):
    return [(family.kind, len(family.members), family.alike, family.weight) for family in explorer.graph.families]


def inside(explorer, member):
    """The nodes in a member of the first family."""
    call = explorer.graph.families[0].members[member]

    def around(home):
        while home is not None:
            yield home
            home = home.outer

    return [node for node in explorer.graph.nodes if call in around(explorer.graph.homes[node])]


def outer_calls(packed):
    """Of each call the one around it; its number, or -1."""
    assert packed["outer"]["type"] == "Uint8"
    return [outer - 1 for outer in base64.b64decode(packed["outer"]["data"])]


def test_the_root_is_the_mean_of_a_function_over_rows(w):
    explorer = explore(lambda x, y: (w * x[0] + x[1] - y) ** 2, X, [1.0, 2.0, 3.0])
    assert explorer.root.data == sum((0.7 * a + b - y) ** 2 for (a, b), y in zip(X, (1.0, 2.0, 3.0), strict=True)) / 3
    assert explorer.root.label == "loss"
    assert kinds(explorer) == [("rows", 3, True, 1 / 3)]
    assert [call.name for call in explorer.graph.families[0].members] == ["row 1", "row 2", "row 3"]


def test_the_sum_over_the_rows_is_one_step_outside_of_them(w):
    graph = explore(lambda x: (w * x[0]).sin(), X).graph
    assert [node.op for node in graph.nodes if node.parents and graph.homes[node] is None] == ["total", "/"]
    assert [len(node.parents) for node in graph.nodes if node.op == "total"] == [3]


def test_each_row_has_its_own_leaves_named_by_their_columns(w):
    explorer = explore(lambda x, y: (w * x[0] + x[1] - y).exp(), X, [[1.0], [2.0], [3.0]])
    for number, (row, y) in enumerate(zip(X, (1.0, 2.0, 3.0), strict=True)):
        leaves = {leaf.label: leaf.data for leaf in inside(explorer, number) if not leaf.parents}
        assert leaves == {"x1": row[0], "x2": row[1], "y": y}
    assert explorer.graph.homes[w] is None


def test_a_table_gives_its_names_to_the_leaves(w):
    class Table:
        columns = ("size", "age")

        def __array__(self, dtype=None, copy=None):
            return np.array(X, dtype)

    explorer = explore(lambda x: (w * x[0] + x[1]).sin(), Table())
    assert {leaf.label for leaf in explorer.graph.leaves if leaf.label} == {"w", "size", "age"}


def test_leaves_that_are_given_stay_and_keep_their_labels(w):
    mine = Value(0.3, "mine")
    explorer = explore(lambda x: (w * x[0] + x[1]).sin(), [[mine, 1.0], [2.0, 3.0]])
    assert mine in explorer.graph.leaves
    assert sorted(leaf.label for leaf in explorer.graph.leaves if leaf is not w and leaf.label) == [
        "mine",
        "x1",
        "x2",
        "x2",
    ]


def test_targets_of_several_columns_come_as_a_list(w):
    explorer = explore(lambda x, y: (w * x[0] - y[0]) ** 2 + (w * x[1] - y[1]) ** 2, X, np.ones((3, 2)))
    assert {leaf.label for leaf in explorer.graph.inputs} == {"x1", "x2", "y1", "y2"}


@pytest.mark.parametrize(
    ("loss", "outputs", "y"),
    [
        ("mse", 1, [1.0, 0.5, -1.0]),
        ("l1_loss", 2, [[1.0, 2.0], [0.5, 0.1], [0.0, 0.3]]),
        ("hinge", 1, [1, -1, 1]),
        ("binary_cross_entropy_with_logits", 1, np.array([0, 1, 1])),
        ("cross_entropy", 3, [0, 2, 1]),
        (nn.cross_entropy, 3, np.eye(3)),
        (lambda output, target: (output - target).exp(), 1, [1.0, 0.5, -1.0]),
    ],
)
def test_the_loss_of_a_model_is_that_of_training(loss, outputs, y):
    model, of = model_of(outputs), nn.losses.loss_function(loss)
    explorer = explore(model, X, y, loss=loss)
    expected = np.mean([of(model(row), target).data for row, target in zip(X, np.asarray(y).tolist(), strict=True)])
    assert explorer.root.data == pytest.approx(expected, rel=1e-15)
    assert kinds(explorer) == [("rows", 3, True, 1 / 3)]
    assert {explorer.graph.leaves[n] for n in explorer.graph.parameters} == set(model.parameters())
    packed = explorer.graph.packed()
    outer_of_models = [outer for name, outer in zip(packed["calls"], outer_calls(packed), strict=True) if name == "MLP"]
    assert [packed["calls"][outer] for outer in outer_of_models] == ["row 1", "row 2", "row 3"]


def test_the_gradient_is_that_of_the_mean():
    model, y = model_of(), [1.0, 0.0, 2.0]
    explore(model, X, y, loss="mse").root.backward()
    found = [parameter.grad for parameter in model.parameters()]
    model.zero_grad()
    nn.mse_loss([model(row) for row in X], y).backward()
    assert found == pytest.approx([parameter.grad for parameter in model.parameters()], rel=1e-12)


def test_a_model_with_a_scaler_gets_its_rows_scaled():
    model, scaler = model_of(), StandardScaler().fit(X)
    expected = explore(model, scaler.transform(X), [1.0, 0.0, 2.0], loss="mse").root.data
    model.scaler = scaler
    assert explore(model, X, [1.0, 0.0, 2.0], loss="mse").root.data == expected
    with pytest.raises(ValueError, match=r"model\.scaler scales numbers, and X has Values"):
        explore(model, [[Value(1.0), 2.0]], [1.0], loss="mse")


def test_without_parameters_all_leaves_learn_but_those_of_the_rows(w):
    explorer = explore(lambda x, y: (w * x[0] - 2.0 * y) ** 2, X, [1.0, 2.0, 3.0])
    assert [explorer.graph.leaves[n] for n in explorer.graph.parameters] == [w]


def test_parameters_may_be_chosen(w):
    b = Value(0.1, "b")
    explorer = explore(lambda x: (w * x[0] + b).sin(), X, parameters=[b])
    assert [explorer.graph.leaves[n] for n in explorer.graph.parameters] == [b]
    model = model_of()
    explorer = explore(model, X, [1.0, 2.0, 3.0], loss="mse", parameters=model.layers[0])
    assert len(explorer.graph.parameters) == 9


def test_one_row_is_its_loss_alone():
    model = model_of()
    explorer = explore(model, X[:1], [1.0], loss="mse")
    assert explorer.root.data == nn.mse_loss(model(X[0]), 1.0).data
    assert explorer.graph.families == []


def test_rows_that_compute_something_else_are_similar(w):
    explorer = explore(lambda x: (w * x[0]).sin() if x[0].data > 0 else (w + x[0]).cos().exp(), X)
    assert kinds(explorer) == [("rows", 3, False, 1 / 3)]


def test_rows_that_compute_nothing_of_their_own_are_no_members(w):
    shared = w.exp().sin()
    assert kinds(explore(lambda x: shared, X)) == []
    explorer = explore(lambda x: (w * x[0]).sin() if x[0].data > 0 else w, X)
    assert [call.name for call in explorer.graph.families[0].members] == ["row 1", "row 2"]


def test_turns_in_rows_are_families_in_them(w):
    def loss(x):
        angle, speed = x
        for _ in range(40):
            speed = speed - 0.1 * w * angle.sin()
            angle = angle + 0.1 * speed
        return angle * angle

    assert kinds(explore(loss, X)) == [("rows", 3, True, 1 / 3), *3 * [("turns", 40, True, None)]]


def test_numbers_that_are_not_finite_may_be_looked_at(w):
    assert np.isnan(explore(lambda x: (w * x[0]).exp(), [[np.nan], [np.inf]]).root.data)


# -------------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("rows", "y", "message"),
    [
        (
            [1.0, 2.0],
            None,
            r"X must have the shape (rows, inputs), got (2,): for rows of one input write [[x] for x in X]",
        ),
        (np.zeros((2, 2, 2)), None, "X must have the shape (rows, inputs), got (2, 2, 2)"),
        ([], None, "X is empty"),
        ([[1.0, 2.0], [3.0]], None, "X must hold numbers, in rows of equal length"),
        ([["a"]], None, "X must hold numbers"),
        ([[1j]], None, "a complex number"),
        (X, [1.0, 2.0], "X has 3 rows, but y has 2"),
        (X, 1.0, "y must have the shape (rows,) or (rows, outputs), got ()"),
        (X, np.zeros((3, 1, 1)), "y must have the shape (rows,) or (rows, outputs), got (3, 1, 1)"),
        ([[1.0, Value(1.0) * 2.0]], None, "X[0, 1] was computed, by '*': give a number, or a leaf"),
    ],
)
def test_rows_and_targets_that_do_not_fit_are_refused_before_anything_is_computed(rows, y, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        explore(lambda *_: pytest.fail("the function was called"), rows, y)


def test_more_rows_than_a_page_shows_are_refused_after_the_first(w, monkeypatch):
    monkeypatch.setattr(batch, "_MOST_OPERATIONS", 10)
    calls = []

    def loss(x):
        calls.append(x)
        return (w * x[0]).sin().exp()

    assert kinds(explore(loss, X)) == [("rows", 3, True, 1 / 3)]  # 9 operations
    calls.clear()
    with pytest.raises(ValueError, match=r"4 rows of 3 operations each are too many .* 10: 3 rows will do, X\[:3\]"):
        explore(loss, [*X, X[0]])
    assert len(calls) == 1


def test_one_row_may_be_as_large_as_it_is(w, monkeypatch):
    monkeypatch.setattr(batch, "_MOST_OPERATIONS", 2)
    assert explore(lambda x: (w * x[0]).sin().exp(), X[:1])
    with pytest.raises(ValueError, match=r": 1 row will do, X\[:1\]"):
        explore(lambda x: (w * x[0]).sin().exp(), X)


@pytest.mark.parametrize("wrong", [1.0, None, [Value(1.0), Value(2.0)]])
def test_the_loss_of_a_row_is_one_value(wrong):
    with pytest.raises(TypeError, match="not a Value") as caught:
        explore(lambda x: wrong, X)
    assert caught.value.__notes__ == ["explore: in row 1, X[0]"]


def test_an_error_says_in_which_row_it_was(w):
    with pytest.raises(ZeroDivisionError) as caught:
        explore(lambda x: w * (1 / 0) if x[0].data < 0 else w * x[0], X)
    assert caught.value.__notes__ == ["explore: in row 3, X[2]"]


@pytest.mark.parametrize(
    ("loss", "outputs", "y", "message"),
    [
        ("cross_entropy", 3, [0, 7, 1], "the class must be a whole number from 0 to 2, got 7.0"),
        ("hinge", 1, [1, 0, 1], "the classes are -1 and 1, got 0.0"),
        ("mse", 3, [1.0, 2.0, 3.0], "differ in shape"),
        ("msee", 1, [1.0, 2.0, 3.0], "unknown loss 'msee'"),
    ],
)
def test_targets_that_a_loss_does_not_take_are_refused(loss, outputs, y, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        explore(model_of(outputs), X, y, loss=loss)


@pytest.mark.parametrize(
    ("arguments", "named", "message"),
    [
        ((model_of(), X), {"loss": "mse"}, 'explore(model, X, y, loss="mse")'),
        ((model_of(), X, [1.0, 2.0, 3.0]), {}, 'explore(model, X, y, loss="mse")'),
        ((lambda x: x[0], X), {"loss": "mse"}, "a function returns the loss of a row itself"),
        ((Value(1.0), [Value(1.0)], [1.0]), {}, "a Value is one graph"),
        ((Value(1.0),), {"loss": "mse"}, "a Value is one graph"),
        ((Value(1.0), [Value(1.0)]), {"parameters": [Value(1.0)]}, "a Value is one graph"),
        ((3.0, X), {}, "explore needs a Value, the root of a graph; got 3.0"),
        ((MLP, X, [1.0]), {"loss": "mse"}, "make an object of this class"),
        ((lambda x: x[0],), {}, "call the function on Values"),
    ],
)
def test_what_does_not_go_together_is_refused(arguments, named, message):
    with pytest.raises(TypeError, match=re.escape(message)):
        explore(*arguments, **named)


def test_a_loss_that_is_that_of_several_rows_counts_for_each(w):
    known = {}

    def loss(x):
        return known.setdefault(x[0].data, (w * x[0]).tanh())

    def weight(rows):
        [family] = explore(loss, rows).graph.families
        return family.weight

    assert weight([[1.0], [2.0], [1.0], [2.0]]) == 0.5
    assert weight([[1.0], [2.0], [1.0]]) is None


def test_rows_that_are_not_recorded_have_no_graph(w):
    with no_grad(), pytest.raises(ValueError, match=r"inside no_grad\(\)"):
        explore(lambda x: w * x[0], X)

    @no_grad()
    def unrecorded(x):
        return w * x[0]

    with pytest.raises(ValueError, match=r"the loss of row 2 was computed inside no_grad\(\)"):
        explore(lambda x: unrecorded(x) if x[0].data == X[1][0] else w * x[0], X)


def test_an_error_names_the_loss_of_the_user():
    def distance(output, target):
        return abs(output.data - target.data)

    with pytest.raises(TypeError, match=r"^distance returned .* not a Value"):
        explore(model_of(), X, [1.0, 2.0, 3.0], loss=distance)
