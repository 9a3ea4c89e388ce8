"""Random graphs of the whole rule book, compiled and eager; and that this comparison sees planted faults."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

import autograd
from autograd import OPERATIONS, Value, dot, log_softmax, logsumexp, softmax, take, where
from autograd.compiler import adjoint, affine, expressions, numpy_executor, prepared, sums, tables
from autograd.compiler.program import Fill
from autograd.ieee import total
from autograd.value import apply

COMPARISONS = ("less", "less_equal", "greater", "greater_equal")  # numbers in the eager graph, not nodes
LONGEST = 9  # of a list

# A step makes a list of Values from four others, a plain number, and the row's own whole numbers 0 and 1.
STEPS = {
    "times": lambda a, b, c, d, number, index: [v * number for v in a],
    "plus": lambda a, b, c, d, number, index: [number + v for v in a],
    "minus from": lambda a, b, c, d, number, index: [number - v for v in a],
    "divided by": lambda a, b, c, d, number, index: [v / (number or 3.0) for v in a],
    "divides": lambda a, b, c, d, number, index: [number / v for v in a],
    "to the power": lambda a, b, c, d, number, index: [v**number for v in a],
    "power of": lambda a, b, c, d, number, index: [abs(number) ** v for v in a],
    "at least": lambda a, b, c, d, number, index: [v.maximum(number) for v in a],
    "affine": lambda a, b, c, d, number, index: [u * v - w for u, v, w in together(a, b, c)],
    "largest": lambda a, b, c, d, number, index: [autograd.maximum(*a)],
    "smallest": lambda a, b, c, d, number, index: [autograd.minimum(*a, number)],
    "logsumexp": lambda a, b, c, d, number, index: [logsumexp(a)],
    "softmax": lambda a, b, c, d, number, index: softmax(a),
    "log_softmax": lambda a, b, c, d, number, index: log_softmax(a),
    "sum": lambda a, b, c, d, number, index: [total(a)],
    "take": lambda a, b, c, d, number, index: [take((a + b)[i:], index[i]) for i in range(len(a + b) > 2)],
    "dot": lambda a, b, c, d, number, index: [dot(*zip(*together(a, b), strict=True))],
    "layer": lambda a, b, c, d, number, index: [dot(row, a) for row in rows_of(b, len(a))],
    "outer": lambda a, b, c, d, number, index: [u * v for u in a for v in b],
    "where": lambda a, b, c, d, number, index: [where(u + 0.123 > v, x, y) for u, v, x, y in together(a, b, c, d)],
    "where not": lambda a, b, c, d, number, index: [where(u.step(), x, y) for u, x, y in together(a, c, d)],
    "chosen": lambda a, b, c, d, number, index: [where(index[0], x, y) for x, y in together(a, b)],
    "reversed": lambda a, b, c, d, number, index: a[::-1],
    "every other": lambda a, b, c, d, number, index: a[::2],
    "rotated": lambda a, b, c, d, number, index: a[1:] + a[:1],
    "joined": lambda a, b, c, d, number, index: a + b,
}


def together(*lists):
    """Their elements side by side; the shorter lists are repeated."""
    return [tuple(each[i % len(each)] for each in lists) for i in range(max(map(len, lists)))]


def rows_of(numbers, length):
    """The numbers as the rows of a matrix, repeated where they do not fill the last."""
    padded = numbers * length
    return [padded[i : i + length] for i in range(0, max(len(numbers), 1), length)]


def elementwise(operation):
    """A step that applies an operation of the rule book to each element."""
    return lambda a, b, c, d, number, index: [
        apply(operation, *operands) for operands in together(*[a, b, c][: len(operation.operands)])
    ]


STEPS |= {
    name: elementwise(operation)
    for name, operation in OPERATIONS.items()
    if name not in (*COMPARISONS, "where", "take", "dot", "logsumexp")
}

USUAL = [0.0, 1.0, -1.0, 2.0]
UNUSUAL = [*USUAL, math.inf, -math.inf, math.nan, 1e-200, 1e150]


@st.composite
def graphs(draw, special=USUAL):
    """(steps, x, m, k, parameters): what to compute, of rows with a list, a matrix and choices.

    A step is (name, which four lists, counted from the latest, a number).
    """
    step = st.tuples(
        st.sampled_from(list(STEPS)),
        st.tuples(*[st.integers(0, 9)] * 4),
        st.sampled_from([2.0, 3.0, -1.0, 0.5, 1.0, 0.0, 4.0, 2.5, -2.0, 0.1]),
    )
    steps = draw(st.lists(step, min_size=1, max_size=12))
    rows, n, m, p = draw(st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3), st.integers(1, 4)))
    generator = np.random.default_rng(draw(st.integers(0, 255)))  # numbers one by one would take long to shrink

    def array(*shape):
        return np.where(generator.random(shape) < 0.3, generator.choice(special, shape), generator.normal(size=shape))

    return steps, array(rows, n), array(rows, m, 2), generator.integers(0, 2, (rows, 2)), array(p).tolist()


def function_of(steps, parameters):
    """The function that computes a graph."""

    def f(x, m, k):
        lists = [parameters, x, *m]
        for name, operands, number in steps:
            a, b, c, d = (lists[-1 - i % len(lists)] for i in operands)
            made = STEPS[name](a, b, c, d, number, k)
            if made:
                lists.append(made[:LONGEST])
        latest = [v for each in lists[-3:] for v in each]
        return total([(0.5 + 0.1 * i) * v for i, v in enumerate(latest)]), latest[::-1]

    return f


def check(equals_eager, graph, dtype="float64"):
    steps, *arrays, parameters = graph
    equals_eager(function_of(steps, list(map(Value, parameters))), *arrays, dtype=dtype, which_infinity=False)


SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=400, suppress_health_check=SLOW)
@given(graph=graphs())
def test_random_graphs(equals_eager, graph):
    check(equals_eager, graph)


@settings(max_examples=150, suppress_health_check=SLOW)
@given(graph=graphs(UNUSUAL))
def test_random_graphs_of_infinities_and_nan(equals_eager, graph):
    check(equals_eager, graph)


# ------------------------------------------------------------------------------------------- planted faults


def failure(equals_eager, phases=(Phase.generate,)):
    """A graph on which compiled and eager differ, or None."""

    def fails(graph):
        try:
            check(equals_eager, graph)
        except AssertionError:
            return True
        return False

    once = settings(max_examples=400, phases=phases, database=None, derandomize=True, suppress_health_check=SLOW)
    try:
        return find(graphs(), fails, settings=once)
    except NoSuchExample:
        return None


def expm1_for_exp(patch):
    patch.setitem(expressions._NUMPY_NAMES, "exp", "expm1")


def sums_that_forget_a_minus(patch):
    def forgetful(tape):
        found = sums.find_sums(tape)
        for terms in found.operands:
            if isinstance(terms, sums.Terms):
                terms.signs[:] = [1] * len(terms.signs)
        return found

    patch.setattr(prepared, "find_sums", forgetful)


def an_adjoint_that_forgets_a_minus(patch):
    contribute = adjoint._Adjoint.contribute
    patch.setattr(
        adjoint._Adjoint, "contribute", lambda self, operand, by, sign=1.0: contribute(self, operand, by, 1.0)
    )


def an_adjoint_that_forgets_the_second_use(patch):
    write = adjoint._Adjoint.write

    def forgetful(self, step):
        write(self, step)
        step.accumulate = False

    patch.setattr(adjoint._Adjoint, "write", forgetful)


def views_that_repeat_their_first_element(patch):
    strides = affine.affine_strides
    patch.setattr(tables, "affine_strides", lambda table: strides(table) and (0,) * table.ndim)


def a_gradient_that_is_off_by_a_little(patch):
    write = numpy_executor.Executor.write

    def off(self, step):
        write(self, replace(step, number=step.number * (1 + 1e-11)) if isinstance(step, Fill) else step)

    patch.setattr(numpy_executor.Executor, "write", off)


FAULTS = [
    expm1_for_exp,
    sums_that_forget_a_minus,
    an_adjoint_that_forgets_a_minus,
    an_adjoint_that_forgets_the_second_use,
    views_that_repeat_their_first_element,
    a_gradient_that_is_off_by_a_little,
]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(equals_eager, monkeypatch, fault):
    with monkeypatch.context() as patch:
        fault(patch)
        graph = failure(equals_eager)
    assert graph is not None
    check(equals_eager, graph)  # without the fault all is well


def test_what_is_found_is_shrunk_to_a_few_steps(equals_eager, monkeypatch):
    expm1_for_exp(monkeypatch)
    steps, x, *_ = failure(equals_eager, phases=(Phase.generate, Phase.shrink))
    assert len(steps) == 1
    assert x.shape == (1, 1)
