# The C types of sums.py, read by Cython alone.
from .tape cimport Tape, is_leaf_operation

cdef class _Partial:
    cdef list signs, left, right, groups
    cdef Py_ssize_t products
    cdef add(self, int sign, Py_ssize_t left, Py_ssize_t right=*)
    cdef extend(self, int sign, terms)
    cdef take_terms(self)

cdef class _Sums:
    cdef Tape tape, result
    cdef list inlined, number, operations, operands
    cdef dict partials
    cdef enter(self, Py_ssize_t n)
    cdef add_operand(self, _Partial partial, int sign, Py_ssize_t n)
    cdef add_product(self, _Partial partial, int sign, Py_ssize_t a, Py_ssize_t b)
    cdef add_scaled(self, _Partial partial, int sign, Py_ssize_t constant, Py_ssize_t n)
    cdef finish(self, _Partial partial, Py_ssize_t n)

cpdef bint is_addition(operation)
