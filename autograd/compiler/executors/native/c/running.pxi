# A graph on arrays.

cdef class Run:
    """A graph on arrays of float64 or float32, whatever they hold when it is called: into the outputs, and, where
    there is a gradient, that of the mean of the first output is added to it.

    Args:
        arguments: arrays (rows, numbers).
        places: where the parameters of the tape lie among those that are given; of int64, contiguous.
        outputs: (rows, outputs).
        gradient: by the parameters that are given.

    Raises:
        TypeError: for an array of another type, or of other axes.
        ValueError: where the graph reads or writes beyond one of them, or has a rule that is not in C.
    """

    cdef readonly Graph graph
    cdef Call call
    cdef Py_buffer *views
    cdef Py_ssize_t held  # views that we have
    cdef readonly Py_ssize_t rows

    def __cinit__(self, Graph graph not None, arguments, parameters, places, outputs, gradient=None):
        cdef Py_ssize_t i
        memset(&self.call, 0, sizeof(Call))
        self.graph, self.rows = graph, len(outputs)
        self.call.rows = self.rows
        self.views = <Py_buffer *>allocated((len(arguments) + 4) * sizeof(Py_buffer))
        self.call.arguments = <Array *>allocated(len(arguments) * sizeof(Array))
        self.call.outputs = self.array(outputs, 2, True)
        self.call.parameters = self.array(parameters, 1, False)
        self.call.places = <int64_t *>self.view(places, 1, False, b"lq").buf
        if self.views[2].itemsize != sizeof(int64_t) or self.views[2].strides[0] != sizeof(int64_t):
            raise TypeError("the places of the parameters must be a contiguous array of int64")
        for i, argument in enumerate(arguments):
            if len(argument) < self.rows:
                raise ValueError(f"argument {i} has {len(argument)} rows, and the outputs have {self.rows}")
            self.call.arguments[i] = self.array(argument, 2, False)
        if gradient is not None:
            self.call.gradient = self.array(gradient, 1, True)
        self.check(len(arguments), gradient is not None)

    cdef int check(self, Py_ssize_t arguments, bint goes_back) except -1:
        """Whether all that the graph reads and writes is there."""
        cdef CGraph *graph = &self.graph.graph
        cdef const Leaf *leaf
        cdef Py_ssize_t k, found = self.views[0].shape[1], places = self.views[2].shape[0], place
        cdef Py_ssize_t parameters = self.views[1].shape[0]
        cdef Py_ssize_t slopes = self.views[3 + arguments].shape[0] if goes_back else parameters
        if not self.graph.in_c:
            raise ValueError("a rule of this graph is not in C, so that it does not run: see Graph.in_c")
        if found != graph.width:
            raise ValueError(f"the graph has {graph.width} outputs, and the array for them {found} columns")
        for k in range(graph.input_count):
            leaf = graph.inputs + k
            if leaf.argument >= arguments:
                raise ValueError(f"the graph reads argument {leaf.argument}, and there are {arguments}")
            found = self.views[3 + leaf.argument].shape[1]
            if leaf.position >= found:
                raise ValueError(
                    f"the graph reads number {leaf.position} of each row of argument {leaf.argument}, which has {found}"
                )
        for k in range(graph.parameter_count):
            leaf = graph.parameters + k
            if leaf.position >= places:
                raise ValueError(f"the graph reads parameter {leaf.position}, and there are places of {places}")
            place = self.call.places[leaf.position]
            if place < 0 or place >= parameters:
                raise ValueError(f"parameter {leaf.position} lies at {place}, and {parameters} parameters are given")
            if place >= slopes:
                raise ValueError(f"parameter {leaf.position} lies at {place}, and the gradient has {slopes} numbers")
        return 0

    def __dealloc__(self):
        while self.held:
            self.held -= 1
            PyBuffer_Release(self.views + self.held)
        free(self.views)
        free(self.call.arguments)

    cdef Py_buffer *view(self, array, int dimensions, bint writable, bytes formats) except NULL:
        cdef Py_buffer *view = self.views + self.held
        PyObject_GetBuffer(array, view, PyBUF_STRIDES | PyBUF_FORMAT | (PyBUF_WRITABLE if writable else 0))
        self.held += 1
        if view.ndim != dimensions or view.format[0] not in formats or view.format[1]:
            raise TypeError(
                f"a graph runs on arrays of float64 and float32, not on an array {view.format.decode()!r}, "
                f"of {view.ndim} axes: it needs {dimensions}"
            )
        return view

    cdef Array array(self, array, int dimensions, bint writable) except *:
        cdef Py_buffer *view = self.view(array, dimensions, writable, b"df")
        cdef Array found
        found.data, found.is_float = <char *>view.buf, view.format[0] == b"f"
        found.by_row = view.strides[0] if dimensions == 2 else 0
        found.by_number = view.strides[dimensions - 1]
        return found

    def __call__(self, bint exact=False):
        """Run it, while other threads run.

        Args:
            exact: leave out the edges that are not there, also where this costs time.

        Raises:
            IndexError, UnfinishedError: as the rule says; its second argument is the row.
        """
        cdef int64_t failed
        self.graph.use(&self.call, exact)
        with nogil:
            failed = run(&self.graph.graph, &self.call, exact)
        if failed >= 0:
            self.refuse(failed, exact)

    cdef refuse(self, int64_t start, bint exact):
        """Let the rule say what is wrong."""
        cdef CGraph *graph = &self.graph.graph
        cdef const Node *node = graph.nodes + graph.wrong_node
        cdef bint alone = is_row_by_row(graph, &self.call, exact)
        cdef Py_ssize_t k, turn = graph.turn
        operation = self.graph.rules[node.rule]
        numbers = [
            graph.row.numbers[graph.of[node.first + k] + turn * graph.by_turn[node.first + k]]
            if alone else column_of_operand(graph, node, k, turn)[graph.wrong_row]
            for k in range(node.operands)
        ]
        try:
            operation.value(ieee, *numbers)
        except NO_RESULT as error:
            raise type(error)(*error.args, start + graph.wrong_row) from None
        raise RuntimeError(
            f"{operation.name}: the rule in C has no result for {numbers}, in row {start + graph.wrong_row}, "
            "and the rule in Python has one: the two disagree. Run it with backend='numpy', and report this, please"
        )
