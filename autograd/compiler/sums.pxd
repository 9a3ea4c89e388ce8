# The C types of sums.py, read by Cython alone.
from .tape cimport Tape, is_leaf_operation
from .terms cimport Addition

cdef class _Sums:
    cdef Tape tape, result
    cdef list inlined, number, operations, operands, sources, adders, followers
    cdef dict partials
    cdef list became(self)
    cdef enter(self, Py_ssize_t n)
    cdef add_operand(self, Addition partial, int sign, Py_ssize_t n, Py_ssize_t adder)
    cdef add_product(self, Addition partial, int sign, Py_ssize_t a, Py_ssize_t b, Py_ssize_t n, Py_ssize_t adder)
    cdef add_scaled(
        self, Addition partial, int sign, Py_ssize_t constant, Py_ssize_t m, Py_ssize_t n, Py_ssize_t adder
    )
    cdef finish(self, Addition partial, Py_ssize_t n)
    cdef Py_ssize_t add_sum(self, Addition partial, Py_ssize_t n) except -1
    cdef set factors(self, Addition group)
    cdef fold_constants(self, Addition partial)

cpdef bint is_addition(operation)
