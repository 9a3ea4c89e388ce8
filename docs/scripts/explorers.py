"""Notebooks with live explorers: `python -m docs.scripts.explorers FOLDER NOTEBOOK …` writes copies.

A notebook stores a photograph of an explorer, since its page is a megabyte. Here the cells up to the last explorer are
run, and the page takes the place of the photograph, and of the remark that there is one. All else is as it is stored.
"""

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

from viz.explorer.page import frame


def framed(page: str, title: str) -> str:
    """An explorer's page as a part of a page of the site; site.css says how large it is."""
    return f'<div class="explorer">{frame(page, title, loading="lazy")}</div>'


def has_explorer(cell: dict[str, Any]) -> bool:
    """Whether the cell of a notebook makes one."""
    return cell["cell_type"] == "code" and "explore(" in "".join(cell["source"])


def with_explorers(notebook: dict[str, Any], name: str) -> dict[str, Any]:
    """Run the cells up to the last explorer, and put the pages in.

    Raises:
        RuntimeError: when a cell fails.
    """
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    shell.display_formatter.active_types = ["text/plain"]  # nobody looks
    shell.display_formatter.mimebundle_formatter.enabled = False
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    last = max(number for number, cell in enumerate(cells) if has_explorer(cell))
    for number, cell in enumerate(cells[: last + 1], start=1):
        done = shell.run_cell("".join(cell["source"]))
        if not done.success:
            raise RuntimeError(f"{name}, code cell {number}: {done.error_in_exec or done.error_before_exec}")
        if type(done.result).__name__ == "Explorer":
            data = {"text/html": framed(done.result.html, f"{name}: explorer"), "text/plain": repr(done.result)}
            shown = [output for output in cell["outputs"] if output["output_type"] != "execute_result"]
            result = {"output_type": "execute_result", "execution_count": number, "metadata": {}, "data": data}
            cell["outputs"] = [*shown, result]
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = without_remark("".join(cell["source"]))
    return notebook


def without_remark(text: str) -> str:
    """Without the words in brackets that say that a photograph is stored."""
    return re.sub(r"\s*\([^()]*\bphotograph\b[^()]*\)", "", text)


def main(folder: Path, notebooks: list[Path]) -> None:
    """Write the copies; what the cells print is not told."""
    for path in notebooks:
        os.chdir(path.parent)
        sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115
        try:
            made = with_explorers(json.loads(path.read_text("utf-8")), path.stem)
        finally:
            sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
        (folder / path.name).write_text(json.dumps(made), "utf-8")


if __name__ == "__main__":
    os.environ["MPLBACKEND"] = "Agg"
    main(Path(sys.argv[1]).resolve(), [Path(each).resolve() for each in sys.argv[2:]])
