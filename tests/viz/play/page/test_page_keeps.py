"""What the page keeps for its reader: a state through a lesson, points that were drawn, the address of a state."""

import pytest

from nn import MLP
from tests.viz.play.page.test_page_choices import rows_told
from viz import play

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect


def saved(shown, folder):
    return [parameter.data for parameter in shown.saved(folder).parameters()]


def test_what_was_trained_is_there_again_after_a_lesson(page, tmp_path):
    shown = page.restart("data=drawn&points=0.5:0.5:0,-0.5:-0.5:1,0.5:-0.5:0&layers=3&testShare=0&batchSize=2")
    shown.train_epochs(3)
    trained = saved(shown, tmp_path)
    shown.locator("#one-epoch").click()
    on = saved(shown, tmp_path)
    shown.restart("data=drawn&points=0.5:0.5:0,-0.5:-0.5:1,0.5:-0.5:0&layers=3&testShare=0&batchSize=2")
    shown.train_epochs(3)
    shown.locator("#lesson").select_option("xor")
    shown.locator("#lesson-try").click()
    shown.locator("#lesson").select_option("rate")
    shown.locator("#lesson-leave").click()
    expect(shown.locator("#epoch")).to_have_text("3")
    expect(shown.locator(".plane [tabindex]")).to_have_attribute("aria-label", rows_told("3 rows"))
    assert saved(shown, tmp_path) == trained
    shown.locator("#one-epoch").click()
    assert saved(shown, tmp_path) == on  # the optimizer has what it had gathered, too


def test_other_data_and_the_given_ones_again_bring_the_model_as_it_was_opened(open_page, tmp_path):
    model = MLP(2, [3, 1], "tanh", "tanh", seed=5)
    shown = open_page(play(model, [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], loss="hinge", lr=0.5))
    shown.train_epochs(2)
    shown.locator("[name=data][value=blobs]").check(force=True)
    shown.choose("loss", "mse")
    shown.locator("[name=data][value=given]").check(force=True)
    expect(shown.locator("#set-loss")).to_have_value("hinge")
    expect(shown.locator("#set-lr")).to_have_value("0.5")
    assert saved(shown, tmp_path) == [parameter.data for parameter in model.parameters()]


def test_points_that_were_cleared_come_back(page):
    shown = page.restart("data=drawn&points=0.5:0.5:0,-0.5:-0.5:1&testShare=0")
    plane = shown.locator(".plane [tabindex]")
    expect(shown.locator("#undo-points")).to_have_attribute("aria-disabled", "true")
    plane.focus()
    plane.press("Enter")
    shown.locator("#clear-points").click()
    for count in ("3 rows", "2 rows"):
        shown.locator("#undo-points").click()
        expect(plane).to_have_attribute("aria-label", rows_told(count))
    expect(shown.locator("#undo-points")).to_have_attribute("aria-disabled", "true")


@pytest.mark.parametrize("change", ["#one-batch", "#reset", "#layers button >> nth=1"])
def test_a_change_after_sharing_leaves_the_address_of_the_page_alone(page, change):
    shown = page.restart()
    shown.train_epochs(1)
    shown.locator("#share").click()
    assert "weights=" in shown.page.url
    shown.locator(change).click()
    expect(shown.page).to_have_url(shown.page.url.split("#")[0])


def test_sharing_pauses_at_what_is_shared(page):
    shown = page.restart()
    shown.locator("#train").click()
    shown.locator("#share").click()
    expect(shown.locator("#train")).to_have_attribute("aria-pressed", "false")
    assert f"epochs={shown.epoch}" in shown.page.url
