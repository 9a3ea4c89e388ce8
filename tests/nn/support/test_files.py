"""Files: written whole or not at all, where they are, as they are."""

import os
import random
import re
import signal
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest

from nn.support.files import check_replaceable, write_file

from .processes import ended, in_child, start, wait_for

NOBODY = 65534
ROOT = Path(__file__).parents[3]
unix = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork and no SIGKILL")


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


def test_a_name_may_have_as_many_bytes_as_a_name_may_have(tmp_path):
    write_file(tmp_path / ("日" * 85), "text")
    assert [len(os.fsencode(path.name)) for path in tmp_path.iterdir()] == [255]


WRITES = re.compile(r"""\.write_text\(|\.write_bytes\(|open\([^)]*["'][rbt+]*[wax][bt+]*["']|np\.save|\.tofile\(""")


@pytest.mark.parametrize("folder", ["autograd", "nn", "viz"])
def test_nothing_else_writes_a_file(folder):
    allowed = {"nn/support/files.py": 2, "nn/data/tables.py": 1, "nn/data/array_files.py": 2}  # the last two: texts
    found = {}
    for file in (ROOT / folder).rglob("*.py"):
        if writes := len(WRITES.findall(file.read_text("utf-8"))):
            found[file.relative_to(ROOT).as_posix()] = writes
    assert found == {name: count for name, count in allowed.items() if name.startswith(folder)}


@pytest.mark.parametrize(
    "line", ['open(path, "w")', "file.open('xb')", 'Path(p).write_text("")', "os.fdopen(h, 'r+w')"]
)
def test_what_writes_a_file_is_seen(line):
    assert WRITES.search(line)


# ------------------------------------------------------------------------------------------------ what is refused


def test_a_folder_is_refused(tmp_path):
    (tmp_path / "file").mkdir()
    with pytest.raises(IsADirectoryError, match="file is a folder: no file can take its place"):
        write_file(tmp_path / "file", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_link_to_itself_is_refused(tmp_path):
    (tmp_path / "file").symlink_to(tmp_path / "file")
    with pytest.raises(OSError, match="the link leads to itself"):
        write_file(tmp_path / "file", "text")
    assert (tmp_path / "file").is_symlink()


@unix
def test_a_pipe_is_written_to(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    reader = start("import sys; print(open(sys.argv[1]).read())", tmp_path / "pipe")
    write_file(tmp_path / "pipe", "text")
    assert ended(reader) == "text\n"
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_a_device_stays_one():
    write_file(os.devnull, "text")
    assert not os.path.isfile(os.devnull)


@pytest.fixture
def folder_of_nobody():
    """A folder of a user who is not root, for whom permissions hold; its way there is open to all."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o777)
        yield Path(name)


@unix
def test_a_file_that_is_read_only_is_refused(folder_of_nobody):
    file = folder_of_nobody / "file"
    file.write_text("old")
    file.chmod(0o444)
    assert "PermissionError: [Errno 13] the file is read-only" in in_child(lambda: write_file(file, "new"), NOBODY)
    assert file.read_text() == "old"


@unix
def test_a_folder_that_is_read_only_is_refused(folder_of_nobody):
    folder_of_nobody.chmod(0o555)
    for function in (check_replaceable, lambda path: write_file(path, "new")):
        said = in_child(lambda function=function: function(folder_of_nobody / "file"), NOBODY)
        assert "PermissionError: [Errno 13] the folder is read-only" in said
    assert not [*folder_of_nobody.iterdir()]


@unix
def test_root_leaves_a_file_to_its_owner(folder_of_nobody):
    file = folder_of_nobody / "file"
    file.write_text("old")
    os.chown(file, NOBODY, NOBODY)
    file.chmod(0o640)
    write_file(file, "new")
    assert (file.stat().st_uid, file.stat().st_gid, mode(file)) == (NOBODY, NOBODY, 0o640)


# ------------------------------------------------------------------------------------------------ disks


@unix
def test_on_a_full_disk_the_old_file_stays_and_nothing_is_left(tmp_path):
    (tmp_path / "file").write_text("old")

    def write():
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        write_file(tmp_path / "file", b"x" * 1001)

    assert in_child(write) == f"OSError: [Errno 27] File too large: '{tmp_path / 'file'}'"
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_the_content_is_on_the_disk_before_the_name_and_the_name_before_it_returns(tmp_path, monkeypatch):
    done, true_sync, true_replace = [], os.fsync, os.replace

    def sync(handle):
        done.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "content")
        true_sync(handle)

    def replace(*paths):
        done.append("name")
        true_replace(*paths)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "replace", replace)
    write_file(tmp_path / "file", "text")
    assert done == ["content", "name"] + ["folder"] * (os.name != "nt")


def test_a_file_that_is_written_again_and_again_need_not_wait_for_its_name(tmp_path, monkeypatch):
    done, true_sync = [], os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda handle: done.append(stat.S_ISDIR(os.fstat(handle).st_mode)) or true_sync(handle)
    )
    write_file(tmp_path / "file", "text", sync_name=False)
    assert done == [False]


# ------------------------------------------------------------------------------------------------ processes

WRITING = """
import os, sys
from nn.support.files import write_file

true_sync = os.fsync

def sync(handle):
    print("writing", flush=True)
    sys.stdin.readline()
    true_sync(handle)

os.fsync = sync
write_file(sys.argv[1], "theirs")
"""


@unix
def test_the_unfinished_file_of_another_process_is_left_to_it(tmp_path):
    process = start(WRITING, tmp_path / "file")
    wait_for(process, "writing")
    [unfinished] = tmp_path.iterdir()
    write_file(tmp_path / "file", "ours")
    assert {*tmp_path.iterdir()} == {tmp_path / "file", unfinished}
    ended(process)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["theirs"]


@unix
def test_what_a_killed_process_has_left_is_removed_by_the_next_one(tmp_path):
    process = start(WRITING, tmp_path / "file")
    wait_for(process, "writing")
    process.kill()
    process.communicate()
    assert [path.name.startswith(".file.") for path in tmp_path.iterdir()] == [True]
    mine = [tmp_path / name for name in (".file.abcd1234", ".file.settings", ".files.abcd1234.glassgrad-unfinished")]
    for other in mine:
        other.write_text("not ours")
    write_file(tmp_path / "file", "ours")
    assert {*tmp_path.iterdir()} == {tmp_path / "file", *mine}


WRITING_ON = """
import sys
from itertools import cycle
from nn.support.files import write_file

print("ready", flush=True)
for letter in cycle("abc"):
    write_file(sys.argv[1], letter * 300_000)
"""


@unix
@pytest.mark.parametrize("times", [1, 19, 20])
def test_what_another_process_removes_before_it_is_locked_is_written_again(tmp_path, monkeypatch, times):
    removed = []

    def take(handle, wait=False):  # a moment too late
        if len(removed) < times:
            [beside] = tmp_path.glob(".file.*")
            beside.unlink()
            removed.append(beside)
        return True

    monkeypatch.setattr("nn.support.files.take", take)
    if times < 20:
        write_file(tmp_path / "file", "text")
        assert (tmp_path / "file").read_text() == "text"
    else:
        with pytest.raises(FileNotFoundError, match="removed by another process, again and again"):
            write_file(tmp_path / "file", "text")
        assert not [*tmp_path.iterdir()]


@unix
def test_a_process_killed_at_any_moment_leaves_a_whole_file(tmp_path):
    rng, unfinished = random.Random(0), 0
    for _ in range(12):
        process = start(WRITING_ON, tmp_path / "file")
        wait_for(process, "ready")
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(rng.uniform(0.005, 0.05))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        left = [path for path in tmp_path.iterdir() if path.name != "file"]
        unfinished += len(left)
        assert len(left) <= 1
        if (tmp_path / "file").exists():
            text = (tmp_path / "file").read_text()
            assert text == text[0] * 300_000
    assert unfinished, "no kill came while a file was written"
    write_file(tmp_path / "file", "ours")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_file_that_another_process_makes_meanwhile_is_replaced(tmp_path, monkeypatch):
    def another_comes(path, mode, access=os.access):
        may = access(path, mode)
        (tmp_path / "file").touch()
        return may

    monkeypatch.setattr("os.access", another_comes)
    write_file(tmp_path / "file", "ours")
    assert (tmp_path / "file").read_text() == "ours"


@unix
def test_many_processes_may_write_the_same_file(tmp_path):
    script = "import sys; from nn.support.files import write_file\n"
    script += "for i in range(30): write_file(sys.argv[1], sys.argv[2] * 10_000)"
    processes = [start(script, tmp_path / "file", letter) for letter in "abcd"]
    for process in processes:
        ended(process)
    text = (tmp_path / "file").read_text()
    assert text == text[0] * 10_000
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
