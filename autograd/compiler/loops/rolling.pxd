# The C types of rolling.py, read by Cython alone.
cimport cython
from ..columns cimport Column, filled
from ..tape cimport Tape, is_leaf_operation
from .turns cimport Turns

@cython.final
cdef class _Rolling:
    cdef Tape tape, result
    cdef list loops, unrolled
    cdef Column loop_of, is_out, became
    cdef roll(self)
    @cython.locals(
        kind=int[::1], begin=int[::1], of=int[::1], loop_of=int[::1], is_out=int[::1], number=int, n=cython.Py_ssize_t,
        i=cython.Py_ssize_t, m=int, first=cython.Py_ssize_t, s=cython.Py_ssize_t,
    )
    cdef find_outs(self)
    @cython.locals(n=cython.Py_ssize_t)
    cdef copy(self, Py_ssize_t start, Py_ssize_t stop)
    @cython.locals(
        tape=Tape, result=Tape, became=int[::1], kind=int, is_leaf=cython.bint, i=cython.Py_ssize_t, m=int,
    )
    cdef copy_node(self, Py_ssize_t n)
    @cython.locals(
        result=Tape, became=int[::1], is_out=int[::1], first=cython.Py_ssize_t, s=cython.Py_ssize_t,
        turn=cython.Py_ssize_t, node=int, out=int, hoisted="unsigned char[::1]", in_core="unsigned char[::1]",
    )
    cdef enter(self, Py_ssize_t number)

@cython.locals(
    turns=Turns, begin=int[::1], of=int[::1], source=int[::1], relative=int[::1], begin_of=int[::1],
    period=cython.Py_ssize_t, count=cython.Py_ssize_t, first=cython.Py_ssize_t, s=cython.Py_ssize_t,
    j=cython.Py_ssize_t, at=cython.Py_ssize_t, slot=cython.Py_ssize_t, delay=cython.Py_ssize_t, m=int,
    turn=cython.Py_ssize_t, n=cython.Py_ssize_t,
)
cdef inputs_of(Tape tape, loop)
