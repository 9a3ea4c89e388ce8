"""Files: written whole or not at all, where they are, as they are."""

import os
import stat

import pytest

from nn.support.files import write_file


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_has_the_permissions_that_the_umask_leaves(tmp_path):
    before = os.umask(0o027)
    try:
        write_file(tmp_path / "file", "text")
    finally:
        os.umask(before)
    assert mode(tmp_path / "file") == 0o640


def test_a_file_keeps_its_permissions(tmp_path):
    (tmp_path / "file").write_text("old")
    (tmp_path / "file").chmod(0o604)
    write_file(tmp_path / "file", "new")
    assert (tmp_path / "file").read_text() == "new"
    assert mode(tmp_path / "file") == 0o604


@pytest.mark.parametrize("exists", [True, False])
def test_a_link_stays_one(tmp_path, exists):
    target, link = tmp_path / "target", tmp_path / "link"
    if exists:
        target.write_text("old")
    link.symlink_to(target)
    write_file(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_a_name_may_be_as_long_as_a_name_may_be(tmp_path):
    write_file(tmp_path / ("n" * 255), "text")
    assert [len(path.name) for path in tmp_path.iterdir()] == [255]


def test_when_it_cannot_be_renamed_nothing_is_left(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("old")

    def refuse(*_):
        raise OSError("no space")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="no space"):
        write_file(tmp_path / "file", "new")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_a_missing_folder_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        write_file(tmp_path / "nowhere" / "file", "text")
