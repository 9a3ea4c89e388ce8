# The C types of nodes.py, read by Cython alone.
cimport cython
from .recording cimport current
from .rules cimport compute, computed, forget, kept, packed, room
from .value cimport Value, _node, _second, number

cpdef Value applied(operation, tuple operands)
@cython.locals(n=Py_ssize_t)
cdef object of_values(operation, tuple operands)
@cython.locals(x="double *")
cdef object of_one(operation, operand)
@cython.locals(x="double *")
cdef object of_two(operation, first, second)
@cython.locals(x="double *", y=double, i=Py_ssize_t, n=Py_ssize_t)
cdef object of_many(operation, several)
@cython.locals(x="double *", i=Py_ssize_t, n=Py_ssize_t, of_second=double)
cdef list of_each(operation, tuple values, Value second)
@cython.locals(x="double *", i=Py_ssize_t, n=Py_ssize_t)
cpdef bint renew(Value node, bint also_in_python=*) except -1
cpdef set_computed(Value node, double y, tuple partials)
