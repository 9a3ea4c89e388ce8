"""The notebook of the JupyterLite site: what it runs in a browser runs here."""

import json
from pathlib import Path

NOTEBOOK = Path(__file__).parents[2] / "docs" / "lite" / "files" / "start.ipynb"


def test_its_cells_run():
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    install, *code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert install == "%pip install -q glassgrad"
    names = {}
    for each in code:
        *lines, last = each.splitlines()
        exec("\n".join(lines), names)
        names["last"] = eval(last, names)
    assert names["y"].data == 0.7071067811865477
    assert names["last"]["accuracy"] > 0.8
