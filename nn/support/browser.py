"""Opening a file in a browser."""

import webbrowser
from pathlib import Path


def open_in_browser(path: Path) -> bool:
    """Whether a browser has been found, and told to open the file."""
    try:
        return webbrowser.open(path.resolve().as_uri())
    except (webbrowser.Error, OSError):
        return False
