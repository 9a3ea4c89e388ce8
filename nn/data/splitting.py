"""Which rows are held out: at random, with equal shares of each class. The same rows as by scikit-learn."""

import math

import numpy as np

from ..support.checks import check_count, check_number, check_seed


def split(
    X: np.ndarray, y: np.ndarray, n: int, seed: int, of_classes: bool = True
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(X, y) of all rows but n, then of the n held out, in random order.

    The classes are in equal shares in both (stratified), wherever each has a row for either. They are the rows that
    scikit-learn's `train_test_split(X, y, test_size=n, random_state=seed, stratify=y)` gives, in its order.

    Raises:
        ValueError: when the seed is not a whole number from 0 to 4294967295.

    >>> *_, y_held_out = split(np.zeros((12, 1)), np.array([0] * 8 + [1] * 4), 3, seed=0)
    >>> sorted(y_held_out.tolist())
    [0, 0, 1]
    """
    check_seed(seed)
    random, counts = np.random.RandomState(seed), np.unique(y, return_counts=True)[1] if of_classes else np.array([0])
    if counts.min() >= 2 and len(counts) <= min(n, len(y) - n):
        kept, held = _stratified(y, counts, n, random)
    else:
        order = random.permutation(len(y))
        kept, held = order[n:], order[:n]
    return X[kept], y[kept], X[held], y[held]


def _stratified(
    y: np.ndarray, counts: np.ndarray, n: int, random: np.random.RandomState
) -> tuple[np.ndarray, np.ndarray]:
    """The positions of the rows that are kept, and of n that are held out, of each class by its share."""
    n_kept = _shares(counts, len(y) - n, random)
    n_held = _shares(counts - n_kept, n, random)
    kept, held, start = [], [], 0
    by_class = np.argsort(y, kind="stable")
    for count, first, second in zip(counts, n_kept, n_held, strict=True):
        of_class = by_class[start : start + count][random.permutation(count)]
        kept.append(of_class[:first])
        held.append(of_class[first : first + second])
        start += count
    return random.permutation(np.concatenate(kept)), random.permutation(np.concatenate(held))


def _shares(counts: np.ndarray, n: int, random: np.random.RandomState) -> np.ndarray:
    """How many of n rows each class gets: its share rounded down, and one more for the largest remainders.

    Among equal remainders it is drawn who gets one.
    """
    exact = counts / counts.sum() * n
    shares = np.floor(exact)
    remainders, left = exact - shares, int(n - shares.sum())
    for remainder in np.unique(remainders)[::-1]:
        if left <= 0:
            break
        equal = np.flatnonzero(remainders == remainder)
        chosen = random.choice(equal, min(len(equal), left), replace=False)
        shares[chosen] += 1
        left -= len(chosen)
    return shares.astype(int)


def hold_out(
    X: np.ndarray, y: np.ndarray, fraction: float, seed: int, of_classes: bool = True
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """X_train, y_train, X_validation, y_validation: a fraction of the rows, rounded up, is for validation.

    Raises:
        ValueError: when the fraction is not at least 0 and less than 1, or leaves no row to train on.
    """
    check_number("validation", fraction, 0.0, 1.0)
    n = math.ceil(round(fraction * len(y), 9))  # 0.14·50 is 7.000000000000001
    if n == 0:
        return X, y, X[:0], y[:0]
    if n >= len(y):
        raise ValueError(f"validation={fraction:g} leaves no row of {len(y)} to train on")
    return split(X, y, n, seed, of_classes)


def choose_rows(
    X: np.ndarray, y: np.ndarray, rows: int | None, seed: int, of_classes: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """X and y of so many rows, with equal shares of each class wherever `split` can give them; of all for None.

    Raises:
        ValueError: when `rows` is not a whole number of at least 1, or more than there are.
    """
    if rows is None:
        return X, y
    check_enough(rows, len(y))
    return (X, y) if rows == len(y) else split(X, y, len(y) - rows, seed, of_classes)[:2]


def check_enough(wanted: int, there: int) -> None:
    """Refuse more rows than there are.

    Raises:
        ValueError: also when what is wanted is not a whole number of at least 1.
    """
    check_count("rows", wanted)
    if wanted > there:
        raise ValueError(f"there are {there:,} rows to train on, {wanted:,} are too many")
