"""Scalar programs, differentiated by every library that takes them as they are: operators, and functions by name.

Each of TRACERS takes a Problem and returns two functions: `call()` computes and returns the values of all rows, and,
with them, the gradient of their mean by the parameters, which `gradient()` returns. What can be prepared for repeated
calls with the same arrays is prepared. A library is imported where it is used, so that each is alone in its process.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

Gradient = tuple[Callable[[], Any], Callable[[], np.ndarray]]


@dataclass(frozen=True)
class Problem:
    of_row: Callable[[Sequence[Any], Sequence[Any], Any], Any]  # of the numbers of a row, the parameters, the functions
    parameters: Sequence[float]
    X: np.ndarray  # (rows, inputs)


def backends() -> list[str]:
    """The ways to run a program that `autograd.compile` accepts here; none where it leaves no choice."""
    import autograd

    def accepts(backend: str) -> bool:
        try:
            autograd.compile(lambda x: x * x, backend=backend)([1.0])
        except (TypeError, ValueError, ImportError):
            return False
        return True

    return [backend for backend in ("native", "numpy", "jax") if accepts(backend)]


def by_glassgrad(problem: Problem, **options: str) -> Gradient:
    """Compiled, and bound to the rows. The gradients are set to zero by an optimizer, as in a training."""
    import autograd
    from nn import SGD

    parameters = [autograd.Value(p) for p in problem.parameters]
    compiled = autograd.compile(lambda row: problem.of_row(row, parameters, autograd), **options)
    bound = compiled.bind(np.ascontiguousarray(problem.X))
    zero_grad = SGD(parameters, lr=1.0).zero_grad

    def call() -> np.ndarray:
        zero_grad()
        return bound.backward()

    return call, lambda: np.array([p.grad for p in parameters])


def eager(problem: Problem) -> Gradient:
    """A graph for each row."""
    import autograd

    parameters = [autograd.Value(p) for p in problem.parameters]
    rows = problem.X.tolist()

    def call() -> list[float]:
        for p in parameters:
            p.grad = 0.0
        results = []
        for row in rows:
            result = problem.of_row(row, parameters, autograd)
            result.backward(1.0 / len(rows))
            results.append(result.data)
        return results

    return call, lambda: np.array([p.grad for p in parameters])


def by_ddx(problem: Problem, compiles: bool) -> Gradient:
    """A batch is an array (inputs, rows), and so is its gradient. The interpreter, or machine code by LLVM."""
    import ddx

    n_parameters, (rows, n_inputs) = len(problem.parameters), problem.X.shape

    def model() -> Any:
        parameters = [ddx.var(f"p{i}") for i in range(n_parameters)]
        return problem.of_row([ddx.param(f"x{i}") for i in range(n_inputs)], parameters, ddx)

    equation = ddx.equation(model)
    names = [f"p{i}" for i in range(n_parameters)], [f"x{i}" for i in range(n_inputs)]
    assert (equation.symbols, equation.params) == names, "every number is used, in our order"
    if compiles:
        equation.compile(points=rows)
    parameters = np.tile(np.array(problem.parameters)[:, None], (1, rows))
    points = np.concatenate([parameters, problem.X.T])
    run = equation.buffer(points[:, 0].copy() if rows == 1 else points)
    gradient = np.empty(n_parameters)

    def call() -> Any:
        nonlocal gradient
        run()
        gradient = run.jacobian if rows == 1 else run.jacobian.mean(axis=1)
        return run.value

    return call, lambda: gradient


def by_casadi(problem: Problem) -> Gradient:
    """Its virtual machine, row by row, which adds the gradients up."""
    import casadi

    parameters, row = casadi.SX.sym("p", len(problem.parameters)), casadi.SX.sym("x", problem.X.shape[1])
    value = problem.of_row(casadi.vertsplit(row), casadi.vertsplit(parameters), casadi)
    return differentiated_by_casadi(problem, parameters, row, value)


def differentiated_by_casadi(problem: Problem, parameters: Any, row: Any, value: Any) -> Gradient:
    """The value of a row is given by symbols."""
    import casadi

    rows = len(problem.X)
    function = casadi.Function("f", [parameters, row], [value, casadi.gradient(value, parameters) / rows])
    if rows > 1:
        function = function.map("rows", "serial", rows, [0], [1])
    arrays = [np.array(problem.parameters), np.ascontiguousarray(problem.X)]
    results = [np.empty(rows), np.empty(len(problem.parameters))]
    buffer, run = function.buffer()
    for i in range(2):
        buffer.set_arg(i, memoryview(arrays[i]))
        buffer.set_res(i, memoryview(results[i]))

    def call(kept: Any = (buffer, arrays)) -> np.ndarray:  # CasADi has their addresses only
        run()
        return results[0]

    return call, lambda: results[1]


TRACERS: dict[str, Callable[[Problem], Gradient]] = {
    "glassgrad": by_glassgrad,
    "eager": eager,
    "ddx": partial(by_ddx, compiles=False),
    "ddx-llvm": partial(by_ddx, compiles=True),
    "casadi": by_casadi,
}
