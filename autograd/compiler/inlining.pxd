# The C types of inlining.py, read by Cython alone.
cimport cython
from .columns cimport Column, filled
from .tape cimport Tape, is_leaf_operation

cpdef bint is_addition(operation)
@cython.locals(
    size=cython.Py_ssize_t, kind=int[::1], begin=int[::1], of=int[::1], uses=int[::1], in_sums=int[::1],
    in_terms=int[::1], inlined="unsigned char[::1]", n=cython.Py_ssize_t, i=cython.Py_ssize_t,
    first=cython.Py_ssize_t, end=cython.Py_ssize_t, half=cython.Py_ssize_t, other=int, addition=cython.bint,
)
cpdef tuple inlined_nodes(Tape tape)
cpdef double reciprocal(Tape tape, Py_ssize_t n) except? -1.0
