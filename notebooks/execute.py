"""Run notebooks from top to bottom and store their outputs: `python -m notebooks.execute [NOTEBOOK …]`, all by default.

With `--check` nothing is stored: what a run prints is compared with what is stored, but in cells with the tag "varies",
which print measured times.

What differs from run to run without meaning anything is left out: times, and how a text was cut into pieces. Of an
explorer a photograph is stored in place of its page, which is a megabyte, and which many who show notebooks drop: it
takes Chromium. Pictures are stored in 256 colours.
"""

import argparse
import base64
import html
import re
import sys
from difflib import unified_diff
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from docs.scripts.photographs import open_box, photographer, settled, show_compiled
from nn.support.files import write_file
from viz.graph.packing import packed

HERE = Path(__file__).parent
SIZE, SIZES = (800, 560), {"tall": (800, 1000), "compiled": (1200, 700)}  # of an explorer; for cells with these tags


def run(path: Path) -> nbformat.NotebookNode:
    """The notebook with the outputs of a run in its folder."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(path.parent)}}).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = merged(cell.outputs)
    notebook.metadata.pop("nbmake", None)
    return notebook


def merged(outputs: list) -> list:
    """Texts of one stream that follow each other, as one."""
    result: list = []
    for output in outputs:
        if result and output.output_type == "stream" and result[-1].get("name") == output.name:
            result[-1].text += output.text
        else:
            result.append(output)
    return result


def stored(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook with its pictures as they are stored."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if page := re.search(r'<iframe [^>]*srcdoc="([^"]*)"', output.get("data", {}).get("text/html", "")):
                del output.data["text/html"]
                tags = cell.metadata.get("tags", [])
                size = next((SIZES[tag] for tag in tags if tag in SIZES), SIZE)
                output.data["image/png"] = _as_text(_photograph(html.unescape(page[1]), size, tags))
                output.metadata["image/png"] = dict(zip(("width", "height"), size, strict=True))
            if png := output.get("data", {}).get("image/png"):
                output.data["image/png"] = _as_text(packed(base64.b64decode(png)))
    return notebook


def _photograph(page: str, size: tuple[int, int], tags: list[str]) -> bytes:
    """An explorer at its last step, all of it in sight; a tag "open NAME" or "compiled" says what else is."""
    with photographer() as browser:
        opened: Any = browser.page(page, *size, scale=1.5)
        opened.keyboard.press("End")
        for tag in tags:
            if tag.startswith("open "):
                open_box(opened, tag.removeprefix("open "))
            elif tag == "compiled":
                show_compiled(opened)
        details = opened.locator("#sheet-handle[aria-expanded=true]")
        if details.is_visible():  # over the graph
            details.click()
        opened.get_by_role("button", name="Fit").click()
        return settled(opened)


def _as_text(png: bytes) -> str:
    return base64.b64encode(png).decode()


def printed(cell: nbformat.NotebookNode) -> list[str]:
    """The lines that a cell has printed, those that stand for its pictures included."""
    outputs = cell.get("outputs", [])
    texts = [output.get("text", output.get("data", {}).get("text/plain", "")) for output in outputs]
    return [line for text in texts for line in text.splitlines()]


def differences(stored: nbformat.NotebookNode, new: nbformat.NotebookNode) -> list[str]:
    """Where a run prints something else than what is stored."""
    lines = []
    for number, (old, cell) in enumerate(zip(stored.cells, new.cells, strict=True)):
        if "varies" not in cell.metadata.get("tags", []):
            names = f"stored, cell {number}", f"now, cell {number}"
            lines += unified_diff(printed(old), printed(cell), *names, lineterm="")
    return lines


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Run notebooks from top to bottom and store their outputs.")
    parser.add_argument("notebooks", nargs="*", type=Path, default=sorted(HERE.glob("*.ipynb")))
    parser.add_argument("--check", action="store_true", help="store nothing, and show what is printed otherwise")
    arguments = parser.parse_args()
    wrong = False
    for path in arguments.notebooks:
        print(path, flush=True)
        notebook = run(path)
        if not arguments.check:
            write_file(path, nbformat.writes(stored(notebook)) + "\n")
        elif lines := differences(nbformat.read(path, as_version=4), notebook):
            print(*lines, sep="\n", flush=True)
            wrong = True
    sys.exit(wrong)
