# The C types of recording.py, read by Cython alone.
cimport cython

cdef extern from *:
    """
    /* of this thread and the context that it is in: never 0, and another one as soon as another context is entered */
    static inline unsigned long long glassgrad_context(void) {
        PyThreadState *state = PyThreadState_Get();
        return ((unsigned long long)state->id << 44) + state->context_ver + 1;
    }
    """
    unsigned long long context "glassgrad_context" () noexcept

cdef class State:
    cdef public bint recording, watched, tracing, closed, graphs
    cdef public tuple scope
    cdef public list made, refused
    cdef public object checking, derivative, guard, owner
    cdef public State outer

cdef object _states
cdef State _latest
cdef unsigned long long _latest_context

cpdef State current()
cdef _begin(State state)
cpdef State enter_block()
@cython.locals(inner=State)
cpdef leave_block(State state)

cdef class no_grad:
    cdef State _state

cdef class scope:
    cdef str _name
