"""What happened in training."""

import csv
import io
import os
from collections.abc import Sequence
from math import isfinite
from typing import Any

from autograd.markup import paragraph, table

from .support.charts import chart
from .support.files import write_file
from .support.texts import cell_written

__all__ = ["History"]


class History(dict[str, list[float]]):
    """One list for every quantity, one number for every epoch: `history["loss"]`, `history["val_accuracy"]`, …

    >>> history = History(loss=[0.9, 0.5], accuracy=[0.6, 0.8])
    >>> history
    History of 2 epochs: loss 0.5, accuracy 0.8

    Attributes:
        statistics: of each layer, one list for every quantity, one number for every epoch; see `nn.fit`.
    """

    def __init__(self, *args: Any, **numbers: Any) -> None:
        super().__init__(*args, **numbers)
        self.statistics: dict[str, dict[str, list[float]]] = {}

    @property
    def epochs(self) -> int:
        """How many epochs were trained."""
        return max(map(len, self.values()), default=0)

    def append(self, **numbers: float) -> None:
        """Add the numbers of one epoch."""
        for name, number in numbers.items():
            self.setdefault(name, []).append(number)

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write a CSV file: a column "epoch", counted from 1, and a column for every quantity."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["epoch", *map(cell_written, self)])
        writer.writerows([epoch, *row] for epoch, row in enumerate(zip(*self.values(), strict=True), start=1))
        write_file(path, text.getvalue())

    def __repr__(self) -> str:
        last = ", ".join(f"{name} {numbers[-1]:.4g}" for name, numbers in self.items() if numbers)
        return f"History of {self.epochs} epoch{'s' * (self.epochs != 1)}: {last}"

    def _repr_html_(self) -> str:
        """What a notebook shows: a curve for every quantity, those of the rows held out dashed, and their numbers."""
        curves = "".join(
            chart({each: self[each] for each in (name, f"val_{name}") if self.get(each)})
            for name, numbers in self.items()
            if numbers and not (name.startswith("val_") and name[4:] in self)
        )
        rows = [
            [name, *map(_shown, (numbers[0], numbers[-1])), *_extremes(numbers)]
            for name, numbers in self.items()
            if numbers
        ]
        if not rows:
            return paragraph("History of 0 epochs")
        columns = ["", "epoch 1", f"epoch {self.epochs}", "lowest", "highest"]
        return f"<div>{paragraph(repr(self))}{curves}{table(columns, rows, range(1, 5))}</div>"


def _extremes(numbers: Sequence[float]) -> list[str]:
    """The lowest and the highest number, each with its epoch."""
    finite = [(number, epoch) for epoch, number in enumerate(numbers, start=1) if isfinite(number)]
    found = [min(finite), max(finite, key=lambda each: (each[0], -each[1]))] if finite else []
    return [f"{_shown(number)} ({epoch})" for number, epoch in found] or ["", ""]


def _shown(number: float) -> str:
    return f"{number:.4g}"
