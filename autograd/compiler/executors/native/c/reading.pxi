# From a tape to a graph in C.

cdef class Graph:
    """A folded tape as nodes in C.

    Attributes:
        in_c: whether all rules are in C; if not, it does not run.
        rules: the operations of its nodes, by the numbers of their rules.
        chooses: whether an edge may not be there.

    Args:
        tape: what its outputs do not need is left out.
    """

    cdef CGraph graph
    cdef readonly bint in_c, chooses
    cdef readonly list outputs
    cdef readonly dict rules
    cdef list outs
    cdef Py_ssize_t rows_of_block, partials_before, minus_zero

    def __cinit__(self, tape):
        memset(&self.graph, 0, sizeof(CGraph))
        self.in_c, self.rows_of_block = True, LANES
        self.outputs, self.rules, self.minus_zero = list(tape.outputs), {}, -1
        self.graph.width, self.graph.most_bytes = len(self.outputs), MOST_BYTES
        self.graph.outputs = <int32_t *>allocated(self.graph.width * sizeof(int32_t))
        self.read(tape)

    def __dealloc__(self):
        free_graph(&self.graph)

    @property
    def count(self):
        """How many operations a row takes: of a loop, those of all turns."""
        cdef Py_ssize_t p
        parts = self.graph.parts
        return sum([(parts[p].end - parts[p].first) * parts[p].turns for p in range(self.graph.part_count)])

    @property
    def loops(self):
        """Of each loop how many operations a turn has, and how many turns there are."""
        cdef Py_ssize_t p
        parts = self.graph.parts
        return [
            (parts[p].end - parts[p].first, parts[p].turns) for p in range(self.graph.part_count) if parts[p].turns > 1
        ]

    @property
    def columns(self):
        """How many numbers a row has."""
        return self.graph.columns

    @property
    def partials(self):
        """How many partial derivatives a row has that are kept."""
        return self.graph.partial_columns

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

    @property
    def most_bytes(self):
        """How many bytes a run may keep that goes back through loops. Where eight rows need more, it goes through row by row,
        but for what is exact; one row keeps what it needs.
        """
        return self.graph.most_bytes

    @most_bytes.setter
    def most_bytes(self, Py_ssize_t size):
        self.graph.most_bytes = size

    cdef read(self, tape):
        """The nodes that the outputs need, and their operands; the leaves."""
        cdef Py_ssize_t n, i, size = len(tape), loop = -1, out = 0
        cdef int[::1] kind = tape.kind.array(), begin = tape.begin.array(), of = tape.of.array()
        cdef int32_t[::1] column_of = np.arange(size, dtype=np.int32)
        cdef const unsigned char[::1] needed = reached(tape, self.outputs)
        cdef const unsigned char[::1] leaf = bytes([is_leaf_operation(operation) for operation in tape.kinds])
        cdef list kinds = tape.kinds, constants = tape.constants
        self.make_room(tape)
        self.open_part(1, 0, 0)
        for n in range(size):
            operation = kinds[kind[n]]
            if leaf[kind[n]]:
                self.enter_leaf(operation, n, of[begin[n]:begin[n + 1]], constants, needed[n])
            elif operation is LOOP:
                loop, out = loop + 1, 0
                if needed[n] and not self.enter_loop(tape.loops[loop], [column_of[m] for m in of[begin[n]:begin[n + 1]]]):
                    self.in_c = False
                    return
            elif operation is OUT:
                column_of[n] = self.outs[out] if needed[n] else -1
                out += 1
            elif needed[n]:
                for i in range(begin[n], begin[n + 1]):
                    self.add_operand(column_of[of[i]], 0)
                if not self.close_node(operation, n, begin[n + 1] - begin[n]):
                    self.in_c = False
                    return
        self.close_part()
        if self.graph.columns + self.graph.partial_columns > 2**30:  # columns are numbered with 32 bits
            raise TraceError("the turns of the loops have more than 2³⁰ numbers, too many to be compiled")
        for k, n in enumerate(self.outputs):
            self.graph.outputs[k] = column_of[n]

    cdef open_part(self, Py_ssize_t turns, Py_ssize_t base, Py_ssize_t width):
        """What is entered from here on is run so often, and has so many columns in a turn, from `base` on."""
        cdef Part *part = self.graph.parts + self.graph.part_count
        part.first, part.turns, part.base, part.width, part.before = self.graph.count, turns, base, width, 0
        self.partials_before = self.graph.partial_columns

    cdef close_part(self):
        """Have the partial derivatives of all turns beside one another."""
        cdef Part *part = self.graph.parts + self.graph.part_count
        cdef Py_ssize_t n, of_turn = self.graph.partial_columns - self.partials_before
        part.end = self.graph.count
        self.graph.partial_columns += (part.turns - 1) * of_turn
        for n in range(part.first, part.end):
            self.graph.nodes[n].partials_by_turn = of_turn if part.turns > 1 else 0
        self.graph.part_count += 1

    cdef bint enter_loop(self, body, list operands):
        """A loop, with the columns of what goes into it. Whether all rules are in C.

        What the way back reads, and what other turns and others use, has a column for each turn; the rest one for all.
        """
        tape = body.tape
        inner = tape.needed()
        kept = self.kept_in(body, inner)
        slot = {n: s for s, n in enumerate(kept)}
        cdef Py_ssize_t width = len(kept), turns = body.turns, before = max([delay for _, delay in body.carried]), k
        cdef Py_ssize_t base = self.graph.columns + before * width
        self.graph.columns = base + turns * width
        columns = {n: (base + s, width) for n, s in slot.items()}
        for n in inner:
            if n not in slot:
                columns[n] = self.graph.columns, 0
                self.graph.columns += 1
        self.outs = [base + turn * width + slot[n] for n, turn in body.outs]
        carried = [(base - delay * width + slot[n], width) for n, delay in body.carried]
        for (column, _), operand in zip(carried, operands):
            self.enter_copy(column, operand)
        start = len(carried)
        scanned = [self.in_line(operands[start + k * turns:start + (k + 1) * turns]) for k in range(body.scanned)]
        invariant = [(n, 0) for n in operands[start + body.scanned * turns:]]
        leaves = carried, scanned, invariant
        for n in range(len(tape)):
            if tape.operation(n) is CONSTANT:
                columns[n] = self.enter_constant(tape.constants[tape.operands(n)[0]]), 0
            elif tape.operation(n) is INPUT:
                of, k = tape.operands(n)
                columns[n] = leaves[of][k]
        self.close_part()
        self.open_part(turns, base, width)
        self.graph.parts[self.graph.part_count].before = before
        self.graph.has_loops = True
        for n in inner:
            for m in tape.operands(n):
                column, by_turn = columns[m]
                self.add_operand(column, by_turn)
            if not self.close_node(tape.operation(n), columns[n][0], len(tape.operands(n))):
                return False
            self.graph.nodes[self.graph.count - 1].to_by_turn = columns[n][1]
        self.close_part()
        self.open_part(1, 0, 0)
        return True

    cdef list kept_in(self, body, list inner):
        """The nodes of a body whose numbers are used beyond the turn that computes them: BACKWARD of many_rows.h reads
        those of products, quotients, exp and log.
        """
        tape = body.tape
        kept = set(body.nodes())
        for n in inner:
            code = code_of_rule[number_of(tape.operation(n))]
            operands = tape.operands(n)
            if code == CODE_MUL:  # nothing flows to a constant, whose factor nobody asks for
                kept.update([operands[k] for k in range(2) if tape.operation(operands[1 - k]) is not CONSTANT])
            elif code in (CODE_DIV, CODE_LOG):
                kept.update(operands)
            if code in (CODE_DIV, CODE_EXP):
                kept.add(n)
        return [n for n in inner if n in kept]

    cdef tuple in_line(self, list columns):
        """The first of these columns, and how far they are apart; they are copied where that differs, or where they do
        not all belong to the tape, or are one number of the turns of one loop.
        """
        cdef Py_ssize_t step = columns[1] - columns[0], start = self.graph.columns
        apart = [self.width_at(columns[0]), self.width_at(columns[-1])]
        in_line = columns == [columns[0] + k * step for k in range(len(columns))]
        if not in_line or apart[0] != apart[1] or (apart[0][1] and step % apart[0][1]):
            self.graph.columns += len(columns)
            for k, column in enumerate(columns):
                self.enter_copy(start + k, column)
            return start, 1
        return columns[0], step

    cdef tuple width_at(self, Py_ssize_t column):
        """The loop that has a column for each of its turns there, and how many it has in a turn; -1 and 0 for none."""
        cdef Py_ssize_t p
        for p in range(self.graph.part_count):
            part = self.graph.parts + p
            if part.turns > 1 and part.base <= column < part.base + part.turns * part.width:
                return p, part.width
        return -1, 0

    cdef enter_copy(self, Py_ssize_t to, Py_ssize_t column):
        """A node that adds -0, which changes nothing."""
        if self.minus_zero < 0:
            self.minus_zero = self.enter_constant(-0.0)
        self.add_operand(column, 0)
        self.add_operand(self.minus_zero, 0)
        self.close_node(ADD, to, 2)

    cdef Py_ssize_t enter_constant(self, double number):
        """The column of a number of the body of a loop."""
        self.graph.constants[self.graph.constant_count].column = self.graph.columns
        self.graph.constants[self.graph.constant_count].number = number
        self.graph.constant_count += 1
        self.graph.columns += 1
        return self.graph.columns - 1

    cdef make_room(self, tape):
        """For all nodes and their operands, though some may not be needed."""
        cdef Py_ssize_t most = 1, nodes = len(tape), operands = len(tape.of), constants = nodes + 1
        for each in (tape, *[body.tape for body in tape.loops]):
            inner = each.kind.array() != each.place_of(LOOP)
            most = max(most, int(np.diff(each.begin.array())[inner].max(initial=1)))
        for body in tape.loops:
            copies = len(body.carried) + body.scanned * body.turns
            nodes += len(body.tape) + copies
            operands += len(body.tape.of) + 2 * copies
            constants += len(body.tape)
        self.graph.columns = len(tape)
        self.graph.of = <int32_t *>allocated(operands * sizeof(int32_t))
        self.graph.by_turn = <int32_t *>allocated(operands * sizeof(int32_t))
        self.graph.room = <double *>allocated(((2 + LISTS_KEPT) * most + 1) * sizeof(double))
        self.graph.nodes = <Node *>allocated(nodes * sizeof(Node))
        self.graph.parts = <Part *>allocated((2 * len(tape.loops) + 1) * sizeof(Part))
        self.graph.inputs = <Leaf *>allocated(len(tape) * sizeof(Leaf))
        self.graph.parameters = <Leaf *>allocated(len(tape) * sizeof(Leaf))
        self.graph.constants = <Constant *>allocated(constants * sizeof(Constant))
        self.graph.slopes = <double *>allocated(len(tape) * sizeof(double))

    cdef enter_leaf(self, operation, Py_ssize_t n, int[::1] operands, list constants, bint needed):
        """Keep a leaf that is needed."""
        cdef Leaf *leaf
        if operation is CONSTANT:
            self.graph.constants[self.graph.constant_count].column = n
            self.graph.constants[self.graph.constant_count].number = constants[operands[0]]
            self.graph.constant_count += 1
        elif needed and operation is INPUT:
            leaf = self.graph.inputs + self.graph.input_count
            leaf.column, leaf.argument, leaf.position = n, operands[0], operands[1]
            self.graph.input_count += 1
        elif needed:
            leaf = self.graph.parameters + self.graph.parameter_count
            leaf.column, leaf.argument, leaf.position = n, -1, operands[0]
            self.graph.parameter_count += 1

    cdef void add_operand(self, Py_ssize_t column, Py_ssize_t by_turn) noexcept:
        """Of the next node: where it lies, and how much further in the next turn of a loop."""
        self.graph.of[self.graph.operands] = column
        self.graph.by_turn[self.graph.operands] = by_turn
        self.graph.operands += 1

    cdef bint close_node(self, operation, Py_ssize_t to, Py_ssize_t operands):
        """A node of the operands that were added last. Whether its rule is in C."""
        cdef Node *node = self.graph.nodes + self.graph.count
        cdef int number = number_of(operation)
        if not number or not operands:
            return False
        self.rules[number] = operation
        node.rule, node.code, node.operands = number, code_of_rule[number], operands
        if node.code >= FIRST_OF_OTHERS and node.operands != operands_of_others[node.code - FIRST_OF_OTHERS]:
            node.code = CODE_OTHER
        node.first, node.partials = self.graph.operands - operands, self.graph.partial_columns
        node.to, node.to_by_turn, node.chooses, node.dy = to, 0, operation.chooses, -1
        if node.code >= CODE_OTHER:
            self.chooses = self.chooses or node.chooses
            if node.code != CODE_EXP and node.code != CODE_LOG:  # of which they are found again
                self.graph.partial_columns += node.operands
        self.graph.count += 1
        return True

    cdef int use(self, const Call *call, bint exact) except -1:
        """Have room for such a call."""
        if not use(&self.graph, call, self.rows_of_block, exact):
            raise MemoryError
        return 0

    def bytes(self):
        """The memory of the columns."""
        passing = self.graph.passing.columns * self.graph.rows.passing_block
        of_one_row = self.graph.row.positions + self.graph.columns + self.graph.pinned if self.graph.row.numbers else 0
        return bytes_of_row(&self.graph) * self.graph.rows.block + 8 * (passing + of_one_row)


cdef void *allocated(Py_ssize_t size) except NULL:
    cdef void *memory = malloc(size if size > 0 else 1)
    if not memory:
        raise MemoryError
    return memory
