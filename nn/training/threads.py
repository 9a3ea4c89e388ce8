"""The threads of BLAS while a training is on: one where products of matrices are small."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import numpy as np

from .backends import Compiled, Eager

# Operations in the products of a batch. Where nobody else computes, a step in two threads takes as long as in one at
# 6·10⁶ of them, 5/6 of it at 10⁷ (3/4 in float64), 2/3 at 5·10⁷. Beside two other programs it may take a hundred times
# as long at any of these sizes, 20 to 90 ms, since each product waits for a thread that has to wait for its turn.
SMALL = 10**7


@contextmanager
def threads_that_pay(way: Compiled | Eager, rows: np.ndarray, targets: np.ndarray, count: int) -> Iterator[None]:
    """Compute the products of matrices in batches of so many rows in one thread where they are small.

    Threads that share a product wait for each other, and for other programs, longer than a small one takes. The limit
    holds for all of the process meanwhile.
    """
    from autograd.compiler.executors.threads import blas_in_one_thread, cores

    small = cores() > 1 and isinstance(way, Compiled) and 0 < way.flops_of_products(rows, targets, count) < SMALL
    with blas_in_one_thread() if small else nullcontext():
        yield
