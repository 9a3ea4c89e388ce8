"""Every operation, softmax and the losses: as exact as promised, with three derivatives, eager and compiled."""

import math
from functools import cache

import pytest

import autograd
from autograd import Value
from tests.conftest import EXAMPLES, NEEDS_NATIVE

from . import computed
from .computed import by_nodes, compiled, compiled_higher
from .judging import inexact, unlike_eager, worst_of
from .tables import names, tables

EVERY = pytest.mark.parametrize("name", names())


@cache
def all_eager(name):
    """With the points, in doubles."""
    return [(table, computed.eager(table)) for table in tables(name, "float64", EXAMPLES)]


@cache
def all_eager_higher(name):
    return [(table, computed.eager_higher(table)) for table in tables(name, "float64", EXAMPLES)]


@EVERY
def test_values_and_first_derivatives(name):
    found = inexact(name, worst_of(all_eager(name)))
    assert found == []


@EVERY
def test_second_and_third_derivatives(name):
    found = inexact(name, worst_of(all_eager_higher(name)))
    assert found == []


@EVERY
def test_compiled_values_and_first_derivatives(name):
    for table, eager in all_eager(name):
        found = unlike_eager(table, compiled(table), eager)
        assert found == []


@NEEDS_NATIVE
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@EVERY
def test_compiled_by_all_loops_that_are_ours(name, dtype, monkeypatch):
    """As on processors where those of NumPy are no vector instructions, or where ours are wide."""
    from autograd.compiler.executors.native import loops  # which may not be built

    monkeypatch.setattr(loops, "_numpy_is_faster", lambda: False)
    for chosen in (loops.loop_of_rule, loops.loop):
        chosen.cache_clear()
    if dtype == "float32":
        found = worst_of((table, compiled(table)) for table in tables(name, dtype, EXAMPLES))
        assert inexact(name, found, dtype) == []
    else:
        for table, eager in all_eager(name):
            assert unlike_eager(table, compiled(table), eager) == []
    for chosen in (loops.loop_of_rule, loops.loop):
        chosen.cache_clear()


@NEEDS_NATIVE
@EVERY
def test_values_and_first_derivatives_along_many_rows(name):
    found = worst_of((table, by_nodes(table)) for table in tables(name, "float64", EXAMPLES))
    assert inexact(name, found) == []


@EVERY
def test_compiled_second_and_third_derivatives(name):
    for table, eager in all_eager_higher(name):
        found = unlike_eager(table, compiled_higher(table), eager)
        assert found == []


@EVERY
def test_compiled_values_and_first_derivatives_in_float32(name):
    found = worst_of((table, compiled(table)) for table in tables(name, "float32", EXAMPLES))
    assert inexact(name, found, "float32") == []


@pytest.mark.parametrize("name", ["gelu", "silu", "softplus"])
@pytest.mark.parametrize("x", [math.inf, -math.inf])
def test_activations_have_limits(name, x):
    node = getattr(autograd, name)(Value(x))
    assert (node.data, *node.partials) == ((math.inf, 1.0) if x > 0 else (0.0, 0.0))
