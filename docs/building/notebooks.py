"""The notebooks, beside the pages, with live explorers in them: Sphinx reads what lies in its own folder."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"
SCRIPT = ROOT / "docs" / "scripts" / "explorers.py"
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
    notebooks = [path for path in sorted(NOTEBOOKS.glob("*.ipynb")) if "explore(" in path.read_text("utf-8")]
    folder = KEPT / digest(notebooks)
    if not folder.exists():
        shutil.rmtree(KEPT, ignore_errors=True)
        made = KEPT / "unfinished"
        made.mkdir(parents=True)
        environment = {name: value for name, value in os.environ.items() if name != "GLASSGRAD_PURE"}
        environment["PYTHONPATH"] = str(ROOT)
        subprocess.run([sys.executable, SCRIPT, made, *notebooks], env=environment, check=True)
        made.rename(folder)
    return {path.name: folder / path.name for path in notebooks}


def digest(notebooks: list[Path]) -> str:
    """Of the notebooks, and of all that shows them."""
    found = hashlib.sha256()
    files = [path for package in ("autograd", "nn", "viz") for path in (ROOT / package).rglob("*")]
    sources = sorted(path for path in files if path.suffix in (".py", ".js", ".html", ".css"))
    for path in [SCRIPT, *notebooks, *sources]:
        found.update(path.read_bytes())
    return found.hexdigest()


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", add_notebooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
