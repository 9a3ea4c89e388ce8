"""Finding one's way: the tour, the card of what is pointed at, where one is, and all modules of a kind."""

import re

import pytest

from autograd import Value
from nn import MLP, mse_loss
from tests.conftest import SERIOUS, violations
from viz.explorer import explore
from viz.explorer.graph import Graph

from ..conftest import eventually

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect

DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
ENLARGED = {"width": 640, "height": 400}  # 1280 × 800 at 200 %


@pytest.fixture(scope="module")
def root():
    """y = tanh(a·b + 1)"""
    product = Value(2.0, "a") * Value(-0.25, "b")
    product.label = "c"
    y = (product + 1.0).tanh()
    y.label = "y"
    return y


@pytest.fixture(scope="module")
def network():
    """The loss of a small network, and its parameters."""
    model = MLP(2, [4, 4, 1], seed=0)
    loss = mse_loss([model([Value(0.5, "x1"), Value(-1.0, "x2")])], [Value(1.0, "t")])
    loss.label = "loss"
    return explore(loss, model)


@pytest.fixture(scope="module")
def small_page(open_page_once, root):
    return open_page_once(explore(root), viewport=DESK, reduced_motion="reduce")


@pytest.fixture(scope="module")
def page_of_network(open_page_once, network):
    return open_page_once(network, viewport=DESK, bypass_csp=True)  # axe comes as a script


@pytest.fixture
def small(small_page):
    return as_it_was(small_page)


@pytest.fixture
def shown(page_of_network):
    return as_it_was(page_of_network)


def as_it_was(shown):
    """At the first step, with nothing selected, pointed at or asked for."""
    shown.page.mouse.move(2, 2)
    shown.page.keyboard.press("Escape")
    shown.page.locator("#graph").press("Home")
    shown.at_step(0)
    shown.expect_marked("selected", [])
    return shown


def covers(shown, box, *others):
    """Whether a box of the page covers a part of others."""
    a = shown.page.locator(box).bounding_box()
    return [
        a["x"] < b["x"] + b["width"]
        and b["x"] < a["x"] + a["width"]
        and a["y"] < b["y"] + b["height"]
        and b["y"] < a["y"] + a["height"]
        for b in (other.bounding_box() for other in others)
    ]


# ------------------------------------------------------------------------------------------------------------ the tour


IN_SIGHT = """() => [...document.querySelectorAll(".toured:not(path)")].some((part) => {
  const { top, bottom, left, right } = part.getBoundingClientRect();
  return top >= 0 && left >= 0 && right <= innerWidth && (bottom <= innerHeight || part.id === "program");
})"""


def stations(shown):
    """Go through the tour; the title of every station, and what it says."""
    said = []
    shown.page.locator("#tour-start").click()
    expect(shown.page.locator("#tour-next")).to_be_focused()
    while shown.page.locator("#tour").is_visible():
        number = re.match(r"(\d+) of \d+", shown.page.locator("#tour .note").text_content())
        assert number is not None
        assert int(number[1]) == len(said) + 1
        said.append((shown.page.locator("#tour-title").text_content(), shown.page.locator("#tour-text").text_content()))
        assert shown.page.evaluate(IN_SIGHT), said[-1]
        parts = shown.page.locator(".toured:not(path, #program)")  # the compiled program may be as large as the window
        assert not any(covers(shown, "#tour", *parts.all())), said[-1]
        shown.page.keyboard.press("Enter")
        expect(shown.page.locator("#tour-title", has_text=said[-1][0]).locator("visible=true")).to_have_count(0)
    return said


def state(shown):
    """All that the tour may change for a while."""
    page = shown.page
    transform = page.locator("#graph > g").get_attribute("transform")
    panels = page.eval_on_selector_all("details", "all => all.map(each => each.open)")
    step = page.locator("#pass").text_content()
    return shown.keys, shown.marked("selected"), step, transform, panels, page.locator("#program").is_visible()


def test_the_tour_shows_its_stations_and_leaves_the_page_as_it_was(small):
    small.fill_time(2)
    small.select("n0")
    before = state(small)
    titles = [title for title, _ in stations(small)]
    wanted = ["A leaf", "An operation", "A step forward", "The way back begins", "The chain rule", "Change a number"]
    assert titles == [*wanted, "Compiled", "Keys"]
    expect(small.page.locator("#tour-start")).to_be_focused()
    eventually(lambda: state(small), before)


def test_the_tour_of_a_network_has_a_module_and_takes_ninety_seconds(shown):
    said = stations(shown)
    assert [title for title, _ in said].index("A module") == 1
    assert 6 <= len(said) <= 8
    words = sum(len(text.split()) for _, text in said)
    assert words / 200 <= 1.5  # minutes, at 200 words in each


def test_each_station_sets_its_step_and_esc_leaves_at_any_time(small):
    page = small.page
    small.page.locator("#graph").press("t")
    steps = []
    for title in ("A leaf", "An operation", "A step forward", "The way back begins", "The chain rule"):
        expect(page.locator("#tour-title")).to_have_text(title)
        steps.append(page.locator("#pass").text_content())
        page.locator("#tour-next").click()
    assert steps == ["Start 0/8", "Start 0/8", "Forward 1/8", "Backward 4/8", "Backward 7/8"]
    field = page.locator("#inspector [data-leaf]")
    field.fill("5")
    field.press("Enter")
    expect(small.item(0).locator("text.number").first).to_have_text("5")
    page.locator("#tour-back").click()
    expect(page.locator("#tour-title")).to_have_text("The chain rule")
    page.keyboard.press("Escape")
    expect(page.locator("#tour")).to_be_hidden()
    expect(page.locator("#tour-start")).to_be_focused()
    small.at_step(0)
    expect(small.item(0).locator("text.number").first).to_have_text("2")  # a change of the tour is taken back
    expect(page.locator(".toured")).to_have_count(0)


def test_enlarged_the_tour_shows_what_it_speaks_of(open_page, network):
    shown = open_page(network, viewport=ENLARGED)
    assert len(stations(shown)) == 8


def test_a_graph_of_one_leaf_has_a_tour_without_operations(open_page):
    shown = open_page(explore(Value(2.5, "x")), viewport=PHONE)
    titles = [title for title, _ in stations(shown)]
    assert titles == ["A leaf", "The way back begins", "Change a number", "Keys"]


def test_axe_finds_nothing_in_the_tour_and_the_card(shown):
    shown.page.keyboard.press("ArrowLeft")
    expect(shown.page.locator("#hover")).to_be_visible()
    found = {"card": violations(shown.page, SERIOUS)}
    shown.page.locator("#tour-start").click()
    expect(shown.page.locator("#tour")).to_be_visible()
    found["tour"] = violations(shown.page, SERIOUS)
    shown.page.keyboard.press("Escape")
    assert found == {"card": set(), "tour": set()}


# ------------------------------------------------------------------------------------------------------------ the card


MIDDLE = """line => {
  const { x, y } = line.getPointAtLength(line.getTotalLength() / 2).matrixTransform(line.getScreenCTM());
  return [x, y];
}"""


def expect_card(shown, *lines):
    expect(shown.page.locator("#hover strong, #hover p")).to_have_text(list(lines))


def test_what_is_pointed_at_says_its_name_formula_and_numbers(small, root):
    names = {node.label: n for n, node in enumerate(Graph(root).nodes)}
    card, y = small.page.locator("#hover"), small.item(names["y"])
    y.hover()
    expect_card(small, "y", "tanh, not computed yet", "data ?", "gradient ?")
    assert covers(small, "#hover", y) == [False]
    small.go_to_end()
    y.hover()
    expect(card.locator("p").first).to_have_text(re.compile(r"^y = tanh\(\w+\) = tanh\(0\.5\) = 0\.462117$"))
    small.page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    line = small.page.locator("#graph path.edge").first
    x, y = line.evaluate(MIDDLE)
    small.page.mouse.move(x, y + 3)  # near is enough
    gradient = (1 - 0.46211715726000973**2) * -0.25
    flow = f"flows back: ∂y/∂c · ∂c/∂a = {gradient:.6g}"
    expect_card(small, "a → c", "local derivative ∂c/∂a = -0.25", flow)
    small.page.mouse.move(2, 2)
    expect(card).to_be_hidden()


def test_the_keyboard_has_a_card_too_and_one_may_point_at_it(small, root):
    card, y = small.page.locator("#hover"), small.item(len(Graph(root).nodes) - 1)
    y.focus()
    small.page.keyboard.press("ArrowLeft")
    small.page.keyboard.press("ArrowRight")
    expect(card.locator("strong")).to_have_text("y")
    expect(y).to_have_attribute("aria-describedby", "hover")
    small.page.keyboard.press("n")
    expect(small.page.locator("#pass")).to_contain_text("Forward 1")
    small.page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    small.item(0).hover()
    expect(card).to_be_visible()
    card.hover()
    small.settle()
    expect(card).to_be_visible()


def test_there_is_no_card_by_touch(open_page, root):
    shown = open_page(explore(root), alone=True)
    shown.stop_the_clock()
    for kind, is_there in (("touch", False), ("pen", True)):
        shown.item(0).dispatch_event("pointermove", {"pointerType": kind})
        shown.page.clock.run_for(2000)
        expect(shown.page.locator("#hover")).to_be_visible(visible=is_there)


def test_a_box_says_what_it_holds(shown):
    shown.page.keyboard.press("f")  # all of it is in sight
    shown.item("c2").hover()
    expect_card(shown, "MLP / layer 1 / neuron 1", "5 operations, 3 parameters", "largest gradient ?")
    [inputs] = [key for key in shown.keys if key.startswith("l")]
    shown.item(inputs).hover()
    expect_card(shown, "Leaves of MLP / layer 1", "2 inputs", "x1, x2", "largest gradient ?")


# ----------------------------------------------------------------------------------- where one is, and all of a kind


def test_crumbs_lead_back_and_the_selection_is_followed(shown):
    crumbs = shown.page.locator("#crumbs li")
    expect(crumbs).to_have_text(["Nothing is selected"])
    first = shown.keys
    shown.unfold(neuron := shown.page.locator("#graph .item.call").nth(1).get_attribute("data-key"))
    inner = max((key for key in set(shown.keys) - set(first)), key=lambda key: int(key[1:]))
    shown.select(inner)
    expect(crumbs).to_have_text(["MLP", "layer 1", "neuron 2", re.compile(r"^v\d+$")])
    with shown.redrawn():
        shown.page.locator(f'[data-fold="{neuron[1:]}"]').dispatch_event("click")
    shown.expect_marked("selected", [neuron])
    with shown.redrawn():
        shown.page.keyboard.press("Enter")  # on the box, which has the focus
    shown.expect_marked("selected", [inner])  # the last of what was in it
    expect(shown.item(inner)).to_be_focused()
    with shown.redrawn():
        crumbs.get_by_role("button", name="layer 1").click()
    shown.expect_marked("selected", ["c1"])
    expect(crumbs).to_have_text(["MLP", "layer 1"])
    shown.page.keyboard.press("g")
    expect(shown.page.locator("#pass")).to_contain_text("Done")
    shown.page.keyboard.press("u")
    expect(shown.page.locator("#undo")).to_be_disabled()
    shown.expect_marked("selected", ["c1"])
    shown.unfold("c1")
    with shown.redrawn():
        shown.page.locator(f'[data-fold="{neuron[1:]}"]').dispatch_event("click")
    assert shown.keys == first


def test_all_modules_of_a_kind_fold_and_unfold(shown):
    first = shown.keys
    kind = shown.page.locator("#kind")
    expect(kind.locator("option")).to_have_text(["all 14 modules", "all 3 layers", "all 9 neurons"])
    kind.select_option("all 9 neurons")
    with shown.redrawn():
        shown.page.locator("#unfold-all").click()
    assert [key for key in shown.keys if key.startswith("c")] == []
    shown.expect_texts("#said", ["all neurons are unfolded"])
    with shown.redrawn():
        shown.page.locator("#graph").press("s")
    assert shown.keys == first
    with shown.redrawn():
        shown.page.locator("#graph").press("o")
    with shown.redrawn():
        shown.page.locator("#fold-all").click()
    assert shown.keys == first


def test_of_too_many_the_first_are_unfolded_and_it_is_said_how_many_there_would_be(open_page):
    shown = open_page(explore(MLP(8, [20, 1], seed=0)([0.5] * 8)))
    shown.page.locator("#kind").select_option("all 21 neurons")
    with shown.redrawn():
        shown.page.locator("#unfold-all").click()
    said = shown.page.locator("#said:not(.unseen)")
    expect(said).to_have_text(re.compile(r"^All 21 neurons would be \d+ boxes: the first \d+ are unfolded$"))
    would_be, unfolded = map(int, re.findall(r"\d+", said.text_content())[1:])
    assert len(shown.keys) <= 150 < would_be
    expect(shown.page.locator(".frame-name", has_text="neuron")).to_have_count(unfolded)


def test_where_there_are_no_modules_there_is_no_line_for_them(small):
    expect(small.page.locator("#where")).to_be_hidden()
