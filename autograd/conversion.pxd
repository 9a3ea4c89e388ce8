# The C types of conversion.py, read by Cython alone.
cdef extern from *:
    long long FINGERPRINT "GLASSGRAD_FINGERPRINT"

cpdef real(x)
cpdef refuse_masked(x)
cpdef bint is_flat(x)
cpdef double as_float(str what, x) except? -1.0
cpdef str as_text(label)
