"""The page's random numbers are NumPy's and Python's."""

import random

import numpy as np
import pytest

MODULE = "numbers/random.js"
SEEDS = [0, 1, 42, 2**31, 2**32 - 1]
CLOSE = {"rel": 1e-14, "abs": 1e-15}  # logarithm, sine and cosine may differ in the last digit


@pytest.fixture(scope="module")
def of_numpy(compute):
    """A function of a seed and of what to draw from RandomState(seed), called `random`."""
    return lambda seed, body: compute(MODULE, f"const random = new m.RandomState(given); {body}", seed)


@pytest.fixture(scope="module")
def of_python(compute):
    """The same for Python's."""
    return lambda seed, body: compute(MODULE, f"const random = new m.PythonRandom(given); {body}", seed)


def times(n, draw):
    return f"return Array.from({{ length: {n} }}, () => {draw});"


@pytest.mark.parametrize("seed", SEEDS)
def test_fractions_are_those_of_numpy_to_the_last_bit(of_numpy, seed):
    drawn = of_numpy(seed, times(2000, "random.random()"))  # three renewals of the state
    assert drawn == np.random.RandomState(seed).random_sample(2000).tolist()


def test_uniform_numbers_are_those_of_numpy(of_numpy):
    drawn = of_numpy(3, times(50, "random.uniform(-2.5, 4)"))
    assert drawn == np.random.RandomState(3).uniform(-2.5, 4, 50).tolist()


@pytest.mark.parametrize("seed", SEEDS)
def test_normal_numbers_are_those_of_numpy(of_numpy, seed):
    drawn = of_numpy(seed, times(1001, "random.normal(0.5, 3)"))
    assert drawn == pytest.approx(np.random.RandomState(seed).normal(0.5, 3, 1001).tolist(), **CLOSE)


def test_the_second_of_a_normal_pair_is_kept_over_other_draws(of_numpy):
    drawn = of_numpy(5, "return [random.normal(), random.random(), random.normal(), random.normal()];")
    state = np.random.RandomState(5)
    assert drawn == pytest.approx([state.normal(), state.random_sample(), state.normal(), state.normal()], **CLOSE)


@pytest.mark.parametrize("n", [1, 2, 3, 64, 65, 300, 1000])
def test_an_array_is_shuffled_as_by_numpy_again_and_again(of_numpy, n):
    body = f"const a = Array.from({{ length: {n} }}, (_, i) => 10 * i); random.shuffle(a); random.shuffle(a); return a;"
    state, array = np.random.RandomState(7), 10 * np.arange(n)
    state.shuffle(array)
    state.shuffle(array)
    assert of_numpy(7, body) == array.tolist()


def test_an_array_of_its_own_type_is_shuffled_in_place(of_numpy):
    order = np.random.RandomState(8).permutation(20)
    body = "const a = Int32Array.from({ length: 20 }, (_, i) => i); random.shuffle(a); return [...a];"
    assert of_numpy(8, body) == order.tolist()


def test_permutations_are_those_of_numpy(of_numpy):
    state = np.random.RandomState(9)
    expected = [state.permutation(n).tolist() for n in (1, 7, 100)]
    assert of_numpy(9, "return [1, 7, 100].map((n) => random.permutation(n));") == expected


def test_a_choice_without_replacement_is_that_of_numpy(of_numpy):
    expected = np.random.RandomState(4).choice([5, 6, 7, 8, 9], 3, replace=False).tolist()
    assert of_numpy(4, "return random.choice([5, 6, 7, 8, 9], 3);") == expected


@pytest.mark.parametrize("seed", ["-1", "0.5", "2 ** 32", "NaN", '"1"', "undefined"])
def test_a_seed_that_numpy_does_not_take_is_refused(compute, seed):
    with pytest.raises(RuntimeError, match=r"^RangeError: seed must be a whole number from 0 to 4294967295, got "):
        compute(MODULE, f"new m.RandomState({seed});")


@pytest.mark.parametrize("seed", [*SEEDS, 2**32, 2**53 - 1, -3])
def test_fractions_are_those_of_python_to_the_last_bit(of_python, seed):
    its = random.Random(seed)
    assert of_python(seed, times(2000, "random.random()")) == [its.random() for _ in range(2000)]


def test_uniform_numbers_are_those_of_python(of_python):
    its = random.Random(2)
    assert of_python(2, times(50, "random.uniform(-0.3, 0.7)")) == [its.uniform(-0.3, 0.7) for _ in range(50)]


@pytest.mark.parametrize("seed", SEEDS)
def test_normal_numbers_are_those_of_python(of_python, seed):
    its = random.Random(seed)
    drawn = of_python(seed, times(1001, "random.gauss(0.5, 3)"))
    assert drawn == pytest.approx([its.gauss(0.5, 3) for _ in range(1001)], **CLOSE)


@pytest.mark.parametrize("seed", ["0.5", "2 ** 53", "Infinity", '"1"', "null"])
def test_a_seed_that_is_no_whole_number_is_refused(compute, seed):
    with pytest.raises(RuntimeError, match=r"^RangeError: seed must be a whole number"):
        compute(MODULE, f"new m.PythonRandom({seed});")
