"""The notebooks, beside the pages: Sphinx reads what lies in its own folder."""

import shutil
from pathlib import Path

from sphinx.application import Sphinx

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def copy_notebooks(app: Sphinx) -> None:
    """To docs/notebooks, which git ignores; what has not changed keeps its time, so that it is not read again."""
    copies = Path(app.srcdir) / "notebooks"
    copies.mkdir(exist_ok=True)
    for copy in copies.glob("*.ipynb"):
        if not (NOTEBOOKS / copy.name).exists():
            copy.unlink()
    for notebook in NOTEBOOKS.glob("*.ipynb"):
        copy = copies / notebook.name
        if not copy.exists() or copy.read_bytes() != notebook.read_bytes():
            shutil.copy2(notebook, copy)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", copy_notebooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
