"""Which faults the tests do not see: `python -m tests.mutants [PATH …]` plants them one by one, in a copy of the house.

A fault is one small change of a line that tests run: another comparison, the other branch, a number off by one, a call
or an error left out. The tests that run the line, the quickest first, must fail; what survives is listed, and wants a
test (or changes nothing that can be seen). All is plain Python.

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
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "runs" / "mutants"
COPY, WHOLE = KEPT / "house", KEPT / "whole"  # with the fault, and without any: as it was when the first run began
SEED = 20
MOST_SECONDS = 300  # for the tests of one fault: a loop that does not end is seen, too
FIRST = 12  # of them, which mostly see it, before the others are even collected
LEFT_OUT = shutil.ignore_patterns(".git", ".venv*", "runs", "*.so", "__pycache__", ".*_cache", ".hypothesis", "mnist")

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
seconds = {}

def pytest_runtest_logreport(report):
    seconds[report.nodeid] = seconds.get(report.nodeid, 0.0) + report.duration

def pytest_sessionfinish(session):
    with open(os.environ["MUTANTS_SECONDS"], "w") as file:
        json.dump(seconds, file)
"""


def run_tests(arguments: list[str], seconds: float | None = None) -> subprocess.CompletedProcess[str]:
    """The tests in the copy of the house; with status 124 where they did not end."""
    environment = os.environ | {
        "GLASSGRAD_PURE": "1", "PYTHONPATH": str(COPY), "PYTHONDONTWRITEBYTECODE": "1", "GLASSGRAD_EXAMPLES": "50",
        "MUTANTS_SECONDS": str(KEPT / "seconds.json"),
    }  # fmt: skip
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n0", "-p", "no:cacheprovider", *arguments]
    try:
        return subprocess.run(
            command, cwd=COPY, env=environment, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 124, "", "")


def covered(sources: list[str], tests: list[str]) -> dict[str, dict[int, list[str]]]:
    """For each file and line the tests that run it, the quickest first."""
    (COPY / "mutants_seconds.py").write_text(PLUGIN)
    (KEPT / "coverage.ini").write_text(
        f"[run]\nsource = {','.join(sorted({Path(each).parts[0] for each in sources}))}\n"
    )
    measure = ["--cov", "--cov-context=test", f"--cov-config={KEPT / 'coverage.ini'}", "--cov-report="]
    done = run_tests(["-p", "mutants_seconds", *measure, *tests])
    if done.returncode:
        raise SystemExit(f"the tests fail without any fault:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")
    from coverage import CoverageData

    data = CoverageData(str(COPY / ".coverage"))
    data.read()
    seconds = json.loads((KEPT / "seconds.json").read_text())
    lines: dict[str, dict[int, list[str]]] = {}
    for file in data.measured_files():
        path = Path(file).relative_to(COPY).as_posix()
        if not any(path.startswith(source) for source in sources):
            continue
        for line, contexts in data.contexts_by_lineno(file).items():
            names = {context.rpartition("|")[0] for context in contexts} - {""}
            lines.setdefault(path, {})[line] = sorted(names, key=lambda name: (seconds.get(name, 9.9), name))
    return lines


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


def made_ready(sources: list[str], tests: list[str]) -> dict[str, dict[int, list[str]]]:
    """The copy of the house, and what its tests run: of an earlier run, where there was one of the same."""
    kept, which = KEPT / "lines.json", {"sources": sources, "tests": tests, "files": checksum(ROOT)}
    there = json.loads(kept.read_text()) if kept.exists() else {}
    if there.get("of") != which:
        shutil.rmtree(KEPT, ignore_errors=True)
        for copy in (COPY, WHOLE):
            shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        there = {"of": which, "lines": covered(sources, tests)}
        kept.write_text(json.dumps(there))
    lines = there["lines"]
    for path in lines:  # a run that was killed has left its fault
        shutil.copyfile(WHOLE / path, COPY / path)
    return {path: {int(line): names for line, names in of_file.items()} for path, of_file in lines.items()}


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


def tried(fault: Fault, names: list[str]) -> str:
    """What became of a fault: "caught"; "endless", where the tests did not end, as of a loop; or "survived"."""
    file, before = COPY / fault.path, (WHOLE / fault.path).read_bytes()
    file.write_bytes(fault.planted(before))
    try:
        for some in filter(None, (names[:FIRST], names[FIRST:])):
            (KEPT / "names.txt").write_text("\n".join(some))
            status = run_tests([f"@{KEPT / 'names.txt'}"], MOST_SECONDS).returncode
            if status:
                return "endless" if status == 124 else "caught"
    finally:
        file.write_bytes(before)
    return "survived"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sources", nargs="*", default=["autograd", "nn", "viz"], help="files or folders, from the top")
    parser.add_argument("--tests", nargs="*", default=["tests"], help="which tests there are (tests)")
    parser.add_argument("--count", type=int, default=150, help="how many faults (150)")
    parser.add_argument("--minutes", type=float, default=90.0, help="begin no further fault after so long (90)")
    options = parser.parse_args()
    until, results = time.monotonic() + 60 * options.minutes, KEPT / "results.jsonl"
    lines = made_ready(options.sources, options.tests)
    known = [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
    for fault in chosen(lines, options.count):
        if any(asdict(fault).items() <= each.items() for each in known):
            continue
        if time.monotonic() > until:
            break
        known.append({**asdict(fault), "became": tried(fault, lines[fault.path][fault.line])})
        print(f"{known[-1]['became']:<8} {fault.path}:{fault.line}: {fault.kind}: {fault.text[:90]}", flush=True)
        with results.open("a") as file:
            file.write(json.dumps(known[-1]) + "\n")
    print(dict(Counter(each["became"] for each in known)))


if __name__ == "__main__":
    main()
