"""Checkpoints: a training that was interrupted, killed even, ends with the numbers of one that was not."""

import json
import math
import os
import random
import signal
import subprocess
import sys
import time
import warnings
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save, save_file
from sklearn.preprocessing import StandardScaler

import autograd
import nn
from autograd import Value
from autograd.parameters import adopt
from nn import MLP, OPTIMIZERS, SGD, Adam, AdamW, Callback, CosineDecay, EarlyStopping, WarmUp, fit
from nn.training.checkpoint import _KEY, backend_of
from nn.training.identity import checksum, described
from tests.conftest import BACKENDS, IS_SECOND, NEEDS_NATIVE

RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 3))
Y = (X[:, 0] * X[:, 1] > 0).astype(int)
HELD_OUT = RNG.normal(size=(20, 3))
HELD_OUT_Y = (HELD_OUT[:, 0] * HELD_OUT[:, 1] > 0).astype(int)


class Interruption(Exception):
    pass


def interrupted_after(last):
    """A callback that ends the process, as it were."""

    def callback(epoch, history):
        if epoch == last:
            raise Interruption

    return callback


def train(path=None, epochs=6, callbacks=(), make=lambda p: Adam(p, lr=0.05), seed=1, model=None, X=X, **options):
    model = MLP(3, [5, 1], "tanh", seed=seed) if model is None else model
    options = {
        "loss": "binary_cross_entropy_with_logits", "batch_size": 8, "seed": 3, "progress": False,
        "validation_data": (HELD_OUT, HELD_OUT_Y), "metrics": ["accuracy"], **options,
    }  # fmt: skip
    optimizer = make(model.parameters())
    history = fit(model, X, Y, optimizer=optimizer, epochs=epochs, callbacks=callbacks, checkpoint=path, **options)
    return [p.data for p in model.parameters()], history, optimizer


def assert_same(one, other):
    assert one[0] == other[0]
    assert one[1] == other[1]
    assert one[1].statistics == other[1].statistics
    for name, item in one[2].state_dict().items():
        assert np.array_equal(item, other[2].state_dict()[name]), name


VARIANTS = {
    "momentum": {"make": lambda p: SGD(p, lr=0.1, momentum=0.9)},
    "rmsprop": {"make": lambda p: OPTIMIZERS["rmsprop"](p, lr=0.01)},
    "a schedule": {"make": lambda p: AdamW(p, lr=CosineDecay(0.05, steps=24))},
    "float32": {"dtype": "float32"},
    "eager": {"backend": "eager"},
    "numpy": {"backend": "numpy"},
    "penalties and clipping": {"l1": 0.01, "l2": 0.01, "clip_norm": 0.1},
    "all rows in one batch": {"batch_size": None},
}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("last", [1, 4])
def test_a_training_that_goes_on_ends_as_one_that_was_not_interrupted(tmp_path, variant, last):
    options = VARIANTS[variant]
    undisturbed = train(**options)
    with pytest.raises(Interruption):  # after the checkpoint of the epoch before
        train(tmp_path / "run", callbacks=interrupted_after(last), **options)
    assert (tmp_path / "run").exists() == (last > 1)
    resumed = train(tmp_path / "run", callbacks=interrupted_after(99), **options)
    assert_same(resumed, undisturbed)


def test_the_weights_at_the_start_do_not_matter_then(tmp_path):
    train(tmp_path / "run", epochs=3)
    assert_same(train(tmp_path / "run", seed=99), train())


def test_a_training_may_be_made_longer(tmp_path):
    train(tmp_path / "run", epochs=3)
    assert_same(train(tmp_path / "run", epochs=6), train(epochs=6))


def test_a_training_that_is_done_is_not_trained_again_and_says_so(tmp_path):
    done = train(tmp_path / "run")
    before = (tmp_path / "run").read_bytes()
    with pytest.warns(
        UserWarning, match="and it is complete: its 6 epochs are taken from there, and nothing is trained"
    ):
        again = train(tmp_path / "run")
    assert_same(again, done)
    assert (tmp_path / "run").read_bytes() == before


def test_early_stopping_goes_on_where_it_was(tmp_path):
    def stopping():
        return EarlyStopping(patience=3)

    undisturbed = train(epochs=60, callbacks=[stopping(), interrupted_after(99)])
    assert undisturbed[1].epochs < 60
    last = undisturbed[1].epochs - 1
    with pytest.raises(Interruption):
        train(tmp_path / "run", epochs=60, callbacks=[stopping(), interrupted_after(last)])
    resumed = stopping()
    assert_same(train(tmp_path / "run", epochs=60, callbacks=[resumed, interrupted_after(99)]), undisturbed)
    assert resumed.best == min(undisturbed[1]["val_loss"])


def test_a_training_that_stopped_early_stays_stopped(tmp_path):
    first = train(tmp_path / "run", epochs=60, callbacks=EarlyStopping(patience=3))
    with pytest.warns(UserWarning, match="and it is complete"):
        again = train(tmp_path / "run", epochs=60, callbacks=EarlyStopping(patience=3))
    assert again[0] == first[0]
    assert again[1] == first[1]


def test_a_rate_that_a_callback_has_set_is_kept(tmp_path):
    def halve(optimizer):
        def callback(epoch, history):
            optimizer.lr *= 0.5

        return callback

    def run(path, epochs):
        model = MLP(3, [5, 1], "tanh", seed=1)
        optimizer = SGD(model.parameters(), lr=0.5)
        fit(model, X, Y, loss="binary_cross_entropy_with_logits", optimizer=optimizer, epochs=epochs, seed=0,
            callbacks=halve(optimizer), checkpoint=path, progress=False)  # fmt: skip
        return [p.data for p in model.parameters()], optimizer.lr

    run(tmp_path / "run", 2)
    assert run(tmp_path / "run", 5) == run(None, 5)


class ScaledLoss:
    """A loss with a parameter of its own."""

    def __init__(self):
        self.scale = Value(2.0)

    def __call__(self, output, target):
        return (output - self.scale * target) ** 2


def test_parameters_of_the_loss_are_in_it(tmp_path):
    def run(path, epochs):
        model, loss = MLP(3, [5, 1], "tanh", seed=1), ScaledLoss()
        optimizer = Adam([loss.scale, *model.parameters()], lr=0.05)
        fit(model, X, Y, loss=loss, optimizer=optimizer, epochs=epochs, seed=0, checkpoint=path, progress=False)
        return [loss.scale.data, *(p.data for p in model.parameters())]

    run(tmp_path / "run", 3)
    assert run(tmp_path / "run", 6) == run(None, 6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("make", [Adam, AdamW, SGD, OPTIMIZERS["rmsprop"]])
def test_numpy_numbers_do_as_hyperparameters(tmp_path, make, dtype):
    options = {"make": lambda p: make(p, lr=np.float64(0.05)), "dtype": dtype}
    train(tmp_path / "run", epochs=3, batch_size=np.int64(8), l1=np.float32(0.5), **options)
    resumed = train(tmp_path / "run", batch_size=8, l1=np.float32(0.5), **options)
    assert_same(resumed, train(batch_size=8, l1=np.float32(0.5), **options))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("adopted", ["float32", "float64"])
def test_parameters_may_have_been_in_stores_before(tmp_path, adopted, dtype):
    def run(path, epochs):
        model = MLP(3, [5, 1], "tanh", seed=1)
        parameters = model.parameters()
        adopt(parameters[10:2:-1], adopted)
        adopt(parameters[12:15], adopted)
        return train(path, epochs=epochs, model=model, dtype=dtype)

    run(tmp_path / "run", 3)
    assert_same(run(tmp_path / "run", 6), run(None, 6))


class Averaging(Callback):
    """Keeps the mean of the parameters over the epochs; with arrays of all kinds."""

    def begin(self, parameters, names):
        self._parameters, self._sum, self._epochs = parameters, np.zeros(len(parameters)), np.int64(0)

    def __call__(self, epoch, history):
        self._sum += [p.data for p in self._parameters]
        self._epochs += 1

    def state_dict(self):
        square = np.arange(4.0).reshape(2, 2)
        return {"sum": self._sum[::-1], "big": self._sum.astype(">f8"), "turned": square.T, "epochs": self._epochs}

    def load_state_dict(self, state):
        self._sum[::-1] = state["sum"]
        self._epochs = state["epochs"]
        assert state["turned"].tolist() == [[0.0, 2.0], [1.0, 3.0]]


def test_a_callback_with_arrays_of_any_layout_goes_on(tmp_path):
    undisturbed, resumed = Averaging(), Averaging()
    train(epochs=6, callbacks=undisturbed)
    train(tmp_path / "run", epochs=3, callbacks=Averaging())
    train(tmp_path / "run", epochs=6, callbacks=resumed)
    assert resumed._sum.tolist() == undisturbed._sum.tolist()
    assert resumed._epochs == undisturbed._epochs == 6


def test_the_same_program_may_go_on_with_the_same_optimizer(tmp_path):
    def run(path):
        model = MLP(3, [5, 1], "tanh", seed=1)
        optimizer = Adam(model.parameters(), lr=0.05)
        for last in (3, 99):
            with suppress(Interruption):
                train(path, model=model, make=lambda _: optimizer, callbacks=interrupted_after(last))
        return [p.data for p in model.parameters()]

    assert run(tmp_path / "run") == train(callbacks=interrupted_after(99))[0]


def test_fewer_epochs_than_there_were_are_refused(tmp_path):
    train(tmp_path / "run", epochs=3)
    with pytest.raises(ValueError, match="has 3 epochs of this training already, epochs is 2"):
        train(tmp_path / "run", epochs=2)


# ----------------------------------------------------------------------------------------------------- the backend


def with_settings(path, change):
    """The same checkpoint, after a change of its settings."""
    with safe_open(path, framework="numpy") as file:
        content = json.loads(file.metadata()[_KEY])
        arrays = {name: file.get_tensor(name) for name in content["order"]}
    change(content["settings"])
    text = json.dumps(content)
    path.write_bytes(save(arrays, {_KEY: text, "checksum": checksum(text, arrays)}))


@pytest.mark.parametrize("backend", [*BACKENDS, "eager"])
def test_a_training_goes_on_by_the_backend_of_the_file_where_none_is_named(tmp_path, backend):
    undisturbed = train(backend=backend)
    train(tmp_path / "run", epochs=3, backend=backend)
    assert_same(train(tmp_path / "run"), undisturbed)
    assert backend_of(tmp_path / "run") == backend


def test_a_file_names_the_backend_that_ran_where_none_was_named(tmp_path):
    train(tmp_path / "run", epochs=1)
    assert backend_of(tmp_path / "run") == autograd.compile(lambda x: x).backend
    assert backend_of(tmp_path / "another") is None


def test_a_file_that_names_no_backend_is_of_numpy(tmp_path):
    train(tmp_path / "run", epochs=3, backend="numpy")
    with_settings(tmp_path / "run", lambda settings: settings.pop("backend"))
    assert backend_of(tmp_path / "run") == "numpy"
    assert_same(train(tmp_path / "run"), train(backend="numpy"))


def test_another_backend_that_is_named_is_refused(tmp_path, backend):
    train(tmp_path / "run", epochs=3, backend=backend)
    for other in {"numpy", "eager"} - {backend}:
        message = f"belongs to another training: backend was '{backend}' and is '{other}'. To go on with what is now"
        with pytest.raises(ValueError, match=message):
            train(tmp_path / "run", backend=other)


@NEEDS_NATIVE
def test_native_is_not_taken_for_numpy(tmp_path):
    train(tmp_path / "run", epochs=3, backend="numpy")
    with pytest.raises(ValueError, match="backend was 'numpy' and is 'native'"):
        train(tmp_path / "run", backend="native")


def test_a_backend_that_is_not_known_yet_is_refused(tmp_path):
    train(tmp_path / "run", epochs=3)
    with_settings(tmp_path / "run", lambda settings: settings.update(backend="abacus"))
    with pytest.raises(ValueError, match="backend was 'abacus' and is None"):
        train(tmp_path / "run")


def test_where_the_backend_of_the_file_is_not_built_it_is_refused(tmp_path, without_native):
    train(tmp_path / "run", epochs=3)
    with_settings(tmp_path / "run", lambda settings: settings.update(backend="native"))
    before, model = (tmp_path / "run").read_bytes(), MLP(3, [5, 1], "tanh", seed=1)
    weights = [p.data for p in model.parameters()]
    words = r"was written by backend='native', which is not built here .*: go on where backend='native' works"
    with pytest.raises(ValueError, match=words) as refused:
        train(tmp_path / "run", model=model)
    assert "It was left as it is: to train anew, give another file, or move it away" in str(refused.value)
    assert (tmp_path / "run").read_bytes() == before
    assert [p.data for p in model.parameters()] == weights


def test_what_is_complete_opens_without_its_backend(tmp_path, without_native):
    done = train(tmp_path / "run")
    with_settings(tmp_path / "run", lambda settings: settings.update(backend="native"))
    with pytest.warns(UserWarning, match="and it is complete"):
        assert_same(train(tmp_path / "run"), done)


def choosing(logit, target):
    """A loss that looks at a number, so that it cannot be compiled."""
    return (1.0 - 2.0 * target) * logit if logit > -3.0 else 0.0 * logit


def with_choosing(path=None, **options):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "training row by row.* since model and loss cannot be compiled")
        return train(path, loss=choosing, metrics=[], **options)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("named", [None, "numpy"])
@pytest.mark.parametrize("then", [None, "numpy"])
def test_a_file_of_what_could_not_be_compiled_names_eager_and_goes_on_so(tmp_path, dtype, named, then):
    undisturbed = with_choosing(dtype=dtype, backend=named)
    with_choosing(tmp_path / "run", epochs=3, dtype=dtype, backend=named)
    assert backend_of(tmp_path / "run") == "eager"
    assert_same(with_choosing(tmp_path / "run", dtype=dtype, backend=then), undisturbed)
    assert backend_of(tmp_path / "run") == "eager"
    with pytest.warns(UserWarning, match="and it is complete"):
        assert_same(with_choosing(tmp_path / "run", dtype=dtype, backend="numpy"), undisturbed)


def test_a_file_of_eager_is_refused_by_another_backend_that_can_compile(tmp_path, backend):
    train(tmp_path / "run", epochs=3, backend="eager")
    before, model = (tmp_path / "run").read_bytes(), MLP(3, [5, 1], "tanh", seed=1)
    weights = [p.data for p in model.parameters()]
    with pytest.raises(ValueError, match=f"another training: backend was 'eager' and is '{backend}'. To go on with"):
        train(tmp_path / "run", model=model, backend=backend)
    assert (tmp_path / "run").read_bytes() == before
    assert [p.data for p in model.parameters()] == weights


def test_a_file_that_names_what_was_asked_for_goes_on_too(tmp_path):
    """Files that are older name it where the training went eager."""
    with_choosing(tmp_path / "run", epochs=3)
    with_settings(tmp_path / "run", lambda settings: settings.update(backend="numpy"))
    assert_same(with_choosing(tmp_path / "run"), with_choosing())
    assert backend_of(tmp_path / "run") == "eager"


# ------------------------------------------------------------------------------------------------ a real kill -9

SCRIPT = """
import os, sys
import numpy as np
from nn import MLP, Adam, EarlyStopping, fit

rng = np.random.default_rng(0)
X = rng.normal(size=(60, 4))
y = (X[:, 0] * X[:, 1] > 0).astype(int)

def train(path):
    model = MLP(4, [8, 3, 1], "tanh", seed=0)
    optimizer = Adam(model.parameters(), lr=0.02)
    history = fit(
        model, X, y, loss="binary_cross_entropy_with_logits", optimizer=optimizer, epochs=600, batch_size=8,
        validation_data=(X[:20], y[:20]), callbacks=EarlyStopping(patience=590), checkpoint=path, seed=5,
        progress=False,
    )
    print(history.epochs, [p.data.hex() for p in model.parameters()], [x.hex() for x in history["loss"]], flush=True)

for line in sys.stdin:  # each in a process that is a copy of this one, and need not import all that again
    child = os.fork()
    if not child:
        train(line.strip() or None)
        os._exit(0)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


KILLS = 5 if IS_SECOND else 20


@pytest.fixture
def trainings():
    """What starts trainings: a function that starts one at a path, and one that gives the next line it says."""
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:

        def start(path=""):
            process.stdin.write(f"{path}\n")
            return int(said())

        def said():
            line = process.stdout.readline()
            assert line, "it ended"
            return line

        yield start, said
        process.stdin.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot copy a process")
def test_a_process_killed_at_random_moments_ends_with_the_same_bits(tmp_path, trainings):
    start, said = trainings
    path, rng, sizes = tmp_path / "run", random.Random(0), set()
    for _ in range(KILLS):
        process = start(path)
        before = path.stat().st_mtime_ns if path.exists() else 0
        while (path.stat().st_mtime_ns if path.exists() else 0) == before:
            os.kill(process, 0)  # which is still there
            time.sleep(0.001)  # until its first epoch is written: each gets ahead
        time.sleep(rng.uniform(0.0, 0.02))
        os.kill(process, signal.SIGKILL)
        assert said() == f"{-signal.SIGKILL}\n", "it was done before it could be killed"
        sizes.add(path.stat().st_mtime_ns)
    assert len(sizes) == KILLS
    start(path)
    resumed = said()
    assert said() == "0\n"
    start()
    assert (said(), said()) == (resumed, "0\n")
    assert [file.name for file in tmp_path.iterdir()] == ["run"]  # nothing half-written is left


# ------------------------------------------------------------------------------------------------ what is refused


@pytest.fixture
def path(tmp_path):
    """The checkpoint of three epochs."""
    train(tmp_path / "run", epochs=3)
    return tmp_path / "run"


def assert_refused(path, message, **options):
    content = path.read_bytes()
    model = MLP(3, [5, 1], "tanh", seed=1)
    before = [p.data for p in model.parameters()]
    with pytest.raises(ValueError, match=message) as caught:
        train(path, **{"model": model, **options})
    assert "It was left as it is: give another file, or move it away" in str(caught.value)
    assert path.read_bytes() == content
    assert [p.data for p in model.parameters()] == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 4}, "belongs to another training: batch_size was 8 and is 4"),
        ({"l2": 0.1}, "l2 was 0.0 and is 0.1"),
        ({"clip_norm": 1.0}, "clip_norm was None and is 1.0"),
        ({"dtype": "float32"}, "dtype was 'float64' and is 'float32'"),
        ({"make": lambda p: Adam(p[::-1], lr=0.05)}, "parameters was .* and is"),
        ({"make": lambda p: Adam(p[:-3], lr=0.05)}, "parameters was .* and is"),
        ({"metrics": []}, r"metrics was \['accuracy'\] and is \[\]"),
        ({"make": lambda p: Adam(p, lr=0.06)}, "optimizer was .*0.05.* and is .*0.06"),
        ({"make": lambda p: Adam(p, lr=CosineDecay(0.05, 10))}, "optimizer was .* and is .*CosineDecay"),
        ({"loss": partial(nn.huber_loss, delta=2.0)}, "loss was .* and is .*huber_loss.*2.0"),
        ({"X": X + 1e-9}, "data was .* and is"),
        ({"validation_data": None, "metrics": ["accuracy"]}, "validation data was .* and is None"),
        ({"callbacks": EarlyStopping()}, r"callbacks was \[\] and is \[\['EarlyStopping', .*'patience': 10"),
        ({"model": MLP(3, [6, 1], "tanh")}, "model was .*5, 1.* and is .*6, 1"),
    ],
)
def test_a_file_of_another_training_is_refused_and_says_what_differs(path, options, message):
    options = {"model": MLP(3, [5, 1], "tanh", seed=1), **options}
    before, content = [p.data for p in options["model"].parameters()], path.read_bytes()
    with pytest.raises(ValueError, match=message):
        train(path, **options)
    assert path.read_bytes() == content
    assert [p.data for p in options["model"].parameters()] == before


def made_in_another_place(factor):
    return eval(f"lambda output, target: {factor} * (output - target) ** 2")


def test_what_a_function_of_the_user_does_is_a_part_of_the_training():
    assert described(made_in_another_place(2.0)) == described(made_in_another_place(2.0))
    assert described(made_in_another_place(2.0)) != described(made_in_another_place(3.0))
    assert described(lambda t: 1.0 / (t + 1)) != described(lambda t: 1.0 / (t + 2))
    assert described(lambda t: (lambda: 1.0)()) != described(lambda t: (lambda: 2.0)())
    assert described(nn.mse_loss) == "mse_loss"


def test_a_scaler_is_a_part_of_the_data(path):
    model = MLP(3, [5, 1], "tanh", seed=1)
    model.scaler = StandardScaler().fit(X)
    assert_refused(path, "data was", model=model)


@pytest.mark.parametrize("kept", [0, 7, 100, -1])
def test_a_file_that_was_cut_off_is_refused(path, kept):
    path.write_bytes(path.read_bytes()[:kept])
    assert_refused(path, "is no checkpoint, or a damaged one")


def test_a_file_with_a_wrong_byte_is_refused(path):
    content = bytearray(path.read_bytes())
    content[-20] ^= 1
    path.write_bytes(content)
    assert_refused(path, "is damaged: its content is not what was written")


def test_every_digit_that_is_wrong_in_its_head_is_noticed(path):
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    digits = [i for i in range(8, 8 + length) if content[i : i + 1].isdigit()]
    for place in random.Random(0).sample(digits, 40):
        wrong = bytearray(content)
        wrong[place] = ord("1") if content[place] != ord("1") else ord("2")
        path.write_bytes(wrong)
        assert_refused(path, "is damaged|is no checkpoint|another version")


def test_a_file_of_another_format_is_refused(path, monkeypatch):
    for ours, told in (2, "format 1, expected 2: train anew"), (0, "format 1, expected 0: a later version .*, install"):
        monkeypatch.setattr("nn.training.checkpoint._FORMAT", ours)
        assert_refused(path, rf"of another version of glassgrad \({told}")


def test_callbacks_are_not_touched_by_a_file_that_is_refused(path):
    stopping = EarlyStopping("loss", patience=3)
    train(callbacks=stopping)
    best = stopping.best
    with pytest.raises(ValueError, match="belongs to another training"):
        train(path, callbacks=stopping)
    assert stopping.best == best


class Remembering(Callback):
    """Gives what it was made with, and takes what it knows."""

    def __init__(self, state, known=None):
        self._state, self._known, self._taken = state, known, []

    def state_dict(self):
        return {"state": self._state}

    def load_state_dict(self, state):
        self._taken.append(state["state"])
        self._state = state["state"]
        if self._known is not None and state["state"] != self._known:
            raise ValueError(f"it knows {self._known} only")


def test_where_a_later_callback_refuses_its_state_the_earlier_ones_are_as_they_were(tmp_path):
    train(tmp_path / "run", epochs=3, callbacks=[Remembering(1), Remembering(2)])
    first, second = Remembering(10), Remembering(20, known=5)
    with pytest.raises(ValueError, match=r"holds what does not fit this training \(it knows 5 only\)"):
        train(tmp_path / "run", epochs=4, callbacks=[first, second])
    assert (first._state, first._taken) == (10, [])
    assert (second._state, second._taken) == (20, [])


STATES = {
    "no Unicode": (
        "\ud800",
        r"was not written, since it could not be read again: the text '\\ud800' is no Unicode",
    ),
    "long": (
        [0.123456789012345] * 300_000,
        "bytes of description, at most 5,000,000 are read: let the state_dict of a callback give many numbers as an ar",
    ),
}


@pytest.mark.parametrize(("state", "message"), STATES.values(), ids=STATES)
def test_a_state_that_the_next_run_would_refuse_is_not_written(state, message, tmp_path):
    before = []

    class Growing(Remembering):
        def __call__(self, epoch, history):
            if epoch == 3:
                before.append((tmp_path / "run").read_bytes())
                self._state = state

    with pytest.raises(ValueError, match=message):
        train(tmp_path / "run", epochs=3, callbacks=Growing(0))
    assert before == [(tmp_path / "run").read_bytes()]


def test_a_long_description_of_another_version_is_refused_with_advice_for_a_checkpoint(path, monkeypatch):
    monkeypatch.setattr("nn.support.limits.HEADER", 100)
    assert_refused(path, "at most 100 are read: let the state_dict of a callback give many numbers as an array, or set")


def test_another_error_that_begins_with_the_name_of_the_file_is_told_as_damage(path, monkeypatch):
    def raises(text):
        raise ValueError(f"{path} tells nothing")

    monkeypatch.setattr("nn.training.checkpoint.read_json", raises)
    assert_refused(path, rf"{path} is no checkpoint, or a damaged one \({path} tells nothing\)")


@pytest.mark.parametrize("wrong", [[None], [EarlyStopping], "stop", 3, None], ids=repr)
def test_what_is_no_callback_is_refused_before_training(wrong):
    model = MLP(3, [5, 1], "tanh", seed=1)
    before = [p.data for p in model.parameters()]
    with pytest.raises(TypeError, match="a callback is a function"):
        train(model=model, callbacks=wrong)
    assert [p.data for p in model.parameters()] == before


def test_a_file_of_something_else_is_refused(path):
    save_file({"weights": np.zeros(3)}, path)
    assert_refused(path, "is a file of something else, and no checkpoint")


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(ValueError, match="is a folder, and no checkpoint"):
        train(tmp_path)


def test_a_missing_folder_is_refused_before_training(tmp_path):
    model = MLP(3, [5, 1], "tanh", seed=1)
    before = [p.data for p in model.parameters()]
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        train(tmp_path / "nowhere" / "run", model=model)
    assert [p.data for p in model.parameters()] == before


def test_every_epoch_is_in_the_file_before_the_next_one_begins(tmp_path):
    seen = []

    def look(epoch, history):
        seen.append(Path(tmp_path / "run").exists())

    train(tmp_path / "run", epochs=3, callbacks=look)
    assert seen == [False, True, True]


def test_what_a_killed_process_has_left_half_written_is_removed(path):
    left = path.with_name(".run.abcd1234.glassgrad-unfinished")
    left.write_bytes(b"half")
    mine = [path.with_name(name) for name in (".run.abcd1234", ".run.settings", ".running.glassgrad-unfinished")]
    for other in mine:
        other.write_bytes(b"not ours")
    train(path, epochs=4)
    assert not left.exists()
    assert all(other.exists() for other in mine)


def test_a_refused_file_leaves_everything_beside_it(path):
    left = path.with_name(".run.abcd1234.glassgrad-unfinished")
    left.write_bytes(b"half")
    assert_refused(path, "batch_size", batch_size=4)
    assert left.exists()


def test_a_link_leads_to_the_file_that_is_written(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "run"
    link.symlink_to(tmp_path / "elsewhere" / "file")
    train(link, epochs=3)
    assert link.is_symlink()
    assert_same(train(tmp_path / "elsewhere" / "file"), train())


@pytest.mark.parametrize(
    "schedule", [WarmUp(CosineDecay(0.05, 20), 4), WarmUp(math.cos, 3)], ids=["known", "a function"]
)
def test_a_schedule_is_the_same_in_another_process(schedule):
    optimizer = SGD([Value(1.0)], lr=schedule)
    assert " at 0x" not in repr(described(optimizer))
    assert described(optimizer) == described(SGD([Value(3.0)], lr=schedule))
