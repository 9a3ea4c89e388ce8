# The C types of keeping.py, read by Cython alone.
cimport cython

cdef class Keeper:
    cdef public bint grad_is_zero
    cdef double[::1] _double, _double_grad
    cdef float[::1] _float, _float_grad
    cdef double number(self, Py_ssize_t position) noexcept
    cdef void set_number(self, Py_ssize_t position, double number) noexcept
    cdef double gradient(self, Py_ssize_t position) noexcept
    cdef void set_gradient(self, Py_ssize_t position, double gradient) noexcept
    @cython.locals(i=cython.Py_ssize_t, wrong=cython.bint)
    cpdef bint grad_is_finite(self)
    @cython.locals(i=cython.Py_ssize_t, floats="float[::1]", of_floats="float[::1]", rate_of_floats=cython.float, doubles="double[::1]", of_doubles="double[::1]")
    cpdef descend(self, Py_ssize_t start, Py_ssize_t stop, double rate)
