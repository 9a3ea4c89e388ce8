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
    for name, path in {"ROOT": house, "KEPT": kept, "COPY": kept / "house", "WHOLE": kept / "whole"}.items():
        monkeypatch.setattr(mutants, name, path)

    def covered(sources, tests):
        began.append((sources, tests))
        return {"nn/f.py": {6: ["tests/test_f.py::test"]}}

    def ready(sources=("nn",), tests=("tests",)):
        began.clear()
        assert mutants.made_ready(list(sources), list(tests)) == {"nn/f.py": {6: ["tests/test_f.py::test"]}}
        return bool(began)

    monkeypatch.setattr(mutants, "covered", covered)
    assert ready()
    return ready


def test_the_same_run_goes_on_without_the_fault_that_was_left(made_ready):
    left = mutants.COPY / "nn" / "f.py"
    left.write_text("wrong")
    assert not made_ready()
    assert left.read_bytes() == SOURCE


def test_another_run_begins_anew(made_ready):
    results = mutants.KEPT / "results.jsonl"
    results.write_text(json.dumps({"became": "caught"}))
    assert made_ready(sources=["nn/f.py"])
    assert not results.exists()
    assert made_ready(sources=["nn/f.py"], tests=["tests/nn"])
    (mutants.ROOT / "nn" / "f.py").write_bytes(SOURCE + b"x = 1\n")
    assert made_ready(sources=["nn/f.py"], tests=["tests/nn"])
    assert (mutants.WHOLE / "nn" / "f.py").read_bytes().endswith(b"x = 1\n")
