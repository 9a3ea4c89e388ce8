# The C types of parameters.py, read by Cython alone.
cimport cython
from .keeping cimport Keeper
from .protocols cimport _gradient
from .value cimport Value, _keeper, _number, _position
from .walks cimport new_mark

@cython.locals(i=cython.Py_ssize_t, view=double[::1])
cpdef read_numbers(list values, numbers)
@cython.locals(i=cython.Py_ssize_t)
cpdef bint same(list a, list b)
@cython.locals(seen=cython.longlong)
cpdef list checked_leaves(values)
cdef tuple _homes(list values)
@cython.locals(i=cython.Py_ssize_t, view="long long[::1]")
cpdef places_in(store, list values)
cpdef numbers_of(values)
@cython.locals(i=cython.Py_ssize_t, view=double[::1])
cdef _gradients(list values)
@cython.locals(i=cython.Py_ssize_t)
cdef _keep(list values, Keeper keeper)
