"""Templates: what is traced for the page. That they compute what nn computes, tests/viz/play/engine shows."""

import pytest

from nn import ACTIVATIONS
from nn.losses import LOSSES
from viz.play.templates import templates


@pytest.fixture(scope="module")
def made():
    return templates([1, 3])


def test_all_of_nns_are_there(made):
    assert made.graphs["activations"].keys() == ACTIVATIONS.records.keys()
    assert made.graphs["losses"].keys() == LOSSES.records.keys()


def test_a_loss_of_classes_is_there_for_several_outputs_only(made):
    sizes = {name: list(loss["graphs"]) for name, loss in made.graphs["losses"].items()}
    assert sizes == {name: [3] if name in ("cross_entropy", "categorical_cross_entropy") else [1, 3] for name in LOSSES}


def test_an_activation_of_a_layer_is_there_by_its_size_and_the_others_once(made):
    sizes = {name: list(each["graphs"]) for name, each in made.graphs["activations"].items()}
    assert sizes == {name: [3] if name == "softmax" else [1] for name in ACTIVATIONS}


def test_a_plain_number_stands_there_as_often_as_it_is_used(made):
    graph = made.graphs["losses"]["huber"]["graphs"][1]
    assert sorted(graph["constants"]) == [0.5, 0.5, 1.0, 1.0]  # delta twice, and the halves of both sides
    operands = [operand for _, *operands in graph["operations"] for operand in operands]
    assert [operands.count(graph["inputs"] + k) for k in range(4)] == [1, 1, 1, 1]


def test_every_graph_is_in_order_and_of_known_operations(made):
    records = [*made.graphs["activations"].values(), *made.graphs["losses"].values()]
    for graph in [made.graphs["sum"], *[each for record in records for each in record["graphs"].values()]]:
        first = graph["inputs"] + len(graph["constants"])
        for node, (place, *operands) in enumerate(graph["operations"], first):
            assert made.operations[place][1] == len(operands)
            assert all(0 <= operand < node for operand in operands)
        assert all(0 <= result < first + len(graph["operations"]) for result in graph["results"])


def test_the_text_may_stand_in_html(made):
    text = made.in_javascript()
    assert text.isascii()
    assert "</" not in text
    assert "<!--" not in text
