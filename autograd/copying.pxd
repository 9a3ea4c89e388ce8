# The C types of copying.py, read by Cython alone.
from .protocols cimport _gradient, _look, _partials
from .value cimport Value, _number
from .nodes cimport set_computed
from .walks cimport sorted_graph

cdef tuple _fields(Value node)
