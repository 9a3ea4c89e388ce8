"""The adjoint of loops: beside that of the unrolled program, by the executor that is the definition of the steps."""

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, example, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from autograd import OPERATIONS
from autograd.compiler import adjoint_of_loops, lifting
from autograd.compiler.adjoint import add_adjoint, has_exact_adjoint
from autograd.compiler.buffers import Buffers
from autograd.compiler.executors import executor_of
from autograd.compiler.kinds import Assemble, Constants, Contract, Gather, Input, Loop, Map, Parameters, Sum
from autograd.compiler.program import Program, Role, Space
from autograd.compiler.verify.structures import checked
from autograd.compiler.views import View, contiguous
from tests.autograd.compiler.conftest import HAS_NATIVE
from tests.autograd.compiler.executors.toy import run
from tests.autograd.compiler.random_loops import CHOICES, INDICES, NUMBERS, PARAMETERS, random_program
from tests.autograd.compiler.unrolled import unrolled
from tests.conftest import EXAMPLES, ONCE

CALL, ROW = Space.CALL, Space.ROW
SIN, TANH, MUL, COS, SQRT = (OPERATIONS[name] for name in ("sin", "tanh", "mul", "cos", "sqrt"))
CLOSE = 1e-12


def gradient(program, arrays, parameters, executor=None, dtype="float64"):
    """The outputs and the gradient of a program with its adjoint, by the toy executor, or by that of a backend."""
    if executor is None:
        outputs, found = run(program, arrays, parameters)
        return np.array(outputs), np.array(found)
    plan = Buffers(program)
    checked(plan)
    ran = executor_of(executor)(plan, len(arrays[0]), dtype, parameters.astype(dtype))
    found = np.zeros(len(parameters), dtype)
    return ran.both(found, *[arrays[n].astype(dtype) for n in ran.reads]), found


def changes_by_noise(reference, arrays, parameters, expected, seed):
    """How much noise of 1e-14 changes the values and the gradient of a program."""
    generator = np.random.default_rng(seed)
    changes = [np.zeros_like(each) for each in expected]
    for _ in range(3):
        noise = [1.0 + 1e-14 * generator.normal(size=each.shape) for each in (arrays[0], parameters)]
        noisy = gradient(reference, [arrays[0] * noise[0], *arrays[1:]], parameters * noise[1])
        changes = [np.maximum(change, abs(a - b)) for change, a, b in zip(changes, noisy, expected, strict=True)]
    return changes


def are_close(found, expected, changes=(0.0, 0.0)):
    for got, wanted, change in zip(found, expected, changes, strict=True):
        allowed = CLOSE * abs(wanted) + 4.0 * change + 1e-14 * max(1.0, abs(wanted).max())
        if not (abs(got - wanted) <= allowed).all():
            return False
    return True


def assert_equals_unrolled(program, arrays, parameters, seed=0):
    """Values and gradients of a program are those of the unrolled one, or as close as these come with noise."""
    reference = add_adjoint(unrolled(program))
    expected = gradient(reference, arrays, parameters)
    if not all(np.isfinite(each).all() for each in expected):
        return  # then the exact program is asked
    for executor, in_turns in [(None, False), (None, True), ("numpy", False), *[("native", False)] * HAS_NATIVE]:
        with_adjoint = add_adjoint(program, in_turns=in_turns)
        if executor is None:
            checked(with_adjoint)
        found = gradient(with_adjoint, arrays, parameters, executor)
        if not are_close(found, expected):  # noise allows more, and takes longer than all else
            changes = changes_by_noise(reference, arrays, parameters, expected, seed)
            assert are_close(found, expected, changes), (executor, in_turns, found, expected)


def check(seed):
    generator = np.random.default_rng((seed, 1))
    rows = int(generator.integers(1, 4))
    x, indices = generator.normal(size=(rows, NUMBERS)), generator.integers(0, CHOICES, (rows, INDICES)).astype(float)
    assert_equals_unrolled(random_program(seed), [x, indices], generator.normal(size=PARAMETERS), seed)


SEEDS = st.integers(0, 2**32 - 1)
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


@ONCE
@settings(max_examples=EXAMPLES, suppress_health_check=SLOW)
@given(seed=SEEDS)
@example(seed=65)  # a product with an axis of one turn between others that are not one
@example(seed=153)
@example(seed=254357)  # parts that are added at one place
@example(seed=56451178)  # a value that is nan
@example(seed=700001)  # turns without a step
@example(seed=677775)  # the adjoint of a result is a part of what was scattered
@example(seed=101031)  # the largest of products that are computed again, whose last digits are others
def test_random_loops(seed):
    check(seed)


# ------------------------------------------------------------------------------------------------- planted faults


def sums_over_the_first_turn_alone(patch):
    total = lifting.Lifting._sum_of_turns
    patch.setattr(
        lifting.Lifting,
        "_sum_of_turns",
        lambda self, lifted, space: total(self, lifted._replace(strides=(0, *lifted.strides[1:])), space),
    )


def rows_that_are_sent_to_a_turn_too_early(patch):
    sent = adjoint_of_loops._LoopReversal.sent

    def early(self):
        return [each._replace(delay=min(self.kind.delay, each.delay + 1)) for each in sent(self)]

    patch.setattr(adjoint_of_loops._LoopReversal, "sent", early)


def nothing_is_sent(patch):
    patch.setattr(adjoint_of_loops._LoopReversal, "sent", lambda self: [])


@ONCE
@pytest.mark.parametrize(
    "fault",
    [sums_over_the_first_turn_alone, rows_that_are_sent_to_a_turn_too_early, nothing_is_sent],
)
def test_a_planted_fault_is_found(monkeypatch, fault):
    def fails(seed):
        try:
            check(seed)
        except AssertionError:
            return True
        return False

    once = settings(
        max_examples=400, phases=[Phase.generate], database=None, derandomize=True, suppress_health_check=SLOW
    )
    with monkeypatch.context() as patch:
        fault(patch)
        try:
            seed = find(SEEDS, fails, settings=once)
        except NoSuchExample:
            seed = None
    assert seed is not None
    check(seed)  # without the fault all is well


# --------------------------------------------------------------------------------------------------- one by one


class Turn:
    """The body of a loop, step by step; or a program, of an input x. All have so many parameters."""

    def __init__(self, *inputs, parameters=6, constants=()):
        self.program = program = Program()
        self.p = program.add(Parameters(), (), (parameters,), CALL, role=Role.PARAMETERS)
        program.parameters, program.places = self.p.value, np.arange(parameters)
        self.inputs = []
        for n, (size, space) in enumerate(inputs):
            self.inputs.append(program.add(Input(n), (), (size,), space, role=Role.INPUT, serial=n))
            program.inputs[n] = self.inputs[-1].value
        if constants:
            kind = Constants(np.array(constants))
            self.c = program.add(kind, (), (len(constants),), CALL, role=Role.CONSTANTS)
        program.leaves_end()

    def add(self, kind, *operands, shape=(), space=None):
        spaces = [self.program.space[each.value] for each in operands if isinstance(each, View)]
        space = max(spaces) if space is None else space
        return self.program.add(kind, operands, shape, space, serial=len(self.program))

    def giving(self, *outputs):
        """All numbers of these views, and these numbers, are given out."""
        for each in outputs:
            if isinstance(each, float):
                self.program.outputs.append(each)
            else:
                self.program.outputs += [(each.value, n) for n in each.positions().ravel().tolist()]
        return self.program


def at(view, *numbers):
    """One number of a value, or so many of them from one on."""
    offset, *shape = numbers
    return contiguous(view.value, offset, tuple(shape))


def total(program, view):
    """The sum of a view."""
    letters = "acd"[: len(view.shape)]
    rows = "b" * program.program.space[view.value]
    return program.add(Contract((rows + letters, rows)), view)


X = np.random.default_rng(3).normal(size=(3, 8))
P = np.random.default_rng(4).uniform(0.3, 1.2, 6)


def check_by_hand(program):
    """As the unrolled program, and as central differences."""
    assert_equals_unrolled(program, [X], P)
    _, found = gradient(add_adjoint(program), [X], P)
    for n in range(len(P)):
        step = 1e-6 * np.eye(len(P))[n]
        above, below = (np.mean([row[0] for row in run(program, [X], P + each)[0]]) for each in (step, -step))
        np.testing.assert_allclose((above - below) / 2e-6, found[n], rtol=1e-6, atol=1e-8)
    return add_adjoint(program)


def reversed_loops(program):
    return [step.kind for step in program.adjoints if isinstance(step.kind, Loop) and step.kind.is_reversed]


def pendulum(turns=4):
    """θ += ω/8; ω -= (p0·sin θ + p1·ω)/8."""
    turn = Turn((2, ROW), parameters=6)
    theta, omega = at(turn.inputs[0], 0), at(turn.inputs[0], 1)
    pull = turn.add(Map(MUL), at(turn.p, 0), turn.add(Map(SIN), theta))
    drag = turn.add(Map(MUL), at(turn.p, 1), omega)
    force = turn.add(Map(MUL), turn.add(Sum((1, 1)), pull, drag), 0.125)
    new_omega = turn.add(Sum((1, -1)), omega, force)
    new_theta = turn.add(Sum((1, 1)), theta, turn.add(Map(MUL), omega, 0.125))
    return Loop(turn.giving(new_theta, new_omega), turns, (1,), ())


@pytest.mark.parametrize("in_turns", [False, True])
def test_turns_give_out_the_adjoints_of_all_that_they_read_where_they_are_to(in_turns):
    """dω/8 goes to p0 as -dω/8·sin θ, and to p1 as -dω/8·ω: besides dθ and dω, a turn gives out the sums so far."""
    program = Turn((8, ROW))
    rows = program.add(pendulum(), at(program.inputs[0], 0, 1, 2), shape=(5, 2))
    [loop] = reversed_loops(add_adjoint(program.giving(at(rows, 8)), in_turns=in_turns))
    assert loop.width == (4 if in_turns else 2)
    sines = [step for step in loop.body.steps if getattr(step.kind, "rule", None) is SIN]
    assert bool(sines) == in_turns  # of all turns at once, after the loop, else


@pytest.mark.parametrize("wide", [False, True])
def test_sums_of_turns(wide):
    """A parameter that is read twice in a turn, two of which the same is read, and one for all numbers of a list."""
    turn = Turn((2, ROW), (2, ROW))
    first, second = turn.inputs
    twice = turn.add(Map(MUL), turn.add(Map(MUL), at(turn.p, 0), at(first, 0)), at(turn.p, 0))
    same = turn.add(Sum((1, 1)), at(turn.p, 1), at(turn.p, 2))
    of_all = turn.p._replace(offset=3, shape=(2,), strides=(0,))
    both = turn.add(Map(MUL), of_all, first, shape=(2,))
    more = turn.add(Sum((1, -1)), both, at(turn.p, 4, 2) if wide else of_all, shape=(2,))
    y = turn.add(Map(TANH), turn.add(Sum((1, 1, 1)), twice, same, at(more, 0)))
    z = turn.add(Map(SIN), turn.add(Sum((1, 1)), at(more, 1), at(second, 1)))
    program = Turn((8, ROW))
    kind = Loop(turn.giving(y, z), 3, (1,), (True,))
    rows = program.add(kind, at(program.inputs[0], 0, 1, 2), at(program.inputs[0], 2, 3, 2), shape=(4, 2))
    program = program.giving(total(program, at(rows, 2, 3, 2)))
    check_by_hand(program)
    [before], [loop] = (reversed_loops(add_adjoint(program, in_turns=in_turns)) for in_turns in (False, True))
    assert loop.width == before.width + (5 if wide else 3)  # p1 and p2 get the same sum


def test_a_pendulum():
    program = Turn((8, ROW))
    rows = program.add(pendulum(), at(program.inputs[0], 0, 1, 2), shape=(5, 2))
    last = at(rows, 8, 2)
    root = program.add(Contract(("ba", "ba", "b")), last, last)
    adjoint = check_by_hand(program.giving(root))
    [loop] = reversed_loops(adjoint)
    assert len(loop.body.steps) <= 10
    assert not any(getattr(step.kind, "rule", None) in (SIN, COS) for step in loop.body.steps)


@pytest.mark.parametrize("delays", [(1,), (2,), (1, 2), (1, 3), (2, 3)])
@pytest.mark.parametrize("which", ["last", "all", "one", "some"])
def test_rows_of_several_turns_before(delays, which):
    """y = sin(p0·y of each delay + p1), from rows that are parameters on; some of the rows count."""
    turn = Turn(*[(1, ROW)] * len(delays), (1, ROW))
    parts = [turn.add(Map(MUL), at(turn.p, 0), at(each, 0)) for each in turn.inputs]
    y = turn.add(Map(SIN), turn.add(Sum((1,) * (len(parts) + 1)), *parts, at(turn.p, 1)))
    program, delay, turns = Turn((8, ROW)), max(delays), 5
    kind = Loop(turn.giving(y), turns, delays, (True,))
    first = at(program.p, 2, delay, 1)
    rows = program.add(kind, first, at(program.inputs[0], 0, turns, 1), shape=(delay + turns, 1))
    seen = {
        "last": at(rows, delay + turns - 1),
        "all": at(rows, 0, delay + turns),
        "one": at(rows, delay + 2),
        "some": View(rows.value, 1, (3,), (2,)),
    }[which]
    square = program.add(Contract(("ba", "ba", "b")) if seen.shape else Map(MUL), seen, seen)
    adjoint = check_by_hand(program.giving(square))
    [loop] = reversed_loops(adjoint)
    assert loop.turns == {"one": 3, "some": min(turns, 6 - delay)}.get(which, turns)


def test_rows_that_are_gathered_reach_to_the_last_of_them():
    program = Turn((8, ROW))
    rows = program.add(pendulum(6), at(program.inputs[0], 0, 1, 2), shape=(7, 2))
    some = program.add(Gather(np.array([2, 8, 3, 2])), program.program.whole(rows.value), shape=(4,))
    square = program.add(Contract(("ba", "ba", "b")), some, some)
    [loop] = reversed_loops(check_by_hand(program.giving(square)))
    assert loop.turns == 4


@pytest.mark.parametrize(("place", "operands"), [((6, (2,), (1,)), 1), ((1, (4,), (2,)), 2)])
def test_the_last_row_alone_comes_as_from_a_later_turn(place, operands):
    """Then what comes from outside is no operand of the loop backwards."""
    program = Turn((8, ROW))
    rows = program.add(pendulum(3), at(program.inputs[0], 0, 1, 2), shape=(4, 2))
    seen = View(rows.value, *place)
    [loop] = reversed_loops(check_by_hand(program.giving(program.add(Contract(("ba", "ba", "b")), seen, seen))))
    assert len(loop.scanned) == operands


def test_rows_before_the_first_turn_alone_need_no_loop():
    program = Turn((8, ROW))
    first = program.add(Map(SIN), at(program.p, 2, 1, 2), shape=(1, 2))
    rows = program.add(pendulum(), first, shape=(5, 2), space=ROW)
    adjoint = add_adjoint(program.giving(program.add(Map(MUL), at(rows, 1), at(program.inputs[0], 0))))
    assert reversed_loops(adjoint) == []


def test_matrices_in_a_turn():
    """h = tanh(W·h + u·x): the gradient of W is one product over turns and rows."""
    turn = Turn((2, ROW), (1, ROW))
    w, u = at(turn.p, 0, 2, 2), at(turn.p, 4, 2)
    product = turn.add(Contract(("ck", "bk", "bc")), w, turn.inputs[0], shape=(2,))
    from_x = turn.add(Contract(("c", "b", "bc")), u, at(turn.inputs[1], 0), shape=(2,))
    h = turn.add(Map(TANH), turn.add(Sum((1, 1)), product, from_x, shape=(2,)), shape=(2,))
    program = Turn((8, ROW))
    zero = program.add(Map(MUL), at(program.inputs[0], 0, 1, 2), 0.0, shape=(1, 2))
    rows = program.add(Loop(turn.giving(h), 6, (1,), (True,)), zero, at(program.inputs[0], 0, 6, 1), shape=(7, 2))
    last = at(rows, 12, 2)
    adjoint = check_by_hand(program.giving(program.add(Contract(("ba", "ba", "b")), last, last)))
    products = [
        step for step in adjoint.adjoints if isinstance(step.kind, Contract) and step.kind.axes[-1] in ("ck", "kc")
    ]
    assert [{len(view.shape) for view in step.views} for step in products] == [{2}]  # turns, and two numbers
    [loop] = reversed_loops(adjoint)
    assert sum(isinstance(step.kind, Contract) for step in loop.body.steps) == 1
    assert adjoint.parameters not in [view.value for step in loop.body.steps for view in step.views[2:]]


@pytest.mark.parametrize("space", [CALL, ROW])
def test_what_differs_from_turn_to_turn_and_what_does_not(space):
    """y = y·s[t] + v·p5, with s and v computed of parameters, and once in a call or of every row."""
    program = Turn((8, ROW))
    s = program.add(Map(SIN), at(program.p, 0, 4), shape=(4,))
    v = program.add(Map(SIN), at(program.p, 4), shape=())
    if space:
        s = program.add(Map(MUL), s, at(program.inputs[0], 0, 4), shape=(4,))
        v = program.add(Map(MUL), v, at(program.inputs[0], 4))
    turn = Turn((1, space), (1, space), (1, space))
    y = turn.add(Sum((1, 1)), turn.add(Map(MUL), at(turn.inputs[0], 0), at(turn.inputs[1], 0)),
                 turn.add(Map(MUL), at(turn.inputs[2], 0), at(turn.p, 5)))  # fmt: skip
    first = at(program.inputs[0] if space else program.p, 1, 1, 1)
    backwards = View(s.value, 3, (4, 1), (-1, 1))
    rows = program.add(Loop(turn.giving(y), 4, (1,), (True, False)), first, backwards, v, shape=(5, 1))
    root = total(program, program.program.whole(rows.value))
    check_by_hand(program.giving(program.add(Map(MUL), root, at(program.inputs[0], 0))))


def test_scanned_numbers_that_overlap():
    """Windows of two of the parameters, at each turn one further."""
    turn = Turn((1, CALL), (2, CALL))
    product = turn.add(Contract(("a", "a", "")), turn.inputs[1], View(turn.inputs[1].value, 1, (2,), (-1,)))
    y = turn.add(Map(SIN), turn.add(Sum((1, 1)), product, at(turn.inputs[0], 0)))
    program = Turn((8, ROW))
    windows = View(program.p.value, 0, (4, 2), (1, 1))
    rows = program.add(Loop(turn.giving(y), 4, (1,), (True,)), at(program.p, 5, 1, 1), windows, shape=(5, 1))
    check_by_hand(program.giving(program.add(Map(MUL), at(rows, 4), at(program.inputs[0], 0))))


def test_scanned_numbers_that_lie_in_no_line():
    turn = Turn((1, CALL), (4, CALL))
    product = turn.add(Contract(("a", "a", "")), turn.inputs[1], turn.inputs[1])
    y = turn.add(Map(SIN), turn.add(Sum((1, 1)), product, at(turn.inputs[0], 0)))
    program = Turn((8, ROW))
    crossed = View(program.p.value, 0, (2, 2, 2), (2, 1, 2))
    rows = program.add(Loop(turn.giving(y), 2, (1,), (True,)), at(program.p, 5, 1, 1), crossed, shape=(3, 1))
    check_by_hand(program.giving(program.add(Map(MUL), at(rows, 2), at(program.inputs[0], 0))))


def test_a_loop_in_a_loop():
    """In each turn of three a pendulum of two turns."""
    turn = Turn((2, ROW))
    inner = turn.add(pendulum(2), View(turn.inputs[0].value, 0, (1, 2), (2, 1)), shape=(3, 2))
    y = turn.add(Map(TANH), at(inner, 4, 2), shape=(2,))
    program = Turn((8, ROW))
    rows = program.add(Loop(turn.giving(y), 3, (1,), ()), at(program.inputs[0], 0, 1, 2), shape=(4, 2))
    last = at(rows, 6, 2)
    adjoint = check_by_hand(program.giving(program.add(Contract(("ba", "ba", "b")), last, last)))
    assert any(isinstance(kind, Loop) for loop in reversed_loops(adjoint) for kind in loop.body.kinds)


def test_two_loops_one_after_the_other():
    program = Turn((8, ROW))
    first = program.add(pendulum(3), at(program.inputs[0], 0, 1, 2), shape=(4, 2))
    second = program.add(pendulum(2), at(first, 6, 1, 2), shape=(3, 2))
    last = at(second, 4, 2)
    adjoint = check_by_hand(program.giving(program.add(Contract(("ba", "ba", "b")), last, last)))
    assert [loop.turns for loop in reversed_loops(adjoint)] == [2, 3]


def test_two_loops_side_by_side():
    program = Turn((8, ROW))
    loops = [program.add(pendulum(3), at(program.inputs[0], n, 1, 2), shape=(4, 2)) for n in (0, 2)]
    root = program.add(Contract(("ba", "ba", "b")), *[at(each, 6, 2) for each in loops])
    assert len(reversed_loops(check_by_hand(program.giving(root)))) == 2


def test_one_turn():
    program = Turn((8, ROW))
    rows = program.add(pendulum(1), at(program.inputs[0], 0, 1, 2), shape=(2, 2))
    check_by_hand(program.giving(total(program, at(rows, 2, 2))))


def test_constants_of_a_turn():
    turn = Turn((2, ROW), constants=(0.5, -1.5, 2.0))
    product = turn.add(Contract(("b", "a", "ba")), at(turn.inputs[0], 0), at(turn.c, 1, 2), shape=(2,))
    y = turn.add(Map(SIN), turn.add(Sum((1, 1)), product, at(turn.p, 2, 2), shape=(2,)), shape=(2,))
    turn.program.outputs = []
    program = Turn((8, ROW))
    rows = program.add(Loop(turn.giving(y), 3, (1,), ()), at(program.inputs[0], 0, 1, 2), shape=(4, 2))
    check_by_hand(program.giving(total(program, at(rows, 4, 4))))


def test_what_no_adjoint_needs_is_not_computed():
    """A sine that is given out, and nobody reads: nor is its derivative computed, which is not finite."""
    turn = Turn((2, ROW))
    y = turn.add(Map(MUL), at(turn.inputs[0], 0), at(turn.p, 0))
    other = turn.add(Map(SQRT), turn.add(Map(MUL), at(turn.inputs[0], 1), at(turn.p, 1)))
    program = Turn((8, ROW))
    kind = Assemble(((0, (), ()), (1, (), ())), (1, 1))
    first = program.add(kind, at(program.inputs[0], 0), 0.0, shape=(2,))
    rows = program.add(Loop(turn.giving(y, other), 3, (1,), ()), at(first, 0, 1, 2), shape=(4, 2))
    root = total(program, View(rows.value, 0, (4,), (2,)))
    adjoint = check_by_hand(program.giving(root, at(rows, 7)))
    [loop] = reversed_loops(adjoint)
    steps = [*adjoint.adjoints, *loop.body.steps]
    assert not any(getattr(step.kind, "rule", None) is SQRT for step in steps)


def test_single_precision():
    program = Turn((8, ROW))
    rows = program.add(pendulum(20), at(program.inputs[0], 0, 1, 2), shape=(21, 2))
    last = at(rows, 40, 2)
    program = add_adjoint(program.giving(program.add(Contract(("ba", "ba", "b")), last, last)))
    (_, exact), (_, found) = (gradient(program, [X], P, "numpy", dtype) for dtype in ("float64", "float32"))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, exact, rtol=1e-5)


def test_a_gather_of_parameters_in_a_turn():
    turn = Turn((1, ROW))
    w = turn.add(Gather(np.array([0, 3, 1])), turn.program.whole(turn.p.value), shape=(3,))
    square = turn.add(Contract(("a", "a", "")), w, w)
    y = turn.add(Map(SIN), turn.add(Map(MUL), square, at(turn.inputs[0], 0)))
    program = Turn((8, ROW))
    rows = program.add(Loop(turn.giving(y), 3, (1,), ()), at(program.inputs[0], 0, 1, 1), shape=(4, 1))
    check_by_hand(program.giving(total(program, at(rows, 0, 4))))


def test_no_exact_adjoint_of_loops():
    program = Turn((8, ROW))
    rows = program.add(pendulum(3), at(program.inputs[0], 0, 1, 2), shape=(4, 2))
    program = program.giving(total(program, at(rows, 6, 2)))
    assert not has_exact_adjoint(program)
    assert has_exact_adjoint(unrolled(program))
    with pytest.raises(AssertionError, match="unrolled"):
        add_adjoint(program, exact=True)


def test_a_loop_that_chooses_says_so():
    turn = Turn((1, ROW))
    y = turn.add(Map(OPERATIONS["maximum"]), at(turn.inputs[0], 0), at(turn.p, 0))
    program = Turn((8, ROW))
    rows = program.add(Loop(turn.giving(y), 3, (1,), ()), at(program.inputs[0], 0, 1, 1), shape=(4, 1))
    assert add_adjoint(program.giving(total(program, at(rows, 0, 4)))).chooses
