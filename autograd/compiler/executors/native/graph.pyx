"""Runs a tape as it is: see graph.h, which it gives columns for the nodes and for what goes back."""

from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memset

from autograd import ieee
from autograd.compiler.tape import PARAMETER
from autograd.operations import CONSTANT, INPUT, OPERATIONS

cdef extern from *:
    """
    #ifndef GLASSGRAD_FINGERPRINT
    #define GLASSGRAD_FINGERPRINT 0
    #endif
    """
    long long FINGERPRINT "GLASSGRAD_FINGERPRINT"

cdef extern from "graph.h":
    ctypedef struct Node:
        int32_t code, rule, chooses, operands, to, first, partials, dy
    ctypedef struct CGraph "Graph":
        Node *nodes
        int64_t count
        int32_t *of
        int32_t *adjoint
        char *begins
        double *values
        double *partials
        double *adjoints
        char *flows
        double *room
        int64_t block, keeps, wrong_node, wrong_row
    int CODE_OTHER "OTHER", LISTS_KEPT
    const char *names_of_one[]
    const char *names_of_two[]
    int forward(CGraph *graph, int64_t rows) noexcept nogil
    void backward(CGraph *graph, int64_t rows, int exact) noexcept nogil
    int find_functions_of_ieee(capsules) noexcept
    int enter_rules(rule_book) noexcept
    int number_of(operation) noexcept

BUILT_FROM = FINGERPRINT  # of the sources; setup.py gives it
if hasattr(ieee, "__pyx_capi__"):  # else the core is plain Python, and no rule is in C here either
    if find_functions_of_ieee(ieee.__pyx_capi__) < 0:
        raise ImportError("the functions of autograd.ieee have other types than the rules in C were written for")
    enter_rules(OPERATIONS)

cdef int32_t code_of_rule[1024]  # by the number of the rule; 0 is no rule


cdef void find_codes():
    codes = {"add": 0, "sub": 1, "mul": 2, "div": 3, "neg": 4}  # as graph.h has them
    for code, name in enumerate(list_of(names_of_one) + list_of(names_of_two), CODE_OTHER + 1):
        codes.setdefault(name, code)
    for name, operation in OPERATIONS.items():
        if number_of(operation):
            code_of_rule[number_of(operation)] = codes.get(name, CODE_OTHER)


cdef list list_of(const char **names):
    found = []
    while names[len(found)]:
        found.append(names[len(found)].decode())
    return found


find_codes()

ctypedef struct Leaf:
    int32_t column
    int32_t argument  # of an input; of a parameter the column of its adjoint
    int32_t position  # in a row of the argument; of a parameter among those of the tape


cdef inline uint64_t mixed(uint64_t a, uint64_t b) noexcept nogil:
    a = (a ^ b) * <uint64_t>0x9E3779B97F4A7C15
    return a ^ (a >> 29)


cdef class Graph:
    """A folded tape as nodes in C.

    Attributes:
        distinct: how many nodes are not computed as another one is, but for the leaves: where it is small beside the
            number of nodes, there are matrices in the graph.
        in_c: whether all rules are in C; if not, it does not run.

    Args:
        tape: what its outputs do not need is left out.
    """

    cdef CGraph graph
    cdef readonly Py_ssize_t distinct, count
    cdef readonly bint in_c, chooses
    cdef bint shared  # some rules use what all threads share
    cdef readonly Py_ssize_t columns, partial_columns, adjoint_columns
    cdef Py_ssize_t operands
    cdef double *all_adjoints
    cdef readonly list constants, outputs, operations
    cdef int32_t root
    cdef Leaf *inputs
    cdef Leaf *parameters
    cdef Py_ssize_t input_count, parameter_count
    cdef int32_t *output_columns

    def __cinit__(self, tape):
        memset(&self.graph, 0, sizeof(CGraph))
        self.in_c = True
        self.operations = tape.operations
        self.outputs, self.constants = list(tape.outputs), []
        self.output_columns = <int32_t *>allocated(len(self.outputs) * sizeof(int32_t))
        for k, n in enumerate(self.outputs):
            self.output_columns[k] = n
        self.read(tape.operations, tape.operands, tape.constants)

    def __dealloc__(self):
        PyMem_Free(self.graph.nodes)
        PyMem_Free(self.graph.of)
        PyMem_Free(self.graph.adjoint)
        PyMem_Free(self.graph.begins)
        PyMem_Free(self.graph.values)
        PyMem_Free(self.graph.partials)
        PyMem_Free(self.all_adjoints)
        PyMem_Free(self.graph.flows)
        PyMem_Free(self.graph.room)
        PyMem_Free(self.inputs)
        PyMem_Free(self.parameters)
        PyMem_Free(self.output_columns)

    cdef read(self, list operations, list operands, list constants):
        """The nodes that the outputs need, and their operands; the leaves."""
        cdef Py_ssize_t n, k, total = 0, most = 1, size = len(operations), found
        cdef Node *node
        cdef tuple each
        cdef uint64_t *hashes = <uint64_t *>allocated(size * sizeof(uint64_t))
        cdef uint64_t *keys = <uint64_t *>allocated(size * sizeof(uint64_t))
        cdef char *needed = <char *>allocated(size)
        cdef int number
        try:
            memset(needed, 0, size)
            for n in self.outputs:
                needed[n] = 1
            for n in range(size - 1, -1, -1):
                operation, each = operations[n], operands[n]
                total += len(each)
                most = max(most, len(each))
                if needed[n] and operation is not INPUT and operation is not PARAMETER and operation is not CONSTANT:
                    for k in range(len(each)):
                        found = each[k]
                        needed[found] = 1
            self.columns = size
            self.graph.nodes = node = <Node *>allocated(size * sizeof(Node))
            self.graph.of = <int32_t *>allocated(total * sizeof(int32_t))
            self.graph.room = <double *>allocated(((2 + LISTS_KEPT) * most + 1) * sizeof(double))
            self.inputs = <Leaf *>allocated(size * sizeof(Leaf))
            self.parameters = <Leaf *>allocated(size * sizeof(Leaf))
            total = 0
            for n in range(size):
                operation, each = operations[n], operands[n]
                if self.enter_leaf(operation, each, n, constants, needed[n]):
                    hashes[n] = 1 if operation is INPUT else 2 if operation is PARAMETER else 3
                    continue
                if not needed[n]:
                    continue
                number = number_of(operation)
                if not number or not each:
                    self.in_c = False
                    return
                node.rule, node.code, node.operands, node.first = number, code_of_rule[number], len(each), total
                node.to, node.chooses, node.dy, node.partials = n, operation.chooses, -1, self.partial_columns
                if node.code >= CODE_OTHER:
                    self.partial_columns += node.operands
                    self.chooses = self.chooses or node.chooses
                    self.shared = self.shared or node.code == CODE_OTHER
                hashes[n] = number
                for k in range(len(each)):
                    found = each[k]
                    self.graph.of[total] = found
                    total += 1
                    hashes[n] = mixed(hashes[n], hashes[found])
                keys[self.count] = hashes[n]
                self.count += 1
                node += 1
            self.graph.count, self.operands = self.count, total
            self.distinct = different(keys, self.count)
        finally:
            PyMem_Free(hashes)
            PyMem_Free(keys)
            PyMem_Free(needed)

    cdef bint enter_leaf(self, operation, operands, Py_ssize_t n, list constants, bint needed):
        """Whether it is a leaf; those that are needed are kept."""
        cdef Leaf *leaf
        if operation is INPUT:
            if needed:
                leaf = self.inputs + self.input_count
                leaf.column, leaf.argument, leaf.position = n, operands[0], operands[1]
                self.input_count += 1
        elif operation is PARAMETER:
            if needed:
                leaf = self.parameters + self.parameter_count
                leaf.column, leaf.argument, leaf.position = n, -1, operands[0]
                self.parameter_count += 1
        elif operation is CONSTANT:
            self.constants.append((n, constants[operands[0]]))
        else:
            return False
        return True

    cdef find_adjoints(self):
        """Columns for what flows back from the first output to the parameters: given, and free again."""
        cdef Py_ssize_t n, k, i, size = self.columns, columns = 0
        cdef Node *node
        cdef int32_t *column = <int32_t *>allocated(size * sizeof(int32_t))
        cdef char *depends = <char *>allocated(size)
        cdef list free = []
        cdef int32_t m
        self.graph.adjoint = <int32_t *>allocated(self.operands * sizeof(int32_t))
        self.graph.begins = <char *>allocated(self.operands)
        try:
            memset(depends, 0, size)
            for n in range(self.parameter_count):
                depends[self.parameters[n].column] = 1
            for i in range(self.count):
                node = self.graph.nodes + i
                for k in range(node.first, node.first + node.operands):
                    depends[node.to] |= depends[self.graph.of[k]]
            for n in range(size):
                column[n] = -1
            for k in range(self.operands):
                self.graph.adjoint[k], self.graph.begins[k] = -1, 0
            self.root = -1
            if depends[self.outputs[0]]:
                column[self.outputs[0]] = self.root = 0
                columns = 1
            for i in range(self.count - 1, -1, -1):
                node = self.graph.nodes + i
                n = node.to
                if column[n] < 0:
                    continue
                node.dy = column[n]
                for k in range(node.first, node.first + node.operands):
                    m = self.graph.of[k]
                    if depends[m]:
                        if column[m] < 0:
                            self.graph.begins[k] = 1
                            if free:
                                column[m] = free.pop()
                            else:
                                column[m] = columns
                                columns += 1
                        self.graph.adjoint[k] = column[m]
                free.append(column[n])
            self.adjoint_columns = columns
            for n in range(self.parameter_count):
                self.parameters[n].argument = column[self.parameters[n].column]
        finally:
            PyMem_Free(column)
            PyMem_Free(depends)

    def use_block(self, Py_ssize_t block):
        """Have columns of so many rows."""
        cdef Py_ssize_t i
        if block == self.graph.block:
            return
        if not self.graph.adjoint:  # who only asks what kind of graph it is needs none
            self.find_adjoints()
        PyMem_Free(self.graph.values)
        PyMem_Free(self.graph.partials)
        PyMem_Free(self.all_adjoints)
        PyMem_Free(self.graph.flows)
        self.all_adjoints = NULL
        self.graph.values = self.graph.partials = self.graph.adjoints = NULL
        self.graph.flows = NULL
        self.graph.block = 0
        self.graph.values = <double *>allocated(self.columns * block * sizeof(double))
        self.graph.partials = <double *>allocated((self.partial_columns + 1) * block * sizeof(double))
        self.all_adjoints = <double *>allocated((self.adjoint_columns + 1) * block * sizeof(double))
        self.graph.adjoints = self.all_adjoints + block
        self.graph.flows = <char *>allocated((self.adjoint_columns + 1) * block)
        self.graph.block = block
        for n, number in self.constants:
            for i in range(block):
                self.graph.values[n * block + i] = number

    def bytes(self):
        """The memory of the columns."""
        numbers = self.columns + self.partial_columns + self.adjoint_columns
        return (8 * numbers + self.adjoint_columns) * self.graph.block

    def run(self, list arguments, const double[::1] parameters, const int64_t[::1] places, double[:, ::1] outputs, double[::1] gradient=None, bint exact=False):
        """The outputs of each row; and, where a gradient is wanted, that of the mean of the first one is added to it.

        Args:
            arguments: arrays (rows, numbers).
            places: where the parameters of the tape lie among those that are given.
            exact: leave out the edges that are not there, also where this costs time.

        Raises:
            IndexError: as the rule says; its second argument is the row.
        """
        cdef Py_ssize_t rows = outputs.shape[0], i
        cdef const double **given = <const double **>allocated(len(arguments) * sizeof(double *))
        cdef Py_ssize_t *lengths = <Py_ssize_t *>allocated(len(arguments) * sizeof(Py_ssize_t))
        cdef const double[:, ::1] argument
        cdef const double *numbers = &parameters[0] if parameters.shape[0] else NULL
        cdef const int64_t *at = &places[0] if places.shape[0] else NULL
        cdef double *results = &outputs[0, 0] if outputs.size else NULL
        cdef double *slopes = &gradient[0] if gradient is not None and gradient.shape[0] else NULL
        cdef Py_ssize_t failed
        try:
            for i, argument in enumerate(arguments):  # `arguments` keeps them alive
                if argument.shape[0] < rows:
                    raise ValueError(f"argument {i} has {argument.shape[0]} rows, and the outputs have {rows}")
                given[i] = &argument[0, 0] if argument.size else NULL
                lengths[i] = argument.shape[1]
            # From here to the end nothing is allocated: no finalizer runs, which could call the same function.
            if self.shared:
                failed = self.run_rows(rows, given, lengths, numbers, at, results, len(self.outputs), slopes, exact)
            else:
                width = len(self.outputs)
                failed = self.run_alone(rows, given, lengths, numbers, at, results, width, slopes, exact)
        finally:
            PyMem_Free(given)
            PyMem_Free(lengths)
        if failed >= 0:
            self.refuse(failed)

    cdef Py_ssize_t run_alone(
        self, Py_ssize_t rows, const double **given, const Py_ssize_t *lengths, const double *parameters,
        const int64_t *places, double *outputs, Py_ssize_t width, double *gradient, bint exact
    ):
        """As `run_rows`, while other threads run."""
        cdef Py_ssize_t failed
        with nogil:
            failed = self.run_rows(rows, given, lengths, parameters, places, outputs, width, gradient, exact)
        return failed

    cdef Py_ssize_t run_rows(
        self, Py_ssize_t rows, const double **given, const Py_ssize_t *lengths, const double *parameters,
        const int64_t *places, double *outputs, Py_ssize_t width, double *gradient, bint exact
    ) noexcept nogil:
        """-1, or the first row of the block in which a rule has no result."""
        cdef CGraph *graph = &self.graph
        cdef Py_ssize_t block = graph.block, start = 0, count, i, k
        cdef const Leaf *leaf
        cdef double number, total, scale = 1.0 / rows if rows else 0.0
        graph.keeps = block if gradient else 0
        for k in range(self.parameter_count):
            leaf = self.parameters + k
            number = parameters[places[leaf.position]]
            for i in range(block):
                graph.values[leaf.column * block + i] = number
        while start < rows:
            count = min(block, rows - start)
            for k in range(self.input_count):
                leaf = self.inputs + k
                for i in range(count):
                    number = given[leaf.argument][(start + i) * lengths[leaf.argument] + leaf.position]
                    graph.values[leaf.column * block + i] = number
            if not forward(graph, count):
                return start
            for k in range(width):
                for i in range(count):
                    outputs[(start + i) * width + k] = graph.values[self.output_columns[k] * block + i]
            if gradient and self.root >= 0:
                if block == 1:
                    memset(self.all_adjoints, 0, (self.adjoint_columns + 1) * sizeof(double))
                for i in range(count):
                    graph.adjoints[self.root * block + i] = scale
                    graph.flows[self.root * block + i] = 1
                backward(graph, count, exact)
                for k in range(self.parameter_count):
                    leaf = self.parameters + k
                    if leaf.argument >= 0:
                        total = 0.0
                        for i in range(count):
                            total += graph.adjoints[leaf.argument * block + i]
                        gradient[places[leaf.position]] += total
            start += count
        return -1

    cdef refuse(self, Py_ssize_t start):
        """Let the rule say what is wrong."""
        cdef CGraph *graph = &self.graph
        cdef Node *node = graph.nodes + graph.wrong_node
        operation = self.operations[node.to]
        numbers = [
            graph.values[graph.of[k] * graph.block + graph.wrong_row]
            for k in range(node.first, node.first + node.operands)
        ]
        try:
            operation.value(ieee, *numbers)
        except IndexError as error:
            raise IndexError(*error.args, start + graph.wrong_row) from None
        raise MemoryError


cdef void *allocated(Py_ssize_t size) except NULL:
    cdef void *memory = PyMem_Malloc(size if size > 0 else 1)
    if not memory:
        raise MemoryError
    return memory


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
    PyMem_Free(table)
    return found
