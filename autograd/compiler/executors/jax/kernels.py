"""The functions that the text calls: those of `jax.numpy`, and a few of ours, by the names that they have there."""

from typing import Any

import jax.numpy as jnp
from jax import Array, lax
from jax.scipy.special import erf

INDEX = "int32"  # of positions


def einsum(axes: str, left: Array, right: Array) -> Array:
    """A product of matrices in the precision of its factors: accelerators would take fewer digits."""
    return jnp.einsum(axes, left, right, precision=lax.Precision.HIGHEST)


def relu(x: Array) -> Array:
    """max(0, x), whose zeros are all +0."""
    return jnp.where(x <= 0, 0.0, x)


def is_index(x: Array, choices: int) -> Array:
    """Whether each is a whole number from 0 to choices - 1."""
    if jnp.issubdtype(x.dtype, jnp.floating):
        return (x >= 0) & (x < choices) & (x == jnp.floor(x))
    return (x >= 0) & (x < choices if choices <= jnp.iinfo(x.dtype).max else True)  # where the type has that number


def chosen(table: Any, index: Array) -> Array:
    """table[…, index], for each list of the table its own index."""
    lists = table.reshape(-1, table.shape[-1])
    line = index.reshape(-1, len(lists)) if index.ndim > 1 or len(lists) > 1 else index.reshape(-1, 1)
    found = jnp.asarray(lists)[jnp.arange(len(lists)), line]
    return found.reshape(*index.shape[: index.ndim - (table.ndim - 1)], *table.shape[:-1])


_OF_NUMPY = (
    "abs", "any", "arange", "arccos", "arcsin", "arctan", "arctan2", "array", "asarray", "broadcast_to",
    "concatenate", "cos", "cosh", "exp", "expm1", "floor", "full", "hypot", "inf", "log", "log1p", "max", "maximum",
    "min", "minimum", "moveaxis", "nan", "pad", "power", "sin", "sinh", "sqrt", "stack", "sum", "take_along_axis",
    "tan", "tanh", "where", "zeros",
)  # fmt: skip

NAMES: dict[str, Any] = {name: getattr(jnp, name) for name in _OF_NUMPY} | {
    "bool": jnp.bool_, "chosen": chosen, "einsum": einsum, "erf": erf, "is_index": is_index, "relu": relu,
    "scan": lax.scan,
}  # fmt: skip
