# The C types of rules.py, read by Cython alone.
cimport cython

cdef extern from "switch.h":  # and rules.h, which `rules_in_c` has written
    int compute_in_c(int number, Py_ssize_t n, double *x) noexcept
    int find_functions_of_ieee(capsules) noexcept
    int enter_rules(rule_book) noexcept
    int number_of(operation) noexcept
    double *room "numbers_of" (Py_ssize_t n) except NULL
    list listed "list_of_numbers" (const double *x, Py_ssize_t n)
    object packed "partials_of" (const double *x, Py_ssize_t n)
    double partial "partial_at" (partials, Py_ssize_t i) noexcept

cpdef tuple computed(operation, list numbers)
cdef bint compute(operation, Py_ssize_t n, double *x, bint also_in_python=*) except -1
@cython.locals(x="double *")
cdef double *computed_of_two(operation, double a, double b) except NULL
@cython.locals(i=Py_ssize_t)
cdef int put(tuple partials, Py_ssize_t n, double *x) except -1
@cython.locals(x="double *")
cdef kept(tuple partials, Py_ssize_t n)
@cython.locals(i=Py_ssize_t)
cdef void forget(Py_ssize_t n, double *x) noexcept
cpdef bint is_in_c(operation)
