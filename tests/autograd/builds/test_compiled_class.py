"""What a compiled class may lack: methods that users add or replace, and arguments that are no Values."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import autograd
from autograd import Value


def test_a_method_can_be_added_to_values(monkeypatch):
    monkeypatch.setattr(Value, "swish", lambda self: self * self.sigmoid(), raising=False)
    x = Value(0.0)
    x.swish().backward()
    assert x.grad == 0.5


def test_a_method_that_was_added_can_be_removed():
    Value.swish = lambda self: self * self.sigmoid()
    assert Value(0.0).swish().data == 0.0
    del Value.swish
    with pytest.raises(AttributeError, match="swish"):
        Value(0.0).swish()


def test_an_operator_can_be_replaced(monkeypatch):
    monkeypatch.setattr(Value, "__add__", lambda self, other: "replaced")
    assert Value(1.0) + Value(2.0) == "replaced"


WITHOUT_A_VALUE = """
from autograd import Value, no_grad, scope, topological_order
from autograd.keeping import Keeper
from autograd.parameters import any_adopted, release, store_of
from autograd.sweeps import Sweep
for wrong in (None, "text", 3, 2.0, [], object()):
    try:
        {}
    except (TypeError, AttributeError):
        pass
    else:
        print("accepted:", wrong)
"""


@pytest.mark.parametrize("call", [
    "Value.exp(wrong)", "Value.log(wrong)", "Value.relu(wrong)", "Value.backward(wrong)",
    "Value.forward(wrong)", "Value.__reduce__(wrong)", "Value.__copy__(wrong)", "Value.__deepcopy__(wrong, {})",
    "Value.__add__(wrong, 1.0)", "Value.__neg__(wrong)", "Value.__round__(wrong)", "Value.op.__get__(wrong)",
    "topological_order(wrong)", "topological_order(Value(1.0), wrong)", "store_of(wrong)", "any_adopted([wrong])",
    "release([wrong])", "no_grad.__enter__(wrong)", "no_grad.__exit__(wrong)", "scope.__enter__(wrong)",
    "Keeper.grad_is_finite(wrong)", "Keeper.keep(wrong, b'', b'')", "Keeper.write_zeros(wrong)",
    "Sweep.is_of(wrong, ())", "Sweep.__call__(wrong)",
])  # fmt: skip
def test_what_is_of_another_class_is_refused_and_never_read_as_one(call):
    finished = subprocess.run(
        [sys.executable, "-c", WITHOUT_A_VALUE.format(call)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(autograd.__file__).parents[1])},
    )
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "", "")
