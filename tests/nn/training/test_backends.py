"""fit compiled and eager: the same weights, current numbers in callbacks, and eager where a loss cannot be compiled."""

import random
import warnings

import numpy as np
import pytest

import nn.training.backends
from autograd import TraceError, Value, compile, grad
from autograd.compiler.cache import HOME
from autograd.parameters import store_of
from nn import LOSSES, MLP, SGD, Adam, Layer, Module, Neuron, cross_entropy, evaluate, fit, predict
from nn.training.backends import FEW_ROWS, Compiled, Eager
from tests.conftest import IS_SECOND, NEEDS_NATIVE

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
LABELS = (X[:, 0] + X[:, 1] ** 2 > 0.5).astype(int) + (X[:, 2] > 1)
NUMBERS = X[:, 0] - 0.5 * X[:, 1] + 0.1


def numbers(model):
    return np.array([p.data for p in model.parameters()])


def classifier():
    return MLP(3, [5, 3], "tanh", seed=1)


def trained(backend, make=classifier, y=LABELS, loss="cross_entropy", optimizer=Adam, **options):
    model = make()
    optimizer = optimizer(model.parameters())
    options = {"epochs": 3, "batch_size": 7, "seed": 0, "progress": False, "backend": backend} | options
    return model, fit(model, X, y, loss=loss, optimizer=optimizer, **options)


def in_both_ways(**options):
    (compiled, history), (eager, reference) = trained(None, **options), trained("eager", **options)
    assert numbers(compiled) == pytest.approx(numbers(eager), rel=1e-9, abs=1e-12)
    assert set(history) == set(reference)
    for name in history:
        assert history[name] == pytest.approx(reference[name], rel=1e-9), name


# -------------------------------------------------------------------------------------------------- the same weights


@pytest.mark.parametrize(
    "optimizer", [SGD, lambda p: SGD(p, lr=0.1, momentum=0.9), Adam], ids=["sgd", "momentum", "adam"]
)
def test_both_train_to_the_same_weights(optimizer):
    in_both_ways(optimizer=optimizer)


def test_every_backend_has_the_same_losses():
    losses = [trained(each)[1]["loss"] for each in ("eager", "numpy", *["native"] * (not NEEDS_NATIVE.args[0]), None)]
    for others in losses[1:]:
        assert others == pytest.approx(losses[0], rel=1e-9)


def test_where_none_is_named_it_is_the_default_of_compile(monkeypatch):
    asked = []
    original = Compiled.__init__
    monkeypatch.setattr(Compiled, "__init__", lambda *args, **named: asked.append(named) or original(*args, **named))
    trained(None)
    assert asked == [{"backend": compile(lambda x: x).backend}]


def test_a_program_is_kept_for_each_backend(backend):
    model, seen = classifier(), []
    for other in (backend, "numpy", backend):
        fit(model, X, LABELS, loss="cross_entropy", epochs=1, progress=False, backend=other)
        (parts,) = HOME.kept(model, lambda: None).parts.values()
        seen.append([program.backend for program in parts._programs.values()])
    assert [*map(set, seen)] == [{backend}, {backend, "numpy"}, {backend, "numpy"}]
    assert seen[1] == seen[2]


def test_both_have_the_same_history_of_validation_and_metrics():
    in_both_ways(validation_data=(X[:11], LABELS[:11]), metrics=["accuracy", "f1"])


def test_both_have_the_same_penalties():
    in_both_ways(l1=0.01, l2=0.02)


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_both_train_with_every_loss(name):
    output = {"categorical_cross_entropy": "softmax", "binary_cross_entropy": "sigmoid"}.get(name, "linear")
    y = {"hinge": 2 * (LABELS > 0) - 1, "cross_entropy": LABELS, "categorical_cross_entropy": LABELS}
    sizes = [4, 3] if name in ("cross_entropy", "categorical_cross_entropy") else [4, 1]
    target = (LABELS > 0).astype(int) if name.startswith("binary") else y.get(name, NUMBERS)
    in_both_ways(make=lambda: MLP(3, sizes, "tanh", output=output, seed=1), y=target, loss=name)


def test_both_train_with_one_hot_targets():
    in_both_ways(y=np.eye(3)[LABELS])


@pytest.mark.parametrize("batch_size", [1, None], ids=["one row", "all rows"])
def test_both_train_with_batches_of(batch_size):
    in_both_ways(batch_size=batch_size)


def test_an_epoch_of_digits_ends_with_the_same_weights():
    from nn.data.datasets import digits

    data, many = digits(seed=0), 64 if IS_SECOND else 320
    rows, labels = data.X_train[:many] / 16.0, data.y_train[:many]
    weights = []
    for backend in (None, "eager"):
        model = MLP(64, [16, 10], seed=0)
        optimizer = Adam(model.parameters(), lr=0.01)
        fit(model, rows, labels, loss="cross_entropy", optimizer=optimizer, epochs=1, batch_size=16, seed=0,
            progress=False, backend=backend)  # fmt: skip
        weights.append(numbers(model))
    assert weights[0] == pytest.approx(weights[1], rel=1e-9, abs=1e-12)


def test_the_optimizer_may_hold_a_part_of_the_parameters():
    model, reference = classifier(), classifier()
    for each, backend in ((model, None), (reference, "eager")):
        optimizer = SGD(each.layers[1].parameters(), lr=0.1, momentum=0.5)
        fit(each, X, LABELS, loss="cross_entropy", optimizer=optimizer, epochs=2, seed=0, l2=0.1, progress=False,
            backend=backend)  # fmt: skip
    assert numbers(model) == pytest.approx(numbers(reference), rel=1e-9)


def test_a_parameter_that_the_loss_does_not_reach_is_moved_by_its_penalty_alone():
    class Spare(Module):
        def __init__(self):
            self.layer, self.spare = Layer(3, 3, "linear", seed=0), Value(2.0)

        def forward(self, x):
            return self.layer(x)

    model = Spare()
    fit(model, X, LABELS, loss="cross_entropy", optimizer=SGD(model.parameters(), lr=0.1), epochs=1, batch_size=None,
        l2=0.5, progress=False)  # fmt: skip
    assert model.spare.data == pytest.approx(2.0 - 0.1 * (2 * 0.5 * 2.0))


def test_float32_trains_float32_numbers():
    model, _ = trained(None, dtype="float32")
    reference, _ = trained("eager")
    assert (numbers(model) == numbers(model).astype(np.float32)).all()
    assert numbers(model) == pytest.approx(numbers(reference), rel=1e-3, abs=1e-4)


# ------------------------------------------------------------------------------------------------- parameters, current


def test_a_callback_reads_and_sets_the_current_numbers():
    seen = []

    def callback(epoch, history):
        parameter = next(iter(model.parameters()))
        seen.append(parameter.data)
        parameter.data = 100.0 + epoch

    model = classifier()
    fit(model, X, LABELS, loss="cross_entropy", optimizer=SGD(model.parameters(), lr=1e-9), epochs=2, seed=0,
        callbacks=[callback], progress=False)  # fmt: skip
    assert seen[1] == pytest.approx(101.0, abs=1e-6)
    assert next(iter(model.parameters())).data == 102.0


@pytest.mark.parametrize("use", [
    lambda model: fit(model, X, LABELS, loss="cross_entropy", epochs=1, progress=False),
    lambda model: predict(model, X),
    lambda model: evaluate(model, X, LABELS, loss="cross_entropy"),
], ids=["fit", "predict", "evaluate"])  # fmt: skip
def test_afterwards_the_parameters_are_plain_values(use):
    model = classifier()
    use(model)
    assert {store_of(parameter) for parameter in model.parameters()} == {None}


def test_an_interrupted_training_leaves_plain_values_with_what_was_learned():
    def stop(epoch, history):
        raise KeyboardInterrupt

    model, before = classifier(), numbers(classifier())
    with pytest.raises(KeyboardInterrupt):
        fit(model, X, LABELS, loss="cross_entropy", epochs=5, callbacks=[stop], progress=False)
    assert {store_of(parameter) for parameter in model.parameters()} == {None}
    assert (numbers(model) != before).all()


# --------------------------------------------------------------------------------------------- what cannot be compiled


def looks(output, target):
    return output * output if output > 0 else output * target


def test_a_loss_that_cannot_be_compiled_is_trained_eagerly_with_a_warning_that_says_why():
    model, reference = Neuron(3, seed=0), Neuron(3, seed=0)
    with pytest.warns(UserWarning, match=r"row by row(.|\n)*truth of a Value(.|\n)*output > 0") as caught:
        fit(model, X, NUMBERS, loss=looks, epochs=1, seed=0, progress=False)
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(reference, X, NUMBERS, loss=looks, epochs=1, seed=0, progress=False, backend="eager")
    assert (numbers(model) == numbers(reference)).all()


def test_a_model_with_dropout_is_trained_eagerly():
    class Dropout(Module):
        def __init__(self):
            self.layer = Layer(3, 3, "linear", seed=0)

        def forward(self, x):
            return self.layer([x_i * (random.random() < 0.5) for x_i in x])

    with pytest.warns(UserWarning, match="draws random numbers"):
        fit(Dropout(), X, LABELS, loss="cross_entropy", epochs=1, progress=False)


def test_predict_and_evaluate_work_for_a_model_that_cannot_be_compiled():
    class Looks(Module):
        def __init__(self):
            self.w = Value(2.0)

        def forward(self, x):
            return self.w * x[0] if x[0] > 0 else self.w - x[0]

    expected = np.where(X[:, 0] > 0, 2.0 * X[:, 0], 2.0 - X[:, 0])
    with pytest.warns(
        UserWarning, match=r"computing row by row.* since the model cannot be compiled: the truth of"
    ) as w:
        assert predict(Looks(), X) == pytest.approx(expected)
    assert w[0].filename == __file__
    with pytest.warns(UserWarning, match=r"since model and loss cannot be compiled: the truth of a Value") as w:
        assert evaluate(Looks(), X, expected, loss="mse")["loss"] == pytest.approx(0.0)
    assert w[0].filename == __file__


@pytest.mark.parametrize("options", [{"backend": "numpi"}, {"dtype": "float16"}, {"backend": 1}, {"dtype": 64}])
def test_an_unknown_backend_or_dtype_is_refused(options):
    with pytest.raises(ValueError, match=r"unknown (backend|dtype) .*: choose from"):
        trained(**({"backend": None} | options))


def test_eager_in_float32_is_refused():
    with pytest.raises(ValueError, match="float32' is for the other ones"):
        trained("eager", dtype="float32")


# ------------------------------------------------------------------------------------------------ one way or the other


def test_few_rows_are_predicted_without_compiling(monkeypatch):
    monkeypatch.setattr(nn.training.backends, "Compiled", None)
    assert predict(classifier(), X[: FEW_ROWS - 1]).shape == (FEW_ROWS - 1, 3)


@pytest.mark.parametrize("rows", [FEW_ROWS - 1, FEW_ROWS, 40])
def test_predict_gives_what_the_model_gives(rows):
    model = classifier()
    assert predict(model, X[:rows]) == pytest.approx(
        np.array([[o.data for o in model(x)] for x in X[:rows]]), rel=1e-12
    )


def test_both_ways_have_the_same_methods():
    public = [{name for name in dir(way) if not name.startswith("_")} for way in (Eager, Compiled)]
    assert {"backward", "evaluate", "predict"} <= public[0] & public[1]


def test_compiled_raises_trace_errors():
    with pytest.raises(TraceError):
        Compiled(Neuron(3), looks).evaluate(X, NUMBERS)


def test_the_loss_is_compiled_with_the_functions_of_nn():
    model = classifier()
    losses, outputs = Compiled(model, cross_entropy).evaluate(X, LABELS)
    assert losses.shape == (40,)
    assert outputs.shape == (40, 3)


def test_a_model_with_a_generator_of_its_own_is_trained_eagerly():
    rng = random.Random(0)

    def noisy(output, target):
        return (output - target - rng.random()) ** 2

    with pytest.warns(UserWarning, match="loss: rng changes with each call"):
        fit(Neuron(3, seed=0), X, NUMBERS, loss=noisy, epochs=1, progress=False)


def test_what_works_on_plain_numbers_only_is_trained_eagerly():
    def loss(output, target):
        return (output - Value(target)) ** 2

    with pytest.warns(UserWarning, match=r"cannot be compiled: Value\(\) of a Value"):
        fit(Neuron(3, seed=0), X, NUMBERS, loss=loss, epochs=1, progress=False)
    with pytest.warns(UserWarning, match=r"cannot be compiled: Value\(\) of a Value"):
        assert evaluate(Neuron(3, seed=0), X, NUMBERS, loss=loss)["loss"] > 0


def test_another_error_than_that_of_a_trace_is_not_hidden_behind_eager():
    def loss(output, target):
        return (output - target) ** 2 if target.is_integer() else abs(output - target)

    with pytest.raises(AttributeError, match="is_integer") as raised:
        fit(Neuron(3, seed=0), X, NUMBERS, loss=loss, epochs=1, progress=False)
    assert any("backend='eager'" in note for note in raised.value.__notes__)
    with pytest.raises(AttributeError, match="is_integer"):
        evaluate(Neuron(3, seed=0), X, NUMBERS, loss=loss)


@pytest.mark.parametrize("rows", [FEW_ROWS - 1, FEW_ROWS])
def test_a_function_will_do_as_a_model(rows):
    assert predict(lambda row: 2.0 * row[0] + Value(1.0), X[:rows]) == pytest.approx(2.0 * X[:rows, 0] + 1.0)


@pytest.mark.parametrize("rows", [FEW_ROWS - 1, FEW_ROWS])
def test_a_loss_may_be_a_plain_number_where_nothing_is_trained(rows):
    assert evaluate(Neuron(3, seed=0), X[:rows], NUMBERS[:rows], loss=lambda *_: 2.5) == {"loss": 2.5}


# ------------------------------------------------------------------------------- arrays of Values, and of one Value


class Array(Module):
    """A neuron whose output is an array of no dimensions, as some of NumPy's functions give it."""

    def __init__(self, n_outputs=0):
        self.w, self.n_outputs = np.array([Value(1.0), Value(-2.0), Value(0.5)]), n_outputs

    def forward(self, x):
        output = np.array((self.w * x).sum())
        return np.array([output, output])[: self.n_outputs] if self.n_outputs else output


OUTPUTS = X @ [1.0, -2.0, 0.5]


@pytest.mark.parametrize("rows", [FEW_ROWS - 1, FEW_ROWS], ids=["eager", "compiled"])
@pytest.mark.parametrize("n_outputs", [0, 2])
def test_an_array_of_one_value_is_an_output(n_outputs, rows):
    expected = np.stack([OUTPUTS, OUTPUTS], axis=1) if n_outputs else OUTPUTS
    assert predict(Array(n_outputs), X[:rows]) == pytest.approx(expected[:rows], rel=1e-12)


@pytest.mark.parametrize("backend", [None, "eager"])
def test_an_array_of_one_value_is_a_loss(backend):
    def loss(output, target):
        return np.array((output - target) ** 2)

    model = Array()
    history = fit(model, X, np.zeros(40), loss=loss, optimizer=SGD(model.parameters(), lr=0.1), epochs=1,
                  batch_size=None, progress=False, backend=backend)  # fmt: skip
    assert history["loss"] == [pytest.approx((OUTPUTS**2).mean(), rel=1e-12)]
    gradient = 2.0 * (OUTPUTS[:, None] * X).mean(axis=0)  # of the mean of (w·x)²
    assert numbers(model) == pytest.approx(np.array([1.0, -2.0, 0.5]) - 0.1 * gradient, rel=1e-12)
    assert evaluate(model, X[:FEW_ROWS], np.zeros(FEW_ROWS), loss=loss)["loss"] == pytest.approx(
        evaluate(model, X[:FEW_ROWS], np.zeros(FEW_ROWS), loss="mse")["loss"], rel=1e-12
    )


@pytest.mark.parametrize("backend", [None, "eager"])
def test_a_loss_gets_what_the_model_returned(backend):
    class Pair(Module):
        def __init__(self):
            self.w = np.array([Value(1.0), Value(2.0)])

        def forward(self, x):
            return self.w * x[0]

    def loss(output, target):
        return ((output - target) * (output - target)).sum()  # of an array, which a list has not

    model = Pair()
    history = fit(model, X[:, :1], np.zeros((40, 2)), loss=loss, epochs=1, batch_size=None, progress=False,
                  backend=backend)  # fmt: skip
    assert history["loss"] == [pytest.approx(5.0 * (X[:, 0] ** 2).mean(), rel=1e-12)]


def test_statistics_of_a_layer_that_gives_an_array_of_one_value():
    Array.is_layer = True
    try:
        assert nn.layer_outputs(Array(), X)["Array"][:, 0] == pytest.approx(OUTPUTS, rel=1e-12)
        assert nn.layer_outputs(Array(), X[:3])["Array"][:, 0] == pytest.approx(OUTPUTS[:3], rel=1e-12)
    finally:
        del Array.is_layer


class Slope(Module):
    """A model with a derivative in it, w·2t + w: its gradient by w passes through the derivative."""

    def __init__(self, noise):
        self.w, self.noise = Value(2.0), noise

    def parameters(self):
        return [self.w]

    def forward(self, x):
        slope = grad(lambda t: self.w * t * t)(x[0])
        return slope + self.w + 0.0 * (random.random() if self.noise else 0.0)


@pytest.mark.parametrize(("backend", "noise"), [(None, False), ("eager", False), (None, True)])
def test_a_derivative_in_a_model_trains_what_it_closes_over(backend, noise):
    model = Slope(noise)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # noise is trained eagerly
        fit(
            model, [[3.0]], [0.0], loss="mse", optimizer=SGD([model.w], lr=0.001), epochs=1, backend=backend,
            progress=False,
        )  # fmt: skip
    assert model.w.data == pytest.approx(2.0 - 0.001 * 98.0 * 2.0, rel=1e-12)  # the loss is (6w + w)²
