"""Locks: one at a time, by name; a process that ends lets go, however it does."""

import errno
import os
import re
import sys
import threading

import pytest

from nn.support.files import write_file
from nn.support.locks import held

from .processes import ended, in_child, start, wait_for
from .test_files import NOBODY, WRITING, folder_of_nobody, unix  # noqa: F401  the fixture is used by its name

HOLDING = """
import sys
from pathlib import Path
from nn.support.locks import held

try:
    with held(Path(sys.argv[1]), "wait"):
        print("held", flush=True)
        sys.stdin.readline()
except BlockingIOError as error:
    print(error, flush=True)
"""


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("name", ["", "file"])
def test_what_is_held_is_refused_until_it_is_let_go(tmp_path, name):
    with held(tmp_path / name, "wait"):
        with pytest.raises(BlockingIOError) as caught, held(tmp_path / name, "wait"):
            pass
        assert re.search(rf"is in use by process {os.getpid()} on .*: wait$", str(caught.value))
        assert len(names(tmp_path)) == 1
    with held(tmp_path / name, "wait"):
        pass
    assert names(tmp_path) == []


def test_files_of_one_folder_are_held_one_by_one(tmp_path):
    with (
        held(tmp_path, ""),
        held(tmp_path / "a", ""),
        held(tmp_path / ("n" * 255), ""),
        held(tmp_path / ("n" * 254), ""),
    ):
        assert len(names(tmp_path)) == 4


def test_a_link_is_what_it_leads_to(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    with held(tmp_path / "link", ""), pytest.raises(BlockingIOError), held(tmp_path / "folder", ""):
        pass


@unix
def test_a_killed_process_holds_nothing(tmp_path):
    process = start(HOLDING, tmp_path)
    wait_for(process, "held")
    with pytest.raises(BlockingIOError, match=rf"in use by process {process.pid} on "), held(tmp_path, "wait"):
        pass
    process.kill()
    process.communicate()
    assert names(tmp_path) == [".glassgrad-lock"]
    with held(tmp_path, "wait"):
        assert (tmp_path / ".glassgrad-lock").read_text().startswith(f"process {os.getpid()} ")
    assert names(tmp_path) == []


@unix
def test_of_many_processes_at_once_one_has_it(tmp_path):
    processes = [start(HOLDING, tmp_path) for _ in range(5)]
    said = [process.stdout.readline() for process in processes]
    assert said.count("held\n") == 1
    pid = processes[said.index("held\n")].pid
    assert sum(bool(re.search(rf"in use by (process {pid} on .*|another process): wait", line)) for line in said) == 4
    for process in processes:
        ended(process)
    assert names(tmp_path) == []


def test_no_two_hold_it_while_others_let_go(tmp_path):
    inside, most, times = [], [], []

    def work():
        for _ in range(100):
            try:
                with held(tmp_path, ""):
                    inside.append(1)
                    most.append(len(inside))
                    inside.pop()
                    times.append(1)
            except BlockingIOError:
                pass

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert times
    assert names(tmp_path) == []


@unix
def test_a_forked_process_that_lives_on_holds_nothing(tmp_path):
    reading, writing = os.pipe()
    with held(tmp_path, ""):
        child = os.fork()
        if not child:
            os.close(writing)
            os.read(reading, 1)  # until the parent is done
            os._exit(0)
    with held(tmp_path, ""):
        assert names(tmp_path) == [".glassgrad-lock"]
    os.close(writing)
    os.close(reading)
    os.waitpid(child, 0)


@pytest.fixture
def no_locks(monkeypatch):
    """A file system that has none."""
    if sys.platform == "win32":
        pytest.skip("the call that fails is another one there")

    def refuse(*_):
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr("fcntl.flock", refuse)


def test_where_there_are_no_locks_nobody_is_refused(tmp_path, no_locks):
    with held(tmp_path, ""), held(tmp_path, ""):
        pass
    assert names(tmp_path) == []


@unix
def test_where_there_are_no_locks_what_is_unfinished_stays(tmp_path, no_locks):
    process = start(WRITING, tmp_path / "file")
    wait_for(process, "writing")
    write_file(tmp_path / "file", "ours")
    assert len(names(tmp_path)) == 2
    ended(process)


@unix
def test_who_may_make_no_file_holds_nothing_and_is_not_refused(folder_of_nobody):  # noqa: F811
    def hold():
        with held(folder_of_nobody, ""):
            return names(folder_of_nobody)

    folder_of_nobody.chmod(0o555)
    assert in_child(hold, NOBODY) == "[]"


@unix
def test_a_lock_of_another_user_is_one(folder_of_nobody):  # noqa: F811
    def hold():
        with held(folder_of_nobody, "wait"):
            pass

    with held(folder_of_nobody, "wait"):
        assert re.search(rf"BlockingIOError: .* in use by process {os.getpid()} on .*: wait", in_child(hold, NOBODY))
