"""The executors, on programs that are put together by hand: every kind of step, with numbers to follow."""

import math

import numpy as np
import pytest

from autograd import OPERATIONS, atan2, compile, relu, step
from autograd.compiler.kinds import (
    Assemble,
    Contract,
    Fill,
    Gather,
    LessLargestAdjoint,
    Map,
    Partial,
    Scatter,
    Sum,
    Take,
    TakeAdjoint,
)
from autograd.compiler.views import View, contiguous
from tests.autograd.compiler.executors.by_hand import INDEX, ByHand, P, X
from tests.conftest import OURS

DTYPES = pytest.mark.parametrize("dtype", ["float64", "float32"])


@pytest.fixture
def by_hand(backend):
    return ByHand(backend)


# --------------------------------------------------------------------------------------------------- each step


@DTYPES
def test_a_rule_is_computed_element_by_element(by_hand, dtype):
    found = by_hand.results(by_hand.row(Map(OPERATIONS["hypot"]), by_hand.x, by_hand.p), dtype)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, np.hypot(X, P), rtol=1e-6)


def test_an_operand_may_be_a_number_or_a_part_of_another_value(by_hand):
    odd = View(by_hand.x.value, 1, (2,), (2,))
    found = by_hand.results(by_hand.row(Map(OPERATIONS["div"]), odd, 4.0, shape=(2,)))
    assert found.tolist() == (X[:, [1, 3]] / 4.0).tolist()


def test_a_family_is_reduced_along_its_own_axis(by_hand):
    family, last = contiguous(by_hand.x.value, 0, (2, 2)), View(by_hand.p.value, 3, (2,), (0,))
    found = by_hand.results(by_hand.row(Map(OPERATIONS["maximum"]), family, last, shape=(2,)))
    assert found.tolist() == np.maximum(X.reshape(3, 2, 2).max(-1), 7.0).tolist()


def test_a_partial_is_multiplied_by_the_adjoint(by_hand):
    y = by_hand.row(Map(OPERATIONS["mul"]), by_hand.x, by_hand.p)
    dy = by_hand.row(Sum((-1,)), by_hand.x)
    found = by_hand.results(by_hand.row(Partial(OPERATIONS["mul"], 0), 0.0, by_hand.p, y, dy))
    assert found.tolist() == (-X * P).tolist()


@DTYPES
@pytest.mark.parametrize("axis", [0, 1])
def test_the_sum_of_dy_is_taken_from_that_of_the_largest_of_a_list(by_hand, axis, dtype):
    table = np.array([[0, 3], [1, 1]])  # of the second list both are the largest
    lists = by_hand.row(Gather(table if axis else table.T), by_hand.x, shape=(2, 2))
    if axis == 0:
        lists = lists._replace(strides=(1, 2))
    largest = by_hand.row(Map(OPERATIONS["maximum"]), lists, shape=(2,))
    dy = contiguous(by_hand.x.value, 0, (2, 2))
    found = by_hand.results(by_hand.row(LessLargestAdjoint(), lists, largest, dy, shape=(2, 2)), dtype)
    assert found.tolist() == [[a, d_b - (a + d_b), c - (c + d) / 2, d - (c + d) / 2] for a, d_b, c, d in X.tolist()]


def test_a_sum_of_signs_and_numbers(by_hand):
    found = by_hand.results(by_hand.row(Sum((-1, 1, -1)), by_hand.x, by_hand.p, 1.0))
    assert found.tolist() == (-X + P - 1.0).tolist()


@DTYPES
@pytest.mark.parametrize("stride", [-8, -4, -1, 2, 4, 8])
def test_numbers_at_any_distance_are_negated(by_hand, stride, dtype):
    """NumPy's own `negative` is wrong at some."""
    size = 3 * abs(stride) + 1
    many = by_hand.row(Gather(np.arange(size) % 4), by_hand.x, shape=(size,))
    apart = View(many.value, 0 if stride > 0 else size - 1, (4,), (stride,))
    place = (0 if stride > 0 else size - 1, (4,), (stride,))
    found = by_hand.results(by_hand.row(Assemble((place,), (-1,)), apart, shape=(size,)), dtype)
    expected = np.zeros((3, size))
    expected[:, :: abs(stride)] = -X[:, np.arange(size) % 4][:, :: abs(stride)]
    assert found.tolist() == expected.tolist()


def test_parts_are_added_where_they_overlap_and_zeros_are_where_none_is(by_hand):
    places = ((0, (2,), (1,)), (1, (2,), (1,)))
    parts = [contiguous(by_hand.x.value, offset, (2,)) for offset in (0, 2)]
    found = by_hand.results(by_hand.row(Assemble(places, (1, -1)), *parts))
    assert found.tolist() == [[a, b - c, -d, 0.0] for a, b, c, d in X.tolist()]


W, V = (2, 2), (2, 2)
XM = X.reshape(3, 2, 2)
PM = P.reshape(2, 2)


@pytest.mark.parametrize(
    ("left", "right", "axes", "expected"),
    [
        (("p", (4,)), ("x", (4,)), ("k", "bk", "b"), X @ P),
        (("p", W), ("x", V), ("rk", "bck", "bcr"), np.einsum("rk,bck->bcr", PM, XM)),
        (("p", W), ("x", V), ("nk", "bnk", "bn"), np.einsum("nk,bnk->bn", PM, XM)),
        (("x", V), ("x", V), ("brk", "bck", "brc"), np.einsum("brk,bck->brc", XM, XM)),
        (("p", W), ("x", V), ("kr", "bkc", "bcr"), np.einsum("kr,bkc->bcr", PM, XM)),
        (("x", (4,)), ("x", (4,)), ("br", "bc", "brc"), np.einsum("br,bc->brc", X, X)),
        (("x", V), None, ("brk", "br"), XM.sum(2)),
        (("x", V), None, ("brk", "bk"), XM.sum(1)),
        (("x", (4,), 3, (-1,)), None, ("bk", "b"), X.sum(1)),
        (("x", (5,), 2, (0,)), None, ("bk", "b"), 5 * X[:, 2]),
    ],
)
@pytest.mark.parametrize("scale", [1.0, -1.0, 2.0])
@pytest.mark.parametrize("added", [False, True])
def test_a_contraction(by_hand, left, right, axes, expected, scale, added):
    def view(what):
        name, shape, *rest = what
        value = getattr(by_hand, name).value
        return View(value, rest[0], shape, rest[1]) if rest else contiguous(value, 0, shape)

    shape = expected.shape[1:]
    found = by_hand.row(Contract(axes, scale), *[view(each) for each in (left, right) if each], shape=shape)
    if added:  # to ones, in place
        ones = by_hand.row(Fill(1.0), shape=shape)
        found = by_hand.row(Assemble((found.place,) * 2, (1, 1)), ones, found, shape=shape)
    np.testing.assert_allclose(by_hand.results(found), (scale * expected + added).reshape(3, -1), rtol=1e-14)


def test_a_contraction_over_the_rows(by_hand):
    parts = [contiguous(by_hand.x.value, offset, (2,)) for offset in (0, 2)]
    found = by_hand.gradient(Contract(("br", "bc", "rc")), *parts, shape=(2, 2))
    assert found.tolist() == (X[:, :2].T @ X[:, 2:]).ravel().tolist()


def test_a_sum_over_the_rows(by_hand):
    assert by_hand.gradient(Contract(("br", "r")), by_hand.x).tolist() == X.sum(0).tolist()


def test_a_gather(by_hand):
    gather = by_hand.row(Gather(np.array([[3, 3], [0, 2]])), by_hand.x, shape=(2, 2))
    assert by_hand.results(gather).tolist() == X[:, [3, 3, 0, 2]].tolist()


ODD = (1, (2,), (2,))  # a part of each row that is not contiguous


def part_of_a_row(by_hand, kind):
    """A step of this kind that computes two numbers of each row."""
    index, pair = contiguous(by_hand.tokens.value, 0, (2,)), contiguous(by_hand.x.value, 1, (2,))
    whole = by_hand.program.whole(by_hand.x.value)
    square, taking = View(by_hand.x.value, 0, (2, 2), (2, 1)), Take(np.array([[0, 1, 2], [3, 2, 1]]))
    y = by_hand.row(Map(OPERATIONS["exp"]), pair, shape=(2,))
    taken = by_hand.row(taking, index, whole, shape=(2,))
    largest = by_hand.row(Map(OPERATIONS["maximum"]), pair, shape=())
    steps = {
        "map": (Map(OPERATIONS["tanh"]), [pair]),
        "partial": (Partial(OPERATIONS["exp"], 0), [pair, y, pair]),
        "less_largest'": (LessLargestAdjoint(), [pair, largest, contiguous(by_hand.x.value, 2, (2,))]),
        "sum": (Sum((1, -1)), [pair, 2.0]),
        "product": (Contract(("brk", "bk", "br"), -1.0), [square, pair]),
        "total": (Contract(("brk", "br")), [square]),
        "gather": (Gather(np.array([3, 0])), [whole]),
        "scatter": (Scatter(np.array([1, 1])), [pair]),
        "take": (taking, [index, whole]),
        "take'": (TakeAdjoint(Take(np.array([[0, 1, 0], [1, 0, 1]])), 0), [index, taken]),
        "fill": (Fill(3.0), []),
    }
    step, operands = steps[kind]
    if kind == "take'":
        by_hand.row(step.take, index, by_hand.program.whole(y.value), shape=(2,))
    return by_hand.row(step, *operands, shape=(2,))


KINDS = ["map", "partial", "less_largest'", "sum", "product", "total", "gather", "scatter", "take", "take'", "fill"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("added", [False, True])
def test_a_step_may_write_to_a_part_of_every_row_or_add_there(backend, kind, added):
    alone, inside = ByHand(backend), ByHand(backend)
    expected = np.zeros((3, 4))
    expected[:, [1, 3]] = alone.results(part_of_a_row(alone, kind))
    items, places = [], []
    if added:
        items, places = [inside.row(Fill(10.0))], [(0, (4,), (1,))]
        expected += 10.0
    part = part_of_a_row(inside, kind)
    whole = inside.row(Assemble((*places, ODD), (1,) * (len(places) + 1)), *items, part)
    ran = inside.executor(whole)
    assert ran.plan.slot[part.value] == -1  # it is computed at its place
    np.testing.assert_allclose(ran.run_forward(X, INDEX), expected, rtol=1e-15)


@pytest.mark.parametrize("added", [False, True])
@pytest.mark.parametrize("table", [[2, 0, 3, 1], [1, 1, 3, 1], [0, 1, 2, 3], [2, 2, 2, 2]], ids=str)
def test_a_scatter_adds_what_goes_to_the_same_place(by_hand, table, added):
    scattered = by_hand.row(Scatter(np.array(table)), by_hand.x)
    if added:  # to tens, in place
        tens = by_hand.row(Fill(10.0))
        scattered = by_hand.row(Assemble((scattered.place,) * 2, (1, 1)), tens, scattered)
    expected = np.full((3, 4), 10.0 * added)
    np.add.at(expected, (slice(None), table), X)
    assert by_hand.results(scattered).tolist() == expected.tolist()


def test_a_fill_may_be_divided_by_the_rows(by_hand):
    assert by_hand.gradient(Fill(1.0, over_rows=True)).tolist() == [1.0 / 3.0] * 4


# -------------------------------------------------------------------------------------------------------- takes

TABLE = np.array([[0, 1, 2], [3, 2, 1]])
PLACES = TABLE[[0, 1], INDEX.astype(int)]


@pytest.mark.parametrize("which", ["p", "x"], ids=["parameters", "of the row"])
def test_a_take(by_hand, which):
    found = by_hand.results(by_hand.row(Take(TABLE), by_hand.tokens, getattr(by_hand, which), shape=(2,)))
    assert found.tolist() == (P[PLACES] if which == "p" else np.take_along_axis(X, PLACES, 1)).tolist()


@pytest.mark.parametrize("added", [False, True])
def test_what_was_taken_from_the_parameters_goes_back(by_hand, added):
    kind, program = Take(TABLE), by_hand.program
    taken = by_hand.row(kind, by_hand.tokens, by_hand.p, shape=(2,))
    program.outputs = [(taken.value, i) for i in range(2)]
    program.adjoint_begins()
    back = by_hand.call(TakeAdjoint(kind, 0), by_hand.tokens, taken)
    if added:
        ones = by_hand.call(Fill(1.0))
        back = by_hand.call(Assemble((back.place,) * 2, (1, 1)), ones, back)
    program.gradient = back.value
    expected = np.full(4, 1.0 * added)
    np.add.at(expected, PLACES, P[PLACES])
    assert by_hand.written_gradient().tolist() == expected.tolist()


@pytest.mark.parametrize("table", [TABLE, np.array([[0, 1, 2], [3, 4, 5]])], ids=["chosen twice", "chosen once"])
def test_what_was_taken_from_the_row_goes_back(by_hand, table):
    kind = Take(table)
    six = by_hand.row(Gather(np.array([0, 1, 2, 3, 0, 1])), by_hand.x, shape=(6,))
    taken = by_hand.row(kind, by_hand.tokens, six, shape=(2,))
    found = by_hand.results(by_hand.row(TakeAdjoint(kind, 0), by_hand.tokens, taken, shape=(6,)))
    expected = np.zeros((3, 6))
    places = table[[0, 1], INDEX.astype(int)]
    np.add.at(expected, (np.arange(3)[:, None], places), np.take_along_axis(X[:, [0, 1, 2, 3, 0, 1]], places, 1))
    assert found.tolist() == expected.tolist()


@pytest.mark.parametrize("wrong", [-1.0, 3.0, 0.5, np.nan, np.inf, 1e300])
def test_an_index_outside_of_the_list_names_its_row(by_hand, wrong):
    ran = by_hand.executor(by_hand.row(Take(TABLE), by_hand.tokens, by_hand.p, shape=(2,)))
    index = INDEX.copy()
    index[1, 0] = wrong
    with np.errstate(all="ignore"), pytest.raises(IndexError, match="a whole number from 0 to 2, got") as caught:
        ran.run_forward(X, index)
    assert caught.value.args[1:] == (1,)
    assert f"got {wrong:g}" in str(caught.value)


# ----------------------------------------------------------------------------------------------- the function


@OURS
def test_memory_is_allocated_once(by_hand):
    ran = by_hand.executor(by_hand.row(Map(OPERATIONS["tanh"]), by_hand.x))
    memory = {id(each) for each in ran.memory}
    first, second = ran.run_forward(X, INDEX), ran.run_forward(2.0 * X, INDEX)
    assert {id(each) for each in ran.memory} == memory
    assert first.tolist() == np.tanh(X).tolist()  # results are the caller's own: not overwritten
    assert second.tolist() == np.tanh(2.0 * X).tolist()


def test_new_numbers_of_the_parameters_are_seen(by_hand):
    ran = by_hand.executor(by_hand.row(Sum((1, 1)), by_hand.x, by_hand.p))
    ran.parameters[0] = 100.0
    assert ran.run_forward(X, INDEX)[:, 0].tolist() == (X[:, 0] + 100.0).tolist()


@OURS
@pytest.mark.parametrize("chosen", ["a", "b"])
def test_a_choice_may_be_written_over_what_it_chooses_from(by_hand, chosen):
    own = by_hand.row(Map(OPERATIONS["exp"]), by_hand.x)
    a, b = (own, by_hand.p) if chosen == "a" else (by_hand.p, own)
    ran = by_hand.executor(by_hand.row(Map(OPERATIONS["where"]), by_hand.x, a, b))
    assert len(ran.plan.slots) == 1
    expected = np.where(X != 0, np.exp(X), P) if chosen == "a" else np.where(X != 0, P, np.exp(X))
    assert ran.run_forward(X, INDEX).tolist() == expected.tolist()


@pytest.mark.parametrize("rows", [1, 2, 9])
@pytest.mark.parametrize("inner", [lambda x: x, lambda x: x + x], ids=["alone", "of a sum"])
def test_relu_of_minus_zero_is_plus_zero(backend, inner, rows):
    """As the rule book says: on which side of a cut a number lies depends on it."""
    f = compile(lambda x: [atan2(relu(inner(x)), -1.0 + 0.0 * x), atan2(step(inner(x)), -1.0)], backend=backend)
    assert f([-0.0] * rows).tolist() == [[math.pi, math.pi]] * rows
