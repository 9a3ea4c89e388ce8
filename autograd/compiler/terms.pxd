# The C types of terms.py, read by Cython alone.
cimport cython
from .columns cimport Column

@cython.final
cdef class Addition:
    cdef int first, last, sign
    cdef Py_ssize_t terms, products
    cdef list whole, groups

@cython.final
cdef class Pool:
    cdef Column sign, left, right, source, adder, after
    cdef clear(self)
    @cython.locals(term=int)
    cdef add(self, Addition to, int sign, int left, int right, int source, int adder)
    cdef link(self, Addition to, int first, int last)
    @cython.locals(term=int)
    cdef extend(self, Addition to, Addition other)
    cdef make_group(self, Addition of)
    @cython.locals(term=int)
    cdef begin(self, Addition of)
    @cython.locals(after=int)
    cdef remove(self, Addition of, int before, int term)
