"""The Graphviz that pip installs."""

import threading

import pytest

from tests.viz.conftest import neuron
from viz import draw
from viz.graph.layout import svg


def test_the_packaged_engine_is_deterministic():
    assert svg(draw(neuron()).source) == svg(draw(neuron()).source)


def test_the_packaged_engine_in_many_threads():  # its own Python interface crashes the interpreter here
    source, pictures = draw(neuron()).source, []
    threads = [threading.Thread(target=lambda: pictures.append(svg(source))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pictures == [svg(source)] * 8


def test_the_packaged_engine_has_a_large_stack():  # the default one overflows here
    assert svg("digraph {" + ";".join(f"{i} -> {i + 1}" for i in range(16_000)) + "}")


def test_the_packaged_engine_works_after_a_failure():
    with pytest.raises(RuntimeError, match="could not lay out"):
        svg("digraph {")
    assert svg("digraph { a }")
