"""What is compiled unasked is never frozen: values with few rows and with many are the same, whatever a model does."""

import copy
import random
from functools import partial

import numpy as np
import pytest

import autograd
import nn
from autograd import Value
from nn import MLP, SGD, CosineDecay, EarlyStopping, Layer, Module, Neuron, WarmUp, evaluate, fit, predict
from nn.training.backends import FEW_ROWS, Compiled
from nn.training.unchanged import Own

RNG = np.random.default_rng(0)
X = RNG.normal(size=(FEW_ROWS + 4, 2))
Y = X[:, 0] - 0.5 * X[:, 1] + 0.1
FEW = FEW_ROWS - 1
ROW_BY_ROW = r"row by row(.|\n)* changes with each call"


def quiet_fit(model, **options):
    optimizer = options.pop("optimizer", None) or SGD(model.parameters(), lr=0.1)
    return fit(
        model, X, Y, optimizer=optimizer, **{"loss": "mse", "epochs": 3, "progress": False, "seed": 0, **options}
    )


def numbers(model):
    return [p.data for p in model.parameters()]


class Noisy(Module):
    """A generator of its own, that of Python or of NumPy."""

    def __init__(self, rng):
        self.w, self.rng = Value(2.0), rng

    def forward(self, x):
        return self.w * x[0] * self.rng.random()


class SeldomNoisy(Noisy):
    """Draws in every call, which shows in few results."""

    def forward(self, x):
        return self.w * x[0] * (5.0 if self.rng.random() < 0.1 else 1.0)


class Counting(Module):
    """Counts its calls, and changes in every one."""

    def __init__(self):
        self.w, self.calls = Value(2.0), 0

    def forward(self, x):
        self.calls += 1
        return self.w * x[0] * self.calls


class SeldomCounting(Counting):
    """Counts its calls, and changes in every tenth."""

    def forward(self, x):
        self.calls += 1
        return self.w * x[0] * (self.calls // 10)


class Logging(Module):
    """Keeps a list of what it got, whose length is a factor."""

    def __init__(self):
        self.w, self.log = Value(2.0), {"rows": []}

    def forward(self, x):
        self.log["rows"].append(x)
        return self.w * x[0] * len(self.log["rows"])


class Recurrent(Module):
    """Keeps a state from call to call."""

    def __init__(self):
        self.w, self.state = Value(0.5), 0.0

    def forward(self, x):
        self.state = autograd.tanh(self.w * self.state + x[0])
        return self.state


CHANGING = {
    "Python's generator": lambda: Noisy(random.Random(0)),
    "NumPy's generator": lambda: Noisy(np.random.default_rng(0)),
    "NumPy's old generator": lambda: Noisy(np.random.RandomState(0)),
    "a generator that seldom counts": lambda: SeldomNoisy(random.Random(0)),
    "a counter": Counting,
    "a counter that seldom counts": SeldomCounting,
    "a log": Logging,
    "a state": Recurrent,
}


@pytest.mark.parametrize("make", CHANGING.values(), ids=CHANGING)
def test_a_model_that_changes_with_its_calls_predicts_many_rows_as_it_does_few(make):
    with pytest.warns(UserWarning, match="computing row by row"):
        many = predict(make(), X)
    assert many[:FEW].tolist() == predict(make(), X[:FEW]).tolist()


@pytest.mark.parametrize("make", CHANGING.values(), ids=CHANGING)
def test_it_is_evaluated_the_same(make):
    expected = make()
    outputs = np.array([expected(row).data for row in X.tolist()])
    with pytest.warns(UserWarning, match="computing row by row"):
        assert evaluate(make(), X, Y, loss="mse")["loss"] == pytest.approx(((outputs - Y) ** 2).mean(), rel=1e-12)


@pytest.mark.parametrize("make", CHANGING.values(), ids=CHANGING)
def test_the_outputs_of_its_layers_are_the_same(make):
    with pytest.warns(UserWarning, match="computing row by row"):
        many = nn.layer_outputs(make(), X)
    few = nn.layer_outputs(make(), X[:FEW])
    assert {name: array[:FEW].tolist() for name, array in many.items()} == {name: few[name].tolist() for name in few}


@pytest.mark.filterwarnings("ignore::nn.DiagnosisWarning")
@pytest.mark.parametrize("make", [make for name, make in CHANGING.items() if name != "a state"])
def test_it_is_trained_as_by_the_eager_backend(make):
    model, reference = make(), make()
    with pytest.warns(UserWarning, match="training row by row"):
        history = quiet_fit(model, optimizer=SGD(model.parameters(), lr=1e-4))
    expected = quiet_fit(reference, optimizer=SGD(reference.parameters(), lr=1e-4), backend="eager")
    assert (numbers(model), dict(history)) == (numbers(reference), dict(expected))


def test_the_warning_names_what_changes():
    with pytest.warns(UserWarning, match=r"cannot be compiled: model\.calls changes with each call"):
        predict(Counting(), X)
    with pytest.warns(UserWarning, match=r"cannot be compiled: model\.rng changes with each call"):
        predict(Noisy(random.Random(0)), X)


def test_a_loss_that_counts_its_calls_is_not_frozen():
    class Loss(Module):
        def __init__(self):
            self.calls = 0

        def forward(self, output, target):
            self.calls += 1
            return (output - target) ** 2 * (self.calls // 10)

    outputs = predict(MLP(2, [1], seed=0), X)
    with pytest.warns(UserWarning, match=r"loss\.calls changes"):
        found = evaluate(MLP(2, [1], seed=0), X, Y, loss=Loss())["loss"]
    assert found == pytest.approx(((outputs - Y) ** 2 * (np.arange(1, len(X) + 1) // 10)).mean(), rel=1e-12)


@pytest.mark.parametrize("rows", [FEW, len(X)])
def test_a_model_that_makes_its_weights_when_it_sees_the_first_row_is_compiled(rows):
    class Lazy(Module):
        w = None

        def forward(self, x):
            if self.w is None:
                self.w = [Value(2.0) for _ in x]
            return autograd.dot(self.w, x)

    model = Lazy()
    assert predict(model, X[:rows]) == pytest.approx(2.0 * X[:rows].sum(axis=1), rel=1e-12)
    assert len(model.parameters()) == 2


@pytest.mark.parametrize("rows", [FEW, len(X)])
def test_a_model_may_keep_what_it_has_computed_and_be_compiled(rows):
    class Keeping(Module):
        def __init__(self):
            self.layer, self.latest = Layer(2, 2, "tanh", seed=0), None

        def forward(self, x):
            self.latest = self.layer(x)
            return self.latest[0]

    expected = [Layer(2, 2, "tanh", seed=0)(row)[0].data for row in X[:rows].tolist()]
    assert predict(Keeping(), X[:rows]) == pytest.approx(expected, rel=1e-12)


# ------------------------------------------------------------------------------------- changed between two calls


def change_an_attribute(model):
    for neuron in model.layers[0].neurons:
        neuron.function = autograd.relu


def change_a_parameter(model):
    model.layers[0].neurons[0].w[1] = Value(3.0)


def change_a_layer(model):
    model.layers[1] = Layer(3, 1, "linear", seed=9)


def add_a_layer(model):
    model.layers.append(Layer(1, 1, "tanh", seed=3))


def change_forward(model):
    model.forward = lambda x: model.layers[0](x)[2]


def change_forward_of_a_neuron(model):
    model.layers[0].neurons[1].forward = lambda x: 2.0 * x[0]


CHANGES = [
    change_an_attribute,
    change_a_parameter,
    change_a_layer,
    add_a_layer,
    change_forward,
    change_forward_of_a_neuron,
]


@pytest.mark.parametrize("change", CHANGES)
def test_an_mlp_changed_between_two_calls_predicts_many_rows_as_it_does_few(change):
    model = MLP(2, [3, 1], "tanh", seed=0)
    before = predict(model, X)
    change(model)
    after = predict(model, X)
    assert (after != before).any()
    assert after[:FEW] == pytest.approx(predict(model, X[:FEW]), rel=1e-12)
    assert after == pytest.approx([model(row).data for row in X.tolist()], rel=1e-12)


@pytest.mark.parametrize("change", CHANGES)
def test_a_callback_that_changes_an_mlp_in_the_middle_changes_the_training(change):
    trained = []
    for backend in ("numpy", "eager"):
        model = MLP(2, [3, 1], "tanh", seed=0)
        history = quiet_fit(
            model, epochs=4, backend=backend, callbacks=lambda epoch, _, m=model: change(m) if epoch == 2 else None
        )
        assert len(history["loss"]) == 4
        trained.append([*numbers(model), *history["loss"]])
    assert trained[0] == pytest.approx(trained[1], rel=1e-9)


def test_after_a_layer_was_replaced_the_statistics_are_those_of_the_new_one():
    statistics = []
    for backend in ("numpy", "eager"):
        model = MLP(2, [3, 1], "tanh", seed=0)
        history = quiet_fit(
            model, epochs=4, backend=backend, callbacks=lambda e, _, m=model: change_a_layer(m) if e == 2 else None
        )
        assert len(history.statistics["layers.1"]["activation"]) == 2
        statistics.append(history.statistics["layers.1"]["activation"])
    assert statistics[0] == pytest.approx(statistics[1], rel=1e-9)


def test_parameters_that_come_into_a_training_are_plain_values_after_it():
    model = MLP(2, [3, 1], "tanh", seed=0)
    quiet_fit(model, callbacks=lambda epoch, _: change_a_layer(model) if epoch == 1 else None)
    assert {autograd.parameters.store_of(p) for p in model.parameters()} == {None}


class Dropping(Module):
    """A flag as in other frameworks, and a factor that is plain."""

    def __init__(self):
        self.w, self.training, self.factor = Value(0.5), False, 1.0

    def forward(self, x):
        return self.w * (0.5 * x[0] if self.training else x[0]) * self.factor


def in_training(model):
    model.training = True


def by_a_factor(model):
    model.factor = 3.0


@pytest.mark.parametrize("change", [in_training, by_a_factor])
@pytest.mark.parametrize("by", ["callback", "schedule", "optimizer"])
def test_a_plain_attribute_of_a_users_module_may_change_in_the_middle(change, by):
    trained = []
    for backend in ("numpy", "eager"):
        model = Dropping()

        class Changing(SGD):
            def update(self, data, grad, model=model):
                super().update(data, grad)
                change(model)

        options = {
            "callback": {"callbacks": lambda epoch, _, m=model: change(m)},
            "schedule": {"optimizer": SGD(model.parameters(), lr=WarmUp(lambda t, m=model: change(m) or 0.1, 2))},
            "optimizer": {"optimizer": Changing(model.parameters(), lr=0.1)},
        }[by]
        model.training, model.factor = False, 1.0  # the first rate is asked for at once
        history = quiet_fit(model, backend=backend, batch_size=None, **options)
        trained.append([*numbers(model), *history["loss"]])
    assert trained[0] == pytest.approx(trained[1], rel=1e-9)


def test_what_becomes_random_in_the_middle_is_trained_eagerly_from_then_on():
    class Dropout(Dropping):
        def forward(self, x):
            return self.w * x[0] * (random.random() if self.training else 1.0)

    model = Dropout()
    with pytest.warns(UserWarning, match="draws random numbers"):
        quiet_fit(model, callbacks=lambda *_: in_training(model))


def test_what_begins_to_count_its_calls_in_the_middle_counts_those_for_rows_alone():
    class CountingLater(Dropping):
        calls = 0

        def forward(self, x):
            if self.training:
                self.calls += 1
            return self.w * x[0] * (1.0 + self.calls / 1000.0)

    model, reference = CountingLater(), CountingLater()
    with pytest.warns(UserWarning, match=ROW_BY_ROW):
        quiet_fit(model, callbacks=lambda *_: in_training(model))
    quiet_fit(reference, callbacks=lambda *_: in_training(reference), backend="eager")
    assert numbers(model) == pytest.approx(numbers(reference), rel=1e-9)
    assert model.calls == reference.calls


def test_a_users_loss_may_change_in_the_middle():
    trained = []
    for backend in ("numpy", "eager"):
        weight, model = [1.0], Neuron(2, seed=0)
        quiet_fit(
            model, backend=backend, loss=lambda output, target, w=weight: w[0] * (output - target) ** 2,
            callbacks=lambda *_, w=weight: w.append(w.pop() / 2),
        )  # fmt: skip
        trained.append(numbers(model))
    assert trained[0] == pytest.approx(trained[1], rel=1e-9)


@pytest.mark.filterwarnings("ignore::nn.DiagnosisWarning")
@pytest.mark.parametrize("users", ["model", "loss"])
def test_what_changes_by_itself_in_the_middle_is_compiled_anew(users, monkeypatch):
    original, trained = nn.training.training._summary, []
    for backend in ("numpy", "eager"):
        model = Dropping() if users == "model" else MLP(2, [1], seed=0)
        epochs = []  # as a clock: nothing of model and loss knows it but its call

        def factor(epochs=epochs):
            return 1.0 if len(epochs) < 2 else 3.0

        def summary(*args, epochs=epochs):
            epochs.append(None)
            return original(*args)

        monkeypatch.setattr(nn.training.training, "_summary", summary)
        if users == "model":
            model.forward = lambda x, model=model, factor=factor: model.w * x[0] * factor()
            loss = "mse"
        else:
            loss = lambda output, target, factor=factor: (output - target) ** 2 * factor()  # noqa: E731
        history = quiet_fit(model, loss=loss, epochs=4, backend=backend)
        trained.append([*numbers(model), *history["loss"]])
    assert trained[0] == pytest.approx(trained[1], rel=1e-9)


# ---------------------------------------------------------------------------------------- and not more than needed


class Users(Module):
    """An MLP in a module of the user, whose code is not known."""

    def __init__(self):
        self.inner = MLP(2, [3, 1], seed=0)

    def forward(self, x):
        return self.inner(x)


@pytest.fixture
def traces(monkeypatch):
    """How often model and loss were called on placeholders: to compile them, and to find out what they do now."""
    counts = {"prepared": 0, "compiled": 0}
    for name in counts:
        module = getattr(autograd.compiler, name)

        def counted(*args, name=name, original=module.trace):
            counts[name] += 1
            return original(*args)

        monkeypatch.setattr(module, "trace", counted)
    return counts


def test_a_users_module_that_does_not_change_is_not_compiled_again(traces):
    quiet_fit(Users(), epochs=8, batch_size=3)
    assert traces["prepared"] == 2  # the loss, and the outputs of the layers


@pytest.mark.parametrize("options", [{}, {"callbacks": lambda *_: None}], ids=["alone", "with a callback"])
def test_a_users_module_is_asked_once_an_epoch_for_each_program(options, traces):
    quiet_fit(Users(), epochs=1, batch_size=3, **options)
    once = traces["compiled"]
    quiet_fit(Users(), epochs=8, batch_size=3, **options)
    assert traces["compiled"] - 2 * once == 2 * 7  # the loss, and the outputs of the layers


def test_a_users_loss_is_asked_once_an_epoch_for_each_program(traces):
    quiet_fit(MLP(2, [3, 1], seed=0), epochs=1, loss=lambda output, target: (output - target) ** 2)
    once = traces["compiled"]
    quiet_fit(MLP(2, [3, 1], seed=0), epochs=8, loss=lambda output, target: (output - target) ** 2)
    assert traces["compiled"] - 2 * once == 2 * 7


@pytest.mark.parametrize("options", [
    {}, {"callbacks": lambda *_: None}, {"callbacks": EarlyStopping("loss")}, {"dtype": "float32"}
], ids=["alone", "with a callback", "with early stopping", "float32"])  # fmt: skip
def test_an_mlp_is_called_on_placeholders_as_often_in_one_epoch_as_in_eight(options, monkeypatch):
    traced = []
    original = autograd.compiler.prepared.trace
    monkeypatch.setattr(autograd.compiler.prepared, "trace", lambda *args: traced.append(1) or original(*args))
    monkeypatch.setattr(autograd.compiler.compiled, "trace", None)  # it is proved without a trace
    counts = []
    for epochs in (1, 8):
        quiet_fit(MLP(2, [3, 1], seed=0), epochs=epochs, batch_size=3, **options)
        counts.append(len(traced))
        traced.clear()
    assert counts == [2, 2]  # the loss, and the outputs of the layers


@pytest.mark.parametrize("schedule", [0.1, CosineDecay(0.1, 10), WarmUp(CosineDecay(0.1, 10), 2), WarmUp(0.1, 2)])
def test_nobody_is_asked_where_only_nn_itself_runs_between_the_epochs(schedule, monkeypatch):
    monkeypatch.setattr(Compiled, "is_current", None)
    model = MLP(2, [3, 1], seed=0)
    assert quiet_fit(model, optimizer=SGD(model.parameters(), lr=schedule)).epochs == 3


# ------------------------------------------------------------------------------------------------------- is it ours


def fresh():
    return MLP(2, [3, 1], "tanh", seed=0)


OWN = {
    "an MLP": fresh,
    "with softmax": lambda: MLP(2, [3, 2], "gelu", output="softmax"),
    "a layer": lambda: Layer(2, 3),
    "a perceptron": lambda: nn.Perceptron(2),
    "an activation by function": lambda: Neuron(2, autograd.tanh),
}


@pytest.mark.parametrize("make", OWN.values(), ids=OWN)
def test_it_is_nns_own(make):
    assert Own.of(make(), nn.mse_loss) is not None


def test_what_python_notes_in_a_class_is_no_change_of_it():
    copy.copy(fresh())  # notes __slotnames__
    assert Neuron.__annotations__ is not None  # notes an empty dict
    assert Own.of(fresh(), nn.mse_loss) is not None


def test_a_patch_that_was_taken_back_is_no_change():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MLP, "__call__", None)  # which stands in MLP itself afterwards
    try:
        assert Own.of(fresh(), nn.mse_loss) is not None
    finally:
        if "__call__" in vars(MLP):
            del MLP.__call__


def with_forward():
    model = fresh()
    model.layers[1].forward = lambda x: x[0]
    return model


class Subclass(Layer):
    pass


def with_subclass():
    model = fresh()
    model.layers[0] = Subclass(2, 3)
    return model


NOT_OWN = {
    "a forward of its own": with_forward,
    "a subclass": with_subclass,
    "an activation of the user": lambda: MLP(2, [3, 1], lambda v: v * v),
    "a function": lambda: lambda x: x[0],
}


@pytest.mark.parametrize("make", NOT_OWN.values(), ids=NOT_OWN)
def test_it_is_not_nns_own(make):
    assert Own.of(make(), nn.mse_loss) is None


@pytest.mark.parametrize(
    "loss", [lambda o, t: (o - t) ** 2, partial(nn.huber_loss, delta=2.0)], ids=["a function", "partial"]
)
def test_a_loss_of_the_user_is_not_nns_own(loss):
    assert Own.of(fresh(), loss) is None


@pytest.mark.parametrize(("owner", "name"), [(Layer, "forward"), (Module, "__call__"), (Neuron, "__getattr__")])
def test_patched_classes_are_not_nns_own(owner, name, monkeypatch):
    monkeypatch.setattr(owner, name, lambda *args: None, raising=False)
    assert Own.of(fresh(), nn.mse_loss) is None


def test_a_program_of_an_unchanged_mlp_is_current():
    model = fresh()
    way = Compiled(model, nn.mse_loss)
    way.evaluate(X, Y)
    assert way.is_current()
    model.layers[0].neurons[0].b.data = 7.0  # numbers are read anew
    assert way.is_current()


@pytest.mark.parametrize("change", CHANGES)
def test_a_program_of_a_changed_mlp_is_not_current(change):
    model = fresh()
    way = Compiled(model, nn.mse_loss)
    way.evaluate(X, Y)
    change(model)
    assert not way.is_current()


def test_a_program_of_a_class_that_was_patched_is_not_current(monkeypatch):
    model = fresh()
    way = Compiled(model, nn.mse_loss)
    way.evaluate(X, Y)
    monkeypatch.setattr(Neuron, "forward", lambda neuron, x: neuron.b)
    assert not way.is_current()
