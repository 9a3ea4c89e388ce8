# The C types of protocols.py, read by Cython alone.
from .conversion cimport as_float, as_text, real
from .keeping cimport Keeper
from .recording cimport State, current
from .value cimport Value, _gradient, _keeper, _number, _operand, _partials, _position

cdef _compare(Value a, b, str comparison, compare)
cpdef int _look(str what, Value x=*, str loses=*) except -1
