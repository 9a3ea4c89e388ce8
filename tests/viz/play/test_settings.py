"""What a playground opens with beside model and rows: the names and limits of nn and of the page, the same in both."""

import typing

import pytest

import viz
from nn import ACTIVATIONS, INITIALIZERS, LOSSES, datasets
from nn.optim.optimizers import OPTIMIZERS
from viz.play.names import camel, names
from viz.play.settings import _CHECKS, DataName, Settings, checked


def test_every_setting_is_checked():
    assert set(Settings.__annotations__) | {"classes", "optimizer"} == set(_CHECKS)


def test_settings_are_those_of_the_page(compute):
    defaults = compute("settings.js", "return m.DEFAULTS")
    assert {camel(name) for name in _CHECKS} == set(defaults) - {"points"}


def test_what_the_page_begins_with_is_accepted(compute):
    defaults = compute("settings.js", "return m.DEFAULTS")
    given = {name: defaults[camel(name)] for name in _CHECKS if defaults[camel(name)] is not None}
    assert checked(given) == {camel(name): each for name, each in given.items()}


RANGED = [name for name in _CHECKS if name not in (
    "data", "layers", "activation", "output", "init", "loss", "optimizer", "nesterov", "betas", "axes",
)]  # fmt: skip


@pytest.mark.parametrize("name", RANGED)
def test_a_number_is_refused_here_where_the_page_refuses_it(name, compute):
    body = "const { least, most } = m.RANGES[given]; return [least, most]"
    least, most = compute("settings.js", body, camel(name))
    step = 1 if isinstance(checked({name: most - 0 if most > 1 else 0.5})[camel(name)], int) else 1e-9
    for number in (least - step, least, most, most + step * max(1, most)):
        refused = compute("settings.js", "return m.refusal(...given) !== ''", [camel(name), number])
        try:
            assert checked({name: number}) == {camel(name): number}
            assert not refused, number
        except ValueError:
            assert refused, number


def test_data_are_those_that_the_page_makes(compute):
    made = compute("numbers/datasets.js", "return Object.keys(m.DATASETS)")
    assert set(typing.get_args(DataName)) == set(made)
    assert all(callable(getattr(datasets, name)) for name in made)


@pytest.mark.parametrize(("settings", "error", "message"), [
    ({"activaton": "tanh"}, TypeError, "there is no setting 'activaton'; did you mean 'activation'"),
    ({"activation": "tahn"}, ValueError, "unknown activation 'tahn'.*did you mean 'tanh'"),
    ({"data": "moon"}, ValueError, "unknown data 'moon': choose from .*; did you mean 'moons'"),
    ({"loss": "MSE"}, ValueError, "unknown loss 'MSE'"),
    ({"optimizer": "adm"}, ValueError, "unknown optimizer 'adm'"),
    ({"layers": 4}, ValueError, r"layers must list the neurons of each hidden layer, such as \[4, 4\]; got 4"),
    ({"layers": [4, 0]}, ValueError, r"layers\[1\] must be a whole number from 1 to 64, got 0"),
    ({"layers": [2] * 7}, ValueError, "at most 6 hidden layers, got 7"),
    ({"lr": 0}, ValueError, "lr must be greater than 0"),
    ({"lr": 2000}, ValueError, "lr must be at most 1000, got 2000.0"),
    ({"betas": [0.9]}, ValueError, r"betas must be two numbers, got \[0.9\]"),
    ({"axes": [1, 1]}, ValueError, "axes must be two different inputs"),
    ({"nesterov": 1}, ValueError, "nesterov must be True or False, got 1"),
    ({"data_seed": -1}, ValueError, "data_seed: seed must be a whole number from 0"),
    ({"classes": 7}, ValueError, "classes must be a whole number from 2 to 6, got 7"),
])  # fmt: skip
def test_what_is_no_setting_is_refused(settings, error, message):
    with pytest.raises(error, match=message):
        viz.play(**settings)


def test_the_page_knows_all_that_nn_has_by_name():
    found = names()
    tables = {"activations": ACTIVATIONS, "losses": LOSSES, "optimizers": OPTIMIZERS, "initializers": INITIALIZERS}
    assert {kind: list(each) for kind, each in found.items()} == {kind: list(table) for kind, table in tables.items()}


def test_what_is_known_of_a_name_is_what_its_record_says():
    found = names()
    assert found["losses"]["cross_entropy"].items() >= {
        "output": "logits", "targets": "class", "activation": "softmax", "twin": "categorical_cross_entropy",
        "isDistance": False,
    }.items()  # fmt: skip
    assert found["activations"]["tanh"].items() >= {"init": "xavier", "range": (-1.0, 1.0), "canDie": False}.items()
    assert found["optimizers"]["sgd"] == {"lr": 0.01, "momentum": 0.0, "nesterov": False, "weightDecay": 0.0}
