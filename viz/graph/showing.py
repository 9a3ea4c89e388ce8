"""`.show()`: in a notebook below the cell, elsewhere in a browser."""

import tempfile
from pathlib import Path
from typing import Any

from nn.support.browser import open_in_browser
from nn.support.files import write_file
from nn.support.shell import is_in_notebook


def show(shown: Any, name: str, content: bytes | str) -> None:
    """Show something where a notebook runs this; else write it to a file of this name, and open that in a browser.

    The file stays: a browser may read it long after this has returned. Where there is no browser, it is said where the
    file is.
    """
    if is_in_notebook():
        from IPython.display import display

        display(shown)
        return
    path = Path(tempfile.mkdtemp(prefix="glassgrad-"), name)
    write_file(path, content)
    if not open_in_browser(path):
        print(f"no browser could be opened: it is in {path}")
