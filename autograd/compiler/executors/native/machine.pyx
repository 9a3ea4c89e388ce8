"""The machine in C, and NumPy's inner loops, for Python: see `executors/native/__init__.py`."""

from cpython.buffer cimport PyBUF_SIMPLE, PyObject_GetBuffer, PyBuffer_Release
from libc.stdint cimport int64_t, intptr_t
from libc.stdlib cimport free, malloc
from libc.string cimport memset

from autograd.unfinished import refused

cdef extern from *:
    """
    #ifndef GLASSGRAD_FINGERPRINT
    #define GLASSGRAD_FINGERPRINT 0
    #endif
    """
    long long FINGERPRINT "GLASSGRAD_FINGERPRINT"

cdef extern from "machine.h":
    ctypedef void (*Loop)(char **operands, const intptr_t *length, const intptr_t *strides, void *data) noexcept nogil
    ctypedef struct Ufunc:
        int inputs, outputs, operands, count
        Loop *functions
        void **data
        const char *types
    cpdef enum:  # for Python, too
        APPLY, MATMUL, REDUCE, MOVE, CHOOSE, TAKE, PUT, APPLY2, FAMILY, SMALL, REPEAT
        DOUBLE, FLOAT, BOOLEAN, WHOLE
        MOST_AXES
    ctypedef intptr_t Word
    ctypedef struct Machine:
        Word *code
        int64_t rows, first_row
        double wrong_index
        int64_t wrong_row, wrong_choices
    int finite_d(const double *x, intptr_t n) noexcept nogil
    int finite_f(const float *x, intptr_t n) noexcept nogil
    int run(Machine *machine, int64_t start, int64_t stop) noexcept nogil
    ctypedef void (*Loop2)(char **, const intptr_t *, const intptr_t *, const intptr_t *) noexcept nogil
    ctypedef struct Arithmetic:
        const char *name
        Loop2 loop
    const Arithmetic arithmetic[]
    ctypedef struct OfFamilies:
        const char *name
        void *loop
    const OfFamilies of_families[]
    const OfFamilies of_lists[]

cdef enum:
    INDEX = 5  # of the words of `choose` the address of the indices

BUILT_FROM = FINGERPRINT  # of the sources; setup.py gives it

ARITHMETIC = {}  # "add d": the address of the loop
while arithmetic[len(ARITHMETIC)].name:
    ARITHMETIC[arithmetic[len(ARITHMETIC)].name.decode()] = <intptr_t>arithmetic[len(ARITHMETIC)].loop

cdef loops_of(const OfFamilies *table):
    found = {}
    while table.name:
        found[table.name.decode()] = <intptr_t>table.loop
        table += 1
    return found


FAMILIES = loops_of(of_families) | loops_of(of_lists)  # "share d": the address of the loop


def loop_of(ufunc, str types):
    """The inner loop of a ufunc for these types of its operands, "dd->d": the address of the function, and its data.

    Raises:
        LookupError: where it has none, or where its fields are not what Python says of it.
    """
    cdef Ufunc *fields = <Ufunc *><void *>ufunc
    cdef int i
    if (fields.inputs, fields.outputs, fields.operands) != (ufunc.nin, ufunc.nout, ufunc.nargs):
        raise LookupError(f"{ufunc!r} has other fields than those that are known")
    if fields.count != ufunc.ntypes or not fields.functions or not fields.types:
        raise LookupError(f"{ufunc!r} has other fields than those that are known")
    if types not in ufunc.types:
        raise LookupError(f"{ufunc!r} has no loop {types}")
    i = ufunc.types.index(types)
    found = [<unsigned char>fields.types[i * fields.operands + k] for k in range(fields.operands)]
    if not fields.functions[i] or len(found) != len(types.replace("->", "")):
        raise LookupError(f"{ufunc!r} has no loop {types}")
    return <intptr_t>fields.functions[i], (<intptr_t>fields.data[i] if fields.data else 0)


def is_finite(numbers):
    """Whether none of these numbers is inf or nan: of a contiguous array of float64 or float32."""
    cdef Py_buffer view
    cdef bint is_double = numbers.itemsize == 8
    cdef int found
    PyObject_GetBuffer(numbers, &view, PyBUF_SIMPLE)
    if is_double:
        found = finite_d(<const double *>view.buf, view.len // 8)
    else:
        found = finite_f(<const float *>view.buf, view.len // 4)
    PyBuffer_Release(&view)
    return found == 1


cdef class Stream:
    """Instructions, ready to run: by one thread at a time, since they and their memory are of this stream alone.

    Whoever runs it sees to that: a compiled function has a lock. Python's lock is free meanwhile, and nothing here is
    declared to do without it: other threads may read and write what the arrays hold, as during any call of NumPy.

    Args:
        words: the instructions, with the addresses of what stays where it is.
        at, of, offset: the words that are addresses in arrays which differ from call to call: the position of the word,
            the number of the array, and the bytes to add.
        indices: the numbers of those arrays that hold nothing but indices of takes: they may be whole numbers, of int64.
        number: what the numbers are else, DOUBLE or FLOAT.
        row_bytes: of each of these arrays, from row to row; 0 where it is the same for all rows.
        keeps: whatever the addresses in `words` lead to; it lives as long as the stream.
    """

    cdef Word *code
    cdef Word *patches
    cdef Py_ssize_t count
    cdef int number
    cdef readonly Py_ssize_t size
    cdef tuple row_bytes, keeps, indices

    def __cinit__(
        self, const int64_t[::1] words, const int64_t[::1] at, const int64_t[::1] of, const int64_t[::1] offset,
        tuple row_bytes, tuple keeps, tuple indices=(), int number=DOUBLE,
    ):
        cdef Py_ssize_t i
        self.size, self.count, self.row_bytes, self.keeps = len(words), len(at), row_bytes, keeps
        self.indices, self.number = indices, number
        self.code = <Word *>malloc((self.size + 1) * sizeof(Word))
        self.patches = <Word *>malloc((3 * self.count + 1) * sizeof(Word))
        if not self.code or not self.patches:
            raise MemoryError
        for i in range(self.size):
            self.code[i] = <Word>words[i]
        for i in range(self.count):
            self.patches[3 * i], self.patches[3 * i + 1], self.patches[3 * i + 2] = at[i], of[i], offset[i]

    def __dealloc__(self):
        free(self.code)
        free(self.patches)

    def run(self, tuple parts, int64_t rows, int64_t block, tuple arrays):
        """Run the first part once, the second for each block of rows, the third once.

        Args:
            parts: where each starts and stops, six positions.
            arrays: those that differ from call to call, contiguous; None for one that nothing refers to.

        Raises:
            IndexError: for an index of a take outside of its list; its second argument is the row.
            UnfinishedError: for a loop that is not done, likewise.
        """
        cdef Py_ssize_t most = len(arrays)
        cdef Py_buffer few[16]
        cdef char *few_bases[16]
        cdef int64_t few_strides[16]
        cdef void *room = malloc(most * (sizeof(Py_buffer) + sizeof(char *) + sizeof(int64_t))) if most > 16 else NULL
        cdef Py_buffer *views = <Py_buffer *>room if room else few
        cdef char **bases = <char **>(views + most) if room else few_bases
        cdef int64_t *strides = <int64_t *>(bases + most) if room else few_strides
        cdef int n = 0, failed, i
        cdef Machine machine
        cdef int64_t bounds[6]
        if most > 16 and not room:
            raise MemoryError
        for i in range(6):
            bounds[i] = parts[i]
        try:
            for array in arrays:
                if array is None:
                    memset(&views[n], 0, sizeof(Py_buffer))  # to release it does nothing
                    bases[n] = NULL
                else:
                    PyObject_GetBuffer(array, &views[n], PyBUF_SIMPLE)
                    bases[n] = <char *>views[n].buf
                strides[n] = self.row_bytes[n]
                n += 1
            for n_of_index in self.indices:
                self.use_index(n_of_index, arrays[n_of_index].dtype.kind == "i", strides)
            machine.code = self.code
            machine.rows = min(rows, block)
            machine.first_row = 0
            with nogil:
                failed = self.run_all(&machine, bounds, rows, block, bases, strides)
        finally:
            for i in range(n):
                PyBuffer_Release(&views[i])
            free(room)
        if failed:
            row = [machine.wrong_row] if machine.wrong_row >= 0 else []
            raise refused(machine.wrong_index, machine.wrong_choices, *row)

    cdef void use_index(self, int array, bint is_whole, int64_t *strides):
        """Be ready for indices of this type in an array."""
        cdef Py_ssize_t i
        cdef Word *patch = self.patches
        cdef Word *kind
        cdef int64_t size = 4 if self.number == FLOAT else 8
        for i in range(self.count):
            if patch[1] == array:
                kind = self.code + patch[0] - INDEX
                if (kind[0] == WHOLE) != is_whole:
                    kind[0] = WHOLE if is_whole else self.number
                    patch[2] = patch[2] // size * 8 if is_whole else patch[2] // 8 * size
            patch += 3
        if is_whole:
            strides[array] = strides[array] // size * 8

    cdef int run_all(self, Machine *machine, int64_t *bounds, int64_t rows, int64_t block, char **bases, int64_t *strides) noexcept nogil:
        cdef int64_t start = 0
        self.patch(bases, strides, 0)
        if bounds[0] < bounds[1] and run(machine, bounds[0], bounds[1]):
            return 1
        while start < rows:
            if start:
                self.patch(bases, strides, start)
            machine.first_row = start
            machine.rows = min(block, rows - start)
            if run(machine, bounds[2], bounds[3]):
                return 1
            start += block
        if bounds[4] < bounds[5] and run(machine, bounds[4], bounds[5]):
            return 1
        return 0

    cdef void patch(self, char **bases, int64_t *strides, int64_t row) noexcept nogil:
        """Write the addresses in the arrays of this call, for a block that begins with this row."""
        cdef Py_ssize_t i
        cdef Word *patch = self.patches
        for i in range(self.count):
            self.code[patch[0]] = <Word><intptr_t>bases[patch[1]] + patch[2] + row * strides[patch[1]]
            patch += 3


def call(tuple loop, tuple arrays, int64_t length, tuple strides):
    """Call an inner loop on arrays: to compare it with its ufunc."""
    cdef char *pointers[8]
    cdef intptr_t steps[8]
    cdef intptr_t n = length
    cdef int i
    cdef Py_buffer view
    for i in range(len(arrays)):
        PyObject_GetBuffer(arrays[i], &view, PyBUF_SIMPLE)
        pointers[i], steps[i] = <char *>view.buf, strides[i]
        PyBuffer_Release(&view)
    (<Loop><void *><intptr_t>loop[0])(pointers, &n, steps, <void *><intptr_t>loop[1])


def call_matmul(tuple loop, arrays, tuple dimensions, tuple strides):
    """Call the inner loop of a product of matrices, left, right and result, once."""
    cdef char *pointers[3]
    cdef intptr_t steps[9]
    cdef intptr_t lengths[4]
    cdef int i
    cdef Py_buffer view
    for i in range(3):
        PyObject_GetBuffer(arrays[i], &view, PyBUF_SIMPLE)
        pointers[i] = <char *>view.buf
        PyBuffer_Release(&view)
        steps[i] = 0
    lengths[0] = 1
    for i in range(3):
        lengths[1 + i] = dimensions[i]
    for i in range(6):
        steps[3 + i] = strides[i]
    (<Loop><void *><intptr_t>loop[0])(pointers, lengths, steps, <void *><intptr_t>loop[1])
