"""The picture of a loop: one turn in a frame, what goes into it, what is carried, and what goes out."""

import pytest

import autograd
from autograd import OPERATIONS, Value
from autograd.compiler.kinds import Loop, Map, Sum
from autograd.compiler.program import Space
from autograd.compiler.views import contiguous
from tests.autograd.compiler.executors import test_loops_of_arrays
from tests.autograd.compiler.executors.by_hand import ByHand
from tests.autograd.compiler.executors.test_loops_of_arrays import all_of, part
from tests.viz.conftest import texts
from viz import draw
from viz.graph.layout import svg
from viz.programs import Boxes

CALL, ROW = Space.CALL, Space.ROW
SIN, MUL = OPERATIONS["sin"], OPERATIONS["mul"]


class Turn(test_loops_of_arrays.Turn):
    """A body whose steps stand for scalars."""

    def add(self, kind, *operands, shape, scalars=0):
        view = super().add(kind, *operands, shape=shape)
        self.program._counted[view.value] = scalars
        return view


def pendulum(turns, delay=1, is_reversed=False):
    """speed and angle after each turn, of those before, a parameter, and a number for each turn."""
    turn = Turn((2, ROW), (1, CALL), (1, ROW))
    speed, angle = [part(turn.inputs[0], k, (1,), (1,)) for k in range(2)]
    forces = turn.add(Map(MUL), turn.inputs[1], speed, shape=(1,)), turn.add(Map(SIN), angle, shape=(1,))
    slower = turn.add(Sum((1, -1, 1)), *forces, turn.inputs[2], shape=(1,), scalars=2)
    new_speed = turn.add(Sum((1, 1)), speed, slower, shape=(1,), scalars=1)
    new_angle = turn.add(Sum((1, 1)), angle, new_speed, shape=(1,), scalars=1)
    body = turn.giving((new_speed.value, 0), (new_angle.value, 0))
    return Loop(body, turns, (delay,), (False, True), is_reversed)


def program_with(kind, offsets, scope=""):
    """A program with such a loop, whose output is the product of two numbers of its result."""
    by_hand = ByHand("numpy")
    first, scanned = part(by_hand.x, 0, (kind.delay, 2), (2, 1)), part(by_hand.x, 0, (kind.turns, 1), (1, 1))
    size = kind.delay + kind.turns
    result = by_hand.row(kind, first, part(by_hand.p, 3, (1,), (1,)), scanned, shape=(size, 2), scope=scope)
    numbers = [part(result, offset, (1,), (1,)) for offset in offsets]
    product = by_hand.row(Map(MUL), *numbers, shape=(1,), scalars=1)
    by_hand.program.outputs = all_of(product, 1)
    return by_hand.program


@pytest.fixture
def graph():
    """Of four turns, the last angle times the first speed."""
    return Boxes(program_with(pendulum(4), [9, 2]), False)


def labels(boxes):
    return [box.label.replace("\n", " ") for box in boxes]


def only(graph, words):
    [found] = [box for box in graph.homes if box.label.startswith(words)]
    return found


def path(graph, box):
    names, call = [], graph.homes[box]
    while call:
        names.append(call.name)
        call = call.outer
    return names[::-1]


def test_the_body_is_there_once_in_a_frame(graph):
    inside = [box for box in graph.homes if path(graph, box) == ["loop × 4"]]
    assert sorted(box.step.kind.name for box in inside if box.step) == ["add", "add", "mul", "sin", "subtract"]
    assert all(box.step is None or not path(graph, box) for box in graph.homes if box not in inside)


def test_a_step_of_a_turn_stands_for_the_scalars_of_all_turns(graph):
    assert only(graph, "subtract").label == "subtract\nB\n8 scalars"


def test_what_is_carried_has_a_box_for_each_that_computes_it_and_an_arrow_back(graph):
    speed, angle = graph.returns
    assert labels([speed.head, angle.head]) == ["carried B", "carried B"]
    assert [speed.tail.step.scalars, angle.tail.step.scalars] == [1, 1]
    assert speed.tail in angle.tail.parents
    assert (speed.delay, angle.delay) == (1, 1)
    assert speed.head.tooltip.endswith("of 1 turn before")


def test_what_goes_in_is_scanned_or_invariant(graph):
    scanned, invariant = only(graph, "scanned"), only(graph, "invariant")
    assert labels([scanned, *scanned.parents]) == ["scanned B", "input 0 B×4"]
    assert labels([invariant, *invariant.parents]) == ["invariant 1", "parameter"]
    assert scanned.tooltip.endswith("others in each of 4 turns")


def test_what_goes_in_comes_from_outside_of_the_frame(graph):
    parents = {
        parent for box in graph.homes if box.kind in ("scanned", "invariant", "carried") for parent in box.parents
    }
    assert [path(graph, box) for box in parents] == [[]] * len(parents)


def test_what_goes_out_comes_from_the_box_that_computes_it_and_says_from_which_turns(graph):
    product = next(box for box in graph.homes if box.label == "mul\nB\n1 scalar")
    assert [box.step.kind.name for box in product.parents] == ["add", "add"]
    assert product.parents == [graph.returns[1].tail, graph.returns[0].tail]
    assert product.arrays == ["B of the last turn", "B of turn 1"]


def test_every_box_stands_after_those_that_it_reads(graph):
    order = list(graph.homes)
    assert all(order.index(parent) < order.index(box) for box in order for parent in box.parents)


def test_numbers_of_several_turns(graph):
    kind = pendulum(4)
    by_hand = ByHand("numpy")
    operands = [part(by_hand.x, 0, (1, 2), (2, 1)), part(by_hand.p, 3, (1,), (1,)), part(by_hand.x, 0, (4, 1), (1, 1))]
    result = by_hand.row(kind, *operands, shape=(5, 2))
    angles = by_hand.row(Map(SIN), part(result, 3, (4,), (2,)))
    by_hand.program.outputs = [*all_of(angles, 4), (result.value, 4), (result.value, 6), (result.value, 0)]
    graph = Boxes(by_hand.program, False)
    assert next(box for box in graph.homes if box.label == "sin\nB×4").arrays == ["B×4 of all 4 turns"]
    output = only(graph, "output\nB×3")
    assert output.arrays == ["B×2", "B×2 of 2 of 4 turns"]
    assert labels(output.parents) == ["input 0 B×4", "add B 4 scalars"]


def test_backwards_the_last_turn_is_that_of_the_first_row():
    graph = Boxes(program_with(pendulum(4, is_reversed=True), [1, 6]), False)
    product = next(box for box in graph.homes if box.label == "mul\nB\n1 scalar")
    assert product.arrays == ["B of the last turn", "B of turn 4"]
    assert path(graph, only(graph, "scanned")) == ["loop × 4 backwards"]
    assert graph.returns[0].head.tooltip.endswith("of 1 turn after")


def test_a_longer_delay():
    graph = Boxes(program_with(pendulum(2, delay=2), [7, 7]), False)
    assert [each.delay for each in graph.returns] == [2, 2]
    assert texts(svg(draw(program_with(pendulum(2, delay=2), [7, 7])).source)).count("2 turns") == 2


def test_a_loop_is_in_the_module_that_made_it():
    graph = Boxes(program_with(pendulum(4), [9, 2], scope="model / cell"), False)
    assert path(graph, only(graph, "scanned")) == ["model", "cell", "loop × 4"]


def test_two_loops_have_two_frames():
    by_hand = ByHand("numpy")
    results = []
    for offset in (0, 1):
        first, scanned = part(by_hand.x, offset, (1, 2), (2, 1)), part(by_hand.x, 0, (3, 1), (1, 1))
        results.append(by_hand.row(pendulum(3), first, part(by_hand.p, 3, (1,), (1,)), scanned, shape=(4, 2)))
    by_hand.program.outputs = [(result.value, 7) for result in results]
    graph = Boxes(by_hand.program, False)
    assert {tuple(path(graph, tail)) for tail, _, _ in graph.returns} == {("loop × 3",), ("loop × 3 (2)",)}


def test_a_loop_in_a_loop_is_a_frame_in_a_frame():
    turn = Turn((1, ROW), (1, ROW))
    inside = Turn((1, ROW), (1, ROW))
    y = inside.add(Map(MUL), *inside.inputs, shape=(1,), scalars=1)
    inner = turn.add(
        Loop(inside.giving(*all_of(y, 1)), 2, (1,), (False,)), part(turn.inputs[0], 0, (1, 1), (1, 1)), turn.inputs[1],
        shape=(3, 1),
    )  # fmt: skip
    kind = Loop(turn.giving((inner.value, 2)), 3, (1,), (False,))
    by_hand = ByHand("numpy")
    result = by_hand.row(kind, part(by_hand.x, 0, (1, 1), (1, 1)), part(by_hand.x, 2, (1,), (1,)), shape=(4, 1))
    by_hand.program.outputs = [(result.value, 3)]
    graph = Boxes(by_hand.program, False)
    product = only(graph, "mul")
    assert (path(graph, product), product.label) == (["loop × 3", "loop × 2"], "mul\nB\n6 scalars")
    assert [(each.tail, path(graph, each.head)) for each in graph.returns] == [
        (product, ["loop × 3", "loop × 2"]), (product, ["loop × 3"]),
    ]  # fmt: skip
    assert labels(only(graph, "output").parents) == ["mul B 6 scalars"]


def test_a_number_that_a_turn_gives_out_as_it_is():
    turn = Turn((2, ROW))
    y = turn.add(Map(SIN), part(turn.inputs[0], 1, (1,), (1,)), shape=(1,))
    kind = Loop(turn.giving(0.5, *all_of(y, 1)), 2, (1,), ())
    by_hand = ByHand("numpy")
    result = by_hand.row(kind, contiguous(by_hand.x.value, 0, (1, 2)), shape=(3, 2))
    by_hand.program.outputs = [(result.value, 4), (result.value, 5)]
    assert labels(only(Boxes(by_hand.program, False), "output").parents) == ["0.5", "sin B"]


# ---------------------------------------------------------------------------------------------------- the picture


def test_the_caption_counts_the_operations_of_one_turn():
    said = texts(svg(draw(program_with(pendulum(4), [9, 2])).source))
    assert "0 scalar nodes of one row → 6 array operations, 5 of them in 1 loop, on B rows" in said
    assert "loop × 4" in said


def test_arrows_say_how_many_turns_later_and_which_turn_goes_out():
    said = texts(svg(draw(program_with(pendulum(4), [9, 2])).source))
    assert (said.count("1 turn"), said.count("the last turn"), said.count("turn 1")) == (2, 1, 1)


def test_a_loop_folds_to_one_box():
    said = texts(svg(draw(program_with(pendulum(4), [9, 2]), max_nodes=8).source))
    assert {"loop × 4", "5 operations", "16 scalars"} <= set(said)
    assert "1 turn" not in said


def test_a_function_that_runs_thousands_of_turns_is_drawn_as_one(backend):
    damping = Value(0.3)

    def f(angle):
        speed = 0.0 * angle
        for _ in range(1000):
            speed = speed - 0.01 * (damping * speed + angle.sin())
            angle = angle + 0.01 * speed
        return angle

    compiled = autograd.compile(f, backend=backend)
    compiled([0.5, 1.0])
    said = texts(svg(draw(compiled).source))
    assert said.count("sin") == said.count("loop × 1,000") == 1
    assert said.count("1 turn") == said.count("carried") == 2
    said = texts(svg(draw(compiled, backward=True).source))
    assert (
        said.count("loop × 1,000") == said.count("loop × 1,000 backwards") == said.count("gradient of parameters") == 1
    )
