"""What the command says of itself: its help, and its version."""

import pytest

import autograd
from nn.cli.parser import main

from .conftest import call


def test_alone_it_prints_its_help(capsys):
    assert main([]) == 0
    alone = capsys.readouterr()
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    assert capsys.readouterr() == alone
    assert "usage: glassgrad" in alone.out
    assert all(f"\n    {command} " in alone.out for command in ("train", "predict", "explore", "play"))


def test_it_says_its_version(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"glassgrad {autograd.__version__}\n"


@pytest.mark.parametrize(
    "arguments", [["--help"], ["train", "--help"], ["predict", "--help"], ["play", "--help"]], ids=" ".join
)
def test_help_is_an_answer(arguments, capsys):
    assert call(*arguments) == 0
    assert "usage: glassgrad" in capsys.readouterr().out


def test_the_help_tells_the_defaults_of_each_data_set(capsys):
    assert call("train", "--help") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "(digits 30, points 30, mnist 10, table 100)" in said
    assert "points in the plane (moons, circles, xor, spirals, blobs, wave)" in said  # which these are
    assert "None" not in said
    assert said.isascii()  # for a terminal of any encoding
