"""Stepping through both passes: what is known at each time, and what the formula says."""

import re
from random import Random

import pytest

from autograd import Value, scope
from viz.explorer import explore
from viz.explorer.graph import Graph

from ..conftest import eventually

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect

OPERATIONS = 3
END = 2 * OPERATIONS + 2  # both passes, the seed between them, and that all is done


@pytest.fixture(scope="module")
def root():
    """L = d·d with d = a·b + a: a is used by two operations, and d twice by one."""
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    c = a * b
    c.label = "c"
    d = c + a
    d.label = "d"
    root = d * d
    root.label = "L"
    return root


@pytest.fixture(scope="module")
def page(open_page_once, root):
    return open_page_once(explore(root))


@pytest.fixture
def shown(page):
    page.page.locator("#graph").press("End")
    page.page.locator("#graph").press("Escape")
    page.at_step(END)
    page.expect_marked("selected", [])
    return page


@pytest.fixture
def at_start(shown):
    shown.page.locator("#first").click()
    shown.at_step(0)
    return shown


def step_on(shown, button="forward"):
    """One step on, or back, by its button, which is a step of the slider."""
    now = int(shown.page.locator("#time").input_value())
    shown.page.locator(f"#{button}").click()
    shown.at_step(now + (1 if button == "forward" else -1))


def expect_card(shown, n, number, gradient):
    expect(shown.item(n).locator("text.number")).to_have_text([number, gradient])


def expect_gradients(shown, count):
    """So many nodes have a gradient."""
    cards = shown.page.locator("#graph .item.node")
    gradients = [cards.nth(n).locator("text.number").last for n in range(2 + OPERATIONS)]
    eventually(lambda: sum(text.text_content() != "?" for text in gradients), count)


def expect_flows(shown, count):
    """So many edges have passed their product on."""
    eventually(lambda: sum(text != "← ?" for text in shown.texts(".edge-label .flow")), count)


def expect_formula(shown, *lines):
    shown.expect_texts("#formula span", lines)


def test_at_first_nothing_is_computed_and_one_sentence_says_what_to_press(page):
    page.at_step(0)
    for button in ("first", "back"):
        expect(page.page.locator(f"#{button}")).to_be_disabled()
    sentence = (
        "Press Play, or N for one step: only the 2 leaves have numbers yet; End shows everything, Tour explains it."
    )
    expect_formula(page, sentence)


def test_at_the_start_only_the_leaves_are_known(at_start, root):
    for n, node in enumerate(Graph(root).nodes):
        expect_card(at_start, n, "?" if node.parents else str(int(node.data)), "?")
    eventually(lambda: set(at_start.texts(".edge-label .partial, .edge-label .flow")), {"∂ ?", "← ?"})
    at_start.expect_texts("#legend-high", ["?"])
    data = ["2", "-3"] + ["not computed yet"] * OPERATIONS
    eventually(lambda: [fact["data"] for fact in at_start.facts().values()], data)
    eventually(lambda: {fact["gradient"] for fact in at_start.facts().values()}, {"not known yet"})


def test_each_step_forward_computes_exactly_one_number(at_start, root):
    numbers = [str(int(node.data)) for node in Graph(root).nodes]
    leaves = len(numbers) - OPERATIONS
    for done in range(1, OPERATIONS + 1):
        step_on(at_start)
        for n, number in enumerate(numbers):
            expect_card(at_start, n, number if n < leaves + done else "?", "?")
        at_start.expect_marked("current", [f"n{leaves + done - 1}"])
        expect_flows(at_start, 0)


def test_each_step_backward_passes_on_the_gradient_of_exactly_one_operation(shown, root):
    operations = [node for node in Graph(root).nodes if node.parents]
    shown.fill_time(OPERATIONS + 1)
    expect_gradients(shown, 1)  # ∂L/∂L
    shown.expect_texts("#legend-high", ["1"])
    expect_flows(shown, 0)
    passed = 0
    for node in reversed(operations):
        step_on(shown)
        passed += len(node.parents)
        expect_flows(shown, passed)
        expect(shown.page.locator("#graph .flowing")).to_have_count(len(node.parents))
    shown.at_step(END - 1)


def test_stepped_to_the_end_all_numbers_equal_python(at_start, root):
    for _ in range(END):
        step_on(at_start)
    at_start.expect_numbers_of(root)


def test_the_formula_of_a_forward_step(at_start):
    step_on(at_start)
    expect_formula(at_start, "c = a · b = 2 · -3 = -6")
    at_start.expect_texts("#pass", [f"Forward 1/{END}"])


def test_the_formula_of_the_seed(shown):
    shown.fill_time(OPERATIONS + 1)
    expect_formula(shown, "∂L/∂L = 1")


def test_the_formulas_of_backward_steps(shown):
    expect(shown.page.locator("#formula span").first).to_contain_text("All numbers and gradients are known")
    step_on(shown, "back")
    expect_formula(  # d = -4, L = 16, ∂L/∂d = -8
        shown, "∂L/∂a += ∂L/∂c · b = -8 · -3 = 24, 16 in all", "∂L/∂b += ∂L/∂c · a = -8 · 2 = -16"
    )
    step_on(shown, "back")
    expect_formula(shown, "∂L/∂c += ∂L/∂d · 1 = -8 · 1 = -8", "∂L/∂a += ∂L/∂d · 1 = -8 · 1 = -8, -8 so far")
    step_on(shown, "back")
    product = "∂L/∂d += ∂L/∂L · d = 1 · -4 = -4"
    expect_formula(shown, f"{product}, -4 so far", f"{product}, -8 in all")
    shown.expect_texts("#pass", [f"Backward 5/{END}"])


def test_a_gradient_that_is_not_complete_is_marked(shown):
    shown.fill_time(END - 2)  # d has passed on to a and c, c not yet
    eventually(lambda: [n for n, fact in shown.facts().items() if fact["gradient"] == "-8 so far"], [0])  # a
    expect_card(shown, 0, "2", "-8 …")
    expect(shown.item(0)).to_have_attribute("aria-label", re.compile("so far"))
    step_on(shown)
    expect_card(shown, 0, "2", "16")


def test_the_slider_goes_to_any_step_and_back_goes_one_back(shown):
    slider = shown.page.locator("#time")
    for time in (2, 6, 0, 4):
        slider.fill(str(time))
        shown.at_step(time)
    shown.page.locator("#back").click()
    shown.at_step(3)
    expect(slider).to_have_value("3")
    expect_gradients(shown, 0)
    expect(slider).to_have_attribute("aria-valuetext", re.compile(f"step 3 of {END}"))


def test_keys_step(shown):
    press = shown.page.keyboard.press
    press("Home")
    shown.at_step(0)
    for _ in range(3):
        press("n")
    shown.at_step(3)
    press("p")
    shown.at_step(2)
    press("End")
    shown.at_step(END)


@pytest.mark.parametrize("how", ["the button", "the key"])
def test_play_goes_to_the_end_and_stops(open_page, root, how):
    shown = open_page(explore(root), alone=True)
    shown.stop_the_clock()
    shown.page.locator("#speed").select_option("20")
    play = shown.page.locator("#play")
    play.click() if how == "the button" else shown.page.locator("#graph").press("Space")
    for time in range(END):
        shown.at_step(time)
        expect(play).to_have_text("Pause")
        shown.page.clock.run_for(1000 / 20)
    shown.at_step(END)
    expect(play).to_have_text("Play")


def test_pause_holds_the_step(open_page, root):
    shown = open_page(explore(root), alone=True)
    shown.stop_the_clock()
    play = shown.page.locator("#play")
    play.click()
    shown.page.clock.run_for(1000)  # two steps
    shown.at_step(2)
    play.click()
    expect(play).to_have_text("Play")
    shown.page.clock.run_for(5000)
    shown.at_step(2)


def test_a_folded_module_is_one_step_that_says_what_it_computed(open_page):
    x = Value(0.5, "x")
    with scope("inner"):
        y = x
        for _ in range(40):
            y = y.tanh()
    y = y * 2.0
    shown = open_page(explore(y))
    expect(shown.item("c0")).to_have_count(1)
    shown.page.locator("#forward").click()
    expect_formula(shown, "inner: 40 operations computed, v40 = 0.179975")
    shown.page.locator("#forward").click()
    shown.expect_texts("#pass", ["Forward 2/6"])


def test_changing_a_number_keeps_the_step(open_page, root):
    shown = open_page(explore(root), "#step=1")
    shown.edit(0, "5")
    shown.at_step(1)
    expect_formula(shown, "c = a · b = 5 · -3 = -15")
    expect_card(shown, 3, "?", "?")


# ------------------------------------------------------------------------------------------ what a picture has left out


def test_the_picture_moves_to_a_step_that_it_has_left_out(open_page):
    """In a chain of 600 that is no loop, half is shown: first the end, then whatever the step is in."""
    y, choose = Value(0.5, "x"), Random(0)
    for _ in range(600):
        y = choose.choice([Value.sin, Value.tanh, Value.sigmoid])(y)
    shown = open_page(explore(y))
    assert "n100" not in shown.keys
    for stop, n in ((100, 100), (150, 150), (700, 502), (1190, 12)):  # 600 forward, 1, 600 back
        shown.fill_time(stop)
        shown.expect_marked("current", [f"n{n}"])
        expect(shown.item(n)).to_be_in_viewport()
    assert len(shown.keys) <= 302
    again = open_page(explore(y), shown.fragment)
    again.expect_marked("current", ["n12"])


def test_the_picture_moves_to_a_folded_module_that_it_has_left_out(open_page):
    """Of 60 modules beside each other an open one shows 40."""
    y = Value(0.5, "x")
    with scope("all"):
        for number in range(60):
            with scope(f"part {chr(97 + number % 26)}{number}"):
                y = (y.sin() if number % 3 else y.tanh()) * Value(1.0 + 0.01 * number, f"w{number}")
    shown = open_page(explore(y))
    shown.unfold("c0")
    shown.fill_time(55)
    eventually(lambda: shown.page.locator("#graph .item.current").get_attribute("class").split()[1:3], ["fold", "call"])
    expect(shown.page.locator("#graph .item.current")).to_contain_text("part")
