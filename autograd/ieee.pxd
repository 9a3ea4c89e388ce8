# The C types of ieee.py, read by Cython alone: `math` is C's <math.h> in these.
from libc cimport math

cpdef double exp(double x) noexcept
cpdef double log(double x) noexcept
cpdef double tanh(double x) noexcept
cpdef double div(double a, double b) noexcept
cpdef double pow(double a, double b) noexcept
