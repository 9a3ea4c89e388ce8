"""One trace for several programs, and the home in which traces and programs are kept as long as they are current."""

import gc
import multiprocessing
import sys
import threading
from weakref import ref

import numpy as np
import pytest

import autograd
from autograd import TraceError, Value, compile
from autograd.compiler import cache
from autograd.compiler.cache import Home, Parts
from autograd.compiler.executors import default_backend
from autograd.parameters import store_of
from tests.conftest import NEEDS_NATIVE, OURS


class Line:
    """Something to be compiled, which can be held weakly."""

    def __init__(self, slope=2.0):
        self.slope, self.offset = Value(slope), Value(1.0)

    def parts(self):
        line = ref(self)

        def f(x, *target):
            output = line().slope * x + line().offset
            hidden = [line().slope * x, line().offset]
            found = {"loss": (output - target[0]) ** 2} if target else {}
            return found | {"output": output, "hidden": hidden}

        return Parts(f, [(), ()])


X, Y = np.array([0.0, 1.0, 2.0]), np.array([1.0, 2.0, 3.0])


@pytest.fixture
def traces(monkeypatch):
    """How often something was traced."""
    counted = []
    original = cache.folded_trace
    monkeypatch.setattr(cache, "folded_trace", lambda *args: counted.append(args) or original(*args))
    monkeypatch.setattr(autograd.compiler.prepared.preparing, "trace", None)
    return counted


# ------------------------------------------------------------------------------------------------- one trace for all


def test_one_trace_gives_every_program(traces):
    parts = Line().parts()
    loss, output = parts.program(["loss", "output"], 2)(X, Y)
    assert (loss.tolist(), output.tolist()) == ([0.0, 1.0, 4.0], [1.0, 3.0, 5.0])
    assert parts.program(["output"], 1)(X)[0].tolist() == [1.0, 3.0, 5.0]
    assert parts.program(["hidden", "output"], 1)(X)[0].tolist() == [[0.0, 1.0], [2.0, 1.0], [4.0, 1.0]]
    assert len(traces) == 1


def test_a_program_computes_no_more_than_what_it_gives():
    parts = Line().parts()
    line = Line()
    alone = compile(lambda x: line.slope * x + line.offset)
    alone(X)
    output = parts.program(["output"], 1)
    assert [str(step) for step in output.program.steps] == [str(step) for step in alone.program.steps]
    assert list(output.program.inputs) == [0]


def test_a_program_is_made_once():
    parts = Line().parts()
    assert parts.program(["output"], 1) is parts.program(["output"], 1)
    assert parts.program(["output"], 1) is not parts.program(["output"], 1, "float32")
    assert parts.program(["output"], 1) is not parts.program(["output"], 1, adopts=True)


def test_programs_of_both_dtypes_come_from_one_trace(traces):
    parts = Line(1.0 / 3.0).parts()
    (double,), (single,) = parts.program(["output"], 1)(X), parts.program(["output"], 1, "float32")(X)
    assert (double.dtype, single.dtype, len(traces)) == (np.float64, np.float32, 1)
    assert single == pytest.approx(double, rel=1e-6)
    assert (single != double).any()


@NEEDS_NATIVE
def test_programs_of_both_backends_come_from_one_trace(traces):
    parts = Line().parts()
    by_numpy, native, default = (parts.program(["output"], 1, backend=each) for each in ("numpy", "native", None))
    assert (by_numpy.backend, native.backend) == ("numpy", "native")
    assert default is {"numpy": by_numpy, "native": native}[default_backend()]
    assert by_numpy(X)[0].tolist() == native(X)[0].tolist() == [1.0, 3.0, 5.0]
    assert len(traces) == 1


@pytest.mark.parametrize("reads_first", [True, False])
def test_a_program_that_adopts_goes_backward_and_one_that_reads_leaves_the_parameters(reads_first):
    line = Line()
    parts = line.parts()
    if reads_first:
        parts.program(["loss", "output"], 2)(X, Y)
        assert store_of(line.slope) is None
    parts.program(["loss", "output"], 2, adopts=True).backward(X, Y)
    assert store_of(line.slope) is not None
    assert (line.slope.grad, line.offset.grad) == (pytest.approx(10.0 / 3.0), 2.0)  # the means of 2(2x + 1 - y)x, …
    assert parts.program(["loss", "output"], 2)(X, Y)[0].tolist() == [0.0, 1.0, 4.0]


def test_each_call_reads_the_numbers_anew_wherever_they_are():
    line = Line()
    output = line.parts().program(["output"], 1)
    output(X)
    line.slope.data = 10.0
    assert output(X)[0].tolist() == [1.0, 11.0, 21.0]
    store, _ = autograd.parameters.adopt([line.offset, line.slope])
    store.data[:] = 0.0, 3.0
    assert output(X)[0].tolist() == [0.0, 3.0, 6.0]
    store.convert("float32")
    store.data[0] = 0.5
    assert output(X)[0].tolist() == [0.5, 3.5, 6.5]


def test_it_is_current_until_the_function_does_something_else():
    line, factor = Line(), [2.0]
    parts = Parts(lambda x: {"output": line.slope * x * factor[0]}, [()])
    assert parts.is_current()
    parts.program(["output"], 1)(X)
    line.slope.data = 5.0
    assert parts.is_current()
    factor[0] = 3.0
    assert not parts.is_current()


def test_a_trace_can_be_asked_first_when_it_has_a_program():
    line, factor = Line(), [2.0]
    parts = Parts(lambda x: {"output": line.slope * x * factor[0]}, [()])
    parts.program(["output"], 1)(X)
    assert parts.is_current()
    factor[0] = 3.0
    assert not parts.is_current()


def test_other_names_are_something_else():
    names = ["a"]
    parts = Parts(lambda x: {names[0]: 2.0 * x}, [()])
    names[0] = "b"
    assert not parts.is_current()


def test_inside_a_function_that_is_compiled_it_is_refused_since_it_would_be_frozen():
    output = Line().parts()
    with pytest.raises(TraceError, match="running a program of numbers in a function that is being compiled"):
        compile(lambda x: output.program(["output"], 1)(X)[0][0] * x)(X)


def test_a_program_of_what_is_differentiated_by_is_refused_at_every_call():
    def f(p):
        line = Line()
        line.slope = p
        parts = line.parts()
        for _ in range(2):
            with pytest.raises(TypeError, match="its gradient would be lost"):
                parts.program(["output"], 1)
        return p * 2.0

    autograd.grad(f)(3.0)


def test_several_threads_share_a_program():
    line = Line()
    output = line.parts().program(["output"], 1)
    rows = np.arange(1000.0)
    wrong = []

    def ask(n):
        for _ in range(50):
            found = output(rows + n)[0]
            wrong.extend(np.flatnonzero(found != 2.0 * (rows + n) + 1.0))

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# ------------------------------------------------------------------------------------------------------------ a home


def always(owner):
    return True


def kept_of(home, line, key="key", proof=always):
    """What is kept of it, with a trace of it."""
    kept = home.kept(line, lambda: proof)
    if key not in kept.parts:
        assert home.add(kept, key, line.parts())
    return kept


def test_what_is_kept_is_found_again():
    home, line = Home(), Line()
    assert kept_of(home, line) is kept_of(home, line)
    assert kept_of(home, line) is not kept_of(home, Line())


def test_nothing_is_kept_without_a_proof():
    home, line = Home(), Line()
    assert home.kept(line, lambda: None) is None
    assert len(home) == 0


def test_what_is_no_longer_proved_is_forgotten():
    home, line = Home(), Line()
    states = ["a"]
    before = kept_of(home, line, proof=lambda owner: states == ["a"])
    states[0] = "b"
    assert home.kept(line, lambda: None) is None
    assert len(home) == 0
    states[0] = "a"
    assert kept_of(home, line) is not before


def test_a_trace_of_another_state_than_that_of_the_proof_is_not_kept():
    home, line, states = Home(), Line(), ["a"]
    kept = home.kept(line, lambda: lambda owner: states == ["a"])
    states[0] = "b"
    parts = line.parts()  # of b
    assert not home.add(kept, "key", parts)
    states[0] = "a"
    assert home.kept(line, lambda: None).parts == {}


@pytest.fixture
def no_collector():
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def test_an_object_takes_its_programs_with_it(no_collector):
    home, line = Home(), Line()
    slope = line.slope
    alone = sys.getrefcount(slope)
    parts = kept_of(home, line).parts["key"]
    parts.program(["output"], 1)(X)
    parts.program(["loss"], 2, adopts=True).backward(X, Y)
    programs = [ref(parts), ref(parts.program(["output"], 1)), ref(parts.program(["loss"], 2, adopts=True))]
    assert sys.getrefcount(slope) > alone
    del line, parts
    assert [program() for program in programs] == [None] * 3
    assert (len(home), sys.getrefcount(slope)) == (0, alone - 1)  # the line had one


def test_another_object_in_the_same_place_is_another():
    home = Home()
    for slope in range(20):  # each is likely to get the address of the one before
        line = Line(float(slope))
        assert kept_of(home, line).parts["key"].program(["output"], 1)(X)[0][1] == slope + 1.0
        del line


def test_the_objects_that_were_asked_for_last_are_kept():
    home, lines = Home(), [Line() for _ in range(cache.MOST_OBJECTS + 2)]
    first = kept_of(home, lines[0])
    for line in lines[1:-1]:
        kept_of(home, line)
        kept_of(home, lines[0])
    kept_of(home, lines[-1])
    assert len(home) == cache.MOST_OBJECTS
    assert kept_of(home, lines[0]) is first
    assert home.kept(lines[1], lambda: None) is None


def test_of_an_object_the_latest_shapes_are_kept():
    home, line = Home(), Line()
    for shape in range(cache.MOST_SHAPES + 2):
        kept = kept_of(home, line, shape)
    assert list(kept.parts) == list(range(2, cache.MOST_SHAPES + 2))


def test_traces_of_many_scalars_make_room_for_each_other(monkeypatch):
    home, lines = Home(), [Line() for _ in range(3)]
    monkeypatch.setattr(cache, "MOST_SCALARS", 2 * lines[0].parts().scalars)
    for line in lines:
        kept_of(home, line)
    assert len(home) == 2
    monkeypatch.setattr(cache, "MOST_SCALARS", 1)
    kept = kept_of(home, lines[0])
    assert (len(home), list(kept.parts)) == (1, ["key"])  # the last one stays


@OURS
def test_memory_for_further_runs_is_bounded(monkeypatch, backend):
    home, lines, kept = Home(), [Line(slope) for slope in (2.0, 3.0, 4.0)], []
    for line in lines:
        kept.append(home.kept(line, lambda: lambda line: True))
        parts = line.parts()
        home.add(kept[-1], "key", parts)
        assert parts.program(["output"], 1, backend=backend)(X)[0][0] == 1.0
    each = kept[0].parts["key"].bytes_of_runs
    assert each >= 8 * len(X)
    monkeypatch.setattr(cache, "MOST_BYTES_OF_RUNS", 2 * each)
    home.kept(lines[2], lambda: None)
    assert [one.parts["key"].bytes_of_runs for one in kept] == [0, each, each]
    again = kept[0].parts["key"].program(["output"], 1, backend=backend)
    assert again(X)[0].tolist() == [1.0, 3.0, 5.0]  # it is allocated anew


def test_several_threads_ask_at_once():
    home, lines, wrong = Home(), [Line(float(n)) for n in range(cache.MOST_OBJECTS + 3)], []

    def ask():
        for _ in range(20):
            for n, line in enumerate(lines):
                kept = home.kept(line, lambda: always)
                parts = kept.parts.get("key")
                if parts is None:
                    parts = line.parts()
                    home.add(kept, "key", parts)
                if parts.program(["output"], 1)(X)[0][1] != n + 1.0:
                    wrong.append(n)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (wrong, len(home)) == ([], cache.MOST_OBJECTS)


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="processes cannot be forked here")
def test_a_forked_process_begins_with_nothing():
    line = Line()
    kept_of(cache.HOME, line)
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    with cache.HOME._lock:  # as a thread may that is not there any more
        process = context.Process(target=lambda: queue.put((len(cache.HOME), len(kept_of(cache.HOME, line).parts))))
        process.start()
        found = queue.get()
        process.join()
    assert found == (0, 1)
