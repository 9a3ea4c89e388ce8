"""Writing files so that nothing is lost, by one function for all."""

import errno
import os
import stat
from contextlib import suppress
from glob import escape
from pathlib import Path
from secrets import token_hex

from .locks import beginning, take

_UNFINISHED = ".glassgrad-unfinished"
_ATTEMPTS = 20
_ON_WINDOWS = os.name == "nt"  # what is open there is not renamed, and not removed


def write_file(path: str | os.PathLike[str], content: bytes | str, sync_name: bool = True) -> None:
    """Write a file whole: beside its place first, then renamed. A reader sees the old file or the new, never a part.

    When it returns, the content is on the disk, and a loss of power does not take it. After an error or Ctrl-C nothing
    is left beside. What a process that was killed has left there the next one removes that writes the same file; it
    tells it from the unfinished file of a process that is at work by a lock.

    Args:
        path, content: which file, and what it shall hold.
        sync_name: False for a file that is written again and again: a loss of power may then bring the one before back,
            and writing takes two thirds of the time.

    Where the path is a link, the file that it leads to is written. A file keeps its permissions, and its owner where
    the system lets us. A pipe or a device is written to.

    Raises:
        FileNotFoundError: when there is no such folder.
        IsADirectoryError, PermissionError: when a folder is in its place; when the file or its folder is read-only.
        OSError: when it cannot be written, since the disk is full, say: what was there is there as it was.
    """
    data = content.encode() if isinstance(content, str) else content
    check_replaceable(path)
    if os.path.exists(path) and not os.path.isfile(path):
        Path(path).write_bytes(data)
        return
    place = Path(os.path.realpath(path))
    _remove_left_behind(place)
    if not any(_written(place, data) for _ in range(_ATTEMPTS)):
        raise FileNotFoundError(f"what is written beside {place} is removed by another process, again and again")
    if sync_name:
        _sync_folder(place.parent)


def check_replaceable(path: str | os.PathLike[str]) -> None:
    """Refuse a place where `write_file` can write no file: before the work whose result it is.

    Raises:
        FileNotFoundError, IsADirectoryError, PermissionError: as `write_file`.
    """
    place = Path(os.path.realpath(path))
    if os.path.exists(path) and not os.path.isfile(path) and not place.is_dir() and os.access(path, os.W_OK):
        return  # a pipe or a device
    if not place.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {place.parent} to write {place.name} to")
    if place.is_symlink():
        raise OSError(errno.ELOOP, "the link leads to itself", str(path))
    if place.is_dir():
        raise IsADirectoryError(f"{path} is a folder: no file can take its place")
    if os.path.exists(path) and not os.access(path, os.W_OK):  # its folder would let us, but somebody has protected it
        raise PermissionError(errno.EACCES, "the file is read-only", str(path))
    if not os.access(place.parent, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, "the folder is read-only", str(place.parent))


def _written(place: Path, data: bytes) -> bool:
    """Write beside the place and rename; False when another process has removed the file before we had its lock."""
    beside = place.with_name(f"{beginning(place)}{token_hex(4)}{_UNFINISHED}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            take(handle, wait=True)  # held until it is renamed
            file.write(data)
            file.flush()
            if place.exists():
                _make_like(beside, place.stat())
            os.fsync(handle)
            if not _ON_WINDOWS:
                os.replace(beside, place)
        if _ON_WINDOWS:
            os.replace(beside, place)
    except BaseException as error:  # Ctrl-C, too
        is_taken = isinstance(error, FileNotFoundError) and place.parent.is_dir() and not beside.exists()
        beside.unlink(missing_ok=True)
        if is_taken:
            return False
        if isinstance(error, OSError) and error.errno and error.filename is None:  # of a full disk, say
            error.filename = str(place)
        raise
    return True


def _make_like(file: Path, old: os.stat_result) -> None:
    """Give a file the owner, where the system lets us, and the permissions that another one has."""
    new = file.stat()
    if hasattr(os, "chown") and (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        with suppress(OSError):
            os.chown(file, old.st_uid, old.st_gid)
    os.chmod(file, stat.S_IMODE(old.st_mode))


def _sync_folder(folder: Path) -> None:
    """Let the new name be on the disk, too; not every system can do it."""
    if _ON_WINDOWS:
        return
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _remove_left_behind(place: Path) -> None:
    """Remove what processes that were killed while they wrote this file have left beside it."""
    with suppress(OSError):
        for beside in [*place.parent.glob(f"{escape(beginning(place))}????????{_UNFINISHED}")]:
            with suppress(OSError):
                _remove_if_nobody_writes(beside)


def _remove_if_nobody_writes(beside: Path) -> None:
    if _ON_WINDOWS:
        beside.unlink()  # fails where it is open
        return
    handle = os.open(beside, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if stat.S_ISREG(os.fstat(handle).st_mode) and take(handle):  # where there are no locks, it stays
            beside.unlink()
    finally:
        os.close(handle)
