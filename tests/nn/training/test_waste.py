"""What `fit` does not do: copy the data, compile twice, ask for all that it knows."""

import sys
import threading
import tracemalloc

import numpy as np
import pytest
import threadpoolctl
from sklearn.preprocessing import StandardScaler

from autograd.compiler import cache
from autograd.compiler.prepared import nodes, preparing, rolled
from nn import LOSSES, MLP, SGD, Adam, Perceptron, cross_entropy, evaluate, fit, predict
from nn.data.scaling import checked_data
from nn.losses import Loss, mse_loss
from nn.training import threads as of_training
from nn.training.identity import described
from nn.training.trial import try_out
from tests.conftest import BACKENDS

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 4, (60, 5))
CLASSES = IMAGES[:, :3].argmax(axis=1)
TYPES = ["uint8", "int16", "int64", "float32", "float64", "object"]


def trained(X, y, backend=None, **options):
    model = MLP(5, [4, 3], "tanh", seed=1)
    options = {"loss": "cross_entropy", "epochs": 3, "batch_size": 16, "metrics": ["accuracy"], "seed": 0, **options}
    if options.pop("scaler", False):
        model.scaler = StandardScaler().fit(IMAGES)
    optimizer = Adam(model.parameters(), lr=0.01)
    history = fit(model, X, y, optimizer=optimizer, progress=False, backend=backend, **options)
    return dict(history), history.statistics, [p.data for p in model.parameters()]


# ---------------------------------------------------------------------------------------------------- types of data


@pytest.mark.parametrize("options", [{}, {"scaler": True}, {"dtype": "float32"}, {"batch_size": None}], ids=str)
@pytest.mark.parametrize("backend", [*BACKENDS, "eager"])
def test_equal_numbers_of_any_type_train_alike_bit_for_bit(backend, options):
    if backend == "eager" and "dtype" in options:
        options = {"l2": 0.1}  # eager is of float64
    right = trained(IMAGES.tolist(), CLASSES.tolist(), backend, **options)
    for dtype in TYPES:
        X, y = IMAGES.astype(dtype), CLASSES.astype(dtype)
        held_out = {"validation_data": (X[:20], y[:20])} if dtype == "uint8" else {}
        history, statistics, numbers = trained(X, y, backend, **options, **held_out)
        ours = {name: column for name, column in history.items() if not name.startswith("val_")}
        assert (ours, statistics, numbers) == right, dtype


def test_a_file_tells_equal_data_of_other_types_by_the_same_words():
    model = MLP(5, [4, 3], seed=1)
    for scaler in (None, StandardScaler().fit(IMAGES)):
        model.scaler = scaler
        words = {described(checked_data(model, IMAGES.astype(dtype), CLASSES.astype(dtype))) for dtype in TYPES}
        assert len(words) == 1
        assert described(checked_data(model, IMAGES[::-1], CLASSES)) not in words


def test_what_a_file_tells_of_data_is_what_version_0_1_wrote():
    X, y = np.arange(12.0).reshape(4, 3) / 8.0, np.array([0, 1, 1, 0])
    assert described(checked_data(MLP(3, [1]), X, y)) == "4×3, 4, checksum ef2ddaab"


@pytest.mark.parametrize("dtype", TYPES)
def test_predictions_are_those_of_floats(dtype):
    model = MLP(5, [4, 3], "tanh", seed=1)
    for rows in (IMAGES[:3], IMAGES):  # one by one, and compiled
        assert predict(model, rows.astype(dtype)).tolist() == predict(model, rows.astype(float)).tolist()
        losses = [evaluate(model, X, X[:, :3], loss="mse", metrics=["r2"]) for X in (rows.astype(dtype), rows / 1.0)]
        assert losses[0] == losses[1]


def test_a_perceptron_learns_from_bytes():
    X, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.uint8), np.array([False, False, False, True])
    assert Perceptron(2).fit(X, y)["errors"][-1] == 0


# ---------------------------------------------------------------------------------------------------------- memory


@pytest.fixture
def peak():
    """The memory of a call at its peak beside what there was before, in bytes."""

    def peak(call):
        call()  # what is imported, compiled and kept, once
        tracemalloc.start()
        try:
            call()
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    return peak


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
@pytest.mark.parametrize("arithmetic", ["float32", "float64"])
def test_the_data_are_not_copied(peak, dtype, arithmetic):
    """A copy of 20,000 rows of 400 numbers would take 8 MB or more. Most of what is there beside them are the rows that
    the diagnosis looks at, 512 of them, 1.6 MB in float64, what NumPy computes them with, and losses as floats.
    """
    X, y = RNG.integers(0, 256, (20_000, 400), np.uint8).astype(dtype), RNG.integers(0, 2, 20_000)
    model = MLP(400, [2], seed=0)

    def call():
        fit(model, X, y, loss="cross_entropy", epochs=2, batch_size=128, dtype=arithmetic, progress=False)

    assert X.nbytes >= 8e6
    assert peak(call) < 7e6


def test_neither_are_targets_that_are_images(peak):
    """Of 3 MB of bytes no other array is made: the 1.5 MB beside are outputs, 20,000 × 8 of them, and what is above."""
    X = RNG.integers(0, 256, (20_000, 150)).astype(np.uint8)
    y = X[:, :8].astype(np.float32) / 255.0
    model = MLP(150, [8], seed=0)

    def call():
        fit(model, X, y, loss="mse", epochs=2, batch_size=128, dtype="float32", progress=False)

    assert peak(call) < 4e6


def test_what_a_scaler_makes_of_the_rows_is_there_once_in_the_type_of_the_arithmetic(peak):
    """8 MB of float32, and blocks of 2 MB while they are scaled."""
    X, y = RNG.random((20_000, 100), dtype="float32"), RNG.integers(0, 2, 20_000)
    model = MLP(100, [2], seed=0)
    model.scaler = StandardScaler().fit(X[:100])

    def call():
        fit(model, X, y, loss="cross_entropy", epochs=1, batch_size=128, dtype="float32", progress=False)

    assert X.nbytes < peak(call) < X.nbytes + 12e6


# -------------------------------------------------------------------------------------------- passes, calls, objects


@pytest.mark.parametrize("backend", BACKENDS)
def test_loss_and_layers_are_compiled_together(backend, monkeypatch):
    passed = []
    for name in ("folded_trace", "classified"):
        for module in (cache, nodes, preparing, rolled):
            if original := getattr(module, name, None):
                counted = lambda *args, name=name, original=original: passed.append(name) or original(*args)  # noqa: E731
                monkeypatch.setattr(module, name, counted)
    _, statistics, _ = trained(IMAGES, CLASSES, backend, validation_data=(IMAGES, CLASSES))
    assert passed == ["folded_trace", "classified"]
    assert [len(numbers["activation"]) for numbers in statistics.values()] == [3, 3]


def test_a_distance_is_tried_with_one_target(monkeypatch):
    asked = []

    def distance(output, target):
        asked.append(target)
        return mse_loss(output, target)

    monkeypatch.setitem(LOSSES.records, "distance", Loss(distance, "numbers", "numbers"))
    model, y = MLP(5, [1], seed=0), IMAGES[:, 0] / 7.0
    try_out(model, checked_data(model, IMAGES, y), distance, ["r2"])
    assert asked == [y[0]]


def test_classes_are_all_tried_each_once():
    asked = []
    model = MLP(5, [4, 3], seed=1)
    try_out(model, checked_data(model, IMAGES, CLASSES), lambda z, t: asked.append(t) or cross_entropy(z, t), [])
    assert asked == [0, 1, 2]


def test_numbers_of_plain_parameters_are_read_by_the_checkpoint_too(tmp_path):
    model = MLP(5, [1], seed=0)
    optimizer = SGD(model.parameters(), lr=1e-6)
    fit(model, IMAGES, IMAGES[:, 0], loss="mse", optimizer=optimizer, epochs=1, progress=False, backend="eager",
        checkpoint=tmp_path / "run")  # fmt: skip
    from safetensors.numpy import load_file

    assert load_file(tmp_path / "run")["parameters"].tolist() == [p.data for p in model.parameters()]


@pytest.mark.parametrize(("flops", "threads"), [(0, 2), (10**9, 1)], ids=["large products", "small products"])
def test_small_products_are_computed_in_one_thread(flops, threads, monkeypatch):
    limits = []
    monkeypatch.setattr(of_training, "SMALL", flops)
    monkeypatch.setattr("autograd.compiler.executors.threads.cores", lambda: 2)
    with threadpoolctl.threadpool_limits(2, user_api="blas"):
        trained(IMAGES, CLASSES, callbacks=lambda *_: limits.append(blas_threads()))
        assert limits == [threads] * 3
        assert blas_threads() == 2


def blas_threads():
    (threads,) = {each["num_threads"] for each in threadpoolctl.threadpool_info() if each["user_api"] == "blas"}
    return threads


def test_a_fit_and_an_evaluation_in_threads_do_not_disturb_each_other():
    """They race for one trace of the model: each goes on with the program that it has."""
    failed = []

    def run(use, *arguments, **options):
        try:
            use(*arguments, loss="cross_entropy", **options)
        except Exception as error:  # noqa: BLE001
            failed.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for seed in range(20):
            model = MLP(5, [4, 3], "tanh", seed=seed)
            options = {"epochs": 1, "batch_size": None, "progress": False}
            threads = [
                threading.Thread(target=run, args=(fit, model, IMAGES, CLASSES), kwargs=options),
                threading.Thread(target=run, args=(evaluate, model, IMAGES, CLASSES)),
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert failed == []


@pytest.mark.parametrize("kind", [tuple, iter], ids=["a tuple", "an iterator"])
def test_a_model_may_give_its_parameters_in_any_iterable(kind):
    class Own(MLP):
        def parameters(self):
            return kind(super().parameters())

    model = Own(5, [3], seed=0)
    history = fit(model, IMAGES, CLASSES, loss="cross_entropy", epochs=1, progress=False)
    assert history.epochs == 1


def test_training_that_falls_back_to_eager_reads_rows_rounded_to_its_type():
    seen = []

    def loss(output, target):
        seen.append(output.data)
        return (output - target) ** 2

    model, before = MLP(1, [1], seed=0), MLP(1, [1], seed=0)
    with pytest.warns(Warning, match="row by row"):
        fit(model, [[0.1]], [1.0], loss=loss, epochs=1, dtype="float32", backend="numpy", progress=False)
    assert seen[-1] == before([float(np.float32(0.1))]).data
    assert seen[-1] != before([0.1]).data
