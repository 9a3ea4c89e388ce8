# The C types of walks.py, read by Cython alone.
cimport cython
from .conversion cimport as_float
from .keeping cimport Keeper
from .recording cimport State, current
from .rules cimport compute, kept, packed, partial, room
from .value cimport Value, _keeper, _number, _position, _second

cdef long long _walks, _start

cpdef tuple sorted_graph(tuple roots, without=*)
@cython.locals(entered="long long", done="long long")
cdef _go_up(list stack, without, list leaves, list inner)
cpdef long long new_mark()

cdef int _count_users(Value root, list before) except -1
cdef inline int _meet(Value node, list stack, list before) except -1
@cython.locals(i=cython.Py_ssize_t)
cdef _go_backward(Value root, bint aside)
cdef inline bint _pass_on(Value node, double dy, double partial, Value parent) noexcept
@cython.locals(i=cython.Py_ssize_t)
cpdef list gradients_aside(Value root, list inputs)
cdef double _before(Value leaf) noexcept
cdef _add_to_leaf(Value leaf)

cdef _check_recorded(Value x, str what)
@cython.locals(x="double *", i=cython.Py_ssize_t, n=cython.Py_ssize_t)
cdef _compute_again(Value node)
cpdef set_computed(Value node, double number, tuple partials)
