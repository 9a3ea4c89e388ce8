/* From an operation to its rule in C, and room for the numbers of one operation.

   Python's lock protects the table and the room. The rules themselves need no lock: each writes into the room that it is
   given, and into `has_result`, of which every thread has its own where OF_THREAD is defined. */

#include <Python.h>
#include <stdint.h>
#include <string.h>

#include "rules.h" /* which rules_in_c/ has written */

/* Which rule belongs to an operation: by the address of the entry of the rule book itself. 0 for any other object. */

#define PLACES 1024 /* a power of 2, some times the number of rules */

static struct {
    PyObject *operation;
    int number;
} rules_by_operation[PLACES];

static inline size_t first_place(PyObject *operation) { return ((uintptr_t)operation >> 4) & (PLACES - 1); }

static inline int number_of(PyObject *operation) {
    size_t place = first_place(operation);
    while (rules_by_operation[place].operation != operation && rules_by_operation[place].operation)
        place = (place + 1) & (PLACES - 1);
    return rules_by_operation[place].number;
}

static inline void has_number(PyObject *operation, int number) { /* 1, 2, … and not more than half of PLACES */
    size_t place = first_place(operation);
    while (rules_by_operation[place].operation) place = (place + 1) & (PLACES - 1);
    Py_INCREF(operation); /* for ever: no other object is ever at its address */
    rules_by_operation[place].operation = operation;
    rules_by_operation[place].number = number;
}

static inline int enter_rules(PyObject *rule_book) {
    for (int i = 0; rules_in_c[i]; i++) {
        PyObject *operation = PyDict_GetItemString(rule_book, rules_in_c[i]);
        if (operation) has_number(operation, i + 1);
    }
    return 0;
}

/* Room for n operands, the value, n partial derivatives, and what a rule keeps on the way. It is the same every time,
   until more is asked for; then what was given before stays, for somebody may be using it. */
static inline double *numbers_of(Py_ssize_t n) {
    static double *numbers = NULL;
    static Py_ssize_t size = 0;
    if (n > size) {
        Py_ssize_t larger = n > 2 * size ? n + 16 : 2 * size;
        double *found = (double *)PyMem_RawMalloc((size_t)(larger * (2 + LISTS_KEPT) + 1) * sizeof(double));
        if (!found) {
            PyErr_NoMemory();
            return NULL;
        }
        numbers = found;
        size = larger;
    }
    return numbers;
}

/* The numbers, for Python. With a list, the garbage collector may run, and finalizers compute in the same room. */
static inline PyObject *list_of_numbers(const double *x, Py_ssize_t n) {
    double *copy = (double *)PyMem_Malloc((size_t)n * sizeof(double));
    PyObject *list = copy ? memcpy(copy, x, (size_t)n * sizeof(double)), PyList_New(n) : PyErr_NoMemory();
    for (Py_ssize_t i = 0; list && i < n; i++) {
        PyObject *number = PyFloat_FromDouble(copy[i]);
        if (number) PyList_SET_ITEM(list, i, number);
        else Py_CLEAR(list);
    }
    PyMem_Free(copy);
    return list;
}

/* The partial derivatives of a node of three operands and more: the bytes of so many doubles. */
static inline PyObject *partials_of(const double *x, Py_ssize_t n) {
    return PyBytes_FromStringAndSize((const char *)(x + n + 1), n * (Py_ssize_t)sizeof(double));
}

static inline double partial_at(PyObject *partials, Py_ssize_t i) {
    double partial;
    memcpy(&partial, PyBytes_AS_STRING(partials) + i * (Py_ssize_t)sizeof(double), sizeof(double));
    return partial;
}
