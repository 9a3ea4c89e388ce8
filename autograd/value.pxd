# The C types of value.py, read by Cython alone.
cimport cython
from . cimport ieee
from .conversion cimport as_float, as_text, real, refuse_masked
from .keeping cimport Keeper
from .recording cimport State, current
from .rules cimport computed_of_two

cdef extern from "memory.h":
    bint manage_memory(object type) noexcept
    bint are_fields(Value x) noexcept
    void return_empty_slabs() noexcept
    Value made_value(object type, object operation, object scope, object a, object b)

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
cpdef Value _operand(x)
cpdef _right_operand(x)
cpdef Value _second(Value node)
cdef _make_leaf(Value node)
cpdef Value constant(double number)

cdef tuple _scope_of_leaf(data)
cpdef double _number(Value x) except? -1.0
cdef inline double number(Value x) except? -1.0:  # `_number`, for other modules: they call it by an address
    return x._value if x._b is None or x._a is not None else _kept_number(x)
cdef inline double _number_of(operand) except? -1.0
cdef double _kept_number(Value x) except? -1.0
cpdef Keeper _keeper(Value x)
cpdef Py_ssize_t _position(Value x) except? -1
