"""The committed notebooks are whole: run from top to bottom, clean, with pictures, small, and all there."""

import copy
import json
import re
from pathlib import Path
from runpy import run_path

import pytest
from nbformat.validator import iter_validate

MAIN = Path(__file__).parents[1]
README = (MAIN / "README.md").read_text(encoding="utf-8")
NOTEBOOKS = sorted((MAIN / "notebooks").glob("*.ipynb"))
NUMBERS = range(1, 15)
MOST_BYTES = 500_000
WITH_EXPLORER = (2, 4, 7, 9, 10, 11)
CLOSING = "## What to take with you"

# What Python prints of an object that nobody meant to show: a ";" is missing at the end of the cell.
RAW = re.compile(r"^[\[({]*<|\bat 0x[0-9a-f]{6,}|^[\[(]*Text\(|<[A-Z]\w*Container object")


def _cells(notebook, kind):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


def _outputs(notebook):
    """(number of the code cell, output) of every output."""
    cells = _cells(notebook, "code")
    return [(number, output) for number, cell in enumerate(cells, 1) for output in cell.get("outputs", [])]


def _text(text):
    """Files hold a text as one string or as a list of lines."""
    return text if isinstance(text, str) else "".join(text)


# Each rule takes a notebook, as its file has it, and gives what is wrong: an empty list for a good one.


def is_valid(notebook):
    errors = [error.message for error in iter_validate(notebook)]
    version = (notebook["nbformat"], notebook["nbformat_minor"])
    return errors + ([] if version == (4, 5) else [f"the format is {version}, not (4, 5)"])


def was_run_in_order(notebook):
    counts = [cell["execution_count"] for cell in _cells(notebook, "code")]
    return [] if counts and counts == list(range(1, len(counts) + 1)) else [f"the cells were run as {counts}"]


def shows_no_error(notebook):
    return [
        f"code cell {number}: {output.get('ename', 'output to stderr')}"
        for number, output in _outputs(notebook)
        if output["output_type"] == "error" or output.get("name") == "stderr"
    ]


def shows_no_raw_repr(notebook):
    wrong = []
    for number, output in _outputs(notebook):
        forms = {"text/plain": output["text"]} if output["output_type"] == "stream" else output.get("data", {})
        lines = _text(forms.get("text/plain", "")).splitlines()
        if set(forms) == {"text/plain"}:
            wrong += [f"code cell {number}: {line}" for line in lines if RAW.search(line)]
    return wrong


def has_pictures(notebook):
    pictures = [
        form for _, output in _outputs(notebook) for form in output.get("data", {}) if form.startswith("image/")
    ]
    return [] if len(pictures) >= 2 else [f"{len(pictures)} pictures, expected two or more"]


def shows_its_pictures_untrusted(notebook):
    """Notebooks that are not trusted, and pages that show notebooks, drop SVG and frames."""
    wrong = []
    for number, output in _outputs(notebook):
        forms = output.get("data", {})
        if "<iframe" in _text(forms.get("text/html", "")):
            wrong.append(f"code cell {number}: a page, in place of its photograph")
        elif "image/svg+xml" in forms and "image/png" not in forms:
            wrong.append(f"code cell {number}: SVG without PNG")
    return wrong


def has_a_title(notebook):
    first = notebook["cells"][0]
    lines = _text(first["source"]).splitlines() or [""]
    return [] if first["cell_type"] == "markdown" and re.match(r"# \S", lines[0]) else [f"it begins with {lines[0]!r}"]


def closes_with_what_to_take_along(notebook):
    sources = [_text(cell["source"]) for cell in _cells(notebook, "markdown")]
    headings = [line for source in sources for line in source.splitlines() if re.match(r"#{1,6} ", line)]
    last = notebook["cells"][-1]
    if not headings or headings[-1] != CLOSING or last["cell_type"] != "markdown":
        return [f"the last section is not {CLOSING!r}, or a code cell comes after it"]
    points = re.findall(r"^- ", _text(last["source"]).partition(CLOSING)[2], re.MULTILINE)
    return [] if points else [f"{CLOSING!r} has no points"]


def has_no_traces_of_the_run(notebook):
    """No times, and nothing that an editor leaves: a new run of the same notebook is the same file."""
    extra = sorted(set(notebook["metadata"]) - {"kernelspec", "language_info"})
    return [f"metadata of the notebook: {key}" for key in extra] + [
        f"metadata of cell {cell.get('id')}: {key}"
        for cell in notebook["cells"]
        for key in cell["metadata"]
        if key != "tags"
    ]


def is_small(notebook):
    """As nbformat writes it."""
    text = json.dumps(notebook, indent=1, ensure_ascii=False)
    size = len(text.encode())
    return [] if size <= MOST_BYTES else [f"{size:,} bytes, at most {MOST_BYTES:,}"]


RULES = [
    is_valid, was_run_in_order, shows_no_error, shows_no_raw_repr, has_pictures, shows_its_pictures_untrusted,
    has_a_title, closes_with_what_to_take_along, has_no_traces_of_the_run, is_small,
]  # fmt: skip


def missing_numbers(names):
    """The numbers from 1 to 14 that not exactly one of the files has."""
    return [number for number in NUMBERS if sum(name.startswith(f"{number:02}_") for name in names) != 1]


def oddly_named(names):
    return [name for name in names if not re.fullmatch(r"(0[1-9]|1[0-4])_[a-z0-9_]+\.ipynb", name)]


def not_linked(names, text):
    return [name for name in names if f"](notebooks/{name})" not in text]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook(path, rule):
    assert rule(json.loads(path.read_text(encoding="utf-8"))) == []


def test_each_number_exists_once():
    assert missing_numbers([path.name for path in NOTEBOOKS]) == []


def test_each_has_a_number_and_a_plain_name():
    assert oddly_named([path.name for path in NOTEBOOKS]) == []


def test_the_readme_links_each():
    assert not_linked([path.name for path in NOTEBOOKS], README) == []


@pytest.mark.parametrize("number", WITH_EXPLORER)
def test_the_notebooks_to_be_explored_have_an_explorer_as_a_photograph(number):
    [path] = [path for path in NOTEBOOKS if path.name.startswith(f"{number:02}_")]
    outputs = [output.get("data", {}) for _, output in _outputs(json.loads(path.read_text(encoding="utf-8")))]
    explorers = [data for data in outputs if _text(data.get("text/plain", "")).startswith("<Explorer of ")]
    assert [sorted(data) for data in explorers] == [["image/png", "text/plain"]]


# The rules find what they are there for.


def good():
    """A small notebook without a fault: a title, pictures, something printed, the closing."""
    picture = {"output_type": "display_data", "data": {"image/png": "QUJD", "text/plain": "<Figure>"}, "metadata": {}}
    printed = {"output_type": "stream", "name": "stdout", "text": "1 < 2\n"}
    code = {"cell_type": "code", "source": "print(1)"}
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"language_info": {"name": "python"}},
        "cells": [
            {"id": "a", "cell_type": "markdown", "metadata": {}, "source": "# Title\n\nText."},
            {"id": "b", **code, "metadata": {}, "execution_count": 1, "outputs": [picture, copy.deepcopy(picture)]},
            {"id": "c", **code, "metadata": {}, "execution_count": 2, "outputs": [printed]},
            {"id": "d", "cell_type": "markdown", "metadata": {}, "source": f"{CLOSING}\n\n- A point."},
        ],
    }


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_rule_accepts_a_good_notebook(rule):
    assert rule(good()) == []


def adds(output):
    """A fault: the cell that prints also has this output."""
    return lambda cells: cells[2]["outputs"].append(output)


def has_source(number, text):
    return lambda cells: cells[number].update(source=text)


FAULTS = {
    "no cell id": (is_valid, lambda cells: cells[0].pop("id")),
    "a cell of no kind": (is_valid, lambda cells: cells[3].update(cell_type="picture")),
    "not run": (was_run_in_order, lambda cells: cells[2].update(execution_count=None)),
    "run twice": (was_run_in_order, lambda cells: cells[2].update(execution_count=3)),
    "an error": (
        shows_no_error,
        adds({"output_type": "error", "ename": "ZeroDivisionError", "evalue": "", "traceback": []}),
    ),
    "a warning": (shows_no_error, adds({"output_type": "stream", "name": "stderr", "text": "UserWarning: beware"})),
    "a printed object": (
        shows_no_raw_repr,
        adds({"output_type": "stream", "name": "stdout", "text": ["made\n", "<nn.MLP object at 0x7f0000000000>\n"]}),
    ),
    "one picture": (has_pictures, lambda cells: cells[1]["outputs"].pop()),
    "a page": (
        shows_its_pictures_untrusted,
        adds({"output_type": "display_data", "data": {"text/html": ["<div><iframe srcdoc=''>"]}, "metadata": {}}),
    ),
    "a picture for the trusted": (
        shows_its_pictures_untrusted,
        adds({"output_type": "display_data", "data": {"image/svg+xml": "<svg/>"}, "metadata": {}}),
    ),
    "no title": (has_a_title, has_source(0, "Text.")),
    "a small title": (has_a_title, has_source(0, "## Title")),
    "no closing": (closes_with_what_to_take_along, has_source(3, "## The end\n\n- A point.")),
    "an empty closing": (closes_with_what_to_take_along, has_source(3, CLOSING)),
    "a section after the closing": (
        closes_with_what_to_take_along,
        has_source(3, f"{CLOSING}\n\n- A point.\n\n## More"),
    ),
    "a cell after the closing": (closes_with_what_to_take_along, lambda cells: cells.append(cells.pop(2))),
    "times of the run": (
        has_no_traces_of_the_run,
        lambda cells: cells[2].update(metadata={"execution": {"iopub.execute_input": "2024-01-01T00:00:00Z"}}),
    ),
    "too large": (is_small, has_source(2, "#" * MOST_BYTES)),
}
REPRS = [
    "<Axes: xlabel='x'>",
    "<Figure size 700x350 with 1 Axes>",
    "[<matplotlib.lines.Line2D at 0x7f0000000000>]",
    "<autograd.Node object at 0x7f0000000000>",
    "[Text(0.5, 0, 'x')]",
    "Text(0.5, 1.0, 'title')",
    "(array([1.]),\n <BarContainer object of 3 artists>)",
]
for text in REPRS:
    data = {"output_type": "execute_result", "execution_count": 2, "data": {"text/plain": text}, "metadata": {}}
    FAULTS[f"the output {text!r}"] = (shows_no_raw_repr, adds(data))


@pytest.mark.parametrize(("rule", "plant"), FAULTS.values(), ids=FAULTS)
def test_a_rule_finds_a_planted_fault(rule, plant):
    notebook = good()
    plant(notebook["cells"])
    assert len(rule(notebook)) == 1


def test_metadata_of_the_notebook_are_looked_at():
    notebook = good()
    notebook["metadata"]["papermill"] = {"duration": 3.0}
    assert has_no_traces_of_the_run(notebook) == ["metadata of the notebook: papermill"]


def test_missing_and_double_numbers_are_found():
    names = [f"{number:02}_name.ipynb" for number in NUMBERS]
    assert missing_numbers(names) == []
    assert missing_numbers([*names[:3], *names[4:], "07_another.ipynb"]) == [4, 7]


def test_odd_names_are_found():
    odd = ["15_more.ipynb", "1_a.ipynb", "01_A title.ipynb", "Untitled.ipynb"]
    assert oddly_named(["01_a_title.ipynb", *odd]) == odd


def test_a_notebook_without_a_link_is_found():
    assert not_linked(["01_a.ipynb", "02_b.ipynb"], "[a](notebooks/01_a.ipynb), notebooks/02_b.ipynb") == ["02_b.ipynb"]


def test_on_the_site_where_explorers_live_none_is_called_a_photograph():
    without_remark = run_path(str(MAIN / "docs" / "scripts" / "explorers.py"))["without_remark"]
    notebooks = [json.loads(path.read_text("utf-8")) for path in NOTEBOOKS]
    texts = [_text(cell["source"]) for notebook in notebooks for cell in _cells(notebook, "markdown")]
    assert sum("photograph" in text for text in texts) == len(WITH_EXPLORER)
    assert not any("photograph" in without_remark(text) for text in texts)
