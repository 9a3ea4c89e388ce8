"""Attention: its weights in the folded box, and all positions' weights in the inspector, cell by cell."""

import re

import pytest

from autograd import Value, softmax
from viz.explorer import explore

from ..families import attention

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect
HEAD = "attention, head 2: each position downwards, what it looks at across"


@pytest.fixture(scope="module")
def made():
    return attention()


@pytest.fixture(scope="module")
def shown(open_page_once, made):
    """All numbers known, the last position open, and its attention in a box, which is selected."""
    shown = open_page_once(made.explorer).go_to_end()
    shown.page.locator("#families input[type=number]").fill("4")
    with shown.redrawn():
        shown.page.keyboard.press("Enter")
    shown.box = shown.page.locator("#graph .item.call", has_text="attention")
    shown.box.focus()
    shown.page.keyboard.press("ArrowLeft")
    shown.page.keyboard.press("ArrowRight")  # a click would unfold it
    expect(shown.box).to_have_class(re.compile("selected"))
    return shown


def test_the_box_has_heads_downwards_and_positions_across(shown):
    expect(shown.box).to_contain_text("2 heads")
    expect(shown.box).to_contain_text("4 positions")
    size = """href => new Promise((done) => {
      const image = new Image();
      image.onload = () => done([image.width, image.height]);
      image.src = href;
    })"""
    assert shown.page.evaluate(size, shown.box.locator("image").get_attribute("href")) == [4, 2]


def test_the_box_and_its_card_say_where_each_head_looks(shown, made):
    for head, weights in enumerate(made.weights[-1]):
        most = max(weights, key=lambda weight: weight.data)
        said = f"head {head + 1} looks most at position {weights.index(most) + 1}: {most.data:.2}"
        expect(shown.box).to_have_attribute("aria-label", re.compile(re.escape(said)))
        expect(shown.page.locator("#hover")).to_contain_text(said)


def test_the_inspector_has_all_positions_and_tells_of_each_cell(shown, made):
    maps, texts = shown.page.locator(".attention .map"), shown.page.locator(".attention .cell-text")
    expect(texts).to_have_text([HEAD.replace("2", "1"), HEAD])
    maps.last.focus()
    for _ in range(4):  # the first comes to the first cell
        shown.page.keyboard.press("ArrowDown")
    weight = made.weights[3][1][0].data
    expect(texts.last).to_have_text(f"position 4 looks at position 1: {weight:.3}")
    for _ in range(9):
        shown.page.keyboard.press("ArrowUp")
        shown.page.keyboard.press("ArrowRight")
    expect(texts.last).to_have_text("position 1 looks at position 4: no weight")
    shown.box.focus()
    expect(texts.last).to_have_text(HEAD)


def test_the_weights_come_with_the_steps_and_follow_a_change(open_page, made):
    shown = open_page(made.explorer)
    with shown.redrawn():
        shown.page.locator(".fold-button[aria-label='fold attention']").dispatch_event("click")
    box = shown.page.locator("#graph .item.call", has_text="attention")
    expect(box).not_to_have_attribute("aria-label", re.compile("looks most"))
    shown.go_to_end()
    expect(box).to_have_attribute("aria-label", re.compile("head 1 looks most at position 1: 1, "))


def test_softmaxes_of_several_positions_and_heads_are_not_called_heads(open_page):
    """Two positions are no family: each of two heads has a softmax for each."""
    inputs = [[Value(0.3).sin(), Value(-0.4).sin()] for _ in range(2)]
    weights = [[Value(0.1), Value(0.7)] for _ in range(8)]

    def linear(rows, x):
        return [sum(map(Value.__mul__, row, x)) for row in rows]

    queries, keys, values = ([linear(weights[k : k + 2], x) for x in inputs] for k in (0, 2, 4))
    outputs = []
    for query in queries:
        found = [softmax([query[head] * key[head] for key in keys]) for head in range(2)]
        mixed = [sum(map(Value.__mul__, found[head], (value[head] for value in values))) for head in range(2)]
        outputs += linear(weights[6:], mixed)
    shown = open_page(explore(sum(outputs))).go_to_end()
    box = shown.page.locator("#graph .item.call", has_text="attention")
    expect(box).to_contain_text("4 softmaxes")
    expect(box).to_have_attribute("aria-label", re.compile("softmax 3 looks most at position"))
