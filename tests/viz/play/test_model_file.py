"""The file that the playground saves is one of nn's: what `nn.load` makes of it, and what it holds."""

import numpy as np
import pytest

from nn import MLP, StandardScaler, load, predict, save
from nn.data.scaling import described
from viz.play.given import given_model


@pytest.fixture
def written(compute, tmp_path):
    """A function that lets JavaScript write the file of a model, and gives its path."""

    def write(model, scaler=None, info=None):
        spec = given_model(model)
        content = compute(
            "model_file.js", "return [...m.modelFile(...given)]", [spec, spec["parameters"], scaler, info]
        )
        path = tmp_path / "model.safetensors"
        path.write_bytes(bytes(content))
        return path

    return write


@pytest.mark.parametrize("model", [
    MLP(2, [4, 4, 1], "tanh", seed=1), MLP(3, [1], output="sigmoid", seed=2), MLP(2, [3, 5], "relu", "softmax", seed=3),
], ids=repr)  # fmt: skip
def test_the_model_comes_back(model, written):
    found = load(written(model))
    assert repr(found) == repr(model)
    for name, parameter in model.named_parameters():
        assert dict(found.named_parameters())[name].data.hex() == parameter.data.hex()
    assert (found.scaler, found.info) == (None, {})


def test_it_is_the_file_that_python_would_write(written, tmp_path):
    model = MLP(2, [3, 1], "gelu", seed=0)
    save(model, tmp_path / "ours.safetensors", info={"units": "metres"})
    ours, found = load(tmp_path / "ours.safetensors"), load(written(model, info={"units": "metres"}))
    assert found.architecture() == ours.architecture()
    assert found.info == ours.info
    X = np.linspace(-1, 1, 10).reshape(5, 2)
    assert (predict(found, X) == predict(ours, X)).all()


def test_the_scaler_comes_back(written):
    X = np.array([[1.0, 10.0], [2.0, 30.0], [4.0, 20.0]])
    scaler = StandardScaler().fit(X)
    found = load(written(MLP(2, [1]), described(scaler))).scaler
    assert (found.transform(X) == scaler.transform(X)).all()


def test_texts_of_users_come_back(written):
    info = {"classes": ["</script>", "ä🙂\u2028", 'a"\\'], "n": 1.5, "none": None}
    assert load(written(MLP(2, [1]), info=info)).info == info


@pytest.mark.parametrize("number", [-0.0, 5e-324, 1.7976931348623157e308])
def test_numbers_are_not_rounded(number, written):
    model = MLP(1, [1])
    model.layers[0].neurons[0].w[0].data = number
    assert load(written(model)).layers[0].neurons[0].w[0].data.hex() == number.hex()
