"""Which faults the tests do not see: `python -m tests.mutants [PATH …]` plants them one by one, in copies of the house.

A fault is one small change of a line that tests run: another comparison, the other branch, a number off by one, a call
or an error left out. The tests that run the line must fail, the nearest and quickest first, for at most two minutes;
what survives is listed, and wants a test (or changes nothing one can see). All is plain Python; each core has its copy.

`runs/mutants` keeps which tests run which line, and what became of each fault: a run that was interrupted goes on. With
other paths or tests, or after a change of a file of Python, it begins anew.
"""

import argparse
import ast
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from itertools import takewhile
from pathlib import Path
from queue import Queue

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "runs" / "mutants"
WHOLE = KEPT / "whole"  # as it was when the first run began; copies of it have faults
SEED = 20
MOST_SECONDS = 120.0  # of tests for one fault; much slower ones are stopped: a loop that does not end is seen, too
FIRST = 12  # of them, which mostly see it, before the others are even collected
LEFT_OUT = shutil.ignore_patterns(".git", ".venv*", "runs", "*.so", "__pycache__", ".*_cache", ".hypothesis")

COMPARISONS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
ARITHMETIC = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult}


@dataclass(frozen=True)
class Fault:
    """What is written in the place of a piece of a file: from `start` to `end`, counted in bytes."""

    path: str
    line: int
    start: int
    end: int
    text: str
    kind: str

    def planted(self, source: bytes) -> bytes:
        return source[: self.start] + self.text.encode() + source[self.end :]


def faults(path: str, source: bytes) -> Iterator[Fault]:
    """All faults that can be planted in a file."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    tree = ast.parse(source)
    in_texts = {id(part) for text in ast.walk(tree) if isinstance(text, ast.JoinedStr) for part in ast.walk(text)}
    for node in ast.walk(tree):
        if id(node) in in_texts:  # Python 3.11 does not know where they are
            continue
        for place, text, kind in _changes(node):
            start = starts[place.lineno - 1] + place.col_offset
            end = starts[place.end_lineno - 1] + place.end_col_offset
            before = source[start:end].decode()
            if isinstance(place, ast.stmt) or ast.dump(ast.parse(text)) != ast.dump(ast.parse(f"({before})")):
                yield Fault(path, place.lineno, start, end, text, kind)


def _changes(node: ast.AST) -> Iterator[tuple[ast.AST, str, str]]:
    """(what is replaced, by which text, in words)."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARISONS:
        other = ast.Compare(node.left, [COMPARISONS[type(node.ops[0])]()], node.comparators)
        yield node, f"({ast.unparse(other)})", "another comparison"
    elif isinstance(node, ast.BoolOp):
        other = ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        yield node, f"({ast.unparse(other)})", "and for or"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.USub)):
        yield node, f"({ast.unparse(node.operand)})", "no not or minus"
    elif isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC and not isinstance(node.left, ast.JoinedStr):
        other = ast.BinOp(node.left, ARITHMETIC[type(node.op)](), node.right)
        yield node, f"({ast.unparse(other)})", "other arithmetic"
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield node, f"({node.value + 1!r})", "a number and one"
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield node, repr(not node.value), "the other truth"
    elif isinstance(node, (ast.If, ast.IfExp, ast.While)):
        yield node.test, f"(not ({ast.unparse(node.test)}))", "the other branch"
    elif isinstance(node, ast.Raise) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
        yield node, "pass", "left out"
    elif isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
        yield node, "return None", "nothing is returned"


# ------------------------------------------------------------------------------------------------ who runs a line

PLUGIN = """
import json, os
seconds, failed = {}, set()

def pytest_runtest_logreport(report):
    seconds[report.nodeid] = seconds.get(report.nodeid, 0.0) + report.duration
    if report.failed:
        failed.add(report.nodeid)

def pytest_sessionfinish(session):
    with open(os.environ["MUTANTS_SECONDS"], "w") as file:
        json.dump([seconds, sorted(failed)], file)
"""


def run_tests(house: Path, arguments: list[str], seconds: float | None = None) -> subprocess.CompletedProcess[str]:
    """The tests in a copy of the house; with status 124 where they did not end."""
    environment = os.environ | {
        "GLASSGRAD_PURE": "1", "PYTHONPATH": str(house), "PYTHONDONTWRITEBYTECODE": "1", "GLASSGRAD_EXAMPLES": "50",
        "MUTANTS_SECONDS": str(KEPT / "seconds.json"),
    }  # fmt: skip
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    try:
        return subprocess.run(
            command, cwd=house, env=environment, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 124, "", "")


def covered(sources: list[str], tests: list[str]) -> tuple[dict[str, dict[int, list[str]]], dict[str, float]]:
    """For each file and line the tests that run it, those to be tried first in front; and the seconds of each test."""
    (WHOLE / "mutants_seconds.py").write_text(PLUGIN)
    configuration = KEPT / "coverage.ini"
    configuration.write_text(f"[run]\nsource = {','.join(sorted({Path(each).parts[0] for each in sources}))}\n")
    measure = ["--cov", "--cov-context=test", f"--cov-config={configuration}", "--cov-report="]
    done = run_tests(WHOLE, ["-n", "auto", "--dist", "loadfile", "-p", "mutants_seconds", *measure, *tests])
    if done.returncode > 1 or not (KEPT / "seconds.json").exists():
        raise SystemExit(f"the tests do not run:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")
    from coverage import CoverageData

    data = CoverageData(str(WHOLE / ".coverage"))
    data.read()
    seconds, failed = json.loads((KEPT / "seconds.json").read_text())
    for name in failed:
        print(f"{name} fails without any fault: it sees none")
    lines: dict[str, dict[int, list[str]]] = {}
    for file in data.measured_files():
        path = Path(file).relative_to(WHOLE).as_posix()
        if not any(path.startswith(source) for source in sources):
            continue
        for line, contexts in data.contexts_by_lineno(file).items():
            names = {context.rpartition("|")[0] for context in contexts} - {"", *failed}
            lines.setdefault(path, {})[line] = first_ones(path, names, seconds)
    return lines, seconds


def first_ones(path: str, names: Iterable[str], seconds: dict[str, float]) -> list[str]:
    """Of the tests that run a line of `path` those to be tried: of the folder that mirrors its own, the quick first."""

    def strangeness(name: str) -> tuple[int, float, str]:
        ours, theirs = Path(path).with_suffix("").parts, Path(name.partition("::")[0]).parts[1:]
        shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(ours[:-1], theirs, strict=False)))
        named = any(part.removeprefix("test_").startswith(ours[-1]) for part in theirs[-1:])
        return -2 * shared - named, seconds.get(name, MOST_SECONDS), name

    found, left = [], MOST_SECONDS
    for name in sorted(names, key=strangeness):
        left -= seconds.get(name, MOST_SECONDS)
        if left < 0 and found:
            break
        found.append(name)
    return found


def checksum(root: Path) -> str:
    """A text that differs where a file of Python, or what sets up the tests, is another one."""
    found = hashlib.sha256()
    for folder, folders, names in os.walk(root):
        left_out = LEFT_OUT(folder, folders)
        folders[:] = sorted(name for name in folders if name not in left_out)
        for path in (Path(folder, name) for name in sorted(names) if name.endswith((".py", ".toml"))):
            content = path.read_bytes()
            found.update(f"{path.relative_to(root).as_posix()} {len(content)} ".encode() + content)
    return found.hexdigest()


def made_ready(sources: list[str], tests: list[str]) -> tuple[dict[str, dict[int, list[str]]], dict[str, float]]:
    """What the tests of the house run, and their seconds: of an earlier run, where there was one of the same."""
    kept, which = KEPT / "lines.json", {"sources": sources, "tests": tests, "files": checksum(ROOT)}
    there = json.loads(kept.read_text()) if kept.exists() else {}
    if there.get("of") != which:
        shutil.rmtree(KEPT, ignore_errors=True)
        shutil.copytree(ROOT, WHOLE, ignore=LEFT_OUT)
        lines, seconds = covered(sources, tests)
        there = {"of": which, "lines": lines, "seconds": seconds}
        kept.write_text(json.dumps(there))
    numbered = {path: {int(line): names for line, names in found.items()} for path, found in there["lines"].items()}
    return numbered, there["seconds"]


def houses() -> Queue[Path]:
    """A copy of the house for each core: new ones, since a run that was killed has left its fault."""
    found: Queue[Path] = Queue()
    for number in range(os.cpu_count() or 1):
        house = KEPT / f"house {number + 1}"
        shutil.rmtree(house, ignore_errors=True)
        found.put(shutil.copytree(WHOLE, house, ignore=LEFT_OUT))
    return found


# ------------------------------------------------------------------------------------------------ the trial


def chosen(lines: dict[str, dict[int, list[str]]], count: int) -> list[Fault]:
    """Faults on lines that tests run, at random, and of no file many more than of another; always the same ones."""
    rng, by_file = random.Random(SEED), []
    for path, of_file in sorted(lines.items()):
        found = [fault for fault in faults(path, (WHOLE / path).read_bytes()) if of_file.get(fault.line)]
        rng.shuffle(found)
        by_file.append(found)
    rng.shuffle(by_file)
    result: list[Fault] = []
    while len(result) < count and any(by_file):
        result += [found.pop() for found in by_file if found]
    return result[:count]


def tried(fault: Fault, names: list[str], seconds: dict[str, float], free: Queue[Path]) -> str:
    """What became of a fault: "caught"; "endless", where the tests did not end, as of a loop; or "survived"."""
    house = free.get()
    file, before = house / fault.path, (WHOLE / fault.path).read_bytes()
    file.write_bytes(fault.planted(before))
    try:
        for some in filter(None, (names[:FIRST], names[FIRST:])):
            (house / "names.txt").write_text("\n".join(some))
            patience = 60 + 5 * sum(seconds.get(name, MOST_SECONDS) for name in some)
            status = run_tests(house, ["-x", "-n0", "@names.txt"], patience).returncode
            if status:
                return "endless" if status == 124 else "caught"
    finally:
        file.write_bytes(before)
        free.put(house)
    return "survived"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sources", nargs="*", default=["autograd", "nn", "viz"], help="files or folders, from the top")
    parser.add_argument("--tests", nargs="*", default=["tests"], help="which tests there are (tests)")
    parser.add_argument("--count", type=int, default=150, help="how many faults (150)")
    parser.add_argument("--minutes", type=float, default=90.0, help="begin no further fault after so long (90)")
    options = parser.parse_args()
    until, results = time.monotonic() + 60 * options.minutes, KEPT / "results.jsonl"
    lines, seconds = made_ready(options.sources, options.tests)
    known = [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
    free = houses()

    def trial(fault: Fault) -> tuple[Fault, str | None]:
        late = time.monotonic() > until
        return fault, None if late else tried(fault, lines[fault.path][fault.line], seconds, free)

    with ThreadPoolExecutor(free.qsize()) as pool, results.open("a") as file:
        left = [f for f in chosen(lines, options.count) if not any(asdict(f).items() <= each.items() for each in known)]
        for done in as_completed([pool.submit(trial, fault) for fault in left]):
            fault, became = done.result()
            if became is None:
                continue
            known.append({**asdict(fault), "became": became})
            print(f"{became:<8} {fault.path}:{fault.line}: {fault.kind}: {fault.text[:90]}", flush=True)
            print(json.dumps(known[-1]), file=file, flush=True)
    print(dict(Counter(each["became"] for each in known)))


if __name__ == "__main__":
    main()
