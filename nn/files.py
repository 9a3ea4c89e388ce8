"""Writing files so that nothing is lost."""

import glob
import os
import tempfile
from pathlib import Path


def write_file(path: str | os.PathLike[str], content: bytes | str) -> None:
    """Write a file whole: beside its place first, then renamed. A reader sees the old file or the new, never a part."""
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {path.parent} to write {path.name} to")
    data = content.encode() if isinstance(content, str) else content
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, 0o666 & ~_umask())  # mkstemp makes it private
        os.replace(beside, path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def remove_unfinished(path: str | os.PathLike[str]) -> None:
    """Remove what a process that was killed in the middle of `write_file` has left beside the file."""
    path = Path(path)
    for beside in path.parent.glob(f".{glob.escape(path.name)}.????????"):
        beside.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
