"""The playground learns, as Python does: a model from Python goes on there, and comes back."""

import numpy as np
import pytest

import viz
from nn import MLP, SGD, Adam, StandardScaler, datasets, evaluate, fit, load, save

from .conftest import numbers

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect
DATA = datasets.moons(rows=40, validation=0.0)
LOSS = "binary_cross_entropy_with_logits"


def test_it_learns_xor(open_play, tmp_path):
    shown = open_play()
    shown.train_until("train-accuracy", "100.0 %")
    expect(shown.page.locator("#test-accuracy")).to_have_text("100.0 %")
    model = shown.saved(tmp_path)
    assert [model([x1, x2]).data > 0 for x1, x2 in [(0.6, 0.6), (-0.6, 0.6), (0.6, -0.6), (-0.6, -0.6)]] in (
        [False, True, True, False], [True, False, False, True],
    )  # fmt: skip


@pytest.mark.parametrize("make", [
    lambda model: Adam(model.parameters(), lr=0.03), lambda model: SGD(model.parameters(), lr=0.1, momentum=0.9),
], ids=["adam", "sgd"])  # fmt: skip
def test_a_model_from_python_goes_on_as_in_python(make, open_play, tmp_path):
    model = MLP(2, [4, 3, 1], "tanh", seed=5)
    X, y, penalties = DATA.X_train, DATA.y_train, {"l2": 1e-3, "clip_norm": 0.05}
    optimizer = make(model)
    fit(model, X, y, loss=LOSS, optimizer=optimizer, epochs=2, progress=False)
    shown = open_play(viz.play(model, X, y, loss=LOSS, optimizer=optimizer, batch_size=0, **penalties))
    losses = []
    for _ in range(3):
        shown.press("+ epoch")
        losses.append(float(shown.page.locator("#train-loss").text_content()))
    history = fit(model, X, y, loss=LOSS, optimizer=optimizer, epochs=3, batch_size=None, progress=False, **penalties)
    np.testing.assert_allclose(numbers(shown.saved(tmp_path)), numbers(model), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(losses, history["loss"], rtol=1e-2)


def test_what_was_learned_in_the_page_goes_on_in_python(open_play, tmp_path):
    X, y = DATA.X_train, DATA.y_train
    shown = open_play(viz.play(None, X, y, layers=[3], optimizer="sgd", lr=0.1, batch_size=0, shuffle_seed=0))
    shown.press("+ epoch", "+ epoch")
    model = shown.saved(tmp_path)
    said = float(shown.page.locator("#train-loss").text_content())
    assert evaluate(model, X, y, loss=LOSS)["loss"] == pytest.approx(said, rel=0.01)
    shown.press("+ epoch")
    fit(model, X, y, loss=LOSS, optimizer=SGD(model.parameters(), lr=0.1), epochs=1, batch_size=None, progress=False)
    np.testing.assert_allclose(numbers(model), numbers(shown.saved(tmp_path)), rtol=1e-9, atol=1e-12)


def test_a_file_that_was_saved_opens_again(open_play, tmp_path):
    first = MLP(2, [4, 1], "relu", seed=1)
    first.scaler = StandardScaler().fit(DATA.X_train)
    save(first, tmp_path / "first.safetensors", info={"units": "metres", "loss": "hinge"})
    page = viz.play(load(tmp_path / "first.safetensors"), DATA.X_train, DATA.y_train)
    shown = open_play(page)
    shown.press("+ epoch")
    model = shown.saved(tmp_path)
    assert model.info == {"units": "metres", "loss": LOSS}  # by which it was trained there
    assert (model.scaler.transform(DATA.X_train) == first.scaler.transform(DATA.X_train)).all()
    again = open_play(viz.play(model, DATA.X_train, DATA.y_train))
    assert numbers(again.saved(tmp_path)) == numbers(model)


def test_what_was_trained_on_other_rows_is_not_said_to_be_of_the_given_ones(open_play, tmp_path):
    model = MLP(2, [4, 1], "tanh", seed=1)
    model.scaler = StandardScaler().fit(DATA.X_train)
    shown = open_play(viz.play(model, DATA.X_train, DATA.y_train, info={"units": "metres"}), fragment="#data=circles")
    found = shown.saved(tmp_path)
    assert (found.scaler, found.info) == (None, {})


def test_a_link_opens_what_was_learned(open_play, tmp_path):
    shown = open_play()
    shown.page.get_by_label("Learning rate").fill("0.05")
    shown.page.keyboard.press("Enter")
    shown.press("+ epoch", "Share")
    expect(shown.page.locator("#said")).to_contain_text("The link to this state is")
    fragment = shown.page.evaluate("location.hash")
    opened = open_play(fragment=fragment)
    expect(opened.page.get_by_label("Learning rate")).to_have_value("0.05")
    expect(opened.page.locator("#epoch")).to_have_text("1")
    assert numbers(opened.saved(tmp_path)) == numbers(shown.saved(tmp_path))
