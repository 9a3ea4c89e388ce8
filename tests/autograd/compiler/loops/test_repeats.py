"""Stretches that read the same again and again."""

import pytest

from autograd.compiler.loops.repeats import READINGS, Repeat, Text
from autograd.compiler.trace import trace


def read(f, shapes, reading, window):
    tape, _ = trace(f, shapes)
    first = next(n for n in range(len(tape)) if tape.operation(n).name not in ("input", "parameter", "constant"))
    return Text(tape, first, len(tape), reading).repeats(window)[0], first, len(tape)


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("window", [4, 8, 64])
def test_a_loop_is_one_repeat(reading, window):
    def f(x):
        for _ in range(60):
            x = (x * x).sin() + x
        return x

    [repeat], first, last = read(f, [()], reading, window)
    begins = first if reading == "operations" else first + 3  # the first turn reads a leaf
    assert repeat == Repeat(3, begins, last)


def test_operands_from_before_the_loop_are_ever_farther_away():
    def f(x):
        p = x.exp()
        for _ in range(60):
            x = (x * p).sin()
        return x

    assert read(f, [()], READINGS[0], 4)[0] == []
    [repeat], _, last = read(f, [()], READINGS[1], 4)
    assert (repeat.period, repeat.stop) == (2, last)


def test_lanes_differ_by_distances_alone():
    """A turn of two lanes, each of which uses the first one of the turn before."""

    def f(x, y):
        for _ in range(40):
            x, y = (x * x).sin(), (y * x).sin()
        return x * y

    [by_distances], _, _ = read(f, [(), ()], READINGS[0], 4)
    [by_operations], _, _ = read(f, [(), ()], READINGS[2], 4)
    assert (by_distances.period, by_operations.period) == (4, 2)
