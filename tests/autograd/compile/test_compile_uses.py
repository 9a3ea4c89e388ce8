"""How people use compile: as a decorator, of methods and models, before the first call, for a long time."""

import copy
import functools
import gc
import pickle
import weakref

import numpy as np
import pytest

import nn
from autograd import TraceError, Value, compile, sin, tanh
from autograd.compiler.executors.numpy.executor import Executor
from autograd.parameters import store_of, zero_grad
from tests.conftest import IS_SECOND

X = np.array([1.0, 2.0])
w = Value(2.0)


@compile
def product(x):
    """x times w."""
    return x * w


@compile(dtype="float32")
def single(x):
    return x * w


def module_level(x):
    return x * w


# ----------------------------------------------------------------------------------------- what is compiled


def test_a_decorator():
    assert product(X).tolist() == [2.0, 4.0]


def test_a_decorator_with_arguments():
    assert (single(X).tolist(), single(X).dtype, single.dtype) == ([2.0, 4.0], "float32", "float32")


@pytest.mark.parametrize("wrong", [5, "f", [product], Value(1.0)], ids=repr)
def test_what_is_no_function_is_a_type_error(wrong):
    with pytest.raises(TypeError, match=r"compile takes a function of one row, got .* of type"):
        compile(wrong)


def test_a_lambda_a_partial_a_bound_method_a_class_and_a_compiled_function():
    class Line:
        w = Value(2.0)

        def loss(self, x):
            return self.w * x

        def __call__(self, x):
            return self.w * x

    def scaled(factor, x, power=2):
        return factor * x * w ** (power - 1)

    functions = [lambda x: x * w, functools.partial(scaled, 1.0, power=2), Line().loss, Line(), product, w.__mul__]
    for f in functions:
        assert compile(f)(X).tolist() == [2.0, 4.0]


def test_default_and_variable_arguments():
    assert compile(lambda x, factor=3.0: x * factor)(X).tolist() == [3.0, 6.0]
    assert compile(lambda *xs: sum(xs, w))(X, X, X).tolist() == [5.0, 8.0]


def test_a_module_and_its_layers():
    model = nn.MLP(3, [4, 2], seed=0)
    f, rows = compile(model), np.random.default_rng(0).normal(size=(5, 3))
    np.testing.assert_allclose(f(rows), [[y.data for y in model(row)] for row in rows.tolist()], rtol=1e-12)


class Line(nn.Module):
    def __init__(self, slope):
        self.slope = Value(slope)

    @compile
    def loss(self, x):
        """Its loss."""
        return self.slope * x

    @compile(dtype="float32")
    def single(self, x):
        return self.slope * x

    other = compile(lambda self, x, y: self.slope * x + y)


def test_a_method_is_compiled_for_each_object():
    steep, flat = Line(3.0), Line(0.5)
    for _ in range(2):
        assert (steep.loss(X).tolist(), flat.loss(X).tolist()) == ([3.0, 6.0], [0.5, 1.0])
    steep.loss.backward(X)
    assert (steep.slope.grad, flat.slope.grad) == (1.5, 0.0)


def test_the_program_of_a_method_is_kept_in_its_object():
    line = Line(3.0)
    assert line.loss is line.loss
    assert (line.single(X).dtype, line.other(X, X).tolist()) == ("float32", [4.0, 8.0])
    assert line.parameters() == [line.slope]


def test_a_method_asked_of_its_class():
    assert Line.loss.__doc__ == "Its loss."
    assert repr(Line.loss).startswith("compile(Line.loss, dtype='float64', ")


def test_a_method_asked_of_its_class_takes_the_object_first():
    steep, flat = Line(3.0), Line(0.5)
    assert Line.loss(steep, X).tolist() == [3.0, 6.0]
    assert Line.loss.backward(flat, X).tolist() == [0.5, 1.0]
    assert (steep.slope.grad, flat.slope.grad) == (0.0, 1.5)
    assert Line.single(steep, X).dtype == "float32"


def test_a_method_asked_of_a_base_class_takes_an_object_of_a_subclass():
    class Curve(Line):
        @compile
        def loss(self, x):
            return self.slope * x * x

    curve = Curve(3.0)
    assert Line.loss(curve, X).tolist() == [3.0, 6.0]
    assert Curve.loss(curve, X).tolist() == curve.loss(X).tolist() == [3.0, 12.0]


def test_a_method_asked_of_its_class_inside_a_compiled_function():
    line = Line(3.0)
    f = compile(lambda x: Line.loss(line, x) * 2.0)
    f.backward(X)
    assert line.slope.grad == 3.0


class Doubling:
    """An object that can be called, and is no function: a class does not make a method of it."""

    def __init__(self):
        self.w = Value(2.0)

    def __call__(self, x):
        return self.w * x


def test_a_compiled_object_as_an_attribute_of_a_class_is_no_method():
    class Model:
        double = compile(Doubling())

    assert Model.double is Model().double
    assert Model().double(X).tolist() == Model.double(X).tolist() == [2.0, 4.0]
    with pytest.raises(ValueError, match="x must hold numbers"):
        Model.double(Model())
    Model().double.backward(X)
    assert Model.double._f.w.grad == 1.5


def test_a_method_of_a_copy_is_that_of_the_copy():
    line = Line(3.0)
    line.loss(X)
    twin = copy.deepcopy(line)
    twin.slope.data = 5.0
    assert (twin.loss(X).tolist(), line.loss(X).tolist()) == ([5.0, 10.0], [3.0, 6.0])


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda f: pickle.loads(pickle.dumps(f))])
def test_a_copy_has_programs_of_its_own(duplicate):
    f = compile(module_level)
    f(X)
    twin = duplicate(f)
    with pytest.raises(RuntimeError, match="no program yet"):
        twin.explain()
    assert (twin(X).tolist(), twin.dtype) == ([2.0, 4.0], "float64")


def test_a_compiled_function_inside_another_is_a_part_of_it():
    traces = []

    @compile
    def inner(x):
        traces.append(x)
        return tanh(x * w)

    outer = compile(lambda x: inner(x) + inner(x * 2))
    np.testing.assert_allclose(outer(X), np.tanh(2 * X) + np.tanh(4 * X))
    assert len(traces) == 2
    np.testing.assert_allclose(inner(X), np.tanh(2 * X))


# ------------------------------------------------------------------------------------ name, texts, programs


def test_name_and_docstring_are_those_of_the_function():
    assert (product.__name__, product.__doc__, product.__module__) == ("product", "x times w.", __name__)
    assert repr(product) == f"compile(product, dtype='float64', backend={product.backend!r})"


def test_the_repr_of_what_has_no_name():
    assert repr(compile(nn.Neuron(2, seed=0), backend="numpy")) == (
        "compile(Neuron(n_inputs=2, activation='linear'): 3 parameters, dtype='float64', backend='numpy')"
    )
    assert repr(compile(functools.partial(max, 1))).startswith("compile(functools.partial(<built-in function max>, 1)")


@pytest.mark.parametrize("ask", [lambda f: f.explain(), lambda f: f.program, lambda f: f.source])
def test_before_the_first_call_there_is_no_program(ask):
    f = compile(lambda x: x * w)
    words = r"compile\(.*<lambda>, dtype='float64', backend='.*'\) has no program yet: call it once with data"
    with pytest.raises(RuntimeError, match=words):
        ask(f)
    f(X)
    assert ask(f)
    f.retrace()
    with pytest.raises(RuntimeError, match=words):
        ask(f)


def test_a_source_is_there_once_rows_have_come():
    f = compile(lambda x: [x * w])
    with pytest.raises(TraceError, match="returns a list"):
        f.backward(X)
    with pytest.raises(RuntimeError, match="has run on no rows yet"):
        f.source  # noqa: B018
    f(X)
    assert "def forward(" in f.source


def test_what_is_shown_is_that_of_the_latest_shape():
    f = compile(lambda xs: sum(x * w for x in xs))
    f(np.ones((2, 3)))
    assert "B×3" in f.explain()
    f(np.ones((2, 5)))
    assert "B×5" in f.explain()
    f(np.ones((2, 3)))
    assert "B×3" in f.explain()
    assert str(f.program)


# ------------------------------------------------------------------------------------------ what is made once


@pytest.fixture
def made(monkeypatch):
    """The names of the functions that executors of NumPy have made so far."""
    names = []
    function = Executor.function
    monkeypatch.setattr(Executor, "function", lambda self, name: names.append(name) or function(self, name))
    return names


def test_the_functions_of_a_program_are_made_once_for_a_number_of_rows(made):
    model = nn.MLP(1, [3, 1], seed=0)
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    f = compile(lambda x: model([x]) ** 2, backend="numpy")
    for _ in range(4):
        f.backward(X)
        f(X)
        optimizer.step()
        optimizer.zero_grad()
    assert made == ["forward", "backward"]
    f(np.ones(5))
    f.backward(X)
    assert made == ["forward", "backward", "forward"]


def test_gradients_that_are_added_have_one_more_function(made):
    f = compile(module_level, backend="numpy")
    for _ in range(4):
        f.backward(X)
    assert made == ["forward", "backward", "backward"]
    zero_grad([w])
    for _ in range(4):
        f.backward(X)
    assert len(made) == 3


def test_the_second_backward_runs_the_same_function():
    f = compile(module_level, backend="numpy")
    runs = []
    for _ in range(3):
        zero_grad([w])
        f.backward(X)
        runs.append(f._last().executor(2, True).backward(store_of(w).grad))
    assert runs[0] is runs[1] is runs[2]


# --------------------------------------------------------------------------------------------------- memory


def squared(model):
    return compile(lambda x: model(x) ** 2)


def test_a_dropped_function_frees_its_model():
    model = nn.MLP(2, [3, 1], seed=0)
    f = squared(model)
    f.backward(np.ones((4, 2)))
    freed = [weakref.ref(model), weakref.ref(f), weakref.ref(store_of(model.parameters()[0]))]
    del model, f
    gc.collect()
    assert [ref() for ref in freed] == [None] * 3


def test_retrace_frees_what_the_programs_held():
    model = nn.MLP(2, [3, 1], seed=0)
    models = [model]
    f = compile(lambda x: models[0](x) * 2.0)
    f(np.ones((4, 2)))
    freed = weakref.ref(store_of(model.parameters()[0]))
    models[0] = model = None
    f.retrace()
    gc.collect()
    assert freed() is None


def test_a_trace_error_holds_nothing_back():
    model = nn.Neuron(1, activation=lambda z: z if z > 0 else -z, seed=0)
    with pytest.raises(TraceError):
        squared(model)(X)
    freed = weakref.ref(model)
    del model
    gc.collect()
    assert freed() is None


# ------------------------------------------------------------------------------------------- deep and long


def chain(step, length):
    def f(x):
        for _ in range(length):
            x = step(x)
        return x

    return f


LONG = 10_000 if IS_SECOND else 100_000


def test_a_long_chain_of_operations():
    f = compile(chain(sin, LONG))
    x = np.array([1.0, -0.5])
    expected = x
    for _ in range(LONG):
        expected = np.sin(expected)
    np.testing.assert_allclose(f(x), expected, rtol=1e-9)


def test_the_gradient_of_a_chain_of_10_000_operations():
    p = Value(0.999)
    f = compile(chain(lambda x: tanh(x) * p, 5_000))
    f.backward([1.0])
    compiled, p.grad = p.grad, 0.0
    chain(lambda x: tanh(x) * p, 5_000)(Value(1.0)).backward()
    assert compiled == pytest.approx(p.grad, rel=1e-12)


def test_a_sum_of_many_terms():
    p = Value(0.5)
    f = compile(chain(lambda x: x + p, LONG))
    assert f.backward([1.0]).tolist() == [1.0 + 0.5 * LONG]
    assert p.grad == LONG


def test_a_simulation_of_2_000_steps():
    stiffness = Value(1.5)

    def swing(x, v):
        for _ in range(2_000):
            v = v - stiffness * x * 1e-3
            x = x + v * 1e-3
        return x

    f = compile(swing)
    results = f.backward(X, X)
    compiled, stiffness.grad = stiffness.grad, 0.0
    rows = [swing(Value(x), Value(x)) for x in X]
    (sum(rows) / 2).backward()
    np.testing.assert_allclose(results, [row.data for row in rows], rtol=1e-12)
    assert compiled == pytest.approx(stiffness.grad, rel=1e-12)
