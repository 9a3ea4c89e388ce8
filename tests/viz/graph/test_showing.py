"""`.show()`: in a notebook, in a browser, and where there is neither."""

import sys
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlparse
from urllib.request import url2pathname

import pytest

from tests.viz.conftest import neuron
from viz import draw, explore


@pytest.fixture(params=[(draw, b"<?xml"), (explore, b"<!doctype html>")], ids=["draw", "explore"])
def shown(request, without_dot):
    make, magic = request.param
    return SimpleNamespace(it=make(neuron()), magic=magic)


@pytest.fixture
def opened(monkeypatch):
    """The addresses that the browser was given."""
    addresses = []
    monkeypatch.setattr("webbrowser.open", lambda address: addresses.append(address) or True)
    return addresses


def test_a_script_opens_a_browser(shown, opened, capsys):
    assert shown.it.show() is None
    [address] = opened
    assert Path(url2pathname(urlparse(address).path)).read_bytes().startswith(shown.magic)
    assert capsys.readouterr().out == ""


def test_without_a_browser_it_is_said_where_the_file_is(shown, monkeypatch, capsys):
    monkeypatch.setattr("webbrowser.open", lambda address: False)
    shown.it.show()
    path = capsys.readouterr().out.rpartition(" in ")[2].strip()
    assert Path(path).read_bytes().startswith(shown.magic)


def test_a_notebook_shows_it_below_the_cell(shown, opened, monkeypatch):
    displayed = []
    shell = SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=displayed.append))
    shown.it.show()
    assert displayed == [shown.it]
    assert opened == []


def test_the_ipython_of_a_terminal_is_no_notebook(shown, opened, monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=SimpleNamespace))
    shown.it.show()
    assert len(opened) == 1
