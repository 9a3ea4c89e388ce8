"""Data sets: digits, moons, and MNIST's IDX files."""

import gzip
import math
import struct
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from nn.data.datasets import digits, mnist, moons, read_idx
from nn.data.splitting import hold_out, split

RNG = np.random.default_rng(0)
FILES = {
    "train-images-idx3-ubyte": RNG.integers(0, 256, (30, 28, 28), dtype=np.uint8),
    "train-labels-idx1-ubyte": RNG.integers(0, 10, 30, dtype=np.uint8),
    "t10k-images-idx3-ubyte": RNG.integers(0, 256, (20, 28, 28), dtype=np.uint8),
    "t10k-labels-idx1-ubyte": RNG.integers(0, 10, 20, dtype=np.uint8),
}


def idx(array, magic=None):
    magic = bytes([0, 0, 8, array.ndim]) if magic is None else magic
    return magic + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def write(folder, **changed):
    """The four files; those in `changed` (under the first letters of their names) with other bytes."""
    for name, array in FILES.items():
        (folder / name).write_bytes(idx(array))
    for short, content in changed.items():
        (name,) = (name for name in FILES if name.replace("-", "_").startswith(short))
        (folder / name).write_bytes(content)
    return folder


def rows_of(data):
    return {tuple(row) for row in data.X_train}


# ---------------------------------------------------------------------------------------------------------- digits


SAMPLE = Path(__file__).parents[3] / "notebooks" / "mnist"


def test_the_sample_of_mnist_is_real_data_of_the_usual_kind():
    data = mnist(SAMPLE)
    assert [len(y) for y in (data.y_train, data.y_validation, data.y_test)] == [1800, 200, 500]
    assert data.X_train.shape == (1800, 784)
    assert set(data.y_train) == set(data.y_test) == set(range(10))
    assert (data.X_train.min(), data.X_train.max()) == (0.0, 255.0)
    assert 30 < data.X_train.mean() < 36  # of all of MNIST it is 33.3


def test_digits_are_those_of_scikit_learn():
    data = digits()
    X, y = load_digits(return_X_y=True)
    ours = sorted([*row, label] for row, label in zip(
        np.concatenate([data.X_train, data.X_validation, data.X_test]).tolist(),
        [*data.y_train, *data.y_validation, *data.y_test], strict=True,
    ))  # fmt: skip
    assert ours == sorted([*row, label] for row, label in zip(X.tolist(), y, strict=True))


def test_digits_say_what_they_are():
    data = digits()
    assert (data.name, data.task, data.target) == ("digits", "classification", "digit")
    assert (data.image_shape, data.largest_input) == ((8, 8), 16.0)
    assert data.classes == list("0123456789")
    assert (data.inputs, data.columns) == ([], [])


def test_a_tenth_of_the_training_rows_is_for_validation_with_its_share_of_every_class():
    data = digits()
    assert (len(data.y_train), len(data.y_validation)) == (1293, 144)
    assert np.bincount(data.y_validation).tolist() == pytest.approx([14.4] * 10, abs=1)


@pytest.mark.parametrize("validation", [0.0, 0.1, 0.5])
def test_the_test_rows_do_not_depend_on_validation(validation):
    for dataset in digits, moons:
        assert (dataset(validation=validation).X_test == dataset().X_test).all()


def test_without_validation_its_arrays_have_0_rows():
    data = digits(validation=0)
    assert (data.X_validation.shape, data.y_validation.shape, len(data.y_train)) == ((0, 64), (0,), 1437)


def test_a_fifth_of_the_digits_is_held_out_with_its_share_of_every_class():
    data = digits()
    assert len(data.y_test) == 360
    assert np.bincount(data.y_test).tolist() == pytest.approx([36] * 10, abs=1.5)


@pytest.mark.parametrize("dataset", [digits, moons])
def test_a_seed_gives_the_same_split(dataset):
    assert (dataset(1).X_train == dataset(1).X_train).all()
    assert (dataset(1).X_train != dataset(2).X_train).any()


def test_rows_of_digits_are_some_of_the_training_rows():
    few, all_rows = digits(rows=60, validation=0), digits(validation=0)
    assert len(rows_of(few)) == 60
    assert rows_of(few) < rows_of(all_rows)
    assert (len(few.y_test), len(all_rows.y_test)) == (60, 360)
    assert len(digits(rows=1437, validation=0).y_train) == 1437


@pytest.mark.parametrize("seed", range(3))
def test_rows_of_digits_hold_every_class_in_its_share(seed):
    data = digits(seed, rows=50, validation=0)
    assert np.bincount(data.y_train, minlength=10).tolist() == pytest.approx([5] * 10, abs=1)


def test_rows_fewer_than_classes_are_chosen_at_random():
    assert len(digits(rows=3, validation=0).y_train) == 3


@pytest.mark.parametrize("rows", [0, -5, 2.5, True, "10"])
@pytest.mark.parametrize("dataset", [digits, moons, lambda rows: mnist(SAMPLE, rows=rows)])
def test_rows_that_are_no_count_are_refused(dataset, rows):
    with pytest.raises(ValueError, match=f"rows must be a whole number of at least 1, got {rows!r}"):
        dataset(rows=rows)


def test_more_rows_than_there_are_is_an_error_that_says_how_many_there_are():
    with pytest.raises(ValueError, match="there are 1,437 rows to train on, 2,000 are too many"):
        digits(rows=2000)


# ----------------------------------------------------------------------------------------------------------- moons


def test_moons_are_two_classes_of_points():
    data = moons()
    assert (data.name, data.task, data.classes) == ("moons", "classification", ["0", "1"])
    assert (data.inputs, data.target) == (["x1", "x2"], "moon")
    assert (data.image_shape, data.largest_input) == (None, None)
    assert (data.X_train.shape, data.X_validation.shape, data.X_test.shape) == ((144, 2), (16, 2), (40, 2))
    assert np.bincount(data.y_train).tolist() == [72, 72]


@pytest.mark.parametrize("rows", [10, 50, 101])
def test_rows_of_moons_are_those_to_train_on_and_to_validate(rows):
    data = moons(rows=rows)
    assert len(data.y_train) + len(data.y_validation) == rows
    assert len(data.y_validation) == math.ceil(rows / 10)
    assert len(data.y_test) == math.ceil(rows / 4)


# ----------------------------------------------------------------------------------------------------------- split


def test_a_split_keeps_every_row_with_its_target():
    X, y = np.arange(30.0)[:, None], np.arange(30) % 3
    X_kept, y_kept, X_held, y_held = split(X, y, 6, seed=0)
    assert sorted([*X_kept[:, 0], *X_held[:, 0]]) == list(range(30))
    assert (X_kept[:, 0] % 3 == y_kept).all()
    assert (X_held[:, 0] % 3 == y_held).all()
    assert np.bincount(y_held).tolist() == [2, 2, 2]


@pytest.mark.parametrize(
    ("y", "n"),
    [([0, 0, 0, 1], 1), ([0, 0, 1, 1, 2, 2], 2), ([0, 0, 1, 1, 2, 2], 4)],
    ids=["a class of one row", "fewer rows held out than classes", "fewer rows left than classes"],
)
def test_what_cannot_be_split_by_classes_is_split_at_random(y, n):
    assert len(split(np.zeros((len(y), 1)), np.array(y), n, seed=0)[3]) == n


def test_numbers_are_split_at_random():
    y = np.array([0.5, 0.5, 1.5, 1.5, 2.5, 2.5, 3.5, 3.5])
    assert len(split(y[:, None], y, 4, seed=0, of_classes=False)[3]) == 4


@pytest.mark.parametrize(("rows", "fraction", "expected"), [(30, 0.1, 3), (31, 0.1, 4), (5, 0.01, 1), (50, 0.5, 25)])
def test_a_fraction_is_rounded_up(rows, fraction, expected):
    assert len(hold_out(np.zeros((rows, 1)), np.zeros(rows), fraction, seed=0)[3]) == expected


@pytest.mark.parametrize("fraction", [-0.1, 1.0, math.nan])
def test_a_fraction_outside_of_0_to_1_is_refused(fraction):
    with pytest.raises(ValueError, match="validation must be at least 0 and less than 1, got"):
        digits(validation=fraction)


def test_a_fraction_that_leaves_nothing_is_refused():
    with pytest.raises(ValueError, match=r"validation=0\.99 leaves no row of 10 to train on"):
        moons(rows=10, validation=0.99)


# ----------------------------------------------------------------------------------------------------------- mnist


def test_mnist_reads_its_four_files(tmp_path):
    data = mnist(write(tmp_path), validation=0)
    images, labels, test_images, test_labels = FILES.values()
    assert (data.X_train == images.reshape(30, 784)).all()
    assert (data.y_train == labels).all()
    assert (data.X_test == test_images.reshape(20, 784)).all()
    assert (data.y_test == test_labels).all()


def test_mnist_says_what_it_is(tmp_path):
    data = mnist(write(tmp_path))
    assert (data.name, data.task, data.target) == ("mnist", "classification", "digit")
    assert (data.image_shape, data.largest_input) == ((28, 28), 255.0)
    assert data.classes == list("0123456789")
    assert data.X_train.dtype == data.X_validation.dtype == data.X_test.dtype == float


def test_a_tenth_of_the_training_images_is_for_validation(tmp_path):
    data = mnist(write(tmp_path))
    images = {bytes(image) for image in FILES["train-images-idx3-ubyte"]}
    assert (len(data.X_train), len(data.X_validation), len(data.X_test)) == (27, 3, 20)
    assert {bytes(row.astype(np.uint8)) for row in np.concatenate([data.X_train, data.X_validation])} == images


def test_gzipped_files_give_the_same(tmp_path):
    plain = mnist(write(tmp_path))
    for name, array in FILES.items():
        (tmp_path / name).unlink()
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(idx(array)))
    assert (mnist(tmp_path).X_train == plain.X_train).all()


def test_a_gzipped_file_may_lack_its_ending(tmp_path):
    plain = mnist(write(tmp_path))
    write(tmp_path, train_images=gzip.compress(idx(FILES["train-images-idx3-ubyte"])))
    assert (mnist(tmp_path).X_train == plain.X_train).all()


def test_rows_of_mnist_are_chosen_by_the_seed(tmp_path):
    write(tmp_path)
    few = mnist(tmp_path, seed=1, rows=12, validation=0)
    assert (len(few.X_train), len(few.X_test)) == (12, 12)
    assert len(rows_of(few)) == 12
    assert rows_of(few) < rows_of(mnist(tmp_path, validation=0))
    assert rows_of(few) == rows_of(mnist(tmp_path, seed=1, rows=12, validation=0))
    assert rows_of(few) != rows_of(mnist(tmp_path, seed=2, rows=12, validation=0))


def test_chosen_images_keep_their_labels(tmp_path):
    label_of = dict(zip(map(bytes, FILES["train-images-idx3-ubyte"]), FILES["train-labels-idx1-ubyte"], strict=True))
    few = mnist(write(tmp_path), rows=12)
    assert [label_of[bytes(row.astype(np.uint8))] for row in few.X_train] == few.y_train.tolist()


def test_more_rows_than_there_are_give_all(tmp_path):
    data = mnist(write(tmp_path), rows=25, validation=0)
    assert (len(data.X_train), len(data.X_test)) == (25, 20)


IMAGES, LABELS, _, TEST_LABELS = FILES.values()
MAGIC = "not with the magic number"
TOO_LARGE = b"\0\0\x08\x03" + struct.pack(">3I", 2**31, 2**31, 4)  # 2⁶⁴ bytes of data: 0 in 64 bits
NO_ROWS = b"\0\0\x08\x03" + struct.pack(">3I", 0, 2**32 - 1, 2**32 - 1)
GZIP_HEADER = gzip.compress(b"")[:10]
DAMAGE = {
    "labels for images": ({"train_images": idx(LABELS)}, f"images.* begins with 00000801, {MAGIC} 00000803"),
    "images for labels": ({"train_labels": idx(IMAGES)}, f"labels.* begins with 00000803, {MAGIC} 00000801"),
    "numbers of another type": ({"train_images": idx(IMAGES, b"\0\0\r\3")}, f"begins with 00000d03, {MAGIC} 00000803"),
    "text": ({"train_images": b"P5 28 28"}, f"begins with 50352032, {MAGIC} 00000803"),
    "empty": ({"train_images": b""}, f"begins with nothing, {MAGIC} 00000803"),
    "short magic number": ({"train_images": b"\0\0"}, f"begins with 0000, {MAGIC} 00000803"),
    "header cut off": ({"train_images": idx(IMAGES)[:10]}, "ends within its header of 16 bytes"),
    "data cut off": ({"train_images": idx(IMAGES)[:-1]}, "says it holds 30×28×28 bytes of data, but 23,519 follow"),
    "bytes at the end": ({"t10k_labels": idx(TEST_LABELS) + b"\0"}, "says it holds 20 bytes of data, but more follow"),
    "sizes beyond 64 bits": ({"train_images": TOO_LARGE}, "has more than 10¹⁵ bytes of data, at most 200,000,000 are"),
    "sizes beyond 64 bits, and 0": ({"train_images": NO_ROWS}, "has more than 10¹⁵ bytes of data, at most 200,000,000"),
    "fewer labels": ({"train_labels": idx(LABELS[:-1])}, "images.* holds 30 images, but .*labels.* holds 29 labels"),
    "image size": ({"train_images": idx(IMAGES[:, :27])}, "holds images of 27×28, expected 28×28 pixels"),
    "label 10": ({"t10k_labels": idx(np.full(20, 10, np.uint8))}, "t10k-labels.* holds the label 10, expected 0 to 9"),
    "gzip cut off": ({"train_images": gzip.compress(idx(IMAGES))[:-100]}, "is a damaged gzip file"),
    "gzip in its middle": ({"train_images": GZIP_HEADER + b"\xff" * 50}, "is a damaged gzip file"),
    "gzip checksum": ({"train_images": gzip.compress(idx(IMAGES))[:-8] + bytes(8)}, "is a damaged gzip file"),
    "gzip with bytes at the end": ({"train_images": gzip.compress(idx(IMAGES)) + b"more"}, "is a damaged gzip file"),
    "gzip of nonsense": ({"train_images": b"\x1f\x8b" + b"nonsense"}, "is a damaged gzip file"),
}


@pytest.mark.parametrize(("changed", "message"), DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_is_named(changed, message, tmp_path):
    write(tmp_path, **changed)
    with pytest.raises(ValueError, match=message) as error:
        mnist(tmp_path)
    assert str(tmp_path) in str(error.value)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*nowhere"):
        mnist(tmp_path / "nowhere")


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(name, tmp_path):
    (write(tmp_path) / name).unlink()
    with pytest.raises(FileNotFoundError, match=f"there is no file {name} or {name}.gz in "):
        mnist(tmp_path)


@pytest.mark.parametrize("shape", [(0,), (5,), (2, 3), (2, 3, 4)], ids=str)
def test_an_idx_file_of_any_dimensions(shape, tmp_path):
    array = RNG.integers(0, 256, shape, dtype=np.uint8)
    (tmp_path / "file").write_bytes(idx(array))
    read = read_idx(tmp_path / "file", dimensions=len(shape))
    assert read.shape == shape
    assert (read == array).all()


def test_mnist_without_images_is_refused(tmp_path):
    write(tmp_path)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(bytes([0, 0, 8, 3]) + struct.pack(">3I", 0, 28, 28))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(bytes([0, 0, 8, 1]) + struct.pack(">I", 0))
    with pytest.raises(ValueError, match="train-images-idx3-ubyte holds no images"):
        mnist(tmp_path)


def test_mnist_files_may_be_spelled_with_a_dot(tmp_path):
    write(tmp_path)
    for path in list(tmp_path.iterdir()):
        path.rename(path.with_name(path.name.replace("-idx", ".idx")))
    assert len(mnist(tmp_path, validation=0).X_train) == 30
