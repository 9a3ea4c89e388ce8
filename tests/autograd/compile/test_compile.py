"""A compiled function as a function of arrays: it equals eager, for every kind of argument, or says what is wrong."""

import datetime
import operator
from decimal import Decimal

import numpy as np
import pytest

from autograd import Value, compile, dot, exp, log, relu, take, tanh, where
from autograd.compiler.compiled import Compiled

w = Value(2.0)
ROWS = np.array([1.0, 2.0, 3.0])
TABLE = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
inf, nan = np.inf, np.nan


def eager(f, *columns):
    """The array of f of every row, computed with Values."""

    def values(x):
        return list(map(values, x)) if isinstance(x, list) else Value(x)

    def numbers(y):
        return list(map(numbers, y)) if isinstance(y, (list, np.ndarray)) else float(y)

    rows = zip(*(np.asarray(column, float).tolist() for column in columns), strict=True)
    return np.array([numbers(f(*map(values, row))) for row in rows])


def times(x):
    return x * w


def squares(xs):
    return dot(xs, xs) * w


# ----------------------------------------------------------------------------------- arguments and results


FUNCTIONS = {
    "a number": (lambda x: tanh(x * w), ROWS),
    "a list": (squares, TABLE),
    "a list of lists": (lambda t: sum(t[i][j] * (i - j) * w for i in range(2) for j in range(3)), [TABLE, -TABLE]),
    "two arguments": (lambda xs, y: xs[0] * y - xs[2] / w, TABLE, ROWS[:2]),
    "an unused argument": (lambda xs, y: y * w, TABLE, ROWS[:2]),
    "only unused arguments": (lambda x: w * 3, ROWS),
    "a list as result": (lambda xs: [x * w for x in xs], TABLE),
    "a table as result": (lambda xs: [[x * y for x in xs] for y in xs[:2]], TABLE),
    "an array as result": (lambda xs: np.array(xs) * w, TABLE),
    "numbers among the results": (lambda x: [1.0, x, 2, True, np.float32(0.5)], ROWS),
    "constant results": (lambda x: [1.0, 2.0], ROWS),
    "the argument as result": (lambda xs: xs, TABLE),
    "a parameter as result": (lambda x: [w, x], ROWS),
    "a Value made inside": (lambda x: x * Value(3.0) + Value(1.0), ROWS),
    "no numbers in a row": (lambda xs: sum(xs, w * 1.0), np.ones((2, 0))),
}


@pytest.mark.parametrize(("f", "columns"), [(f, c) for f, *c in FUNCTIONS.values()], ids=list(FUNCTIONS))
def test_it_equals_eager(f, columns):
    np.testing.assert_allclose(compile(f)(*columns), eager(f, *columns), rtol=1e-12)


def test_an_array_without_an_axis_as_result_is_the_number_in_it():
    assert compile(lambda x: np.array(x * w))(ROWS).tolist() == [2.0, 4.0, 6.0]


def test_a_tuple_gives_a_tuple_of_arrays():
    outputs, product = compile(lambda xs: ([x * 2.0 for x in xs], xs[0] * w))(TABLE)
    assert (outputs.tolist(), product.tolist()) == ((TABLE * 2).tolist(), [2.0, 8.0])


def test_a_tuple_of_one_gives_a_tuple():
    (result,) = compile(lambda x: (x * w,))(ROWS)
    assert result.tolist() == [2.0, 4.0, 6.0]


def test_without_arguments_the_result_has_no_rows():
    assert compile(lambda: w * 3)() == 6.0
    assert [part.tolist() for part in compile(lambda: (w * 3, [w, w + 1]))()] == [6.0, [2.0, 3.0]]


def test_every_shape_has_a_program_and_all_are_kept():
    shapes = []

    @compile
    def f(xs):
        shapes.append(len(xs))
        return sum(x * w for x in xs)

    for columns in (1, 2, 3, 2, 1):
        for rows in (1, 4, 2):
            np.testing.assert_array_equal(f(np.ones((rows, columns))), np.full(rows, 2.0 * columns))
    assert shapes == [1, 2, 3]


def test_more_numbers_of_rows_than_are_kept():
    f = compile(times)
    for rows in [1, 2, 3, 4, 5, 6, 1, 3]:
        assert f(np.arange(rows)).tolist() == [2.0 * row for row in range(rows)]


def test_a_batch_in_parts():
    f, X = Compiled(lambda x: tanh(x * w) * x, "float64", most_bytes=64), np.linspace(-2, 2, 101)
    np.testing.assert_allclose(f(X), eager(lambda x: tanh(x * w) * x, X), rtol=1e-12)


@pytest.mark.parametrize("f", [lambda xs: xs, lambda xs: [w, *xs], lambda xs: [1.0, 2.0], squares, lambda xs: w])
def test_results_are_fresh_arrays(f):
    f, X = compile(f), TABLE.copy()
    first = f(X)
    before = first.copy()
    second = f(X)
    second[...] = 99.0
    np.testing.assert_array_equal(first, before)
    np.testing.assert_array_equal(f(X), before)
    np.testing.assert_array_equal(X, TABLE)
    assert w.data == 2.0


# ---------------------------------------------------------------------------------------- kinds of numbers


class Frame:
    """What pandas has: no array, but it can be made one."""

    def __array__(self, dtype=None, copy=None):
        return ROWS


KINDS = {
    "list": [1, 2.5, 3],
    "tuple": (1.0, 2.0),
    "range": range(3),
    "bools": [True, False],
    "NumPy scalars": [np.float32(1.5), np.int8(2)],
    "large ints": [2**62, 2**63, -(2**40)],
    "larger ints": [2**70, 1],
    "int8": np.array([1, -2], np.int8),
    "uint64": np.array([1, 2**63], np.uint64),
    "float16": np.array([1.5, 2], np.float16),
    "float32": ROWS.astype(np.float32),
    "longdouble": ROWS.astype(np.longdouble),
    "other byte order": ROWS.astype(">f8"),
    "objects": np.array([1, 2.5, np.float64(3), np.int8(4), np.float32(5), True], object),
    "every other": np.arange(10.0)[::2],
    "backwards": ROWS[::-1],
    "a column": np.arange(6.0).reshape(3, 2)[:, 1],
    "broadcast": np.broadcast_to(1.5, 3),
    "a frame": Frame(),
    "memory": memoryview(ROWS),
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("rows", KINDS.values(), ids=list(KINDS))
def test_numbers_of_every_kind(rows, dtype):
    f = compile(times, dtype=dtype)
    for _ in range(2):
        result = f(rows)
        assert result.dtype == dtype
        np.testing.assert_allclose(result, 2.0 * np.asarray(rows, float), rtol=1e-12 if dtype == "float64" else 1e-6)


@pytest.mark.parametrize("order", [np.asfortranarray, lambda t: t[::-1, ::-1], lambda t: t.T.copy().T])
def test_tables_in_any_layout(order):
    np.testing.assert_array_equal(compile(squares)(order(TABLE)), eager(squares, order(TABLE)))


def test_read_only_rows():
    rows = ROWS.copy()
    rows.flags.writeable = False
    assert compile(times)(rows).tolist() == [2.0, 4.0, 6.0]


@pytest.mark.parametrize("f", [times, lambda x: exp(x) / x + log(x), lambda x: relu(x) * w, lambda x: abs(x) ** 0.5])
def test_nan_and_inf_in_some_rows_are_as_in_eager(f):
    rows = [1.0, nan, inf, -inf, 0.0, -0.0, 1e308, -1.0, 5e-324]
    np.testing.assert_allclose(compile(f)(rows), eager(f, rows), rtol=1e-12)


def test_too_large_for_float32_is_inf_without_a_warning():
    big = Value(1e300)
    f = compile(lambda x: [x, big * x, x * 1e300], dtype="float32")
    np.testing.assert_array_equal(f([1e300, 1.0]), [[inf, inf, inf], [1.0, inf, inf]])
    assert big.data == 1e300


WRONG = {
    "one number": (1.0, "x is one number; it must have rows: write \\[x\\] for one row"),
    "one number in an array": (np.array(1.0), "is one number"),
    "no rows": ([], "have no rows"),
    "no rows of three": (np.zeros((0, 3)), "have no rows"),
    "ragged": ([1.0, [2.0]], "x must hold numbers, in rows of equal length"),
    "ragged table": ([[1.0, 2.0], [3.0]], "in rows of equal length"),
    "text": ("1.0", "must hold numbers, got .*1.0"),
    "texts": (["1.0"], "must hold numbers, got .*1.0"),
    "a text among numbers": ([1.0, "a"], "must hold numbers"),
    "bytes": ([b"1"], "must hold numbers, got .*b'1'"),
    "None": (None, "must hold numbers, got None"),
    "a None among numbers": ([1.0, None], "must hold numbers, got None"),
    "complex": ([1j], "must hold numbers, got .*1j.*takes real numbers; give .real and .imag"),
    "a complex number among objects": (np.array([1.0, 1j], object), "got 1j.*takes real numbers"),
    "a complex scalar of NumPy among objects": (np.array([np.complex64(1)], object), "got .*takes real numbers"),
    "date": ([datetime.date(2020, 1, 1)], "must hold numbers, got datetime.date"),
    "datetime64": (np.array(["2020-01-01"], "M8[D]"), "must hold numbers, got .*2020.*as numbers of some unit"),
    "timedelta64": (np.array([1], "m8[s]"), "must hold numbers, got .*as numbers of some unit"),
    "datetime64 among objects": (np.array([1.0, np.datetime64("2020")], object), "got .*2020.*as numbers of some unit"),
    "timedelta64 among objects": ([1.0, np.timedelta64(1, "s")], "must hold numbers"),
    "a masked array": (np.ma.array([1.0, 2.0], mask=[0, 1]), "x is a masked array, .* or x.filled"),
    "a masked array of objects": (np.ma.array([1.0, 2.0], object, mask=[0, 1]), "x is a masked array"),
    "a masked array of fields": (np.ma.zeros(2, [("a", float)]), "must hold numbers"),
    "a masked array of whole numbers": (np.ma.array([1, 2], mask=[0, 1]), "x is a masked array"),
    "a masked number": ([np.ma.masked, 1.0], "x is a masked array, or holds one"),
    "a masked number in a row": ([[1.0, np.ma.masked]], "x is a masked array, or holds one"),
    "masked rows": ([np.ma.array([1.0, 2.0], mask=[0, 1])], "x is a masked array, or holds one"),
    "a masked number among objects": (np.array([1.0, np.ma.masked], object), "x is a masked array, or holds one"),
    "fields": (np.zeros(2, [("a", float)]), "must hold numbers"),
    "decimals": ([Decimal(1)], "must hold numbers, got Decimal"),
    "dict": ({0: 1.0}, "must hold numbers, got {0: 1.0}"),
    "set": ({1.0}, "must hold numbers, got {1.0}"),
    "generator": ((x for x in ROWS), "must hold numbers, got <generator"),
    "a number beyond the floats": ([10**400], "x holds a number that is too large"),
    "a Value": (Value(1.0), r"got Value\(.*takes plain numbers; to compute with Values call the function itself"),
    "Values": ([1.0, Value(2.0)], r"got Value\(data=2.*to compute with Values call the function itself"),
}


@pytest.mark.parametrize("call", ["__call__", "backward"])
@pytest.mark.parametrize(("wrong", "words"), WRONG.values(), ids=list(WRONG))
def test_anything_else_is_a_value_error_that_names_it(wrong, words, call):
    parameter = Value(2.0)
    f = compile(lambda x: x * parameter)
    f.backward(ROWS)
    with pytest.raises(ValueError, match=words):
        getattr(f, call)(wrong)
    assert parameter.grad == 2.0


def test_the_argument_is_named():
    with pytest.raises(ValueError, match="y must hold numbers, got None"):
        compile(lambda x, y: x)([1.0], None)


def test_an_argument_without_a_name_is_numbered():
    with pytest.raises(ValueError, match="argument 1 must hold numbers, got None"):
        compile(lambda *xs: xs[0])([1.0], None)


def test_an_error_inside_the_function_tells_what_it_got():
    with pytest.raises(TypeError) as error:
        compile(lambda x, y: x - y)(np.ones((3, 2, 4)), np.ones((3, 1)))
    assert error.value.__notes__ == [
        "compile() called the function on one row: a list of 2 lists of 4 Values for an array (rows, 2, 4), "
        "a list of 1 Values for an array (rows, 1)"
    ]


def test_arguments_of_different_length():
    with pytest.raises(ValueError, match="x has 3 rows, but y has 2"):
        compile(lambda x, y: x * y)(ROWS, ROWS[:2])


@pytest.mark.parametrize("columns", [(), (ROWS, ROWS)])
def test_another_number_of_arguments_is_pythons_own_error(columns):
    with pytest.raises(TypeError, match=r"times\(\) (missing 1 required|takes 1) positional argument"):
        compile(times)(*columns)


@pytest.mark.parametrize("dtype", ["float16", "int64", "complex128", "no dtype", 5, object])
def test_another_dtype_is_a_value_error(dtype):
    with pytest.raises(ValueError, match="dtype must be 'float64' or 'float32', got"):
        compile(times, dtype=dtype)


# ------------------------------------------------------------------------------------------- take


@pytest.mark.parametrize("index", [3, -1, 0.5, nan, inf])
@pytest.mark.parametrize("call", ["__call__", "backward"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_an_index_out_of_range_names_the_row_and_changes_nothing(index, call, dtype):
    values = [Value(0.1 * i) for i in range(3)]  # no float32 numbers
    f = compile(lambda i: take(values, i) * w, dtype=dtype)
    with pytest.raises(IndexError, match=r"whole number from 0 to 2.*row 1|row 1.*whole number from 0 to 2"):
        getattr(f, call)([1, index, 2])
    assert [(v.data, v.grad) for v in values] == [(0.1 * i, 0.0) for i in range(3)]
    np.testing.assert_allclose(f.backward([1, 2]), [0.2, 0.4], rtol=1e-6)
    assert [v.grad for v in values] == [0.0, 1.0, 1.0]


# ------------------------------------------------------------------------------------------- comparisons


COMPARISONS = [operator.lt, operator.le, operator.gt, operator.ge]
A, B = map(list, zip(*[(a, b) for a in (-1.0, 0.0, 1.0, inf, nan) for b in (-1.0, -0.0, 1.0, inf, nan)], strict=True))
CONDITIONS = {
    "two Values": lambda c, x, y: where(c(x, y), x, y * w),
    "a number on the right": lambda c, x, y: where(c(x, 1), x, y * w),
    "a number on the left": lambda c, x, y: where(c(1, x), x, y * w),
    "a NumPy scalar on the left": lambda c, x, y: where(c(np.float64(1), x), x, y * w),
    "a parameter": lambda c, x, y: where(c(x, w - 1), x, y),
    "both": lambda c, x, y: where(c(x, y) * c(y, 1), x, y * w),
    "either": lambda c, x, y: where(c(x, y) + c(y, 1), x, y * w),
    "numbers to choose from": lambda c, x, y: where(c(x, y), 1, -1) * w,
    "counted": lambda c, x, y: x * 0 + sum(1.0 * c(a, b) for a, b in [(x, y), (y, x), (x, 0)]),
}


@pytest.mark.parametrize("comparison", COMPARISONS)
@pytest.mark.parametrize("f", CONDITIONS.values(), ids=list(CONDITIONS))
def test_a_comparison_is_a_condition(f, comparison):
    def g(x, y):
        return f(comparison, x, y)

    np.testing.assert_array_equal(compile(g)(A, B), eager(g, A, B))


@pytest.mark.parametrize("comparison", COMPARISONS)
def test_a_comparison_is_a_bool_in_eager(comparison):
    compile(lambda x: where(comparison(x, 0), x, w))(ROWS)
    assert comparison(Value(1.0), 2) is comparison(1.0, 2)
    assert comparison(2, Value(2.0)) is comparison(2, 2.0)
    assert [Value(1.0) == 1, Value(1.0) != 1, w == w] == [False, True, True]


@pytest.mark.parametrize("comparison", COMPARISONS)
def test_a_comparison_with_anything_else_is_a_type_error_as_in_eager(comparison):
    with pytest.raises(TypeError, match="not supported between instances"):
        compile(lambda x: where(comparison(x, "1"), x, w))(ROWS)
