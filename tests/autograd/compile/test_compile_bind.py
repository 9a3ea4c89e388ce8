"""f.bind(X, Y): a compiled function for arrays that are filled anew."""

import copy
import gc
import weakref

import numpy as np
import pytest

from autograd import AnomalyError, TraceError, Value, compile, detect_anomaly, log, relu, sqrt, take, where
from autograd.compiler.compiled import Compiled
from autograd.parameters import store_of
from tests.conftest import NEEDS_NATIVE

X = np.array([[1.0, 2.0], [3.0, -4.0], [0.5, 0.25]])


@pytest.fixture
def w():
    return [Value(0.5), Value(-1.5)]


@pytest.fixture(params=["float64", "float32"])
def dtype(request):
    return request.param


def squared(w):
    return lambda x: (x[0] * w[0] + relu(x[1] * w[1])) ** 2


def gradients(w):
    found = [p.grad for p in w]
    for p in w:
        p.grad = 0.0
    return found


def test_it_gives_what_the_function_gives_of_what_the_arrays_hold(w, backend, dtype):
    f, rows = compile(squared(w), dtype=dtype, backend=backend), X.astype(dtype)
    bound = f.bind(rows)
    for factor in (1.0, 2.0):
        rows *= factor
        assert bound().tolist() == f(rows).tolist()


def test_gradients_are_added_to_those_that_are_there(w, backend, dtype):
    f, rows = compile(squared(w), dtype=dtype, backend=backend), X.astype(dtype)
    bound = f.bind(rows)
    losses = f.backward(rows).tolist()
    once = gradients(w)
    assert bound.backward().tolist() == losses
    assert gradients(w) == once
    bound.backward()
    bound.backward()
    np.testing.assert_allclose(gradients(w), 2.0 * np.array(once), rtol=1e-6)


def test_results_are_in_the_same_arrays(w, backend):
    bound = compile(lambda x: (x[0] * w[0], [x[1], x[1] * w[1]]), backend=backend).bind(X.copy())
    first = bound()
    assert first is bound() is bound.results
    assert [part.shape for part in first] == [(3,), (3, 2)]


def test_new_numbers_of_the_parameters_are_seen(w, backend):
    bound = compile(lambda x: x[0] * w[0], backend=backend).bind(X.copy())
    bound()
    w[0].data = 10.0
    assert bound().tolist() == (10.0 * X[:, 0]).tolist()


def test_parameters_may_move_meanwhile(w, backend):
    bound = compile(squared(w), backend=backend).bind(X.copy())
    bound.backward()
    expected = gradients(w)
    other = Value(1.0)
    compile(lambda x: x * w[0] * w[1] * other, backend=backend).backward([0.0])
    assert store_of(other) is store_of(w[0])
    assert bound.backward().tolist() == compile(squared(w))(X).tolist()
    assert gradients(w) == expected


def test_an_error_changes_no_gradient(w, backend):
    k = np.array([0.0, 1.0, 0.0])
    bound = compile(lambda x, k: take([x[0] * w[0], x[1] * w[1]], k), backend=backend).bind(X.copy(), k)
    bound.backward()
    expected = gradients(w)
    k[2] = 2.0
    with pytest.raises(IndexError, match="from 0 to 1, got 2 in row 2"):
        bound.backward()
    assert gradients(w) == [0.0, 0.0]
    k[2] = 0.0
    bound.backward()
    assert gradients(w) == expected


def test_an_untaken_branch_with_an_infinite_derivative_is_left_out(w, backend):
    rows = np.array([0.0, 4.0])
    bound = compile(lambda x: where(x > 0.0, sqrt(x * w[0]), x * w[1]), backend=backend).bind(rows)
    bound.backward()
    assert np.isfinite(gradients(w)).all()


def test_anomalies_are_found(w, backend):
    rows = np.array([1.0, -1.0])
    bound = compile(lambda x: log(x) * w[0], backend=backend).bind(rows)
    with detect_anomaly(), np.errstate(all="ignore"), pytest.raises(AnomalyError, match="row 1"):
        bound()


def test_without_arguments_it_is_one_row(w, backend):
    bound = compile(lambda: w[0] * w[1], backend=backend).bind()
    assert bound() == -0.75
    bound.backward()
    assert gradients(w) == [-1.5, 0.5]


@pytest.mark.parametrize(
    ("wrong", "got"),
    [
        ([1.0, 2.0], "list"),
        (np.array([1, 2]), "an array of int64"),
        (np.ones((2, 4))[:, ::2], "an array of float64"),
        (np.ones(2, np.float32), "an array of float32"),
        (np.ma.masked_array([1.0, 2.0], [True, False]), "an array of float64"),
    ],
    ids=str,
)
def test_what_could_not_be_read_again_is_refused(w, wrong, got):
    with pytest.raises(TypeError, match=f"bind takes contiguous, aligned arrays of float64.* argument 0 is {got}"):
        compile(lambda x: x * w[0]).bind(wrong)


def test_inside_a_compiled_function_it_is_refused(backend):
    w, X = Value(2.0), np.array([[1.0, 2.0], [3.0, 4.0]])
    bound = compile(lambda x: w * x[0] * x[1], backend=backend).bind(X)
    with pytest.raises(TraceError, match="a function that is bound to arrays in a function that is being compiled"):
        compile(lambda y: y * sum(bound()), backend=backend)([1.0])


def test_results_are_the_same_arrays_whatever_way_they_come(backend):
    w, X = Value(1.0), np.array([1.0])
    exact = compile(lambda x: where(x > 0.0, w * x, w * sqrt(w * 0.0 * x)), backend=backend).bind(X)
    without = compile(lambda x: x * 2.0, backend=backend).bind(X)
    for number in (1.0, 2.0, 3.0):
        X[0] = number
        assert exact.backward() is exact.results
        assert exact.results.tolist() == [number]
        assert without.backward() is without.results
        assert without.results.tolist() == [2.0 * number]
        with detect_anomaly():
            assert without() is without.results


def test_after_retrace_arrays_are_to_be_bound_again(backend):
    w, X = [Value(2.0)], np.array([5.0])
    f = compile(lambda x: w[0] * x, backend=backend)
    bound = f.bind(X)
    assert bound().tolist() == [10.0]
    w[0] = Value(7.0)
    f.retrace()
    for call in (bound, bound.backward):
        with pytest.raises(RuntimeError, match="has been traced anew since these arrays were bound: bind them again"):
            call()
    assert f.bind(X)().tolist() == [35.0]


def test_what_is_too_large_for_float32_is_infinite_without_a_warning(backend):
    w, X = Value(1e300), np.array([1.0], "float32")
    bound = compile(lambda x: w * x, dtype="float32", backend=backend).bind(X)
    assert bound().tolist() == [np.inf]


def test_arguments_by_name(w, backend):
    f = compile(lambda x, y: (x * w[0] - y) ** 2, backend=backend)
    x, y = np.array([1.0, 2.0]), np.array([0.5, 3.0])
    bound = f.bind(y=y, x=x)
    assert bound().tolist() == f(x, y).tolist()
    y[:] = 1.0
    assert bound().tolist() == f(x, y).tolist()


def test_a_method_is_bound_for_its_object(backend):
    class Line:
        def __init__(self, slope):
            self.slope = Value(slope)

        @compile(backend=backend)
        def at(self, x):
            return self.slope * x

    x, steep = np.array([1.0, 2.0]), Line(3.0)
    assert steep.at.bind(x)().tolist() == [3.0, 6.0]
    assert Line.at.bind(steep, x)().tolist() == [3.0, 6.0]


def test_a_copy_is_bound_to_copies_of_the_arrays(backend):
    rows = X.copy()
    model = {"w": [Value(0.5), Value(-1.5)]}
    model["step"] = compile(squared(model["w"]), backend=backend).bind(rows)
    before = model["step"]().tolist()
    other = copy.deepcopy(model)
    rows[:] = 0.0
    assert other["step"]().tolist() == before
    assert model["step"]().tolist() == [0.0, 0.0, 0.0]


def test_free_runs_frees_its_memory_and_it_goes_on(w, backend):
    f = compile(squared(w), backend=backend)
    bound = f.bind(X.copy())
    losses = bound.backward().tolist()
    executors = [weakref.ref(each) for each in f._last().executors.values()]
    f.free_runs()
    assert [each() for each in executors] == [None] * len(executors)
    assert executors
    assert bound.backward().tolist() == losses
    np.testing.assert_allclose(gradients(w), 2.0 * np.array(gradient_of(w)), rtol=1e-12)


def gradient_of(w):
    """The gradient of the rows, as the graph of scalars gives it."""
    for row in X.tolist():
        (squared(w)(row) * (1.0 / len(X))).backward()
    return gradients(w)


def test_more_rows_than_the_buffers_take_are_computed_in_parts(w):
    f = Compiled(squared(w), "float64", most_bytes=50, backend="numpy")
    rows = np.concatenate([X] * 10)
    bound = f.bind(rows)
    assert f._last().most_rows(True) < len(rows)
    assert bound().tolist() == f(rows).tolist()
    assert bound.backward().tolist() == f(rows).tolist()
    np.testing.assert_allclose(gradients(w), gradient_of(w), rtol=1e-12)


def test_other_numbers_of_rows_meanwhile_change_nothing(w, backend):
    """The executor of the bound rows has made room for others."""
    f = compile(squared(w), backend=backend)
    bound = f.bind(X)
    expected = bound().tolist()
    for count in range(4, 12):
        f(np.ones((count, 2)))
    gc.collect()
    assert bound().tolist() == expected


@NEEDS_NATIVE
def test_a_graph_that_runs_once_more_runs_on_its_own_rows():
    """√ has an infinite derivative at 0 on the side that is not taken: found out on 10 rows, after a call of 3 rows."""
    p = Value(0.5)

    def recurrence(x):
        y = where(x > 0.0, sqrt(where(x > 0.0, x, 0.0) * p), x * p)
        for _ in range(150):
            y = y * p + x
        return y

    f = compile(recurrence, backend="native")
    x = np.linspace(0.5, 1.5, 10)
    bound = f.bind(x)
    bound()
    bound.backward()
    f.backward(np.linspace(0.5, 1.0, 3))
    p.grad, x[:5] = 0.0, -x[:5]
    bound.backward()
    got, p.grad = p.grad, 0.0
    compile(recurrence, backend="numpy").backward(x)
    assert got == pytest.approx(p.grad, rel=1e-12)


@pytest.mark.parametrize("steps", [1, 300])
def test_a_list_is_not_differentiated(backend, steps):
    p = Value(0.5)

    def several(x):
        for _ in range(steps):
            x = (x * p).tanh()
        return [x, x * p]

    bound = compile(several, backend=backend).bind(np.array([0.3, 0.4]))
    bound()
    with pytest.raises(TraceError, match=r"backward\(\) needs one number to differentiate, but f returns a list"):
        bound.backward()
    assert p.grad == 0.0


def test_numbers_that_lie_between_two_places_are_refused(w, backend):
    there = np.zeros(X.nbytes + 1, np.uint8)[1:].view(np.float64).reshape(X.shape)
    there[:] = X
    f = compile(squared(w), backend=backend)
    with pytest.raises(TypeError, match="bind takes contiguous, aligned arrays of float64"):
        f.bind(there)
    assert f(there).tolist() == f(X).tolist()


def test_after_retrace_names_are_to_be_bound_again_too(w, backend):
    factor = [1.0]
    f = compile(lambda x, *, y: w[0] * x * factor[0] + y, backend=backend)
    x, y = np.array([1.0, 2.0]), np.array([0.5, 3.0])
    bound = f.bind(x, y=y)
    bound()
    factor[0] = 10.0
    f.retrace()
    with pytest.raises(RuntimeError, match="bind them again"):
        bound()
    assert f.bind(x, y=y)().tolist() == f(x, y=y).tolist() == [5.5, 13.0]


@pytest.mark.parametrize("most_bytes", [50, 2**26], ids=["in parts", "at once"])
def test_it_is_freed_without_the_collector(w, most_bytes):
    gc.collect()
    gc.disable()
    try:
        f = Compiled(squared(w), "float64", most_bytes=most_bytes, backend="numpy")
        bound = f.bind(np.concatenate([X] * 10))
        bound()
        bound.backward()
        gone = weakref.ref(bound)
        del bound
        assert gone() is None
    finally:
        gc.enable()
