"""The JSON that models and checkpoints have in their files: what a stranger's may hold."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import limits

WRONG = (  # what a description that is not ours, damaged or hostile can raise where it is understood
    ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError, MemoryError,
)  # fmt: skip


def check_header(path: Path, instead: str) -> None:
    """Refuse a safetensors file whose header, which holds the description, is larger than may be.

    Args:
        path: the file.
        instead: what to do about it.

    Raises:
        LimitError: from `limits`.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
    if 8 + length <= path.stat().st_size:  # else it is damaged, which safetensors tells
        _check_length(path, length, instead)


def check_written(path: Path, content: bytes, instead: str) -> None:
    """Refuse what would be written there, where `check_header` would refuse the file.

    Raises:
        LimitError: from `limits`.
    """
    _check_length(f"what would be written to {path}", int.from_bytes(content[:8], "little"), instead)


def _check_length(what: Path | str, length: int, instead: str) -> None:
    limits.check(what, "bytes of description", length, limits.HEADER, instead)


def written_json(path: Path, content: Any, default: Callable[[Any], Any] | None = None) -> str:
    """The JSON of a description, which `read_json` can read.

    Args:
        path: the file that it is for.
        content: of the description.
        default: gives in JSON's types what is of another one.

    Raises:
        ValueError: for what `read_json` would refuse, and for lists that hold themselves.
        TypeError: for what JSON cannot hold.

    >>> written_json(Path("a.safetensors"), {"classes": ["\\ud800"]})
    Traceback (most recent call last):
    ValueError: a.safetensors was not written, since it could not be read again: the text '\\ud800' is no Unicode
    """
    try:
        text = json.dumps(content, default=default)
        read_json(text)
    except RecursionError:
        raise ValueError(f"{path} was not written: its description has lists that are nested too deep") from None
    except ValueError as error:
        raise ValueError(f"{path} was not written, since it could not be read again: {error}") from None
    return text


def read_json(text: str) -> Any:
    """What the JSON of a description holds.

    Raises:
        ValueError: for what is no JSON, is nested too deep, or has texts that are no Unicode.
        RecursionError: for what is nested deeper than Python goes.

    >>> read_json('{"classes": ["no", "yes"]}')
    {'classes': ['no', 'yes']}
    >>> read_json('["\\\\ud800"]')
    Traceback (most recent call last):
    ValueError: the text '\\ud800' is no Unicode
    """
    content = json.loads(text)
    level, depth = [content], 0
    while level:
        if depth > limits.NESTING:
            raise ValueError(f"lists that are nested in more than {limits.NESTING} others")
        inner: list[Any] = []
        for item in level:
            if isinstance(item, str) and not item.isascii():
                _check_unicode(item)
            elif isinstance(item, dict):
                inner += [*item, *item.values()]
            elif isinstance(item, list):
                inner += item
        level, depth = inner, depth + 1
    return content


def _check_unicode(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"the text {text!r:.40} is no Unicode") from None


def check_format(content: Any, ours: int, earlier: str) -> None:
    """Refuse the format of another version of glassgrad, and say what to do.

    Args:
        content: what `read_json` gave.
        ours: the format that this version reads.
        earlier: what to do with a file of an earlier version.

    Raises:
        ValueError: with both formats.

    >>> check_format({"format": 3}, 2, "train it again")
    Traceback (most recent call last):
    ValueError: format 3, expected 2: a later version of glassgrad has written it, install that one
    """
    format_ = content.get("format") if isinstance(content, dict) else None
    if type(format_) is not int:
        raise ValueError("it says no format")
    if format_ != ours:
        later = "a later version of glassgrad has written it, install that one"
        raise ValueError(f"format {format_}, expected {ours}: {later if format_ > ours else earlier}")
