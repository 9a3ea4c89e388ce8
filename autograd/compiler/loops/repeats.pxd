# The C types of repeats.py, read by Cython alone.
cimport cython
from ..columns cimport Column, filled
from ..tape cimport Tape, is_leaf_operation

cdef unsigned long long _MASK, _MIXING

@cython.final
cdef class Text:
    cdef readonly Py_ssize_t start, size
    cdef unsigned long long[::1] before, _keys
    cdef Column _last
    @cython.locals(
        kind=int[::1], begin=int[::1], of=int[::1], before="unsigned long long[::1]", numbers=int[::1],
        total=cython.ulonglong, token=cython.ulonglong, n=cython.Py_ssize_t, i=cython.Py_ssize_t, m=int,
        distance=cython.longlong,
    )
    cdef _read(self, Tape tape, long long far)
    @cython.locals(
        before="unsigned long long[::1]", keys="unsigned long long[::1]", last=int[::1], mask=cython.ulonglong,
        power=cython.ulonglong, key=cython.ulonglong, place=cython.ulonglong, i=cython.Py_ssize_t,
        period=cython.Py_ssize_t, since=cython.Py_ssize_t, distance=cython.Py_ssize_t, again=cython.Py_ssize_t,
    )
    cpdef repeats(self, Py_ssize_t window)
