"""What the tests of the engine under load share: graphs, counts of Values, threads, and processes of their own."""

import gc
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import autograd
from autograd import OPERATIONS, Value, is_compiled
from autograd.nodes import apply

SCALE = 10 if is_compiled() else 1  # plain Python takes ten times as long


@pytest.fixture(scope="module", autouse=True)
def no_garbage():
    """What other tests have left may not vanish while Values are counted, nor be looked through at each count."""
    gc.collect()
    gc.freeze()


def alive():
    """How many Values there are, and a constant: each has a reference to its class."""
    return sys.getrefcount(Value)


def network(rows):
    """A graph of about 650 nodes for each row: a network of 2-16-16-1 neurons and its loss."""
    layers = [[[Value(0.1 * (i - j)) for j in range(m)] for i in range(n)] for n, m in ((16, 3), (16, 17), (1, 17))]
    loss = Value(0.0)
    for row in range(rows):
        x = [0.5, row / rows]
        for layer in layers:
            x = [sum((w * a for w, a in zip(ws, x, strict=False)), ws[-1]).relu() for ws in layer]
        loss = loss + (x[0] - 1.0) ** 2
    return loss


def chain(length, root=None):
    """-(-(…)), so many times."""
    root = Value(1.0) if root is None else root
    for _ in range(length):
        root = -root
    return root


def outcome(program):
    """Exit status, output and errors of a process of its own, where an overflow of the stack is an exit status."""
    environment = {**os.environ, "PYTHONPATH": str(Path(autograd.__file__).parents[1])}
    finished = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env=environment
    )
    return finished.returncode, finished.stdout, finished.stderr


def in_threads(*functions):
    """Run each in a thread of its own, all at once; what they raise is raised here."""
    errors = []
    together = threading.Barrier(len(functions))

    def guarded(function):
        try:
            together.wait()
            function()
        except BaseException as error:  # noqa: BLE001  it is raised below, in the thread of the test
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@pytest.fixture
def restless():
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def too_few(x):
    """A node with fewer derivatives than parents."""
    return apply(OPERATIONS["maximum"]._replace(partials=lambda m, y, *x: (1.0, 0.0)), x, x * 2, x * 3)
