"""A checkpoint of a training of which something was changed: it says what, and goes on when it is asked to."""

import json
import re

import pytest
from safetensors import safe_open
from safetensors.numpy import save

from nn import Callback, EarlyStopping, StopTraining
from nn.training.checkpoint import _KEY
from nn.training.identity import checksum

from .test_checkpoint import assert_refused, assert_same, train


def made(text):
    """A callback of the user's, as this version of their program has it."""
    space = {"StopTraining": StopTraining}
    exec(text, space)
    return space["look"]


WRONG, RIGHT = "def look(epoch, history): history['los']", "def look(epoch, history): history['loss']"
STOPPING = "def look(epoch, history):\n    if epoch == 3: raise StopTraining"


class Counting(Callback):
    def __init__(self, step=1):
        self.step, self._count = step, 0

    def __call__(self, epoch, history):
        self._count += self.step

    def state_dict(self):
        return {"count": self._count}

    def load_state_dict(self, state):
        self._count = state["count"]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run"


def test_a_callback_that_was_corrected_is_named_and_goes_on_when_asked(path):
    train(path, epochs=3, callbacks=made(STOPPING))
    fixed = made(RIGHT)
    message = (
        r"belongs to another training: callback 1, look: what it does was changed. To go on with what is now, say so: "
        r"fit\(…, changed=\['callbacks'\]\), --changed callbacks of the command. It was left as it is"
    )
    assert_refused(path, message, callbacks=fixed)
    assert_same(train(path, epochs=6, callbacks=fixed, changed="callbacks"), train(epochs=6))


def test_once_it_went_on_it_needs_no_more_asking(path):
    train(path, epochs=2, callbacks=made(WRONG.replace("los'", "loss']; history['loss'")))
    train(path, epochs=3, callbacks=made(RIGHT), changed=["callbacks"])
    train(path, epochs=4, callbacks=made(RIGHT))


def test_a_number_of_a_callback_is_named(path):
    train(path, epochs=2, callbacks=EarlyStopping(patience=2))
    message = "callback 1, EarlyStopping: patience was 2 and is 9. To go on"
    assert_refused(path, message, callbacks=EarlyStopping(patience=9))


def test_a_callback_of_the_same_kind_goes_on_with_its_state_and_another_begins_anew(path):
    train(path, epochs=2, callbacks=[Counting(), EarlyStopping("loss"), Counting(10)])
    ours = [EarlyStopping("val_loss"), EarlyStopping("loss"), Counting(5), Counting(), Counting()]
    train(path, epochs=3, callbacks=ours, changed="callbacks")
    assert [callback._count for callback in ours[2:]] == [2 + 5, 20 + 1, 1]
    assert ours[0].best_epoch == 3  # it saw the last epoch only
    assert ours[1].best_epoch > 0


def test_a_file_that_does_not_say_what_watched_gives_its_states_in_their_order(path):
    train(path, epochs=2, callbacks=[Counting(), Counting(10)])
    with safe_open(path, framework="numpy") as file:
        content = json.loads(file.metadata()[_KEY])
        arrays = {name: file.get_tensor(name) for name in content["order"]}
    del content["watching"]
    text = json.dumps(content)
    path.write_bytes(save(arrays, {_KEY: text, "checksum": checksum(text, arrays)}))
    ours = [Counting(), Counting(10), Counting(5)]
    train(path, epochs=3, callbacks=ours, changed="callbacks")
    assert [callback._count for callback in ours] == [3, 30, 5]


def test_what_was_stopped_goes_on_where_other_callbacks_watch(path):
    stopped = train(path, epochs=60, callbacks=EarlyStopping(patience=3))[1].epochs
    assert stopped < 60
    longer = train(path, epochs=60, callbacks=EarlyStopping(patience=6), changed="callbacks")
    assert longer[1].epochs > stopped
    assert_same(longer, train(epochs=60, callbacks=EarlyStopping(patience=6)))


def test_what_was_stopped_stays_so_where_the_same_watch(path):
    train(path, epochs=60, callbacks=EarlyStopping(patience=3))
    with pytest.warns(UserWarning, match="and it is complete"):
        train(path, epochs=60, callbacks=EarlyStopping(patience=3), changed="callbacks")


@pytest.mark.parametrize(
    "options",
    [{"batch_size": 4}, {"l1": 0.1}, {"l2": 0.1}, {"clip_norm": 0.01}, {"loss": "mse"}],
    ids=lambda options: next(iter(options)),
)
def test_another_setting_may_be_changed_when_asked(path, options):
    [name] = options
    first = train(path, epochs=2)
    assert_refused(path, rf"{name} was .* and is .*--changed {name} of", **options)
    history = train(path, epochs=3, changed=name, **options)[1]
    assert history["loss"][:2] == first[1]["loss"]
    assert history["loss"][2] != train(epochs=3)[1]["loss"][2]


def test_only_what_was_named_may_differ(path):
    train(path, epochs=2)
    assert_refused(path, r"l2 was 0.0 and is 0.1. .*changed=\['l1', 'l2'\]", l1=0.1, l2=0.1, changed=["l1"])


def test_where_more_differs_than_may_nothing_is_advised(path):
    train(path, epochs=2)
    with pytest.raises(ValueError, match="l1 was") as caught:
        train(path, epochs=3, l1=0.1, metrics=["f1"])
    assert "changed=" not in str(caught.value)


@pytest.mark.parametrize("wrong", ["data", "call_backs", ["callbacks", "seed"]], ids=str)
def test_what_may_not_be_changed_is_refused(path, wrong):
    with pytest.raises(ValueError, match=r"unknown setting in changed .*: choose from callbacks, loss, batch_size"):
        train(path, changed=wrong)


def test_a_long_setting_of_a_file_is_cut(path):
    train(path, epochs=1, metrics=["accuracy"] * 1)
    with pytest.raises(ValueError, match="metrics was") as caught:
        train(path, epochs=2, metrics=["accuracy", *["f1", "precision", "recall"] * 60])
    assert len(re.sub(r"^.*run ", "", str(caught.value))) < 800


@pytest.mark.parametrize("changed", [3, None], ids=repr)
def test_changed_that_is_no_list_of_names_is_refused(changed):
    with pytest.raises(TypeError, match=rf"changed must be names of settings, such as \['callbacks'\], got {changed}"):
        train(epochs=1, changed=changed)
