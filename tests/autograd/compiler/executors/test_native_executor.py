"""What only the native executor has: blocks of rows, NumPy's inner loops, and how it is refused."""

import gc
import sys
import threading
import weakref
from math import isnan

import numpy as np
import pytest

import autograd
from autograd import OPERATIONS, Value, compile, erf, exp, relu, sin, take, tanh
from autograd.compiler.executors import executor_of
from autograd.compiler.executors import numpy as by_numpy
from autograd.compiler.kinds import Map, Sum
from autograd.compiler.views import contiguous
from tests.autograd.compiler.conftest import in_blocks_of
from tests.autograd.compiler.executors.by_hand import INDEX, ByHand, X
from tests.conftest import NEEDS_NATIVE

pytestmark = NEEDS_NATIVE

if not NEEDS_NATIVE.args[0]:
    from autograd.compiler.executors.native import blocks, loops, machine, rules
    from autograd.compiler.executors.native.executor import Executor

W = [0.5, -1.5, 2.0]


@pytest.fixture
def w():
    return [Value(number) for number in W]


@pytest.fixture
def rows(drawn):
    return drawn.rows(1000, 3)


def executors_of(f):
    return list(f._last().executors.values())


# ------------------------------------------------------------------------------------------------- how it is chosen


def test_it_runs_where_it_is_asked_for(w, rows):
    f = compile(lambda x: tanh(x[0] * w[0]), backend="native")
    f(rows)
    assert type(executors_of(f)[0]) is Executor
    assert f.explain().splitlines()[-1].startswith("native, 1,000 rows at once: ")
    assert "backend='native'" in repr(f)


def test_others_run_by_numpy(w, rows):
    f = compile(lambda x: tanh(x[0] * w[0]), backend="numpy")
    f(rows)
    assert type(executors_of(f)[0]) is by_numpy.Executor


def test_an_unknown_backend_is_refused():
    with pytest.raises(ValueError, match="backend must be one of 'numpy', 'native', 'jax', got 'torch'"):
        compile(lambda x: x, backend="torch")


def test_where_it_is_not_built_the_error_says_how_to_build_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "autograd.compiler.executors.native", None)
    with pytest.raises(ImportError, match=r"is not built here .* needs a C compiler .* Use backend='numpy'"):
        executor_of("native")


@pytest.mark.parametrize(
    ("name", "other"), [("native_fingerprint", lambda package: 1), ("machine.BUILT_FROM", 1), ("graph.BUILT_FROM", 1)]
)
def test_an_extension_of_other_sources_is_refused(monkeypatch, name, other):
    monkeypatch.setattr(f"{loops.__name__}.{name}", other)
    loops.why_not.cache_clear()
    try:
        with pytest.raises(ImportError, match="was built from other sources"):
            executor_of("native")
    finally:
        loops.why_not.cache_clear()


def test_a_machine_of_other_words_is_refused(monkeypatch):
    monkeypatch.setattr(f"{loops.__name__}._ADDRESS", 4)
    loops.why_not.cache_clear()
    try:
        with pytest.raises(ImportError, match="addresses of 64 bits, and here they have 32"):
            executor_of("native")
    finally:
        loops.why_not.cache_clear()


# ----------------------------------------------------------------------------------------------------- NumPy's loops


def test_all_loops_are_there():
    assert loops.why_not() == ""


def test_a_loop_that_gives_other_numbers_is_found(monkeypatch):
    """The check is for a NumPy whose loops are not what its functions compute: here the loop is another one's."""
    other = machine.loop_of(np.sin, "d->d")
    with pytest.raises(LookupError, match="gives other numbers"):
        loops._compare(np.cos, other, "d->d")


def test_a_ufunc_without_such_a_loop_is_found():
    with pytest.raises(LookupError, match="has no loop dd->d"):
        machine.loop_of(np.bitwise_and, "dd->d")


def test_where_erf_is_not_in_c_it_is_an_error_where_it_is_used(monkeypatch, w, rows):
    for module in (loops, rules):
        monkeypatch.setattr(module, "loop_of_rule", lambda *rule: None)  # as where the rules are not in C
    loops.loop.cache_clear()
    loops._loop_of_numpy.cache_clear()
    instead = "Use backend='numpy', or where none can be named GLASSGRAD_BACKEND=numpy in the environment$"
    with pytest.raises(ImportError, match=rf"it takes erf from the compiled core, .*. {instead}"):
        compile(lambda x: erf(x[0] * w[0]), backend="native")(rows)
    loops.loop.cache_clear()


def test_the_source_is_the_program_as_numpy_code(w, rows):
    f = compile(lambda x: tanh(x[0] * w[0]), backend="native")
    f(rows)
    assert "tanh(" in f.source


@pytest.mark.parametrize("bound_for", ["values", "gradient"])
def test_what_is_bound_outlives_its_executor(w, rows, bound_for):
    f = compile(loss(w), backend="native")
    k = np.arange(1000.0) % 3
    f.backward(rows, k)
    executor = executors_of(f)[0]
    kept = [id(each) for each in (*executor.memory, executor.parameters, *executor.code.tables)]
    results, gradient = np.zeros((1000, 1)), np.zeros(len(executor.parameters)) if bound_for == "gradient" else None
    call = executor.bound(results, gradient, [rows, k[:, None]])
    call()
    expected = results.copy()
    of_stream = {id(each) for each in gc.get_referents(call.func.__self__) for each in gc.get_referents(each)}
    assert of_stream.issuperset(kept)
    gone = weakref.ref(executor)
    del executor, f
    gc.collect()
    assert gone() is None
    junk = [np.full(size, 7, np.uint8) for size in (2**10, 2**14, 2**18) for _ in range(20)]
    results[:] = 0.0
    call()
    assert (results == expected).all()
    assert all((each == 7).all() for each in junk)


# ------------------------------------------------------------------------------------------------------------ blocks


def loss(w):
    return lambda x, k: (take([x[0] * w[0], sin(x[1]) * w[1], relu(x[2])], k) - w[2] * w[2]) ** 2


@pytest.mark.parametrize("rows_of_a_block", [1, 7, 999, 1000])
def test_blocks_give_what_all_rows_at_once_give(w, rows, rows_of_a_block):
    k = np.arange(1000) % 3
    f = compile(loss(w), backend="numpy")
    expected = f.backward(rows, k)
    gradients = [p.grad for p in w]
    for p in w:
        p.grad = 0.0
    with in_blocks_of(rows_of_a_block):
        got = compile(loss(w), backend="native").backward(rows, k)
    np.testing.assert_allclose(got, expected, rtol=1e-13)
    np.testing.assert_allclose([p.grad for p in w], gradients, rtol=1e-12)


def test_an_error_in_a_later_block_names_its_row_and_changes_no_gradient(w, rows):
    k = np.arange(1000) % 3
    k[901] = 3
    f = compile(loss(w), backend="native")
    with in_blocks_of(100), pytest.raises(IndexError, match=r"from 0 to 2, got 3 in row 901"):
        f.backward(rows, k)
    assert [p.grad for p in w] == [0.0, 0.0, 0.0]


def test_more_rows_need_no_more_memory(w):
    f = compile(lambda x: sum(tanh(exp(x * p) * sin(x)) for p in w), backend="native")
    for count in (50_000, 200_000, 800_000):
        f.backward(np.linspace(-1.0, 1.0, count))
        assert executors_of(f)[-1].bytes() < 2**22  # a block for each thread, and one more


def test_a_block_fits_into_the_cache_but_for_the_fewest_rows():
    class Of:
        """Code with one memory of so many bytes in each row."""

        def __init__(self, size):
            self.memories = [type("Memory", (), {"by_row": True, "bytes": size})]
            self.added = 0

    assert blocks.block_of(Of(8), 100) == 100
    assert blocks.block_of(Of(1024), 10_000) == blocks.CACHE // 1024
    assert blocks.block_of(Of(2**20), 10_000) == blocks.FEWEST


# ---------------------------------------------------------------------------------------------------------- one row


@pytest.mark.parametrize("signs", [[1] * 12, [1, -1] * 6, [-1, 1] * 6], ids=str)
@pytest.mark.parametrize("over", [0, 1])
def test_a_long_sum_may_lie_where_one_of_its_first_terms_did(signs, over):
    by_hand = ByHand("native", rows=1)
    number = contiguous(by_hand.x.value, 0, ())
    own = by_hand.row(Map(OPERATIONS["exp"]), number, shape=())
    terms = [contiguous(by_hand.x.value, n % 4, ()) for n in range(12)]
    terms[over] = own
    ran = by_hand.executor(by_hand.row(Sum(tuple(signs)), *terms, shape=()))
    x = X[0, np.arange(12) % 4]
    x[over] = np.exp(X[0, 0])
    assert ran.run_forward(X[:1], INDEX[:1])[0, 0] == pytest.approx(signs @ x, rel=1e-15)
    assert len(ran.plan.slots) == (2 if over == 1 and signs[0] < 0 else 1)  # over it, where that is possible


def test_one_row_keeps_what_ieee_says_of_infinities():
    f = compile(lambda x: [relu(x), autograd.maximum(x, 0.0), 1.0 / x], backend="native")
    assert f([-np.inf]).tolist() == [[0.0, 0.0, -0.0]]
    assert isnan(f([np.nan])[0, 1])


# ----------------------------------------------------------------------------------------------------------- threads


def test_other_threads_run_meanwhile():
    """The interpreter's lock is free while the machine runs: another thread counts on."""
    p = Value(0.5)

    def iterated(x):
        for _ in range(50):
            x = sin(x * p)
        return x

    f = compile(iterated, backend="native")
    X = np.linspace(-1.0, 1.0, 100_000)
    f(X)
    started, done = threading.Event(), threading.Event()

    def wait_for_the_start():
        started.wait()
        done.set()

    interval = sys.getswitchinterval()
    thread = threading.Thread(target=wait_for_the_start)
    thread.start()
    try:
        sys.setswitchinterval(100.0)  # who holds the lock is not asked for it: it must be let go of
        started.set()
        f(X)
        assert done.is_set()
    finally:
        sys.setswitchinterval(interval)
        thread.join()


@pytest.mark.parametrize("count", [13, 14, 61, 62, 64, 70])
def test_any_number_of_arguments(count):
    w = Value(2.0)
    f = compile(lambda *x: w * sum(x, Value(0.0)), backend="native")
    assert f(*[np.ones(3)] * count).tolist() == [2.0 * count] * 3


# ------------------------------------------------------------------------------------------------------------ memory


def test_a_function_that_nobody_has_any_more_leaves_nothing(w, rows):
    """Also without the collector: neither instructions nor memory."""
    gc.collect()
    gc.disable()
    try:
        f = compile(lambda x: tanh(x[0] * w[0]) ** 2, backend="native")
        f.backward(rows)
        gone = [weakref.ref(each) for each in (f._last(), f.program, executors_of(f)[-1].plan)]
        del f
        assert [each() for each in gone] == [None, None, None]
    finally:
        gc.enable()
