"""The compiled view of a graph: its boxes, and the box of every node."""

import json
import threading
from collections import Counter

import numpy as np
import pytest

import autograd
import nn
from autograd import Value, scope, topological_order
from autograd.compiler.trace import trace
from viz.explorer.program import compiled_view


class Compiled:
    """The compiled view of a graph, to ask for the box of a node."""

    def __init__(self, root, inputs=()):
        self.nodes = topological_order(root)
        self.view = compiled_view(self.nodes, inputs)
        self.boxes = self.view["boxes"]
        self.numbers = dict(zip(self.nodes, self.view["box_of_node"], strict=True))

    def box(self, node):
        """The first line of the label of the node's box, and the shape below it; None where it has no box."""
        number = self.numbers[node]
        return None if number < 0 else " ".join(self.boxes[number]["label"].split("\n")[:2])

    def contents(self, words):
        """How many nodes of each operation are in the only box whose label starts with the words."""
        (number,) = [n for n, box in enumerate(self.boxes) if box["label"].startswith(words)]
        return dict(Counter(node.op for node in self.nodes if self.numbers[node] == number))

    def labels(self, kind):
        return [box["label"] for box in self.boxes if box["kind"] == kind]


def values(*numbers):
    return [Value(number) for number in numbers]


@pytest.fixture(scope="module")
def layer():
    """The root, and the row, of a layer of 4 neurons on 3 numbers."""
    row = values(0.1, 0.2, 0.3)
    return sum(each.exp() for each in nn.Layer(3, 4, "relu", seed=0)(row)), row


@pytest.fixture(scope="module")
def classifier():
    """The compiled view of a cross-entropy; x are the inputs."""
    row = values(0.1, 0.2, 0.3)
    with scope("loss"):
        loss = nn.cross_entropy(nn.MLP(3, [4, 2], seed=0)(row), 1)
    return Compiled(loss, row)


# ------------------------------------------------------------------------------------------------- scalars in boxes


def test_a_layer_is_one_matrix_product_of_all_its_products_and_their_sums(layer):
    assert Compiled(*layer).contents("matmul\nB×4") == {"*": 4 * 3, "+": 4 * (3 - 1)}


def test_biases_are_added_in_a_box_of_their_own(layer):
    assert Compiled(*layer).contents("add\nB×4") == {"+": 4}


def test_the_nonlinearity_of_a_layer_is_one_box(layer):
    assert Compiled(*layer).contents("relu\nB×4") == {"relu": 4}


def test_leaves_are_in_the_boxes_of_the_input_and_the_parameters(layer):
    view = Compiled(*layer)
    assert view.contents("input 0\nB×3") == {"": 3}
    assert view.contents("parameters\n4×3") == {"": 12}


def test_a_classifier_has_two_matrix_products(classifier):
    assert [classifier.contents(words) for words in ("matmul\nB×4", "matmul\nB×2")] == [
        {"*": 12, "+": 8},
        {"*": 8, "+": 6},
    ]


def test_every_node_of_a_classifier_has_a_box(classifier):
    assert min(classifier.numbers.values()) >= 0


def test_a_filter_that_moves_over_its_input_is_one_matrix_product():
    w, x = values(1.0, 2.0, 3.0), values(*map(float, range(6)))
    places = [w[0] * x[i] + w[1] * x[i + 1] + w[2] * x[i + 2] for i in range(4)]
    view = Compiled(autograd.maximum(*places), x)
    (number,) = {view.numbers[place] for place in places}
    assert view.boxes[number]["kind"] == "product"
    assert view.boxes[number]["scalars"] == 4 * 5


def test_what_is_computed_from_plain_numbers_has_no_box():
    x = Value(1.0)
    folded = autograd.value.constant(2.0).exp()
    view = Compiled(x * folded, [x])
    assert view.box(folded) is None
    assert view.box(view.nodes[-1]) == "mul B"


def test_equal_nodes_are_in_one_box():
    x, w = values(1.0, 2.0)
    a, b = (x * w).exp(), (x * w).exp()
    view = Compiled(a.tanh() * b.sin(), [x])
    assert view.box(a) == view.box(b) == "exp B"
    assert view.contents("exp") == {"exp": 2}
    assert "exp\nB\n2 scalars" in view.labels("elementwise")


def test_without_inputs_all_leaves_are_parameters():
    w, x = values(1.0, 2.0), values(3.0, 4.0)
    view = Compiled(w[0] * x[0] + w[1] * x[1])
    assert view.view["caption"] == "7 scalar nodes → 1 array operation"
    assert {view.boxes[view.numbers[leaf]]["kind"] for leaf in (*w, *x)} == {"parameters"}


def test_a_square_is_a_product():
    x = Value(3.0)
    square = x**2
    assert Compiled(square.exp(), [x]).box(square) == "mul B"


def test_a_take_is_a_box():
    x, table = Value(1.0), values(1.0, 2.0, 3.0)
    chosen = autograd.take(table, x)
    view = Compiled(chosen.exp(), [x])
    assert view.box(chosen) == "take B"
    assert view.contents("parameters\n3") == {"": 3}
    assert view.boxes[view.numbers[chosen]]["kind"] == "moves"


def test_logsumexp_is_a_box():
    x = values(1.0, 2.0, 3.0)
    y = autograd.logsumexp(x)
    view = Compiled(y.exp(), x)
    assert view.box(y) == "logsumexp B"
    assert view.contents("input 0") == {"": 3}


def test_an_input_that_the_graph_does_not_read_is_no_error():
    x, y = values(1.0, 2.0)
    assert Compiled(x.exp(), [y, x]).labels("input") == ["input 0\nB×2"]


def test_a_plain_number_may_be_an_input():
    x = autograd.value.constant(2.0)
    assert Compiled(x.exp(), [x]).box(x) == "input 0 B"


# ---------------------------------------------------------------------------------------------------------- the boxes


def test_scopes_reach_the_boxes():
    x = Value(1.0)
    with scope("outer"), scope("inner"):
        y = x.exp()
    view = Compiled(y.tanh(), [x])
    assert [view.boxes[view.numbers[node]]["scope"] for node in (y, view.nodes[-1])] == [["outer", "inner"], []]


def test_boxes_are_in_the_modules_of_the_graph(classifier):
    scopes = {tuple(box["scope"]) for box in classifier.boxes if box["kind"] == "product"}
    assert scopes == {("loss", "MLP", "layer 1"), ("loss", "MLP", "layer 2")}


def test_the_last_layer_is_under_its_own_module_and_not_under_the_loss():
    model, row = nn.MLP(3, [4, 4, 1], seed=0), values(0.1, 0.2, 0.3)
    output = model(row)
    view = Compiled(nn.mse_loss(output, 1.0), row)
    neuron = ["MLP", "layer 3", "neuron 1"]
    last = [node for node in view.nodes if node in model.layers[-1].parameters() or node is output]
    last += [node for node in view.nodes if node._scope is output._scope]
    assert len(last) == 5 + 1 + 4 + 4
    assert {tuple(view.boxes[view.numbers[node]]["scope"]) for node in last} == {tuple(neuron)}
    assert view.boxes[view.numbers[view.nodes[-1]]]["scope"] == ["mse_loss"]


def test_every_box_stands_after_its_parents(classifier):
    assert all(parent < number for number, box in enumerate(classifier.boxes) for parent in box["parents"])


def test_each_parent_comes_with_the_shape_of_its_array(classifier):
    (product,) = [box for box in classifier.boxes if box["label"].startswith("matmul\nB×4")]
    assert product["arrays"] == ["4×3", "B×3"]


def test_matrix_products_alone_have_work(classifier):
    assert [box["work"] for box in classifier.boxes if box["work"]] == [2 * 12, 2 * 8]
    assert [box["work"] for box in classifier.boxes if box["kind"] == "product"] == [2 * 12, 2 * 8]


def test_boxes_tell_how_many_scalars_they_stand_for(classifier):
    assert [box["scalars"] for box in classifier.boxes] == [
        list(classifier.numbers.values()).count(number) for number in range(len(classifier.boxes))
    ]


def test_all_kinds_of_boxes():
    x, w = values(1.0, 2.0), values(*map(float, range(9)))
    dots = [w[i] * x[0] + w[i + 1] * x[1] for i in (0, 2, 5)]
    weighted = [number * each for number, each in zip((2.0, 3.0, 4.0), dots, strict=True)]
    view = Compiled(autograd.take([each.exp() for each in weighted], x[1]), x)
    kinds = {box["kind"] for box in view.boxes}
    assert kinds == {"product", "elementwise", "moves", "parameters", "input", "output", "constant"}


def test_the_caption_counts_what_became_what(classifier):
    operations = sum(box["kind"] in ("product", "elementwise", "moves") for box in classifier.boxes)
    expected = f"{len(classifier.nodes)} scalar nodes of one row → {operations} array operations on B rows"
    assert classifier.view["caption"] == expected


def test_a_graph_of_several_rows_is_not_said_to_be_one(layer):
    root, row = layer
    nodes = topological_order(root)
    of_one = compiled_view(nodes, row)["caption"]
    of_several = compiled_view(nodes, row, of_one_row=False)["caption"]
    assert " of one row " in of_one
    assert of_several == of_one.replace(" of one row", "").replace(" on B rows", "")


def test_the_view_is_json(classifier):
    assert json.loads(json.dumps(classifier.view)) == classifier.view


def test_it_is_the_program_that_compile_makes(classifier):
    model = nn.MLP(3, [4, 2], seed=0)

    def loss(x):
        with scope("loss"):
            return nn.cross_entropy(model(x), 1)

    f = autograd.compile(loss)
    f(np.ones((5, 3)))
    steps = [box for box in classifier.boxes if box["kind"] in ("product", "elementwise", "moves")]
    assert [(box["tooltip"].split("\n")[0], box["scalars"], " / ".join(box["scope"])) for box in steps] == [
        (f.program.line(step), step.scalars, step.scope) for step in f.program.steps
    ]


def test_the_graph_stays_as_it_is(layer):
    root, row = layer
    root.backward()
    before = [(node, node.data, node.grad, node.parents, node._scope) for node in topological_order(root)]
    compiled_view([node for node, *_ in before], row)
    assert [(node, node.data, node.grad, node.parents, node._scope) for node in topological_order(root)] == before


def test_threads_may_walk_over_the_same_parameters_meanwhile(layer):
    root, row = layer
    expected = Compiled(root, row).view
    others = [Value(1.0) * leaf for leaf in topological_order(root) if not leaf.parents]
    stop = threading.Event()

    def walk():
        while not stop.is_set():
            for other in others:
                other.backward()

    thread = threading.Thread(target=walk)
    thread.start()
    try:
        assert all(Compiled(root, row).view == expected for _ in range(20))
    finally:
        stop.set()
        thread.join()


# ------------------------------------------------------------------------------------------------------------- loops


@pytest.fixture(scope="module")
def filtered():
    """The compiled view of 300 turns, each of which has a number of its own; the states, and these numbers."""
    start, weight, inputs = Value(0.1), Value(0.7), values(*(0.01 * n for n in range(300)))
    states = [start]
    for x in inputs:
        states.append((states[-1] * weight + x).tanh() - states[-1].sin())
    return Compiled(states[-1], inputs), states, inputs


def loop_box(view, words):
    (number,) = [n for n, box in enumerate(view.boxes) if box["label"].startswith(words) and box["loop"] == 0]
    return number


def test_a_loop_is_there_with_one_turn(filtered):
    view, *_ = filtered
    assert view.view["loops"] == [{"name": "loop × 300", "turns": 300}]
    assert {tuple(box["scope"]) for box in view.boxes if box["loop"] == 0} == {("loop × 300",)}
    assert view.boxes[loop_box(view, "tanh")]["label"] == "tanh\nB\n300 scalars"


def test_every_scalar_of_a_loop_has_its_box_and_its_turn(filtered):
    view, states, _ = filtered
    turn_of = dict(zip(view.nodes, view.view["turn_of_node"], strict=True))
    tanhs = [state.parents[0] for state in states[1:]]
    assert [turn_of[node] for node in tanhs] == list(range(300))
    assert {view.numbers[node] for node in tanhs} == {loop_box(view, "tanh")}
    assert turn_of[states[0]] == -1


def test_of_what_a_box_computes_together_one_scalar_is_the_result(filtered):
    view, states, _ = filtered
    is_result = dict(zip(view.nodes, view.view["is_result"], strict=True))
    boxes = Counter(view.numbers[node] for node in view.nodes if is_result[node])
    computing = [n for n, box in enumerate(view.boxes) if box["loop"] == 0 and box["scalars"]]
    assert [boxes[n] for n in computing] == [300] * len(computing)
    assert all(is_result[state] for state in states)


def test_what_goes_into_a_turn_are_nodes_of_the_graph(filtered):
    view, states, inputs = filtered
    entering = {each["box"]: each for each in view.view["entering"]}
    scanned, carried = entering[loop_box(view, "scanned")], entering[loop_box(view, "carried")]
    assert [[view.nodes[n] for n in row] for row in scanned["nodes"]] == [[x] for x in inputs]
    assert [[view.nodes[n] for n in row] for row in carried["nodes"]] == [[states[0]]]
    assert (carried["delay"], scanned["tail"]) == (1, -1)
    assert carried["tail"] == view.numbers[states[-1]]
    assert view.view["returns"] == [[carried["tail"], carried["box"], 1]]


def test_few_turns_are_no_loop():
    x = Value(0.5)
    for _ in range(20):
        x = x.sin().exp()
    view = Compiled(x)
    assert (view.view["loops"], view.view["entering"], set(view.view["turn_of_node"])) == ([], [], {-1})


# ---------------------------------------------------------------------------------------------- what is not compiled


def test_a_leaf_is_nothing_to_compile():
    assert compiled_view([Value(1.0)], ()) == {"error": "There is nothing to compile: the root is a leaf."}


def test_a_graph_of_plain_numbers_has_no_operations():
    view = Compiled(autograd.value.constant(2.0).exp().tanh())
    assert view.view["caption"] == "3 scalar nodes → 0 array operations"
    assert set(view.numbers.values()) == {-1}


def test_a_graph_kept_from_a_trace_is_an_error_in_words():
    kept = []
    trace(lambda x: kept.append(x.exp()) or x.tanh(), [()])
    view = compiled_view(topological_order(kept[0]), ())
    assert list(view) == ["error"]
    assert "\n" not in view["error"]


def test_whatever_the_compiler_refuses_is_an_error_in_words(layer, monkeypatch):
    def refuse(*_):
        raise autograd.TraceError("it cannot be compiled\n  file, line 1")

    monkeypatch.setattr("viz.explorer.program.trace", refuse)
    assert compiled_view(topological_order(layer[0]), ()) == {"error": "it cannot be compiled"}
