"""glassgrad explore: which row the graph is of, and what its root, its target and its labels are."""

import re

import numpy as np
import pytest
from PIL import Image

from autograd import topological_order
from nn import MLP, datasets, load, predict

from .conftest import leaves, losses, trained


@pytest.mark.parametrize("row", [0, 7])
@pytest.mark.parametrize("name", ["digits", "moons"])
def test_the_root_is_the_loss_of_a_test_row(name, row, request, explored):
    folder, data = request.getfixturevalue(name), getattr(datasets, name)()
    root, model = explored(folder / "out", "--row", row)
    assert root.label == "loss"
    assert root.data == pytest.approx(losses(folder, data.X_test, data.y_test)[row], rel=1e-12)
    assert leaves(root)["target"] == data.y_test[row]
    assert isinstance(model, MLP)


@pytest.mark.parametrize("name", ["spirals", "blobs", "wave"])
def test_the_root_is_the_loss_of_a_point_that_was_held_out(name, tmp_path, explored):
    folder, data = trained(tmp_path, name, "--epochs", 1), getattr(datasets, name)()
    root, _ = explored(folder / "out", "--row", 7)
    assert root.data == pytest.approx(losses(folder, data.X_test, data.y_test)[7], rel=1e-12)
    assert leaves(root)["target"] == data.y_test[7]


def test_the_root_is_the_loss_of_a_test_image_of_mnist(mnist, explored):
    root, _ = explored(mnist / "out", "--data", mnist / "idx", "--row", 9)
    data = datasets.mnist(mnist / "idx")
    assert root.data == pytest.approx(losses(mnist, data.X_test, data.y_test)[9], rel=1e-12)
    assert leaves(root)["target"] == 9


@pytest.mark.parametrize("target", ["fruit", "passed", "price"])
def test_the_root_is_the_loss_of_a_row_of_a_table(target, tables, explored):
    folder = tables[target]
    root, _ = explored(folder / "out", folder / "t.csv", "--row", 5)
    model = load(folder / "out")
    x, y = {
        "fruit": ([5.5 + 40, 1.0, 0.0], 2), "passed": ([0.5], 0), "price": ([55.0, 0.0, 1.0], 245_000.5),
    }[target]  # fmt: skip
    assert root.data == pytest.approx(losses(folder, np.array([x]), np.array([y]))[0], rel=1e-12)
    assert leaves(root)["target"] == y
    assert model.info["target"] == target


def test_the_inputs_are_scaled_and_have_the_names_of_the_columns(tables, explored):
    folder = tables["fruit"]
    root, _ = explored(folder / "out", folder / "t.csv", "--row", 5)
    scaled = load(folder / "out").scaler.transform([[45.5, 1.0, 0.0]])[0]
    expected = dict(zip(["weight", "colour=green", "colour=red"], scaled, strict=True)) | {"target": 2.0}
    assert leaves(root) == pytest.approx(expected)


def test_the_outputs_have_the_names_of_the_classes(tables, explored):
    folder = tables["fruit"]
    root, _ = explored(folder / "out", folder / "t.csv")
    labels = {node.label for node in topological_order(root) if node.parents}
    assert labels >= {"loss", "logit of apple", "logit of pear", "logit of plum"}


def test_the_parameters_are_those_of_the_model(moons, explored):
    root, model = explored(moons / "out")
    assert set(model.parameters()) <= set(topological_order(root))


def without_target(folder, target):
    """The table of a folder without the column of the target."""
    lines = [re.split("[;,]", line)[:-1] for line in (folder / "t.csv").read_text().splitlines()]
    path = folder / "unknown.csv"
    path.write_text("".join(",".join(line) + "\n" for line in lines))
    return path


def test_without_the_target_the_root_is_the_largest_logit(tables, explored, capsys):
    folder = tables["fruit"]
    root, _ = explored(folder / "out", without_target(folder, "fruit"), "--row", 4)
    model = load(folder / "out")
    logits = predict(model, [[24.5, 0.0, 1.0]])[0]
    best = model.info["classes"][logits.argmax()]
    assert root.data == pytest.approx(logits.max(), rel=1e-12)
    assert root.label == f"logit of {best}"
    said = rf": predicted {best} \(\d+%\); it has no column 'fruit', so the root is logit of {best}\n"
    assert re.search(said, capsys.readouterr().out)


def test_without_the_target_the_root_is_the_only_logit(tables, explored, capsys):
    folder = tables["passed"]
    root, _ = explored(folder / "out", without_target(folder, "passed"), "--row", 4)
    assert root.data == pytest.approx(predict(load(folder / "out"), [[0.4]])[0], rel=1e-12)
    assert "so the root is logit of 1\n" in capsys.readouterr().out


def test_without_the_target_the_root_is_the_prediction(tables, explored, capsys):
    folder = tables["price"]
    root, _ = explored(folder / "out", without_target(folder, "price"))
    assert root.label == "prediction"
    assert root.data == pytest.approx(predict(load(folder / "out"), [[50.0, 1.0, 0.0]])[0], rel=1e-12)
    assert re.search(
        rf": predicted {root.data:.6g}; it has no column 'price', so the root is prediction\n", capsys.readouterr().out
    )


def test_an_empty_target_is_none(tables, explored, capsys, tmp_path):
    (tmp_path / "t.csv").write_text("weight,colour,fruit\n1,red,pear\n2,green,\n")
    root, _ = explored(tables["fruit"] / "out", tmp_path / "t.csv", "--row", 1)
    assert root.label.startswith("logit of ")
    assert "; its 'fruit' is empty, so the root is " in capsys.readouterr().out


def test_of_an_image_the_root_is_the_largest_logit(digits, image, explored, capsys):
    root, _ = explored(digits / "out", image)
    pattern = r"(.*): predicted (\d) \(\d+%\); an image does not say what it shows, so the root is logit of (\d)\n"
    said = re.match(pattern, capsys.readouterr().out)
    assert (said[1], said[2], root.label) == (str(image), said[3], f"logit of {said[3]}")
    pixels = np.asarray(Image.open(image), dtype=float).reshape(1, -1) / 255 * 16
    assert root.data == pytest.approx(predict(load(digits / "out"), pixels).max(), rel=1e-12)


def test_a_class_may_be_spelled_as_another_number(tables, explored, tmp_path):
    (tmp_path / "t.csv").write_text("hours,passed\n0.1,0\n0.1,1.0\n")
    root, _ = explored(tables["passed"] / "out", tmp_path / "t.csv", "--row", 1)
    assert leaves(root)["target"] == 1.0


@pytest.fixture(scope="module")
def arrays(tmp_path_factory):
    """A model of a .npy file whose first column is the target."""
    folder = tmp_path_factory.mktemp("arrays")
    x = np.linspace(-1, 1, 40)
    np.save(folder / "t.npy", np.column_stack([3.5 * x, x, x**2]))
    return trained(folder, "--csv", folder / "t.npy", "--target", "0", "--epochs", 1)


def test_the_target_is_found_in_an_array(arrays, explored):
    root, _ = explored(arrays / "out", arrays / "t.npy", "--row", 39)
    assert leaves(root)["target"] == 3.5


def test_an_array_of_the_inputs_has_no_target(arrays, explored):
    np.save(arrays / "inputs.npy", np.load(arrays / "t.npy")[:, 1:])
    root, _ = explored(arrays / "out", arrays / "inputs.npy", "--row", 39)
    assert root.label == "prediction"
    assert root.data == pytest.approx(predict(load(arrays / "out"), [[1.0, 1.0]])[0], rel=1e-12)


def test_a_target_that_is_shorter_than_the_inputs_is_none(tmp_path, explored, capsys):
    x = np.linspace(-1, 1, 40)
    np.savez(tmp_path / "t.npz", x=x, y=3.5 * x)
    trained(tmp_path, "--csv", tmp_path / "t.npz", "--target", "y", "--epochs", 1)
    np.savez(tmp_path / "short.npz", x=x, y=x[:5])
    explored(tmp_path / "out", tmp_path / "short.npz", "--row", 5)
    assert "; 'y' has fewer rows, so the root is prediction\n" in capsys.readouterr().out
