"""The page on speed tells what was measured: each of its times stands in benchmarks/RESULTS.md, with more digits."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how_it_works" / "speed.md").read_text("utf-8")
RESULTS = (ROOT / "benchmarks" / "RESULTS.md").read_text("utf-8")
SECTIONS = {  # of the page: those of the results
    "Eager": ["The moons loss", "Memory and size", "A program of your own"],
    "Compiled": [
        "A training step", "A step of a GPT", "Options by Black and Scholes", "Tracing and compiling", "An epoch",
        "Import",
    ],
}  # fmt: skip
UNITS = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "": 1.0}
NUMBER = re.compile(r"(?<![\w.,-])(\d[\d,]*(?:\.\d+)?)(?: (?:and [\d,]+ )?(ns|µs|ms|s)\b)?(?![\d-])")


def section(text, name):
    return re.search(rf"^## {re.escape(name)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)[1]


def numbers(text):
    """(digits, unit) of every number in a text."""
    return [(digits.replace(",", ""), unit) for digits, unit in NUMBER.findall(text)]


def is_told(claim, line):
    """Whether a line has the number, of which the page shows a few digits."""
    digits, unit = claim
    step = 1000.0 if digits.endswith("000") else 10.0 ** -len(digits.partition(".")[2])  # what it is rounded to
    measured = [
        float(other) * UNITS[of] / UNITS[unit]
        for other, of in numbers(line)
        if bool(unit) == bool(of) or (unit and "seconds" in line)
    ]
    return any(abs(each - float(digits)) <= 0.5001 * step for each in measured)


def untold(page, results):
    """What the tables and sentences of a page tell that no line of the results does; a cell and its ratio have one."""
    wrong = []
    for name, of in SECTIONS.items():
        lines = [line for each in of for line in section(results, each).splitlines()]
        lines = [re.sub(r"^\| (mlp.*?) \|", r"| \1 | seconds |", line) for line in lines]
        for line in section(page, name).splitlines():
            title, *cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else [""]
            if cells and numbers(" ".join(cells)) and not cells[0].startswith("2-16"):
                word = re.search(r"\w+", title)[0]
                groups = [" ".join(cells)] if name == "Eager" else cells
                claims = [(numbers(group), [each for each in lines if word in each]) for group in groups]
            else:
                claims = [([claim], lines) for claim in numbers(line) if claim[1]]
            wrong += [each for each, among in claims if not any(all(is_told(c, row) for c in each) for row in among)]
    return wrong


def test_every_time_on_the_page_was_measured():
    assert untold(PAGE, RESULTS) == []
    assert sum(len(numbers(section(PAGE, name))) for name in SECTIONS) > 50


@pytest.mark.parametrize(("before", "after"), [
    ("7.6 ms | 1 |", "7.5 ms | 1 |"), ("1274 ms | 168", "1274 ms | 167"), ("14 µs (0.31 ×)", "14 µs (0.33 ×)"),
    ("takes 97 ms", "takes 98 ms"), ("838 and", "839 and"), ("takes 0.16 s", "takes 0.17 s"),
    ("takes 28 ms", "takes 26 ms"),
])  # fmt: skip
def test_what_was_not_measured_is_found(before, after):
    assert PAGE.count(before) == 1
    assert len(untold(PAGE.replace(before, after), RESULTS)) == 1
