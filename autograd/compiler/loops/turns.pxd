# The C types of turns.py, read by Cython alone.
cimport cython
from ..columns cimport Column, filled
from ..tape cimport Tape, is_leaf_operation

@cython.final
cdef class Turns:
    cdef readonly Tape tape
    cdef const unsigned char[::1] flags
    cdef Column is_leaf
    cdef readonly Py_ssize_t period, start, count
    cdef Py_ssize_t outside, floor
    cdef readonly Column begin, source, relative
    @cython.locals(
        begin=int[::1], of=int[::1], period=cython.Py_ssize_t, n=cython.Py_ssize_t, i=cython.Py_ssize_t,
        shift=cython.Py_ssize_t, m=int, earlier=int, source=int,
    )
    cpdef bint read_last(self, Py_ssize_t first) except -1
    cpdef extend(self, Py_ssize_t first, Py_ssize_t last)
    @cython.locals(source=int[::1], relative=int[::1], j=cython.Py_ssize_t, delay=cython.Py_ssize_t, done=cython.bint)
    cdef shorten(self)
    @cython.locals(flags="unsigned char[::1]", uses=int[::1], stop=cython.Py_ssize_t, n=cython.Py_ssize_t, s=cython.Py_ssize_t)
    cpdef bytearray escapes(self, Column last_use)
    @cython.locals(
        begin=int[::1], of=int[::1], source=int[::1], relative=int[::1], period=cython.Py_ssize_t,
        outside=cython.Py_ssize_t, floor=cython.Py_ssize_t, reference=cython.Py_ssize_t, s=cython.Py_ssize_t,
        n=cython.Py_ssize_t, i=cython.Py_ssize_t, j=cython.Py_ssize_t, m=int, turns=cython.Py_ssize_t,
    )
    cdef bint fits(self, Py_ssize_t first, bint is_early) except -1
    @cython.locals(kind=int[::1], begin=int[::1], are_alike=cython.bint)
    cdef bint alike(self, Py_ssize_t n, Py_ssize_t m) except -1
    cdef bint leaf(self, Py_ssize_t n) except -1
    cdef bint is_outside(self, Py_ssize_t n, Py_ssize_t first) except -1

@cython.locals(kind=int[::1], begin=int[::1], of=int[::1], uses=int[::1], n=cython.Py_ssize_t, i=cython.Py_ssize_t)
cpdef Column last_uses(Tape tape)
@cython.locals(
    kind=int[::1], begin=int[::1], of=int[::1], depth=int[::1], steps=Column, n=cython.Py_ssize_t,
    i=cython.Py_ssize_t, most=int, deepest=int,
)
cpdef int depth_of(Tape tape) except -1
@cython.locals(
    begin=int[::1], of=int[::1], far=int[::1], cross=int[::1], counts=Column, n=cython.Py_ssize_t, i=cython.Py_ssize_t,
    shift=cython.Py_ssize_t, m=cython.Py_ssize_t, period=cython.Py_ssize_t, place=cython.Py_ssize_t, total=int,
    distance=cython.Py_ssize_t, begins=cython.Py_ssize_t, ends=cython.Py_ssize_t,
)
cpdef boundaries_of(Tape tape, repeat, Py_ssize_t earliest)
