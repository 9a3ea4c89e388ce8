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

cpdef Column filled(Py_ssize_t count, int number=*)
