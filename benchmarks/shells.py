"""What is the same in every problem that is written for JAX or Dr.Jit: a problem says how its values are computed."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .tracers import Gradient


def differentiated_by_jax(
    values_of: Callable[[Any, Any], Any], parameters: Sequence[float], data: np.ndarray
) -> Gradient:
    """From the parameters and the data the values of all rows, jitted together with the gradient of their mean."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    arrays, gradient = (jnp.asarray(parameters), jnp.asarray(data)), np.empty(0)

    def mean(parameters: Any, data: Any) -> Any:
        values = values_of(parameters, data)
        return values.mean(), values

    both = jax.jit(jax.value_and_grad(mean, has_aux=True))

    def call() -> Any:
        nonlocal gradient
        (_, values), gradient = jax.block_until_ready(both(*arrays))
        return values

    return call, lambda: np.asarray(gradient)


def differentiated_by_drjit(values_of: Callable[[list[Any]], Any], parameters: Sequence[float]) -> Gradient:
    """From the parameters, and data that it has already, the values of all rows, and the gradient of their mean."""
    import drjit as dr
    from drjit.llvm.ad import Float64

    variables, gradient = [Float64(p) for p in parameters], [Float64()]
    dr.make_opaque(variables)  # or they would be written into the machine code

    def call() -> Any:
        nonlocal gradient
        dr.disable_grad(variables)
        dr.enable_grad(variables)
        results = values_of(variables)
        dr.backward(dr.mean(results))
        values, gradient = dr.detach(results), [dr.grad(p) for p in variables]
        dr.eval(values, gradient)
        dr.sync_thread()
        return values

    return call, lambda: np.array([derivative[0] for derivative in gradient])
