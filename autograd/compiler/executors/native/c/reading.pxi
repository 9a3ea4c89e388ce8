# From a tape to a graph in C.

cdef inline uint64_t mixed(uint64_t a, uint64_t b) noexcept nogil:
    a = (a ^ b) * <uint64_t>0x9E3779B97F4A7C15
    return a ^ (a >> 29)


cdef class Graph:
    """A folded tape as nodes in C.

    Attributes:
        in_c: whether all rules are in C; if not, it does not run.
        chooses: whether an edge may not be there.

    Args:
        tape: what its outputs do not need is left out.
    """

    cdef CGraph graph
    cdef readonly bint in_c, chooses
    cdef readonly list outputs
    cdef object tape
    cdef Py_ssize_t rows_of_block

    def __cinit__(self, tape):
        memset(&self.graph, 0, sizeof(CGraph))
        self.in_c, self.rows_of_block = True, LANES
        self.tape, self.outputs = tape, list(tape.outputs)
        self.graph.width = len(self.outputs)
        self.graph.outputs = <int32_t *>allocated(self.graph.width * sizeof(int32_t))
        for k, n in enumerate(self.outputs):
            self.graph.outputs[k] = n
        self.read(tape)

    def __dealloc__(self):
        free_graph(&self.graph)

    @property
    def count(self):
        """How many nodes it has."""
        return self.graph.count

    @property
    def columns(self):
        """How many numbers a row has."""
        return self.graph.columns

    @property
    def most(self):
        """Rows of a block, a multiple of 8; to be set before it runs.

        Raises:
            ValueError: where they are no multiple of 8, or none: columns have room for whole vectors.
        """
        return self.rows_of_block

    @most.setter
    def most(self, Py_ssize_t rows):
        if rows <= 0 or rows % LANES:
            raise ValueError(f"the rows of a block must be a multiple of {LANES}, and some, got {rows}")
        self.rows_of_block = rows

    cdef read(self, tape):
        """The nodes that the outputs need, and their operands; the leaves."""
        cdef Py_ssize_t n, size = len(tape)
        cdef int[::1] kind = tape.kind.array(), begin = tape.begin.array(), of = tape.of.array(), operands
        cdef const unsigned char[::1] needed = reached(tape, self.outputs)
        cdef list kinds = tape.kinds, constants = tape.constants
        self.make_room(begin, of.shape[0])
        for n in range(size):
            operation, operands = kinds[kind[n]], of[begin[n]:begin[n + 1]]
            if not self.enter_leaf(operation, n, operands, constants, needed[n]) and needed[n]:
                if not self.enter_node(operation, n, operands):
                    self.in_c = False
                    return

    cdef make_room(self, int[::1] begin, Py_ssize_t operands):
        """For all nodes and their operands, though some may not be needed."""
        cdef Py_ssize_t n, size = begin.shape[0] - 1, most = 1
        for n in range(size):
            most = max(most, begin[n + 1] - begin[n])
        self.graph.columns = size
        self.graph.of = <int32_t *>allocated(operands * sizeof(int32_t))
        self.graph.room = <double *>allocated(((2 + LISTS_KEPT) * most + 1) * sizeof(double))
        self.graph.nodes = <Node *>allocated(size * sizeof(Node))
        self.graph.inputs = <Leaf *>allocated(size * sizeof(Leaf))
        self.graph.parameters = <Leaf *>allocated(size * sizeof(Leaf))
        self.graph.constants = <Constant *>allocated(size * sizeof(Constant))
        self.graph.slopes = <double *>allocated(size * sizeof(double))

    cdef bint enter_leaf(self, operation, Py_ssize_t n, int[::1] operands, list constants, bint needed):
        """Whether it is a leaf; those that are needed are kept."""
        cdef Leaf *leaf
        if operation is INPUT:
            if needed:
                leaf = self.graph.inputs + self.graph.input_count
                leaf.column, leaf.argument, leaf.position = n, operands[0], operands[1]
                self.graph.input_count += 1
        elif operation is PARAMETER:
            if needed:
                leaf = self.graph.parameters + self.graph.parameter_count
                leaf.column, leaf.argument, leaf.position = n, -1, operands[0]
                self.graph.parameter_count += 1
        elif operation is CONSTANT:
            self.graph.constants[self.graph.constant_count].column = n
            self.graph.constants[self.graph.constant_count].number = constants[operands[0]]
            self.graph.constant_count += 1
        else:
            return False
        return True

    cdef bint enter_node(self, operation, Py_ssize_t n, int[::1] operands):
        """Whether its rule is in C."""
        cdef Node *node = self.graph.nodes + self.graph.count
        cdef int number = number_of(operation)
        cdef Py_ssize_t k
        if not number or not operands.shape[0]:
            return False
        node.rule, node.code, node.operands = number, code_of_rule[number], operands.shape[0]
        if node.code >= FIRST_OF_OTHERS and node.operands != operands_of_others[node.code - FIRST_OF_OTHERS]:
            node.code = CODE_OTHER
        node.first, node.partials = self.graph.operands, self.graph.partial_columns
        node.to, node.chooses, node.dy = n, operation.chooses, -1
        if node.code >= CODE_OTHER:
            self.chooses = self.chooses or node.chooses
            if node.code != CODE_EXP and node.code != CODE_LOG:  # of which they are found again
                self.graph.partial_columns += node.operands
        for k in range(node.operands):
            self.graph.of[self.graph.operands] = operands[k]
            self.graph.operands += 1
        self.graph.count += 1
        return True

    cdef int use(self, Py_ssize_t rows, bint exact) except -1:
        """Have room for so many rows."""
        cdef bint there = True
        cdef Py_ssize_t block = min(self.rows_of_block, max(1, (rows + LANES - 1) // LANES) * LANES)
        if not self.graph.adjoint:  # who only asks what kind of graph it is needs none
            there = find_passing(&self.graph) and find_adjoints(&self.graph)
        if is_one_row(rows, exact):
            there = there and (self.graph.row.numbers != NULL or use_one_row(&self.graph))
        elif self.graph.rows.block < block:
            there = there and use_block(&self.graph, block)
        if not there:
            raise MemoryError
        return 0

    def bytes(self):
        """The memory of the columns."""
        row = self.graph.row
        of_rows = 8 * (self.graph.columns + self.graph.partial_columns) + 9 * self.graph.adjoint_columns
        passing = self.graph.passing.columns * self.graph.rows.passing_block
        return of_rows * self.graph.rows.block + 8 * (passing + row.positions + self.graph.columns)


cdef void *allocated(Py_ssize_t size) except NULL:
    cdef void *memory = malloc(size if size > 0 else 1)
    if not memory:
        raise MemoryError
    return memory


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
