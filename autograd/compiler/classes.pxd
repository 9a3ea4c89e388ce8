# The C types of classes.py, read by Cython alone.
from .tape cimport Tape, is_leaf_operation

cdef class _Grouping:
    cdef Tape tape
    cdef list classes, class_of, scopes
    cdef dict known
    cdef set aside
    cdef bint is_aside
    cdef group(self)
    cdef enter(self, Py_ssize_t n, operation, tuple signature, tuple runs, operands, tuple counts=*)
    cdef enter_operation(self, Py_ssize_t n, operation, operands)
    cdef enter_sum(self, Py_ssize_t n, terms, dict alias)
    cdef tuple order(self, Py_ssize_t number)
    cdef constant(self, Py_ssize_t n)
