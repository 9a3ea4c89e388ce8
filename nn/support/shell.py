"""The IPython that runs this, if one does."""

import sys
from typing import Any


def running_shell() -> Any:
    """The IPython that runs this; None where there is none."""
    ipython = sys.modules.get("IPython")
    return None if ipython is None else ipython.get_ipython()


def is_in_notebook() -> bool:
    """Whether what is shown or printed stands in a notebook; IPython in a terminal is none."""
    return getattr(running_shell(), "kernel", None) is not None
