# The C types of taping.py, read by Cython alone.
cimport cython
from ..value cimport Value
from ..walks cimport new_mark, sorted_graph
from .columns cimport Column
from .tape cimport Tape

@cython.locals(needed=cython.longlong, done=cython.longlong)
cdef tuple leaves_of(list roots, list made)
cdef inline _enter_leaf(Value node, list leaves, long long done)
