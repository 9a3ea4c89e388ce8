"""A loop in the compiled view: one turn of it, with the numbers of the turn that a slider chooses."""

import pytest

from autograd import Value
from viz.explorer import explore
from viz.explorer.graph import Graph
from viz.explorer.program import compiled_view

from ..conftest import eventually

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect
TURNS = 200
NEAR = 196  # a turn near the end


@pytest.fixture(scope="module")
def pendulum():
    """Its last angle, squared; and its damping."""
    damping, angle, speed = Value(0.3, "damping"), Value(0.5, "angle"), Value(0.1, "speed")
    for _ in range(TURNS):
        speed = speed + 0.1 * (-damping * speed - angle.sin())
        angle = angle + 0.1 * speed
    return angle * angle, damping


@pytest.fixture(scope="module")
def nodes(pendulum):
    return Graph(pendulum[0]).nodes


@pytest.fixture(scope="module")
def shown(open_page_once, pendulum):
    shown = open_page_once(explore(pendulum[0], [pendulum[1]])).go_to_end()
    shown.page.locator("#compiled-toggle").click()
    shown.page.locator("#operations .item").first.wait_for()
    return shown


@pytest.fixture(scope="module")
def program(pendulum):
    explorer = explore(pendulum[0], [pendulum[1]])
    return compiled_view(explorer.graph.nodes, explorer.graph.inputs)


def number_of(program, name):
    return next(n for n, box in enumerate(program["boxes"]) if box["label"].startswith(name) and box["loop"] == 0)


def number_text(shown, box):
    return shown.page.locator(f'#operations .item[data-key="b{box}"] .number')


def slide(shown, turn):
    shown.page.locator("#turns input").fill(str(turn))
    expect(shown.page.locator("#turns output")).to_have_text(str(turn + 1))


def sines(nodes):
    """Of each turn."""
    return [node for node in nodes if node.op == "sin"]


def find_sine(shown, nodes):
    """Select that of the turn near the end: the call around its turn opens."""
    leaves = sum(not node.parents for node in nodes)
    shown.page.locator("#query").fill(f"v{nodes.index(sines(nodes)[NEAR]) - leaves + 1}")
    shown.page.locator("#matches button", has_text="(sin)").click()


def test_one_slider_for_the_loop(shown):
    expect(shown.page.locator("#turns label")).to_have_count(1)
    expect(shown.page.locator("#turns label")).to_contain_text(f"loop × {TURNS}, turn")
    expect(shown.page.locator("#operations .frame-name")).to_have_text(["loop × 200"])


def test_the_body_is_there_once(shown, program):
    expect(shown.page.locator("#operations .item")).to_have_count(len(program["boxes"]))
    assert [box["label"].split("\n")[0] for box in program["boxes"]].count("sin") == 1
    expect(shown.page.locator("#operations path.return")).to_have_count(len(program["returns"]))


@pytest.mark.parametrize("turn", [0, 7, TURNS - 1])
def test_the_numbers_are_those_of_the_turn(shown, nodes, program, turn):
    slide(shown, turn)
    expect(number_text(shown, number_of(program, "sin"))).to_have_text(f"{sines(nodes)[turn].data:.4g}")


def test_what_is_carried_is_what_the_turn_before_has_computed(shown, nodes, program):
    carried = next(head for _, head, _ in program["returns"] if _reads(program, "sin", head))
    for turn in (0, 9):  # before the first one it is a leaf
        slide(shown, turn)
        expect(number_text(shown, carried)).to_have_text(f"{sines(nodes)[turn].parents[0].data:.4g}")


def _reads(program, name, parent):
    return parent in program["boxes"][number_of(program, name)]["parents"]


def test_hovering_a_box_marks_the_scalar_of_the_turn(shown, nodes, program):
    find_sine(shown, nodes)
    expect(shown.page.locator("#turns output")).to_have_text(str(NEAR + 1))
    shown.page.keyboard.press("Escape")
    slide(shown, NEAR)
    shown.page.locator(f'#operations .item[data-key="b{number_of(program, "sin")}"]').hover()
    expect(shown.page.locator("#program-caption")).to_have_text(
        f"sin: 1 scalar node in turn {NEAR + 1}, {TURNS} in all {TURNS} turns"
    )
    shown.expect_marked("match", [f"n{nodes.index(sines(nodes)[NEAR])}"])
    shown.page.mouse.move(2, 2)
    shown.expect_marked("match", [])


def test_selecting_a_scalar_shows_its_turn_and_marks_its_box(shown, nodes, program):
    slide(shown, 0)
    find_sine(shown, nodes)
    expect(shown.page.locator("#turns output")).to_have_text(str(NEAR + 1))
    expect(shown.page.locator("#operations .match")).to_have_attribute("data-key", f"b{number_of(program, 'sin')}")
    shown.page.keyboard.press("Escape")
    shown.expect_marked("selected", [])


def test_a_number_that_the_reader_changes_changes_those_of_the_turn(open_page, pendulum, program):
    shown = open_page(explore(pendulum[0], [pendulum[1]])).go_to_end()
    shown.page.locator("#compiled-toggle").click()
    shown.page.locator("#operations .item").first.wait_for()
    slide(shown, 30)
    text = number_text(shown, number_of(program, "sin"))
    before = text.text_content()
    shown.page.locator("#descent-panel summary").click()
    shown.page.locator("#descent button").first.click()
    eventually(lambda: text.text_content() not in ("", before), True)
