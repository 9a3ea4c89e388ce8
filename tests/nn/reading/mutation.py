"""Damage, drawn at random: of bytes, and of what JSON holds. The same random state gives the same damage."""

import json
import struct
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any

NUMBERS = [0, 1, -1, 2, 7, 28, 255, 256, 65_535, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**64 - 1]
FORMS = ["<B", ">B", "<H", ">H", "<I", ">I", "<Q", ">Q"]
TEXTS = [
    "", " ", "a", "\0", "\ud800", "\u202e", "\x1b[31m", "=1+1", "nan", "1e999", "-0", "1_000", "٣", "a" * 1000, "😀",
    "mse", "cross_entropy", "relu", "softmax", "step", "digits", "mnist", "moons", "StandardScaler", "MLP", "Layer",
]  # fmt: skip
HOSTILE: list[Callable[[], Any]] = [
    lambda: None, lambda: True, lambda: False, lambda: [], lambda: {}, lambda: [[]], lambda: [None], lambda: {"a": 1},
    lambda: float("nan"), lambda: float("inf"), lambda: 1e308, lambda: -1e-320, lambda: 0.5, lambda: 10**400,
    lambda: -(10**30), lambda: [0] * 1000, lambda: nested(400), lambda: ["a", "a"], lambda: [8, 8], lambda: [28, 28],
]  # fmt: skip


def nested(depth: int) -> list[Any]:
    """A list in a list in a list …"""
    inner: list[Any] = []
    for _ in range(depth):
        inner = [inner]
    return inner


@contextmanager
def _deep() -> Iterator[None]:
    """Several changes may meet: what is nested deeper than Python writes and reads by itself."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


@_deep()
def dumped(item: Any) -> str:
    """The item in JSON, however deep it is nested."""
    return json.dumps(item)


def damaged_bytes(rng: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    """The content after one change or a few: bytes and numbers written over, left out, said twice, cut off, mixed."""
    changed = bytearray(content)
    for _ in range(rng.choice([1, 1, 1, 2, 3, 8])):
        rng.choice(_CHANGES)(rng, changed, others)
    return bytes(changed)


def _place(rng: Random, content: bytearray) -> int:
    """Anywhere, and as often near the beginning, where most formats say what follows."""
    return rng.randrange(min(len(content), 64) if rng.random() < 0.5 else len(content)) if content else 0


def _overwrite(rng: Random, content: bytearray, others: Sequence[bytes]) -> None:
    place, form = _place(rng, content), rng.choice(FORMS)
    number = rng.choice(NUMBERS) if rng.random() < 0.7 else rng.getrandbits(64)
    packed = struct.pack(form, number % 256 ** struct.calcsize(form))
    content[place : place + len(packed)] = packed


def _flip(rng: Random, content: bytearray, others: Sequence[bytes]) -> None:
    if content:
        content[_place(rng, content)] ^= 1 << rng.randrange(8)


def _leave_out(rng: Random, content: bytearray, others: Sequence[bytes]) -> None:
    place = _place(rng, content)
    del content[place : place + rng.choice([1, 2, 4, 16, 100])]


def _say_twice(rng: Random, content: bytearray, others: Sequence[bytes]) -> None:
    place = _place(rng, content)
    content[place:place] = content[place : place + rng.choice([1, 4, 16, 100])] * rng.choice([1, 1, 50])


def _cut_off(rng: Random, content: bytearray, others: Sequence[bytes]) -> None:
    del content[_place(rng, content) :]


def _put_in(rng: Random, content: bytearray, others: Sequence[bytes]) -> None:
    place = _place(rng, content)
    content[place:place] = rng.randbytes(rng.choice([1, 4, 16]))


def _mix(rng: Random, content: bytearray, others: Sequence[bytes]) -> None:
    other = bytearray(rng.choice(others))
    content[_place(rng, content) :] = other[_place(rng, other) :]


_CHANGES = [_overwrite, _overwrite, _overwrite, _flip, _flip, _leave_out, _say_twice, _cut_off, _put_in, _mix]


def hostile(rng: Random) -> Any:
    """Something that JSON holds, and that nobody expects there."""
    kind = rng.randrange(3)
    return rng.choice(HOSTILE)() if kind == 0 else rng.choice(TEXTS) if kind == 1 else rng.choice(NUMBERS)


@_deep()
def damaged_json(rng: Random, item: Any) -> Any:
    """A copy of what JSON holds, with other items in one place or a few."""
    copy = json.loads(json.dumps(item))
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        owners = _owners(copy)
        if not owners:
            return hostile(rng)
        owner = rng.choice(owners)
        key = rng.choice(list(owner) if isinstance(owner, dict) else range(len(owner)))
        kind = rng.randrange(8)
        if kind == 0:
            del owner[key]
        elif kind == 1 and isinstance(owner, dict):
            owner[rng.choice([*TEXTS, *owner])] = hostile(rng)
        elif kind == 1:
            owner.insert(key, hostile(rng))
        elif kind == 2:
            other = rng.choice(owners)
            owner[key] = json.loads(json.dumps(rng.choice(list(other.values() if isinstance(other, dict) else other))))
        elif kind == 3 and type(owner[key]) in (int, float) and abs(owner[key]) < 1e300:
            owner[key] = owner[key] + rng.choice([1, -1, 0.5]) if rng.random() < 0.5 else -owner[key]
        else:
            owner[key] = hostile(rng)
    return copy


def _owners(item: Any) -> list[Any]:
    """All lists and dicts that hold something."""
    found = [item] if isinstance(item, (list, dict)) and item else []
    for each in item.values() if isinstance(item, dict) else item if isinstance(item, list) else []:
        found += _owners(each)
    return found
