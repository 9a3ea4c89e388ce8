# The C types of grouping.py, read by Cython alone.
cimport cython
from .classes cimport NodeClass
from .columns cimport Column, filled
from .tape cimport Tape, is_leaf_operation, reached

@cython.final
cdef class _Grouping:
    cdef Tape tape, _scopes
    cdef list classes
    cdef Column class_of, scope, parts, sources, adders, scope_before, left, right, term, group
    cdef Py_ssize_t terms
    cdef int leaf, leaf_class
    cdef dict known, alias
    cdef object aside
    cdef bint is_aside
    @cython.locals(
        kind=int[::1], begin=int[::1], of=int[::1], n=cython.Py_ssize_t, i=cython.Py_ssize_t, tape=Tape
    )
    cdef enter_all(self)
    cdef classified(self)
    cdef became(self)
    cdef NodeClass new_class(self, key, operation, tuple runs)
    @cython.locals(key=int)
    cdef enter_leaf(self, Py_ssize_t n, operation)
    cdef fill(self, NodeClass leaves)
    cdef enter(self, Py_ssize_t n, operation, tuple signature, tuple runs, operands, tuple counts=*)
    @cython.locals(of=int[::1])
    cdef enter_operation(self, Py_ssize_t n, operation, operands)
    cdef enter_sum(self, Py_ssize_t n)
    @cython.locals(
        of=int[::1], class_of=int[::1], first=cython.Py_ssize_t, count=cython.Py_ssize_t, t=cython.Py_ssize_t, u=int,
        v=int, s=int, column=Column, a=int, b=int, of_u=int, of_v=int, sign=int, g=int, most=int, are_together=cython.bint,
    )
    cdef list group_terms(self, Py_ssize_t n)
    @cython.locals(i=cython.Py_ssize_t, g=cython.Py_ssize_t, column=Column)
    cdef sort_terms(self, list sizes)
    @cython.locals(item=cython.Py_ssize_t, i=cython.Py_ssize_t, k=cython.Py_ssize_t)
    cdef tuple enter_item(self, Py_ssize_t n, int of_u, int of_v, Py_ssize_t start, Py_ssize_t count)
    cdef enter_joins(self, Py_ssize_t n, list firsts)
    @cython.locals(made=int[::1], k=cython.Py_ssize_t, first=cython.Py_ssize_t)
    cdef enter_dots(self, Py_ssize_t start)
    @cython.locals(made=Column, first=cython.Py_ssize_t, last=cython.Py_ssize_t, a=int, b=int)
    cdef int scope_of_item(self, Py_ssize_t n, Py_ssize_t start, Py_ssize_t count) except -1
    cdef bint is_after(self, int a, int b) except -1
    cdef tuple order(self, Py_ssize_t number)
    cdef constant(self, Py_ssize_t n)
