"""Where a turn ends: what only the next one needs goes into it, where the first turn has the same before it."""

import pytest

from autograd import Value, topological_order
from viz.explorer.cuts import better_cut
from viz.explorer.parts import Part


def scale_of(x):
    """One number that is computed from all, as that of a normalization."""
    return x[0] * x[1]


def turn(x, scale):
    """What a turn computes with the scale; the two numbers that the next one takes."""
    return [(x[0] * scale).tanh(), (x[1] * scale).sin()]


class Unrolled:
    """Three turns, each of which ends with the scale that the next one takes; `turns`: their operations as numbers."""

    def __init__(self, first_scale=scale_of, scale=scale_of, other=None):
        x = [Value(0.5, "a").sin(), Value(0.7, "b").sin()]
        s = first_scale(x)
        before, turns, scales = set(topological_order(s, *x)), [], [s]
        for _ in range(3):
            x = turn(x, s)
            s = scale(x)
            made = {node for node in topological_order(s, *x) if node.parents}
            turns.append(made.difference(before, *turns))
            scales.append(s)
        root = (s * x[0]) + x[1]
        if other is not None:
            root = root + other(scales)
        self.part = Part([node for node in topological_order(root) if node.parents])
        self.turns = [sorted(self.part.number[node] for node in each) for each in turns]
        self.scales = [self.part.number[node] for node in scales]

    def cut(self):
        return better_cut(self.part, self.turns)


def test_each_turn_gets_the_scale_that_the_one_before_it_has_computed_for_it():
    unrolled = Unrolled()
    *scales, last = unrolled.scales
    expected = [
        sorted({scale, *each} - {own})
        for scale, each, own in zip(scales, unrolled.turns, [*scales[1:], last], strict=True)
    ]
    assert unrolled.cut() == expected


def test_what_is_between_the_numbers_that_are_taken_and_the_scale_goes_along():
    def deeper(x):
        both = x[0] * x[0] + x[1] * x[1]
        for _ in range(60):  # each operation is looked at once, however many ways lead to it
            both = both + both
        return both

    unrolled = Unrolled(deeper, deeper)
    cut = unrolled.cut()
    assert [len(each) for each in cut] == [4 + 63] * 3
    assert [scale in each for scale, each in zip(unrolled.scales, cut, strict=False)] == [True] * 3


REFUSED = {
    "used elsewhere": {"other": lambda scales: scales[1]},
    "used elsewhere before the loop": {"other": lambda scales: scales[0]},
    "no match before the loop": {"first_scale": lambda x: Value(2.0).sin()},
    "another operation there": {"first_scale": lambda x: x[0] / x[1]},
    "other leaves": {"scale": lambda x: x[0] * Value(2.0)},
}


@pytest.mark.parametrize("how", REFUSED)
def test_else_nothing_is_changed(how):
    unrolled = Unrolled(**REFUSED[how])
    assert unrolled.cut() == unrolled.turns


def test_a_single_turn_has_no_next_one():
    unrolled = Unrolled()
    assert better_cut(unrolled.part, unrolled.turns[:1]) == unrolled.turns[:1]
