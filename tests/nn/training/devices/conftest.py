"""XLA compiles the programs of these tests with little effort: they are small."""

import pytest


@pytest.fixture(autouse=True)
def compiled_in_haste():
    jax = pytest.importorskip("jax")
    before = jax.config.read("jax_disable_most_optimizations")
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", before)
