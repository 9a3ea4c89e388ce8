"""What `glassgrad predict` does, once its arguments are understood."""

import argparse
import csv
import io
import sys
from pathlib import Path
from typing import Any

from ..support.texts import cell_written, shown
from .information import outputs_of, probabilities_of, trained_model
from .output import say


def predict(options: argparse.Namespace) -> int:
    """Say which digit an image shows and how sure the model is; or predict every row of a table, as CSV.

    Returns:
        0.

    Raises:
        ValueError: for a model or an input that is damaged, or of a kind that does not fit the other, and for a table
            without the columns that the model was trained on.
        OSError: for files that are missing or cannot be read, and when the output cannot be written.
    """
    from ..data.table_files import ENDINGS

    model = trained_model(options.model)
    info, is_table = model.info, options.input.suffix.lower() in ENDINGS
    what = f"{options.model} was trained on {info['data']}"
    if is_table and info["image_shape"]:
        raise ValueError(f"{what}: give it an image, not the table {options.input}")
    if not is_table and not info["image_shape"]:
        raise ValueError(f"{what}, not on images: give it a table ({', '.join(ENDINGS)}), not {options.input}")
    return (_predict_rows if is_table else _predict_digit)(model, options.model, options.input)


def _predict_digit(model: Any, file: Path, path: Path) -> int:
    from ..data.images import read_digit

    ink = read_digit(path, tuple(model.info["image_shape"])).reshape(1, -1)
    pixels = ink * model.info["largest_input"]  # in the units of the data that the model was trained on
    probabilities = probabilities_of(outputs_of(model, pixels, file))[0].tolist()
    best = max(range(len(probabilities)), key=probabilities.__getitem__)
    say(f"{probabilities[best]:.0%} sure this is a {shown(model.info['classes'][best])}")
    return 0


def _predict_rows(model: Any, file: Path, path: Path) -> int:
    """A header, and a line for every row: the class and its probability, or the number. In a file it is UTF-8.

    Texts are written so that they do nothing where they are opened (`cell_written`); our readers undo it.
    """
    from ..data.tables import read_rows

    rows, target, classes = read_rows(path, model.info["columns"]), model.info["target"], model.info["classes"]
    outputs = outputs_of(model, rows, file)
    if not sys.stdout.isatty() and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # as our readers have it, whatever is usual here
    writer = csv.writer(sys.stdout, lineterminator="\n")
    if classes:
        probabilities = probabilities_of(outputs)
        writer.writerow([cell_written(target), "probability"])
        cells = [*map(cell_written, classes)]
        writer.writerows([cells[row.argmax()], f"{row.max():.4f}"] for row in probabilities)
    else:
        writer.writerow([cell_written(target)])
        writer.writerows([f"{number:.10g}"] for number in outputs)
    return 0
