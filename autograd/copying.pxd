# The C types of copying.py, read by Cython alone.
from .protocols cimport _look
from .value cimport Value, _gradient, _number, _partials
from .walks cimport recompute, sorted_graph

cdef tuple _fields(Value node)
