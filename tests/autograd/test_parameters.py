"""Parameters in flat arrays: an adopted Value is still a Value, and a window on its store."""

import copy
import gc
import math
import operator
import pickle
import subprocess
import sys
import threading
import weakref

import numpy as np
import pytest

from autograd import Value, scope
from autograd.parameters import (
    Store,
    adopt,
    any_adopted,
    checked_leaves,
    read_numbers,
    release,
    same,
    store_of,
    zero_grad,
)


def adopted(*numbers, dtype=None):
    """Values of the numbers in one store, and the store."""
    values = [Value(number) for number in numbers]
    return values, adopt(values, dtype)[0]


# ---------------------------------------------------------------------------------------- a window is still a Value


def test_data_reads_the_array():
    (_, b), store = adopted(1.0, 2.0)
    store.data[1] = 7.0
    assert b.data == 7.0


def test_data_writes_the_array():
    (_, b), store = adopted(1.0, 2.0)
    b.data = 7
    assert store.data.tolist() == [1.0, 7.0]


def test_grad_reads_the_array():
    (_, b), store = adopted(1.0, 2.0)
    store.grad[1] = 7.0
    assert b.grad == 7.0


def test_grad_writes_the_array():
    (_, b), store = adopted(1.0, 2.0)
    b.grad = 7
    assert store.grad.tolist() == [0.0, 7.0]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_numbers_of_a_window_are_python_floats(dtype):
    (a,), _ = adopted(1.0, dtype=dtype)
    assert (type(a.data), type(a.grad), type(float(a))) == (float, float, float)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, -0.0, 5e-324, 1.7e308])
def test_a_window_holds_every_float(number):
    (a,), _ = adopted(1.0)
    a.data = a.grad = number
    assert (repr(a.data), repr(a.grad)) == (repr(number), repr(number))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("gradient", [math.nan, math.inf, -math.inf, -0.0, 5e-324, 3.4e38])
@pytest.mark.parametrize("position", [0, 7, 12])
def test_a_store_knows_whether_its_gradients_are_finite(dtype, gradient, position):
    store, _ = adopt([Value(1.0) for _ in range(13)], dtype)
    store.grad.fill(-3.4e38)  # the sum of which is not
    store.grad[position] = gradient
    assert store.grad_is_finite() is math.isfinite(gradient)


def test_a_window_is_a_value():
    (a,), _ = adopted(1.0)
    assert isinstance(a, Value)


def test_repr_of_a_window_is_that_of_a_value():
    a = Value(1.5, label="a")
    adopt([a])
    assert repr(a) == "Value(data=1.5, grad=0.0, label='a')"


def test_a_window_keeps_identity_and_hash():
    a = Value(1.0)
    known = {a: "a"}
    adopt([a])
    assert known[a] == "a"
    assert a != Value(1.0)


def test_a_window_keeps_its_scope():
    with scope("inside"):
        a = Value(1.0)
    before = a._scope
    adopt([a])
    assert a._scope is before


def test_a_window_is_a_leaf():
    (a,), _ = adopted(1.0)
    assert (a.op, a.parents, a.partials) == ("", (), ())


@pytest.mark.parametrize("wrong", ["1", None, [1.0], 1j], ids=repr)
@pytest.mark.parametrize("name", ["data", "grad"])
def test_the_setters_of_a_window_refuse_what_is_no_number(name, wrong):
    (a,), store = adopted(1.0)
    with pytest.raises(TypeError, match=f"{name} holds one real number"):
        setattr(a, name, wrong)
    assert (store.data.tolist(), store.grad.tolist()) == ([1.0], [0.0])


@pytest.mark.parametrize(
    "symbol", [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow], ids=lambda f: f.__name__
)
@pytest.mark.parametrize("which", [(True, False), (False, True), (True, True)], ids=["left", "right", "both"])
def test_eager_arithmetic_on_windows_gives_the_same_as_on_plain_values(symbol, which):
    def result(adopt_them):
        pair = [Value(3.0), Value(2.0)]
        adopt([value for value, yes in zip(pair, which, strict=True) if yes and adopt_them])
        root = symbol(*pair)
        root.backward()
        return type(root), root.data, [value.grad for value in pair]

    assert result(True) == result(False)


def test_a_window_works_with_plain_numbers_on_both_sides():
    (a,), _ = adopted(3.0)
    assert [(a - 1).data, (1 - a).data, (a > 2), (np.float64(2.0) * a).data, a.tanh().data] == [
        2.0, -2.0, True, 6.0, math.tanh(3.0)
    ]  # fmt: skip


def test_backward_adds_to_the_array():
    (a, b), store = adopted(2.0, 3.0)
    (a * b).backward()
    (a * b).backward(0.5)
    assert store.grad.tolist() == [4.5, 3.0]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_backward_twice_doubles_exactly(dtype):
    (a, b), store = adopted(0.1, 0.7, dtype=dtype)
    root = (a * b).tanh() + a / b * a
    root.backward()
    once = store.grad.copy()
    root.backward()
    assert (store.grad == 2 * once).all()


def test_forward_reads_the_array():
    (a,), store = adopted(2.0)
    root = a * a
    store.data[0] = 3.0
    assert root.forward().data == 9.0


COPIES = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),
}


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
def test_a_copy_is_a_plain_value_with_the_current_numbers(copied):
    a = Value(1.0, label="a")
    store, _ = adopt([Value(0.0), a])
    store.data[1], store.grad[1] = 5.0, 6.0
    twin = copied(a)
    store.data[1] = 9.0
    assert (type(twin), twin.data, twin.grad, twin.label) == (Value, 5.0, 6.0, "a")


@pytest.mark.parametrize("name", ["deepcopy", "pickle"])
def test_a_copied_graph_stands_on_plain_leaves(name):
    (a,), _ = adopted(3.0)
    root = COPIES[name](a * a)
    root.backward()
    assert [(type(leaf), leaf.grad) for leaf in root.parents] == [(Value, 6.0)] * 2
    assert a.grad == 0.0


# ------------------------------------------------------------------------------------------------------------ adopt


def test_a_new_store_has_the_order_given():
    a, b = Value(1.0), Value(2.0)
    store, positions = adopt([b, a])
    assert (store.data.tolist(), positions.tolist()) == ([2.0, 1.0], [0, 1])


def test_positions_can_index():
    assert adopt([Value(1.0)])[1].dtype == np.intp


def test_adopting_keeps_numbers_and_gradients():
    a = Value(1.0)
    a.grad = 2.0
    store, _ = adopt([a])
    assert (a.data, a.grad, store.data.tolist(), store.grad.tolist()) == (1.0, 2.0, [1.0], [2.0])


def test_adopting_again_changes_nothing():
    (a, b), store = adopted(1.0, 2.0)
    data, grad = store.data, store.grad
    again, positions = adopt([b, a])
    assert (again is store, positions.tolist(), store.data is data, store.grad is grad) == (True, [1, 0], True, True)


def test_a_part_of_a_store_stays_in_it():
    (_, b, c), store = adopted(1.0, 2.0, 3.0)
    part, positions = adopt([c, b])
    assert (part is store, positions.tolist()) == (True, [2, 1])


def test_two_stores_and_a_plain_value_become_one_store():
    (a,), first = adopted(1.0)
    (b,), second = adopted(2.0)
    store, _ = adopt([Value(0.0), b, a])
    assert store not in (first, second)
    assert store.data.tolist() == [0.0, 2.0, 1.0]
    assert [store_of(a), store_of(b)] == [store, store]


def test_a_store_that_lost_a_value_has_other_arrays_with_the_same_numbers():
    (a, b), home = adopted(1.0, 2.0)
    data, grad = home.data, home.grad
    adopt([a, Value(3.0)])
    assert home.data is not data
    assert home.grad is not grad
    assert home.data[1] == b.data == 2.0


def test_what_stays_in_a_store_that_lost_a_value_is_still_a_window():
    (a, b), home = adopted(1.0, 2.0)
    adopt([a, Value(3.0)])
    home.data[1] = 5.0
    assert b.data == 5.0


def test_what_moved_reads_its_new_store_only():
    (a, _), home = adopted(1.0, 2.0)
    store, _ = adopt([Value(3.0), a])
    home.data[:] = 9.0
    store.data[1] = 4.0
    assert a.data == 4.0


def test_no_values_make_an_empty_store():
    store, positions = adopt([])
    assert (len(store.data), len(store.grad), len(positions)) == (0, 0, 0)


@pytest.mark.parametrize(
    ("homes", "asked", "dtype"),
    [
        ([], None, "float64"),
        ([], "float32", "float32"),
        (["float32"], None, "float64"),  # the plain one is not rounded
        (["float32", "float64"], None, "float64"),
        (["float32", "float32"], np.float64, "float64"),
    ],
    ids=str,
)
def test_the_dtype_of_a_new_store(homes, asked, dtype):
    values = [adopted(1.0, dtype=home)[0][0] for home in homes]
    assert adopt([*values, Value(2.0)], asked)[0].data.dtype == dtype


def test_a_number_too_large_for_float32_becomes_infinite():
    (a,), _ = adopted(1e300, dtype="float32")
    before, a.data = a.data, -1e300
    assert (before, a.data) == (math.inf, -math.inf)


def test_the_same_values_stay_where_they_are_whatever_dtype_a_new_store_would_have():
    (a,), store = adopted(1.0)
    assert adopt([a], "float32") == (store, [0])
    assert store.data.dtype == "float64"


x = Value(1.0, label="x")
REFUSED = {
    "a number": ([x, 1.0], TypeError, r"parameters are Values, got 1\.0 of type float"),
    "an inner node": ([x, x * 2.0], ValueError, r"parameters are leaves; .* was computed by '\*': give the leaves"),
    "one twice": ([x, Value(1.0), x], ValueError, r"twice in the list of parameters, .*label='x'\): give each once"),
}


@pytest.mark.parametrize(("values", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_adopted_is_refused_before_anything_changes(values, error, message):
    with pytest.raises(error, match=message):
        adopt(values)
    assert store_of(x) is None


@pytest.mark.parametrize("dtype", ["float16", "int64", complex], ids=str)
def test_another_dtype_is_refused(dtype):
    with pytest.raises(ValueError, match="parameters are kept in float64 or float32, got the dtype"):
        adopt([Value(1.0)], dtype)


def test_checked_leaves_lists_a_generator():
    assert checked_leaves(value for value in (x,)) == [x]


# --------------------------------------------------------------------------------------------- release, and questions


def test_a_released_value_is_plain_and_keeps_its_numbers():
    (a,), store = adopted(1.0)
    store.data[0], store.grad[0] = 5.0, 6.0
    release([a])
    store.data[0] = 9.0
    assert (type(a), a.data, a.grad, type(a.data)) == (Value, 5.0, 6.0, float)


def test_a_store_that_released_a_value_has_other_arrays():
    (a, b), store = adopted(1.0, 2.0)
    data, grad = store.data, store.grad
    release([a])
    assert store.data is not data
    assert store.grad is not grad
    assert b.data == 2.0


def test_releasing_a_plain_value_does_nothing():
    a = Value(1.0)
    release([a])
    assert (type(a), a.data) == (Value, 1.0)


def test_a_released_value_can_be_adopted_again():
    (a,), _ = adopted(1.0)
    release([a])
    store, _ = adopt([a])
    store.data[0] = 2.0
    assert a.data == 2.0


def test_store_of():
    (a,), store = adopted(1.0)
    assert (store_of(a), store_of(Value(1.0)), store_of(a + 1.0)) == (store, None, None)


def test_any_adopted():
    (a,), _ = adopted(1.0)
    assert (any_adopted([Value(1.0), a]), any_adopted([Value(1.0)]), any_adopted([])) == (True, False, False)


# ---------------------------------------------------------------------------------------------------------- convert


@pytest.mark.parametrize(("before", "after"), [("float64", "float32"), ("float32", "float64")])
def test_converting_keeps_what_the_dtype_can_hold(before, after):
    (a,), store = adopted(0.5, dtype=before)
    a.grad = 0.25
    store.convert(after)
    assert (store.data.dtype, store.grad.dtype, a.data, a.grad) == (after, after, 0.5, 0.25)


def test_converting_replaces_the_arrays():
    (_,), store = adopted(1.0)
    data, grad = store.data, store.grad
    store.convert("float32")
    assert store.data is not data
    assert store.grad is not grad


def test_converting_to_the_same_dtype_does_nothing():
    (_,), store = adopted(1.0)
    data = store.data
    store.convert(np.float64)
    assert store.data is data


def test_a_window_on_a_converted_store_writes_the_new_array():
    (a,), store = adopted(1.0)
    store.convert("float32")
    a.data = a.grad = 2.0
    assert (store.data.tolist(), store.grad.tolist()) == ([2.0], [2.0])


def test_converting_rounds_silently():
    (a, b), store = adopted(0.1, 1e300)
    store.convert("float32")
    assert (a.data, b.data) == (float(np.float32(0.1)), math.inf)


# ------------------------------------------------------------------------------------------------------ grad_is_zero


@pytest.mark.parametrize(("gradient", "zero"), [(0.0, True), (1.0, False), (math.nan, False)])
def test_a_new_store_knows_whether_its_gradients_are_zero(gradient, zero):
    a = Value(1.0)
    a.grad = gradient
    assert adopt([Value(2.0), a])[0].grad_is_zero is zero


def test_writing_a_gradient_clears_the_flag():
    (a,), store = adopted(1.0)
    a.grad = 1.0
    assert not store.grad_is_zero


def test_backward_clears_the_flag():
    (a,), store = adopted(1.0)
    (a * a).backward()
    assert not store.grad_is_zero


def test_zero_grad_of_a_store_clears_gradients_and_sets_the_flag():
    (a, b), store = adopted(1.0, 2.0)
    (a * b).backward()
    store.zero_grad()
    assert (a.grad, b.grad, store.grad_is_zero) == (0.0, 0.0, True)


def test_zero_grad_of_a_store_writes_nothing_where_the_flag_is_set():
    (_,), store = adopted(1.0)
    store.grad.flags.writeable = False
    store.zero_grad()
    assert store.grad_is_zero


def test_zero_grad_of_all_values_of_a_store_sets_the_flag():
    (a, b), store = adopted(1.0, 2.0)
    (a * b).backward()
    zero_grad(value for value in (a, Value(1.0), b))
    assert (store.grad.tolist(), store.grad_is_zero) == ([0.0, 0.0], True)


def test_zero_grad_of_some_values_of_a_store_leaves_the_others():
    (a, b), store = adopted(1.0, 2.0)
    (a * b).backward()
    zero_grad([a])
    assert (store.grad.tolist(), store.grad_is_zero) == ([0.0, 1.0], False)


# --------------------------------------------------------------------------------------- zero_grad as a mark
# Nothing is written while nobody has asked for `grad`; whoever looks then sees zeros.


def marked(dtype=None):
    """Two Values whose gradients were 5 before zero_grad(), and their store."""
    values, store = adopted(1.0, 2.0, dtype=dtype)
    for value in values:
        value.grad = 5.0
    store.zero_grad()
    return values, store


dtypes = pytest.mark.parametrize("dtype", ["float64", "float32"])


def test_zero_grad_writes_nothing():
    _, store = marked()
    assert store.is_marked
    assert store.current_grad(overwrites=True).tolist() == [5.0, 5.0]


@dtypes
@pytest.mark.parametrize(
    "look",
    [
        lambda values, store: [value.grad for value in values],
        lambda values, store: store.grad.tolist(),
        lambda values, store: store.current_grad().tolist(),
        lambda values, store: (store.write_zeros(), store.grad.tolist())[1],
        lambda values, store: (release(values), [value.grad for value in values])[1],
        lambda values, store: (release(values[:1]), [value.grad for value in values])[1],
        lambda values, store: adopt([*values, Value(3.0)])[0].grad[:2].tolist(),
        lambda values, store: (store.convert("float32"), store.convert("float64"), store.grad.tolist())[2],
        lambda values, store: [value.grad for value in copy.deepcopy(values)],
        lambda values, store: [value.grad for value in pickle.loads(pickle.dumps(values))],
        lambda values, store: [float(repr(value).split("grad=")[1].strip(")")) for value in values],
    ],
    ids=[
        "Value.grad", "store.grad", "current_grad", "write_zeros", "release", "release of one", "adopt", "convert",
        "deepcopy", "pickle", "repr",
    ],
)  # fmt: skip
def test_whoever_looks_after_zero_grad_sees_zeros(look, dtype):
    assert look(*marked(dtype)) == [0.0, 0.0]


@dtypes
def test_backward_adds_to_zeros(dtype):
    (a, b), store = marked(dtype)
    (a * 3.0).backward()
    assert (a.grad, b.grad, store.grad.tolist()) == (3.0, 0.0, [3.0, 0.0])


@dtypes
def test_a_gradient_that_is_assigned_is_the_only_one(dtype):
    (a, b), _ = marked(dtype)
    b.grad = 7.0
    assert (a.grad, b.grad) == (0.0, 7.0)


def test_who_holds_the_array_sees_zeros():
    (a, _), store = adopted(1.0, 2.0)
    held = store.grad
    for gradient in (5.0, 7.0):
        a.grad = gradient
        store.zero_grad()
        assert held.tolist() == [0.0, 0.0]
        assert store.grad is held


def test_who_holds_the_array_writes_into_the_gradients():
    (a, _), store = marked()
    held = store.grad
    store.zero_grad()
    held += 1.0
    assert (a.grad, store.grad.tolist()) == (1.0, [1.0, 1.0])


def test_gradients_are_finite_after_zero_grad():
    (a, _), store = adopted(1.0, 2.0)
    a.grad = math.nan
    store.zero_grad()
    assert store.grad_is_finite()


def test_zero_grad_of_some_values_after_that_of_all_writes_zeros():
    (a, b), store = marked()
    zero_grad([a])
    assert (a.grad, b.grad, store.grad_is_zero) == (0.0, 0.0, True)


def test_gradients_of_threads_add_up_after_zero_grad():
    (a, b), store = adopted(1.0, 2.0)
    for _ in range(20):
        a.grad = b.grad = 5.0
        store.zero_grad()
        threads = [threading.Thread(target=(a * b).backward) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (a.grad, b.grad) == (8.0, 4.0)


# ----------------------------------------------------------------------------------------------------------- lifetime


def test_a_store_disappears_with_its_values_without_the_garbage_collector():
    enabled = gc.isenabled()
    gc.disable()
    try:
        (a, b), store = adopted(1.0, 2.0)
        (a * b).backward()
        ghost = weakref.ref(store)
        del a, b, store
        assert ghost() is None
    finally:
        if enabled:
            gc.enable()


def test_a_store_holds_no_value():
    a = Value(1.0)
    before = sys.getrefcount(a)
    adopt([a])
    assert sys.getrefcount(a) == before


def test_a_store_is_made_of_two_arrays():
    store = Store(np.array([1.0]), np.array([0.0]))
    assert (store.data.tolist(), store.grad_is_zero) == ([1.0], True)


def test_importing_autograd_imports_neither_this_module_nor_numpy():
    program = "import autograd, sys; sys.exit('numpy' in sys.modules or 'autograd.parameters' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


# ------------------------------------------------------------------------------------------- many at once, as they are


def test_numbers_are_read_wherever_they_are_kept():
    (a,), _ = adopted(1.0)
    (b,), _ = adopted(1.0 / 3.0, dtype="float32")
    values = [b, Value(-0.0), a, a + 1.0, b]
    found = np.zeros(5)
    read_numbers(values, found)
    assert list(map(str, found)) == list(map(str, [value.data for value in values]))
    assert store_of(values[1]) is None


def test_the_same_objects_are_the_same_and_equal_ones_are_not():
    one, other = 1000.5, float("1000.5")
    assert same([], [])
    assert same([one, None], [one, None])
    assert not same([one], [other])
    assert not same([one], [one, one])
    assert not same([one, one], [one])


def test_numbers_of_what_is_no_value_are_refused():
    with pytest.raises((TypeError, AttributeError)):
        read_numbers([Value(1.0), 2.0], np.zeros(2))
    with pytest.raises((TypeError, AttributeError)):
        read_numbers([None], np.zeros(1))
