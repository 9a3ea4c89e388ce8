/* Functions of the rule book: of Values alone, Python calls them as fast as its own, without a tuple of the operands.
   Everything else, keywords, plain numbers and mistakes, is left to the function that functions.py has in Python; it
   answers also whatever is asked of them: the name, the documentation, the signature. */

#include <Python.h>

typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    PyObject *operation, *general, *weak_references;
    Py_ssize_t operands; /* how many it has; 0 where it takes any number */
} Function;

static PyTypeObject *type_of_values;
static PyObject *(*node_of_one)(PyObject *operation, PyObject *a);
static PyObject *(*node_of_two)(PyObject *operation, PyObject *a, PyObject *b);
static PyObject *(*node_of_many)(PyObject *operation, PyObject *operands);

static PyObject *call_function(PyObject *self, PyObject *const *operands, size_t flags, PyObject *names) {
    Function *function = (Function *)self;
    Py_ssize_t n = PyVectorcall_NARGS(flags), values = 0;
    if (!names && n && (n == function->operands || !function->operands)) {
        while (values < n && Py_IS_TYPE(operands[values], type_of_values)) values++;
        if (values == n) {
            if (n == 1) return node_of_one(function->operation, operands[0]);
            if (n == 2) return node_of_two(function->operation, operands[0], operands[1]);
            PyObject *all = PyTuple_New(n);
            if (!all) return NULL;
            for (Py_ssize_t i = 0; i < n; i++) PyTuple_SET_ITEM(all, i, Py_NewRef(operands[i]));
            PyObject *node = node_of_many(function->operation, all);
            Py_DECREF(all);
            return node;
        }
    }
    return PyObject_Vectorcall(function->general, operands, flags, names);
}

static PyObject *bind_function(PyObject *self, PyObject *object, PyObject *Py_UNUSED(type)) {
    return object && object != Py_None ? PyMethod_New(self, object) : Py_NewRef(self);
}

static PyObject *ask_function(PyObject *self, PyObject *name) {
    return PyObject_GetAttr(((Function *)self)->general, name);
}

static int tell_function(PyObject *self, PyObject *name, PyObject *answer) {
    return PyObject_SetAttr(((Function *)self)->general, name, answer);
}

static PyObject *document_function(PyObject *self, void *Py_UNUSED(closure)) { /* help() passes ask_function by */
    return PyObject_GetAttrString(((Function *)self)->general, "__doc__");
}

static PyGetSetDef asked_of_function[] = {{.name = "__doc__", .get = document_function}, {NULL}};

static PyObject *show_function(PyObject *self) { return PyObject_Repr(((Function *)self)->general); }

static PyTypeObject function_type = { /* one for every entry of the rule book; they are never freed */
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "autograd.functions.Function",
    .tp_basicsize = sizeof(Function),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_METHOD_DESCRIPTOR,
    .tp_vectorcall_offset = offsetof(Function, call),
    .tp_weaklistoffset = offsetof(Function, weak_references),
    .tp_getset = asked_of_function,
    .tp_call = PyVectorcall_Call,
    .tp_descr_get = bind_function,
    .tp_getattro = ask_function,
    .tp_setattro = tell_function,
    .tp_repr = show_function,
};

static inline PyObject *fast_function(PyObject *operation, PyObject *general, Py_ssize_t operands) {
    if (PyType_Ready(&function_type) < 0) return NULL;
    Function *function = PyObject_New(Function, &function_type);
    if (!function) return NULL;
    function->call = call_function;
    function->operation = Py_NewRef(operation);
    function->general = Py_NewRef(general);
    function->weak_references = NULL;
    function->operands = operands;
    return Py_NewRef((PyObject *)function); /* and one reference for ever */
}

static inline int make_nodes_by(
    PyObject *values, PyObject *(*one)(PyObject *, PyObject *), PyObject *(*two)(PyObject *, PyObject *, PyObject *),
    PyObject *(*many)(PyObject *, PyObject *)
) {
    type_of_values = (PyTypeObject *)values;
    node_of_one = one;
    node_of_two = two;
    node_of_many = many;
    return 0;
}

static inline PyObject *joined(PyObject *xs, PyObject *ys) {
    Py_ssize_t n = PyList_GET_SIZE(xs), m = PyList_GET_SIZE(ys);
    PyObject *all = PyTuple_New(n + m);
    if (!all) return NULL;
    for (Py_ssize_t i = 0; i < n; i++) PyTuple_SET_ITEM(all, i, Py_NewRef(PyList_GET_ITEM(xs, i)));
    for (Py_ssize_t i = 0; i < m; i++) PyTuple_SET_ITEM(all, n + i, Py_NewRef(PyList_GET_ITEM(ys, i)));
    return all;
}
