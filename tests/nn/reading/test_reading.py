"""Every reader, of damaged files: only documented errors, little time and memory, nothing written, nothing run.

300 files a reader, and in `make soak` 100,000, by GLASSGRAD_FILES; each by its number, which a failure names.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import pytest

from .readers import READERS

ROOT = Path(__file__).parents[3]
FILES = int(os.environ.get("GLASSGRAD_FILES", "300"))
AT_ONCE = 5_000  # in a process: what took too much memory is one of these


def watched(first, count, names):
    """What became of so many files of each of these readers, in processes of their own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.nn.reading.watch", str(first), str(count), *names],
        cwd=ROOT, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{names}, files from {first}: {done.stderr[-2000:]}"
    return dict(zip(names, map(json.loads, done.stdout.splitlines()), strict=True))


@pytest.fixture(scope="module")
def found():
    """Of every reader, what its processes found: one after the other, or many at once where there are many files."""
    if FILES <= AT_ONCE:
        return [watched(0, FILES, list(READERS))]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        firsts = [(first, name) for first in range(0, FILES, AT_ONCE) for name in READERS]
        parts = [pool.submit(watched, first, min(AT_ONCE, FILES - first), [name]) for first, name in firsts]
        for part in as_completed(parts):  # one that cannot be told of hides no other
            print(f"{part.exception() or part.result()}"[:2000], file=sys.__stderr__, flush=True)
        return [part.result() for part in parts]


@pytest.mark.parametrize("name", READERS)
def test_a_damaged_file_is_read_or_refused_in_words_and_nothing_else_happens(name, found, capsys):
    parts = [part[name] for part in found if name in part]
    read, refused, failed = (
        sum((part[what] for part in parts), start) for what, start in (("read", 0), ("refused", 0), ("failed", []))
    )
    with capsys.disabled():
        if FILES > 300:
            most = max(part["megabytes"] for part in parts)
            print(f"\n{name}: {read:,} read, {refused:,} refused, {len(failed)} failed; {most} MB at most")
    assert failed == []
    assert read + refused == FILES
    assert min(read, refused) > 0.01 * FILES  # the damage is neither too much nor too little
