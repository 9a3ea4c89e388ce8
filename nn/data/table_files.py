"""Reading the columns of a table from a file: CSV, and NumPy's .npy and .npz."""

import csv
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count, islice
from math import isfinite, prod
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from ..support import limits
from ..support.arrays import blocks
from ..support.texts import cell_read, quoted
from .array_files import read_npy, read_npz

_AS_NUMPY = "save it as .npy or .npz, which may have more numbers"
ENDINGS = (".csv", ".tsv", ".txt", ".npy", ".npz")


@dataclass
class Table:
    """Columns by name, each with a cell for every row: texts as they stand in the file, or an array of numbers.

    `place` says where a row is in the file: "line 7". `named` is False for a .npy file, whose columns have no names.
    """

    path: Path
    columns: dict[str, Any]
    place: Callable[[int], str]
    named: bool = True

    def numbers(self, name: str, wanted: str = "") -> np.ndarray | None:
        """The column as numbers; None where no cell is a number, and `wanted` does not say why they must be.

        Raises:
            ValueError: for a cell that is empty or not finite, and where some cells are numbers, but not all.
        """
        cells = self.columns[name]
        if not isinstance(cells, list) and all(np.isfinite(block).all() for block in blocks(cells)):
            return cells
        numbers = [_number(cell) for cell in cells] if isinstance(cells, list) else cells.tolist()
        if None not in numbers and np.isfinite(column := np.array(numbers, dtype=float)).all():
            self.columns[name] = column
            return column
        for row, (cell, number) in enumerate(zip(cells, numbers, strict=True)):
            if cell == "":
                self.refuse(row, name, "the cell is empty: write a value there, or leave the row out")
            if number is not None and not isfinite(number):
                self.refuse(row, name, f"{cell}: numbers must be finite; write another there, or leave the row out")
        text, other = numbers.index(None), next((row for row, x in enumerate(numbers) if x is not None), None)
        if wanted:
            self.refuse(text, name, f"{quoted(cells[text])} is no number, but {wanted}")
        if _number(cells[text].replace(",", "")) is not None:  # 0,5 or 1,000,000
            self.refuse(
                text, name, f"{quoted(cells[text])} has a comma: write decimals with a point, and no other marks"
            )
        if other is not None:
            self.refuse(
                text, name,
                f"{quoted(cells[text])} is no number, but {self.place(other)} has {cells[other]}: make every cell of "
                "the column a number, or none, which makes it a column of categories",
            )  # fmt: skip
        return None

    def refuse(self, row: int, name: str, what: str) -> None:
        """Raise the error that a cell makes."""
        raise ValueError(f"{self.path}, {self.place(row)}, column {quoted(name)}: {what}")


def read_file(path: str | Path) -> Table:
    """The table in a file: .npy, .npz, or CSV in UTF-8 with a comma, a semicolon or a tab between the cells.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when it is empty or damaged, has no header, or its lines have not equally many cells.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no table {path}")
    if not path.stat().st_size:
        raise ValueError(f"{path} is empty")
    return {".npy": _read_npy, ".npz": _read_npz}.get(path.suffix.lower(), _read_csv)(path)


# ------------------------------------------------------------------------------------------------------------- CSV


def _read_csv(path: Path) -> Table:
    with _opened(path) as file:
        delimiter = _delimiter(path, file)
        file.seek(0)
        first, header, rows, columns = 0, list[str](), array("Q"), list[list[str]]()  # rows: the lines where they begin
        most = limits.allowed(limits.CELLS)
        for line, cells in _records(path, file, delimiter):
            if not header:
                first, header = line, cells
                _check_header(path, line, header)
                columns = [[] for _ in header]
                continue
            if len(cells) != len(header):
                raise ValueError(
                    f"{path}, line {line} has {len(cells)} cell{'s' * (len(cells) != 1)}, the header has "
                    f"{len(header)}: add what is missing, or put quotes around a cell that holds the delimiter"
                )
            rows.append(line)
            if len(rows) * len(header) > most:
                limits.check(path, "cells", len(rows) * len(header), limits.CELLS, _AS_NUMPY)
            for column, cell in zip(columns, cells, strict=True):
                column.append(cell)
    if not header:
        raise ValueError(f"{path} is empty: it holds blank lines only")
    if not rows:
        raise ValueError(f"{path} holds no rows below its header, line {first}")
    return Table(path, dict(zip(header, columns, strict=True)), lambda row: f"line {rows[row]}")


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    """The text of a file in UTF-8, which may begin with its mark; of other bytes, the error says where they are."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield file
    except UnicodeDecodeError:
        with path.open("rb") as lines:
            for number, line in enumerate(iter(partial(lines.readline, limits.CHARACTERS), b""), start=1):
                try:
                    line.decode()
                except UnicodeDecodeError as error:
                    raise ValueError(
                        f"{path}, line {number}: byte {line[error.start]:#x} is no UTF-8: save it as CSV in UTF-8"
                    ) from None
        raise


def _records(path: Path, file: TextIO, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """(line where it begins, cells) of every record that is not blank; none is longer than may be."""
    most, line, taken = limits.allowed(limits.CHARACTERS), 1, 0

    def lines() -> Iterator[str]:
        nonlocal taken
        for number in count(1):
            text = file.readline(most + 1)
            if "\0" in text:
                raise ValueError(
                    f"{path}, line {number} holds a NUL byte, as UTF-16 and damaged files do: save it as CSV in UTF-8"
                )
            taken += len(text)
            limits.check(path, f"characters in line {line}", taken, limits.CHARACTERS, "is it a table?")
            if not text:
                return
            yield text

    reader = csv.reader(lines(), delimiter=delimiter, strict=True)
    while True:
        line, taken = reader.line_num + 1, 0  # a quoted cell may go on over several lines
        try:
            cells = [cell_read(cell.strip()) for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            raise ValueError(f'{path}, line {line}: {error}: is a quote (") open that is not closed?') from None
        if cells and cells != [""]:
            yield line, cells


def _delimiter(path: Path, file: TextIO) -> str:
    """The one of , ; tab that splits the header, the most of the first lines into as many cells, and into the most."""

    def fitness(delimiter: str) -> tuple[bool, int, int]:
        lengths = []
        file.seek(0)
        try:
            for _, cells in islice(_records(path, file, delimiter), 20):
                lengths.append(len(cells))
        except UnicodeDecodeError:
            raise
        except ValueError:
            pass  # of a wrong delimiter, perhaps
        return (
            bool(lengths) and lengths[0] > 1,
            lengths.count(lengths[0]) if lengths else 0,
            lengths[0] if lengths else 0,
        )

    return max(",;\t", key=fitness)


def _check_header(path: Path, line: int, header: list[str]) -> None:
    if all(_number(name) is not None for name in header):
        first = ", ".join(f"{name:.20}" for name in header[:3]) + ", …" * (len(header) > 3)
        raise ValueError(
            f"{path} has no header: line {line} holds numbers only ({first}); put a line with the names of the columns "
            "above it"
        )
    limits.check(path, "columns", len(header), limits.COLUMNS, "leave columns out")
    places: dict[str, int] = {}
    for i, name in enumerate(header, start=1):
        if not name:
            raise ValueError(f"{path}, line {line}: column {i} has no name: give it one, or leave the column out")
        if (same := places.setdefault(name, i)) < i:
            raise ValueError(f"{path}, line {line}: columns {same} and {i} are both named {quoted(name)}: rename one")


def _number(cell: str) -> float | None:
    """The number that a cell holds, or None.

    >>> _number("-1.5e3"), _number("nan"), _number("1_000"), _number("٣"), _number("")
    (-1500.0, nan, None, None, None)
    """
    try:
        return float(cell) if cell.isascii() and "_" not in cell else None
    except ValueError:
        return None


# ----------------------------------------------------------------------------------------------------------- NumPy


def _read_npy(path: Path) -> Table:
    given = read_npy(path)
    if given.ndim != 2 or not given.size:
        raise ValueError(f"{path} holds an array of shape {given.shape}, expected rows and columns")
    limits.check(path, "columns", given.shape[1], limits.COLUMNS, "leave columns out")
    columns = {f"column {i}": _cells(path, column) for i, column in enumerate(given.T)}
    return Table(path, columns, _row, named=False)


def _read_npz(path: Path) -> Table:
    columns: dict[str, Any] = {}
    for name, given in read_npz(path):
        limits.check(path, "columns", len(columns) + prod(given.shape[1:2]), limits.COLUMNS, "leave columns out")
        if given.ndim == 2 and given.shape[1] != 1:
            parts = {f"{name}[{i}]": column for i, column in enumerate(given.T)}
        elif given.ndim > 2:
            raise ValueError(f"{path}: {name} has the shape {given.shape}: reshape it to (rows, columns)")
        else:
            parts = {name: given.reshape(-1)} if given.ndim else {}  # a single number is no column
        if same := parts.keys() & columns.keys():
            raise ValueError(f"{path}: two columns are both named {quoted(min(same))}: rename one")
        columns |= {part: _cells(path, column) for part, column in parts.items()}
    if not columns or not all(map(len, columns.values())):
        raise ValueError(f"{path} holds {'an array without numbers' if columns else 'no arrays'}")
    return Table(path, columns, _row)


def _cells(path: Path, column: np.ndarray) -> Any:
    if column.dtype.kind in "US":
        texts: list[str] = []
        try:
            for block in blocks(column, max(1, 2**20 // max(1, column.itemsize))):  # each is copied twice
                if column.dtype.kind == "U":  # four bytes a character, of whatever numbers
                    block.astype(block.dtype.newbyteorder("<")).tobytes().decode("utf-32-le")
                texts.extend(str(cell).strip() for cell in block.astype(str))
            return texts
        except ValueError as error:  # bytes beyond ASCII, or no Unicode
            raise ValueError(f"{path} holds texts that cannot be read: {error}; save them as str") from None
    with np.errstate(over="ignore", invalid="ignore"):  # a long double may be inf, which is refused with its row
        return column.astype(float)


def _row(row: int) -> str:
    return f"row {row}"
