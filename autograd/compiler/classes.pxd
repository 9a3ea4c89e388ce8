# The C types of classes.py, read by Cython alone.
from .tape cimport Tape, is_leaf_operation

cdef class _Grouping:
    cdef Tape tape
    cdef list classes, class_of, scopes, parts, sources, adders, scopes_before
    cdef Py_ssize_t terms
    cdef dict known, alias
    cdef set aside
    cdef bint is_aside
    cdef tuple group(self)
    cdef enter(self, Py_ssize_t n, operation, tuple signature, tuple runs, operands, tuple counts=*)
    cdef enter_operation(self, Py_ssize_t n, operation, operands)
    cdef enter_sum(self, Py_ssize_t n, terms)
    cdef enter_parts(self, Py_ssize_t item, list which)
    cdef enter_dots(self, Py_ssize_t start)
    cdef enter_joins(self, Py_ssize_t n, list firsts)
    cdef scope_of_item(self, Py_ssize_t n, list which)
    cdef tuple order(self, Py_ssize_t number)
    cdef constant(self, Py_ssize_t n)
