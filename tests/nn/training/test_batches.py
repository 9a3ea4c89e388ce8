"""Batches: gathered from arrays of any type into the same arrays, of the type that is read."""

import numpy as np
import pytest

from nn.training.batches import Batches, converted

RNG = np.random.default_rng(0)
ROWS = RNG.integers(0, 200, (50, 6))
PLACES = RNG.permutation(50)
ARRAYS = {
    "float64": ROWS / 3.0,
    "float32": (ROWS / 3.0).astype(np.float32),
    "uint8": ROWS.astype(np.uint8),
    "bool": ROWS > 100,
    "int32": ROWS.astype(np.int32),
    "columns lie together": np.asfortranarray(ROWS / 3.0),
    "every other column": (ROWS / 3.0)[:, ::2],
    "rows in reverse": (ROWS / 3.0)[::-1],
    "read only": np.frombuffer((ROWS / 3.0).tobytes()).reshape(ROWS.shape),
    "one number a row": ROWS[:, 0] / 3.0,
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_a_batch_has_the_rows_of_its_places_converted(array, dtype):
    batches = Batches(array, array, (dtype, None), 8)
    for start in range(0, 50, 8):
        places = PLACES[start : start + 8]
        batches.gather(places)
        rows, targets = batches.arrays(len(places))
        assert (rows.dtype, targets.dtype) == (dtype, array.dtype)
        assert rows.tolist() == array[places].astype(dtype).tolist()
        assert targets.tolist() == array[places].tolist()


def test_the_arrays_are_the_same_for_every_batch():
    batches = Batches(ARRAYS["uint8"], ARRAYS["one number a row"], ("float32", "float32"), 8)
    full, last = batches.arrays(8), batches.arrays(2)
    batches.gather(PLACES[:8])
    batches.gather(PLACES[48:])
    assert full[0][:2].tolist() == last[0].tolist() == ARRAYS["uint8"][PLACES[48:]].tolist()
    assert all(array.flags.c_contiguous and array.flags.aligned for array in (*full, *last))


def test_a_batch_of_all_rows_is_what_was_given():
    rows, targets = ARRAYS["float64"], ARRAYS["one number a row"]
    batches = Batches(rows, targets, ("float64", "float64"), 50)
    batches.gather(np.arange(50))
    for mine, theirs in zip(batches.arrays(50), (rows, targets), strict=True):
        assert np.shares_memory(mine, theirs)


def test_numbers_that_are_too_large_for_float32_are_infinite_without_a_warning():
    large = np.array([[1e300, -1e300], [1.0, 2.0]])
    batches = Batches(large, large, ("float32", "float32"), 1)
    batches.gather(np.array([0]))
    assert batches.arrays(1)[0].tolist() == [[np.inf, -np.inf]]
    assert converted(large, "float32").tolist() == [[np.inf, -np.inf], [1.0, 2.0]]
