"""A process that reads damaged files, under watch: `python -m tests.nn.reading.watch FIRST COUNT READER…`.

Each file is made from the reader's name and its number alone, so that a failure can be had again: FIRST is its number.
Of each, nothing may happen but that it is read, or refused by a ValueError that names the file: in so much time and
memory, without anything written or run, and without a word. What happened is printed, as JSON.
"""

import contextlib
import json
import os
import resource
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from .readers import READERS, Reader

SECONDS, MEGABYTES = 2.0, 500.0
_MORE = 4 * 2**30  # of addresses: what asks for more is refused by the system, before this machine is full
_FORBIDDEN = (
    "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.system",
    "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "subprocess.Popen", "pickle.find_class", "socket.connect",
)  # fmt: skip


class Watch:
    """Notes what a reader must not do, while it is on: Python tells of files, processes and pickles."""

    def __init__(self) -> None:
        self.is_on, self.seen = False, list[str]()
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.is_on or _is_of_a_lock(event, arguments):
            return
        if event == "open" and isinstance(arguments[2], int):
            if arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC):
                self.seen.append(f"it opened {arguments[0]} to write")
        elif event in _FORBIDDEN:
            self.seen.append(f"it called {event}{arguments[:2]}")

    @contextlib.contextmanager
    def on(self) -> Iterator[list[str]]:
        self.seen = []
        self.is_on = True
        try:
            yield self.seen
        finally:
            self.is_on = False


def _is_of_a_lock(event: str, arguments: tuple[Any, ...]) -> bool:
    """A training holds its checkpoint by a file beside it, which is made, written by its handle, and removed."""
    return str(arguments[:1]).endswith(".glassgrad-lock',)") or (event == "os.truncate" and type(arguments[0]) is int)


def watched(watch: Watch, read: Any, path: Path) -> tuple[str, str]:
    """What became of a file: "read", "refused" with the message, or "failed" with the reason."""
    memory, start, trouble = megabytes(), time.process_time(), ""
    outcome, told = "read", ""
    with watch.on() as seen:
        try:
            read(path)
        except ValueError as error:
            outcome, told = "refused", str(error)
            if str(path) not in told:
                trouble = f"a ValueError that does not name the file: {_where(error)}"
        except BaseException as error:  # noqa: BLE001  all else is a failure, KeyboardInterrupt too
            trouble = _where(error)
    seconds = time.process_time() - start
    if megabytes() > max(memory, MEGABYTES):
        trouble = trouble or f"it took {megabytes():.0f} MB"
    if seconds > SECONDS:
        trouble = trouble or f"it took {seconds:.1f} s"
    trouble = trouble or "; ".join(seen)
    return ("failed", trouble) if trouble else (outcome, told)


def megabytes() -> float:
    """The most memory that this process has had; elsewhere than on Linux, its parent's counts, too."""
    if (status := Path("/proc/self/status")).exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def _where(error: BaseException) -> str:
    """The error in a line, with the last of our lines that it went through."""
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if f"{os.sep}tests{os.sep}" not in frame.filename
    ]
    ours = [frame for frame in frames if f"{os.sep}nn{os.sep}" in frame.filename] or frames
    place = f" ({Path(ours[-1].filename).name}:{ours[-1].lineno})" if ours else ""
    return f"{type(error).__name__}: {error!s:.200}{place}"


def run(reader: Reader, name: str, first: int, count: int) -> dict[str, Any]:
    """How many files were read and refused, and which failed, with the reason."""
    watch, found = Watch(), {"read": 0, "refused": 0, "failed": list[tuple[int, str]]()}
    files, start = reader.whole(), time.process_time()
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as elsewhere:
        path = Path(folder, f"given{reader.ending}")
        os.chdir(elsewhere)
        for content in files:  # what is imported, is imported here
            path.write_bytes(content)
            reader.read(path)
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (_MORE, most))
        for number in range(first, first + count):
            content = reader.damaged(Random(f"{name} {number}"), files)
            path.write_bytes(content)
            outcome, told = watched(watch, reader.read, path)
            if outcome != "failed" and (os.listdir(folder) != [path.name] or path.read_bytes() != content):
                outcome, told = "failed", "the folder is not as it was"
            if outcome == "failed":
                found["failed"].append((number, told))
            else:
                found[outcome] += 1
        if os.listdir(elsewhere):
            found["failed"].append((first, f"it left {os.listdir(elsewhere)} where it ran"))
        os.chdir("/")
    return {**found, "megabytes": round(megabytes()), "seconds": round(time.process_time() - start, 2)}


def main(first: str, count: str, *names: str) -> None:
    """Each reader in a process of its own, which has imported all already."""
    for name in names:
        if os.fork() == 0:
            warnings.simplefilter("error")  # a reader says nothing but its error
            print(json.dumps(run(READERS[name], name, int(first), int(count))), flush=True)
            os._exit(0)
        _, status = os.wait()
        if status:
            raise SystemExit(f"{name}: the process ended with status {status}")


if __name__ == "__main__":
    main(*sys.argv[1:])
