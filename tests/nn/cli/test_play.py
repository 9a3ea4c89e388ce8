"""glassgrad play: which model and which rows are in the page, where it is, and what is refused."""

import json
import re
import webbrowser

import numpy as np
import pytest

from nn import MLP, StandardScaler, datasets, load, read_table, save

from .conftest import assert_refused, call, mnist_files


@pytest.fixture
def played(tmp_path, opened):
    """A function that runs the command, and gives what the page opens with."""

    def run(*arguments):
        path = tmp_path / "page.html"
        assert call("play", *arguments, "--out", path) == 0
        return json.loads(re.search(r'<script id="data"[^>]*>(.*)</script>', path.read_text("utf-8"))[1])

    return run


def numbers(folder):
    return [parameter.data for parameter in load(folder).parameters()]


def test_alone_it_writes_a_page_here_and_opens_it(tmp_path, monkeypatch, opened, capsys):
    monkeypatch.chdir(tmp_path)
    assert call("play") == 0
    assert [path.name for path in tmp_path.iterdir()] == ["play.html"]
    assert opened == [(tmp_path / "play.html").as_uri()]
    said, wrote = capsys.readouterr().out.splitlines()
    assert said == "a network to train, on data that the page makes"
    assert re.fullmatch(r"wrote play\.html: 1\.\d MB", wrote)


@pytest.mark.parametrize("option", ["--no-browser", "--no-open"])
def test_it_opens_nothing_where_that_is_not_wished(option, tmp_path, opened):
    assert call("play", "--out", tmp_path / "a.html", option) == 0
    assert opened == []


def test_it_says_where_the_page_is_without_a_browser(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(webbrowser, "open", lambda address: False)
    assert call("play", "--out", tmp_path / "a.html") == 0
    assert "no browser could be opened: open the page by hand" in capsys.readouterr().out


def test_the_page_of_a_model_is_beside_it(moons, opened):
    assert call("play", moons) == 0
    page = moons / "play.html"
    assert opened == [page.as_uri()]
    page.unlink()


def test_a_model_of_known_data_opens_on_them(moons, played):
    found, data = played(moons), datasets.moons(validation=0.0)
    assert found["model"]["parameters"] == numbers(moons)
    assert found["given"]["X"] == data.X_train.tolist()
    assert found["given"]["test"] == {"X": data.X_test.tolist(), "y": data.y_test.tolist()}
    assert found["settings"]["loss"] == "binary_cross_entropy_with_logits"
    assert found["info"] == load(moons).info


def test_images_are_images_as_the_model_takes_them(digit_model, played):
    given, data = played(digit_model)["given"], datasets.digits(validation=0.0)
    assert (given["imageShape"], len(given["classes"])) == ([8, 8], 10)
    assert given["X"] == (data.X_train / 16.0).tolist()


def test_a_table_is_scaled_and_what_the_page_saves_can_predict_it(fruit, played):
    found, data = (
        played("--data", fruit / "fruit.csv", "--target", "fruit"),
        read_table(fruit / "fruit.csv", "fruit", validation=0.0),
    )
    assert found["model"] is None
    assert found["given"]["inputs"] == ["weight", "colour=green", "colour=red"]
    assert found["given"]["classes"] == ["apple", "pear", "plum"]
    np.testing.assert_allclose(found["given"]["X"], StandardScaler().fit_transform(data.X_train), rtol=1e-15)
    assert found["scaler"]["fitted"]["mean_"]["values"] == data.X_train.mean(axis=0).tolist()
    assert found["info"]["columns"] == data.columns


def test_a_model_of_a_table_takes_its_rows_as_it_knows_them(fruit, played):
    found, data = (
        played(fruit / "out", "--data", fruit / "fruit.csv"),
        read_table(fruit / "fruit.csv", "fruit", validation=0.0),
    )
    assert found["model"]["parameters"] == numbers(fruit / "out")
    scaler = load(fruit / "out").scaler
    np.testing.assert_allclose(found["given"]["X"], scaler.transform(data.X_train), rtol=1e-15)
    assert found["given"]["y"] == data.y_train.tolist()
    assert found["given"]["test"]["y"] == data.y_test.tolist()


def test_numbers_are_predicted_by_the_loss_of_the_training(houses, played):
    found = played(houses / "out", "--data", houses / "houses.csv", "--target", "price")
    assert (found["given"]["task"], found["given"]["classes"]) == ("regression", [])
    assert found["settings"]["loss"] == load(houses / "out").info["loss"]


def test_a_model_of_nn_save_opens_on_data_of_the_page(tmp_path, played):
    save(MLP(2, [3, 1], "tanh", seed=0), tmp_path / "m.safetensors")
    found = played(tmp_path / "m.safetensors")
    assert (found["given"], found["model"]["layers"]) == (None, [3])


def test_a_model_of_nn_save_opens_on_a_table(houses, tmp_path, played):
    save(MLP(3, [3, 1], "tanh", seed=0), tmp_path / "m.safetensors")
    found = played(tmp_path / "m.safetensors", "--data", houses / "houses.csv", "--target", "price")
    assert found["given"]["inputs"] == ["area", "district=east", "district=west"]


def test_a_model_of_mnist_opens_on_its_files(tmp_path, played):
    (tmp_path / "idx").mkdir()
    mnist_files(tmp_path / "idx")
    options = ["--data", tmp_path / "idx", "--epochs", 1, "--hidden", 4, "--rows", 20]
    assert call("train", "mnist", *options, "--out", tmp_path / "out") == 0
    found = played(tmp_path / "out", "--data", tmp_path / "idx")
    assert found["given"]["imageShape"] == [28, 28]


@pytest.mark.parametrize(("arguments", "message"), [
    (["--target", "fruit"], "--target is a column of a table: it goes with --data FILE"),
    (["--data", "{fruit}/fruit.csv"], "--data needs --target COLUMN, the column to predict: .* weight, colour, fruit"),
    (["--data", "{fruit}/none.csv", "--target", "fruit"], "none.csv"),
    (["--data", "{fruit}/fruit.csv", "--target", "frut"], "did you mean 'fruit'"),
    (["{fruit}/out"], "was trained on fruit: give it --data FILE with rows to train on"),
    (["{fruit}/out", "--data", "{houses}/houses.csv"], "has no column 'weight'"),
    (["{fruit}/out", "--data", "{fruit}/fruit.csv", "--target", "weight"], "predicts 'fruit', not 'weight'"),
    (["{digits}", "--data", "{fruit}/fruit.csv"], "this one was trained on images"),
    (["{fruit}/none"], "there is no model file"),
    (["--out", "play.png"], "--out is a page: it must end in .html, got play.png"),
    (["{tmp}/wide.safetensors"], "takes 3 inputs: give it --data FILE, a table"),
    (["{tmp}/wide.safetensors", "--data", "{fruit}/fruit.csv"], "--data needs --target COLUMN: the model does not say"),
    (["{tmp}/large.safetensors"], "a page trains at most 20,000 parameters"),
])  # fmt: skip
def test_what_does_not_fit_is_refused(arguments, message, fruit, houses, digit_model, tmp_path, capsys, opened):
    save(MLP(3, [1]), tmp_path / "wide.safetensors")
    save(MLP(2, [200, 200, 1]), tmp_path / "large.safetensors")
    capsys.readouterr()
    places = {"fruit": fruit, "houses": houses, "digits": digit_model, "tmp": tmp_path}
    assert_refused(capsys, ["play", *(each.format(**places) for each in arguments)], message)
    assert opened == []


def test_a_row_without_a_target_is_refused(fruit, tmp_path, capsys):
    lines = (fruit / "fruit.csv").read_text().splitlines()
    lines[3] = ";".join([*lines[3].split(";")[:2], ""])
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    capsys.readouterr()
    message = r"t\.csv, line 4, column 'fruit'.* it is empty"
    assert_refused(capsys, ["play", fruit / "out", "--data", tmp_path / "t.csv"], message)


def test_a_target_of_another_length_is_refused(houses, tmp_path, capsys):
    np.savez(tmp_path / "t.npz", area=np.arange(20.0), district=np.array(["east", "west"] * 10), price=np.arange(19.0))
    capsys.readouterr()
    message = "has 20 rows, and 'price' has 19"
    assert_refused(capsys, ["play", houses / "out", "--data", tmp_path / "t.npz"], message)


def test_texts_of_strangers_are_shown_printable(tmp_path, played, capsys):
    rows = "".join(f"{i},{('a', 'b</script>')[i % 2]}\n" for i in range(20))
    (tmp_path / "t\x1b.csv").write_text(f"x\x1b,y\x1b\n{rows}")
    found = played("--data", tmp_path / "t\x1b.csv", "--target", "y\x1b")
    assert found["given"]["classes"] == ["a", "b</script>"]
    assert found["given"]["inputs"] == ["x\\u{1b}"]
    assert "\x1b" not in capsys.readouterr().out
