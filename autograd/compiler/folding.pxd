# The C types of folding.py, read by Cython alone.
from .tape cimport Tape, is_leaf_operation

cdef _constant(Tape result, dict constants, dict numbers, double number)
