# The C types of value.py, read by Cython alone.
cimport cython
from . cimport ieee
from .conversion cimport as_float, as_text, real, refuse_masked
from .keeping cimport Keeper
from .recording cimport State, current
from .rules cimport compute, forget, packed, room

cdef extern from "memory.h":
    void manage_memory(object type)
    Value new_value(object type)
    void fill_value(Value x, object operation, State state, Value a, object b) noexcept

cdef class Value:
    # what backward() needs stands together
    cdef Value _a
    cdef object _b  # a Value, a float, None, a pair, or a Keeper
    cdef double _da, _db, _grad
    cdef long long _visit
    cdef double _value
    cdef readonly object _operation, _scope
    cdef str _label

cdef Value _node(double data, operation, Value a, b, double da, double db)
cdef _adapt(Value node, State state)
@cython.locals(n=Py_ssize_t)
cpdef Value applied(operation, tuple operands)
@cython.locals(x="double *")
cdef object of_one(operation, operand)
@cython.locals(x="double *")
cdef object of_two(operation, first, second)
@cython.locals(x="double *", y=double, i=Py_ssize_t, n=Py_ssize_t)
cdef object of_many(operation, several)
@cython.locals(x="double *", n=Py_ssize_t, i=Py_ssize_t, number=double)
cdef list of_each(operation, list values, Value second)
@cython.locals(i=Py_ssize_t)
cdef object of_sum(list values)
cpdef Value _operand(x)
cpdef _right_operand(x)
cpdef Value _second(Value node)
cdef _make_leaf(Value node)
cpdef Value constant(double number)

cdef tuple _scope_of_leaf(data)
cpdef double _number(Value x) except? -1.0
cdef inline double _number_of(operand) except? -1.0
cdef double _kept_number(Value x) except? -1.0
cpdef Keeper _keeper(Value x)
cpdef Py_ssize_t _position(Value x) except? -1
