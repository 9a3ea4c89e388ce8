"""glassgrad predict, of an image: what it says and what it refuses, in one line."""

import re

import numpy as np
import pytest
from PIL import Image

from nn import MLP, datasets, load, predict, save

from .conftest import assert_refused, call, files


@pytest.fixture(scope="module")
def right_image(digit_model, tmp_path_factory):
    """An image file that the model gets right, its class, and how sure the model is of it."""
    data, model = datasets.digits(seed=0), load(digit_model / "model.safetensors")
    outputs = predict(model, data.X_test)
    row = np.flatnonzero(outputs.argmax(axis=1) == data.y_test)[0]
    path = tmp_path_factory.mktemp("image") / "digit.png"
    Image.fromarray((data.X_test[row].reshape(8, 8) / 16.0 * 255).round().astype(np.uint8)).save(path)
    exponentials = np.exp(outputs[row])
    return path, data.y_test[row], exponentials.max() / exponentials.sum()


def test_predict_says_the_digit_and_how_sure_it_is(digit_model, right_image, capsys):
    path, digit, sure = right_image
    assert call("predict", digit_model / "model.safetensors", path) == 0
    said = re.fullmatch(r"(\d+)% sure this is a (\d)\n", capsys.readouterr().out)
    assert int(said[2]) == digit
    assert int(said[1]) == pytest.approx(100 * sure, abs=1.5)  # an image file has 256 levels, the data have 17


def test_predict_takes_the_folder_of_the_training(digit_model, right_image, capsys):
    call("predict", digit_model / "model.safetensors", right_image[0])
    by_file = capsys.readouterr().out
    call("predict", digit_model, right_image[0])
    assert capsys.readouterr().out == by_file


def test_predict_writes_nothing(digit_model, right_image):
    before = files(digit_model)
    call("predict", digit_model, right_image[0])
    assert files(digit_model) == before


def test_predict_refuses_a_model_that_is_not_of_images(moons, right_image, capsys):
    message = r"was trained on moons, not on images: give it a table \(\.csv, .*\), not .*digit\.png"
    assert_refused(capsys, ["predict", moons, right_image[0]], message)


def test_predict_refuses_a_model_that_was_saved_without_its_data(tmp_path, right_image, capsys):
    save(MLP(64, [10]), tmp_path / "model.safetensors")
    assert_refused(
        capsys, ["predict", tmp_path, right_image[0]], "was trained on something else, not on images or tables"
    )


def test_predict_names_a_missing_model(tmp_path, right_image, capsys):
    assert_refused(capsys, ["predict", tmp_path, right_image[0]], r"there is no model file .*model\.safetensors")


def test_predict_names_a_model_that_is_none(right_image, capsys):
    assert_refused(capsys, ["predict", right_image[0], right_image[0]], "is not a safetensors file, or is damaged")


def test_predict_names_a_missing_image(digit_model, capsys):
    assert_refused(capsys, ["predict", digit_model, "nowhere.png"], r"there is no image nowhere\.png")


def test_predict_names_an_image_that_is_none(digit_model, capsys):
    assert_refused(capsys, ["predict", digit_model, __file__], "is not an image that can be read")


def test_predict_names_a_blank_image(digit_model, tmp_path, capsys):
    Image.new("L", (50, 50), 255).save(tmp_path / "blank.png")
    assert_refused(capsys, ["predict", digit_model, tmp_path / "blank.png"], "is blank: there is no digit on it")
