# The C types of terms.py, read by Cython alone.

cdef class Addition:
    cdef list signs, left, right, sources, adders, whole, groups
    cdef Py_ssize_t products
    cdef int sign
    cdef add(self, int sign, Py_ssize_t left, Py_ssize_t right, Py_ssize_t source, Py_ssize_t adder)
    cdef extend(self, Addition other)
    cdef make_group(self)
    cdef begin(self)
