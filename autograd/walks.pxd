# The C types of walks.py, read by Cython alone.
cimport cython
from .conversion cimport as_float
from .keeping cimport Keeper
from .recording cimport State, current
from .value cimport Value, _keeper, _number

cdef long long _walks

cpdef tuple sorted_graph(tuple roots, without=*)

cdef long long _count_users(Value root, list before) except -1
cdef int _meet(Value node, long long start, list stack, list before) except -1
cdef _go_backward(Value root, long long start, bint aside)
cdef bint _pass_on(Value node, double dy, double partial, Value parent, long long start) noexcept
cdef bint _chooses(Value node) noexcept
@cython.locals(start=cython.longlong, i=cython.Py_ssize_t)
cpdef list gradients_aside(Value root, list inputs)
cdef _add_to_leaf(Value leaf)

cdef _check_recorded(Value x, str what)
cpdef recompute(Value node, double data, tuple partials)
