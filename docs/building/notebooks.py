"""The notebooks, beside the pages, with live explorers in them: Sphinx reads what lies in its own folder."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from docs.scripts.explorers import __file__ as script
from docs.scripts.explorers import has_explorer

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"
KEPT = ROOT / "build" / "explorers"  # what has been run, by all that it was made from


def add_notebooks(app: Sphinx) -> None:
    """To docs/notebooks, which git ignores; what has not changed keeps its time, so that it is not read again."""
    copies = Path(app.srcdir) / "notebooks"
    copies.mkdir(exist_ok=True)
    for copy in copies.glob("*.ipynb"):
        if not (NOTEBOOKS / copy.name).exists():
            copy.unlink()
    ran = with_explorers()
    for notebook in NOTEBOOKS.glob("*.ipynb"):
        made, copy = ran.get(notebook.name, notebook), copies / notebook.name
        if not copy.exists() or copy.read_bytes() != made.read_bytes():
            shutil.copy2(made, copy)


def with_explorers() -> dict[str, Path]:
    """The notebooks that have explorers, by name, with the pages in them.

    The compiled core runs them, where there is one: this process has the plain one.
    """
    notebooks = [path for path in sorted(NOTEBOOKS.glob("*.ipynb")) if any(map(has_explorer, cells(path)))]
    folder = KEPT / digest(notebooks)
    if not folder.exists():
        shutil.rmtree(KEPT, ignore_errors=True)
        made = KEPT / "unfinished"
        made.mkdir(parents=True)
        environment = {name: value for name, value in os.environ.items() if name != "GLASSGRAD_PURE"}
        environment["PYTHONPATH"] = str(ROOT)
        command = [sys.executable, "-m", "docs.scripts.explorers", made, *notebooks]
        subprocess.run(command, env=environment, check=True)
        made.rename(folder)
    return {path.name: folder / path.name for path in notebooks}


def cells(path: Path) -> list[dict[str, Any]]:
    """Those of a stored notebook."""
    return json.loads(path.read_text("utf-8"))["cells"]


def digest(notebooks: list[Path]) -> str:
    """Of the notebooks, and of all that shows them."""
    found = hashlib.sha256()
    files = [path for package in ("autograd", "nn", "viz") for path in (ROOT / package).rglob("*")]
    sources = sorted(path for path in files if path.suffix in (".py", ".js", ".html", ".css"))
    for path in [Path(script), *notebooks, *sources]:
        found.update(path.read_bytes())
    return found.hexdigest()


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", add_notebooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
