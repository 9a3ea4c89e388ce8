"""What the tests of tables share: two small tables, an array, and a fixture that writes files."""

import numpy as np
import pytest

N = 30
FRUIT = "size,colour,fruit\n" + "".join(
    f"{3 * i / 7:.3f},{'red' if i % 2 else 'green'},{('apple', 'pear', 'plum')[i % 3]}\n" for i in range(N)
)
HOUSES = "area,rooms,price\n" + "".join(f"{50 + i},{i % 4},{1000.5 * i}\n" for i in range(N))


@pytest.fixture
def write(tmp_path):
    """A function that writes a file, and gives its path."""

    def write(content, name="table.csv"):
        path = tmp_path / name
        if isinstance(content, dict):
            np.savez(path, **content)
        elif isinstance(content, np.ndarray):
            np.save(path, content)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def everything(data):
    """All rows, with their targets, in a fixed order."""
    parts = [(data.X_train, data.y_train), (data.X_validation, data.y_validation), (data.X_test, data.y_test)]
    return sorted([*row, y] for X, y_part in parts for row, y in zip(X.tolist(), y_part.tolist(), strict=True))


ARRAY = np.column_stack([np.arange(N) * 0.5, np.arange(N) % 3, np.arange(N) ** 2 + 0.5])

ARRAYS = {"x": np.arange(N), "y": np.arange(N) % 2}
