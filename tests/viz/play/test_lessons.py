"""Each lesson shows what it says: its settings, trained by the page's own session in node."""

from itertools import pairwise

import pytest

from viz.play.names import names

TRAINED = """
const lesson = m.LESSONS.find(({ name }) => name === given.name);
const session = new m.Session({ given: null, model: null, settings: {}, names: given.names });
session.use({ ...session.base, ...lesson.settings, ...(given.then && lesson.thenSettings) });
session.reset();
const { trainer } = session;
for (let i = 0; i < given.epochs && trainer.epoch(); i++);
const [first, last] = [trainer.history[0], trainer.history[trainer.history.length - 1]];
const best = Math.min(...trainer.history.map(({ testLoss }) => testLoss));
const settled = trainer.history.slice(100); // what follows when it has learned
const [worst, worstTest] = ["trainLoss", "testLoss"].map((loss) => Math.max(...settled.map((each) => each[loss])));
const [gradients, dead] = ["gradient", "dead"].map((name) => trainer.layerStatistics().map((layer) => layer[name]));
const { troubles } = session;
return { troubles, first, last, best, worst, worstTest, gradients, dead, trouble: trainer.trouble?.what };
"""


@pytest.fixture
def learned(compute):
    """A function that trains a lesson, or what comes `then`, and gives what became of it."""

    def learn(name, epochs, then=False):
        found = compute("all.js", TRAINED, {"name": name, "epochs": epochs, "then": then, "names": names()})
        assert found["troubles"] == []
        return found

    return learn


def test_one_layer_does_not_learn_xor(learned):
    found = learned("xor", 100)
    assert found["last"]["trainLoss"] > 0.68
    assert found["last"]["trainAccuracy"] < 0.75


def test_a_hidden_layer_learns_xor(learned):
    assert learned("xor", 100, then=True)["last"]["trainAccuracy"] == 1


def test_relus_die_and_nothing_before_them_learns_any_more(learned):
    found = learned("dead", 30)
    assert found["dead"][0] > 0.3
    assert found["dead"][1] == 1
    assert found["gradients"][:2] == [0, 0]
    assert found["last"]["trainLoss"] > 0.69


def test_leaky_relus_come_back(learned):
    assert learned("dead", 40, then=True)["last"]["trainLoss"] < 0.3


def test_too_large_a_rate_ends_in_infinity(learned):
    found = learned("rate", 100)
    assert found["last"]["trainLoss"] > 1e6 * found["first"]["trainLoss"]
    assert "the loss of a row is inf" in found["trouble"]


def test_a_lower_rate_goes_down(learned):
    found = learned("rate", 100, then=True)
    assert "trouble" not in found
    assert found["last"]["trainLoss"] < 0.5 * found["first"]["trainLoss"]


def test_gradients_vanish_through_sigmoids(learned):
    found = learned("vanishing", 30)
    sizes = found["gradients"]
    assert all(before < 0.6 * after for before, after in pairwise(sizes))
    assert sizes[0] < 1e-3 * sizes[-1]
    assert found["last"]["trainLoss"] > 0.65


def test_with_tanh_they_do_not_and_it_learns(learned):
    found = learned("vanishing", 100, then=True)
    sizes = found["gradients"]
    assert max(sizes) < 100 * min(sizes)
    assert found["last"]["trainLoss"] < 0.2


def test_with_tanh_it_stays_learned(learned):
    found = learned("vanishing", 1000, then=True)
    assert found["worst"] < 0.1
    assert found["last"]["trainAccuracy"] > 0.99


def test_a_large_network_learns_noise_by_heart(learned):
    found = learned("overfitting", 200)
    assert found["last"]["trainLoss"] < 0.02
    assert found["last"]["testLoss"] > 3 * found["best"]


def test_a_penalty_keeps_the_test_loss_low(learned):
    alone, penalised = learned("overfitting", 400), learned("overfitting", 400, then=True)
    assert alone["last"]["testLoss"] > 2
    assert penalised["worstTest"] < 0.46  # told as near 0.4
    assert 0.25 < penalised["last"]["trainLoss"] < 0.4  # told as near 0.3
