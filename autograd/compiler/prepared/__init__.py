"""A function prepared for one shape of its arguments: traced, its parameters found, ready for batches.

base       what it does for who calls it: forward, backward
located    where its parameters lie, and their gradients go
arrays     as a program of arrays
rolled     the same, with loops in it
nodes      node after node, where there are no matrices
preparing  which of these
"""

from .base import Prepared
from .preparing import prepare

__all__ = ["Prepared", "prepare"]
