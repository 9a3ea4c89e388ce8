# A graph on arrays.

cdef class Run:
    """A graph on arrays of float64 or float32, whatever they hold when it is called: into the outputs, and, where
    there is a gradient, that of the mean of the first output is added to it.

    Args:
        arguments: arrays (rows, numbers).
        places: where the parameters of the tape lie among those that are given.
        outputs: (rows, outputs).
        gradient: by the parameters that are given.
    """

    cdef Graph graph
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
        for i, argument in enumerate(arguments):
            if len(argument) < self.rows:
                raise ValueError(f"argument {i} has {len(argument)} rows, and the outputs have {self.rows}")
            self.call.arguments[i] = self.array(argument, 2, False)
        if gradient is not None:
            self.call.gradient = self.array(gradient, 1, True)

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
            IndexError: as the rule says; its second argument is the row.
        """
        cdef int64_t failed
        self.graph.use(self.rows, exact)
        with nogil:
            failed = run(&self.graph.graph, &self.call, exact)
        if failed >= 0:
            self.refuse(failed)

    cdef refuse(self, int64_t start):
        """Let the rule say what is wrong."""
        cdef CGraph *graph = &self.graph.graph
        cdef const Node *node = graph.nodes + graph.wrong_node
        cdef const double *values = graph.row.numbers if self.rows == 1 else graph.rows.values + graph.wrong_row
        cdef Py_ssize_t k, apart = 1 if self.rows == 1 else graph.rows.block
        operation = self.graph.operations[node.to]
        numbers = [values[graph.of[k] * apart] for k in range(node.first, node.first + node.operands)]
        try:
            operation.value(ieee, *numbers)
        except IndexError as error:
            raise IndexError(*error.args, start + graph.wrong_row) from None
        raise MemoryError
