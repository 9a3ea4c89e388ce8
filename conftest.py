"""Of the packages pytest runs the doctests: of what needs an extra only where that is installed."""

import os
from importlib.util import find_spec

os.environ["GLASSGRAD_VERIFY"] = "1"  # what the compiler's passes return is checked in all tests

collect_ignore = [] if find_spec("anywidget") else ["viz/explorer/widget.py"]
if not find_spec("jax"):
    collect_ignore.append("autograd/compiler/executors/jax")
