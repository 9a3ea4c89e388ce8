"""What once went wrong, or nearly: batches in parts, outputs beside the loss, interrupts, odd sums."""

import gc
import math
import random
from itertools import count

import numpy as np
import pytest

from autograd import TraceError, Value, compile, maximum, sqrt, where
from autograd.compiler.compiled import Compiled
from autograd.compiler.executors.numpy import executor as numpy_executor
from autograd.compiler.prepared import arrays
from autograd.parameters import store_of

X = [1.0, 2.0, 3.0]


@pytest.fixture
def w():
    return Value(3.0, label="w")


# -------------------------------------------------------------------------------------- several outputs, several parts


def test_a_result_that_no_row_changes_has_its_gradient_once_also_in_parts(w):
    Compiled(lambda x: (w * w, w * x.exp()), "float64", most_bytes=64).backward(np.zeros(40))
    assert w.grad == pytest.approx(6.0, rel=1e-12)


def test_an_output_beside_the_loss_has_no_gradient_that_could_be_nan():
    a, b = Value(4.0), Value(0.0)
    compile(lambda x: (sqrt(a * x), sqrt(b * x))).backward([1.0])
    assert (a.grad, b.grad) == (0.25, 0.0)


def test_executors_are_kept_that_were_used_last(w):
    f = compile(lambda x: x * w)
    f(X)
    kept = f._last().executor(3)
    for rows in range(10, 30):
        f(X)
        f([1.0] * rows)
    assert f._last().executor(3) is kept
    assert len(f._last().executors) <= 5


def test_the_source_is_that_of_the_latest_call(w):
    f = compile(lambda x: x * w)
    for rows in (3, 5, 3):
        f([1.0] * rows)
    assert "empty((3, 1)" in f.source


# --------------------------------------------------------------------------------------- looks at a row in other ways


@pytest.mark.parametrize(
    "f",
    [
        lambda x: {1.0: 5.0}.get(x, 1.0) * x,
        lambda x: x * (2.0 if x in {1.0, 2.0} else 1.0),
        lambda x: x * len({x, 1.0}),
    ],
    ids=["a key", "in a set", "a set"],
)
def test_a_row_in_a_set_or_as_a_key_is_refused(f):
    with pytest.raises(TraceError, match=r"a Value in a set or as a key .* take\(values, x\)"):
        compile(f)(X)


def test_a_row_as_formatted_text_is_refused():
    with pytest.raises(TraceError, match="formatting a Value"):
        compile(lambda x: x * (2.0 if f"{x:g}" == "1" else 1.0))(X)


def test_parameters_may_be_in_a_set(w):
    assert compile(lambda x: sum({w: 1, Value(1.0): 2}) * x)([2.0]).tolist() == [8.0]


def test_a_row_that_was_kept_says_so_when_its_number_is_read(w):
    kept = []
    compile(lambda x: kept.append(x) or x * w)(X)
    with pytest.raises(TraceError, match="outside of the trace or in another thread"):
        kept[0] > 0  # noqa: B015
    assert repr(kept[0]) == "Value(data=?, grad=?)"


def test_is_current_tells_whether_f_would_do_something_else(w):
    numbers = [2.0]
    f = compile(lambda x: x * w * numbers[0])
    f(X)
    assert f.is_current()
    numbers[0] = 3.0
    assert not f.is_current()
    f.retrace()
    f(X)
    assert f.is_current()


def test_is_current_sees_a_generator_of_its_own(w):
    rng = random.Random(0)
    f = compile(lambda x: x * w * rng.random())
    f(X)
    assert not f.is_current()


# --------------------------------------------------------------------------------------------------------- interrupts


def interrupt(*arguments, **options):
    raise KeyboardInterrupt


def test_an_interrupted_layout_is_done_again(monkeypatch, w):
    other = Value(10.0)
    f = compile(lambda x: x * w)
    f(X)
    compile(lambda x: x * other * w)(X)  # w has moved
    with monkeypatch.context() as patch:
        patch.setattr(arrays, "laid_out", interrupt)
        with pytest.raises(KeyboardInterrupt):
            f(X)
    w.data = 5.0
    f.backward(X)
    assert f(X).tolist() == [5.0, 10.0, 15.0]
    assert (w.grad, other.grad) == (2.0, 0.0)


def test_an_interrupted_backward_leaves_no_half_of_it(monkeypatch, w):
    f = compile(lambda x: (x * w).tanh() * w, backend="numpy")  # the other one has nothing to write for it
    expected = compile(lambda x: (x * w).tanh() * w, backend="numpy")
    expected.backward(X)
    gradient, w.grad = w.grad, 0.0
    f(X)
    steps = count()
    write = numpy_executor.write_step

    def at_the_third(writer, step):
        write(writer, step)
        if next(steps) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(numpy_executor, "write_step", at_the_third)
        with pytest.raises(KeyboardInterrupt):
            f.backward(X)
    w.grad = 0.0
    f.backward(X)
    assert w.grad == gradient


def test_functions_that_share_parameters_settle_in_one_store():
    trunk, first_head, second_head = Value(2.0), Value(3.0), Value(5.0)
    first, second = compile(lambda x: trunk * first_head * x), compile(lambda x: trunk * second_head * x)
    for _ in range(3):
        assert first.backward([1.0]).tolist() == [6.0]
        assert second.backward([1.0]).tolist() == [10.0]
    assert store_of(trunk) is store_of(first_head) is store_of(second_head)
    settled = [first._last().executor(1), second._last().executor(1)]
    first([1.0])
    second([1.0])
    assert [first._last().executor(1), second._last().executor(1)] == settled
    assert (trunk.grad, first_head.grad, second_head.grad) == (24.0, 6.0, 6.0)


def test_a_function_that_is_gone_keeps_nothing():
    trunk, head = Value(2.0), Value(3.0)
    compile(lambda x: trunk * head * x)([1.0])
    gc.collect()
    compile(lambda x: trunk * x)([1.0])
    assert len(store_of(trunk).data) == 2  # it has room for both, and nobody asked to move
    compile(lambda x: trunk * Value(1.0).exp() * x * other)([1.0])
    assert store_of(head) is not store_of(trunk)


other = Value(7.0)


# --------------------------------------------------------------------------------------- no algebra beyond rounding


def test_a_division_is_a_division(w):
    f = compile(lambda x: where(x / 49 - 1 >= 0, w, 0.0))  # 49·(1/49) is less than 1
    assert f([49.0]).tolist() == [3.0]


# -------------------------------------------------------------------------------------------------- odd shapes of sums


@pytest.mark.parametrize("turn", [lambda a, b: a + b, lambda a, b: b + a], ids=["left", "right"])
def test_a_sum_nested_on_either_side_is_one_product(turn):
    weights = [Value(0.1 * i) for i in range(50)]

    def f(xs):
        total = weights[0] * xs[0]
        for w_i, x_i in zip(weights[1:], xs[1:], strict=True):
            total = turn(total, w_i * x_i)
        return total

    compiled = compile(f)
    xs = np.random.default_rng(0).normal(size=(3, 50))
    assert compiled(xs) == pytest.approx(xs @ np.array([w_i.data for w_i in weights]), rel=1e-12)
    assert len(compiled.program.steps) == 1


def test_the_largest_of_many_time_steps_is_one_operation(w):
    def f(x):
        hidden = []
        for _ in range(30):
            x = (x * w).tanh()
            hidden.append(x)
        return maximum(*hidden)

    compiled = compile(f)
    expected = [f(Value(x)).data for x in X]
    assert compiled(X) == pytest.approx(expected, rel=1e-12)
    assert [step.kind.name for step in compiled.program.steps].count("maximum") == 1


def test_a_sum_over_a_table_with_many_axes():
    """The numbers 0 to 3⁹ that have no 1 in base 3: ten axes, were it written as a view."""
    places = [sum(2 * 3**k for k in range(9) if i >> k & 1) for i in range(2**9)]
    weights = [Value(float(i)) for i in range(max(places) + 1)]
    f = compile(lambda x: x * sum(weights[i] for i in places))
    assert f([1.0]).tolist() == [float(sum(places))]


def hidden(parameters, xs):
    return [(parameters[0] * x + parameters[1]).tanh() for x in xs]


def moving_sums(parameters, xs):
    h = hidden(parameters, xs)
    return sum(sum(h[i : i + 3]).exp() for i in range(len(h) - 2))


def moving_differences(parameters, xs):
    h = hidden(parameters, xs)
    return sum((-sum(h[i : i + 3])).exp() - sum(h[i : i + 2]) for i in range(len(h) - 2))


def moving_products(parameters, xs):
    h, kernel = hidden(parameters, xs), [(parameters[1] * c).sin() for c in (1.0, 2.0, 3.0)]
    return sum(sum(a * b for a, b in zip(h[i : i + 3], kernel, strict=True)).exp() for i in range(len(h) - 2))


def windows_of_parameters(parameters, xs):
    weights = [parameters[0] * k + parameters[1] for k in (1.0, 2.0, 3.0, 4.0)]
    return sum(xs) * sum(sum(weights[i : i + 2]).exp() for i in range(3))


def windows_below_rows(parameters, xs):
    weights = [parameters[0] * k + parameters[1] for k in (1.0, 2.0, 3.0, 4.0, 5.0)]
    return sum((xs[i] - weights[i + j]).tanh() for i in range(3) for j in range(3))


def windows_below_hidden(parameters, xs):
    h = hidden(parameters, xs)
    return sum((parameters[i % 2] - h[i + j]).tanh() for i in range(4) for j in range(3))


WINDOWS = [
    moving_sums, moving_differences, moving_products, windows_of_parameters, windows_below_rows, windows_below_hidden,
]  # fmt: skip


@pytest.mark.parametrize("f", WINDOWS)
def test_windows_that_overlap_have_the_gradient_of_every_one(f):
    rows = np.random.default_rng(0).normal(size=(4, 7))
    parameters, others = [Value(0.3), Value(-0.7)], [Value(0.3), Value(-0.7)]
    losses = compile(lambda xs: f(parameters, xs)).backward(rows)
    graphs = [f(others, row) for row in rows.tolist()]
    for graph in graphs:
        graph.backward(1.0 / len(rows))
    assert losses == pytest.approx([graph.data for graph in graphs], rel=1e-12)
    assert [p.grad for p in parameters] == pytest.approx([p.grad for p in others], rel=1e-12)


# ------------------------------------------------------------------------------------------------------------ methods


def test_a_compiled_method_may_call_that_of_its_base_class():
    class Base:
        def __init__(self):
            self.w = Value(2.0)

        @compile
        def loss(self, x):
            return self.w * x

    class Derived(Base):
        @compile
        def loss(self, x):
            return super().loss(x) + 1.0

    assert Derived().loss(X).tolist() == [3.0, 5.0, 7.0]


def test_a_compiled_method_of_an_object_with_slots_is_refused():
    class Slotted:
        __slots__ = ()

        @compile
        def loss(self, x):
            return x

    with pytest.raises(TypeError, match="Slotted has no place"):
        Slotted().loss(X)


TABLE = [[0.5, 1.0], [1.5, -2.0], [2.0, 0.25], [1.0, 4.0]]
MASKED_NOWHERE = {
    "without a mask": np.ma.array(TABLE),
    "with a mask of zeros": np.ma.array(TABLE, mask=np.zeros((4, 2), bool)),
    "single precision": np.ma.array(TABLE, "float32"),
    "objects": np.ma.array(TABLE, object, mask=False),
    "rows": list(np.ma.array(TABLE, mask=False)),
    "what is masked left out": np.ma.array([*TABLE, [7.0, 7.0]], mask=[[0, 0]] * 4 + [[0, 1]])[:4],
}


@pytest.mark.parametrize("rows", MASKED_NOWHERE.values(), ids=MASKED_NOWHERE)
def test_a_masked_array_that_masks_nothing_is_an_array(rows):
    w = Value(3.0)
    found = compile(lambda x: w * x[0] * x[1]).backward(rows)
    assert type(found) is np.ndarray
    assert found.tolist() == [1.5, -9.0, 1.5, 12.0]
    assert w.grad == 0.5


@pytest.mark.parametrize("steps", [1, 150], ids=["arrays", "nodes"])
def test_the_bits_of_a_gradient_depend_on_nothing_that_ran_before(backend, steps):
    """√ has an infinite derivative at 0, where it is not taken: that call runs once more; others are as they were."""
    p = Value(0.7)

    def f(x):
        y = where(x > 0.0, sqrt(where(x > 0.0, x, 0.0) * p), x * p)
        for _ in range(steps):
            y = (y * p + x).tanh()
        return y

    def gradient(x):
        p.grad = 0.0
        compiled.backward([x])
        return p.grad

    compiled = compile(f, backend=backend)
    before = [gradient(x) for x in (0.3, 0.9, 1.7)]
    assert math.isfinite(gradient(-0.5))
    assert [gradient(x) for x in (0.3, 0.9, 1.7)] == before
