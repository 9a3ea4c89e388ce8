"""What `glassgrad predict` does, once its arguments are understood."""

import argparse
import csv
import sys
from pathlib import Path
from typing import Any


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
    from ..training import load

    model = load(options.model)
    info, is_table = model.info, options.input.suffix.lower() in ENDINGS
    what = f"{options.model} was trained on {info.get('data', 'something else')}"
    if is_table and info.get("columns"):
        return _predict_rows(model, options.input)
    if not is_table and info.get("image_shape"):
        return _predict_digit(model, options.input)
    if info.get("image_shape"):
        raise ValueError(f"{what}: give it an image, not the table {options.input}")
    if info.get("columns"):
        raise ValueError(f"{what}, not on images: give it a table ({', '.join(ENDINGS)}), not {options.input}")
    raise ValueError(f"{what}, not on images or tables by `glassgrad train`")


def _predict_digit(model: Any, path: Path) -> int:
    from ..data.images import read_digit

    ink = read_digit(path, tuple(model.info["image_shape"])).reshape(1, -1)
    pixels = ink * model.info["largest_input"]  # in the units of the data that the model was trained on
    probabilities = class_probabilities(model, pixels)[0].tolist()
    best = max(range(len(probabilities)), key=probabilities.__getitem__)
    print(f"{probabilities[best]:.0%} sure this is a {model.info['classes'][best]}")
    return 0


def _predict_rows(model: Any, path: Path) -> int:
    """A header, and a line for every row: the class and its probability, or the number."""
    from ..data.tables import read_rows
    from ..training import predict

    rows, target, classes = read_rows(path, model.info["columns"]), model.info["target"], model.info["classes"]
    writer = csv.writer(sys.stdout, lineterminator="\n")
    if classes:
        probabilities = class_probabilities(model, rows)
        writer.writerow([target, "probability"])
        writer.writerows([classes[row.argmax()], f"{row.max():.4f}"] for row in probabilities)
    else:
        writer.writerow([target])
        writer.writerows([f"{number:.10g}"] for number in predict(model, rows))
    return 0


def class_probabilities(model: Any, rows: Any) -> Any:
    """An array (rows, classes), from the logits of a classifier; one logit is that of class 1 against class 0."""
    import numpy as np
    from scipy.special import softmax

    from ..training import predict

    logits = predict(model, rows)
    return softmax(np.stack([np.zeros_like(logits), logits], axis=1) if logits.ndim == 1 else logits, axis=1)
