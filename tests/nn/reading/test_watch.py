"""The watch notices what it is there for: a reader for each kind of trouble is caught."""

import os
import re
import time
from pathlib import Path

import pytest

from . import watch
from .watch import Watch, watched


@pytest.fixture(scope="module")
def hook():
    return Watch()  # Python never takes such a hook off: one for all tests, which is on while a reader reads


def other_error(path):
    return {}[path]


def unnamed(path):
    raise ValueError("something is wrong")


def slow(path):
    end = time.process_time() + 0.2
    while time.process_time() < end:
        pass


def large(path):
    return bytearray(1) * int(1e6 * (watch.megabytes() + 50))


def writes(path):
    path.with_suffix(".other").write_text("here")


def writes_by_number(path):
    os.close(os.open(path, os.O_RDWR))


def removes(path):
    path.unlink()


def runs(path):
    os.system("true")


TROUBLE = {
    other_error: "KeyError: ", unnamed: "a ValueError that does not name the file", slow: "it took 0.2 s",
    large: r"it took \d+ MB", writes: "it opened .*other to write", writes_by_number: "to write",
    removes: r"it called os\.remove", runs: r"it called os\.system",
}  # fmt: skip


@pytest.mark.parametrize(("read", "trouble"), TROUBLE.items(), ids=[read.__name__ for read in TROUBLE])
def test_trouble_is_noticed(read, trouble, hook, tmp_path, monkeypatch):
    monkeypatch.setattr(watch, "SECONDS", 0.15)
    monkeypatch.setattr(watch, "MEGABYTES", watch.megabytes() + 40)
    path = tmp_path / "file"
    path.write_bytes(b"content")
    outcome, told = watched(hook, read, path)
    assert outcome == "failed"
    assert re.search(trouble, told), told


def refuses(path):
    raise ValueError(f"{path} is damaged")


@pytest.mark.parametrize(("read", "outcome"), [(Path.read_bytes, "read"), (refuses, "refused")])
def test_what_is_right_is_no_trouble(read, outcome, hook, tmp_path, monkeypatch):
    monkeypatch.setattr(watch, "MEGABYTES", watch.megabytes() + 40)
    path = tmp_path / "file"
    path.write_bytes(b"content")
    assert watched(hook, read, path)[0] == outcome
