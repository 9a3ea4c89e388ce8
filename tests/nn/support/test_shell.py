"""Where a notebook runs, and what follows: no progress on stderr, which notebooks show as errors."""

import sys
from types import SimpleNamespace

import pytest

from nn import MLP, fit
from nn.support.shell import is_in_notebook, running_shell


def runs_in(monkeypatch, shell):
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))


def test_plain_python_is_no_notebook(monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert running_shell() is None
    assert not is_in_notebook()


@pytest.mark.parametrize(
    ("shell", "expected"), [(None, False), (SimpleNamespace(), False), (SimpleNamespace(kernel=1), True)]
)
def test_a_notebook_is_what_has_a_kernel(monkeypatch, shell, expected):
    runs_in(monkeypatch, shell)
    assert running_shell() is shell
    assert is_in_notebook() is expected


@pytest.mark.parametrize("in_notebook", [True, False])
def test_the_progress_bar_of_a_notebook_is_on_stdout(monkeypatch, capsys, in_notebook):
    if in_notebook:
        runs_in(monkeypatch, SimpleNamespace(kernel=1))
    fit(MLP(1, [1], seed=0), [[1.0], [2.0]], [1.0, 2.0], loss="mse", epochs=2, seed=0)
    out, err = capsys.readouterr()
    bar, nothing = (out, err) if in_notebook else (err, out)
    assert "epoch 2/2: 100%" in bar
    assert "loss=" in bar
    assert nothing == ""
