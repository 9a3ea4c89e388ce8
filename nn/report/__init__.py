"""The report of a training run: one self-contained page with its pictures."""

from .report import FILES, write_report
from .run import Run

__all__ = ["FILES", "Run", "write_report"]
