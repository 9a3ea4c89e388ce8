"""The Graphviz that pip installs."""

import threading

import pytest

from tests.viz.conftest import neuron
from viz import draw
from viz.graph import layout
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


@pytest.fixture
def svg_in_a_new_process(monkeypatch):
    """A function that lays out a graph as a process does for the first time, with a folder for caches."""
    compiled = layout._compiled.__wrapped__

    def svg_anew(folder):
        monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
        monkeypatch.setattr(layout, "_compiled", compiled)
        return svg("digraph { a -> b }")

    return svg_anew


def test_the_packaged_engine_is_compiled_once_on_a_machine(svg_in_a_new_process, tmp_path):
    shown = svg_in_a_new_process(tmp_path)
    kept = max((each for each in tmp_path.rglob("*") if each.is_file()), key=lambda each: each.stat().st_size)
    machine_code = kept.read_bytes()
    assert len(machine_code) > 100_000
    kept.write_bytes(b"not that")
    assert svg_in_a_new_process(tmp_path) == shown
    assert len(kept.read_bytes()) == len(machine_code)


def test_the_packaged_engine_needs_no_folder_for_that(svg_in_a_new_process, tmp_path):
    (tmp_path / "file").touch()
    assert b"</svg>" in svg_in_a_new_process(tmp_path / "file" / "folder")
