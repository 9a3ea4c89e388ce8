"""Models in files: the way there and back, what is refused, and that a file is written whole or not at all."""

import copy
import json
import os
import re
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

import nn
from nn import MLP, Layer, Module, Neuron, Perceptron, load, save
from nn.data.scaling import described
from nn.support import limits
from nn.support.files import write_file

ROW = [0.5, -1.5, 2.0]
MODELS = {
    "Neuron": Neuron(3, "tanh", seed=0),
    "Layer": Layer(3, 2, "softmax", seed=0),
    "MLP": MLP(3, [4, 5, 2], "gelu", "softmax", seed=0),
    "MLP without hidden layers": MLP(3, [1], "gelu", "sigmoid", seed=0),
    "Perceptron": Perceptron(3, seed=0),
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_a_model_comes_back_bit_for_bit(model, path):
    model = copy.deepcopy(model)
    for i, parameter in enumerate(model.parameters()):
        parameter.data += 0.1 * i  # biases too
    save(model, path)
    loaded = load(path)
    assert type(loaded) is type(model)
    assert [p.data for p in loaded.parameters()] == [p.data for p in model.parameters()]
    assert loaded.architecture() == model.architecture()
    assert repr(loaded(ROW)) == repr(model(ROW))


@pytest.mark.parametrize("number", [0.1, -0.0, 5e-324, 1.7976931348623157e308, float("inf")], ids=repr)
def test_every_float_survives(number, path):
    neuron = Neuron(1)
    neuron.w[0].data = number
    save(neuron, path)
    assert repr(load(path).w[0].data) == repr(number)


def test_a_loaded_model_names_its_parts_in_scopes(path):
    save(MODELS["MLP"], path)
    assert [layer.name for layer in load(path).layers] == ["layer 1", "layer 2", "layer 3"]


def test_info_comes_back(path):
    info = {"classes": ["a", "ß", '"'], "units": {"min": [0.0], "max": [1e-300]}, "nothing": None, "yes": True}
    save(MODELS["MLP"], path, info)
    assert load(path).info == info


def test_info_is_empty_where_none_was_saved(path):
    save(MODELS["MLP"], path)
    assert load(path).info == {}


ROWS = np.random.default_rng(0).normal(5.0, 3.0, (10, 3))


@pytest.mark.parametrize("scaler", [StandardScaler(), MinMaxScaler((-1, 1))], ids=["standard", "minmax"])
def test_the_scaler_comes_back_bit_for_bit(scaler, path):
    model = copy.deepcopy(MODELS["MLP"])
    model.scaler = scaler.fit(ROWS)
    save(model, path)
    again = load(path).scaler
    assert repr(again) == repr(scaler)
    assert again.transform(ROWS).tobytes() == scaler.transform(ROWS).tobytes()


def test_a_model_without_a_scaler_comes_back_without_one(path):
    save(MODELS["MLP"], path)
    assert load(path).scaler is None


def test_a_loaded_model_predicts_rows_in_their_own_units(path):
    model = copy.deepcopy(MODELS["MLP"])
    model.scaler = StandardScaler().fit(ROWS)
    save(model, path)
    assert (nn.predict(load(path), ROWS) == nn.predict(model, ROWS)).all()


def test_the_same_model_gives_the_same_bytes(path):
    save(MODELS["MLP"], path, {"a": 1})
    first = path.read_bytes()
    save(MODELS["MLP"], path, {"a": 1})
    assert path.read_bytes() == first


def test_the_file_is_readable_by_everybody_whom_the_umask_allows(path):
    before = os.umask(0o022)
    try:
        save(MODELS["Neuron"], path)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o644


# --------------------------------------------------------------------------------------------------- refused: save


class Own(Module):
    pass


class OwnMLP(MLP):
    pass


@dataclass
class Squared:
    def __call__(self, v):
        return v * v


def nested(depth):
    inner: list = []
    for _ in range(depth):
        inner = [inner]
    return inner


def mixed_layers():
    model = MLP(2, [3, 3, 1], "relu")
    model.layers[1] = Layer(3, 3, "tanh")
    return model


UNKNOWN = {
    "another module": (Own(), r"save\(\) knows Neuron, Layer, MLP, Perceptron, not Own: write its state_dict\(\)"),
    "a subclass": (OwnMLP(2, [1]), r"save\(\) knows .*, not OwnMLP"),
    "a user's activation": (
        MLP(2, [3, 1], activation=lambda x: x),
        "the activation of the model is <function .*, and a file holds names",
    ),
    "a user's output": (
        MLP(2, [3, 1], output=lambda x: x),
        "the output of the model is <function .*, and a file holds names",
    ),
    "an activation that has no hash": (
        Neuron(2, Squared()),
        "the activation of the model is .*Squared.*, and a file holds names",
    ),
    "a neuron's own activation": (
        Neuron(2, lambda x: x),
        "the activation of the model is <function .*, and a file holds names",
    ),
    "another class of that name": (type("MLP", (Module,), {})(), r"save\(\) knows .*, not MLP"),
    "several activations": (mixed_layers(), "hidden layers have one activation; these have several"),
}


@pytest.mark.parametrize(("model", "message"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_a_file_cannot_hold_is_refused(model, message, path):
    with pytest.raises(ValueError, match=message):
        save(model, path)
    assert not path.exists()


@pytest.mark.parametrize("model", [lambda x: x[0], MLP, None], ids=["a function", "a class", "None"])
def test_what_is_no_module_is_refused(model, path):
    with pytest.raises(TypeError, match="save writes a Module, got"):
        save(model, path)
    assert not path.exists()


def test_info_that_json_cannot_hold_is_refused_and_nothing_written(path):
    with pytest.raises(TypeError, match="not JSON serializable"):
        save(MODELS["MLP"], path, {"array": np.ones(2)})
    assert not path.exists()


HOLDS_ITSELF: dict = {}
HOLDS_ITSELF["again"] = HOLDS_ITSELF
UNREADABLE = {
    "no Unicode": ({"a": "\ud800"}, ValueError, r"since it could not be read again: the text '\\ud800' is no Unicode"),
    "no Unicode in a name": ({"\ud800": 1}, ValueError, r"the text '\\ud800' is no Unicode"),
    "nested": ({"a": json.loads("[" * 60 + "]" * 60)}, ValueError, "lists that are nested in more than 50 others"),
    "nested very deep": ({"a": nested(100_000)}, ValueError, "was not written: its description has lists that are nes"),
    "itself": (HOLDS_ITSELF, ValueError, "could not be read again: Circular reference"),
    "long": (
        {"a": "b" * 5_000_000}, ValueError,
        r"what would be written to .*safetensors has 5,00\d,\d+ bytes of description, at most 5,000,000 are read: "
        "leave out of its info what is large, or set GLASSGRAD_LIMITS=2",
    ),
    "a list": ([1], TypeError, r"info must be a dict, got \[1\]"),
}  # fmt: skip


@pytest.mark.parametrize(("info", "error", "message"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_could_not_be_read_again_is_refused_and_nothing_written(info, error, message, path):
    with pytest.raises(error, match=message):
        save(MODELS["MLP"], path, info)
    assert not path.exists()


def test_with_the_environment_a_long_description_is_written_and_read(path, monkeypatch):
    monkeypatch.setenv("GLASSGRAD_LIMITS", "2")
    save(MODELS["Neuron"], path, {"a": "b" * 5_000_000})
    assert len(load(path).info["a"]) == 5_000_000


@pytest.mark.parametrize(
    ("limit", "most", "message"),
    [("PARAMETERS", 40, "has 53 parameters, at most 40 are"), ("LAYERS", 2, "has 3 layers, at most 2 are")],
)
def test_a_model_that_only_the_environment_lets_read_is_written_with_a_warning(limit, most, message, path, monkeypatch):
    monkeypatch.setattr(limits, limit, most)
    with pytest.warns(UserWarning, match=f"{message} read: make the model smaller, or set GLASSGRAD_LIMITS=2"):
        save(MODELS["MLP"], path)
    monkeypatch.setenv("GLASSGRAD_LIMITS", "2")
    save(MODELS["MLP"], path)
    assert len(load(path).parameters()) == 53


def fitted(columns=3, **changed):
    """A scaler to which something was done since its fit."""
    scaler = nn.StandardScaler().fit(ROWS[:, :columns])
    vars(scaler).update(changed)
    return scaler


@pytest.mark.parametrize("scaler", [StandardScaler().fit(ROWS), fitted()], ids=["scikit-learn's", "ours"])
def test_what_was_added_to_a_scaler_is_not_saved(scaler, path):
    scaler.note, scaler.note_ = "mine", "mine"
    model = copy.deepcopy(MODELS["MLP"])
    model.scaler = scaler
    save(model, path)
    assert load(path).scaler.transform(ROWS).tobytes() == scaler.transform(ROWS).tobytes()


@pytest.mark.parametrize(
    ("scaler", "error", "message"),
    [
        (fitted(with_mean=1), ValueError, "the with_mean of a StandardScaler must be True or False; got 1"),
        (fitted(mean_=[1.0, 2.0, 3.0]), ValueError, "a scaler with mean_ = "),
        (fitted(columns=2), ValueError, "a scaler of 2 columns for a model of 3 inputs"),
        (StandardScaler(), ValueError, "the StandardScaler is not fitted"),
        (
            RobustScaler(),
            TypeError,
            "MinMaxScaler or StandardScaler of nn or of scikit-learn, or None; got RobustScaler",
        ),
    ],
    ids=["a wrong parameter", "a list", "other columns", "not fitted", "of another class"],
)
def test_a_scaler_that_a_file_cannot_hold_is_refused(scaler, error, message, path):
    model = copy.deepcopy(MODELS["MLP"])
    model.scaler = scaler
    with pytest.raises(error, match=message):
        save(model, path)
    assert not path.exists()


# --------------------------------------------------------------------------------------------------- refused: load


def test_a_missing_file_is_named(path):
    with pytest.raises(FileNotFoundError, match=f"there is no model file {re.escape(str(path))}"):
        load(path)


def test_a_folder_is_no_model_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no model file"):
        load(tmp_path)


def saved_bytes(path):
    save(MODELS["MLP"], path)
    return path.read_bytes()


DAMAGE = {
    "empty": lambda content: b"",
    "text": lambda content: b"weights: 1, 2, 3\n",
    "cut off in the header": lambda content: content[:50],
    "cut off in the data": lambda content: content[:-8],
    "bytes at the end": lambda content: content + b"\0",
    "bytes missing at the start": lambda content: content[8:],
    "header that is no JSON": lambda content: content[:8] + b"[" + content[9:],
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_is_named(damage, path):
    path.write_bytes(damage(saved_bytes(path)))
    with pytest.raises(ValueError, match=f"^{re.escape(str(path))} is not a safetensors file, or is damaged"):
        load(path)


def metadata(**changes):
    content = {
        "format": 2, "module": "Neuron", "architecture": {"n_inputs": 1}, "scaler": None, "info": {}, **changes,
    }  # fmt: skip
    return {"glassgrad": json.dumps({key: item for key, item in content.items() if item != "left out"})}


ONE = StandardScaler().fit(ROWS[:, :1])
FOREIGN = {
    "no metadata": None,
    "another's metadata": {"format": "pt"},
    "no JSON": {"glassgrad": "one"},
    "a number": {"glassgrad": "1"},
    "an earlier format": metadata(format=1, scaler="left out"),
    "a later format": metadata(format=3),
    "an unknown module": metadata(module="Transformer"),
    "a module that is no name": metadata(module=[]),
    "an unknown argument": metadata(architecture={"n_inputs": 1, "colour": "red"}),
    "an unknown activation": metadata(architecture={"n_inputs": 1, "activation": "tahn"}),
    "a wrong size": metadata(architecture={"n_inputs": -1}),
    "no architecture": metadata(architecture="left out"),
    "no scaler": metadata(scaler="left out"),
    "an unknown scaler": metadata(scaler={"class": "RobustScaler", "parameters": {}, "fitted": {}}),
    "a scaler that was not fitted": metadata(scaler={"class": "StandardScaler", "parameters": {}, "fitted": {}}),
    "a scaler that is a list": metadata(scaler=[1.0]),
    "no info": metadata(info="left out"),
    "info that is a list": metadata(info=[1]),
    "info that is nothing": metadata(info=None),
    "an architecture that is a list": metadata(architecture=[1]),
    "sizes that are a number": metadata(module="MLP", architecture={"n_inputs": 1, "sizes": 3}),
    "a size that is a fraction": metadata(architecture={"n_inputs": 0.5}),
    "sizes nested deeper than Python goes": {"glassgrad": "[" * 100_000},
    "more inputs than numbers": metadata(architecture={"n_inputs": 10**15}),
    "more neurons than numbers": metadata(module="MLP", architecture={"n_inputs": 1, "sizes": [10**15, 1]}),
    "sizes that are texts": metadata(module="MLP", architecture={"n_inputs": 10**15, "sizes": ["a"]}),
    "sizes that cancel": metadata(module="MLP", architecture={"n_inputs": 1, "sizes": [10**15, -2]}),
    "a size beyond floats": metadata(module="MLP", architecture={"n_inputs": 0.5, "sizes": [10**400]}),
    "a scaler of other columns": metadata(scaler=described(StandardScaler().fit(ROWS))),
    "a scaler whose fitted are a list": metadata(scaler={"class": "StandardScaler", "parameters": {}, "fitted": []}),
    "a scaler of integers beyond int64": metadata(
        scaler={
            **described(ONE),
            "fitted": {**described(ONE)["fitted"], "mean_": {"dtype": "int64", "values": [10**30]}},
        }
    ),
}


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_safetensors_file_is_named(content, path):
    save_file({"w": np.zeros(1), "b": np.zeros(())}, path, content)
    message = f"^{re.escape(str(path))} holds no model that this version of glassgrad can read"
    with pytest.raises(ValueError, match=message):
        load(path)


def test_an_earlier_format_is_told(path):
    save_file({"w": np.zeros(1), "b": np.zeros(())}, path, metadata(format=1, scaler="left out"))
    with pytest.raises(ValueError, match=r"\(format 1, expected 2: an earlier version .*; train it again\)"):
        load(path)


def test_a_later_version_is_told(path, monkeypatch):
    with monkeypatch.context() as later:
        later.setattr("nn.training.saving._FORMAT", 3)
        save(Neuron(1), path)
    with pytest.raises(ValueError, match=r"\(format 3, expected 2: a later version of .* has written it, install"):
        load(path)


def test_the_metadata_of_these_tests_are_those_of_a_model(path):
    save_file({"w": np.ones(1), "b": np.ones(())}, path, metadata())
    assert load(path)([2.0]).data == 3.0


def test_a_foreign_file_of_numbers_that_numpy_does_not_have_is_named(path):
    header = json.dumps({"a": {"dtype": "BF16", "shape": [1], "data_offsets": [0, 2]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + b"\0\0")
    with pytest.raises(ValueError, match="holds no model that this version of glassgrad can read"):
        load(path)


@pytest.mark.parametrize(
    ("dtype", "size"), [("BF16", 2), ("F8_E4M3", 1), ("F8_E5M2", 1), ("C64", 8), ("BOOL", 1), ("I64", 8)]
)
def test_a_model_of_numbers_that_are_no_floats_of_numpy_is_named(dtype, size, path):
    tensors = {
        "w": {"dtype": dtype, "shape": [1], "data_offsets": [0, size]},
        "b": {"dtype": dtype, "shape": [], "data_offsets": [size, 2 * size]},
    }
    header = json.dumps({"__metadata__": metadata(), **tensors}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(2 * size))
    with pytest.raises(ValueError, match=f"^{re.escape(str(path))} holds no model that this version of glassgrad"):
        load(path)


def test_tensors_that_do_not_fit_the_architecture_are_named(path):
    save_file({"w": np.zeros(2), "b": np.zeros(())}, path, metadata())
    with pytest.raises(ValueError, match=r"w has shape \(1,\), the state has \(2,\)"):
        load(path)


# ---------------------------------------------------------------------------------------------------------- files


class NoSpaceError(OSError):
    pass


def fail(*arguments):
    raise NoSpaceError("no space left")


@pytest.mark.parametrize("function", ["replace", "fsync", "chmod"])
def test_an_interrupted_write_leaves_the_old_file_and_no_litter(function, path, monkeypatch):
    old = saved_bytes(path)
    monkeypatch.setattr(os, function, fail)
    with pytest.raises(NoSpaceError):
        save(MODELS["Neuron"], path)
    monkeypatch.undo()
    assert path.read_bytes() == old
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_an_interrupt_by_the_user_leaves_no_litter(path, monkeypatch):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        save(MODELS["Neuron"], path)
    assert list(path.parent.iterdir()) == []


def test_a_missing_folder_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        save(MODELS["Neuron"], tmp_path / "nowhere" / "model.safetensors")


def test_text_is_written_as_utf8(tmp_path):
    write_file(tmp_path / "page.html", "8×8 ✓\n")
    assert (tmp_path / "page.html").read_bytes() == "8×8 ✓\n".encode()


def test_nothing_in_nn_can_run_code_from_a_file():
    sources = {str(file): file.read_text() for file in Path(nn.__file__).parent.rglob("*.py")}
    assert any(file.endswith("saving.py") for file in sources)
    words = r"\b(pickle|marshal|shelve|joblib|dill|eval|exec|allow_pickle)\b"
    assert [name for name, source in sources.items() if re.search(words, source)] == []


def test_load_takes_the_folder_that_the_command_wrote(tmp_path):
    nn.save(Neuron(2, seed=0), tmp_path / "model.safetensors")
    assert repr(nn.load(tmp_path)) == repr(Neuron(2))


def test_writing_to_a_folder_that_is_not_there_is_an_error_that_names_it(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*nowhere to write model\.safetensors to"):
        nn.save(Neuron(2), tmp_path / "nowhere" / "model.safetensors")
