"""Draw the pictures of the README again: `make pictures` writes them to docs/pictures.

Each function below makes one picture and returns the content of its file, which PICTURES names. Running it twice gives
the same bytes.
"""

import io
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from autograd import Value, compile
from nn import MLP, Adam, cross_entropy, datasets, fit
from nn.support.files import write_file
from viz import draw, plot_decision_boundary, plot_history, plot_weights
from viz.graph.layout import svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FOLDER = Path(__file__).parents[1] / "pictures"


def example() -> tuple[Value, list[Value]]:
    """tanh(x1·w1 + x2·w2 + b), the example of micrograd's lecture; and its parameters."""
    x1, x2 = Value(2.0, label="x1"), Value(0.0, label="x2")
    w1, w2 = Value(-3.0, label="w1"), Value(1.0, label="w2")
    b = Value(6.8813735870195432, label="b")
    y = (x1 * w1 + x2 * w2 + b).tanh()
    y.label = "y"
    return y, [w1, w2, b]


def neuron() -> bytes:
    """One neuron after backward()."""
    y, _ = example()
    y.backward()
    return svg(draw(y).source)  # always the engine from pip: a machine's own Graphviz may be of any version


def mlp() -> bytes:
    """An MLP of two layers after backward(), with a box for every layer and neuron."""
    y = MLP(2, [2, 1], activation="tanh", seed=3)([0.5, -1.0])
    y.backward()
    return svg(draw(y).source)


def program() -> bytes:
    """What `compile` makes of the loss of a classifier of handwritten digits: two matrix products and little else."""
    model = MLP(784, [128, 10], seed=0)
    loss = compile(lambda x, y: cross_entropy(model(x), y))
    loss([[0.0] * 784], [0])  # one image decides about the shapes
    return svg(draw(loss).source)


def loop() -> bytes:
    """What `compile` makes of a pendulum that goes 5,000 steps: one step, and what it hands on to the next."""
    damping = Value(0.1)

    def pendulum(angle: Value) -> Value:
        speed = 0.0 * angle
        for _ in range(5_000):
            speed = speed - 0.01 * (damping * speed + angle.sin())
            angle = angle + 0.01 * speed
        return angle**2

    f = compile(pendulum, backend="numpy")  # the other one has the same loop, otherwise cut
    f([0.5])
    return svg(draw(f).source)


def learned() -> bytes:
    """What two small networks have learned: a boundary between the moons, and weights that look at digits."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=[1, 1.2])

    points = datasets.moons()
    model = MLP(2, [16, 16, 1], seed=0)
    _train(model, points.X_train, points.y_train, "binary_cross_entropy_with_logits", epochs=30)
    plot_decision_boundary(model, points.X_test, points.y_test, ax=left.subplots()).set_title("moons: the boundary")

    images = datasets.digits()
    model = MLP(64, [16, 10], seed=0)
    _train(model, images.X_train / 16.0, images.y_train, "cross_entropy", epochs=5)
    plot_weights(model, figure=right)
    right.suptitle("digits: the weights of the first layer")

    return _png(figure)


def mnist(folder: Path) -> bytes:
    """What an MLP 784-128-10 learns from all 60,000 images: loss and accuracy by epoch, and some of its weights."""
    from matplotlib.figure import Figure

    data = datasets.mnist(folder, validation=0.0)
    model = MLP(784, [128, 10], seed=0)
    history = fit(
        model, data.X_train / 255.0, data.y_train, loss="cross_entropy", optimizer=Adam(model.parameters(), lr=0.001),
        epochs=10, batch_size=128, validation_data=(data.X_test / 255.0, data.y_test), metrics=["accuracy"], seed=0,
        dtype="float32",
    )  # fmt: skip
    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=[1, 1])
    plot_history(history, ax=left.subplots())
    left.suptitle(f"MNIST: {history['val_accuracy'][-1]:.1%} of 10,000 test images")
    plot_weights(model, figure=right, most=25)
    right.suptitle("the weights of the first 25 of 128 neurons")
    return _png(figure)


def _png(figure: "Figure") -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=110, metadata={"Software": None})
    return file.getvalue()


def _train(model: MLP, X: object, y: object, loss: str, epochs: int) -> None:
    optimizer = Adam(model.parameters(), lr=0.01)
    fit(model, X, y, loss=loss, optimizer=optimizer, epochs=epochs, batch_size=10, seed=0)


PICTURES = {"neuron.svg": neuron, "mlp.svg": mlp, "program.svg": program, "loop.svg": loop, "learned.png": learned}

if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1]:  # the folder of MNIST's files, which not everybody has
        PICTURES["mnist.png"] = partial(mnist, Path(sys.argv[1]))
    for name, picture in PICTURES.items():
        write_file(FOLDER / name, picture())
        print(f"wrote {name}")
