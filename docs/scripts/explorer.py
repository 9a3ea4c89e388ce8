"""Photograph the explorer and the playground: `make pictures` writes their pictures to docs/pictures, by Chromium.

Each function brings a page into a state that is worth seeing.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograd import Value
from docs.scripts.photographs import open_box, photographer, settled, show_compiled
from docs.scripts.pictures import example
from nn import MLP, Adam, cross_entropy, datasets, fit
from nn.support.files import write_file
from viz import Explorer, Playground, explore, play

FOLDER = Path(__file__).parents[1] / "pictures"


def neuron() -> Explorer:
    """The example of the README's first picture."""
    return explore(*example())


def xor() -> Explorer:
    """The example of the README's section about the explorer."""
    rows, targets = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    return explore(MLP(2, [4, 1], "tanh", seed=0), rows, targets, loss="mse")


def network() -> Explorer:
    """The loss of one image of a small network that has learned to read digits."""
    data = datasets.digits()
    model = MLP(64, [8, 10], seed=0)
    fit(model, data.X_train / 16.0, data.y_train, loss="cross_entropy", optimizer=Adam(model.parameters(), lr=0.01),
        epochs=10, batch_size=32, seed=0, progress=False)  # fmt: skip
    loss = cross_entropy(model((data.X_test[3] / 16.0).tolist()), int(data.y_test[3]))
    loss.label = "loss"
    return explore(loss, model)


def pendulum() -> Explorer:
    """Two hundred steps of a simulation, and how far from upright it ends."""
    angle, speed, g, dt = Value(1.0, "angle"), Value(0.0, "speed"), Value(9.81, "g"), Value(0.01, "dt")
    for _ in range(200):
        speed = speed - g * angle.sin() * dt
        angle = angle + speed * dt
    loss = angle * angle
    loss.label = "loss"
    return explore(loss, [g])


def spirals() -> Playground:
    """A network for two spirals."""
    return play(data="spirals", noise=0.05, layers=[8, 6], lr=0.03)


def step(page: Any) -> None:
    """In the middle of the backward pass, with the product as a formula."""
    for _ in range(10):
        page.keyboard.press("n")


def rows(page: Any) -> None:
    """The gradient of one of four rows, on its way back through the first layer."""
    page.keyboard.press("End")
    for _ in range(11):
        page.keyboard.press("p")


def folded(page: Any) -> None:
    """The first layer open: each neuron with its weights as a picture, the image that goes in, all gradients."""
    page.keyboard.press("End")
    open_box(page, "layer 1")
    page.locator("#graph").get_by_text("neuron 8", exact=True).first.wait_for()
    page.get_by_role("button", name="Fit").click()


def compiled(page: Any) -> None:
    """The pointer on a matrix product: the scalars that it stands for, all numbers known."""
    page.keyboard.press("End")
    show_compiled(page)


def turn(page: Any) -> None:
    """One turn of a loop: an operation of it, its gradient over all turns."""
    page.keyboard.press("End")
    page.get_by_label("Number of the turn").fill("120")
    page.keyboard.press("Enter")
    page.locator("#graph .item", has_text="sin").click()
    page.mouse.move(0, 0)  # what it rests on has a card


def learned(page: Any) -> None:
    """When all rows are right, a neuron chosen."""
    page.locator("#train").click()
    page.locator("#train-accuracy", has_text="100.0 %").wait_for()
    page.locator("#train").click()
    page.locator('button[data-layer="1"][data-neuron="2"]').click()
    page.mouse.move(0, 0)


PICTURES: dict[str, tuple[Callable[[], Explorer | Playground], Callable[[Any], None], str, int, int]] = {
    "explorer-step.png": (neuron, step, "light", 1400, 600),
    "explorer-rows.png": (xor, rows, "light", 800, 640),
    "explorer-turns.png": (pendulum, turn, "light", 1400, 760),
    "explorer-modules.png": (network, folded, "light", 1100, 760),
    "explorer-compiled.png": (network, compiled, "dark", 1400, 680),
    "playground.png": (spirals, learned, "light", 1400, 900),
}


def main() -> None:
    with photographer() as browser:
        for name, (make, prepare, scheme, width, height) in PICTURES.items():
            page = browser.page(make().html, width, height, scheme)
            prepare(page)
            write_file(FOLDER / name, settled(page))
            print(f"wrote {name}")


if __name__ == "__main__":
    main()
