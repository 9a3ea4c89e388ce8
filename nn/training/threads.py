"""The threads of BLAS while a training is on: one where products of matrices are small."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import numpy as np

from .backends import Compiled, Eager

SMALL = 10**7  # operations in the products of a batch: 0.2 ms of one thread, where two of them gain nothing yet


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
