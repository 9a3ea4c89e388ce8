"""Run notebooks from top to bottom and store their outputs: `python notebooks/execute.py [NOTEBOOK …]`, all by default.

What differs from run to run without meaning anything is left out: times, and how a text was cut into pieces.
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent


def execute(path: Path) -> None:
    """Run one notebook in its folder, and write it with its outputs."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(path.parent)}}).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = merged(cell.outputs)
    notebook.metadata.pop("nbmake", None)
    nbformat.write(notebook, path)


def merged(outputs: list) -> list:
    """Texts of one stream that follow each other, as one."""
    result: list = []
    for output in outputs:
        if result and output.output_type == "stream" and result[-1].get("name") == output.name:
            result[-1].text += output.text
        else:
            result.append(output)
    return result


if __name__ == "__main__":
    for name in sys.argv[1:] or sorted(map(str, HERE.glob("*.ipynb"))):
        print(name, flush=True)
        execute(Path(name))
