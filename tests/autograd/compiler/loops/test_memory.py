"""What a loop keeps: forward no more than its turns reach back to, and backward what there is room for."""

import subprocess
import sys

import numpy as np
import pytest

from autograd import Value, compile, take
from tests.autograd.compiler.conftest import node_after_node
from tests.autograd.compiler.loops.programs import PROGRAMS
from tests.autograd.compiler.loops.test_compiled_loops import rows_for
from tests.conftest import NEEDS_NATIVE

pytestmark = NEEDS_NATIVE
NAMES = ["pendulum", "lotka_volterra", "filter_with_two_delays", "kalman_filter", "recurrent_network", "trajectory"]


def parameters_of(f):
    """Those in the closure of f, in lists or alone."""
    found = []
    for cell in f.__closure__:
        each = np.ravel(np.asarray(cell.cell_contents, object)).tolist()
        found += [value for value in each if isinstance(value, Value)]
    return found


def gradients(f, compiled, arrays):
    parameters = parameters_of(f)
    for p in parameters:
        p.grad = 0.0
    results = compiled.backward(*arrays)
    return results, [p.grad for p in parameters]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rows", [2, 9])
def test_where_no_block_has_room_rows_run_one_by_one(name, rows):
    f, shapes = PROGRAMS[name][0](40)
    arrays = rows_for(shapes, rows)
    with node_after_node():
        compiled = compile(f, backend="native")
        results, expected = gradients(f, compiled, arrays)
        graph = compiled._last().few.graph
        assert graph.loops
        graph.most_bytes = 0
        one_by_one, found = gradients(f, compiled, arrays)
    for a, b in zip(*(each if isinstance(each, tuple) else (each,) for each in (one_by_one, results)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)
    np.testing.assert_allclose(found, expected, rtol=1e-11)


def test_an_index_out_of_range_names_its_row_there_too():
    p = Value(0.9)

    def f(x, choices):
        for t in range(40):
            x = take([x * p, x + p], choices[t]).sin()
        return x

    choices = np.zeros((5, 40))
    with node_after_node():
        compiled = compile(f, backend="native")
        compiled.backward(np.full(5, 0.3), choices)
        compiled._last().few.graph.most_bytes = 0
        choices[3, 25] = 7.0
        with pytest.raises(IndexError, match="got 7 in row 3"):
            compiled.backward(np.full(5, 0.3), choices)


def test_forward_nothing_is_kept_of_turns_that_are_over():
    """Of 5,000 turns a kilobyte for each row."""
    f, _ = PROGRAMS["pendulum"][0](5000)
    compiled = compile(f, backend="native")
    compiled(np.linspace(-1.0, 1.0, 100))
    assert compiled._last().few.bytes() < 100 * 1024


GROWTH = """
import resource
import numpy as np
from autograd import compile
from tests.autograd.compiler.loops.programs import PROGRAMS

f, _ = PROGRAMS["pendulum"][0](20_000)
compiled = compile(f, backend="native", threads=1)
compiled.backward(np.array([0.3]))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
compiled.backward(np.linspace(-1.0, 1.0, 1000))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * {unit})
"""


@pytest.mark.skipif(sys.platform == "win32", reason="resource is a module of Unix")
def test_many_turns_of_many_rows_have_a_bound():
    """All of them at once would take 1.3 GB."""
    code = GROWTH.format(unit=1 if sys.platform == "darwin" else 1024)
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(found.stdout) < 2**28
