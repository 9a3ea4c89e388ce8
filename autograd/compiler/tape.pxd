# The C types of tape.py, read by Cython alone.
cimport cython
from ..value cimport Value
from ..walks cimport new_mark, sorted_graph

cdef class Tape:
    cdef public list operations, operands, scopes, constants, parameters, outputs
    cdef public bint differentiable
    cdef public Py_ssize_t scalars
    cdef public object taken_up
    cpdef Py_ssize_t add(self, operation, operands, tuple scope=*) except -1
    cpdef Py_ssize_t add_constant(self, double number) except -1
    cpdef Py_ssize_t constant(self, double number, dict known) except -1

cpdef bint is_leaf_operation(operation)
@cython.locals(lengths=int[::1], view=int[::1], i=cython.Py_ssize_t, n=cython.Py_ssize_t, total=cython.Py_ssize_t)
cpdef tuple pack(list operands)
@cython.locals(lengths=int[::1], view=int[::1], i=cython.Py_ssize_t, j=cython.Py_ssize_t, n=cython.Py_ssize_t)
cpdef list unpack(counts, numbers)
@cython.locals(needed=cython.longlong, done=cython.longlong)
cdef tuple graph_as_made(list roots, list made)
cdef inline _enter_leaf(Value node, list leaves, long long done)
