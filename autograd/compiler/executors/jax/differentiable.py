"""A program as a function of JAX whose derivative is ours: `Program.to_jax()`."""

from collections.abc import Callable, Sequence
from functools import cache, reduce
from typing import Any, NoReturn

import jax
import jax.numpy as jnp
import numpy as np

from ...adjoint import has_exact_adjoint
from ...program import Program
from ...pullback import Pullback
from ...selection import without_adjoint
from .functions import keeping_of, kept_of, made, pullback_of, pure


def function_of(program: Program) -> Callable[..., jax.Array]:
    """See `Program.to_jax`."""
    arguments, indices = list(program.inputs), program.indices()
    sizes = [program.size[value] for value in program.inputs.values()]
    count, differentiable = program.size[program.parameters], _differentiable(program)

    def function(parameters: Any, *inputs: Any) -> jax.Array:
        p = jnp.asarray(parameters)
        if not jnp.issubdtype(p.dtype, jnp.floating) or p.shape != (count,):
            raise ValueError(f"the parameters are {count} numbers, (numbers,), got {p.dtype} of shape {p.shape}")
        if len(inputs) != len(sizes):
            which = f", {', '.join(map(str, arguments))} of the compiled function" if arguments else ""
            raise TypeError(f"the program reads {len(sizes)} arguments{which}, got {len(inputs)}")
        arrays = [jnp.asarray(x) for x in inputs]
        for n, (x, size) in enumerate(zip(arrays, sizes, strict=True)):
            rows = arrays[0].shape[:1]
            if not rows or x.shape[:1] != rows or x.size != rows[0] * size:
                raise ValueError(
                    f"argument {arguments[n]} is an array of rows of {size} numbers, as many as there are of the first "
                    f"argument, got shape {x.shape}"
                )
            is_index = arguments[n] in indices and jnp.issubdtype(x.dtype, jnp.integer)
            arrays[n] = x.reshape(rows[0], size) if is_index else x.reshape(rows[0], size).astype(p.dtype)
        return differentiable(p, *arrays)

    function.__doc__ = f"{count} parameters, and the rows of {len(sizes)} arguments -> (rows, {len(program.outputs)})"
    return function


def _differentiable(program: Program) -> Callable[..., jax.Array]:
    """The function of arrays in the shapes that it takes, with its pullback."""

    @cache
    def written() -> tuple[Callable[..., Any], Callable[..., Any]]:
        """Forward, with what is kept, and backward: written when somebody differentiates."""
        forward = without_adjoint(program)
        usual = Pullback(forward)
        pullbacks, has_exact = [usual], has_exact_adjoint(forward)
        if has_exact and (usual.chooses or len(forward.outputs) > 1):
            pullbacks.append(Pullback(forward, exact=True))
        elif not has_exact and len(usual.given) > 1:
            pullbacks += [Pullback(forward, only=value) for value in usual.given]
        kept = kept_of(*pullbacks)
        first, *others = [made(pullback_of(each, kept), "backward") for each in pullbacks]
        if not others:
            return made(keeping_of(program, kept), "forward"), _once(first)
        mended = _where_flows(*others) if has_exact else _by_output(others, list(usual.given.values()))
        return made(keeping_of(program, kept), "forward"), _once(first, mended)

    def forward(p: jax.Array, *inputs: jax.Array) -> jax.Array:
        return pure(program, "forward")(p, *inputs)[0]

    def forward_keeping(p: jax.Array, *inputs: jax.Array) -> tuple[jax.Array, tuple]:
        outputs, kept, _ = written()[0](p, *inputs)
        return outputs, (p, inputs, kept)

    def backward(found: tuple, dy: jax.Array) -> tuple:
        p, inputs, kept = found
        adjoints = written()[1](p, *inputs, *kept, dy)
        return tuple([_over_devices(each, x) for each, x in zip(adjoints, (p, *inputs), strict=True)])

    result = jax.custom_vjp(forward)
    result.defvjp(forward_keeping, backward)
    return result


def _over_devices(adjoint: jax.Array | None, x: jax.Array) -> jax.Array | None:
    """The sum over the devices where `shard_map` gives the same x to all of them, and other rows to each."""
    if adjoint is None:
        return None
    axes = _varying(adjoint) - _varying(x)
    return jax.lax.psum(adjoint, tuple(axes)) if axes else adjoint


def _varying(x: jax.Array) -> frozenset[str]:
    """The axes of devices along which an array differs, in `shard_map`."""
    of_array: Any = jax.typeof(x)
    kind = getattr(of_array, "manual_axis_type", None)  # `vma` of the array itself, in older versions of JAX
    return getattr(of_array, "vma", frozenset()) if kind is None else kind.varying


def _where_flows(exact: Callable[..., Any]) -> Callable[..., tuple]:
    """The exact pullback, in which nothing flows from outputs whose cotangent is 0."""
    return lambda *arguments: exact(*arguments, arguments[-1] != 0)[0]


def _by_output(parts: Sequence[Callable[..., Any]], columns: Sequence[list[int]]) -> Callable[..., tuple]:
    """The sum of the pullbacks of some outputs each, in these columns, where any of their cotangents is not 0.

    That is decided for each row of an argument, and for all rows of the parameters, whose adjoint is a sum over them.
    """

    def mended(*arguments: jax.Array) -> tuple:
        dy = arguments[-1]
        of_rows = [(dy[:, np.array(each)] != 0).any(1, keepdims=True) for each in columns]
        by_parameters, *by_arguments = zip(*[part(*arguments)[0] for part in parts], strict=True)
        totals = [_total(each, of_rows) for each in by_arguments]
        return _total(by_parameters, [flows.any() for flows in of_rows]), *totals

    return mended


def _total(adjoints: Sequence[jax.Array | None], flows: Sequence[jax.Array]) -> jax.Array | None:
    """The sum of those that are there, where something flows: a factor of 0 would make nan of inf."""
    terms = [jnp.where(flow, x, 0.0) for x, flow in zip(adjoints, flows, strict=True) if x is not None]
    return reduce(jnp.add, terms) if terms else None


def _once(usual: Callable[..., Any], mended: Callable[..., tuple] | None = None) -> Callable[..., tuple]:
    """The pullback, which cannot be differentiated again.

    Where an edge that is not there may have made what it gives inf or nan, it is the mended one.
    """

    @jax.custom_jvp
    def backward(*arguments: jax.Array) -> tuple:
        found, _ = usual(*arguments)
        if mended is None:
            return found
        finite = jnp.array([jnp.isfinite(each).all() for each in found if each is not None]).all()
        return jax.lax.cond(finite, lambda: found, lambda: mended(*arguments))

    @backward.defjvp
    def refuse(primals: Any, tangents: Any) -> NoReturn:
        raise TypeError(
            "a program as a function of JAX has first derivatives, in reverse mode: jax.grad, jax.vjp, jax.jacrev. "
            "For second ones compile the first one: compile(lambda x: autograd.grad(f)(x))"
        )

    return backward
