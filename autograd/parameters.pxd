# The C types of parameters.py, read by Cython alone.
from .keeping cimport Keeper
from .protocols cimport _gradient
from .value cimport Value, _keeper, _number, _position

cdef bint _is_leaf(Value x)
cdef _kept_by(Value x, Keeper keeper, double position=*)
