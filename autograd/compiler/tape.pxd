# The C types of tape.py, read by Cython alone.
cimport cython
from .columns cimport Column

cdef Py_ssize_t MOST_OPERANDS

@cython.final
cdef class Tape:
    cdef public list kinds, loops, scopes, constants, parameters, outputs
    cdef public Column kind, scope, begin, of
    cdef public Py_ssize_t differentiable, scalars
    cdef public object taken_up
    cdef dict _known_scopes
    cdef Py_ssize_t _last_scope
    cpdef Tape like(self, Py_ssize_t room=*)
    cpdef Tape with_outputs(self, list outputs)
    cpdef Py_ssize_t add(self, operation, operands, tuple scope=*) except -1
    cpdef Py_ssize_t close(self, int kind, int scope) except -1
    @cython.locals(i=cython.Py_ssize_t)
    cpdef Py_ssize_t place_of(self, operation) except -2
    cpdef Py_ssize_t number_of(self, operation) except -1
    cpdef Py_ssize_t number_of_scope(self, tuple scope) except -1
    cpdef Py_ssize_t add_constant(self, double number) except -1
    cpdef Py_ssize_t constant(self, double number, dict known) except -1

cpdef bint is_leaf_operation(operation)
@cython.locals(
    flags="unsigned char[::1]", kind=int[::1], begin=int[::1], of=int[::1], n=cython.Py_ssize_t, i=cython.Py_ssize_t,
    m=int, is_sum=int,
)
cpdef bytearray reached(Tape tape, list outputs)
