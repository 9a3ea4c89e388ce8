"""Many rows in shares: by any number of threads the same numbers, memory for a few blocks, the first error."""

import gc
import itertools
import threading
import time
import weakref
from types import SimpleNamespace

import numpy as np
import pytest

from autograd import Value, compile, exp, sin, sqrt, take, tanh, where
from autograd.compiler.executors import shares, threads
from autograd.compiler.executors.shares import BLOCKS, MOST, Shares, has_shares, share_of
from tests.autograd.compiler.conftest import in_blocks_of
from tests.conftest import NEEDS_NATIVE

ROWS = np.linspace(-2.0, 2.0, 1003)


class Doubling:
    """An executor that doubles the number of each row; it adds their mean to every number of the gradient."""

    reads, program, source, runs_as = (0,), None, "", "doubling"

    def __init__(self, rows, inside=None):
        self.rows, self.inside = rows, inside
        self.threads = set()

    def run_forward(self, x):
        assert len(x) == self.rows
        self.threads.add(threading.get_ident())
        if self.inside is not None:
            self.inside.wait(60)
        if (x == 0.5).any():
            raise IndexError("wrong", int(np.flatnonzero(x == 0.5)[0]))
        return 2.0 * x

    def bound(self, results, gradient, inputs):
        def run():
            if gradient is not None:
                gradient[:] += inputs[0].mean()
            results[...] = self.run_forward(*inputs)

        return run

    @staticmethod
    def is_finite(numbers):
        return bool(np.isfinite(numbers).all())

    def bytes(self):
        return 100


@pytest.fixture
def four_cores(monkeypatch):
    """However few there are."""
    monkeypatch.setattr(shares, "cores", lambda: 4)
    monkeypatch.setattr(threads, "cores", lambda: 4)
    threads._pool.cache_clear()
    yield
    threads._pool.cache_clear()


@pytest.fixture
def at_once(monkeypatch, four_cores):
    """Four threads help from the second run on, however short the first one was."""
    monkeypatch.setattr(shares, "WORTH", 0.0)


def shared(rows, threads, kind=Doubling, **how):
    """So many rows, in blocks of 10."""
    size = share_of(rows, 10)
    return Shares(kind, rows, size, outputs=1, dtype=float, threads=threads, **how)


def column(numbers):
    return np.asarray(numbers, float)[:, None]


# ---------------------------------------------------------------------------------------------------- how many rows


@pytest.mark.parametrize(("rows", "block"), [(1, 1), (7, 1), (61, 10), (70, 10), (100, 100), (100, 1000)])
def test_few_blocks_are_not_shared(rows, block):
    assert not has_shares(rows, block)


@pytest.mark.parametrize("rows", [80, 81, 159, 160, 161, 1000, 12345])
def test_a_share_has_whole_blocks_four_at_least_and_there_are_sixteen_at_most(rows):
    assert has_shares(rows, 10)
    found = shared(rows, 2)
    assert found.first.rows % 10 == 0
    assert found.first.rows >= BLOCKS * 10
    assert 2 <= len(found.starts) <= MOST


# ------------------------------------------------------------------------------------------------------ the numbers


@pytest.mark.parametrize("threads", [1, 2, 3, None])
def test_results_and_gradient_are_those_of_all_rows(at_once, threads):
    found = shared(len(ROWS), threads)
    for _ in range(3):
        gradient = np.array([1.0, 0.0])
        assert (found.both(gradient, column(ROWS)) == column(2.0 * ROWS)).all()
        np.testing.assert_allclose(gradient, [1.0 + ROWS.mean(), ROWS.mean()], atol=1e-15)
        assert (found.run_forward(column(ROWS)) == column(2.0 * ROWS)).all()


def test_threads_compute_at_the_same_time(at_once):
    """Each share waits, in its middle, for another one."""
    inside = threading.Barrier(2)
    found = Shares(lambda rows: Doubling(rows, inside), 40, 10, outputs=1, dtype=float, threads=2)
    found._seconds = 1.0
    assert (found.run_forward(column(range(40))) == column(range(0, 80, 2))).all()


def test_in_one_thread_results_alone_are_one_run_where_an_executor_takes_any_rows():
    """From the second run on: how long the first one takes tells whether an interrupt could wait for all."""
    made = []

    def resize(executor, rows):
        made.append(rows)
        return Doubling(rows)

    found = shared(len(ROWS), 1, resize=resize)
    of_last = len(ROWS) - found.starts[-1]
    for seconds, expected in ((0.0, [of_last]), (0.01, [len(ROWS)]), (10.0, [of_last])):
        made.clear()
        found._seconds = seconds
        assert (found.run_forward(column(ROWS)) == column(2.0 * ROWS)).all()
        assert made == expected
    found._seconds = 0.01
    with pytest.raises(IndexError) as raised:
        found.run_forward(column([*ROWS[:-1], 0.5]))
    assert raised.value.args == ("wrong", len(ROWS) - 1)


@pytest.mark.usefixtures("four_cores")
@pytest.mark.parametrize(("seconds", "helping"), [(0.0009, 0), (0.0011, 1)])
def test_others_help_with_a_batch_that_takes_more_than_a_millisecond(monkeypatch, seconds, helping):
    """By a clock of the test's own, on which a run takes so long."""
    clock = itertools.count()
    monkeypatch.setattr(shares, "time", SimpleNamespace(perf_counter=lambda: seconds * next(clock)))
    found = shared(200, 2)
    for _ in range(3):
        found.run_forward(column(np.ones(200)))
    assert len(found._others) == helping


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("wrong", [[0], [77], [1000], [700, 77, 1000]], ids=str)
def test_the_first_row_that_fails_is_named(at_once, threads, wrong):
    found = shared(len(ROWS), threads)
    found.run_forward(column(ROWS))
    rows = ROWS.copy()
    rows[wrong] = 0.5
    for _ in range(3):
        with pytest.raises(IndexError) as error:
            found.run_forward(column(rows))
        assert error.value.args == ("wrong", min(wrong))
    assert (found.run_forward(column(ROWS)) == column(2.0 * ROWS)).all()  # and it goes on


def test_memory_is_that_of_an_executor_for_each_thread_and_of_the_last_share(at_once):
    found = shared(len(ROWS), 3)
    found.run_forward(column(ROWS))
    assert found.bytes() == 2 * 100
    found.run_forward(column(ROWS))
    assert found.bytes() == 4 * 100
    for _ in range(2):
        found.both(np.zeros(5), column(ROWS))
        assert 4 * 100 + 5 * 8 <= found.bytes() <= 4 * 100 + len(found.starts) * 5 * 8
    alone = shared(len(ROWS), 1)
    alone.both(np.zeros(5), column(ROWS))
    assert alone.bytes() == 2 * 100 + 5 * 8


@pytest.mark.usefixtures("at_once")
def test_there_are_no_more_threads_than_cores():
    found = shared(len(ROWS), 8)
    for _ in range(3):
        found.run_forward(column(ROWS))
    assert found.threads == 4
    assert len(found._others) == 3
    assert "by up to 4 threads" in found.runs_as


def test_each_share_writes_into_its_part_of_the_results(at_once):
    class Looking(Doubling):
        def bound(self, results, gradient, inputs):
            assert np.shares_memory(results, into)
            return super().bound(results, gradient, inputs)

    found, into = shared(len(ROWS), 2, Looking), np.zeros((len(ROWS), 1))
    gradient = np.zeros(3)
    run = found.bound(into, gradient, [column(ROWS)])
    for _ in range(3):
        gradient.fill(0.0)
        into.fill(0.0)
        run()
        assert (into == column(2.0 * ROWS)).all()
        np.testing.assert_allclose(gradient, ROWS.mean(), atol=1e-15)


def test_gradients_are_added_in_the_order_of_the_shares(at_once):
    """Whichever is ready first: the earlier ones take longer here, and in another order the sum has other bits."""
    slopes = np.random.default_rng(0).normal(size=MOST) * 10.0 ** np.arange(MOST)

    class Slow(Doubling):
        def bound(self, results, gradient, inputs):
            n = int(inputs[0][0, 0])

            def run():
                time.sleep(0.002 * (n % 3 == 0))
                gradient[:] += slopes[n]

            return run

    rows = column(np.repeat(np.arange(MOST), 40))
    found = []
    for n in (1, 2, 4):
        sharing = Shares(Slow, len(rows), 40, outputs=1, dtype=float, threads=n)
        sharing._seconds = 1.0
        found.append(np.zeros(1))
        sharing.both(found[-1], rows)
        assert len(sharing._gradients) <= MOST
    expected = 0.0
    for slope in slopes:
        expected += slope * (40 / len(rows))
    assert [each.tolist() for each in found] == [[expected]] * 3


# ----------------------------------------------------------------------------------------- compiled functions


@pytest.fixture
def w():
    return [Value(0.5), Value(-1.5), Value(2.0)]


def loss(w):
    return lambda x, k: (take([tanh(x * w[0]), sin(x) * w[1], exp(x)], k) - w[2] * w[2]) ** 2


def run(f, w, *arrays):
    """The losses and the gradient, of the second run."""
    for _ in range(2):
        for p in w:
            p.grad = 0.0
        losses = f.backward(*arrays)
    return losses.tolist(), [p.grad for p in w]


@NEEDS_NATIVE
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_any_number_of_threads_gives_the_same_bits(at_once, w, dtype):
    k = np.arange(len(ROWS)) % 3
    with in_blocks_of(7):
        found = [run(compile(loss(w), dtype=dtype, backend="native", threads=n), w, ROWS, k) for n in (1, 2, 5, None)]
    assert all(each == found[0] for each in found)


@NEEDS_NATIVE
def test_explain_says_so(at_once, w):
    f = compile(loss(w), backend="native", threads=2)
    with in_blocks_of(100):
        f(ROWS, np.zeros(len(ROWS)))
    assert "\nin 3 shares of rows, by up to 2 threads; each: native, 4 blocks of" in f.explain()


@NEEDS_NATIVE
def test_an_index_that_is_wrong_in_a_later_share_names_its_row_and_changes_no_gradient(at_once, w):
    k = np.arange(len(ROWS)) % 3
    k[901] = 3
    f = compile(loss(w), backend="native", threads=2)
    with in_blocks_of(10):
        for _ in range(2):
            with pytest.raises(IndexError, match=r"from 0 to 2, got 3 in row 901"):
                f.backward(ROWS, k)
    assert [p.grad for p in w] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("uses_blas", [True, False])
def test_products_of_matrices_use_one_thread_meanwhile(uses_blas):
    class Asking(Doubling):
        def run_forward(self, x):
            seen.append(len(threads._one_thread._who))
            return x

    seen = []
    found = shared(200, 1, Asking, uses_blas=uses_blas)
    found.run_forward(column(np.ones(200)))
    assert seen == [int(uses_blas)] * len(found.starts)


@NEEDS_NATIVE
@pytest.mark.parametrize(
    ("f", "expected"),
    [(lambda x, w: w * x[0] * x[1], False), (lambda x, w: (w * x[0] + x[1]).tanh() * w, True)],
    ids=["alone", "with a sum over the rows"],
)
def test_programs_without_products_of_matrices_leave_blas_alone(f, expected, w):
    compiled = compile(lambda x: f(x, w[0]), backend="native")
    with in_blocks_of(10):
        (compiled.backward if expected else compiled)(np.ones((1000, 2)))
    (executor,) = compiled._latest.executors.values()
    assert isinstance(executor, Shares)
    assert executor._uses_blas == expected


@pytest.mark.parametrize("threads", [0, -1, 1.5, "2", True, False])
def test_what_is_no_number_of_threads_is_refused(threads):
    with pytest.raises(ValueError, match=f"threads must be a whole number from 1, or None .*, got {threads!r}"):
        compile(lambda x: x, threads=threads)


@NEEDS_NATIVE
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_graphs_as_they_are_go_through_shares_too(at_once, w, dtype):
    def recurrence(x):
        for _ in range(90):  # too short to be a loop
            x = tanh(x * w[0]) + sin(x) * w[1]
        return x * w[2]

    x = np.linspace(-1.0, 2.0, 3001)
    found = [run(compile(recurrence, dtype=dtype, backend="native", threads=n), w, x) for n in (1, 2, None)]
    assert all(each == found[0] for each in found)
    f = compile(recurrence, dtype=dtype, backend="native", threads=2)
    f(x)
    assert "\nin 3 shares of rows, by up to 2 threads; each: native: 451 operations" in f.explain()
    losses, slopes = run(compile(recurrence, dtype=dtype, backend="numpy"), w, x)
    np.testing.assert_allclose(found[0][0], losses, rtol=1e-12 if dtype == "float64" else 1e-4, atol=1e-6)
    np.testing.assert_allclose(found[0][1], slopes, rtol=1e-10 if dtype == "float64" else 1e-3)


@NEEDS_NATIVE
def test_a_branch_that_was_not_taken_in_a_share_carries_no_gradient(at_once, w):
    """√0 has an infinite derivative, on the side that is not taken; the graph runs once more, exactly."""

    def recurrence(x):
        y = where(x > 0.0, sqrt(where(x > 0.0, x, 0.0) * w[0]), x * w[1])
        for _ in range(150):
            y = y * w[0] + x
        return y

    x = np.linspace(-1.0, 2.0, 3001)
    _, expected = run(compile(recurrence, backend="numpy"), w, x)
    _, got = run(compile(recurrence, backend="native", threads=2), w, x)
    assert np.isfinite(expected).all()
    np.testing.assert_allclose(got, expected, rtol=1e-11, atol=1e-14)


@NEEDS_NATIVE
@pytest.mark.parametrize("turns", [0, 300], ids=["arrays", "nodes"])
def test_a_function_that_is_dropped_goes_without_the_collector(w, turns):
    def f(x):
        y = x * w[0]
        for n in range(turns):
            y = y + sin(y * (n + 1.5))
        return y

    compiled = compile(f, backend="native")
    with in_blocks_of(10):
        compiled.backward(np.ones(10_000))
    assert any(isinstance(each, Shares) for each in compiled._latest.executors.values())
    gc.disable()
    try:
        prepared = weakref.ref(compiled._latest)
        del compiled
        assert prepared() is None
    finally:
        gc.enable()


@NEEDS_NATIVE
@pytest.mark.parametrize("rows", [2049, 2050, 3001])
def test_no_row_of_many_has_other_bits_than_beside_one_more(at_once, rows):
    """A row alone is computed by the functions of the C library: no share may have one row."""
    p = Value(0.9)

    def recurrence(x):
        for _ in range(150):
            x = tanh(x * p) + sin(x)
        return x

    f = compile(recurrence, backend="native", threads=2)
    x = np.random.default_rng(rows).normal(size=rows)
    assert f(x)[-2:].tolist() == f(x[-2:]).tolist()
