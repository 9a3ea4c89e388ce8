# The C types of keeping.py, read by Cython alone.
cimport cython

cdef class Keeper:
    cdef public bint grad_is_zero, is_marked
    cdef double[::1] _double, _double_grad
    cdef float[::1] _float, _float_grad
    cdef double number(self, Py_ssize_t position) noexcept
    cdef void set_number(self, Py_ssize_t position, double number) noexcept
    @cython.locals(i=cython.Py_ssize_t)
    cpdef void write_zeros(self) noexcept
    cdef double gradient(self, Py_ssize_t position) noexcept
    cdef void set_gradient(self, Py_ssize_t position, double gradient) noexcept
    @cython.locals(i=cython.Py_ssize_t, wrong=cython.bint)
    cpdef bint grad_is_finite(self)
