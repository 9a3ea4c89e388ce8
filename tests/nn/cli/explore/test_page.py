"""glassgrad explore: what it says, where the page is, and which browser opens it."""

import re
import webbrowser

import numpy as np
import pytest

from nn import datasets, load, predict
from tests.nn.cli.conftest import call

from .conftest import losses


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
    assert (
        "the rows of digits or of points that `glassgrad train` holds out for the test with its usual seed, 0" in said
    )
    assert said.isascii()
