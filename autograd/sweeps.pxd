# The C types of sweeps.py, read by Cython alone.
cimport cython

cdef extern from "updates.h":  # which `rules_in_c` has written
    int number_of_update(const char *name) noexcept
    void run_update(int number, bint of_doubles, Py_ssize_t n, const Py_ssize_t *at, const double *numbers) noexcept

cdef class Sweep:
    cdef readonly object update
    cdef readonly tuple arrays
    cdef readonly bint in_c
    cdef int _number
    cdef bint _of_doubles
    cdef Py_ssize_t _length
    cdef Py_ssize_t[8] _at
    cdef double[8] _numbers
    @cython.locals(i=cython.Py_ssize_t, count=cython.Py_ssize_t)
    cpdef bint is_of(self, tuple arrays)

cdef extern from "squares.h":
    double squares_of_doubles(Py_ssize_t n, const double *x) noexcept
    double squares_of_floats(Py_ssize_t n, const float *x) noexcept

@cython.locals(doubles="const double[::1]", floats="const float[::1]")
cpdef double sum_of_squares(array) except? -1.0
