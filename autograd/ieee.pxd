# The C types of ieee.py, read by Cython alone: `math` is C's <math.h> in these.
cimport cython
from libc cimport math

cdef double inf, nan

cpdef double exp(double x) noexcept
cpdef double log(double x) noexcept
cpdef double tanh(double x) noexcept
cpdef double div(double a, double b) noexcept
cpdef double pow(double a, double b) noexcept
cpdef double floor(double x) noexcept
@cython.locals(of_a=double, of_b=double, total=double, root=double, missed=double, too_much=double, scale=double)
cpdef double hypot(double a, double b) noexcept
@cython.locals(c=double, high=double, low=double)
cdef double _rest_of_square(double x, double square) noexcept
