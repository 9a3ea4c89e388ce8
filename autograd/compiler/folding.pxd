# The C types of folding.py, read by Cython alone.
cimport cython
from .columns cimport Column, filled
from .tape cimport Tape, is_leaf_operation

@cython.final
cdef class _Folding:
    cdef Tape tape, result
    cdef Column became, known
    cdef dict constants
    cdef int add, constant_kind, loop, mul, out, pow
    @cython.locals(
        kind=int[::1], scope=int[::1], begin=int[::1], of=int[::1], n=cython.Py_ssize_t, i=cython.Py_ssize_t, m=int,
        first=cython.Py_ssize_t, is_constant=cython.bint, tape=Tape, result=Tape,
    )
    cdef enter_all(self)
    @cython.locals(result=Tape)
    cdef double number(self, Py_ssize_t n) except? -1.0
    cdef bint is_constant(self, Py_ssize_t n, str text) except -1
    cdef Py_ssize_t constant(self, double number) except -1
    @cython.locals(result=Tape)
    cdef Py_ssize_t computed(self, int kind, Py_ssize_t first) except -1
    @cython.locals(
        known=int[::1], of=int[::1], size=cython.Py_ssize_t, i=cython.Py_ssize_t, place=cython.Py_ssize_t, n=int,
        begin=cython.Py_ssize_t, result=Tape, key=cython.longlong, mixing=cython.longlong,
    )
    cdef Py_ssize_t merged(self, int kind, Py_ssize_t first, int scope) except -1
