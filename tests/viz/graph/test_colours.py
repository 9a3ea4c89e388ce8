"""The colours of gradients: signs, sizes over many decades, and texts that can be read on all of them."""

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viz.graph.colours import NEGATIVE, PAPERS, POSITIVE, WRONG, Scale, of_strength, written
from viz.graph.dot import INK

GRADIENTS = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(GRADIENTS))
def test_strengths_keep_signs_and_order_and_the_largest_has_1(gradients):
    scale = Scale.of(gradients)
    strengths = [scale.strength(gradient) for gradient in sorted(gradients)]
    assert strengths == sorted(strengths)
    for strength, gradient in zip(strengths, sorted(gradients), strict=True):
        assert strength == 0 or (strength > 0) == (gradient > 0)  # 0 for what is too small for a float
    if any(gradients):
        assert max(map(abs, strengths)) == pytest.approx(1.0)


@given(st.floats(1e-200, 1e200), st.floats(0, 7.9))
def test_within_eight_decades_below_the_largest_every_gradient_is_seen(largest, decades):
    small = largest * 10.0**-decades
    assert Scale.of([largest, small]).strength(small) >= 0.099


@pytest.mark.parametrize("wrong", [nan, inf, -inf])
def test_what_is_no_number_has_no_part_in_a_scale(wrong):
    assert Scale.of([wrong, 2.0]) == Scale.of([2.0])
    assert Scale.of([2.0]).strength(wrong) == 0.0


def luminance(colour):
    parts = [part / 255 for part in colour]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    lighter, darker = sorted((luminance(a), luminance(b)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("paper", PAPERS.values())
def test_text_in_black_or_white_can_be_read_on_every_colour(paper):
    for i in range(-100, 101):
        colour = of_strength(i / 100, paper)
        assert max(contrast(colour, (0, 0, 0)), contrast(colour, (255, 255, 255))) >= 4.5


def test_the_ink_of_pictures_can_be_read_on_every_colour_of_theirs():
    ink = tuple(bytes.fromhex(INK[1:]))
    for i in range(-100, 101):
        assert contrast(of_strength(i / 100), ink) >= 4.5
    assert contrast(WRONG, ink) >= 4.5


def test_who_sees_no_green_or_no_red_tells_the_signs_apart():
    for weights in ((0.625, 0.375, 0.0), (0.7, 0.3, 0.0)):  # what is left of red and green for either
        yellow = [sum(w * part for w, part in zip(weights, colour, strict=True)) for colour in (NEGATIVE, POSITIVE)]
        blue = [NEGATIVE[2], POSITIVE[2]]
        assert abs(yellow[0] - yellow[1]) + abs(blue[0] - blue[1]) > 200


def test_a_colour_is_written_in_two_digits_each():
    assert written((0, 15, 255)) == "#000fff"
