"""Of the packages pytest runs the doctests: of what needs an extra only where that is installed."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("anywidget") else ["viz/explorer/widget.py"]
