"""The report of a training run: one self-contained page with its pictures."""

from .report import FILES, write_report
from .run import Run, names_shown

__all__ = ["FILES", "Run", "names_shown", "write_report"]
