"""The toy executor: each kind of step with numbers to follow by hand, and programs beside the graph of scalars."""

import itertools
from functools import partial
from math import inf, isfinite, prod

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograd import OPERATIONS, Value, dot, logsumexp, maximum, sqrt, take, where
from autograd.compiler.adjoint import add_adjoint
from autograd.compiler.folding import fold
from autograd.compiler.grouping import find_classes
from autograd.compiler.kinds import (
    Assemble,
    Constants,
    Contract,
    Fill,
    Gather,
    Input,
    LessLargestAdjoint,
    Map,
    Parameters,
    Partial,
    Scatter,
    Sum,
    Take,
    TakeAdjoint,
)  # fmt: skip
from autograd.compiler.program import Program, Space
from autograd.compiler.sums import find_sums
from autograd.compiler.tables import find_tables
from autograd.compiler.trace import trace
from autograd.compiler.views import View, contiguous
from autograd.ieee import total
from autograd.nodes import apply
from autograd.operations import MUL, RELU
from tests.autograd.compiler.conftest import Eager, assert_close
from tests.autograd.compiler.executors.toy import run
from tests.autograd.compiler.random_functions import COMPARISONS, UNUSUAL, function_of, graphs
from tests.conftest import EXAMPLES, ONCE

MAXIMUM, HYPOT, DIV, WHERE = (OPERATIONS[name] for name in ("maximum", "hypot", "div", "where"))
CALL, ROW = Space.CALL, Space.ROW

X = [[3.0, 0.0, -1.0, 4.0], [0.0, 5.0, 2.0, 6.0]]
K = [[1.0, 0.0], [2.0, 2.0]]
P = [2.0, 3.0, 5.0, 7.0]
p, x, k, c = (contiguous(value, 0, (size,)) for value, size in enumerate((4, 4, 2, 2)))


def result(*steps):
    """The numbers of the last one of some steps (kind, operands, shape, space, …): of each row, or of the call.

    The leaves are p with P, x with X, k with K, and c with 1 and 10; the steps are the values from 4 on.
    """
    program = Program()
    program.add(Parameters(), (), (4,), CALL)
    program.add(Input(0), (), (4,), ROW)
    program.add(Input(1), (), (2,), ROW)
    program.add(Constants(np.array([1.0, 10.0])), (), (2,), CALL)
    program.leaves_end()
    for kind, operands, shape, space, *boolean in steps:
        last = program.add(kind, operands, shape, space, boolean=bool(boolean))
    program.outputs = [(last.value, i) for i in range(prod(shape))]
    outputs, gradient = run(program, [X, K], P)
    assert gradient is None
    if space == CALL:
        assert outputs[0] == outputs[1]
    return outputs if space == ROW else outputs[0]


def of(value, *place):
    return View(value, *place)


# --------------------------------------------------------------------------------------------------- each step


def test_a_rule_is_computed_element_by_element():
    left, right = of(1, 0, (2,), (3,)), of(1, 3, (2,), (-3,))
    assert result((Map(HYPOT), [left, right], (2,), ROW)) == [[5.0, 5.0], [6.0, 6.0]]


def test_what_is_once_in_a_call_and_plain_numbers_are_operands_of_every_row():
    assert result((Map(MUL), [x, p], (4,), ROW)) == [[6.0, 0.0, -5.0, 28.0], [0.0, 15.0, 10.0, 42.0]]
    assert result((Map(DIV), [of(1, 1, (2,), (2,)), 4.0], (2,), ROW)) == [[0.0, 1.0], [1.25, 1.5]]
    assert result((Map(MUL), [p, 2.0], (4,), CALL)) == [4.0, 6.0, 10.0, 14.0]


def test_a_family_is_several_operands_of_each_member():
    family, single = of(1, 0, (2, 2), (2, 1)), of(0, 0, (2,), (1,))
    assert result((Map(MAXIMUM), [family, single, 2.5], (2,), ROW)) == [[3.0, 4.0], [5.0, 6.0]]


def test_a_partial_is_multiplied_by_dy():
    steps = (Sum((-1,)), [x], (4,), ROW), (Partial(MUL, 1), [x, 0.0, 0.0, contiguous(4, 0, (4,))], (4,), ROW)
    assert result(*steps) == [[-9.0, 0.0, -1.0, -16.0], [0.0, -25.0, -4.0, -36.0]]


def test_a_partial_by_a_family_has_its_shape():
    family, single, dy = of(1, 0, (2, 2), (2, 1)), of(0, 0, (2,), (1,)), of(0, 2, (2,), (1,))
    operands = [single, family, 5.0, contiguous(4, 0, (2,)), dy]
    steps = [(Map(MAXIMUM), [single, family, 5.0], (2,), ROW), (Partial(MAXIMUM, 1), operands, (2, 2), ROW)]
    assert result(*steps) == [[0.0, 0.0, 0.0, 0.0], [0.0, 2.5, 0.0, 7.0]]  # 5 of the row ties with the plain one


ALL = Fill(1.0), [], (4,), ROW, True
POSITIVE = Partial(RELU, 0), [0.0, x, contiguous(4, 0, (4,))], (4,), ROW, True  # where value 4 holds


def test_booleans_flow_to_what_was_chosen():
    assert result(ALL, POSITIVE) == [[True, False, False, True], [False, True, True, True]]
    nothing = Fill(0.0), [], (4,), ROW, True
    assert result(nothing, POSITIVE) == [[False] * 4] * 2


def test_where_nothing_flows_a_guarded_partial_is_0():
    product = Partial(MUL, 1, guarded=True), [x, 0.0, 0.0, p, contiguous(5, 0, (4,))], (4,), ROW
    assert result(ALL, POSITIVE, product) == [[6.0, 0.0, 0.0, 28.0], [0.0, 15.0, 10.0, 42.0]]


def test_a_guarded_partial_is_0_for_what_was_not_chosen_though_dy_is_infinite():
    infinite, dy = (Map(DIV), [p, 0.0], (4,), CALL), contiguous(5, 0, (4,))
    guarded = Partial(RELU, 0, guarded=True), [0.0, x, dy, contiguous(4, 0, (4,))], (4,), ROW
    assert result(ALL, infinite, guarded) == [[inf, 0.0, 0.0, inf], [0.0, inf, inf, inf]]
    usual = Partial(RELU, 0), [0.0, x, dy], (4,), ROW
    assert str(result(ALL, infinite, usual)[0]) == "[inf, nan, nan, inf]"


def test_a_sum_of_signs_and_numbers():
    assert result((Sum((-1, 1, -1)), [x, p, 1.0], (4,), ROW)) == [[-2.0, 2.0, 5.0, 2.0], [1.0, -3.0, 2.0, 0.0]]


def test_an_assembly_adds_what_goes_to_the_same_place():
    places = (0, (2,), (2,)), (3, (3,), (-1,)), (4, (), ())
    kind = Assemble(places, (1, -1, 1))
    assert result((kind, [c, of(0, 0, (3,), (1,)), 0.5], (6,), CALL)) == [1.0, -5.0, 7.0, -2.0, 0.5, 0.0]


def test_an_assembly_of_booleans_tells_whether_one_holds():
    part = View(5, 0, (3,), (1,))
    kind = Assemble(((0, (3,), (1,)), (1, (3,), (1,))), (1, 1))
    assert result(ALL, POSITIVE, (kind, [part, part], (5,), ROW, True)) == [
        [True, True, False, False, False],
        [False, True, True, True, False],
    ]


def test_an_assembly_keeps_the_sign_of_a_zero():
    zero = Sum((-1,)), [of(1, 0, (), ())], (), ROW
    whole = Assemble(((0, (), ()),), (1,)), [View(4, 0, (), ())], (2,), ROW
    assert str(result(zero, whole)[1]) == "[-0.0, 0.0]"


W, V = of(0, 0, (2, 2), (2, 1)), of(1, 0, (2, 2), (2, 1))


@pytest.mark.parametrize(
    ("axes", "factors", "shape", "expected"),
    [
        (("k", "bk", "b"), [p, x], (), [[29.0], [67.0]]),
        (("rk", "bck", "bcr"), [W, V], (2, 2), [[6.0, 15.0, 10.0, 23.0], [15.0, 35.0, 22.0, 52.0]]),
        (("nk", "bnk", "bn"), [W, V], (2,), [[6.0, 23.0], [15.0, 52.0]]),
        (("br", "kr", "brk"), [of(1, 0, (2,), (1,)), W], (2, 2), [[6.0, 15.0, 0.0, 0.0], [0.0, 0.0, 15.0, 35.0]]),
        (("brk", "br"), [V], (2,), [[3.0, 3.0], [5.0, 8.0]]),
        (("brk", "bk"), [V], (2,), [[2.0, 4.0], [2.0, 11.0]]),
        (("bk", "b"), [of(1, 2, (5,), (0,))], (), [[-5.0], [10.0]]),
        (("k", ""), [p], (), [17.0]),
    ],
)
@pytest.mark.parametrize("scale", [1.0, -1.0, 2.0])
def test_a_contraction(axes, factors, shape, expected, scale):
    space = ROW if axes[-1].startswith("b") else CALL
    scaled = (scale * np.array(expected)).tolist()
    assert result((Contract(axes, scale), factors, shape, space)) == scaled


def test_a_contraction_over_the_rows():
    assert result((Contract(("br", "r")), [x], (4,), CALL)) == [3.0, 5.0, 1.0, 10.0]
    assert result((Contract(("br", "bc", "cr")), [of(1, 0, (2,), (1,)), of(1, 2, (2,), (1,))], (2, 2), CALL)) == [
        -3.0, 10.0, 12.0, 30.0,
    ]  # fmt: skip


def test_a_contraction_of_booleans_tells_whether_one_holds():
    left = View(5, 0, (2, 2), (2, 1))
    assert result(ALL, POSITIVE, (Contract(("brk", "br")), [left], (2,), ROW, True)) == [[True, True], [True, True]]
    assert result(ALL, POSITIVE, (Contract(("br", "r")), [View(5, 0, (3,), (1,))], (3,), CALL, True)) == [True] * 3
    none = View(5, 1, (2,), (1,))
    assert result(ALL, POSITIVE, (Contract(("bk", "b")), [none], (), ROW, True)) == [[False], [True]]


def test_the_sum_of_dy_is_taken_from_that_of_the_largest_of_a_list():
    lists, dy, largest = of(1, 0, (2, 2), (2, 1)), of(0, 0, (2, 2), (2, 1)), of(4, 0, (2,), (1,))
    found = result((Map(MAXIMUM), [lists], (2,), ROW), (LessLargestAdjoint(), [lists, largest, dy], (2, 2), ROW))
    assert found == [[2.0 - 5.0, 3.0, 5.0, 7.0 - 12.0], [2.0, 3.0 - 5.0, 5.0, 7.0 - 12.0]]


def test_a_gather():
    assert result((Gather(np.array([[3, 3], [0, 2]])), [x], (2, 2), ROW)) == [
        [4.0, 4.0, 3.0, -1.0],
        [6.0, 6.0, 0.0, 2.0],
    ]


def test_a_scatter_adds_what_goes_to_the_same_place():
    assert result((Scatter(np.array([1, 1, 3, 1])), [x], (5,), ROW)) == [
        [0.0, 7.0, 0.0, -1.0, 0.0],
        [0.0, 11.0, 0.0, 2.0, 0.0],
    ]


TAKE = Take(np.array([[0, 1, 2], [3, 2, 1]]))


def test_a_take():
    assert result((TAKE, [k, p], (2,), ROW)) == [[3.0, 7.0], [5.0, 3.0]]
    assert result((TAKE, [k, x], (2,), ROW)) == [[0.0, 4.0], [2.0, 5.0]]


def test_what_was_taken_goes_back_to_where_it_came_from():
    dy = of(1, 0, (2,), (3,))
    assert result((TakeAdjoint(TAKE, 0), [k, dy], (4,), ROW)) == [[0.0, 3.0, 0.0, 4.0], [0.0, 6.0, 0.0, 0.0]]
    assert result((TakeAdjoint(TAKE, 0), [k, dy], (4,), CALL)) == [0.0, 9.0, 0.0, 4.0]  # of both rows
    last, index = Take(np.array([[1, 2], [3, 2]])), of(3, 0, (2,), (0,))  # the second one, both times
    assert result((TakeAdjoint(last, 1), [index, of(0, 0, (2,), (1,))], (3,), CALL)) == [0.0, 5.0, 0.0]


@pytest.mark.parametrize("values", [p, x], ids=["parameters", "of the row"])
def test_an_index_outside_of_the_list_is_an_error(values):
    with pytest.raises(IndexError, match="a whole number from 0 to 1, got 2"):
        result((Take(np.array([[0, 1], [1, 2]])), [k, values], (2,), ROW))


def test_a_fill_may_be_divided_by_the_rows():
    assert result((Fill(3.0), [], (2,), CALL)) == [3.0, 3.0]
    assert result((Fill(1.0, over_rows=True), [], (2,), ROW)) == [[0.5, 0.5]] * 2


# ---------------------------------------------------------------------------------------------------- programs


def compare(f, *arrays):
    """What the graphs of scalars give is what all programs of f give; but for a usual gradient that is not finite."""
    expected = Eager(f, *arrays)
    shapes = [np.shape(array)[1:] for array in arrays]
    tape, returned = trace(f, shapes)
    classes, _ = find_classes(find_sums(fold(tape)[0])[0])
    forward, _ = find_tables(classes, None, 0, list(map(prod, shapes)))
    numbers = np.zeros(forward.size[forward.parameters])
    is_read = forward.places >= 0
    numbers[forward.places[is_read]] = [v.data for v, read in zip(tape.parameters, is_read, strict=True) if read]
    programs = [forward]
    if not returned.shapes[0]:
        programs += [add_adjoint(forward), add_adjoint(forward, exact=True)]
    for program in programs:
        outputs, gradient = run(program, arrays, numbers)
        assert_close("outputs", np.array(outputs), expected, "results", "float64")
        is_exact = program is programs[-1] or not program.chooses
        if gradient is not None and (is_exact or all(map(isfinite, gradient))):
            at = {
                id(v): gradient[place] for v, place in zip(tape.parameters, program.places, strict=True) if place >= 0
            }
            found = np.array([at.get(id(v), 0.0) for v in expected.parameters])
            assert_close("gradient", found, expected, "gradients", "float64", False)
    return programs[-1]


M = [[Value(0.3 * i - 0.2 * j) for i in range(4)] for j in range(3)]
ROWS = np.array(X), np.array([[0.0], [2.0]])
FUNCTIONS = {
    "layer": lambda x, k: total([(dot(w, x) + w[0]).tanh() for w in M]),
    "square": lambda x, k: total([w * w for w in M[0]]) - 1.0,
    "chosen logit": lambda x, k: logsumexp([dot(w, x) for w in M]) - take([dot(w, x) for w in M], k[0]),
    "roots where they are": lambda x, k: total(
        [where(v > u, sqrt(v - u), u.relu()) for u, v in zip(M[0], x, strict=True)]
    ),
    "layer of roots": lambda x, k: logsumexp([where(x[0] > 1.0, dot(w, [sqrt(v) for v in M[1]]), w[2]) for w in M]),
    "mixture": lambda x, k: maximum(*x, 2.0, *M[0], x[0] * M[1][0], M[1][1].exp()),
    "lists of several lengths": lambda x, k: total([logsumexp(M[0][:2]), logsumexp(M[1]), logsumexp([*M[0], *M[2]])]),
    "no order": lambda x, k: M[0][2] * x[0] + total([M[1][i] / x[j] for i, j in ((0, 3), (3, 2), (3, 3))]),
    "several": lambda x, k: (x[0] * M[0][0], [x[1].exp(), M[2][1], 3.0]),
    "list": lambda x, k: [v * M[0][1] for v in x],
    "embedding": lambda x, k: dot([take(column, k[0]) for column in zip(*M, strict=True)], x),
    "chosen of the row": lambda x, k: M[0][0] * take([w * v for w, v in zip(M[1], x, strict=True)], k[0]),
    "parameter": lambda x, k: M[0][1],
    "constant": lambda x, k: (Value(2.5), x[0]),
}


@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)
def test_a_program_equals_the_graph_of_scalars(f):
    compare(f, *ROWS)


NODES = [operation for name, operation in OPERATIONS.items() if name not in (*COMPARISONS, "take", "_finished")]
OPERANDS = {
    "rows": lambda x, i: x[i],
    "parameters": lambda x, i: M[i % 3][i // 3],
    "constants": lambda x, i: Value(0.5 * i - 0.5),
}


@ONCE
@pytest.mark.parametrize("operation", NODES, ids=lambda operation: operation.name)
def test_every_operation_on_every_kind_of_operands(operation):
    count = len(operation.domain)
    rows = np.random.default_rng(count).uniform(-2.0, 2.0, (2, 2 * count))

    def f(x, kinds):
        operands = [OPERANDS[kind](x, i) for i, kind in enumerate(2 * kinds)]
        results = [apply(operation, *each) for each in (operands[:count], operands[count:])]
        return results[0] + 0.5 * results[1], results

    for kinds in itertools.product(OPERANDS, repeat=count):
        compare(partial(f, kinds=kinds), rows)


@pytest.mark.parametrize("special", [None, UNUSUAL], ids=["usual numbers", "infinities and nan"])
@settings(max_examples=EXAMPLES // 5, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_random_functions(special, data):
    steps, *arrays, parameters = data.draw(graphs(special) if special else graphs())
    compare(function_of(steps, list(map(Value, parameters))), *arrays)
