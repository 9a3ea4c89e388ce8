"""Threads that run shares: all have ended when the call returns, whatever happens; and BLAS has its limit back."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from contextlib import nullcontext

import numpy as np
import pytest

from autograd import compile
from autograd.compiler.cache import HOME
from autograd.compiler.executors import threads
from autograd.compiler.executors.threads import _Turns, blas_in_one_thread, default_threads, run_shares
from nn import MLP, fit, predict

MAIN = threading.main_thread()


@pytest.fixture(autouse=True)
def of_four(monkeypatch):
    """A pool of as many threads as on a machine of four cores."""
    monkeypatch.setattr(threads, "cores", lambda: 4)
    forget = threads._pool.cache_clear
    forget()
    yield
    forget()


# ----------------------------------------------------------------------------------------------------------- shares


@pytest.mark.parametrize("n_ways", [1, 2, 3, 7])
def test_each_share_is_run_once(n_ways):
    done = []
    run_shares(100, [done.append] * n_ways)
    assert sorted(done) == list(range(100))


def test_where_there_are_no_further_threads_this_one_goes_on_alone(monkeypatch):
    class Ended:
        def submit(self, *work):
            raise RuntimeError("cannot schedule new futures after shutdown")

    monkeypatch.setattr(threads, "_pool", Ended)
    done = []
    run_shares(10, [done.append] * 3)
    assert done == list(range(10))


def test_it_goes_on_alone_when_python_ends():
    """Threads are started no more then."""
    program = (
        "import atexit\nfrom autograd.compiler.executors import threads\nthreads.cores = lambda: 2\n"
        "done = []\nthreads.run_shares(5, [done.append] * 2)\natexit.register(lambda: print(len(done)))\n"
        "atexit.register(lambda: threads.run_shares(5, [done.append] * 2))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "10\n"
    assert not done.stderr


def test_no_share_is_given_after_one_has_failed():
    turns = _Turns(10)
    assert [turns.take() for _ in range(3)] == [0, 1, 2]
    turns.fail(2, ValueError())
    assert turns.take() is None


def test_a_share_that_was_given_is_run_though_a_later_one_has_failed():
    """Its error would be the first one."""

    class WhileAnotherFails(_Turns):
        def take(self):
            n = super().take()
            if n == 0:
                self.fail(1, ValueError())
            return n

    done = []
    WhileAnotherFails(10).work(done.append, nullcontext())
    assert done == [0]


def test_the_error_of_the_first_share_that_fails_is_raised():
    others_fail = threading.Event()

    def run(n):
        if n == 0:
            others_fail.wait(60)
        else:
            others_fail.set()
        raise ValueError(n)

    with pytest.raises(ValueError, match=r"^0$"):
        run_shares(10, [run] * 2)


@pytest.mark.parametrize("kind", [Exception, BaseException])
def test_an_error_goes_without_the_collector(kind):
    class Failure(kind):
        pass

    def fail(n):
        raise Failure

    gc.disable()
    try:
        try:
            run_shares(3, [fail])
        except Failure as error:
            found = weakref.ref(error)
        assert found() is None
    finally:
        gc.enable()


# ------------------------------------------------------------------------------------------------------- interrupts


def helped(interrupt, begun, go_on, done):
    """Two shares at a time: main's one waits for the other, and is interrupted."""

    def mine(n):
        begun.wait(60)
        interrupt()
        time.sleep(60)

    def other(n):
        begun.set()
        go_on.wait(60)
        done.append(n)

    with pytest.raises(KeyboardInterrupt):
        run_shares(100, [mine, other])


def ctrl_c():
    signal.pthread_kill(MAIN.ident, signal.SIGUSR1)


@pytest.fixture
def signals():
    """SIGUSR1 is to the test what SIGINT is to a user."""

    def handler(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGUSR1, handler)
    yield
    signal.signal(signal.SIGUSR1, before)


@pytest.mark.skipif(os.name == "nt", reason="sends signals to a thread, which Windows has not")
@pytest.mark.parametrize("times", [1, 2, 5])
def test_an_interrupted_batch_waits_for_its_threads_which_begin_no_further_share(signals, times):
    """What they write into is used by nobody else before they have ended, however often one is interrupted."""
    begun, go_on, done = threading.Event(), threading.Event(), []

    def interrupt():
        for n in range(1, times):
            threading.Timer(0.03 * n, ctrl_c).start()
        threading.Timer(0.03 * (times + 1), go_on.set).start()
        ctrl_c()

    helped(interrupt, begun, go_on, done)
    assert go_on.is_set()
    assert len(done) == 1


# ------------------------------------------------------------------------------------------------------------- BLAS


def blas():
    return {each["num_threads"] for each in threads._blas().info() if each["user_api"] == "blas"}


@pytest.fixture
def two():
    """BLAS has two threads."""
    with threads._blas().limit(limits=2, user_api="blas"):
        assert blas() == {2}
        yield


@pytest.mark.usefixtures("two")
def test_blas_has_one_thread_in_the_block():
    with blas_in_one_thread():
        assert blas() == {1}
    assert blas() == {2}
    with pytest.raises(KeyError), blas_in_one_thread():
        raise KeyError
    assert blas() == {2}


@pytest.mark.usefixtures("two")
def test_blocks_of_threads_that_overlap_leave_blas_as_it_was():
    """The first one sets the limit, and the last one lifts it."""
    first, second = blas_in_one_thread(), blas_in_one_thread()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert blas() == {1}
    second.__exit__(None, None, None)
    assert blas() == {2}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.usefixtures("two")
def test_a_child_begins_without_the_limit():
    with blas_in_one_thread():
        child = os.fork()
        if child == 0:
            try:
                fits = blas() == {2} and not threads._one_thread._who
            finally:
                os._exit(0 if fits else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert blas() == {1}
    assert blas() == {2}


# -------------------------------------------------------------------------------------------------- the environment


@pytest.fixture
def in_environment(monkeypatch):
    """Sets GLASSGRAD_THREADS, as it is when nothing has been compiled yet."""

    def set_to(number):
        monkeypatch.setenv("GLASSGRAD_THREADS", number)
        default_threads.cache_clear()

    yield set_to
    default_threads.cache_clear()


@pytest.mark.parametrize(("number", "expected"), [("3", 3), ("1", 1), ("", None)])
def test_the_environment_says_how_many_where_nobody_does(in_environment, number, expected):
    in_environment(number)
    for threads_, found in [(None, expected), (2, 2)]:
        f = compile(lambda x: x * x, threads=threads_)
        f(np.ones(3))
        assert f._latest.threads == found
    w = MLP(2, [2, 1], seed=0)
    assert predict(w, np.ones((20, 2))).shape == (20,)
    (parts,) = [each for kept in HOME._kept.values() if kept.owner() is w for each in kept.parts.values()]
    assert {prepared.threads for prepared in parts._prepared.values()} == {expected}


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "two"])
def test_what_is_no_number_of_threads_in_the_environment_is_refused(in_environment, number):
    in_environment(number)
    expected = f"^GLASSGRAD_THREADS={number} in the environment: it must be a whole number from 1, of threads at most$"
    model = MLP(2, [1], seed=0)
    before = model.state_dict()
    for use in (
        lambda: compile(lambda x: x),
        lambda: predict(model, np.ones((20, 2))),
        lambda: fit(model, np.ones((4, 2)), np.ones(4), loss="mse", progress=False),
    ):
        with pytest.raises(ValueError, match=expected) as error:
            use()
        assert not getattr(error.value, "__notes__", ())
    assert all((array == before[name]).all() for name, array in model.state_dict().items())
    fit(model, np.ones((4, 2)), np.ones(4), loss="mse", epochs=1, progress=False, backend="eager")  # compiles nothing
