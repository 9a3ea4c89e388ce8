"""Families: of the rows of a batch, the turns of a loop, the positions of a sequence one is shown, and chosen."""

import re

import pytest

from tests.conftest import violations
from viz.explorer import explore

from ..conftest import eventually
from ..families import batch, pendulum, positions

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect


def opened(open_page, made, *more, **options):
    shown = open_page(made.explorer, *more, **options)
    shown.nodes = made.explorer.graph.nodes
    shown.family = shown.page.locator("#families .family")
    shown.slider = shown.family.locator("input[type=range]")
    shown.field = shown.family.locator("input[type=number]")
    return shown


def at_the_end(shown):
    """With all numbers, the first member, and nothing selected."""
    shown.page.locator("#graph").press("End")
    shown.page.locator("#graph").press("Escape")
    shown.slider.fill("1")
    expect(shown.field).to_have_value("1")
    return shown


@pytest.fixture(scope="module")
def rows():
    return batch(100)


@pytest.fixture(scope="module")
def page_of_rows(open_page_once, rows):
    return opened(open_page_once, rows, permissions=["clipboard-read", "clipboard-write"])


@pytest.fixture
def shown(page_of_rows):
    return at_the_end(page_of_rows)


@pytest.fixture(scope="module")
def turns():
    return pendulum(50)


@pytest.fixture(scope="module")
def page_of_turns(open_page_once, turns):
    return opened(open_page_once, turns)


def card(shown, label):
    """The item of the node with this label."""
    return shown.page.locator(
        "#graph .item.node", has=shown.page.locator("text.label", has_text=re.compile(f"^{label}$"))
    )


def number(x):
    return f"{x:.4g}"


def places(shown):
    return shown.page.eval_on_selector_all("#graph .item", "items => items.map(item => item.getAttribute('transform'))")


# ------------------------------------------------------------------------------------------------------------ the rows


def test_the_network_is_there_once_with_one_control(shown):
    expect(shown.family).to_have_count(1)
    expect(shown.family).to_contain_text("of 100")
    expect(card(shown, "loss")).to_have_count(1)
    expect(shown.page.locator("#graph .frame-name").first).to_have_text("row 1 of 100")
    assert len(shown.keys) < 20


@pytest.mark.parametrize("row", [2, 42, 100])
def test_the_numbers_are_those_of_the_row_and_nothing_moves(shown, rows, row):
    before = places(shown)
    shown.slider.fill(str(row))
    loss = rows.losses[row - 1]
    expect(card(shown, "loss").locator("text.number").first).to_have_text(number(loss.data))
    expect(card(shown, "loss")).to_have_attribute("data-key", f"n{shown.nodes.index(loss)}")
    expect(shown.page.locator("#graph .frame-name").first).to_have_text(f"row {row} of 100")
    expect(shown.slider).to_have_attribute("aria-valuetext", f"row {row} of 100")
    assert places(shown) == before


def test_the_mean_says_so_and_shows_how_the_rows_spread(shown, rows):
    mean = shown.family.get_by_role("button", name="Mean")
    card(shown, "loss").click()
    shown.page.locator("#inspector .spread").first.wait_for()
    mean.click()
    expect(mean).to_have_attribute("aria-pressed", "true")
    expect(card(shown, "loss").locator("text.what")).to_have_text(["mean data", "mean grad"])
    expected = sum(loss.data for loss in rows.losses) / 100
    expect(card(shown, "loss").locator("text.number")).to_have_text([number(expected), "0.01"])
    expect(shown.page.locator("#graph .frame-name").first).to_have_text("mean over 100 rows")
    expect(card(shown, "loss")).to_have_attribute("aria-label", re.compile("mean over 100 rows"))
    expect(shown.page.locator("#inspector .over-members")).to_contain_text(f"mean {number(expected)}, from ")
    least, most = min(loss.data for loss in rows.losses), max(loss.data for loss in rows.losses)
    expect(shown.page.locator("#inspector .over-members")).to_contain_text(f"to {number(most)}")
    assert least < expected < most
    bars = shown.page.locator("#inspector .spread").first.locator(".bar")
    assert 1 < bars.count() < 100
    mean.click()
    expect(card(shown, "loss").locator("text.what")).to_have_text(["data", "grad"])


def test_what_is_selected_stays_selected_in_another_row(shown, rows):
    card(shown, "loss").click()
    shown.slider.fill("7")
    expect(shown.page.locator("#inspector .name")).to_have_text(re.compile("^row 7 /.* loss$"))
    shown.expect_marked("selected", [f"n{shown.nodes.index(rows.losses[6])}"])


def test_the_sum_over_the_rows_is_a_step_of_its_own(shown):
    expect(shown.page.locator("#graph .item[data-key^=s]")).to_have_attribute(
        "aria-label", re.compile("the sum over 100 rows")
    )
    stops = int(shown.page.locator("#time").get_attribute("max"))
    shown.fill_time(stops // 2 - 2)  # before the mean, and before the gradient of the root
    expect(shown.page.locator("#formula")).to_have_text(
        re.compile(r"^v\d+ = Σ over 100 rows of loss = .* \+ … \+ .* = ")
    )
    expect(shown.page.locator("#graph .current")).to_have_attribute("data-key", re.compile("^s"))


def test_the_row_follows_the_step(shown):
    stops = int(shown.page.locator("#time").get_attribute("max"))
    shown.fill_time(stops // 2 - 3)  # the loss of the last row
    expect(shown.field).to_have_value("100")
    expect(card(shown, "loss")).to_have_class(re.compile("current"))
    shown.fill_time(1)
    expect(shown.field).to_have_value("1")


def test_keys_choose_a_row(shown):
    shown.slider.focus()
    shown.slider.press("ArrowRight")
    expect(shown.field).to_have_value("2")
    expect(shown.slider).to_be_focused()
    shown.field.fill("30")
    shown.field.press("Enter")
    expect(shown.slider).to_have_value("30")
    shown.field.fill("9000")
    shown.field.press("Enter")
    expect(shown.field).to_have_value("100")
    card(shown, "loss").press("[")
    expect(shown.field).to_have_value("99")
    expect(card(shown, "loss")).to_be_focused()
    card(shown, "loss").press(".")
    expect(shown.field).to_have_value("100")


def test_a_node_of_another_row_is_found_there(shown, rows):
    shown.page.locator("#query").fill("row 64 / loss")
    shown.page.locator("#matches button", has_text="(mul)").first.click()
    expect(shown.field).to_have_value("64")
    shown.expect_marked("selected", [f"n{shown.nodes.index(rows.losses[63])}"])


def test_a_link_keeps_the_row_and_the_mean(shown, open_page, rows):
    shown.slider.fill("12")
    fragment = shown.fragment
    assert "member=0:12" in fragment
    other = opened(open_page, rows, fragment)
    expect(other.field).to_have_value("12")
    expect(other.page.locator("#graph .frame-name").first).to_have_text("row 12 of 100")
    shown.family.get_by_role("button", name="Mean").click()
    assert "member=0:mean" in shown.fragment
    shown.family.get_by_role("button", name="Mean").click()


def test_the_rows_side_by_side(open_page):
    shown = opened(open_page, batch(4))
    button = shown.family.get_by_role("button", name="Side by side")
    with shown.redrawn():
        button.click()
    expect(card(shown, "loss")).to_have_count(4)
    with shown.redrawn():
        button.click()
    expect(card(shown, "loss")).to_have_count(1)


def test_the_program_of_several_rows_is_not_called_that_of_one(shown):
    shown.page.locator("#compiled-toggle").click()
    expect(shown.page.locator("#program-caption")).to_contain_text("array operation")
    expect(shown.page.locator("#program-caption")).not_to_contain_text("of one row")
    shown.page.locator("#compiled-toggle").click()


def test_the_controls_are_accessible(shown):
    card(shown, "loss").click()
    assert violations(shown.page) == set()


# ----------------------------------------------------------------------------------------------------------- the turns


def test_turns_go_back_to_where_they_began(page_of_turns):
    shown = at_the_end(page_of_turns)
    back = shown.page.locator("#graph path.return")
    expect(back).to_have_count(4)  # speed and angle each go into two operations of the next turn
    expect(back.first.locator("title")).to_have_text("1 step later")
    expect(shown.page.locator("#graph path.return.elsewhere")).to_have_count(4)  # nothing comes before the first turn
    shown.slider.fill("2")
    expect(shown.page.locator("#graph path.return.elsewhere")).to_have_count(0)


def test_each_turn_has_its_numbers_and_its_steps(page_of_turns):
    shown = at_the_end(page_of_turns)
    sines = [node for node in shown.nodes if node.op == "sin"]
    for turn in (3, 50):
        shown.slider.fill(str(turn))
        sine = shown.item(shown.nodes.index(sines[turn - 1]))
        expect(sine.locator("text.number").first).to_have_text(number(sines[turn - 1].data))
    shown.fill_time(0)
    for step in range(1, 10):
        shown.page.locator("#forward").click()
        shown.at_step(step)
    expect(shown.field).to_have_value("2")
    expect(shown.page.locator("#formula")).to_have_text(re.compile(r"^v9 = -damping"))


# ------------------------------------------------------------------------------------------------------- the positions


def test_positions_have_their_own_pictures_and_their_weights_are_one(open_page):
    shown = opened(open_page, positions(6))
    with shown.redrawn():
        shown.slider.fill("6")
    exponentials = [node for node in shown.nodes if node.op == "exp"]
    shown.select(shown.nodes.index(exponentials[-1]))
    picture = shown.page.locator("#inspector .members-map")
    expect(picture).to_have_attribute(
        "alt", re.compile("^exp of each position: 6 positions downwards, 6 numbers across")
    )
    size = "image => [image.naturalWidth, image.naturalHeight]"
    eventually(lambda: picture.evaluate(size), [6, 6])


def test_an_exponent_of_negative_numbers_is_a_plain_number_and_nothing_is_wrong(open_page):
    shown = open_page(explore(lambda x: x[0] ** 2, [[-1.0], [-2.0]])).go_to_end()
    exponent = shown.page.locator('#graph .item.node[aria-label^="number 2"]').first
    expect(exponent).not_to_have_class(re.compile("wrong"))
    shown.page.get_by_role("button", name="Mean").click()
    expect(shown.page.locator('#graph .item[aria-label="2, mean over 2 rows: value 2"]')).to_have_count(1)
    assert shown.marked("wrong") == []
