"""The page trains as one says, and tells what goes on."""

import re

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect


def test_a_batch_is_a_step_and_so_is_a_row(page):
    shown = page.restart("data=moons")
    for id, steps in [("one-batch", 1), ("one-row", 2), ("one-batch", 3)]:
        shown.locator(f"#{id}").click()
        expect(shown.locator("html")).to_have_attribute("data-step", str(steps))
    expect(shown.locator("#epoch")).to_have_text("0")


def test_reset_brings_the_first_weights_back(page):
    shown = page.restart("data=circles")
    before = shown.picture()
    shown.train_epochs(2)
    assert shown.picture() != before
    shown.locator("#reset").click()
    assert shown.picture() == before
    expect(shown.locator("#epoch")).to_have_text("0")


def test_nothing_jumps_while_it_learns(page):
    shown = page.restart("data=xor&layers=6,6&activation=relu&optimizer=sgd&lr=3")  # neurons die, which is told
    parts = "#run, #facts > *, #choices, #picture, #neuron, #plane, #row, #chart, .neuron, #diagnosis"
    places = f"""() => [...document.querySelectorAll({parts!r})].map((part) => {{
      const {{ left, top, width, height }} = part.getBoundingClientRect();
      return [part.id || part.tagName, left, top + scrollY, width, height];
    }})"""
    before = shown.page.evaluate(places)
    shown.train_while("#diagnosis:empty")
    assert shown.page.evaluate(places) == before


def test_another_rate_goes_on_from_where_it_is(page):
    shown = page.restart("data=moons")
    shown.train_epochs(2)
    before = shown.picture()
    shown.fill("lr", "0.001")
    assert shown.picture() == before
    expect(shown.locator("#epoch")).to_have_text("2")


def test_layers_and_neurons_come_and_go(page):
    shown = page.restart("layers=3,2")
    neurons = shown.locator("button.neuron")
    expect(neurons).to_have_count(6)
    shown.locator("[aria-label='One hidden layer more']").click()
    expect(neurons).to_have_count(8)
    shown.locator("[aria-label='One more neuron in layer 1']").click()
    expect(neurons).to_have_count(9)
    shown.locator("[aria-label='One less neuron in layer 3']").click()
    expect(neurons).to_have_count(8)
    expect(shown.locator("#parameter-count")).to_have_text(f"{4 * 3 + 2 * 5 + 1 * 3 + 2} parameters")


def test_a_weight_that_is_changed_moves_the_border(page):
    shown = page.restart("data=xor&layers=2")
    before = shown.picture()
    shown.neuron(0, 1).click()
    field = shown.locator("#weight-0")
    field.fill("4.5")
    field.press("Enter")
    assert shown.picture() != before
    expect(field).to_have_value("4.5")
    with_it = shown.locator("#train-loss").text_content()
    field.fill("zebra")
    field.press("Enter")
    expect(shown.locator("#trouble")).to_contain_text("zebra is no number that a weight can have")
    expect(shown.locator("#train-loss")).to_have_text(with_it)


def test_the_pointer_tells_the_weight_of_a_line(page):
    shown = page.restart("data=xor&layers=2")
    shown.neuron(0, 0).click()
    weight = float(shown.locator("#weight-1").input_value())
    shown.locator(".edge-hit[data-index='1']").dispatch_event("pointermove")
    tip = shown.locator("#tip")
    expect(tip).to_contain_text("x2 → Layer 1, neuron 1")
    assert float(re.search("weight (.*)", tip.text_content())[1]) == pytest.approx(weight, abs=1e-4)


def test_a_line_leads_to_its_weight(page):
    shown = page.restart("data=xor&layers=2")
    shown.locator(".edge-hit[data-index='4']").dispatch_event("click")
    expect(shown.locator("#neuron strong")).to_have_text("Layer 1, neuron 2")
    expect(shown.locator("#weight-1")).to_be_focused()


def test_the_plane_shows_the_neuron_that_is_pointed_at(page):
    shown = page.restart("data=xor&layers=2")
    shown.locator("#title").hover()  # wherever the test before has left the pointer
    expect(shown.locator("#output-words")).to_have_text("")
    output = shown.picture()
    shown.neuron(0, 1).hover()
    expect(shown.locator("#output-words")).to_have_text("Layer 1, neuron 2")
    assert shown.picture() != output
    shown.locator("#title").hover()
    expect(shown.locator("#output-words")).to_have_text("")
    assert shown.picture() == output


def test_numbers_that_become_infinite_are_told(page):
    shown = page.restart("data=wave&loss=mse&optimizer=sgd&lr=50&layers=4")
    shown.train_while("html:not([data-trouble])")
    expect(shown.locator("#trouble")).to_contain_text(re.compile("inf.*lower the learning rate", re.I | re.S))
    expect(shown.locator("#train")).to_have_attribute("aria-pressed", "false")
    shown.locator("#reset").click()
    expect(shown.locator("#trouble")).to_be_hidden()


def test_the_chart_is_told_in_words_and_has_a_logarithmic_scale(page):
    shown = page.restart("data=blobs")
    chart = shown.locator("#chart canvas")
    expect(chart).to_have_attribute("aria-label", "Nothing is trained yet")
    losses = []
    for _ in range(3):
        shown.train_epochs(1)
        losses.append(float(shown.locator("#test-loss").text_content()))
    told = chart.get_attribute("aria-label")
    assert told.startswith("Over 3 epochs: train loss from ")
    first, last = re.search(r"test loss from (\S+) to (\S+?),", told).groups()
    assert [float(first), float(last)] == pytest.approx([losses[0], losses[-1]], abs=6e-4)
    linear = chart.evaluate("(canvas) => canvas.toDataURL()")
    shown.locator("#logarithmic").click()
    assert chart.evaluate("(canvas) => canvas.toDataURL()") != linear
    shown.locator("#logarithmic").click()
    assert chart.evaluate("(canvas) => canvas.toDataURL()") == linear


def test_another_theme_has_other_colours(page):
    shown = page.restart("data=blobs")
    light = shown.picture()
    shown.locator("#theme").click()
    expect(shown.locator("html")).to_have_attribute("data-theme", "dark")
    assert shown.picture() != light
    shown.locator("#theme").click()
    assert shown.picture() == light


def test_a_link_leads_to_the_same_state(page, open_page):
    shown = page.restart("data=spirals&classes=3&noise=0.05&layers=5,3&activation=relu&l2=0.001")
    shown.train_epochs(3)
    shown.neuron(0, 0).click()
    shown.locator("#weight-0").fill("-2.25")
    shown.locator("#weight-0").press("Enter")
    shown.locator("#share").click()
    expect(shown.locator("#said")).to_have_text("The link to this state is copied")
    link = shown.page.evaluate("() => navigator.clipboard.readText()")
    other = open_page(None, link[link.index("#") :])
    shown.page.mouse.move(5, 5)  # off the neuron, whose picture the plane shows
    shown.page.evaluate("() => document.activeElement.blur()")
    shown.settle()
    assert other.picture() == shown.picture()
    assert other.epoch == 3
    for field in ("noise", "classes", "activation", "l2", "loss"):
        assert other.locator(f"#set-{field}").input_value() == shown.locator(f"#set-{field}").input_value()


def test_a_link_that_makes_no_sense_changes_nothing(page):
    shown = page.restart()
    before = shown.picture()
    shown.restart("data=zebra&rows=-3&layers=a,b&lr=0&points=1:2&weights=!!&epochs=x&activation=&betas=2,3&lesson=none")
    assert shown.picture() == before


def test_a_program_is_copied(page):
    shown = page.restart("data=xor")
    for id, word in [("copy-python", "import nn"), ("copy-pytorch", "import torch")]:
        shown.locator(f"#{id}").click()
        expect(shown.locator("#said")).to_contain_text("The training is copied")
        assert word.split()[1] in shown.page.evaluate("() => navigator.clipboard.readText()")


def test_a_lesson_sets_all_and_leads_on(page):
    shown = page.restart()
    shown.locator("#lesson").select_option("xor")
    expect(shown.locator("#lesson-panel")).to_contain_text("Can it tell two classes apart?")
    expect(shown.locator("[name=data]:checked")).to_have_value("xor")
    expect(shown.locator("button.neuron")).to_have_count(1)
    shown.locator("#lesson-try").click()
    expect(shown.locator("#said")).to_have_text("It trains now with a hidden layer")
    expect(shown.locator("#train")).to_have_attribute("aria-pressed", "true")
    expect(shown.locator("button.neuron")).to_have_count(5)
    expect(shown.locator("#lesson-then")).to_be_visible()
    shown.locator("#lesson-leave").click()
    expect(shown.locator("#lesson-panel")).to_be_hidden()


@pytest.mark.parametrize("lesson", ["xor", "dead", "rate", "vanishing", "overfitting"])
def test_what_a_lesson_is_about_is_seen_without_scrolling(page, lesson):
    shown = page.restart()
    shown.locator("#lesson").select_option(lesson)
    shown.locator("#lesson-try").click()
    for part in ("#lesson-panel", "#plane", "#picture", "#chart"):
        box = shown.locator(part).bounding_box()
        assert box["y"] >= 0, part
        assert box["y"] + box["height"] <= 800, part
    assert shown.page.evaluate("() => scrollY") == 0


def test_two_classes_have_a_line_between_them(page):
    drawn = """(canvas) => {
        const blank = document.createElement("canvas");
        Object.assign(blank, { width: canvas.width, height: canvas.height });
        return canvas.toDataURL() !== blank.toDataURL();
    }"""
    for settings, has_line in [("data=circles", True), ("data=blobs&classes=3", False), ("data=wave&loss=mse", False)]:
        shown = page.restart(settings)
        shown.train_epochs(10)
        assert shown.page.eval_on_selector(".plane canvas:nth-child(2)", drawn) == has_line, settings


def test_ruined_weights_are_reset_with_a_lower_rate(page):
    shown = page.restart("data=wave&loss=mse&optimizer=sgd&lr=1.2&layers=4")
    shown.train_while("html:not([data-trouble])")
    expect(shown.locator("#trouble")).to_contain_text("These weights are ruined, too")
    shown.press("Reset, and take a tenth of the rate: 0.12")
    expect(shown.locator("#set-lr")).to_have_value("0.12")
    expect(shown.locator("#epoch")).to_have_text("0")
    expect(shown.locator("#trouble")).to_be_hidden()


def test_escape_chooses_no_neuron(page):
    shown = page.restart("layers=2")
    shown.neuron(0, 1).click()
    shown.page.keyboard.press("Escape")
    expect(shown.neuron(0, 1)).to_have_attribute("aria-pressed", "false")
