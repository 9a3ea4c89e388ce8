# The C types of classes.py, read by Cython alone.
cimport cython

@cython.final
cdef class NodeClass:
    cdef public object operation, nodes, operands
    cdef public tuple runs
    cdef public bint by_row
    cdef public list counts
