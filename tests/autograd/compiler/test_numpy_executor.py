"""The NumPy executor, on programs that are put together by hand: every kind of step, with numbers to follow."""

import numpy as np
import pytest

from autograd import OPERATIONS
from autograd.compiler.numpy_executor import Executor
from autograd.compiler.numpy_lookups import whole_numbers
from autograd.compiler.program import (
    Array,
    Contract,
    Fill,
    Gather,
    Map,
    Program,
    Scatter,
    Sum,
    Take,
    TakeAdjoint,
    View,
    contiguous,
    whole,
)

DTYPES = pytest.mark.parametrize("dtype", ["float64", "float32"])
X = np.arange(12.0).reshape(3, 4)
P = np.array([2.0, 3.0, 5.0, 7.0])

x, p, g = Array("x0", 4, True), Array("p", 4, False), Array("g", 4, False)


def by_row(size):
    return Array("t1", size, True)


def executor(*steps, adjoints=(), dtype="float64", inputs=(x,), rows=3):
    last = (adjoints or steps)[-1].out.array if steps else x
    outputs = [(steps[-1].out.array, i) for i in range(steps[-1].out.array.size)] if steps else [(last, 0)]
    program = Program(dict(enumerate(inputs)), p, np.arange(4), list(steps), outputs, 0, 0, list(adjoints), g)
    return Executor(program, rows, dtype, P.astype(dtype))


def results(*steps, dtype="float64"):
    """What the last step writes, (rows, numbers)."""
    return executor(*steps, dtype=dtype).run_forward(X.astype(dtype))


def gradient(*adjoints, steps=()):
    """What the steps of an adjoint write into the gradient of the parameters."""
    ran = executor(*(steps or [copy_of_x()]), adjoints=adjoints)
    into = np.full(4, 100.0)  # whatever was there
    ran.run_forward(X)
    ran.backward(ran.program, into, False)(X)
    return into


def copy_of_x():
    return Sum(out=whole(by_row(4)), items=[(1, whole(x))])


# --------------------------------------------------------------------------------------------------- each step


@DTYPES
def test_a_rule_is_computed_element_by_element(dtype):
    step = Map(out=whole(by_row(4)), rule=OPERATIONS["hypot"], arguments=[whole(x), whole(p)])
    found = results(step, dtype=dtype)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, np.hypot(X, P), rtol=1e-6)


def test_an_operand_may_be_a_number_or_a_part_of_another_array():
    step = Map(out=whole(by_row(2)), rule=OPERATIONS["div"], arguments=[View(x, 1, (2,), (2,)), 4.0])
    assert results(step).tolist() == (X[:, [1, 3]] / 4.0).tolist()


def test_a_family_is_reduced_along_its_own_axis():
    out, family = Array("t1", 2, True), contiguous(x, 0, (2, 2))
    step = Map(out=whole(out), rule=OPERATIONS["maximum"], arguments=[family, View(p, 3, (2,), (0,))])
    assert results(step).tolist() == np.maximum(X.reshape(3, 2, 2).max(-1), 7.0).tolist()


def test_a_partial_is_multiplied_by_the_adjoint():
    y, dy = Array("t1", 4, True), Array("d", 4, True)
    steps = [
        Map(out=whole(y), rule=OPERATIONS["mul"], arguments=[whole(x), whole(p)]),
        Sum(out=whole(dy), items=[(-1, whole(x))]),
        Map(out=whole(Array("d1", 4, True)), rule=OPERATIONS["mul"], arguments=[whole(x), whole(p)], partial=0,
            y=whole(y), dy=whole(dy)),
    ]  # fmt: skip
    assert results(*steps).tolist() == (-X * P).tolist()


def test_a_sum_of_signs_and_numbers():
    step = Sum(out=whole(by_row(4)), items=[(-1, whole(x)), (1, whole(p)), (-1, 1.0)])
    assert results(step).tolist() == (-X + P - 1.0).tolist()


def test_a_step_may_add_to_what_is_there():
    out = whole(by_row(4))
    steps = [Sum(out=out, items=[(1, whole(x))]), Sum(out=out, items=[(-1, whole(p))], accumulate=True)]
    assert results(*steps).tolist() == (X - P).tolist()


W, V = contiguous(p, 0, (2, 2)), contiguous(x, 0, (2, 2))
XM = X.reshape(3, 2, 2)
PM = P.reshape(2, 2)


@pytest.mark.parametrize(
    ("left", "right", "axes", "expected"),
    [
        (whole(p), whole(x), ("k", "k", ""), X @ P),
        (W, V, ("rk", "ck", "cr"), np.einsum("rk,bck->bcr", PM, XM)),
        (W, V, ("nk", "nk", "n"), np.einsum("nk,bnk->bn", PM, XM)),
        (V, V, ("rk", "ck", "rc"), np.einsum("brk,bck->brc", XM, XM)),
        (W, V, ("kr", "kc", "cr"), np.einsum("kr,bkc->bcr", PM, XM)),
        (whole(x), whole(x), ("r", "c", "rc"), np.einsum("br,bc->brc", X, X)),
        (V, None, ("rk", "", "r"), XM.sum(2)),
        (V, None, ("rk", "", "k"), XM.sum(1)),
        (View(x, 3, (4,), (-1,)), None, ("k", "", ""), X.sum(1)),
        (View(x, 2, (5,), (0,)), None, ("k", "", ""), 5 * X[:, 2]),
    ],
)
@pytest.mark.parametrize("scale", [1.0, -1.0, 2.0])
@pytest.mark.parametrize("accumulate", [False, True])
def test_a_contraction(left, right, axes, expected, scale, accumulate):
    shape = expected.shape[1:]
    out = contiguous(Array("t1", int(np.prod(shape)), True), 0, shape)
    step = Contract(out=out, left=left, right=right, axes=axes, scale=scale, accumulate=accumulate)
    steps = [Fill(out=whole(out.array), number=1.0), step]
    np.testing.assert_allclose(results(*steps), (scale * expected + accumulate).reshape(3, -1), rtol=1e-14)


def test_a_contraction_over_the_rows():
    product = Contract(out=contiguous(g, 0, (2, 2)), left=View(x, 0, (2,), (1,)), right=View(x, 2, (2,), (1,)),
                       axes=("r", "c", "rc"))  # fmt: skip
    assert gradient(product).tolist() == (X[:, :2].T @ X[:, 2:]).ravel().tolist()
    total = Contract(out=whole(g), left=whole(x), right=None, axes=("r", "", "r"))
    assert gradient(total).tolist() == X.sum(0).tolist()


def test_a_gather():
    table = np.array([[3, 3], [0, 2]])
    step = Gather(out=contiguous(by_row(4), 0, (2, 2)), source=x, table=table)
    assert results(step).tolist() == X[:, [3, 3, 0, 2]].tolist()


@pytest.mark.parametrize("accumulate", [False, True])
@pytest.mark.parametrize("table", [[2, 0, 3, 1], [1, 1, 3, 1], [0, 1, 2, 3], [2, 2, 2, 2]], ids=str)
def test_a_scatter_adds_what_goes_to_the_same_place(table, accumulate):
    out = by_row(4)
    steps = [
        Fill(out=whole(out), number=10.0),
        Scatter(out=whole(out), source=whole(x), table=np.array(table), accumulate=accumulate),
    ]
    expected = np.full((3, 4), 10.0 * accumulate)
    np.add.at(expected, (slice(None), table), X)
    assert results(*steps).tolist() == expected.tolist()


def test_a_fill_may_be_divided_by_the_rows():
    assert gradient(Fill(out=whole(g), number=1.0, over_rows=True)).tolist() == [1.0 / 3.0] * 4


# -------------------------------------------------------------------------------------------------------- takes

INDEX = np.array([[0.0, 1.0], [1.0, 1.0], [2.0, 0.0]])
TABLE = np.array([[0, 1, 2], [3, 2, 1]])
tokens = Array("x1", 2, True)


@pytest.mark.parametrize("values", [p, x], ids=["parameters", "of the row"])
def test_a_take_and_its_gradient(values):
    take = Take(out=whole(by_row(2)), index=whole(tokens), values=values, table=TABLE)
    into = g if values is p else Array("d2", 4, True)
    back = TakeAdjoint(out=whole(into), take=take, dy=take.out, accumulate=True)
    zero = Fill(out=whole(into), number=0.0)
    total = Contract(out=whole(g), left=whole(into), right=None, axes=("r", "", "r"))
    ran = executor(take, adjoints=[zero, back] + ([total] if values is x else []), inputs=(x, tokens))
    places = TABLE[[0, 1], INDEX.astype(int)]
    expected = P[places] if values is p else np.take_along_axis(X, places, 1)
    assert ran.run_forward(X, INDEX).tolist() == expected.tolist()
    gradients, by_hand = np.full(4, 100.0), np.zeros(4)
    ran.backward(ran.program, gradients, False)(X, INDEX)
    np.add.at(by_hand, places, expected)
    assert gradients.tolist() == by_hand.tolist()


@pytest.mark.parametrize("wrong", [-1.0, 3.0, 0.5, np.nan, np.inf, 1e300])
def test_an_index_outside_of_the_list_is_an_error(wrong):
    index = INDEX.copy()
    index[1, 0] = wrong
    for indices in (index, index[1]):  # of the row, and a parameter
        with np.errstate(all="ignore"), pytest.raises(IndexError, match="a whole number from 0 to 2, got"):
            whole_numbers(indices, 3)


def test_whole_numbers_are_integers():
    assert whole_numbers(INDEX, 3).tolist() == INDEX.astype(int).tolist()


# ----------------------------------------------------------------------------------------------- the function


def test_buffers_are_allocated_once():
    ran = executor(Map(out=whole(by_row(4)), rule=OPERATIONS["tanh"], arguments=[whole(x)]))
    buffers = {id(buffer) for buffer in ran.buffers.values()}
    first, second = ran.run_forward(X), ran.run_forward(2.0 * X)
    assert {id(buffer) for buffer in ran.buffers.values()} == buffers
    assert first.tolist() == np.tanh(X).tolist()  # results are the caller's own: not overwritten
    assert second.tolist() == np.tanh(2.0 * X).tolist()


def test_the_source_is_one_line_for_each_call():
    ran = executor(Map(out=whole(by_row(4)), rule=OPERATIONS["tanh"], arguments=[whole(x)]))
    lines = ran.forward_source.splitlines()
    assert lines[0] == "def forward(x0):"
    assert lines[1].strip().startswith("tanh(x0, ")
    assert len(lines) == 5


def test_new_numbers_of_the_parameters_are_seen():
    ran = executor(Sum(out=whole(by_row(4)), items=[(1, whole(x)), (1, whole(p))]))
    ran.buffers[p][0] = 100.0
    assert ran.run_forward(X)[:, 0].tolist() == (X[:, 0] + 100.0).tolist()
