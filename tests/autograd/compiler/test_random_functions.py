"""Random functions of the whole rule book, compiled and eager; and that this comparison sees planted faults."""

from array import array
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, example, find, given, settings
from hypothesis.errors import NoSuchExample

from autograd import Value
from autograd.compiler import affine, buffers, passes, reversing, sums, tables
from autograd.compiler.executors.numpy import executor, rules
from autograd.compiler.kinds import Fill
from autograd.compiler.tape import SUM
from tests.autograd.compiler.random_functions import UNUSUAL, function_of, graphs, suits_single_precision
from tests.conftest import EXAMPLES, ONCE


def check(equals_eager, graph, dtype="float64"):
    steps, *arrays, parameters = graph
    parameters = np.asarray(parameters, dtype).tolist()
    equals_eager(function_of(steps, list(map(Value, parameters))), *arrays, dtype=dtype, which_infinity=False)


SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=EXAMPLES, suppress_health_check=SLOW)
@given(graph=graphs())
def test_random_functions(equals_eager, graph):
    check(equals_eager, graph)


SWALLOWED = (  # x + t - x of a small t
    [
        ("sub", (0, 0, 0, 0), 2.0),
        *[("times", (each, 0, 0, 0), 2.0) for each in (0, 0, 4, 0)],
        ("sub", (0, 4, 0, 0), 2.0),
    ],
    np.array([[2.0], [1e-200]]),
    np.array([[[-0.31055655, -np.inf]], [[-1.0, -np.inf]]]),
    np.array([[0, 1], [1, 1]]),
    [-0.8922740434297903],
)


@settings(max_examples=EXAMPLES // 2, suppress_health_check=SLOW)
@given(graph=graphs(UNUSUAL))
@example(graph=SWALLOWED)
def test_random_functions_of_infinities_and_nan(equals_eager, graph):
    check(equals_eager, graph)


CANCELLING = (  # a dot product of 0.01 whose terms are a hundred times larger
    [("dot of a mixture", (0, 1, 2, 0), -1.0), ("neg", (1, 0, 0, 0), 2.0)],
    np.array([[2.0, 0.0], [-0.31055655, 0.0], [-0.79214676, 0.45495807]]),
    np.array([[[-1.0107575, 0.783181]], [[2.05670282, -1.6384425]], [[2.0, -1.50483141]]]),
    np.array([[1, 0], [0, 1], [1, 1]]),
    [-0.4218588261783162, 0.2429388530987352, 1.8014208584493328, -0.7644641157203993],
)


ERF_IS_1 = [("leaky_relu", (0, 0, 0, 0), 2.0), ("erf", (0, 0, 0, 0), 2.0), ("log where it is", (0, 0, 0, 0), 2.0)]
LOST = (  # u + 0.125 > u, where the eighth is lost in a large u
    [("bounded exponential", (0, 0, 0, 0), 2.0), *[("times", (0, 0, 0, 0), 4.0)] * 12, ("where", (0, 0, 0, 1), 2.0)],
    np.array([[0.64042265]]),
    np.array([[[1.0, 0.94708096]]]),
    np.array([[1, 1]]),
    [-0.6232744625373522],
)
MEETING = (  # x/x of a logarithm that is 0 in float32
    [*ERF_IS_1, ("div", (0, 0, 0, 0), 2.0), ("pow", (1, 1, 0, 0), 2.0)],
    np.array([[0.0]]),
    np.array([[[-2.01998613, 1.0]]]),
    np.array([[0, 1]]),
    [-1.0],
)


@settings(max_examples=EXAMPLES // 2, suppress_health_check=SLOW)
@given(graph=graphs())
@example(graph=CANCELLING)
@example(graph=MEETING)
@example(graph=LOST)
def test_random_functions_in_single_precision(equals_eager, graph):
    assume(suits_single_precision(*graph))
    check(equals_eager, graph, "float32")


# ------------------------------------------------------------------------------------------- planted faults


def failure(equals_eager, phases=(Phase.generate,)):
    """A graph on which compiled and eager differ, or None."""

    def fails(graph):
        try:
            check(equals_eager, graph)
        except AssertionError:
            return True
        return False

    once = settings(max_examples=800, phases=phases, database=None, derandomize=True, suppress_health_check=SLOW)
    try:
        return find(graphs(), fails, settings=once)
    except NoSuchExample:
        return None


def expm1_for_exp(patch):
    patch.setitem(rules.NUMPY_NAMES, "exp", "expm1")


def sums_that_forget_a_minus(patch):
    def forgetful(tape):
        found, became = sums.find_sums(tape)
        numbers = found.of.array()
        for n, (operation, _) in enumerate(found.nodes()):
            if operation is SUM:
                left = numbers[found.begin[n] : found.begin[n + 1] : 2]
                left[:] = [m if m >= 0 else ~m for m in left]
        return found, became

    patch.setattr(passes, "find_sums", forgetful)


def an_adjoint_that_forgets_a_minus(patch):
    contribute = reversing.Reversal.contribute
    patch.setattr(
        reversing.Reversal, "contribute", lambda self, operand, numbers, sign=1: contribute(self, operand, numbers)
    )


def an_adjoint_that_forgets_the_second_use(patch):
    add = reversing.Reversal.add

    def forgetful(self, part, numbers, sign=1):
        self.to.pop(part.value, None)
        add(self, part, numbers, sign)

    patch.setattr(reversing.Reversal, "add", forgetful)


def memory_that_is_used_again_too_early(patch):
    last_uses = buffers.Buffers._last_uses
    patch.setattr(buffers.Buffers, "_last_uses", lambda self: array("i", [max(-1, n - 1) for n in last_uses(self)]))


def parts_that_are_written_where_they_are_to_be_added(patch):
    coverage = buffers._coverage
    patch.setattr(buffers, "_coverage", lambda size, places: ([False] * len(places), coverage(size, places)[1]))


def views_that_repeat_their_first_element(patch):
    strides = affine.affine_strides
    patch.setattr(tables, "affine_strides", lambda table: strides(table) and (0,) * table.ndim)


def a_gradient_that_is_off_by_a_little(patch):
    write = executor.write_step

    def off(writer, instruction):
        step = instruction.step
        if isinstance(step.kind, Fill):
            step = step._replace(kind=replace(step.kind, number=step.kind.number * (1 + 1e-11)))
        write(writer, instruction._replace(step=step))

    patch.setattr(executor, "write_step", off)


FAULTS = [
    expm1_for_exp,
    sums_that_forget_a_minus,
    an_adjoint_that_forgets_a_minus,
    an_adjoint_that_forgets_the_second_use,
    memory_that_is_used_again_too_early,
    parts_that_are_written_where_they_are_to_be_added,
    views_that_repeat_their_first_element,
    a_gradient_that_is_off_by_a_little,
]


@ONCE
@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(equals_eager, monkeypatch, fault):
    with monkeypatch.context() as patch:
        fault(patch)
        graph = failure(equals_eager)
    assert graph is not None
    check(equals_eager, graph)  # without the fault all is well


@ONCE
def test_what_is_found_is_shrunk_to_a_few_steps(equals_eager, monkeypatch):
    expm1_for_exp(monkeypatch)
    steps, x, *_ = failure(equals_eager, phases=(Phase.generate, Phase.shrink))
    assert len(steps) <= 3
    assert x.shape == (1, 1)
