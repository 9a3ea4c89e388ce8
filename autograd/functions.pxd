# The C types of functions.py, read by Cython alone.
cimport cython
from .conversion cimport real
from .nodes cimport of_each, of_many, of_one, of_two, of_values
from .value cimport Value, _operand

cdef extern from "calls.h":
    tuple joined(list xs, list ys)
    object fast_function(operation, general, Py_ssize_t operands)
    int make_nodes_by(
        values, object (*one)(object, object), object (*two)(object, object, object), object (*many)(object, object)
    ) noexcept

@cython.locals(values=Py_ssize_t)
cpdef _evaluate(operation, tuple operands, str asked=*)
cpdef list _numbers(str name, values, Py_ssize_t at_least=*)
cdef bint _are_values(tuple xs) noexcept
cdef list _each(operation, function, tuple xs, second=*)
cpdef tuple normalized(str name, values)
