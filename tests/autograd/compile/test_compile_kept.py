"""Leaves that f makes: constants where it makes them anew in every call, parameters where it goes on using them."""

import random

import pytest

from autograd import TraceError, Value, compile

X = [1.0, 2.0, 3.0]


class Lazy:
    """A model that makes its weights when it sees the first row."""

    w = None

    def __call__(self, x):
        if self.w is None:
            self.w = Value(0.5)
        return self.w * x


class LazyLayer:
    """One weight for each number of a row, made by chance when the first one comes."""

    def __init__(self):
        self.weights = []

    def __call__(self, xs):
        while len(self.weights) < len(xs):
            self.weights.append(Value(random.uniform(0.1, 1.0)))
        return sum(w * x for w, x in zip(self.weights, xs, strict=False))


@pytest.fixture
def w():
    return Value(3.0)


# ------------------------------------------------------------------------------------------------- parameters


def test_a_parameter_that_f_makes_and_keeps_is_a_parameter():
    model = Lazy()
    f = compile(model)
    f.backward(X)
    assert model.w.grad == 2.0
    model.w.data = 7.0
    assert f(X).tolist() == [7.0, 14.0, 21.0]


def test_a_parameter_made_in_one_trace_is_a_parameter_in_the_next():
    made = []

    def first(x):
        made.append(Value(2.0))
        return made[0] * x

    compile(first)(X)
    f = compile(lambda x: made[0] * x)
    f.backward(X)
    assert made[0].grad == 2.0


def test_weights_may_be_drawn_by_chance_where_they_are_made_once():
    layer = LazyLayer()
    f = compile(layer)
    f.backward([[1.0, 2.0], [3.0, 4.0]])
    assert [w.grad for w in layer.weights] == [2.0, 3.0]


def test_another_shape_may_make_more_weights():
    layer = LazyLayer()
    f = compile(layer)
    f.backward([[1.0, 2.0]])
    f.backward([[10.0, 20.0, 30.0]])
    assert [w.grad for w in layer.weights] == [11.0, 22.0, 30.0]
    layer.weights[0].data = 100.0
    others = [w.data for w in layer.weights[1:]]
    assert f([[1.0, 0.0]]).tolist() == [100.0]
    assert f([[0.0, 1.0, 1.0]])[0] == pytest.approx(sum(others))


def test_a_weight_in_a_dict_that_f_closes_over_is_a_parameter():
    cache = {}

    def f(x):
        if "w" not in cache:
            cache["w"] = Value(2.0)
        return cache["w"] ** 2 * x

    compile(f).backward(X)
    assert cache["w"].grad == 8.0


def test_a_weight_that_only_its_own_computation_keeps_is_refused_and_not_frozen():
    kept = []

    def f(x):
        if not kept:
            kept.append(Value(2.0) * 3.0)
        return kept[0] * x

    with pytest.raises(TraceError, match="computed outside of it"):
        compile(f)(X)


# -------------------------------------------------------------------------------------------------- constants


def test_a_value_that_f_makes_and_forgets_is_a_constant():
    f = compile(lambda x: Value(2.0) * x + Value(1.0))
    assert f(X).tolist() == [3.0, 5.0, 7.0]
    assert f.program.size[f.program.parameters] == 0


def test_a_value_in_a_log_is_a_constant(w):
    log = []

    def f(x):
        log.append(Value(2.0))
        return log[-1] * w * x

    f = compile(f)
    f.backward(X)
    assert {entry.grad for entry in log} == {0.0}
    log[-1].data = 50.0
    assert f(X).tolist() == [6.0, 12.0, 18.0]
    assert (f.program.size[f.program.parameters], w.grad) == (1, 4.0)


def test_an_attribute_that_every_call_overwrites_is_a_constant(w):
    class Model:
        def __call__(self, x):
            self.last = Value(2.0)
            return self.last * w * x

    model = Model()
    f = compile(model)
    f.backward(X)
    assert (model.last.grad, w.grad, f.program.size[f.program.parameters]) == (0.0, 4.0, 1)


def test_a_value_that_f_returns_is_a_constant(w):
    f = compile(lambda x: (w * x, Value(2.0)))
    f.backward(X)
    assert f.program.size[f.program.parameters] == 1


@pytest.mark.parametrize("shape", [(), (2,)], ids=["the same shape", "another shape"])
def test_a_log_and_lazy_weights_at_once(shape):
    model, log = Lazy(), []

    def f(x):
        log.append(Value(2.0))
        first = x[0] if isinstance(x, list) else x
        return model(first) * log[-1]

    f = compile(f)
    f.backward(X)
    f.backward([[x] * 2 for x in X] if shape else X)
    assert model.w.grad == 8.0
    assert {entry.grad for entry in log} == {0.0}


def test_chance_in_every_call_is_refused_though_a_log_keeps_it():
    log = []

    def f(x):
        log.append(Value(random.random()))
        return log[-1] * x

    with pytest.raises(TraceError, match="f draws random numbers"):
        compile(f)(X)


# ------------------------------------------------------------------------------------------------ how often f runs


def counted(f):
    runs = []

    def g(x):
        runs.append(1)
        return f(x)

    return g, runs


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * 2.0,
        lambda x: Value(2.0) * x + Value(1.0),
        lambda x: sum([x, x * x], Value(0.0)),
        lambda x: [Value(2.0), x],
        lambda x: (x, Value(2.0)),
        lambda x: Value(2.0),
        Lazy.__call__.__get__(type("Made", (), {"w": Value(1.0)})()),
    ],
    ids=["numbers", "forgotten", "the start of a sum", "in a list", "in a tuple", "alone", "weights that are there"],
)
def test_f_is_traced_once_where_nobody_keeps_a_leaf_that_it_makes(f):
    f, runs = counted(f)
    compile(f)(X)
    assert len(runs) == 1


def test_f_is_traced_twice_where_somebody_does():
    log = []
    f, runs = counted(lambda x: log.append(Value(2.0)) or log[-1] * x)
    compile(f)(X)
    assert len(runs) == 2


def test_what_f_keeps_does_not_make_its_program_outdated():
    model, log = Lazy(), []
    f = compile(lambda x: model(x) + (log.append(Value(2.0)) or log[-1]))
    f(X)
    assert f.is_current()
    model.w = Value(0.5)
    assert not f.is_current()
