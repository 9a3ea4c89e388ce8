"""The report of a training run: one self-contained page with its pictures."""

from .pictures import WITHOUT_PICTURES, can_paint
from .report import FILES, write_report
from .run import Run, names_shown

__all__ = ["FILES", "WITHOUT_PICTURES", "Run", "can_paint", "names_shown", "write_report"]
