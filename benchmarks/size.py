"""Time and memory of a graph of Values by its size: `python -m benchmarks.size ROWS` prints JSON.

The graph is the moons loss of benchmarks.formula on so many rows, about 680 nodes for each. A small one is built many
times.
"""

import json
import sys
from statistics import median
from typing import Any

from autograd import topological_order

from .compiling import resident_bytes
from .formula import glassgrad, loss_of, timed
from .moons import X, Y
from .turns import QUICK

NODES_TIMED = 300_000 if QUICK else 3_000_000  # in as many graphs as that needs


def measure(rows: int) -> dict[str, Any]:
    """The nodes of the graph; the bytes of each, as the process grows and as Python says; its nanoseconds."""
    library = glassgrad()
    layers = library.prepare()
    many_X, many_Y = ([data[i % len(X)] for i in range(rows)] for data in (X, Y))
    timed(library, layers, X[:10], Y[:10])  # warms up
    before = resident_bytes("VmRSS")
    loss = loss_of(layers, library.relu, many_X, many_Y)
    grown, size = resident_bytes("VmRSS") - before, sys.getsizeof(loss)
    nodes = len(topological_order(loss))
    del loss
    seconds = [sum(timed(library, layers, many_X, many_Y)[1]) for _ in range(1 + NODES_TIMED // nodes)]
    return {"nodes": nodes, "bytes": grown / nodes, "getsizeof": size, "nanoseconds": median(seconds) / nodes * 1e9}


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
