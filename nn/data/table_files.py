"""Reading the columns of a table from a file: CSV, and NumPy's .npy and .npz."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

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
        numbers = [_number(cell) for cell in cells] if isinstance(cells, list) else cells.tolist()
        if None not in numbers and np.isfinite(array := np.array(numbers, dtype=float)).all():
            self.columns[name] = array
            return array
        for row, (cell, number) in enumerate(zip(cells, numbers, strict=True)):
            if cell == "":
                self.refuse(row, name, "the cell is empty: write a value there, or leave the row out")
            if number is not None and not isfinite(number):
                self.refuse(row, name, f"{cell}: numbers must be finite; write another there, or leave the row out")
        text, other = numbers.index(None), next((row for row, x in enumerate(numbers) if x is not None), None)
        if wanted:
            self.refuse(text, name, f"{cells[text]!r} is no number, but {wanted}")
        if _number(cells[text].replace(",", "")) is not None:  # 0,5 or 1,000,000
            self.refuse(text, name, f"{cells[text]!r} has a comma: write decimals with a point, and no other marks")
        if other is not None:
            self.refuse(
                text, name,
                f"{cells[text]!r} is no number, but {self.place(other)} has {cells[other]}: make every cell of the "
                "column a number, or none, which makes it a column of categories",
            )  # fmt: skip
        return None

    def refuse(self, row: int, name: str, what: str) -> None:
        """Raise the error that a cell makes."""
        raise ValueError(f"{self.path}, {self.place(row)}, column {name!r}: {what}")


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
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ValueError(
            f"{path}, line {line}: byte {error.object[error.start]:#x} is no UTF-8: save it as CSV in UTF-8"
        ) from None
    if (place := text.find("\0")) >= 0:
        line = text.count("\n", 0, place) + 1
        raise ValueError(
            f"{path}, line {line} holds a NUL byte, as UTF-16 and damaged files do: save it as CSV in UTF-8"
        )
    try:
        records = list(_records(text, _delimiter(text)))
    except csv.Error as error:
        raise ValueError(f'{path}, {error}: is a quote (") open that is not closed?') from None
    if not records:
        raise ValueError(f"{path} is empty: it holds blank lines only")
    (line, header), *rows = records
    _check_header(path, line, header)
    if not rows:
        raise ValueError(f"{path} holds no rows below its header, line {line}")
    for line, cells in rows:
        if len(cells) != len(header):
            raise ValueError(
                f"{path}, line {line} has {len(cells)} cell{'s' * (len(cells) != 1)}, the header has {len(header)}: "
                "add what is missing, or put quotes around a cell that holds the delimiter"
            )
    columns = {name: [cells[i] for _, cells in rows] for i, name in enumerate(header)}
    return Table(path, columns, lambda row: f"line {rows[row][0]}")


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """(line where it begins, cells) of every record that is not blank."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1  # a quoted cell may go on over several lines
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            raise csv.Error(f"line {line}: {error}") from None
        if cells and cells != [""]:
            yield line, cells


def _delimiter(text: str) -> str:
    """The one of , ; tab that splits the header, the most of the first lines into as many cells, and into the most."""

    def fitness(delimiter: str) -> tuple[bool, int, int]:
        lengths = []
        try:
            for _, cells in islice(_records(text, delimiter), 20):
                lengths.append(len(cells))
        except csv.Error:
            pass  # of a wrong delimiter, perhaps
        return (
            bool(lengths) and lengths[0] > 1,
            lengths.count(lengths[0]) if lengths else 0,
            lengths[0] if lengths else 0,
        )

    return max(",;\t", key=fitness)


def _check_header(path: Path, line: int, header: list[str]) -> None:
    if all(_number(name) is not None for name in header):
        first = ", ".join(header[:3]) + ", …" * (len(header) > 3)
        raise ValueError(
            f"{path} has no header: line {line} holds numbers only ({first}); put a line with the names of the columns "
            "above it"
        )
    for i, name in enumerate(header, start=1):
        if not name:
            raise ValueError(f"{path}, line {line}: column {i} has no name: give it one, or leave the column out")
        if (same := header.index(name) + 1) < i:
            raise ValueError(f"{path}, line {line}: columns {same} and {i} are both named {name!r}: rename one")


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
    array = _loaded(path)
    if not isinstance(array, np.ndarray):
        raise ValueError(f"{path} holds several arrays: name it .npz")
    if array.ndim != 2 or not array.size:
        raise ValueError(f"{path} holds an array of shape {array.shape}, expected rows and columns")
    columns = {f"column {i}": _cells(path, column) for i, column in enumerate(array.T)}
    return Table(path, columns, _row, named=False)


def _read_npz(path: Path) -> Table:
    arrays = _loaded(path)
    columns: dict[str, Any] = {}
    if isinstance(arrays, np.ndarray):
        raise ValueError(f"{path} holds one array without a name: name it .npy")
    for name, array in arrays:
        if array.ndim == 2 and array.shape[1] != 1:
            parts = {f"{name}[{i}]": column for i, column in enumerate(array.T)}
        elif array.ndim > 2:
            raise ValueError(f"{path}: {name} has the shape {array.shape}: reshape it to (rows, columns)")
        else:
            parts = {name: array.reshape(-1)} if array.ndim else {}  # a single number is no column
        if same := parts.keys() & columns.keys():
            raise ValueError(f"{path}: two columns are both named {min(same)!r}: rename one")
        columns |= {part: _cells(path, column) for part, column in parts.items()}
    if not columns or not all(map(len, columns.values())):
        raise ValueError(f"{path} holds {'an array without numbers' if columns else 'no arrays'}")
    return Table(path, columns, _row)


def _loaded(path: Path) -> Any:
    """The array of a .npy file, or (name, array) of each in a .npz file."""
    try:
        with path.open("rb") as opened:
            file = np.load(opened)
            if isinstance(file, np.ndarray):
                return file
            arrays = [(name, file[name]) for name in file.files]
            if wrong := [name for name, array in arrays if not isinstance(array, np.ndarray)]:
                raise ValueError(f"{wrong[0]} is no array")
            return arrays
    except Exception as error:  # noqa: BLE001  damaged bytes go through zipfile, zlib, struct, tokenize and ast
        raise ValueError(f"{path} is no file of NumPy arrays of numbers or texts, or is damaged: {error}") from None


def _cells(path: Path, column: np.ndarray) -> Any:
    if column.dtype.kind in "US":
        try:
            return [str(cell).strip() for cell in column.astype(str)]
        except ValueError as error:  # bytes beyond ASCII, or no Unicode
            raise ValueError(f"{path} holds texts that cannot be read: {error}; save them as str") from None
    if column.dtype.kind not in "biuf":
        raise ValueError(f"{path} holds {column.dtype}: save numbers or texts")
    with np.errstate(over="ignore"):  # a long double may be inf, which is refused with its row
        return column.astype(float)


def _row(row: int) -> str:
    return f"row {row}"
