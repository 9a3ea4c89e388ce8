# The C types of sums.py, read by Cython alone.
cimport cython
from .columns cimport Column, filled
from .inlining cimport inlined_nodes, is_addition, reciprocal
from .tape cimport Tape, is_leaf_operation
from .terms cimport Addition, Pool

@cython.final
cdef class _Sums:
    cdef Tape tape, result
    cdef int[::1] kind, scope, begin, of
    cdef unsigned char[::1] inlined
    cdef Column uses, number, sources, adders
    cdef list partials, followers
    cdef Pool pool
    cdef int constant_kind, sum_kind
    cdef Py_ssize_t waiting
    cdef operation(self, Py_ssize_t n)
    cdef bint is_taken_up(self, Py_ssize_t n, operation) except -1
    @cython.locals(
        number=int[::1], uses=int[::1], result=Tape, n=cython.Py_ssize_t, i=cython.Py_ssize_t, m=cython.Py_ssize_t,
        k=int,
    )
    cdef enter_all(self)
    @cython.locals(
        number=int[::1], sources=int[::1], adders=int[::1], k=cython.Py_ssize_t, n=int, product=cython.Py_ssize_t
    )
    cdef became(self)
    @cython.locals(
        begin=cython.Py_ssize_t, end=cython.Py_ssize_t, half=cython.Py_ssize_t, i=cython.Py_ssize_t,
        first=cython.Py_ssize_t, m=cython.Py_ssize_t, swapped=cython.bint,
    )
    cdef enter(self, Py_ssize_t n)
    cdef Addition taken_up(self, Py_ssize_t n)
    @cython.locals(a=cython.Py_ssize_t, b=cython.Py_ssize_t)
    cdef add_operand(self, Addition partial, int sign, Py_ssize_t n, Py_ssize_t adder)
    @cython.locals(number=int[::1])
    cdef add_product(self, Addition partial, int sign, Py_ssize_t a, Py_ssize_t b, Py_ssize_t n, Py_ssize_t adder)
    @cython.locals(number=int[::1], u=cython.Py_ssize_t, v=cython.Py_ssize_t)
    cdef add_scaled(
        self, Addition partial, int sign, Py_ssize_t constant, Py_ssize_t m, Py_ssize_t n, Py_ssize_t adder
    )
    @cython.locals(adder=int)
    cdef finish(self, Addition partial, Py_ssize_t n)
    @cython.locals(pool=Pool, result=Tape, term=int, node=cython.Py_ssize_t)
    cdef Py_ssize_t add_sum(self, Addition partial, Py_ssize_t n) except -1
    cdef bint is_constant(self, Py_ssize_t n) except -1
    @cython.locals(pool=Pool, term=int, u=int, v=int)
    cdef set factors(self, Addition group)
    @cython.locals(pool=Pool, result=Tape, before=int, term=int, left=int)
    cdef fold_constants(self, Addition partial)
