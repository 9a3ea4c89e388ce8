"""Tables to learn from: which columns are numbers, categories or the target, and which rows are held out."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np

from ..support.checks import choose
from ..support.texts import all_shown, quoted, shown
from .datasets import Dataset
from .scaling import Standardised
from .splitting import choose_rows, hold_out, split
from .table_files import Table, read_file

TASKS = ("auto", "classification", "regression")
TEST = 0.2  # the share of the rows that is held out for the test
FEWEST_ROWS, FEWEST_OF_A_CLASS = 10, 3  # so that each part can have some
MOST_CLASSES = 20  # of a target of whole numbers; with more values it is a number
MOST_CATEGORIES = 100  # of a column of inputs, as each becomes an input


def read_table(
    path: str | Path,
    target: str,
    task: str = "auto",
    validation: float = 0.1,
    seed: int = 0,
    rows: int | None = None,
) -> Dataset:
    """The data in a table: a fifth of the rows is for the test, the rest for training and validation.

    Columns of numbers are inputs as they are. A column that holds no number is one of categories, each of which becomes
    an input "column=category" that is 1 or 0. The categories are those of the rows to train on; where a row that is
    held out has another one, all inputs of its column are 0.

    Args:
        path: a .csv file in UTF-8 with a header, and , ; or tab between the cells; a .npy file with an array of rows
            and columns; or a .npz file with arrays by name, of which those as long as the target are inputs.
        target: the name of the column to predict; for .npy its position, counted from 0, or from the end (-1, …).
        task: "classification", "regression", or "auto": classification for texts and for whole numbers with at most 20
            different values.
        validation: the fraction of the rows for training that is held out for validation.
        seed: of the split, which gives every part an equal share of each class.
        rows: use so many rows for training, with its share of each class, and at most so many for the test.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when the file is damaged, has no such column, holds cells that are empty or not finite or texts
            among numbers, too few rows, or too many categories; with the line, the column and the value. Also when
            `rows` is not at least 1 or more than there are, and for a regression to numbers that floats cannot square.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     text = "size,colour,price\\n" + "".join(f"{i},{'red' if i % 2 else 'blue'},{2.5 * i}\\n" for i in range(20))
    ...     _ = Path(folder, "shop.csv").write_text(text)
    ...     data = read_table(Path(folder, "shop.csv"), target="price")
    >>> data.task, data.inputs, data.X_train.shape, data.X_test.shape
    ('regression', ['size', 'colour=blue', 'colour=red'], (14, 3), (4, 3))
    """
    choose("task", task, dict.fromkeys(TASKS))
    table = read_file(path)
    target = _find(table, target)
    n = len(table.columns[target])
    names = [name for name, cells in table.columns.items() if name != target and len(cells) == n]
    if not names:
        others = [f"{name} has {len(cells)}" for name, cells in table.columns.items() if name != target]
        raise ValueError(
            f"{table.path} has no column of inputs beside {target!r}"
            + (f", which has {n} rows; {others[0]}" if others else "")
        )
    if n < FEWEST_ROWS:
        rows_there = f"{n} row{'s' * (n != 1)}"
        raise ValueError(
            f"{table.path} has {rows_there}: at least {FEWEST_ROWS} are needed to train, validate and test"
        )
    y, classes = _targets(table, target, task)
    numbers, of_classes, row = {name: _is_numbers(table, name) for name in names}, bool(classes), np.arange(n)
    n_test = max(ceil(TEST * n), len(classes))
    row_train, y_train, row_test, y_test = split(row, y, n_test, seed, of_classes)
    chosen = choose_rows(row_train, y_train, rows, seed, of_classes)
    row_train, y_train, row_validation, y_validation = hold_out(*chosen, validation, seed, of_classes)
    if not classes:
        Standardised(y_train, f"{table.path}, column {target!r}")  # refused now, where its name is known
    columns = [
        {"name": name, "categories": None if numbers[name] else sorted({table.columns[name][i] for i in row_train})}
        for name in names
    ]
    X = _inputs(table, columns)
    inputs = [name for column in columns for name in input_names(column)]
    return Dataset(
        table.path.stem, "classification" if classes else "regression", X[row_train], y_train, X[row_validation],
        y_validation, X[row_test[:rows]], y_test[:rows], classes, inputs, target, columns=columns,
    )  # fmt: skip


def read_rows(path: str | Path, columns: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """The inputs in a table, for a model that was trained on such `columns`: those of a Dataset.

    They are found by name, and other columns are left out. A .npy file has them in the same places as the file that the
    model was trained on; or it has just them, in that order.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: as `read_table`, for a column that is missing, and for a category that the model has not seen.
    """
    _check_columns(columns)
    table, names = read_file(path), [column["name"] for column in columns]
    if not table.named and len(table.columns) == len(columns):
        table.columns = dict(zip(names, table.columns.values(), strict=True))
    if missing := [name for name in names if name not in table.columns]:
        there = listed(table.columns)
        raise ValueError(
            f"{table.path} has no column {quoted(missing[0])}, which the model was trained on: it has {there}"
        )
    lengths = {name: len(table.columns[name]) for name in names}
    if len(set(lengths.values())) > 1:
        raise ValueError(
            f"{table.path} holds inputs of different lengths: {listed(f'{k} {n}' for k, n in lengths.items())}"
        )
    _check_known(table, columns)
    return _inputs(table, columns)


def input_names(column: Mapping[str, Any]) -> list[str]:
    """The inputs that a column becomes.

    >>> input_names({"name": "age", "categories": None}), input_names({"name": "colour", "categories": ["blue", "red"]})
    (['age'], ['colour=blue', 'colour=red'])
    """
    if column["categories"] is None:
        return [column["name"]]
    return [f"{column['name']}={category}" for category in column["categories"]]


def _find(table: Table, target: str) -> str:
    """The name of the target's column."""
    names = list(table.columns)
    if not table.named:
        try:
            return names[int(target)]
        except (ValueError, IndexError):
            raise ValueError(
                f"{table.path} has no column {target!r}: its columns are 0 to {len(names) - 1}, or -1 from the end"
            ) from None
    if target in names:
        return target
    lower = {name.lower(): name for name in names}
    near = get_close_matches(target.lower(), lower, n=1)
    hint = f"did you mean {lower[near[0]]!r}? " if near else ""
    raise ValueError(f"{table.path} has no column {target!r}: {hint}it has {listed(names)}")


def _is_numbers(table: Table, name: str) -> bool:
    """Whether a column of inputs holds numbers; else it holds categories, not too many."""
    if table.numbers(name) is not None:
        return True
    cells = table.columns[name]
    n, different = len(cells), len(set(cells))
    if different > min(max(MOST_CLASSES, n // 2), MOST_CATEGORIES):
        raise ValueError(
            f"{table.path}, column {quoted(name)} holds {different} different texts in {n} rows, such as "
            f"{quoted(min(cells))}: they are no categories to learn from; leave the column out"
        )
    return False


def _inputs(table: Table, columns: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """An array (rows, inputs): numbers, and categories one-hot, of which an unknown one is all zeros."""
    blocks = []
    for column in columns:
        name, known = column["name"], column["categories"]
        if known is None:
            numbers = table.numbers(name, wanted="the model was trained on numbers there")
            blocks.append(np.asarray(numbers)[:, None])
            continue
        place = {text: i for i, text in enumerate(known)}
        places = np.array([place.get(text, -1) for text in _texts(table, name)])
        blocks.append((places[:, None] == np.arange(len(known))).astype(float))
    return np.hstack(blocks)


def _texts(table: Table, name: str) -> list[str]:
    cells = table.columns[name]
    return cells if isinstance(cells, list) else [f"{number:g}" for number in cells]


def _check_known(table: Table, columns: Sequence[Mapping[str, Any]]) -> None:
    """Refuse categories that the model has not seen."""
    for name, categories in ((column["name"], column["categories"]) for column in columns):
        known = set(categories or [])
        for row, text in enumerate(_texts(table, name) if known else []):
            if text not in known:
                table.refuse(
                    row, name, f"unknown category {quoted(text)}: the model was trained on {listed(categories)}"
                )


def _check_columns(columns: Any) -> None:
    """Refuse what does not describe columns, from a model's file perhaps."""
    if not columns or not isinstance(columns, Sequence):
        raise ValueError("the model was saved without a description of its columns: train it again")
    for column in columns:
        named = isinstance(column, Mapping) and isinstance(column.get("name"), str)
        categories = column.get("categories", ...) if named else ...
        if categories is not None and not (
            isinstance(categories, list) and categories and all(isinstance(text, str) for text in categories)
        ):
            raise ValueError(
                f"the model was saved with {column!r} as the description of a column, expected its name and categories"
            )


def _targets(table: Table, name: str, task: str) -> tuple[np.ndarray, list[str]]:
    """y and the names of the classes; for regression the numbers and []."""
    cells, numbers = table.columns[name], table.numbers(name)
    if numbers is None and task == "regression":
        table.refuse(0, name, f"{quoted(cells[0])} is no number, which regression needs: try classification")
    if numbers is not None and task != "classification":
        few_whole = (numbers == np.floor(numbers)).all() and len(np.unique(numbers)) <= MOST_CLASSES
        if task == "regression" or not few_whole:
            if numbers.min() == numbers.max():
                _refuse_constant(table, name)
            return numbers, []
    if numbers is not None and (large := np.flatnonzero(abs(numbers) >= 2**53)).size:
        table.refuse(
            int(large[0]), name,
            f"{cells[large[0]]} is too large for the name of a class, as floats from 2⁵³ on do not hold every whole "
            "number: write the classes as texts, or learn numbers, by regression",
        )  # fmt: skip
    keys = np.array(cells, dtype=object).astype(str) if numbers is None else numbers
    values, first, y = np.unique(keys, return_index=True, return_inverse=True)
    classes = [str(cells[i]) for i in first]  # as the first row of each class spells it
    if numbers is not None:
        if not isinstance(cells, list):  # of floats, which would say 3.0
            classes = [text.removesuffix(".0") for text in classes]
        classes = [text.removeprefix("-") if value == 0 else text for text, value in zip(classes, values, strict=True)]
    if len(classes) == 1:
        _refuse_constant(table, name)
    counts = np.bincount(y).tolist()
    if min(counts) < FEWEST_OF_A_CLASS:
        rare = counts.index(min(counts))
        many = f" ({len(classes)} classes: is it a number, for regression?)" if len(classes) > MOST_CLASSES else ""
        table.refuse(
            int(np.flatnonzero(y == rare)[0]), name,
            f"the class {quoted(classes[rare])} has {counts[rare]} row{'s' * (counts[rare] != 1)}: at least "
            f"{FEWEST_OF_A_CLASS} are needed to train, validate and test; add rows of it, or leave it out{many}",
        )  # fmt: skip
    return y, classes


def _refuse_constant(table: Table, name: str) -> None:
    raise ValueError(
        f"{table.path}, column {quoted(name)} is {shown(table.columns[name][0])} in every row: there is nothing to "
        "learn"
    )


def listed(names: Any) -> str:
    """Names with commas, the first ten.

    >>> listed(["a", "b"])
    'a, b'
    """
    names = [*names]
    return ", ".join(all_shown(names[:10])) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
