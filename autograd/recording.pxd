# The C types of recording.py, read by Cython alone.
cimport cython

cdef extern from *:
    """
    /* the number of this thread, which no other thread ever gets */
    #define glassgrad_thread_id() PyThreadState_GetID(PyThreadState_Get())
    """
    unsigned long long thread_id "glassgrad_thread_id" () noexcept

cdef class State:
    cdef public bint recording, checking, tracing
    cdef public tuple scope
    cdef public str refused

cdef State _latest
cdef unsigned long long _latest_thread

@cython.locals(thread=cython.ulonglong)
cpdef State current()

cdef class scope:
    cdef str _name
