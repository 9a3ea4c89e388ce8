"""A call that changes something of a model or a loss is seen, wherever the changing thing is kept, and undone."""

import functools
import itertools
import random
import re
import sys
from collections import deque
from functools import partial
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

import autograd
import nn
from autograd import Value
from nn import MLP, SGD, Module, fit, predict
from nn.training.backends import FEW_ROWS
from nn.training.unchanged.snapshot import MOST, Snapshot


@pytest.mark.parametrize(("change", "place"), [
    ("model.n = 2", "model.n"),
    ("model.n = True", "model.n"),
    ("model.x = -0.0", "model.x"),
    ("model.new = 1", "model.new"),
    ("del model.n", "model.n"),
    ("model.items.append(3)", "model.items"),
    ("model.items[1]['a'] = 5", "model.items[1]['a']"),
    ("model.items[1]['b'] = 5", "model.items[1]"),
    ("model.chosen.add(2)", "model.chosen"),
    ("model.array[1, 0] = 7", "model.array"),
    ("model.array = model.array.astype('float32')", "model.array"),
    ("model.objects[0] = 5.0", "model.objects[0]"),
    ("model.old.random_sample()", "model.old"),
    ("model.rng.random()", "model.rng"),
    ("model.python.random()", "model.python"),
    ("model.inner.n = 2", "model.inner.n"),
    ("model.inner = type(model)()", "model.inner"),
    ("model.pair = (1, 3)", "model.pair[1]"),
    ("model.function = print", "model.function"),
])  # fmt: skip
def test_a_snapshot_sees_a_change_names_it_and_undoes_it(change, place):
    class Everything(Module):
        def __init__(self, inner=None):
            self.n, self.x, self.pair, self.chosen, self.inner = 1, 0.0, (1, 2), {1}, inner
            self.items, self.array, self.objects = [1.0, {"a": 3}], np.zeros((2, 2)), np.array([1.0, "x"], object)
            self.rng, self.old, self.python = np.random.default_rng(0), np.random.RandomState(0), random.Random(0)
            self.function, self.back = len, self  # a cycle

    model = Everything(Everything())
    before = Snapshot({"model": model})
    assert before.difference(Snapshot({"model": model})) == ""
    exec(change, {"model": model, "np": np})
    assert before.difference(Snapshot({"model": model})) == place
    before.restore()
    assert before.difference(Snapshot({"model": model})) == ""


# ------------------------------------------------------------------------------------ what is behind the code

X = np.random.default_rng(0).normal(size=(FEW_ROWS + 4, 2))
Y = X[:, 0] - 0.5 * X[:, 1] + 0.1
FEW = FEW_ROWS - 1
calls = 0
drawn = random.Random(0)
counted = {"calls": 0}
W = Value(1.0)


class State:
    """What no Module is."""

    def __init__(self):
        self.calls = 0

    def next(self):
        self.calls += 1
        return self.calls


class Slotted:
    __slots__ = ("calls", "never")

    def __init__(self):
        self.calls = 0


class Factor(Module):
    """w x times what a function says, 1 in the first calls and 5 from the 30th on: a compilation calls fewer times."""

    def __init__(self, number):
        self.w, self.number = Value(2.0), number

    def forward(self, x):
        return self.w * x[0] * (1.0 if self.number() < 10 else 5.0)


def by_enclosed_number():
    n = 0

    def number():
        nonlocal n
        n += 1
        return n

    return number


def by_enclosed_list():
    n = [0]

    def number():
        n[0] += 1
        return n[0]

    return number


def by_enclosed_function():
    inner = by_enclosed_list()
    return lambda: 0 + inner()


def by_default():
    def number(n=[0]):  # noqa: B006
        n[0] += 1
        return n[0]

    return number


def by_keyword_default():
    def number(*, n=[0]):  # noqa: B006
        n[0] += 1
        return n[0]

    return number


def by_attribute():
    def number():
        number.calls += 1
        return number.calls

    number.calls = 0
    return number


def by_global():
    global calls
    calls = 0

    def number():
        global calls
        calls += 1
        return calls

    return number


def by_global_dict():
    counted["calls"] = 0

    def number():
        def count():
            counted["calls"] += 1
            return counted["calls"]

        return count()

    return number


def by_global_generator():
    drawn.seed(0)
    return lambda: 20 * (drawn.random() < 0.3)


def by_method():
    return State().next


def by_namespace():
    state = SimpleNamespace(calls=0)

    def number():
        state.calls += 1
        return state.calls

    return number


def by_slots():
    state = Slotted()

    def number():
        state.calls += 1
        return state.calls

    return number


def by_class():
    class Numbers:
        calls = 0

        @classmethod
        def next(cls):
            cls.calls += 1
            return cls.calls

    return Numbers.next


def by_partial():
    def number(n):
        n.append(0)
        return len(n)

    return partial(number, deque())


def by_decorator():
    count = itertools.count(1)

    @functools.wraps(by_method)
    def number():
        return next(count)

    return number


def by_arrays():
    numbers = np.zeros(3)

    def number():
        numbers[1] += 1
        return numbers[1]

    return number


WAYS = [
    by_enclosed_number, by_enclosed_list, by_enclosed_function, by_default, by_keyword_default, by_attribute, by_global,
    by_global_dict, by_global_generator, by_method, by_namespace, by_slots, by_class, by_partial, by_decorator,
    by_arrays,
]  # fmt: skip


@pytest.mark.parametrize("make", WAYS)
def test_a_model_that_changes_with_its_calls_predicts_many_rows_as_it_does_few(make):
    few = predict(Factor(make()), X[:FEW]).tolist()
    model = Factor(make())
    with pytest.warns(UserWarning, match=r"changes with each call, which would be frozen"):
        many = predict(model, X)
    assert len({round(float(y / x), 9) for y, x in zip(many, X[:, 0], strict=True)}) == 2
    if make is not by_decorator:  # a count of itertools cannot be put back
        assert many[:FEW].tolist() == few


def loss_of(number):
    return lambda output, target: (output - target) ** 2 * (1.0 if number() < 60 else 100.0)


@pytest.mark.parametrize("make", [way for way in WAYS if way is not by_decorator])
@pytest.mark.filterwarnings("ignore::nn.DiagnosisWarning")
def test_a_loss_that_changes_with_its_calls_is_trained_as_by_the_eager_backend(make):
    trained = []
    for backend in (None, "eager"):
        model = MLP(2, [1], seed=0)
        options = {"epochs": 6, "seed": 0, "progress": False, "backend": backend}
        loss = loss_of(make())
        if backend is None:
            with pytest.warns(UserWarning, match=r"changes with each call"):
                history = fit(model, X, Y, loss=loss, optimizer=SGD(model.parameters(), lr=1e-4), **options)
        else:
            history = fit(model, X, Y, loss=loss, optimizer=SGD(model.parameters(), lr=1e-4), **options)
        trained.append([*history["loss"], *(p.data for p in model.parameters())])
    assert trained[0] == trained[1]


@pytest.mark.parametrize(("make", "place"), [
    (by_enclosed_number, "model.number: n"),
    (by_enclosed_list, "model.number: n[0]"),
    (by_default, "model.number: n=[0]"),
    (by_attribute, "model.number.calls"),
    (by_global, "model.number: global calls"),
    (by_method, "model.number.__self__.calls"),
    (by_namespace, "model.number: state.calls"),
])  # fmt: skip
def test_the_warning_names_what_changes(make, place):
    with pytest.warns(UserWarning, match=re.escape(f"cannot be compiled: {place} changes with each call")):
        predict(Factor(make()), X)


@pytest.mark.parametrize("rows", [FEW, len(X)])
def test_a_forward_that_seldom_draws_from_a_global_generator_is_not_frozen(rows):
    class Seldom(Module):
        def forward(self, x):
            return W * x[0] * (1.0 if drawn.random() < 0.9 else 0.0)

    numbers = random.Random(3)
    expected = [x * (1.0 if numbers.random() < 0.9 else 0.0) for x in X[:rows, 0].tolist()]
    drawn.seed(3)
    if rows == FEW:
        assert predict(Seldom(), X[:rows]).tolist() == expected
    else:
        with pytest.warns(UserWarning, match="model.forward: global drawn changes"):
            assert predict(Seldom(), X[:rows]).tolist() == expected


@pytest.mark.parametrize("rows", [FEW, len(X)])
def test_a_counter_in_a_namespace_of_the_model_is_not_frozen(rows, recwarn):
    class Counting(Module):
        def __init__(self):
            self.state = SimpleNamespace(calls=0)

        def forward(self, x):
            self.state.calls += 1
            return W * x[0] * (self.state.calls // 10)

    assert predict(Counting(), X[:rows]).tolist() == [x * ((i + 1) // 10) for i, x in enumerate(X[:rows, 0].tolist())]
    assert len(recwarn) == (rows > FEW)


@pytest.mark.parametrize("rows", [FEW, len(X)])
def test_a_counter_in_the_class_of_the_model_is_not_frozen(rows, recwarn):
    class Counting(Module):
        calls = 0

        def forward(self, x):
            type(self).calls += 1
            return W * x[0] * (self.calls // 10)

    assert predict(Counting(), X[:rows]).tolist() == [x * ((i + 1) // 10) for i, x in enumerate(X[:rows, 0].tolist())]
    assert len(recwarn) == (rows > FEW)


SCALES = {"w": 2.0}


@pytest.mark.parametrize("rows", [FEW, len(X)])
def test_what_reads_globals_and_closures_without_a_change_is_compiled(rows):
    table, log = np.array([1.0, 2.0]), State()
    log.itself = log  # a cycle

    class Reading(Module):
        def forward(self, x):
            return W * x[0] * SCALES["w"] + table[1] * log.calls + len(X) * autograd.tanh(x[1])

    found = predict(Reading(), X[:rows])
    assert found == pytest.approx(2.0 * X[:rows, 0] + 20.0 * np.tanh(X[:rows, 1]), rel=1e-12)


def test_what_has_a_chain_of_many_objects_behind_it_is_looked_at_to_a_bound():
    last = None
    for _ in range(3 * MOST):
        state = State()
        state.last, last = last, state
    assert len(Snapshot({"loss": lambda output, target: (output, last)}).parts) < 2 * MOST


def test_of_a_long_list_behind_the_code_the_length_counts():
    numbers = [0.0] * (2 * MOST)
    loss = {"loss": lambda output, target: (output, numbers)}
    before = Snapshot(loss)
    assert len(before.parts) < 20
    numbers.append(1.0)
    assert before.difference(Snapshot(loss)) == "loss: numbers"


def test_nothing_of_nn_and_of_installed_packages_is_looked_at():
    parts = Snapshot({"loss": nn.mse_loss, "model": MLP(2, [2, 1], lambda v: np.sqrt(v + 1.0))}).parts
    assert [place for place in parts if "global" in place] == ["model.layers[0].activation: global np"]


@pytest.mark.parametrize("file", ["/home/a/helpers.py", "/usr/lib/python3/site-packages/helpers/__init__.py"])
def test_in_a_module_of_the_users_it_is_what_a_function_names(file, monkeypatch):
    helpers = ModuleType("helpers")
    helpers.__file__ = file
    monkeypatch.setitem(sys.modules, "helpers", helpers)
    exec("import random\nn = other = 0\nrng = random.Random(0)\ndef loss(o, t): return (o - t) ** 2 * n", vars(helpers))
    before = Snapshot({"loss": helpers.loss})
    helpers.rng.random()
    helpers.other = 1
    assert before.difference(Snapshot({"loss": helpers.loss})) == ""
    helpers.n = 1
    assert before.difference(Snapshot({"loss": helpers.loss})) == "loss: global n"
    before.restore()
    assert (helpers.n, helpers.other) == (0, 1)


@pytest.mark.parametrize(("file", "changed"), [
    ("/home/a/helpers.py", "loss: helpers.n"), ("/usr/lib/python3/site-packages/helpers/__init__.py", ""),
])  # fmt: skip
def test_what_a_function_names_in_another_module_is_looked_at_where_that_is_the_users(file, changed, monkeypatch):
    helpers, loss = ModuleType("helpers"), {"helpers": None}
    helpers.__file__, helpers.n = file, 0
    monkeypatch.setitem(sys.modules, "helpers", helpers)
    exec("def loss(o, t): return (o - t) ** 2 * helpers.n", loss)
    loss["helpers"] = helpers
    before = Snapshot({"loss": loss["loss"]})
    helpers.n = 1
    assert before.difference(Snapshot({"loss": loss["loss"]})) == changed


def test_what_a_call_has_made_new_goes_away_again():
    class Making(Module):
        def forward(self, x):
            global made
            made = type(self).calls = self.forward.__func__.calls = 1

    before = Snapshot({"model": Making()})
    Making().forward([0.0])
    before.restore()
    assert (hasattr(Making, "calls"), hasattr(Making.forward, "calls"), "made" in globals()) == (False, False, False)


def test_only_what_has_changed_is_put_back():
    class Watched(dict):
        def clear(self):
            raise AssertionError("cleared")

    enclosed = Watched(n=1)
    Snapshot({"loss": lambda output, target: (output, enclosed)}).restore()
    assert enclosed == {"n": 1}
