"""What glassgrad explore refuses, in one line, before anything is written or opened."""

import json
import re

import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from nn import MLP, save
from tests.nn.cli.conftest import FRUIT, call

from .conftest import trained


@pytest.fixture
def refused(opened, capsys, tmp_path):
    """A function that checks that the command is refused in one line, and that nothing is written or opened."""

    def check(message, *arguments):
        before = sorted(tmp_path.rglob("*"))
        capsys.readouterr()
        assert call("explore", *arguments) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert re.fullmatch(rf"glassgrad[^\n]*: [^\n]*{message}[^\n]*\n", err), err
        assert (sorted(tmp_path.rglob("*")), opened) == (before, [])

    return check


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (40, "there is no row 40: the test rows of moons are 0 to 39"),
        ("-1", "--row: must be a whole number of at least 0, got '-1'"),
        ("1.5", "--row: must be a whole number of at least 0, got '1.5'"),
    ],
)
def test_a_row_that_is_not_there_is_refused(row, message, moons, refused):
    refused(re.escape(message), moons / "out", f"--row={row}")


def test_a_row_beyond_a_table_is_refused(tables, refused):
    folder = tables["fruit"]
    refused(r"there is no row 60: the rows of .*t\.csv are 0 to 59", folder / "out", folder / "t.csv", "--row", 60)


def test_an_image_has_one_row(digits, image, refused):
    refused(r"there is no row 1: .*digit\.png is one image: its row is 0", digits / "out", image, "--row", 1)


@pytest.mark.parametrize("name", ["page.htm5", "page", "page.png"])
def test_out_must_be_a_page(name, moons, tmp_path, refused):
    refused(rf"--out is a page: it must end in \.html, got .*{name}", moons / "out", "--out", tmp_path / name)


def test_out_in_no_folder_is_refused_before_any_work(refused, tmp_path):
    message = r"there is no folder .*nowhere to write page\.html to"
    refused(message, "no model", "--out", tmp_path / "nowhere" / "page.html")


def test_a_missing_model_is_named(refused, tmp_path):
    refused(r"there is no model file .*model\.safetensors", tmp_path)
    refused("there is no model file nowhere", "nowhere")


def test_a_damaged_model_is_named(refused, tmp_path, moons):
    content = (moons / "out" / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(content[:100])
    refused("is not a safetensors file, or is damaged", tmp_path)


def test_a_model_that_was_not_trained_by_the_command_is_refused(refused, tmp_path):
    save(MLP(64, [10]), tmp_path / "model.safetensors")
    refused("was trained on something else, not on images or tables by `glassgrad train`", tmp_path)


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("data", None), ("loss", "hinge"), ("loss", ["mse"]), ("classes", None), ("classes", [1, 2]), ("target", 3),
        ("columns", {}), ("columns", "x1"),
    ],
)  # fmt: skip
def test_a_model_whose_description_is_damaged_is_refused(key, wrong, moons, tmp_path, refused):
    damaged(moons, tmp_path, key, wrong)
    (tmp_path / "t.csv").write_text("x1,x2\n1,2\n")
    refused(f"({re.escape(f'was saved with {wrong!r} as its {key}: train it again')}|not on images or tables)",
            tmp_path, tmp_path / "t.csv")  # fmt: skip


def damaged(model, folder, key, wrong):
    """A copy of a model, with something else in its description."""
    with safe_open(model / "out" / "model.safetensors", framework="numpy") as file:
        metadata = json.loads(file.metadata()["glassgrad"])
    metadata["info"][key] = wrong
    tensors = load_file(model / "out" / "model.safetensors")
    save_file(tensors, folder / "model.safetensors", {"glassgrad": json.dumps(metadata)})


@pytest.mark.parametrize(("key", "wrong"), [("image_shape", 8), ("image_shape", [8, "8"]), ("largest_input", None)])
def test_a_model_of_images_whose_description_is_damaged_is_refused(key, wrong, digits, tmp_path, refused):
    damaged(digits, tmp_path, key, wrong)
    refused(re.escape(f"was saved with {wrong!r} as its {key}: train it again"), tmp_path)


def test_classes_that_are_not_the_outputs_are_refused(moons, tmp_path, refused):
    damaged(moons, tmp_path, "classes", ["0", "1", "2"])
    refused("was saved with 3 classes and 1 outputs", tmp_path)


def test_a_model_of_a_table_needs_the_table(tables, refused):
    refused("was trained on t: give it a table with the row to explore", tables["fruit"] / "out")


def test_a_model_of_a_table_that_is_called_moons_needs_the_table(tmp_path, refused):
    (tmp_path / "moons.csv").write_text(FRUIT)
    trained(tmp_path, "--csv", tmp_path / "moons.csv", "--target", "fruit", "--epochs", 1)
    refused("was trained on moons: give it a table with the row to explore", tmp_path / "out")


def test_a_table_called_as_a_known_set_with_its_columns_is_a_table(refused, tmp_path):
    (tmp_path / "wave.csv").write_text("x1,x2,z\n" + "".join(f"{i / 9},{i % 7},{i * i}.5\n" for i in range(30)))
    trained(tmp_path, "--csv", tmp_path / "wave.csv", "--target", "z", "--epochs", 1)
    refused("was trained on wave: give it a table with the row to explore", tmp_path / "out")


def test_a_model_of_images_takes_no_table(digits, tables, refused):
    refused("was trained on digits: give it an image, not the table", digits / "out", tables["fruit"] / "t.csv")


def test_a_model_of_a_table_takes_no_image(tables, image, refused):
    refused("was trained on t, not on images: give it a table", tables["fruit"] / "out", image)


def test_a_missing_input_is_named(digits, tables, refused):
    refused(r"there is no image nowhere\.png", digits / "out", "nowhere.png")
    refused(r"there is no table nowhere\.csv", tables["fruit"] / "out", "nowhere.csv")


def test_mnist_needs_its_files(mnist, refused):
    refused("a model of mnist needs --data FOLDER with the IDX files, or an image", mnist / "out")
    refused("there is no folder nowhere", mnist / "out", "--data", "nowhere")


def test_data_is_for_mnist_only(digits, mnist, image, refused):
    message = "--data is for a model of mnist, without another input"
    refused(message, digits / "out", "--data", mnist / "idx")
    refused(message, mnist / "out", image, "--data", mnist / "idx")


def test_an_unknown_class_is_named(tables, tmp_path, refused):
    (tmp_path / "t.csv").write_text("weight,colour,fruit\n1,red,pear\n2,green,kiwi\n")
    message = r"t\.csv, line 3, column 'fruit': unknown class kiwi: the model was trained on apple, pear, plum"
    refused(message, tables["fruit"] / "out", tmp_path / "t.csv", "--row", 1)


@pytest.mark.parametrize("cell", ["much", "nan", "inf"])
def test_a_target_that_is_no_number_is_named(cell, tables, tmp_path, refused):
    (tmp_path / "t.csv").write_text(f"area,district,price\n1,east,{cell}\n")
    message = rf"t\.csv, line 2, column 'price': {cell} is no finite number, and numbers are what the model predicts"
    refused(message, tables["price"] / "out", tmp_path / "t.csv")


def test_a_column_that_is_missing_is_named(tables, tmp_path, refused):
    (tmp_path / "t.csv").write_text("weight,fruit\n1,pear\n")
    refused("has no column 'colour', which the model was trained on", tables["fruit"] / "out", tmp_path / "t.csv")


def test_a_page_whose_place_is_taken_is_refused_before_any_work(refused, tmp_path):
    (tmp_path / "page.html").mkdir()
    refused(r"page\.html is a folder: no file can", tmp_path / "nowhere", "--out", tmp_path / "page.html")


def test_a_page_that_cannot_be_written_is_told(moons, tmp_path, refused):
    (tmp_path / "page.html").mkdir()
    refused(r"page\.html.*: .*", moons / "out", "--out", tmp_path / "page.html")
