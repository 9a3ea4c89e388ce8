# The C types of columns.py, read by Cython alone.
cimport cython

@cython.final
cdef class Column:
    cdef object _numbers
    cdef int[::1] view
    cdef Py_ssize_t size, room
    cpdef append(self, int number)
    cdef grow(self)
    cpdef Column copy(self)
    cpdef cut(self, Py_ssize_t size)
    cpdef part(self, Py_ssize_t start, Py_ssize_t stop)

cpdef Column filled(Py_ssize_t count, int number=*)
