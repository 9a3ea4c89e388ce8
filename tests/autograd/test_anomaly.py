"""detect_anomaly: what is found, where, and that nothing is looked at outside."""

import math
import re
import threading

import pytest

from autograd import (
    AnomalyError,
    Value,
    compile,
    detect_anomaly,
    dot,
    exp,
    grad,
    gradcheck,
    hessian,
    jacobian,
    log,
    logsumexp,
    maximum,
    minimum,
    no_grad,
    relu,
    scope,
    step,
    take,
    where,
)  # fmt: skip
from autograd.anomaly import check_graph, live_nodes


def line_of(error):
    """The line of code that the message ends with."""
    return str(error.value).splitlines()[-1]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Value(0.0).log(), r"log\(0\) is -inf"),
        (lambda: log(Value(-1.0)), r"log\(-1\) is nan"),
        (lambda: 1 / Value(0.0), "1 / 0 is inf"),
        (lambda: Value(0.0) / Value(0.0), "0 / 0 is nan"),
        (lambda: Value(1e200) * 1e200, r"1e\+200 \* 1e\+200 is inf"),
        (lambda: exp(Value(1000.0)), r"exp\(1000\) is inf"),
        (lambda: Value(-8.0) ** 0.5, r"-8 \*\* 0.5 is nan"),
        (lambda: logsumexp([Value(1.0), math.nan, 2.0, 3.0, 4.0]), r"logsumexp\(1, nan, 2, 3, …\) is nan"),
    ],
)
def test_the_first_number_that_is_not_finite_is_an_error_with_operation_and_line(make, message):
    with pytest.raises(AnomalyError, match=message) as error, detect_anomaly():
        make()
    assert "test_anomaly.py, line" in line_of(error)
    assert "lambda" in line_of(error)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda x: x.sqrt(), r"in backward\(\), the derivative of sqrt\(0\) is inf"),
        (lambda x: x**0.5, r"the derivative of 0 \*\* 0.5 by its operand 1 is inf"),
        (lambda x: (x + 1e-200) * 1e200 * 1e200, "and the gradient that comes to it 1e\\+200"),
    ],
)
def test_so_is_the_first_gradient(make, message):
    with detect_anomaly():
        x = Value(0.0)
        y = make(x)
        with pytest.raises(AnomalyError, match=message) as error:
            y.backward()
    assert "test_anomaly.py, line" in line_of(error)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda nan: nan.leaky_relu(), "leaky_relu(nan, 0.01)"),
        (lambda nan: nan.elu(), "elu(nan, 1)"),
        (lambda nan: nan.atan2(2.0), "atan2(nan, 2)"),
        (lambda nan: nan.hypot(2.0), "hypot(nan, 2)"),
        (lambda nan: nan.maximum(2.0), "maximum(nan, 2)"),
        (lambda nan: nan.minimum(2.0), "minimum(nan, 2)"),
        (lambda nan: dot([nan], [2.0]), "dot(nan, 2)"),
        (lambda nan: logsumexp([nan, 2.0]), "logsumexp(nan, 2)"),
        (lambda nan: take([nan], Value(0.0)), "take(0, nan)"),
        (lambda nan: nan - 2.0, "nan - 2"),
        (lambda nan: nan**2.0, "nan ** 2"),
    ],
)
def test_an_operation_with_a_name_is_written_as_a_call(make, message):
    with pytest.raises(AnomalyError, match="^" + re.escape(message) + " is nan"), detect_anomaly():
        make(Value(math.nan))


def test_an_error_in_backward_comes_before_any_gradient_has_changed():
    a, b = Value(4.0), Value(0.0)
    with detect_anomaly():
        y = a * 3 + b.sqrt()
        with pytest.raises(AnomalyError):
            y.backward()
    assert (a.grad, b.grad, y.grad) == (0.0, 0.0, 0.0)


def test_a_sum_of_gradients_that_overflows_is_found():
    x = Value(0.0)
    with detect_anomaly():
        y = x * 1e308 + x * 1e308
        with pytest.raises(AnomalyError, match="sums up to inf"):
            y.backward()


def test_what_is_finite_goes_through_unchanged():
    x = Value(2.0)
    with detect_anomaly():
        y = (x * x).log() + where(x > 1, x, 0.0)
        y.backward()
    assert x.grad == 2.0


def test_the_derivative_by_a_plain_number_is_not_looked_at():
    x = Value(-3.0)
    with detect_anomaly():
        (x**2).backward()  # by the exponent it is (-3)² · ln(-3)
    assert x.grad == -6.0


def test_what_was_made_before_has_no_line_and_is_found():
    y = Value(0.0).sqrt()
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"the derivative of sqrt\(0\) is inf$"):
        y.backward()


def test_outside_nothing_is_looked_at():
    with detect_anomaly():
        pass
    assert Value(0.0).log().data == -math.inf
    with pytest.raises(AnomalyError), detect_anomaly():
        Value(0.0).log()
    assert Value(0.0).log().data == -math.inf  # after the error, too


def test_blocks_nest():
    with detect_anomaly():
        with detect_anomaly():
            pass
        with pytest.raises(AnomalyError):
            Value(0.0).log().backward()


def test_other_threads_are_not_concerned():
    found = []
    with detect_anomaly():
        thread = threading.Thread(target=lambda: found.append(Value(0.0).log().data))
        thread.start()
        thread.join()
    assert found == [-math.inf]


def test_inside_no_grad_nothing_is_recorded_and_nothing_looked_at():
    with detect_anomaly(), no_grad():
        assert Value(0.0).log().data == -math.inf


def test_a_function_can_be_compiled_inside():
    with detect_anomaly():
        assert compile(lambda x: x.log())([1.0]).tolist() == [0.0]


DERIVATIVES = [
    (lambda: grad(lambda x: x * x)(2.0), 4.0),
    (lambda: grad(grad(lambda x: x**3))(2.0), 12.0),
    (lambda: hessian(lambda x: x[0] ** 2 * x[1])([2.0, 3.0]), [[6.0, 4.0], [4.0, 0.0]]),
    (lambda: jacobian(lambda x: [x * x, x])(2.0), [4.0, 1.0]),
    (lambda: grad(lambda x: where(x > 0, log(x), x) * x)(-2.0), -4.0),
    (lambda: gradcheck(lambda x: x * x, 2.0), True),
    (lambda: compile(grad(lambda y: y * y))([3.0]).tolist(), [6.0]),
    (lambda: grad(lambda x: x * x.backward(create_graph=True)[x])(2.0), 1.0),
]  # fmt: skip


@pytest.mark.parametrize(("derivative", "expected"), DERIVATIVES)
def test_derivatives_are_taken_inside(derivative, expected):
    with detect_anomaly():
        assert derivative() == expected


def test_the_block_may_be_inside_of_the_function():
    def f(x):
        with detect_anomaly():
            return x * x + 1.0

    assert grad(f)(3.0) == 6.0
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"log\(-1\) is nan"):
        grad(lambda x: x.log())(-1.0)
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"the derivative of sqrt\(0\) is inf"):
        grad(lambda x: (2.0 * x).sqrt())(0.0)


def test_it_decorates_a_function_but_no_generator():
    @detect_anomaly()
    def f(x):
        return x.log()

    with pytest.raises(AnomalyError, match="-inf"):
        f(Value(0.0))
    assert f(Value(1.0)).data == 0.0

    def numbers():
        yield Value(0.0).log()

    with pytest.raises(TypeError, match=r"@detect_anomaly\(\) on numbers, a generator or a coroutine"):
        detect_anomaly()(numbers)


def test_it_is_a_floating_point_error():
    assert issubclass(AnomalyError, FloatingPointError)


# ------------------------------------------------------------------------------------------ what a number depends on


def test_the_nodes_that_a_root_depends_on_stand_after_their_parents():
    a, b = Value(2.0), Value(3.0)
    total = a + b
    root = total * total
    assert live_nodes([root]) == [a, b, total, root]


@pytest.mark.parametrize(
    ("make", "live"),
    [
        (lambda a, b: where(1.0, a, b), "a"),
        (lambda a, b: where(0.0, a, b), "b"),
        (maximum, "b"),
        (minimum, "a"),
        (lambda a, b: maximum(a, a + 0.0, 1.0), "a"),
        (lambda a, b: relu(-a) + b, "b"),
        (lambda a, b: step(a) + b, "b"),
        (lambda a, b: take([a, b], 1.0), "b"),
        (lambda a, b: take([b, a], 1.0), "a"),
        (lambda a, b: a * 0.0 + b, "ab"),
    ],
)
def test_what_an_operation_did_not_choose_is_left_out(make, live):
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    nodes = live_nodes([make(a, b)])
    assert "".join(node.label for node in nodes if node in (a, b)) == live


def test_a_graph_is_looked_at_as_a_whole():
    graph = where(0.0, Value(0.0).log(), Value(1.0)) + 1.0
    check_graph(graph)
    with pytest.raises(AnomalyError, match=r"log\(0\) is -inf"):
        check_graph(graph, Value(0.0).log() * 0.0)


def test_a_number_beyond_the_largest_is_infinite():
    graph = Value(3.0) * 2.0 - 5.0
    check_graph(graph, largest=6.0)
    with pytest.raises(AnomalyError, match="3 \\* 2 is 6, beyond the largest number 5"):
        check_graph(graph, largest=5.0)


def test_a_deep_graph_is_walked():
    root = Value(1.0)
    for _ in range(50_000):
        root = -root
    check_graph(root)


def test_the_modules_are_named():
    with detect_anomaly(), scope("MLP"), scope("layer 1"):
        with pytest.raises(AnomalyError, match=r"log\(0\) is -inf, in module MLP / layer 1\n"):
            Value(0.0).log().backward()
        root = Value(0.0).sqrt()
        with pytest.raises(AnomalyError, match=r"the derivative of sqrt\(0\) is inf, in module MLP / layer 1\n"):
            root.backward()
