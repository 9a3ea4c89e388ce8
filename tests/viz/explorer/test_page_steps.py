"""Stepping through both passes: what is known at each time, and what the formula says."""

import pytest

from autograd import Value, scope
from viz.explorer import explore
from viz.explorer.graph import Graph

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
    return page


@pytest.fixture
def at_start(shown):
    shown.page.locator("#first").click()
    return shown


def step(shown):
    return int(shown.page.locator("#time").input_value())


def number_and_gradient(shown, n):
    return shown.item(n).locator("text.number").all_text_contents()


def known(texts):
    return sum(text != "?" for text in texts)


def flows(shown):
    """How many edges have passed their product on."""
    return known(text.removeprefix("← ") for text in shown.texts(".edge-label .flow"))


def test_at_first_both_passes_are_done(shown):
    assert step(shown) == END
    assert all(shown.page.locator(f"#{button}").is_disabled() for button in ("forward", "last"))


def test_at_the_start_only_the_leaves_are_known(at_start, root):
    for n, node in enumerate(Graph(root).nodes):
        number, gradient = number_and_gradient(at_start, n)
        assert number == ("?" if node.parents else str(int(node.data)))
        assert gradient == "?"
    assert set(at_start.texts(".edge-label .partial, .edge-label .flow")) == {"∂ ?", "← ?"}
    assert at_start.texts("#legend-high") == ["?"]
    assert [fact["data"] for fact in at_start.facts().values()] == ["2", "-3"] + ["not computed yet"] * OPERATIONS
    assert {fact["gradient"] for fact in at_start.facts().values()} == {"not known yet"}


def test_each_step_forward_computes_exactly_one_number(at_start, root):
    leaves = len(Graph(root).nodes) - OPERATIONS
    for done in range(1, OPERATIONS + 1):
        at_start.page.locator("#forward").click()
        numbers = [number_and_gradient(at_start, n)[0] for n in range(leaves + OPERATIONS)]
        assert numbers[: leaves + done].count("?") == 0
        assert numbers[leaves + done :] == ["?"] * (OPERATIONS - done)
        assert at_start.marked("current") == [f"n{leaves + done - 1}"]
        assert flows(at_start) == 0


def test_each_step_backward_passes_on_the_gradient_of_exactly_one_operation(shown, root):
    operations = [node for node in Graph(root).nodes if node.parents]
    shown.page.locator("#time").fill(str(OPERATIONS + 1))
    assert known(number_and_gradient(shown, n)[1] for n in range(2 + OPERATIONS)) == 1  # ∂L/∂L
    assert flows(shown) == 0
    passed = 0
    for node in reversed(operations):
        shown.page.locator("#forward").click()
        passed += len(node.parents)
        assert flows(shown) == passed
        assert shown.page.locator("#graph .flowing").count() == len(node.parents)
    assert step(shown) == END - 1


def test_stepped_to_the_end_all_numbers_equal_python(at_start, root):
    for _ in range(END):
        at_start.page.locator("#forward").click()
    at_start.assert_numbers_of(root)


def test_the_formula_of_a_forward_step(at_start):
    at_start.page.locator("#forward").click()
    assert at_start.formula == ["c = a · b = 2 · -3 = -6"]
    assert at_start.texts("#pass") == [f"Forward 1/{END}"]


def test_the_formula_of_the_seed(shown):
    shown.page.locator("#time").fill(str(OPERATIONS + 1))
    assert shown.formula == ["∂L/∂L = 1"]


def test_the_formulas_of_backward_steps(shown):
    assert "All numbers and gradients are known" in shown.formula[0]
    shown.page.locator("#back").click()
    assert shown.formula == [  # d = -4, L = 16, ∂L/∂d = -8
        "∂L/∂a += ∂L/∂c · b = -8 · -3 = 24, 16 in all",
        "∂L/∂b += ∂L/∂c · a = -8 · 2 = -16",
    ]
    shown.page.locator("#back").click()
    assert shown.formula == ["∂L/∂c += ∂L/∂d · 1 = -8 · 1 = -8", "∂L/∂a += ∂L/∂d · 1 = -8 · 1 = -8, -8 so far"]
    shown.page.locator("#back").click()
    product = "∂L/∂d += ∂L/∂L · d = 1 · -4 = -4"
    assert shown.formula == [f"{product}, -4 so far", f"{product}, -8 in all"]
    assert shown.texts("#pass") == [f"Backward 5/{END}"]


def test_a_gradient_that_is_not_complete_is_marked(shown):
    shown.page.locator("#time").fill(str(END - 2))  # d has passed on to a and c, c not yet
    [a] = [n for n, fact in shown.facts().items() if fact["gradient"] == "-8 so far"]
    assert number_and_gradient(shown, a) == ["2", "-8 …"]
    assert "so far" in shown.item(a).get_attribute("aria-label")
    shown.page.locator("#forward").click()
    assert number_and_gradient(shown, a) == ["2", "16"]


def test_the_slider_goes_to_any_step_and_back_goes_one_back(shown):
    slider = shown.page.locator("#time")
    for time in (2, 6, 0, 4):
        slider.fill(str(time))
        assert shown.texts("#pass")[0].endswith(f"{time}/{END}")
    shown.page.locator("#back").click()
    assert step(shown) == 3
    assert known(number_and_gradient(shown, n)[1] for n in range(2 + OPERATIONS)) == 0
    assert f"step 3 of {END}" in slider.get_attribute("aria-valuetext")


def test_keys_step(shown):
    press = shown.page.keyboard.press
    press("Home")
    assert step(shown) == 0
    for _ in range(3):
        press("n")
    press("p")
    assert step(shown) == 2
    press("End")
    assert step(shown) == END


@pytest.mark.parametrize("how", ["the button", "the key"])
def test_play_goes_to_the_end_and_stops(shown, how):
    play = shown.page.locator("#play")
    shown.page.locator("#speed").select_option("20")
    play.click() if how == "the button" else shown.page.locator("#graph").press("Space")
    expect(play).to_have_text("Pause")
    expect(play).to_have_text("Play")
    assert step(shown) == END


def test_pause_holds_the_step(shown):
    shown.page.locator("#speed").select_option("20")
    shown.page.locator("#first").click()
    shown.page.locator("#play").click()
    expect(shown.page.locator("#pass")).to_contain_text("Forward")
    shown.page.locator("#play").click()
    held = step(shown)
    shown.page.evaluate("() => new Promise((resolve) => setTimeout(resolve, 150))")
    assert step(shown) == held < END
    assert shown.texts("#play") == ["Play"]


def test_a_folded_module_is_one_step_that_says_what_it_computed(open_page):
    x = Value(0.5, "x")
    with scope("inner"):
        y = x
        for _ in range(40):
            y = y.tanh()
    y = y * 2.0
    shown = open_page(explore(y))
    assert "c0" in shown.keys
    shown.page.locator("#first").click()
    shown.page.locator("#forward").click()
    assert shown.formula == ["inner: 40 operations computed"]
    shown.page.locator("#forward").click()
    assert shown.texts("#pass") == ["Forward 2/6"]


def test_changing_a_number_keeps_the_step(open_page, root):
    shown = open_page(explore(root), "#step=1")
    shown.edit(0, "5")
    assert step(shown) == 1
    assert shown.formula == ["c = a · b = 5 · -3 = -15"]
    assert number_and_gradient(shown, 3) == ["?", "?"]
