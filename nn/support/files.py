"""Writing files so that nothing is lost."""

import glob
import os
import stat
from pathlib import Path
from secrets import token_hex

_UNFINISHED = ".glassgrad-unfinished"


def write_file(path: str | os.PathLike[str], content: bytes | str) -> None:
    """Write a file whole: beside its place first, then renamed. A reader sees the old file or the new, never a part.

    Where the path is a link, the file that it leads to is written. A file keeps its permissions.
    """
    path = Path(os.path.realpath(path))
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {path.parent} to write {path.name} to")
    data = content.encode() if isinstance(content, str) else content
    beside = path.with_name(f"{_beginning(path)}{token_hex(4)}{_UNFINISHED}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            os.chmod(beside, stat.S_IMODE(path.stat().st_mode))
        os.replace(beside, path)
    except BaseException:  # Ctrl-C, too
        beside.unlink(missing_ok=True)
        raise


def remove_unfinished(path: str | os.PathLike[str]) -> None:
    """Remove what a process that was killed in the middle of `write_file` has left beside the file."""
    path = Path(os.path.realpath(path))
    for beside in path.parent.glob(f"{glob.escape(_beginning(path))}????????{_UNFINISHED}"):
        if beside.is_file():
            beside.unlink(missing_ok=True)


def _beginning(path: Path) -> str:
    return f".{path.name[:100]}."  # a name may have 255 bytes
