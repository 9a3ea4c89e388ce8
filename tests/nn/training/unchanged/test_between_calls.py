"""What was changed between two calls, or in the middle of a training, is compiled anew."""

import random

import pytest

import autograd
import nn
from autograd import Value
from nn import MLP, SGD, Module, Neuron, WarmUp, predict

from .conftest import CHANGES, FEW, ROW_BY_ROW, X, change_a_layer, numbers, quiet_fit


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
    for backend in (None, "eager"):
        model = MLP(2, [3, 1], "tanh", seed=0)
        history = quiet_fit(
            model, epochs=4, backend=backend, callbacks=lambda epoch, _, m=model: change(m) if epoch == 2 else None
        )
        assert len(history["loss"]) == 4
        trained.append([*numbers(model), *history["loss"]])
    assert trained[0] == pytest.approx(trained[1], rel=1e-9)


def test_after_a_layer_was_replaced_the_statistics_are_those_of_the_new_one():
    statistics = []
    for backend in (None, "eager"):
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
    for backend in (None, "eager"):
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
    for backend in (None, "eager"):
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
    original, trained = nn.training.training.summary, []
    for backend in (None, "eager"):
        model = Dropping() if users == "model" else MLP(2, [1], seed=0)
        epochs = []  # as a clock: nothing of model and loss knows it but its call

        def factor(epochs=epochs):
            return 1.0 if len(epochs) < 2 else 3.0

        def summary(*args, epochs=epochs):
            epochs.append(None)
            return original(*args)

        monkeypatch.setattr(nn.training.training, "summary", summary)
        if users == "model":
            model.forward = lambda x, model=model, factor=factor: model.w * x[0] * factor()
            loss = "mse"
        else:
            loss = lambda output, target, factor=factor: (output - target) ** 2 * factor()  # noqa: E731
        history = quiet_fit(model, loss=loss, epochs=4, backend=backend)
        trained.append([*numbers(model), *history["loss"]])
    assert trained[0] == pytest.approx(trained[1], rel=1e-9)
