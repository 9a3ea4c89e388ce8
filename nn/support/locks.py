"""Locks of the operating system, on files: it takes them back itself when a process ends, however that comes."""

import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from zlib import crc32

from .texts import printable

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_LOCK = ".glassgrad-lock"
_BEYOND = 1 << 30  # the byte that is locked on Windows, where nobody could read it: our files have no such byte


@contextmanager
def held(path: Path, advice: str) -> Iterator[None]:
    """Hold a file or a folder while the block runs: who wants it then, another thread too, is refused.

    What is locked is a small file: in a folder `.glassgrad-lock`, beside a file `.NAME.glassgrad-lock`. It says who
    holds it, and is removed in the end; one that a killed process has left locks nothing. The lock is one of advice: it
    stops nobody who does not ask. Where the file system has no locks, or lets us make no file, nobody is refused.

    Args:
        path: what to hold; its folder exists.
        advice: what to do instead, for the error.

    Raises:
        BlockingIOError: when it is held already.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, held(Path(folder), "wait"):
    ...     os.listdir(folder)
    ['.glassgrad-lock']
    """
    place = Path(os.path.realpath(path))
    file = place / _LOCK if place.is_dir() else place.with_name(f"{beginning(place)[:-1]}{_LOCK}")
    handle = _opened(file)
    while handle is not None:
        is_ours = take(handle)
        if is_ours is False:
            who = os.read(handle, 300).decode(errors="replace")
            os.close(handle)
            raise BlockingIOError(f"{path} is in use by {printable(who) or 'another process'}: {advice}")
        if is_ours is None or _is_there(file, handle):
            break
        os.close(handle)  # who held it has just removed it
        handle = _opened(file)
    if handle is None:
        yield
        return
    try:
        with suppress(OSError):  # the disk may be full
            os.ftruncate(handle, 0)
            os.write(handle, f"process {os.getpid()} on {platform.node()}".encode())
        yield
    finally:
        _let_go(file, handle)


def take(handle: int, wait: bool = False) -> bool | None:
    """Lock an open file, until it is closed: True; False where another one has it; None where there are no locks."""
    try:
        if sys.platform == "win32":
            here = os.lseek(handle, 0, os.SEEK_CUR)
            try:
                os.lseek(handle, _BEYOND, os.SEEK_SET)
                msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            finally:
                os.lseek(handle, here, os.SEEK_SET)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except (BlockingIOError, PermissionError):  # the latter on Windows
        return False
    except OSError:  # of a network, say
        return None
    return True


def beginning(path: Path) -> str:
    """How the names of files begin that stand beside this one while it is written: a name may have 255 bytes."""
    name = os.fsencode(path.name)
    if len(name) <= 100:
        return f".{path.name}."
    return f".{name[:100].decode(errors='ignore')}-{crc32(name):08x}."


def _opened(file: Path) -> int | None:
    """A handle of the file, made where it is not there; None where that is not allowed."""
    for mode in (os.O_RDWR | os.O_CREAT, os.O_RDONLY):  # the latter for one that is somebody else's
        with suppress(OSError):
            return os.open(file, mode | getattr(os, "O_NOFOLLOW", 0), 0o666)
    return None


def _is_there(file: Path, handle: int) -> bool:
    """Whether the file that was opened is still the one of that name."""
    try:
        return os.path.samestat(os.stat(file), os.fstat(handle))
    except OSError:
        return False


def _let_go(file: Path, handle: int) -> None:
    """Remove the file, and give back the lock: in this order, so that nobody holds a file without a name."""
    with suppress(OSError):  # on Windows, where it is open
        file.unlink()
    if sys.platform != "win32":
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_UN)  # of a process that was forked meanwhile, too
    os.close(handle)
    if sys.platform == "win32":
        with suppress(OSError):
            file.unlink()
