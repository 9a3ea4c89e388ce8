"""glassgrad explore: which row it shows, what it says, and what it refuses, in one line."""

import json
import re
import struct
import webbrowser

import numpy as np
import pytest
from PIL import Image
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

import nn.report
import viz.explorer
from autograd import topological_order
from nn import MLP, datasets, evaluate, load, predict, save
from nn.cli.parser import main

N = 60
FRUIT = "weight;colour;fruit\n" + "".join(
    f"{20 * (i % 3) + i % 7 + 0.5};{('red', 'green')[i % 2]};{('apple', 'pear', 'plum')[i % 3]}\n" for i in range(N)
)
HOUSES = "area,district,price\n" + "".join(
    f"{50 + i},{('east', 'west')[i % 2]},{200_000 + 1000 * i + 40_000.5 * (i % 2)}\n" for i in range(N)
)
PASSED = "hours,passed\n" + "".join(f"{i / 10},{int(i > 30)}\n" for i in range(N))


def call(*arguments):
    """The exit status of the command."""
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as exit:
        return exit.code


def trained(folder, *options):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nn.report, "write_report", lambda run, folder: [])  # it takes longer than these trainings
        assert call("train", *options, "--hidden", 4, "--out", folder / "out") == 0
    return folder


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("digits"), "digits", "--rows", 60, "--epochs", 3)


@pytest.fixture(scope="module")
def moons(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("moons"), "moons", "--epochs", 1)


@pytest.fixture(scope="module")
def mnist(tmp_path_factory):
    """A model of images, with the IDX files in the folder `idx`."""
    folder = tmp_path_factory.mktemp("mnist")
    (folder / "idx").mkdir()
    rng = np.random.default_rng(0)
    for part, count in (("train", 40), ("t10k", 10)):
        images, labels = rng.integers(0, 256, (count, 28, 28), np.uint8), np.arange(count, dtype=np.uint8) % 10
        for name, array in ((f"{part}-images-idx3-ubyte", images), (f"{part}-labels-idx1-ubyte", labels)):
            header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
            (folder / "idx" / name).write_bytes(header + array.tobytes())
    return trained(folder, "mnist", "--data", folder / "idx", "--epochs", 1)


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """The folders of models of three tables, each with its table t.csv: of classes, of two classes, of numbers."""
    folders = {}
    for target, text in {"fruit": FRUIT, "passed": PASSED, "price": HOUSES}.items():
        folders[target] = tmp_path_factory.mktemp(target)
        (folders[target] / "t.csv").write_text(text)
        options = ["--epochs", 3, "--learning-rate", 0.03]
        trained(folders[target], "--csv", folders[target] / "t.csv", "--target", target, *options)
    return folders


@pytest.fixture
def opened(monkeypatch):
    """What the browser was asked for."""
    addresses = []
    monkeypatch.setattr(webbrowser, "open", lambda address: addresses.append(address) or True)
    return addresses


@pytest.fixture
def explored(monkeypatch, opened):
    """A function that runs the command, and gives the root and the parameters that it explores."""
    given = []
    true_explore = viz.explorer.explore
    monkeypatch.setattr(
        viz.explorer, "explore",
        lambda root, parameters=None: given.append((root, parameters)) or true_explore(root, parameters),
    )  # fmt: skip

    def run(*arguments):
        assert call("explore", *arguments) == 0
        return given[-1]

    return run


def leaves(root):
    """The numbers of the leaves that have a label, by label, but those of parameters."""
    found = {node.label: node.data for node in topological_order(root) if not node.parents and node.label}
    return {label: number for label, number in found.items() if not re.fullmatch(r"w\d+|b", label)}


# --------------------------------------------------------------------------------------------------- the graph of a row


def losses(folder, X, y):
    """The loss of each row, of the trained model."""
    model = load(folder / "out")
    return [evaluate(model, X[i : i + 1], y[i : i + 1], loss=model.info["loss"])["loss"] for i in range(len(y))]


@pytest.mark.parametrize("row", [0, 7])
@pytest.mark.parametrize("name", ["digits", "moons"])
def test_the_root_is_the_loss_of_a_test_row(name, row, request, explored):
    folder, data = request.getfixturevalue(name), getattr(datasets, name)()
    root, model = explored(folder / "out", "--row", row)
    assert root.label == "loss"
    assert root.data == pytest.approx(losses(folder, data.X_test, data.y_test)[row], rel=1e-12)
    assert leaves(root)["target"] == data.y_test[row]
    assert isinstance(model, MLP)


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


# ---------------------------------------------------------------------------------------------------- without a target


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


@pytest.fixture
def image(tmp_path):
    data = datasets.digits()
    path = tmp_path / "digit.png"
    Image.fromarray((data.X_test[0].reshape(8, 8) / 16.0 * 255).round().astype(np.uint8)).save(path)
    return path


def test_of_an_image_the_root_is_the_largest_logit(digits, image, explored, capsys):
    root, _ = explored(digits / "out", image)
    pattern = r"(.*): predicted (\d) \(\d+%\); an image does not say what it shows, so the root is logit of (\d)\n"
    said = re.match(pattern, capsys.readouterr().out)
    assert (said[1], said[2], root.label) == (str(image), said[3], f"logit of {said[3]}")
    pixels = np.asarray(Image.open(image), dtype=float).reshape(1, -1) / 255 * 16
    assert root.data == pytest.approx(predict(load(digits / "out"), pixels).max(), rel=1e-12)


# -------------------------------------------------------------------------------------------- the target in the table


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


# ------------------------------------------------------------------------------------------------------- what it says


def test_it_says_the_row_the_prediction_and_the_truth(moons, opened, capsys):
    assert call("explore", moons / "out", "--row", 3) == 0
    said, wrote = capsys.readouterr().out.splitlines()
    data = datasets.moons()
    logit = predict(load(moons / "out"), data.X_test[3:4])[0]
    loss = losses(moons, data.X_test, data.y_test)[3]
    assert said == (
        f"row 3 of the 40 test rows of moons: predicted {int(logit > 0)} ({1 / (1 + np.exp(-abs(logit))):.0%}), "
        f"true {data.y_test[3]}; binary_cross_entropy_with_logits loss {loss:.4g}"
    )
    assert re.fullmatch(rf"wrote {moons / 'out' / 'explorer.html'}: \d+ nodes, \d+\.\d MB", wrote)


def test_it_says_a_number_and_the_true_one(tables, opened, capsys):
    folder = tables["price"]
    call("explore", folder / "out", folder / "t.csv", "--row", 1)
    number = predict(load(folder / "out"), [[51.0, 0.0, 1.0]])[0]
    said = (
        f"row 1 of {folder / 't.csv'}: predicted {number:.6g}, true 241000; mse loss {(number - 241_000.5) ** 2:.4g}\n"
    )
    assert capsys.readouterr().out.startswith(said)


def test_the_default_row_is_the_first(moons, opened, capsys):
    call("explore", moons / "out")
    assert capsys.readouterr().out.startswith("row 0 of the 40 test rows of moons: ")


def test_the_page_is_beside_the_model(moons, opened):
    for model in (moons / "out", moons / "out" / "model.safetensors"):
        (moons / "out" / "explorer.html").unlink(missing_ok=True)
        assert call("explore", model) == 0
        assert "<!doctype html>" in (moons / "out" / "explorer.html").read_text()


def test_the_page_is_written_where_it_was_asked_for(moons, opened, tmp_path):
    (tmp_path / "page.html").write_text("old")
    assert call("explore", moons / "out", "--out", tmp_path / "page.html") == 0
    assert "<!doctype html>" in (tmp_path / "page.html").read_text()


def test_the_browser_opens_the_page(moons, opened, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert call("explore", moons / "out", "--out", "my page.html") == 0
    assert opened == [(tmp_path / "my page.html").resolve().as_uri()]


def test_no_browser_opens_none(moons, opened, capsys):
    assert call("explore", moons / "out", "--no-browser") == 0
    assert opened == []
    assert "browser" not in capsys.readouterr().out


def fails(address):
    raise webbrowser.Error("could not locate runnable browser")


@pytest.mark.parametrize("open_page", [fails, lambda address: False])
def test_where_there_is_no_browser_it_says_so(open_page, moons, monkeypatch, capsys):
    monkeypatch.setattr(webbrowser, "open", open_page)
    assert call("explore", moons / "out") == 0
    assert capsys.readouterr().out.endswith("\nno browser could be opened: open the page by hand\n")


def test_help_says_which_row_is_meant(capsys):
    assert call("explore", "--help") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "the rows of digits or moons that `glassgrad train` holds out for the test with its usual seed, 0" in said
    assert said.isascii()


# ------------------------------------------------------------------------------------------------------ what it refuses


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
    refused("the model was saved with 3 classes and 1 outputs", tmp_path)


def test_a_model_of_a_table_needs_the_table(tables, refused):
    refused("was trained on t: give it a table with the row to explore", tables["fruit"] / "out")


def test_a_model_of_a_table_that_is_called_moons_needs_the_table(tmp_path, refused):
    (tmp_path / "moons.csv").write_text(FRUIT)
    trained(tmp_path, "--csv", tmp_path / "moons.csv", "--target", "fruit", "--epochs", 1)
    refused("was trained on moons: give it a table with the row to explore", tmp_path / "out")


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


def test_a_page_that_cannot_be_written_is_told(moons, tmp_path, refused):
    (tmp_path / "page.html").mkdir()
    refused(r"page\.html.*: .*", moons / "out", "--out", tmp_path / "page.html")
