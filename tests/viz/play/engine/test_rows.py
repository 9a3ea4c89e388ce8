"""Over many rows, the page has the losses, outputs and gradients that Python has row by row."""

import random

import numpy as np
import pytest

from nn import ACTIVATIONS
from nn.training.metrics import classes

from .conftest import LOSSES, loss_of_row, model_of, numbers_of, rows_of, spec_of

BOTH = """
const rows = new m.Rows(network);
const loss = rows.forward(given.parameters, given.X, given.targets, given.which && Int32Array.from(given.which));
const plain = (column) => Array.from(column);
return { loss, losses: plain(rows.losses), outputs: rows.outputs.map(plain), gradient: plain(rows.backward()) };
"""
EACH = [name for name, each in ACTIVATIONS.records.items() if not each.of_layer]
near = {"rel": 1e-12, "abs": 1e-12}


def of_python(model, spec, rows):
    """What the page gives, by one graph for each row."""
    outputs, losses, parameters = [], [], model.parameters()
    for parameter in parameters:
        parameter.grad = 0.0
    for x, target in zip(rows.X, rows.coded, strict=True):
        loss = loss_of_row(model, spec, x, target)
        loss.backward(1.0 / len(rows.X))
        losses.append(loss.data)
        output = model(x)
        outputs.append([each.data for each in (output if isinstance(output, list) else [output])])
    gradient = [parameter.grad for parameter in parameters]
    return {"loss": np.mean(losses), "losses": losses, "outputs": np.transpose(outputs), "gradient": gradient}


def compare(engine, spec, rows, model=None, **more):
    model = model_of(spec) if model is None else model
    found = engine(BOTH, spec=spec, parameters=numbers_of(model), X=rows.X, targets=rows.coded, **more)
    for name, expected in of_python(model, spec, rows).items():
        assert np.asarray(found[name]) == pytest.approx(np.asarray(expected), **near), name


@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_is_that_of_python(engine, loss):
    spec = spec_of(loss, layers=[4, 3])
    compare(engine, spec, rows_of(spec))


@pytest.mark.parametrize("activation", EACH)
def test_an_activation_is_that_of_python(engine, activation):
    spec = spec_of("mse", activation, layers=[4, 3], output=activation)
    compare(engine, spec, rows_of(spec))


def test_a_softmax_of_a_hidden_layer_is_that_of_python(engine):
    spec = spec_of("mse", "softmax", layers=[3])
    compare(engine, spec, rows_of(spec))


@pytest.mark.parametrize("seed", range(20))
def test_any_network_is_that_of_python(engine, seed):
    drawn = random.Random(seed)
    loss = drawn.choice(list(LOSSES))
    layers = [drawn.randint(1, 6) for _ in range(drawn.randint(0, 4))]
    spec = spec_of(loss, drawn.choice(EACH), layers, inputs=drawn.randint(1, 5))
    compare(engine, spec, rows_of(spec, drawn.randint(1, 20), seed), model_of(spec, seed))


@pytest.mark.parametrize("count", [1, 512, 513, 1100])
def test_any_number_of_rows(engine, count):
    spec = spec_of("binary_cross_entropy_with_logits", layers=[2])
    compare(engine, spec, rows_of(spec, count))


def test_only_the_rows_that_are_asked_for_count(engine):
    spec = spec_of("cross_entropy")
    model, rows = model_of(spec), rows_of(spec, 9)
    found = engine(BOTH, spec=spec, parameters=numbers_of(model), X=rows.X, targets=rows.coded, which=[7, 2, 2, 5])
    rows.X, rows.coded = ([each[i] for i in (7, 2, 2, 5)] for each in (rows.X, rows.coded))
    for name, expected in of_python(model, spec, rows).items():
        assert np.asarray(found[name]) == pytest.approx(np.asarray(expected), **near), name


def test_nothing_flows_into_a_branch_that_was_not_taken(engine):
    """A relu that is off hides an infinite sum: 0 times infinity would be nan."""
    spec = spec_of("mse", "relu", layers=[2, 1])
    model = model_of(spec)
    first, _ = model.layers[0].neurons
    first.w[0].data, model.layers[1].neurons[0].w[0].data = 1e308, 1e308
    last = model.layers[1].neurons[0]
    last.w[0].data = -1e308  # relu(-inf), where x1 is 1
    rows = rows_of(spec, 3)
    rows.X = [[1e3, 0.0], [0.5, 0.1], [1e2, 0.0]]
    expected = of_python(model, spec, rows)
    assert np.isfinite(expected["gradient"]).all()
    compare(engine, spec, rows, model)


VALUES = """
const rows = new m.Rows(network);
const nodes = [...network.neurons[1].map(({ output }) => output), network.neurons[0][0].sum];
const first = rows.values(given.parameters, given.X, nodes);
const copies = first.map((column) => Array.from(column));
const others = rows.values(given.parameters, given.X.slice(0, 3), nodes).map((column) => Array.from(column));
const again = rows.values(given.parameters.map((x) => -x), given.X, nodes);
return { copies, others, isKept: first.every((column, k) => column === again[k]), again: Array.from(again[2]) };
"""


def test_values_of_nodes_are_those_of_python(engine):
    spec = spec_of("mse", layers=[3, 2])
    model, rows = model_of(spec), rows_of(spec, 600)
    found = engine(VALUES, spec=spec, parameters=numbers_of(model), X=rows.X)
    W, b = (np.array(each) for each in zip(*[([w.data for w in n.w], n.b.data) for n in model.layers[0].neurons],
                                            strict=True))  # fmt: skip
    V, c = (np.array(each) for each in zip(*[([w.data for w in n.w], n.b.data) for n in model.layers[1].neurons],
                                            strict=True))  # fmt: skip
    sums = np.array(rows.X) @ W.T + b
    expected = [*np.tanh(np.tanh(sums) @ V.T + c).T, sums[:, 0]]
    assert np.array(found["copies"]) == pytest.approx(np.array(expected), **near)
    assert np.array(found["others"]) == pytest.approx(np.array(expected)[:, :3], **near)
    assert found["isKept"]  # nothing is allocated anew
    assert np.array(found["again"]) == pytest.approx(-sums[:, 0], **near)


def test_a_node_that_has_no_column_is_refused(engine):
    spec = spec_of("mse")
    body = """
    const rows = new m.Rows(network);
    return rows.values(given.parameters, [[1, 2]], [network.neurons[0][0].output, network.neurons[0][0].bias]);
    """
    with pytest.raises(RuntimeError, match=r"^RangeError: node \d+ has no column: it is a parameter, or inside a sum$"):
        engine(body, spec=spec, parameters=numbers_of(model_of(spec)))


def test_a_parameter_that_is_no_weight_is_refused(engine):
    body = """
    network.parameters = Int32Array.of(...network.parameters, ...network.targets);
    return new m.Columns(network, 4);
    """
    with pytest.raises(
        RuntimeError, match=r"^RangeError: a parameter is an operand of sub, which is no sum of a neuron$"
    ):
        engine(body, spec=spec_of("mse"))


@pytest.mark.parametrize(
    ("loss", "outputs", "y", "coded"),
    [
        ("hinge", 1, [0, 1], [[-1], [1]]),
        ("hinge", 3, [0, 2], [[1, -1, -1], [-1, -1, 1]]),
        ("binary_cross_entropy", 1, [0, 1], [[0], [1]]),
        ("binary_cross_entropy", 2, [0, 1], [[1, 0], [0, 1]]),
        ("mse", 1, [2, 0.5], [[2], [0.5]]),
        ("cross_entropy", 3, [2, 0], [[2], [0]]),
        ("sse", 2, [1, 0], [[0, 1], [1, 0]]),
        ("sse", 2, [[0.5, 2]], [[0.5, 2]]),
    ],
)
def test_targets_are_coded_as_the_loss_takes_them(engine, loss, outputs, y, coded):
    assert engine("return m.codedTargets(network, given.y);", spec=spec_of(loss, outputs=outputs), y=y) == coded


@pytest.mark.parametrize("outputs", [[0.3], [-0.2], [0.7], [0.0], [0.5], [0.1, 0.9, -3], [2, 2, 1]])
@pytest.mark.parametrize("loss", ["mse", "hinge", "binary_cross_entropy", "binary_cross_entropy_with_logits"])
def test_the_class_of_outputs_is_that_of_the_metric(engine, loss, outputs):
    targets = [1, 0] if loss != "hinge" else [1, -1]
    array = np.array([outputs, outputs]) if len(outputs) > 1 else np.array([outputs[0]] * 2)
    expected = max(int(classes(array, np.array(targets), loss)[0]), 0)
    assert engine("return m.classOf(network, given.outputs);", spec=spec_of(loss), outputs=outputs) == expected
