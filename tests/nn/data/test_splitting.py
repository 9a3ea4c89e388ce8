"""Rows that are held out: those of scikit-learn."""

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from nn.data.splitting import split

RNG = np.random.default_rng(0)
CASES = {  # the classes of the rows, and how many are held out
    "equal classes": (np.repeat([0, 1, 2], 20), 15),
    "shares that tie": (np.repeat([0, 1, 2, 3], 7), 10),
    "rare classes": (np.repeat([0, 1, 2], [90, 2, 3]), 20),
    "texts": (np.array(["b", "a", "b", "a", "c", "c", "c"]), 3),
    "numbers": (RNG.normal(size=30), 7),
    "a class of one row": (np.array([0] * 9 + [1]), 4),
    "fewer than classes": (np.arange(40) % 8, 3),
}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("y", "n"), CASES.values(), ids=CASES)
def test_it_holds_out_the_rows_of_scikit_learn(y, n, seed):
    X = np.arange(len(y))
    counts = np.unique(y, return_counts=True)[1]
    stratify = y if counts.min() >= 2 and len(counts) <= n else None
    kept, held, y_kept, y_held = train_test_split(X, y, test_size=n, random_state=seed, stratify=stratify)
    for ours, theirs in zip(split(X, y, n, seed), (kept, y_kept, held, y_held), strict=True):
        assert ours.tolist() == theirs.tolist()
