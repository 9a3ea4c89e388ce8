# The C types of parameters.py, read by Cython alone.
cimport cython
from .keeping cimport Keeper
from .protocols cimport _gradient
from .value cimport Value, _keeper, _number, _position

@cython.locals(i=cython.Py_ssize_t, view=double[::1])
cpdef read_numbers(list values, numbers)
@cython.locals(i=cython.Py_ssize_t)
cpdef bint same(list a, list b)
cdef bint _is_leaf(Value x)
cdef _kept_by(Value x, Keeper keeper, double position=*)
