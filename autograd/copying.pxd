# The C types of copying.py, read by Cython alone.
from .value cimport Value, _gradient, _number, _partials, _recomputed, _sorted_graph

cdef tuple _fields(Value node)
