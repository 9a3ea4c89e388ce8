"""Pass 1: what a function of one row becomes on the tape."""

from textwrap import dedent

import pytest

from autograd import TraceError, Value, maximum, take, topological_order, where
from autograd.compiler.trace import trace
from autograd.recording import current, scope


def traced(f, *shapes):
    return str(trace(f, shapes)[0])


def lines(text):
    return dedent(text).strip()


def test_the_leaves_come_first_and_every_node_after_its_operands():
    w, b = Value(2.0), Value(3.0)
    assert traced(lambda x: (w * x + b).tanh(), ()) == lines(
        """
        0 = parameter(0)
        1 = input(0, 0)
        2 = parameter(1)
        3 = mul(0, 1)
        4 = add(3, 2)
        5 = tanh(4)
        return 5
        """
    )


def test_an_input_is_known_by_its_argument_and_its_place_in_the_row():
    def f(x, xs, matrix):
        return x * xs[1] * matrix[1][2]

    assert traced(f, (), (2,), (2, 3)).splitlines()[:3] == ["0 = input(0, 0)", "1 = input(1, 1)", "2 = input(2, 5)"]


def test_the_nodes_stand_in_the_order_in_which_they_were_made():
    def f(x):
        late = x.sin()
        early = x.cos()
        return early - late * x

    assert traced(f, ()) == lines(
        """
        0 = input(0, 0)
        1 = sin(0)
        2 = cos(0)
        3 = mul(1, 0)
        4 = sub(2, 3)
        return 4
        """
    )


def test_nothing_is_merged_but_leaves_of_one_number():
    assert traced(lambda x: (x * 2.0).exp() - (x * 2.0).exp(), ()) == lines(
        """
        0 = input(0, 0)
        1 = 2
        2 = mul(0, 1)
        3 = exp(2)
        4 = mul(0, 1)
        5 = exp(4)
        6 = sub(3, 5)
        return 6
        """
    )


def test_outputs_that_nothing_else_uses_come_last_among_the_leaves():
    w = Value(2.0)
    assert traced(lambda x: [w, x.exp(), Value(3.0)], ()) == lines(
        """
        0 = input(0, 0)
        1 = parameter(0)
        2 = 3
        3 = exp(0)
        return 1, 3, 2
        """
    )


def test_f_may_walk_over_its_own_graph():
    def f(x):
        y = x.exp()
        assert topological_order(y) == [x, y]
        return y.sin()

    assert traced(f, ()) == "0 = input(0, 0)\n1 = exp(0)\n2 = sin(1)\nreturn 2"


def test_a_trace_leaves_the_graph_to_nobody():
    states = []

    def f(x):
        states.append(current())
        return x.exp()

    trace(f, [()])
    assert states[0].made == []


def test_what_the_result_does_not_need_is_not_there():
    w = Value(2.0)

    def f(x):
        _ = (w * x).exp()
        return x.sin()

    tape, _ = trace(f, [()])
    assert str(tape) == "0 = input(0, 0)\n1 = sin(0)\nreturn 1"
    assert tape.parameters == []


def test_a_comparison_is_a_node():
    assert traced(lambda x: where(x > 0.5, x, 1.0), ()) == lines(
        """
        0 = input(0, 0)
        1 = 0.5
        2 = 1
        3 = greater(0, 1)
        4 = where(3, 0, 2)
        return 4
        """
    )


def test_operations_on_lists_have_all_their_operands():
    w = [Value(1.0), Value(2.0)]
    assert traced(lambda i, x: maximum(take(w, i), x, 0.0), (), ()).splitlines()[-3:-1] == [
        "5 = take(0, 1, 2)",
        "6 = maximum(5, 3, 4)",
    ]


def test_the_parameters_are_the_values_themselves_each_once():
    w = [Value(1.0), Value(2.0)]
    tape, _ = trace(lambda x: w[0] * x + w[1] * w[0], [()])
    assert set(map(id, tape.parameters)) == set(map(id, w))
    assert len(tape.parameters) == 2


def test_a_value_that_f_makes_itself_is_a_constant():
    tape, _ = trace(lambda x: x * Value(3.0), [()])
    assert tape.parameters == []
    assert tape.constants == [3.0]


def test_the_tape_counts_the_scalars_as_f_made_them():
    tape, _ = trace(lambda x: (x * x).sin() + (x * x).sin(), [()])
    assert tape.scalars == 6


def test_nodes_keep_the_module_call_that_made_them():
    def f(x):
        with scope("outer"), scope("inner"):
            y = x.exp()
        return y.sin()

    tape, _ = trace(f, [()])
    inner = tape.scope_of(1)
    assert (inner[1], inner[0][1]) == ("inner", "outer")
    assert tape.scope_of(2)[0] is None


@pytest.mark.parametrize(
    ("f", "shapes", "several"),
    [
        (lambda x: x[0], [()], False),
        (lambda x: x, [(2,)], False),
        (lambda x: [[x[0]], [x[1]], [1.0]], [(3, 1)], False),
        (lambda x: (x[0], x), [(), (2,)], True),
        (lambda x: (x[0],), [()], True),
    ],
)
def test_the_shapes_of_the_result(f, shapes, several):
    _, result = trace(f, [(2,)])
    assert (result.shapes, result.several) == (shapes, several)


def test_a_value_of_an_earlier_trace_is_refused():
    kept = []
    trace(lambda x: kept.append(x) or x, [()])
    with pytest.raises(TraceError, match="kept from another trace"):
        trace(lambda x: x * kept[0], [()])


def test_a_value_that_was_computed_outside_is_refused():
    outside = Value(2.0) * 3.0
    with pytest.raises(TraceError, match="computed outside of it"):
        trace(lambda x: x * outside, [()])
