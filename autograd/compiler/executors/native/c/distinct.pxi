# How many nodes of a tape are computed as no other one is.

cdef inline uint64_t mixed(uint64_t a, uint64_t b) noexcept nogil:
    a = (a ^ b) * <uint64_t>0x9E3779B97F4A7C15
    return a ^ (a >> 29)


def distinct_nodes(tape):
    """How many inner nodes the outputs need, and how many of them are not computed as another one is, but for leaves.

    Where the second number is small beside the first, there are matrices in the graph. It is 0 where the rule of a node
    is not in C.
    """
    cdef Py_ssize_t n, i, size = len(tape), count = 0
    cdef int[::1] kind = tape.kind.array(), begin = tape.begin.array(), of = tape.of.array()
    cdef const unsigned char[::1] needed = reached(tape, tape.outputs)
    cdef const unsigned char[::1] leaf = bytes([is_leaf_operation(operation) for operation in tape.kinds])
    cdef const unsigned char[::1] in_c = bytes([number_of(operation) != 0 for operation in tape.kinds])
    cdef uint64_t *hashes = <uint64_t *>allocated(size * sizeof(uint64_t))
    cdef uint64_t *keys = NULL
    try:
        keys = <uint64_t *>allocated(size * sizeof(uint64_t))
        for n in range(size):
            hashes[n] = kind[n] + 1
            if not leaf[kind[n]] and needed[n]:
                if not in_c[kind[n]]:
                    return count, 0
                for i in range(begin[n], begin[n + 1]):
                    hashes[n] = mixed(hashes[n], hashes[of[i]])
                keys[count] = hashes[n]
                count += 1
        return count, different(keys, count)
    finally:
        free(hashes)
        free(keys)


cdef Py_ssize_t different(const uint64_t *numbers, Py_ssize_t count) except -1:
    """How many different ones there are."""
    cdef Py_ssize_t size = 16, i, found = 0
    cdef uint64_t at, number
    cdef uint64_t *table
    while size < 2 * count:
        size *= 2
    table = <uint64_t *>allocated(size * sizeof(uint64_t))
    memset(table, 0, size * sizeof(uint64_t))
    for i in range(count):
        number = numbers[i] | 1  # 0 is nobody
        at = (number >> 20) & (size - 1)
        while table[at] and table[at] != number:
            at = (at + 1) & (size - 1)
        if not table[at]:
            table[at] = number
            found += 1
    free(table)
    return found
