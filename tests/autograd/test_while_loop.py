"""while_loop, eager: Python's while, with a bound, and a check of what goes round."""

import math
from collections import namedtuple
from linecache import getline

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import (
    AnomalyError,
    UnfinishedError,
    Value,
    detect_anomaly,
    grad,
    gradcheck,
    hessian,
    jacobian,
    log,
    no_grad,
    sqrt,
    value_and_grad,
    where,
    while_loop,
)

Pair = namedtuple("Pair", ["x", "turns"])


def root(a, most=60):
    """√a, by Newton's method."""
    return while_loop(lambda x: abs(x * x - a) > 1e-10 * a, lambda x: (x + a / x) / 2, 1.0, most=most)


def halved(x, most=10):
    return while_loop(lambda x: x > 1.0, lambda x: x / 2, x, most=most)


# ------------------------------------------------------------------------------------------- the numbers


@given(st.floats(0.01, 100.0))
def test_it_is_pythons_while(start):
    a, b = Value(start), Value(start)
    x, turns = b, 0
    while x > 1.5:
        x, turns = x.sqrt() * 1.1, turns + 1
    found, count = while_loop(lambda s: s[0] > 1.5, lambda s: [s[0].sqrt() * 1.1, s[1] + 1], [a, 0], most=100)
    found.backward()
    x.backward()
    assert (found.data, count, a.grad) == (x.data, turns, b.grad)


@given(st.floats(1.5, 100.0))
def test_the_derivatives_of_a_root_by_newtons_method(a):
    y, slope = value_and_grad(root)(a)
    np.testing.assert_allclose(y, math.sqrt(a), rtol=1e-9)
    np.testing.assert_allclose(slope, 0.5 / math.sqrt(a), rtol=1e-4)  # it converges one turn later
    assert gradcheck(root, a)


def test_derivatives_of_higher_order():
    def power(x):  # x^8
        return while_loop(lambda s: s[1] < 8, lambda s: (s[0] * x, s[1] + 1), (Value(1.0), 0), most=8)[0]

    assert grad(power)(1.5) == pytest.approx(8 * 1.5**7, rel=1e-15)
    assert hessian(power)(1.5) == pytest.approx(56 * 1.5**6, rel=1e-15)
    assert grad(grad(grad(power)))(1.5) == pytest.approx(336 * 1.5**5, rel=1e-15)


def test_a_jacobian():
    def f(x):
        return while_loop(lambda s: s[0] < 10.0, lambda s: [s[0] * s[1], s[1]], x, most=10)

    assert jacobian(f)([1.0, 3.0]) == [[27.0, 27.0], [0.0, 1.0]]  # [x·y³, y]


def test_no_turn_at_all():
    x = Value(0.5)
    y = halved(x)
    y.backward()
    assert (y.data, x.grad) == (0.5, 1.0)


def test_as_many_turns_as_it_may_take():
    assert halved(1024.0) == 1.0


def test_the_body_is_not_asked_about_a_state_that_is_done():
    asked = []

    def body(x):
        asked.append(x)
        return x - 1.0

    assert while_loop(lambda x: x > 0.0, body, 3.0, most=10) == 0.0
    assert asked == [3.0, 2.0, 1.0]


def test_plain_numbers_stay_plain():
    assert while_loop(lambda n: n != 1, lambda n: n // 2 if n % 2 == 0 else 3 * n + 1, 27, most=111) == 1


def test_in_no_grad():
    with no_grad():
        assert root(Value(2.0)).parents == ()


@pytest.mark.parametrize("truth", [True, np.True_, 1, 2.5, Value(1.0), np.array(Value(3.0), dtype=object)], ids=repr)
def test_what_a_condition_may_give(truth):
    turns = iter([truth, truth, False])
    assert while_loop(lambda x: next(turns), lambda x: x + 1.0, 0.0, most=5) == 2.0


def test_a_condition_of_two():
    f = grad(lambda x: while_loop(lambda x: where(x > 1.0, x < 100.0, 0.0), lambda x: x * x, x, most=9))
    assert (f(0.5), f(2.0), f(200.0)) == (1.0, 8 * 2.0**7, 1.0)  # x, x⁸, x


# ------------------------------------------------------------------------------------------ the structure

STRUCTURES = {
    "a Value": Value(1.0),
    "a number": 1.0,
    "a list": [Value(1.0), 2.0],
    "a tuple": (1.0, Value(2.0)),
    "nested": ([1.0, (2.0, Value(3.0))], [[4.0]], 5),
    "a named tuple": Pair(Value(1.0), 2),
    "an array": np.array([[1.0, 2.0, 3.0]]),
    "an array of Values": np.array([Value(1.0), Value(2.0)]),
    "an array in a list": [np.array([1.0, 2.0]), Value(3.0)],
}


def added(x, number):
    """The same with a number added to all of it."""
    if isinstance(x, (list, tuple)):
        items = [added(item, number) for item in x]
        return x._make(items) if hasattr(x, "_make") else type(x)(items)
    return x + number


def plain(x):
    if isinstance(x, (list, tuple)):
        return type(x).__name__, [plain(item) for item in x]
    return x.data if isinstance(x, Value) else [plain(item) for item in x] if getattr(x, "shape", ()) else x


@pytest.mark.parametrize("state", STRUCTURES.values(), ids=STRUCTURES)
def test_the_state_comes_back_in_its_structure(state):
    turns = iter([True, True, True, False])
    found = while_loop(lambda s: next(turns), lambda s: added(s, 1.0), state, most=3)
    assert type(found) is type(state)
    assert plain(found) == plain(added(state, 3.0))


@pytest.mark.parametrize("state", STRUCTURES.values(), ids=STRUCTURES)
def test_without_a_turn_too(state):
    found = while_loop(lambda s: False, lambda s: None, state, most=1)
    assert (type(found), plain(found)) == (type(state), plain(state))


def test_what_a_body_changes_in_place_is_a_copy():
    def body(s):
        s[0] = s[0] * 2.0
        s.append(s.pop() + 1)
        return s

    start = [Value(3.0), 0]
    x = start[0]
    y, turns = while_loop(lambda s: s[0] < 20.0, body, start, most=5)
    y.backward()
    assert (y.data, turns, x.grad, start) == (24.0, 3, 8.0, [x, 0])


# ------------------------------------------------------------------------------------------------- errors


def line_here(back):
    import inspect

    frame = inspect.currentframe().f_back
    number = frame.f_lineno - back
    return f"\n  {__file__}, line {number}: {getline(__file__, number).strip()}"


def test_a_loop_that_is_not_done_is_an_error_with_the_state():
    x = Value(2000.0)
    with pytest.raises(UnfinishedError) as error:
        while_loop(lambda s: s[0] > 1.0, lambda s: [s[0] / 2, s[1] + 1], [x, 0], most=10)
    assert str(error.value) == (
        "while_loop: the condition still holds after most=10 turns, at the state "
        "[Value(data=1.953125, grad=0.0), 10]" + line_here(3)
    )
    assert x.grad == 0.0
    assert issubclass(UnfinishedError, RuntimeError)
    assert autograd.UnfinishedError is UnfinishedError


def test_one_turn_too_few_is_seen():
    assert halved(8.0, most=3) == 1.0
    with pytest.raises(UnfinishedError, match=r"after most=2 turns, at the state 2\.0"):
        halved(8.0, most=2)


@pytest.mark.parametrize(
    ("most", "error", "words"),
    [
        (0, ValueError, "most is how many turns it may take, at least 1, got 0"),
        (-3, ValueError, "at least 1, got -3"),
        (2.0, TypeError, r"a whole number, got 2\.0 of type float"),
        (True, TypeError, "a whole number, got True of type bool"),
        (None, TypeError, "got None of type NoneType"),
        (Value(3.0), TypeError, "of type Value"),
    ],
)
def test_most_is_a_count(most, error, words):
    with pytest.raises(error, match="while_loop: .*" + words):
        halved(8.0, most=most)


def test_most_may_be_a_count_of_numpys():
    assert halved(8.0, most=np.int64(3)) == 1.0


def test_most_must_be_given():
    with pytest.raises(TypeError, match="most"):
        while_loop(lambda x: False, lambda x: x, 1.0)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (None, "got None of type NoneType"),
        ([True], r"got \[True\] of type list"),
        (np.array([True, False]), ".* of type ndarray"),
        ("yes", "got 'yes' of type str"),
    ],
    ids=str,
)
def test_a_condition_gives_one_truth_value(found, words):
    with pytest.raises(TypeError, match=r"while_loop: the condition gives one truth value, " + words) as error:
        while_loop(lambda x: found, lambda x: x, 1.0, most=3)
    assert str(error.value).endswith(line_here(1))


@pytest.mark.parametrize(
    ("state", "found", "words"),
    [
        (1.0, None, "the body gives None of type NoneType as state, and a state is made of Values and numbers"),
        (1.0, [1.0], r"the body gives a list of 1 as state, and a state is made of"),
        ([1.0], 1.0, "the body gives a number as state, which is a list of 1 before"),
        ([1.0, 2.0], [1.0], "the body gives a list of 1 as state, which is a list of 2 before"),
        ([1.0, 2.0], (1.0, 2.0), "the body gives a tuple of 2 as state, which is a list of 2 before"),
        ((1.0, 2.0), Pair(1.0, 2.0), "the body gives a Pair of 2 as state, which is a tuple of 2 before"),
        ([1.0, (2.0, 3.0)], [1.0, (2.0, "a")], r"the body gives 'a' of type str as state\[1\]\[1\], and a state"),
        (
            np.ones((2, 3)),
            np.ones((3, 2)),
            r"the body gives an array of the shape \(3, 2\) as state, which is an array of",
        ),
        (np.ones(2), [1.0, 1.0], "the body gives a list of 2 as state, which is an array of"),
    ],
)
def test_a_body_gives_the_structure_of_the_state(state, found, words):
    with pytest.raises(TypeError, match="while_loop: " + words) as error:
        while_loop(lambda s: True, lambda s: found, state, most=3)
    assert str(error.value).endswith(line_here(1))


@pytest.mark.parametrize("state", [None, "a", {"x": 1.0}, [1.0, None], object], ids=str)
def test_a_state_is_made_of_numbers(state):
    with pytest.raises(TypeError, match=r"while_loop: there is .* as state(\[1\])?, and a state is made of"):
        while_loop(lambda s: False, lambda s: s, state, most=3)


@pytest.mark.parametrize("state", [[], (), [[], ()]], ids=repr)
def test_a_state_without_a_number(state):
    with pytest.raises(TypeError, match="while_loop: the state has no number"):
        while_loop(lambda s: False, lambda s: s, state, most=3)


@pytest.mark.parametrize("which", ["condition", "body"])
def test_condition_and_body_are_functions(which):
    functions = {"condition": lambda s: False, "body": lambda s: s} | {which: 3.0}
    with pytest.raises(TypeError, match=f"while_loop: {which} is a function of the state, got 3.0 of type float"):
        while_loop(**functions, state=1.0, most=3)


def test_what_the_body_raises_goes_on():
    def body(x):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        while_loop(lambda x: True, body, 1.0, most=3)


# ------------------------------------------------------------------------------------------------- anomalies


def test_detect_anomaly_sees_what_a_turn_computes():
    with pytest.raises(AnomalyError, match=r"log\(0\) is -inf"), detect_anomaly():
        while_loop(lambda s: s[0] >= 0.0, lambda s: (s[0] - 1.0, s[1] + log(s[0])), (Value(2.0), 0.0), most=5)


def test_and_not_what_no_turn_computes():
    x = Value(2.0)
    with detect_anomaly():
        y = while_loop(lambda s: s[0] > 0.0, lambda s: (s[0] - 1.0, s[1] + sqrt(1.0 / s[0])), (x, 0.0), most=5)[1]
        y.backward()
    assert y.data == pytest.approx(math.sqrt(0.5) + 1.0)
    assert x.grad == pytest.approx(-0.5 * (2.0**-1.5 + 1.0))
