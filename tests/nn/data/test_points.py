"""Points in the plane: those of scikit-learn, and what else each set promises."""

import numpy as np
import pytest
from sklearn.datasets import make_blobs, make_circles, make_moons

from nn.data.datasets import blobs, circles, moons, spirals, wave, xor
from nn.data.splitting import split

from .conftest import everything

SETS = [moons, circles, xor, spirals, blobs, wave]
OF_CLASSES = [moons, circles, xor, spirals, blobs]


def of_scikit_learn(make, seed, rows, **how):
    """All rows of a set, as `everything` has them."""
    n_test = -(-rows // 4)
    X, y = make(rows + n_test, random_state=seed, **how)
    X_train, y_train, X_test, y_test = split(X, y, n_test, seed)
    return X_train.tolist(), y_train.tolist(), X_test.tolist(), y_test.tolist()


def ours(data):
    return data.X_train.tolist(), data.y_train.tolist(), data.X_test.tolist(), data.y_test.tolist()


@pytest.mark.parametrize(("seed", "rows", "noise"), [(0, 160, 0.1), (3, 101, 0.25)])
def test_moons_are_those_of_scikit_learn(seed, rows, noise):
    assert ours(moons(seed, rows, 0, noise)) == of_scikit_learn(make_moons, seed, rows, noise=noise)


@pytest.mark.parametrize(("seed", "rows", "noise"), [(0, 160, 0.1), (3, 101, 0.25)])
def test_circles_are_those_of_scikit_learn(seed, rows, noise):
    assert ours(circles(seed, rows, 0, noise)) == of_scikit_learn(make_circles, seed, rows, noise=noise, factor=0.5)


@pytest.mark.parametrize(("seed", "rows", "noise", "classes"), [(0, 160, 0.1, 3), (3, 101, 0.25, 4)])
def test_blobs_are_those_of_scikit_learn(seed, rows, noise, classes):
    centers = [(np.cos(2 * np.pi * i / classes), np.sin(2 * np.pi * i / classes)) for i in range(classes)]
    theirs = of_scikit_learn(make_blobs, seed, rows, cluster_std=noise, centers=centers)
    assert ours(blobs(seed, rows, 0, noise, classes)) == theirs


def test_without_noise_a_spiral_goes_round_by_its_share_of_two_turns_from_1_4_to_5_4():
    data = spirals(noise=0.0, classes=3, validation=0)
    x1, x2 = data.X_train.T
    radius = np.hypot(x1, x2)
    turn = (np.arctan2(x2, x1) / (2 * np.pi) - (radius - 0.25) * 2 / 3 - data.y_train / 3) % 1
    assert np.minimum(turn, 1 - turn).max() < 1e-12
    assert 0.25 - 1e-12 < radius.min() < 0.3
    assert 1.2 < radius.max() < 1.25 + 1e-12


def test_xor_is_1_where_one_coordinate_is_positive():
    data = xor(noise=0.0)
    assert ((data.X_train > 0).sum(axis=1) % 2 == data.y_train).all()


def test_points_of_xor_lie_off_the_axes_in_all_quadrants_alike():
    data = xor(noise=0.0, rows=32, validation=0)
    X = np.concatenate([data.X_train, data.X_test])
    assert 0.25 <= abs(X).min() < abs(X).max() <= 1.0
    assert np.bincount((X > 0) @ [1, 2]).tolist() == [10] * 4


def test_a_wave_is_a_surface_over_the_square():
    data = wave(noise=0.0)
    x1, x2 = data.X_train.T
    assert data.y_train == pytest.approx(np.sin(np.pi * x1) * np.cos(np.pi * x2 / 2), abs=1e-12)
    assert 0.9 < abs(data.X_train).max() <= 1.0


def test_the_noise_of_a_wave_is_that_of_its_height():
    noisy, calm = wave(rows=2000, noise=0.2), wave(rows=2000, noise=0.0)
    assert (noisy.X_train == calm.X_train).all()
    assert (noisy.y_train - calm.y_train).std() == pytest.approx(0.2, rel=0.1)


@pytest.mark.parametrize("make", [circles, xor, spirals])
def test_noise_is_a_standard_deviation(make):
    noisy, calm = make(rows=2000, noise=0.2), make(rows=2000, noise=0.0)
    assert (noisy.X_train - calm.X_train).std() == pytest.approx(0.2, rel=0.1)


@pytest.mark.parametrize("make", OF_CLASSES)
def test_classes_have_as_many_points(make):
    data = make(rows=96)
    classes = len(data.classes)
    assert sorted(np.bincount([*data.y_train, *data.y_validation, *data.y_test]).tolist()) == [120 // classes] * classes


@pytest.mark.parametrize(
    ("make", "target", "classes"),
    [(moons, "moon", 2), (circles, "circle", 2), (xor, "xor", 2), (spirals, "spiral", 2), (blobs, "blob", 3)],
)
def test_points_say_what_they_are(make, target, classes):
    data = make()
    assert (data.name, data.task, data.target) == (make.__name__, "classification", target)
    assert data.classes == [str(i) for i in range(classes)]
    assert data.columns == [{"name": name, "categories": None} for name in data.inputs] != []


def test_a_wave_says_that_it_is_a_regression():
    data = wave()
    assert (data.name, data.task, data.target, data.classes, data.inputs) == (
        "wave", "regression", "y", [], ["x1", "x2"],
    )  # fmt: skip


@pytest.mark.parametrize("make", SETS)
def test_rows_are_those_to_train_on_and_to_validate(make):
    data = make(rows=50)
    assert (len(data.y_train), len(data.y_validation), len(data.y_test)) == (45, 5, 13)


@pytest.mark.parametrize("make", SETS)
def test_a_seed_is_one_set(make):
    assert everything(make(1)) == everything(make(1))
    assert everything(make(1)) != everything(make(2))


@pytest.mark.parametrize("make", [spirals, blobs])
@pytest.mark.parametrize("classes", [1, 0, 2.0, True, "3"])
def test_classes_that_are_no_count_of_at_least_2_are_refused(make, classes):
    with pytest.raises(ValueError, match=f"classes must be a whole number of at least 2, got {classes!r}"):
        make(classes=classes)


@pytest.mark.parametrize("make", SETS)
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"noise": -0.1}, "noise must be at least 0 and finite, got -0.1"),
        ({"noise": float("nan")}, "noise must be at least 0 and finite, got nan"),
        ({"rows": 0}, "rows must be a whole number of at least 1, got 0"),
        ({"seed": -1}, "seed must be a whole number from 0 to 4294967295, got -1"),
    ],
)
def test_what_no_points_can_be_made_of_is_refused(make, wrong, said):
    with pytest.raises(ValueError, match=said):
        make(**wrong)
