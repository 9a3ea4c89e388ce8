"""Weights that were changed by hand are taken back, one change after the other, until the network learns on."""

import re

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

PLAYED = """
const trainer = { parameters: [1, 2, 3], steps: 0, set(index, number) { this.parameters[index] = number; } };
const changes = new m.WeightChanges();
const other = { ...trainer, parameters: [7, 8, 9] };
const seen = [];
for (const [what, ...rest] of given) {
  if (what === "make") changes.make(trainer, ...rest);
  else if (what === "step") trainer.steps += 1;
  else if (what === "other") seen.push(changes.has(other));
  else changes.takeBack(trainer);
  seen.push([...trainer.parameters]);
}
return { seen, has: changes.has(trainer) };
"""
BACK, STEP = ["back"], ["step"]


def make(*pairs, by="card", merge=False):
    return ["make", list(map(list, pairs)), {"by": by, "merge": merge}]


@pytest.mark.parametrize(
    ("played", "left", "has"),
    [
        ([make((0, 5)), make((1, 6)), BACK], [5, 2, 3], True),
        ([make((0, 5)), make((1, 6)), BACK, BACK], [1, 2, 3], False),
        ([make((0, 5)), BACK, BACK], [1, 2, 3], False),
        ([make((0, 5)), make((0, 6)), BACK], [5, 2, 3], True),
        ([make((0, 5)), make((0, 6), merge=True), BACK], [1, 2, 3], False),
        ([make((0, 5)), make((1, 6), merge=True), BACK], [5, 2, 3], True),
        ([make((0, 5)), make((0, 6), by="explorer", merge=True), BACK], [5, 2, 3], True),
        ([make((0, 5), (2, 6)), BACK], [1, 2, 3], False),
        ([make((0, 5), (2, 6)), make((0, 7), merge=True), BACK], [5, 2, 6], True),
        ([make((0, 5)), STEP, BACK], [5, 2, 3], False),
        ([make((0, 5)), STEP, make((1, 6)), BACK, BACK], [5, 2, 3], False),
        ([make((0, 5)), make((0, 1))], [1, 2, 3], False),
        ([make((0, 1)), BACK], [1, 2, 3], False),
    ],
    ids=["one", "two", "no_more", "twice", "dragged", "dragged_another", "dragged_elsewhere",
         "together", "dragged_after_together",
         "after_a_step", "before_and_after_a_step", "taken_back_elsewhere", "the_same_number"],
)  # fmt: skip
def test_changes_are_taken_back(compute, played, left, has):
    found = compute("view/network/weight_changes.js", PLAYED, played)
    assert found["seen"][-1] == left
    assert found["has"] == has


def test_changes_of_another_training_are_not_its_own(compute):
    assert False in compute("view/network/weight_changes.js", PLAYED, [make((0, 5)), ["other"]])["seen"]


def write(shown, field, text):
    shown.locator(field).fill(text)
    shown.locator(field).press("Enter")


@pytest.fixture
def chosen(page):
    """A page in which a neuron is chosen, and its first weight was changed twice."""
    shown = page.restart("data=xor&layers=2")
    shown.neuron(0, 1).click()
    expect(shown.locator("#undo-weight")).to_have_attribute("aria-disabled", "true")
    shown.first = shown.locator("#weight-0").input_value()
    shown.before = shown.picture()
    for text in ("4.5", "-3"):
        write(shown, "#weight-0", text)
    return shown


def test_a_button_takes_weights_back_and_the_border_moves(chosen):
    changed = chosen.picture()
    for text, has_more in [("4.5", True), (chosen.first, False)]:
        chosen.locator("#undo-weight").click()
        expect(chosen.locator("#weight-0")).to_have_value(text)
        expect(chosen.locator("#undo-weight")).to_have_attribute("aria-disabled", str(not has_more).lower())
    chosen.page.mouse.move(5, 5)
    chosen.neuron(0, 1).focus()  # the plane shows that neuron again, as it did before
    chosen.settle()
    assert chosen.picture() != changed


def test_keys_take_weights_back_but_leave_what_is_being_written(chosen):
    field, slider = chosen.locator("#weight-0"), chosen.locator(".weight input[type=range]").first
    field.press("Control+z")
    expect(field).to_have_value("4.5")
    expect(slider).to_have_value("4.5")  # which shows the weight, whatever a browser does with texts
    field.press_sequentially("7")
    field.press("Control+z")
    field.press("Enter")
    expect(slider).to_have_value("4.5")  # only what was written is gone
    chosen.locator("#title").click()
    chosen.page.keyboard.press("Control+z")
    expect(field).to_have_value(chosen.first)


def test_a_drag_is_taken_back_at_once(chosen):
    slider = chosen.locator(".weight input[type=range]").first
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    chosen.page.mouse.move(box["x"] + 0.5 * box["width"], middle)
    chosen.page.mouse.down()
    chosen.page.mouse.move(box["x"] + 0.9 * box["width"], middle, steps=8)
    chosen.page.mouse.up()
    expect(chosen.locator("#weight-0")).not_to_have_value("-3")
    chosen.locator("#undo-weight").click()
    expect(chosen.locator("#weight-0")).to_have_value("-3")


def test_after_a_step_nothing_is_taken_back(chosen):
    chosen.locator("#one-batch").click()
    expect(chosen.locator("#undo-weight")).to_have_attribute("aria-disabled", "true")
    trained = chosen.locator("#weight-0").input_value()
    chosen.locator("#undo-weight").dispatch_event("click")
    expect(chosen.locator("#said")).to_contain_text("No weight was changed by hand")
    expect(chosen.locator("#weight-0")).to_have_value(trained)


def test_keys_take_points_back_where_points_are_drawn(page):
    shown = page.restart("data=drawn&points=0.5:0.5:0,-0.5:-0.5:1&testShare=0")
    plane = shown.locator(".plane [tabindex]")
    plane.press("Enter")
    expect(plane).to_have_attribute("aria-label", re.compile("3 rows"))
    plane.press("Control+z")
    expect(plane).to_have_attribute("aria-label", re.compile("2 rows"))


def test_what_was_changed_in_the_explorer_is_taken_back_here(chosen):
    chosen.locator("#open-neuron").click()
    scalars = chosen.wait_for_scalars()
    scalars.locator("#graph .item.node", has_text=re.compile("^w1")).first.dispatch_event("click")
    field = scalars.locator("#inspector [data-leaf]").first
    for text in ("7.5", "8.5"):
        field.fill(text)
        field.press("Enter")
        expect(chosen.locator("#weight-0")).to_have_value(text)
    scalars.locator("#undo").click()  # there
    expect(chosen.locator("#weight-0")).to_have_value("7.5")
    chosen.locator("#undo-weight").click()  # and here
    expect(chosen.locator("#weight-0")).to_have_value("-3")
    expect(field).to_have_value("-3")
    chosen.locator("#back").click()
