"""Choices: wrong ones say why, in place, and what to take instead; data are drawn, given, or made."""

import re

import pytest

from viz import play

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect

WRONG = {  # settings, the field that complains, what it says, what is set when its advice was taken
    "one softmax": ("output=softmax", "output", "of a single output is always 1", "loss=categorical_cross_entropy"),
    "logits of a sigmoid": ("output=sigmoid", "output", "it would be applied twice", "output=linear"),
    "no probabilities": ("loss=binary_cross_entropy&output=tanh", "output", "tanh gives none", "output=sigmoid"),
    "classes of numbers": ("data=wave&loss=cross_entropy", "loss", "targets of these data are numbers", "loss=mse"),
    "scores above 0": ("loss=hinge&output=sigmoid", "output", "sigmoid is never below 0", "output=linear"),
    "steps": ("activation=step", "activation", "its derivative is 0 everywhere", "activation=sigmoid"),
    "nesterov alone": ("optimizer=sgd&nesterov=true", "nesterov", "without momentum there is none", "momentum=0.9"),
    "nothing drawn": ("data=drawn", "data", "it takes points of two classes", ""),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_choice_says_why_and_what_else(page, case):
    settings, field, why, mended = WRONG[case]
    shown = page.restart(settings)
    control, words = shown.locator(f"#set-{field}"), shown.locator(f"#trouble-{field}")
    expect(words).to_contain_text(why)
    expect(shown.locator("#train")).to_have_attribute("aria-disabled", "true")
    shown.locator("#one-epoch").dispatch_event("click")
    assert shown.epoch == 0
    expect(shown.locator("#trouble")).to_contain_text("These settings do not go together yet")
    if not mended:
        return
    expect(control).to_have_attribute("aria-describedby", f"trouble-{field}")
    words.locator("button").click()
    expect(words).to_be_hidden()
    name, setting = mended.split("=")
    expect(shown.locator(f"#set-{name}")).to_have_value(setting)
    shown.locator("#one-epoch").click()
    assert shown.epoch == 1


@pytest.mark.parametrize(
    ("field", "text", "why"),
    [
        ("lr", "zebra", "a number, such as 0.03 or 1e-3"),
        ("lr", "0", "a number above 0"),
        ("momentum", "1", "to less than 1"),
        ("batchSize", "2.5", "a whole number from 0"),
        ("seed", "-1", "a whole number from 0"),
    ],
)
def test_a_number_that_does_not_do_is_refused(page, field, text, why):
    shown = page.restart("optimizer=sgd")
    shown.train_epochs(1)
    shown.fill(field, text)
    expect(shown.locator(f"#trouble-{field}")).to_contain_text(why)
    assert shown.epoch == 1  # nothing has begun anew


def test_an_optimizer_has_its_own_numbers(page):
    shown = page.restart()
    shown.locator("#more-learning summary").click()
    for optimizer, own in {
        "sgd": ["momentum", "nesterov"],
        "rmsprop": ["alpha", "momentum"],
        "adam": ["beta1"],
    }.items():
        shown.choose("optimizer", optimizer)
        for name in ("momentum", "nesterov", "alpha", "beta1"):
            assert shown.locator(f"#set-{name}").is_visible() == (name in own), (optimizer, name)
    shown.locator("#more-learning summary").click()


def test_data_of_another_kind_bring_their_loss(page):
    shown = page.restart()
    for data, loss in [("wave", "mse"), ("blobs", "binary_cross_entropy_with_logits")]:
        shown.locator(f"[name=data][value={data}]").check(force=True)
        expect(shown.locator("#set-loss")).to_have_value(loss)
    shown.locator("#set-classes").fill("4")
    expect(shown.locator("#set-loss")).to_have_value("cross_entropy")
    shown.train_epochs(1)
    expect(shown.locator(".node-name.below").last).to_have_text("3")


def test_points_are_drawn_by_the_pointer(page):
    shown = page.restart("data=drawn&testShare=0")
    for kind, height in [(0, 60), (1, 240)]:
        shown.locator(f"#drawing [data-class='{kind}']").click()
        box = shown.locator(".plane").bounding_box()
        shown.page.mouse.move(box["x"] + 40, box["y"] + height)
        shown.page.mouse.down()
        shown.page.mouse.move(box["x"] + 240, box["y"] + height, steps=10)
        shown.page.mouse.up()
    expect(shown.locator(".plane [tabindex]")).to_have_attribute("aria-label", rows_told("22 rows"))
    shown.train_until("train-accuracy", "100.0 %")
    shown.locator("#clear-points").click()
    expect(shown.locator("#trouble-data")).to_be_visible()


def test_points_are_drawn_by_keys(page):
    shown = page.restart("data=drawn&testShare=0")
    plane = shown.locator(".plane [tabindex]")
    plane.focus()
    plane.press("Enter")
    for away, back in [("ArrowRight", "ArrowLeft"), ("ArrowUp", "ArrowDown")]:
        for key in (f"Shift+{away}", "Delete", f"Shift+{back}"):
            plane.press(key)
        expect(plane).to_have_attribute("aria-label", rows_told("1 row"))  # the point is elsewhere
    plane.press("Delete")
    expect(plane).to_have_attribute("aria-label", rows_told("0 rows"))


def rows_told(count):
    return re.compile(f"with {count} to train with")


@pytest.fixture(scope="module")
def flowers(open_page):
    """Rows of four inputs and three classes."""
    X = [[k + 0.1 * i, i % 4, 0.5 * k, (i * k) % 3] for k in range(3) for i in range(10)]
    y = [k for k in range(3) for _ in range(10)]
    names = {"inputs": ["length", "width", "<b>height</b>", "depth"], "classes": ["rose", "tulip", "aster"]}
    return open_page(play(None, X, y, layers=[4], **names))


def test_of_many_inputs_two_are_chosen(flowers):
    shown = flowers.restart()
    before = shown.picture()
    axes = shown.locator("#axes select")
    expect(axes).to_have_count(2)
    axes.nth(1).select_option("2")
    assert shown.picture() != before
    expect(shown.locator(".plane-axis")).to_contain_text("<b>height</b>: ")
    axes.nth(0).select_option("2")  # that of the other: they change places
    expect(axes.nth(1)).to_have_value("0")
    axes.nth(0).focus()
    axes.nth(0).select_option("3")
    expect(axes.nth(0)).to_be_focused()


def test_given_rows_have_their_names(flowers):
    shown = flowers.restart()
    shown.locator("#row-after").click()
    expect(shown.locator("#row")).to_contain_text("Row 1 to train with: length = 0, width = 0, <b>height</b> = 0")
    expect(shown.locator("#row")).to_contain_text("It is of class rose")


def test_one_input_makes_a_curve_through_its_targets(open_page):
    shown = open_page(play(None, [[0.0], [1.0], [2.0]], [3.5, -1.0, 7.25], layers=[3]))
    expect(shown.locator(".plane-axis")).to_contain_text("x1")
    expect(shown.locator(".plane-axis")).to_contain_text("target: -1.66 to 7.91")
    marks = "() => document.querySelector('.plane canvas:last-child').toDataURL()"
    before = shown.page.evaluate(marks)
    shown.train_epochs(3)
    assert shown.page.evaluate(marks) != before  # the curve moves, the points do not
    shown.locator("#worst").click()
    expect(shown.locator("#row")).to_contain_text("Target 7.25")


def test_images_are_shown_with_what_they_are_taken_for(open_page):
    X = [[float(i == k) for i in range(9)] for k in (0, 4, 8)] * 4
    shown = open_page(play(None, X, [0, 1, 2] * 4, image_shape=(3, 3), classes=["left", "middle", "right"], layers=[5]))
    images = shown.locator(".images button")
    expect(images).to_have_count(12)
    shown.train_until("train-accuracy", "100.0 %")
    expect(shown.locator(".images .wrong")).to_have_count(0)
    assert images.nth(1).get_attribute("aria-label") == "Row 2: middle, taken for middle"
    rows = [each.get_attribute("aria-label").partition(":")[0] for each in images.all()]
    assert rows == [f"Row {number}" for number in range(1, 13)]
    expect(shown.locator(".row-image")).to_be_hidden()
    images.nth(1).click()
    expect(shown.locator(".row-image")).to_be_visible()
    expect(shown.locator("#set-lr")).to_have_value("0.003")
    shown.neuron(1, 0).click()
    shown.locator("#set-seed").fill("3")
    shown.locator("#set-seed").press("Enter")
    expect(shown.locator("#epoch")).to_have_text("0")


def test_a_refused_number_stops_the_training_and_says_why(page):
    shown = page.restart("optimizer=sgd")
    shown.fill("lr", "-1")
    expect(shown.locator("#train")).to_have_attribute("aria-disabled", "true")
    expect(shown.locator("#train-why")).to_contain_text("Learning rate")
    shown.fill("lr", "0.1")
    expect(shown.locator("#train")).to_have_attribute("aria-disabled", "false")
    expect(shown.locator("#train-why")).to_be_hidden()


def test_a_point_that_is_drawn_keeps_what_was_trained(page):
    shown = page.restart("data=drawn&testShare=0&points=0.5:0.5:0,-0.5:-0.5:1")
    shown.train_epochs(5)
    shown.locator(".plane [tabindex]").press("Enter")
    expect(shown.locator(".plane [tabindex]")).to_have_attribute("aria-label", rows_told("3 rows"))
    assert shown.epoch == 5
    shown.train_epochs(1)
    expect(shown.locator("#chart canvas")).to_have_attribute("aria-label", re.compile("Over 6 epochs"))
