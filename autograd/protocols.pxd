# The C types of protocols.py, read by Cython alone.
cimport cython
from .conversion cimport as_float, as_text, real
from .keeping cimport Keeper
from .recording cimport State, current
from .rules cimport partial
from .value cimport Value, _keeper, _number, _operand, _position, _second

cdef _compare(Value a, b, str comparison, compare)
cpdef int _look(str what, Value x=*, str loses=*, bint also_in_no_grad=*) except -1

cpdef double _gradient(Value x) except? -1.0
cdef _set_number(Value x, double number)
cdef _set_gradient(Value x, double gradient)
@cython.locals(i=Py_ssize_t)
cpdef tuple _partials(Value x)
