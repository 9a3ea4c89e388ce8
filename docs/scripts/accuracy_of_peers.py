"""What another library computes at the points of accuracy.py: its values and first derivatives.

    python docs/scripts/accuracy_of_peers.py jax POINTS.npz RESULTS.npz

runs in the environment of the benchmarks, one library a process, and needs nothing of this project. An operation that
the library does not have is not in the results. The first line that it prints is the name and the version.
"""

import sys
from collections.abc import Callable
from functools import partial

import numpy as np

Results = tuple[np.ndarray, list[np.ndarray]]  # the values, and the derivatives by each operand
SAME = (
    "exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "maximum", "minimum", "hypot",
    "where",
)  # fmt: skip  # have this name in NumPy and in its kin
OPERATORS: dict[str, Callable] = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b, "div": lambda a, b: a / b,
    "pow": lambda a, b: a**b, "neg": lambda x: -x, "abs": abs,
}  # fmt: skip
LISTS = (
    "maximum", "minimum", "dot", "logsumexp", "softmax", "log_softmax", "mse_loss", "sse_loss", "l1_loss", "huber_loss",
    "cross_entropy",
)  # fmt: skip  # functions of a row
OLDEST_LLVM = 17
LOSSES = ("mse_loss", "l1_loss", "huber_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits")


def halves(row):
    n = row.shape[-1] // 2
    return row[..., :n], row[..., n:]


def with_jax() -> tuple[str, Callable]:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    functions = OPERATORS | {name: getattr(jnp, name) for name in SAME}
    functions |= {
        "asin": jnp.arcsin, "acos": jnp.arccos, "atan": jnp.arctan, "atan2": jnp.arctan2,
        "erf": jax.scipy.special.erf, "ndtr": jax.scipy.special.ndtr,
        "sigmoid": jax.nn.sigmoid, "softplus": jax.nn.softplus, "relu": jax.nn.relu, "silu": jax.nn.silu,
        "gelu": lambda x: jax.nn.gelu(x, approximate=False), "leaky_relu": jax.nn.leaky_relu, "elu": jax.nn.elu,
        "where": lambda condition, a, b: jnp.where(condition != 0, a, b),
        "maximum": jnp.max, "minimum": jnp.min, "dot": lambda row: jnp.dot(*halves(row)),
        "logsumexp": jax.nn.logsumexp, "softmax": lambda row: jax.nn.softmax(row)[0],
        "log_softmax": lambda row: jax.nn.log_softmax(row)[0],
    }  # fmt: skip

    def compute(name: str, points: np.ndarray) -> Results:
        f, n = functions[name], points.shape[1]
        if name in LISTS:
            values, by_row = jax.jit(jax.vmap(jax.value_and_grad(f)))(jnp.array(points))
            return np.asarray(values), list(np.asarray(by_row).T)
        both = jax.jit(jax.vmap(jax.value_and_grad(f, argnums=tuple(range(n)))))
        values, gradients = both(*map(jnp.array, points.T))
        return np.asarray(values), list(map(np.asarray, gradients))

    return f"JAX {jax.__version__}", lambda name: compute if name in functions else None


def with_torch() -> tuple[str, Callable]:
    import torch
    from torch.nn import functional as F

    functions = OPERATORS | {name: getattr(torch, name) for name in SAME}
    functions |= {
        "asin": torch.asin, "acos": torch.acos, "atan": torch.atan, "atan2": torch.atan2, "erf": torch.erf,
        "ndtr": torch.special.ndtr, "sigmoid": torch.sigmoid, "softplus": F.softplus, "relu": torch.relu,
        "silu": F.silu, "gelu": F.gelu, "where": lambda condition, a, b: torch.where(condition != 0, a, b),
        "maximum": lambda row: torch.amax(row, 1), "minimum": lambda row: torch.amin(row, 1),
        "dot": lambda row: torch.einsum("ri,ri->r", *halves(row)), "logsumexp": lambda row: torch.logsumexp(row, 1),
        "softmax": lambda row: torch.softmax(row, 1)[:, 0], "log_softmax": lambda row: torch.log_softmax(row, 1)[:, 0],
        "cross_entropy": lambda row: F.cross_entropy(row, torch.zeros(len(row), dtype=torch.long), reduction="none"),
    }  # fmt: skip

    def of_rows(loss: Callable) -> Callable:
        return lambda row: loss(*halves(row), reduction="none").mean(1)

    for name in LOSSES:
        loss = getattr(F, name)
        functions[name] = of_rows(loss) if name in LISTS else partial(loss, reduction="none")

    def compute(name: str, points: np.ndarray) -> Results:
        given = [points] if name in LISTS else list(points.T)
        operands = [torch.tensor(x, requires_grad=i == 0 or name not in LOSSES) for i, x in enumerate(given)]
        y = functions[name](*operands)
        y.sum().backward()
        gradients = [np.zeros_like(given[0]) if x.grad is None else x.grad.numpy() for x in operands]
        return y.detach().numpy(), list(gradients[0].T) if name in LISTS else gradients

    return f"PyTorch {torch.__version__.partition('+')[0]}", lambda name: compute if name in functions else None


def with_drjit() -> tuple[str, Callable]:
    import drjit as dr
    from drjit.llvm.ad import Float, Float64

    version = dr.detail.llvm_version()[0]
    if version < OLDEST_LLVM:
        raise SystemExit(
            f"Dr.Jit needs LLVM {OLDEST_LLVM} or newer for maximum and minimum, and found LLVM {version}: "
            "apt-get install libllvm19, or set DRJIT_LIBLLVM_PATH to a newer libLLVM.so"
        )
    names = (
        "exp", "log", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "erf", "atan2",
        "hypot", "maximum", "minimum",
    )  # fmt: skip
    functions = OPERATORS | {name: getattr(dr, name) for name in names}
    functions |= {"pow": dr.power, "abs": dr.abs, "where": lambda condition, a, b: dr.select(condition != 0, a, b)}

    def compute(name: str, points: np.ndarray) -> Results | None:
        if name in LISTS and points.shape[1] > 2:
            return None
        kind = Float if points.dtype == np.float32 else Float64
        operands = [kind(np.ascontiguousarray(column)) for column in points.T]
        dr.enable_grad(operands)
        y = functions[name](*operands)
        dr.backward(y)
        return np.array(y), [np.array(dr.grad(x)) for x in operands]

    return f"Dr.Jit {dr.__version__} (LLVM {version})", lambda name: compute if name in functions else None


PEERS = {"jax": with_jax, "torch": with_torch, "drjit": with_drjit}


def main(peer: str, points_file: str, results_file: str) -> None:
    title, find = PEERS[peer]()
    print(title)
    results = {}
    with np.load(points_file) as points:
        for key in points:
            compute = find(key.split()[0])
            if compute is not None and (found := compute(key.split()[0], points[key])) is not None:
                values, gradients = found
                results[key] = np.array([np.broadcast_to(each, len(points[key])) for each in (values, *gradients)])
    np.savez(results_file, **results)


if __name__ == "__main__":
    main(*sys.argv[1:])
