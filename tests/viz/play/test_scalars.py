"""The scalars of the playground: the explorer opens on a neuron or a loss, and both tell each other of numbers."""

import re

import pytest

import viz
from nn import MLP, binary_cross_entropy_with_logits

from .conftest import numbers

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect
FIRST = 'button[data-layer="0"][data-neuron="1"]'  # layer 1, neuron 2: its parameters are the numbers 3, 4 and 5


@pytest.fixture(scope="module")
def shown(open_play_once):
    """A playground that all tests share, in which a neuron is chosen."""
    shown = open_play_once(viz.play(data="xor", layers=[2]))
    shown.press("+ epoch")
    shown.page.locator(FIRST).click()
    return shown


@pytest.fixture
def opened(shown):
    """The same, with the scalars of the neuron open."""
    if (
        "neuron" not in shown.page.locator("#scalars-title").text_content()
        or not shown.page.locator("#back").is_visible()
    ):
        shown.page.locator("#open-neuron").click()
        shown.wait_for_scalars()
    shown.scalars.locator("#last").dispatch_event("click")
    return shown


def test_a_neuron_opens_in_its_scalars(opened, tmp_path):
    expect(opened.scalars.locator("#crumbs")).to_contain_text("MLP")
    expect(opened.scalars.locator("#crumbs")).to_contain_text("layer 1")
    expect(opened.scalars.locator("#crumbs")).to_contain_text("neuron 2")
    expect(opened.scalars.locator("#inspector")).to_contain_text("tanh")
    expect(opened.scalars.locator("#pass")).to_contain_text("Done")
    model = opened.saved(tmp_path)
    x1, x2 = (leaf(opened, name) for name in ("x1", "x2"))
    data = opened.scalars.locator("#inspector dt", has_text="data").locator("+ dd")
    opened.scalars.locator("#graph .item.node", has_text="tanh").first.dispatch_event("click")
    assert float(data.text_content()) == pytest.approx(model.layers[0].neurons[1]([x1, x2]).data, rel=1e-12)


def leaf(shown, name):
    """The number of the leaf of this name in the explorer."""
    shown.scalars.locator("#graph .item.node", has_text=re.compile(rf"^{name}")).first.dispatch_event("click")
    return float(shown.scalars.locator("#inspector [data-leaf]").first.input_value())


def test_one_steps_through_the_chain_rule_there(opened):
    opened.scalars.get_by_label("One step back").click()
    expect(opened.scalars.locator("#pass")).to_contain_text("Backward")
    expect(opened.scalars.locator("#formula math").first).to_be_visible()


def test_a_weight_that_is_changed_there_is_changed_here(opened, tmp_path):
    before = numbers(opened.saved(tmp_path))
    opened.scalars.locator("#graph .item.node", has_text=re.compile("^w1")).first.dispatch_event("click")
    field = opened.scalars.locator("#inspector [data-leaf]").first
    field.fill("-2.5")
    field.press("Enter")
    expect(opened.page.locator("#weight-0")).to_have_value("-2.5")
    after = numbers(opened.saved(tmp_path))
    assert after == [*before[:3], -2.5, *before[4:]]
    opened.press("+ epoch")
    assert numbers(opened.saved(tmp_path)) != after


def test_a_weight_that_is_changed_here_is_changed_there(opened):
    opened.page.locator("#weight-1").fill("1.25")
    opened.page.keyboard.press("Enter")
    opened.scalars.locator("#graph .item.node", has_text=re.compile("^w2")).first.dispatch_event("click")
    expect(opened.scalars.locator("#inspector [data-leaf]").first).to_have_value("1.25")


def test_what_changes_before_it_listens_is_not_lost(opened, tmp_path):
    opened.press("Back to training")
    for button in ("open-neuron", "one-epoch"):
        opened.page.locator(f"#{button}").dispatch_event("click")  # at once
    weight = numbers(opened.saved(tmp_path))[3]
    opened.wait_for_scalars()
    opened.scalars.locator("#graph .item.node", has_text=re.compile("^w1")).first.dispatch_event("click")
    expect(opened.scalars.locator("#inspector [data-leaf]").first).to_have_value(re.compile(rf"^{str(weight)[:8]}"))


def test_it_follows_the_training_and_closes(opened, tmp_path):
    opened.press("+ epoch")
    weight = numbers(opened.saved(tmp_path))[3]
    opened.scalars.locator("#graph .item.node", has_text=re.compile("^w1")).first.dispatch_event("click")
    expect(opened.scalars.locator("#inspector [data-leaf]").first).to_have_value(re.compile(rf"^{str(weight)[:8]}"))
    opened.press("Back to training")
    expect(opened.page.locator("#scalars")).to_be_hidden()
    expect(opened.page.locator("#scalars-frame iframe")).to_have_count(0)


def test_why_a_point_is_wrong_begins_at_its_loss(shown):
    shown.press("Most wrong")
    expect(shown.page.locator("#row")).to_contain_text("wrong")
    shown.press("Why is it wrong?")
    shown.wait_for_scalars()
    expect(shown.scalars.locator("#crumbs")).to_contain_text("binary_cross_entropy")
    expect(shown.scalars.locator("#formula")).to_contain_text("∂")
    shown.scalars.get_by_label("One step on").click()
    expect(shown.scalars.locator("#pass")).to_contain_text("Backward")


def test_another_point_replaces_the_first_one(opened):
    first = opened.scalars.locator("#title").text_content()
    opened.press("The next row", "The next row")
    opened.page.locator("#why").click()
    expect(opened.scalars.locator("#title")).not_to_have_text(first)
    expect(opened.page.locator("#scalars-frame iframe")).to_have_count(1)


def test_the_plane_is_seen_beside_its_scalars_as_numbers_change(opened):
    plane = opened.page.locator("#seen-here canvas")
    expect(plane).to_be_in_viewport(ratio=0.9)
    before = plane.evaluate("(canvas) => canvas.toDataURL()")
    opened.scalars.locator("#graph .item.node", has_text=re.compile("^w1")).first.dispatch_event("click")
    field = opened.scalars.locator("#inspector [data-leaf]").first
    field.fill("7.5")
    field.press("Enter")
    expect(opened.page.locator("#weight-0")).to_have_value("7.5")
    assert plane.evaluate("(canvas) => canvas.toDataURL()") != before


def test_what_is_found_in_a_frame_is_opened_by_enter(opened):
    opened.scalars.locator("#query").fill("layer 2")
    opened.scalars.locator("#query").press("Enter")
    expect(opened.scalars.locator("#crumbs")).to_contain_text("layer 2")


def test_a_page_without_an_address_offers_no_link(opened):
    expect(opened.scalars.locator("#link")).to_be_hidden()
    expect(opened.scalars.locator("#fit")).to_be_visible()


@pytest.mark.parametrize(("width", "height", "share"), [(1280, 800, 0.4), (390, 844, 0.45)])
def test_a_neuron_opens_with_its_parameters_and_products_in_sight(open_play_once, width, height, share):
    shown = open_play_once(viz.play(data="xor", layers=[4, 4]), viewport={"width": width, "height": height})
    shown.page.locator(FIRST).click()
    shown.page.locator("#open-neuron").click()
    shown.wait_for_scalars()
    for name in ("w1", "w2", "b"):
        expect(shown.scalars.locator("#graph .item.node", has_text=re.compile(rf"^{name}\D")).first).to_be_in_viewport()
    for place in range(2):
        expect(shown.scalars.locator("#graph .item.node", has_text="*").nth(place)).to_be_in_viewport()
    frame = shown.page.locator("#scalars-frame").bounding_box()["height"]
    assert shown.scalars.locator("#graph").bounding_box()["height"] > share * frame


def test_why_a_point_is_wrong_names_the_largest_gradients(open_play_once):
    model = MLP(2, [2, 1], "tanh", "linear", seed=1)
    X, y = [[1.0, 0.5], [-0.5, 2.0]], [0, 1]
    shown = open_play_once(viz.play(model, X, y, loss="binary_cross_entropy_with_logits"))
    shown.press("Most wrong")
    shown.page.locator("#why").click()
    losses = [binary_cross_entropy_with_logits(model(x), target) for x, target in zip(X, y, strict=True)]
    max(losses, key=lambda loss: loss.data).backward()
    gradients = sorted((parameter.grad for parameter in model.parameters()), key=abs, reverse=True)
    words = shown.page.locator("#scalars-words").text_content()
    told = re.findall(r"(up|down) \(∂L/∂\w+ = (\S+)\)", words)
    assert [float(number) for _, number in told] == pytest.approx(gradients[:3], rel=5e-3)
    assert [way for way, _ in told] == ["down" if gradient > 0 else "up" for gradient in gradients[:3]]
