# The C types of walks.py, read by Cython alone.
cimport cython
from .conversion cimport as_float
from .keeping cimport Keeper
from .recording cimport State, current
from .nodes cimport renew
from .rules cimport partial
from .value cimport Value, _keeper, _position, _second

cdef tuple _BOTTOM
cdef long long _walks, _MOST_USES

cpdef tuple sorted_graph(tuple roots, without=*)
@cython.locals(entered="long long", done="long long")
cdef _go_up(list stack, without, list leaves, list inner, bint renews)
cpdef long long new_mark()
@cython.locals(seen="long long", node=Value)
cpdef list distinct(list values)
cpdef bint are_leaves(list items)

@cython.locals(start="long long")
cdef long long _count_users(Value root, list before) except -1
@cython.locals(i=cython.Py_ssize_t)
cdef _go_backward(Value root, bint aside, long long start)
cdef inline int _pass_on(
    Value node, double dy, double partial, Value parent, list stack, long long start
) except -1
@cython.locals(i=cython.Py_ssize_t, start="long long")
cpdef list gradients_aside(Value root, list inputs)
cdef double _before(Value leaf) noexcept
cdef _add_to_leaf(Value leaf)

cdef _check_recorded(Value x, str what)
