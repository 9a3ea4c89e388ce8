"""Loops in programs of arrays that are put together by hand, beside plain Python and the toy executor."""

import numpy as np
import pytest

from autograd import OPERATIONS
from autograd.compiler.explain import flops
from autograd.compiler.kinds import (
    Constants,
    Contract,
    Gather,
    Input,
    Loop,
    Map,
    Parameters,
    Sum,
    Take,
)
from autograd.compiler.program import Program, Role, Space
from autograd.compiler.verify.complaints import VerificationError
from autograd.compiler.verify.structures import checked
from autograd.compiler.views import View, contiguous
from tests.autograd.compiler.executors.by_hand import INDEX, ByHand, P, X
from tests.autograd.compiler.executors.toy import run
from tests.conftest import OURS

CALL, ROW = Space.CALL, Space.ROW
SIN, MUL = OPERATIONS["sin"], OPERATIONS["mul"]


class Turn:
    """A body that is put together step by step: inputs of these sizes, parameters as those of `ByHand`."""

    def __init__(self, *inputs):
        self.program = program = Program()
        self.p = program.add(Parameters(), (), (4,), CALL, role=Role.PARAMETERS)
        program.parameters = self.p.value
        self.inputs = []
        for n, (size, space) in enumerate(inputs):
            self.inputs.append(program.add(Input(n), (), (size,), space, role=Role.INPUT, serial=n))
            program.inputs[n] = self.inputs[-1].value

    def constants(self, *numbers):
        kind = Constants(np.array(numbers))
        return self.program.add(kind, (), (len(numbers),), CALL, role=Role.CONSTANTS)

    def add(self, kind, *operands, shape, space=ROW):
        if not len(self.program.leaves):
            self.program.leaves_end()
        return self.program.add(kind, operands, shape, space, serial=len(self.program))

    def giving(self, *outputs):
        if not len(self.program.leaves):
            self.program.leaves_end()
        self.program.outputs = list(outputs)
        return self.program


def all_of(view, size):
    return [(view.value, n) for n in range(size)]


def part(view, offset, shape, strides):
    return View(view.value, offset, shape, strides)


def powers(turns, space=ROW, is_reversed=False):
    """y = x·y, beginning with 1: one number, an invariant one beside it."""
    turn = Turn((1, space), (1, space))
    y = turn.add(Map(MUL), turn.inputs[0], turn.inputs[1], shape=(1,), space=space)
    return Loop(turn.giving(*all_of(y, 1)), turns, (1,), (False,), is_reversed)


def checked_results(by_hand, result):
    """The results, which are those of the toy executor; the program is what it must be."""
    found = by_hand.results(result)
    checked(by_hand.program)
    checked(by_hand.executor(result).plan)
    expected, _ = run(by_hand.program, [X, INDEX], P)
    np.testing.assert_allclose(found, expected, rtol=1e-14)
    return found


@pytest.fixture
def by_hand(backend):
    return ByHand(backend)


@pytest.fixture
def ones(by_hand):
    """A constant, which stands for the row before the first turn. Not all leaves are there before."""
    by_hand.program._leaves = 0
    one = by_hand.program.add(Constants(np.array([1.0])), (), (1,), CALL, role=Role.CONSTANTS)
    by_hand.program.leaves_end()
    return part(one, 0, (1, 1), (1, 1))


@pytest.mark.parametrize("turns", [1, 2, 5])
def test_powers(by_hand, ones, turns):
    result = by_hand.row(powers(turns), ones, part(by_hand.x, 2, (1,), (1,)), shape=(turns + 1, 1))
    found = checked_results(by_hand, result)
    assert found.tolist() == [[x**k for k in range(turns + 1)] for x in X[:, 2]]


def test_backwards_the_last_row_is_the_first_one(by_hand, ones):
    kind = powers(3, is_reversed=True)
    found = checked_results(by_hand, by_hand.row(kind, ones, part(by_hand.x, 2, (1,), (1,)), shape=(4, 1)))
    assert found.tolist() == [[x**3, x**2, x, 1.0] for x in X[:, 2]]


def test_once_in_a_call(by_hand, ones):
    result = by_hand.call(powers(3, CALL), ones, part(by_hand.p, 1, (1,), (1,)), shape=(4, 1))
    assert checked_results(by_hand, result).tolist() == [[1.0, 3.0, 9.0, 27.0]] * 3


def test_rows_of_several_turns_before(by_hand):
    """Fibonacci's, from the first two numbers of x on."""
    turn = Turn((1, ROW), (1, ROW))
    y = turn.add(Sum((1, 1)), *turn.inputs, shape=(1,))
    kind = Loop(turn.giving(*all_of(y, 1)), 4, (1, 2), ())
    found = checked_results(by_hand, by_hand.row(kind, contiguous(by_hand.x.value, 0, (2, 1)), shape=(6, 1)))
    assert found.tolist() == [[a, b, a + b, a + 2 * b, 2 * a + 3 * b, 3 * a + 5 * b] for a, b, *_ in X.tolist()]


@pytest.mark.parametrize("is_reversed", [False, True])
@pytest.mark.parametrize("argument", ["x", "p", "computed"])
def test_numbers_that_are_others_in_each_turn(by_hand, argument, is_reversed):
    """A running sum, of what is an argument, once in a call, or computed; the row before has two numbers, one known."""
    space = CALL if argument == "p" else ROW
    turn = Turn((2, ROW), (2, space))
    y = turn.add(
        Sum((1, 1, 1)), *[part(turn.inputs[n], k, (1,), (1,)) for n, k in ((0, 1), (1, 0), (1, 1))], shape=(1,)
    )
    kind = Loop(turn.giving(0.5, *all_of(y, 1)), 2, (1,), (True,), is_reversed)
    scanned = by_hand.p if argument == "p" else by_hand.x
    if argument == "computed":
        scanned = by_hand.row(Sum((1, 1)), by_hand.x, by_hand.x)
    first = part(by_hand.tokens, 0, (1, 2), (2, 1))
    found = checked_results(by_hand, by_hand.row(kind, first, part(scanned, 0, (2, 2), (2, 1)), shape=(3, 2)))
    numbers = {"x": X, "p": np.tile(P, (3, 1)), "computed": 2.0 * X}[argument].reshape(3, 2, 2).sum(-1)
    before = INDEX[:, 1:]
    sums = before + np.cumsum(numbers[:, ::-1] if is_reversed else numbers, axis=1)
    expected = np.hstack([sums[:, ::-1], before]) if is_reversed else np.hstack([before, sums])
    assert found[:, 1::2].tolist() == expected.tolist()
    assert found[:, 0::2][:, : -1 if is_reversed else None][:, 0 if is_reversed else 1 :].tolist() == [[0.5, 0.5]] * 3


def test_matrices_of_the_parameters_in_the_body(by_hand):
    """h = sin(W·h + x) of two numbers, with x once, gathered in the other order, and h in two orders as a row."""
    turn = Turn((4, ROW), (2, ROW))
    w, h = part(turn.p, 0, (2, 2), (2, 1)), part(turn.inputs[0], 0, (2,), (1,))
    product = turn.add(Contract(("ck", "bk", "bc")), w, h, shape=(2,))
    total = turn.add(Sum((1, 1)), product, turn.inputs[1], shape=(2,))
    new = turn.add(Map(SIN), total, shape=(2,))
    swapped = turn.add(Gather(np.array([1, 0])), new, shape=(2,))
    body = turn.giving(*all_of(new, 2), (swapped.value, 1), (swapped.value, 0))
    kind = Loop(body, 3, (1,), (False,))
    first, x = part(by_hand.x, 0, (1, 4), (4, 1)), part(by_hand.x, 3, (2,), (-1,))
    found = checked_results(by_hand, by_hand.row(kind, first, x, shape=(4, 4)))
    for row, numbers in zip(found.reshape(3, 4, 4), X, strict=True):
        h = numbers[:2]
        for of_turn in row[1:]:
            h = np.sin(P.reshape(2, 2) @ h + numbers[:1:-1])
            np.testing.assert_allclose(of_turn, [*h, *h], rtol=1e-14)


def test_a_loop_in_a_loop(by_hand, ones):
    """y = x^2·y, by two turns in each turn; what is the same in all turns is so in those within."""
    turn = Turn((1, ROW), (1, ROW))
    first = part(turn.inputs[0], 0, (1, 1), (1, 1))
    inner = turn.add(powers(2), first, turn.inputs[1], shape=(3, 1))
    kind = Loop(turn.giving((inner.value, 2)), 3, (1,), (False,))
    found = checked_results(by_hand, by_hand.row(kind, ones, part(by_hand.x, 2, (1,), (1,)), shape=(4, 1)))
    assert found.tolist() == [[x ** (2 * k) for k in range(4)] for x in X[:, 2]]


def test_a_choice_of_each_turn(by_hand):
    """y = y + p[index], and the error names the row."""
    turn = Turn((1, ROW), (1, ROW))
    chosen = turn.add(Take(np.array([[0, 1, 2]])), turn.inputs[1], turn.p, shape=(1,))
    y = turn.add(Sum((1, 1)), turn.inputs[0], chosen, shape=(1,))
    kind = Loop(turn.giving(*all_of(y, 1)), 2, (1,), (True,))
    first, index = part(by_hand.x, 0, (1, 1), (1, 1)), part(by_hand.tokens, 0, (2, 1), (1, 1))
    result = by_hand.row(kind, first, index, shape=(3, 1))
    found = checked_results(by_hand, result)
    taken = P[INDEX.astype(int)]
    assert found.tolist() == np.cumsum(np.hstack([X[:, :1], taken]), axis=1).tolist()
    wrong = INDEX.copy()
    wrong[1, 1] = 3.0
    with pytest.raises(IndexError, match="got 3") as error:
        by_hand.executor(result).run_forward(X, wrong)
    assert error.value.args[1:] == (1,)


@OURS
def test_the_loop_is_one_in_the_source(by_hand, ones):
    result = by_hand.row(powers(1000), ones, part(by_hand.x, 2, (1,), (1,)), shape=(1001, 1))
    source = by_hand.executor(result).source
    assert source.count("multiply(") == 1
    assert len(source.splitlines()) < 16


def test_a_loop_in_words_and_work(by_hand, ones):
    result = by_hand.row(powers(1000), ones, part(by_hand.x, 2, (1,), (1,)), shape=(1001, 1))
    assert str(by_hand.program) == (
        "t4 = loop × 1,000(c, x0)\n"
        "    t3 = mul(x0, x1)\n"
        "    give t3[0]"
    )  # fmt: skip
    [step] = by_hand.program.steps
    assert flops(by_hand.program, step, 3) == 3000
    assert powers(7, is_reversed=True).name == "loop × 7 backwards"
    assert result.shape == (1001, 1)


# ------------------------------------------------------------------------------------------------- what it must be

FAULTS = {
    "0 turns": lambda kind: (kind, {"turns": 0}, (3, 1)),
    r"rows of \(\) turns before": lambda kind: (kind, {"delays": ()}, (3, 1)),
    r"rows of \(0, 1\) turns before": lambda kind: (kind, {"delays": (0, 1)}, (3, 1)),
    "2 operands, the first and 2 more": lambda kind: (kind, {"scanned": (False, False)}, (3, 1)),
    r"\(4, 1\) after \(1, 1\), of 2 turns with 1 numbers": lambda kind: (kind, {}, (4, 1)),
    r"operand 1 of the shape \(1,\) for 2 turns": lambda kind: (kind, {"scanned": (True,), "turns": 2}, (3, 1)),
}


@pytest.mark.parametrize("message", FAULTS)
def test_a_fault_of_a_loop_is_found(by_hand, ones, message):
    kind, changes, shape = FAULTS[message](powers(2))
    fields = {name: getattr(kind, name) for name in ("body", "turns", "delays", "scanned", "is_reversed")}
    by_hand.row(Loop(**{**fields, **changes}), ones, part(by_hand.x, 2, (1,), (1,)), shape=shape)
    with pytest.raises(VerificationError, match=message):
        checked(by_hand.program)


def test_an_input_of_another_space_is_a_fault(by_hand, ones):
    by_hand.row(powers(2), ones, part(by_hand.p, 2, (1,), (1,)), shape=(3, 1))
    with pytest.raises(VerificationError, match=r"input 1 of a turn is \(1, 1\), in space and size, instead of"):
        checked(by_hand.program)


def test_a_fault_in_a_turn_names_the_loop(by_hand, ones):
    kind = powers(2)
    kind.body.add(Map(SIN), [contiguous(1, 0, (1,))], (1,), ROW, serial=9)
    result = by_hand.row(kind, ones, part(by_hand.x, 2, (1,), (1,)), shape=(3, 1))
    by_hand.program.outputs = [(result.value, 0)]
    with pytest.raises(VerificationError, match=r"in value 4, t4 = loop × 2.*nobody needs value 4, t9 = sin"):
        checked(by_hand.program)
