"""The command without a command: its help, and its version."""

import pytest

import autograd
from nn.cli.parser import main


def test_alone_it_prints_its_help(capsys):
    assert main([]) == 0
    alone = capsys.readouterr()
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    assert capsys.readouterr() == alone
    assert "usage: glassgrad" in alone.out
    assert all(f"\n    {command} " in alone.out for command in ("train", "predict", "explore"))


def test_it_says_its_version(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"glassgrad {autograd.__version__}\n"
