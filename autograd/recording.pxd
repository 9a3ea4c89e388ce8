# The C types of recording.py, read by Cython alone.
cimport cython

cdef extern from *:
    """
    /* of a context variable here; None where it has none: a look into a cache, mostly */
    static inline PyObject *glassgrad_value_of(PyObject *variable) {
        PyObject *value = NULL;
        return PyContextVar_Get(variable, Py_None, &value) < 0 ? NULL : value;
    }
    """
    object value_of "glassgrad_value_of" (object variable)

cdef class State:
    cdef public bint recording, tracing, closed
    cdef public tuple scope
    cdef public list refused
    cdef public object checking, derivative, owner
    cdef public State outer

cdef object _states

cpdef State current()
cpdef State enter_block()
@cython.locals(inner=State)
cpdef leave_block(State state)

cdef class scope:
    cdef str _name
