"""Rows that are held out: those of scikit-learn."""

from functools import partial

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from nn.data.datasets import digits, mnist, moons
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
    "two rows in each class": (np.repeat([-1, 0, 3, 9], 2), 4),
    "all but one": (np.repeat([0.5, 1.5], 4), 7),
}


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 2**32 - 1])
@pytest.mark.parametrize(("y", "n"), CASES.values(), ids=CASES)
def test_it_holds_out_the_rows_of_scikit_learn(y, n, seed):
    X = np.arange(len(y))
    counts = np.unique(y, return_counts=True)[1]
    stratify = y if counts.min() >= 2 and len(counts) <= min(n, len(y) - n) else None
    kept, held, y_kept, y_held = train_test_split(X, y, test_size=n, random_state=seed, stratify=stratify)
    for ours, theirs in zip(split(X, y, n, seed), (kept, y_kept, held, y_held), strict=True):
        assert ours.tolist() == theirs.tolist()


@pytest.mark.parametrize("seed", [1.5, "a", -1, 2**32, None, True], ids=repr)
@pytest.mark.parametrize("dataset", [digits, moons, partial(mnist, "nowhere")], ids=["digits", "moons", "mnist"])
def test_what_is_no_seed_is_refused(dataset, seed):
    with pytest.raises(ValueError, match=f"^seed must be a whole number from 0 to 4294967295, got {seed!r}$"):
        dataset(seed=seed)


def test_a_seed_may_be_a_number_of_numpy():
    assert moons(seed=np.uint32(7)).X_train.tolist() == moons(seed=7).X_train.tolist()
