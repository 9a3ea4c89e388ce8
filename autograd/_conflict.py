"""Refuse to work half-overwritten.

HIPS's `autograd` on PyPI installs a folder of the same name, and pip lets one write over the other without a word.
Where a file of theirs lies beside ours, that has happened.
"""

from pathlib import Path

if Path(__file__).with_name("tracer.py").exists():
    raise ImportError(
        "two packages have written into the same folder: glassgrad and HIPS's autograd both install `autograd`. "
        "Use one of them in an environment: pip uninstall autograd glassgrad, then install the one you want."
    )
