"""The tool that plants faults: each is another program, and one that can be read."""

import ast
import json

import pytest

from tests import mutants
from tests.mutants import faults

SOURCE = b'''"""A docstring with 1 number."""


def f(x, names=()):
    """Text."""
    if x < 2 and names:
        raise ValueError("wrong", x + 1, f"{x + 1}")
    print("\xc3\xa9", -x)
    if (x
            and names):
        return None
    return x if not x else [True, 3.5]
'''


def test_every_fault_is_another_program():
    planted = [fault.planted(SOURCE) for fault in faults("f.py", SOURCE)]
    trees = {ast.dump(ast.parse(text)) for text in planted}
    assert len(trees) == len(planted)
    assert ast.dump(ast.parse(SOURCE)) not in trees


def test_the_kinds_of_faults():
    found = {(fault.line, fault.kind) for fault in faults("f.py", SOURCE)}
    assert found >= {
        (6, "another comparison"), (6, "and for or"), (6, "the other branch"), (6, "a number and one"), (7, "left out"),
        (7, "other arithmetic"), (8, "left out"), (8, "no not or minus"), (9, "and for or"), (12, "the other truth"),
        (12, "nothing is returned"), (12, "no not or minus"),
    }  # fmt: skip
    assert min(line for line, _ in found) == 6


@pytest.fixture
def made_ready(tmp_path, monkeypatch):
    """A function that makes a small house ready, and says whether that began anew."""
    house, kept, began = tmp_path / "house", tmp_path / "kept", []
    (house / "nn").mkdir(parents=True)
    (house / "nn" / "f.py").write_bytes(SOURCE)
    for name, path in {"ROOT": house, "KEPT": kept, "WHOLE": kept / "whole"}.items():
        monkeypatch.setattr(mutants, name, path)

    def covered(sources, tests):
        began.append((sources, tests))
        return {"nn/f.py": {6: ["tests/test_f.py::test"]}}, {"tests/test_f.py::test": 0.5}

    def ready(sources=("nn",), tests=("tests",)):
        began.clear()
        lines, seconds = mutants.made_ready(list(sources), list(tests))
        assert lines == {"nn/f.py": {6: ["tests/test_f.py::test"]}}
        assert seconds == {"tests/test_f.py::test": 0.5}
        return bool(began)

    monkeypatch.setattr(mutants, "covered", covered)
    assert ready()
    return ready


def test_the_same_run_goes_on_without_the_fault_that_was_left(made_ready):
    first = mutants.houses()
    left = first.get() / "nn" / "f.py"
    left.write_text("wrong")
    assert not made_ready()
    assert mutants.houses().get() == left.parents[1]
    assert left.read_bytes() == SOURCE


def test_the_nearest_tests_are_tried_first_then_the_quickest():
    seconds = {
        "tests/nn/cli/test_a.py::x": 0.1, "tests/nn/data/test_b.py::x": 5.0, "tests/nn/data/test_c.py::x": 4.0,
        "tests/nn/data/test_images.py::x": 9.0, "tests/viz/test_d.py::x": 0.1,
    }  # fmt: skip
    found = mutants.first_ones("nn/data/images.py", seconds, seconds)
    assert [name.split("test_")[1][0] for name in found] == ["i", "c", "b", "a", "d"]


def test_at_most_two_minutes_of_tests_are_tried():
    seconds = {f"tests/nn/test_{letter}.py::x": 50.0 for letter in "abcd"}
    assert len(mutants.first_ones("nn/a.py", seconds, seconds)) == 2
    assert mutants.first_ones("nn/a.py", ["tests/nn/test_a.py::slow"], {"tests/nn/test_a.py::slow": 999.0})


@pytest.mark.parametrize(("wrong", "became"), [("x - 1", "caught"), ("x + 1.0", "survived")])
def test_a_fault_is_tried_by_tests_and_taken_back(made_ready, wrong, became):
    (mutants.WHOLE / "f.py").write_text("def f(x):\n    return x + 1\n")
    (mutants.WHOLE / "test_f.py").write_text("from f import f\n\n\ndef test():\n    assert f(1) == 2\n")
    start = len("def f(x):\n    return ")
    fault = mutants.Fault("f.py", 2, start, start + len("x + 1"), wrong, "by hand")
    free = mutants.houses()
    assert mutants.tried(fault, ["test_f.py::test"], {"test_f.py::test": 0.1}, free) == became
    while not free.empty():
        assert (free.get() / "f.py").read_text() == (mutants.WHOLE / "f.py").read_text()


def test_another_run_begins_anew(made_ready):
    results = mutants.KEPT / "results.jsonl"
    results.write_text(json.dumps({"became": "caught"}))
    assert made_ready(sources=["nn/f.py"])
    assert not results.exists()
    assert made_ready(sources=["nn/f.py"], tests=["tests/nn"])
    (mutants.ROOT / "nn" / "f.py").write_bytes(SOURCE + b"x = 1\n")
    assert made_ready(sources=["nn/f.py"], tests=["tests/nn"])
    assert (mutants.WHOLE / "nn" / "f.py").read_bytes().endswith(b"x = 1\n")
