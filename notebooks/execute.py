"""Run notebooks from top to bottom and store their outputs: `python notebooks/execute.py [NOTEBOOK …]`, all by default.

With `--check` nothing is stored: what a run prints is compared with what is stored, but in cells with the tag "varies",
which print measured times.

What differs from run to run without meaning anything is left out: times, and how a text was cut into pieces.
"""

import argparse
import sys
from difflib import unified_diff
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from nn.support.files import write_file

HERE = Path(__file__).parent


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
            write_file(path, nbformat.writes(notebook) + "\n")
        elif lines := differences(nbformat.read(path, as_version=4), notebook):
            print(*lines, sep="\n", flush=True)
            wrong = True
    sys.exit(wrong)
