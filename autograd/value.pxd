# The C types of value.py, read by Cython alone.
cimport cython
from . cimport ieee
from .conversion cimport as_float, as_text, real
from .keeping cimport Keeper
from .recording cimport State, current

cdef extern from "memory.h":
    void manage_memory(object type)

cdef class Value:
    # what backward() needs stands together
    cdef Value _a
    cdef object _b  # a Value, None, a pair, or a Keeper
    cdef double _da, _db, _grad
    cdef long long _visit
    cdef double _data
    cdef readonly object _operation, _scope
    cdef str _label

cdef long long _walks

cdef Value _node(double data, operation, Value a, Value b, double da, double db)
cdef Value _unrecorded(Value node)
cdef Value _node_of_many(double data, operation, tuple parents, tuple partials)
cpdef Value _operand(x)
cpdef Value constant(double number)

cdef long long _count_users(Value root, list before) except -1
cdef int _meet(Value node, long long start, list stack, list before) except -1
cdef _go_backward(Value root, long long start, bint aside)
cdef bint _pass_on(Value node, double dy, double partial, Value parent, long long start) noexcept
cdef bint _chooses(Value node) noexcept
@cython.locals(start=cython.longlong, i=cython.Py_ssize_t)
cpdef list gradients_aside(Value root, list inputs)
cdef _add_to_leaf(Value leaf)

cpdef tuple _sorted_graph(tuple roots, without=*)

cpdef double _number(Value x) except? -1.0
cdef double _kept_number(Value x) except? -1.0
cpdef Keeper _keeper(Value x)
cpdef double _gradient(Value x) except? -1.0
cpdef tuple _partials(Value x)
cpdef _recomputed(Value node, double data, tuple partials)
