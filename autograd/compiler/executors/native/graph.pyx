"""Runs a tape as it is: see c/graph.h, whose graph it makes of the tape, and which runs on arrays of NumPy."""

from cpython.buffer cimport PyBUF_FORMAT, PyBUF_STRIDES, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport int32_t, int64_t, intptr_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memset

import numpy as np

from autograd import ieee
from autograd.compiler.tape import LOOP, OUT, PARAMETER, is_leaf_operation, reached
from autograd.operations import ADD, CONSTANT, INPUT, OPERATIONS
from autograd.tracing import TraceError
from autograd.unfinished import NO_RESULT

cdef extern from *:
    """
    #ifndef GLASSGRAD_FINGERPRINT
    #define GLASSGRAD_FINGERPRINT 0
    #endif
    """
    long long FINGERPRINT "GLASSGRAD_FINGERPRINT"

cdef extern from "graph.h":
    ctypedef struct Node:
        int32_t code, rule, chooses, operands, to, first, partials, dy, to_by_turn, partials_by_turn
    ctypedef struct Part:
        int64_t first, end, turns, base, width, before
    ctypedef struct Leaf:
        int32_t column, argument, position
    ctypedef struct Constant:
        int32_t column
        double number
    ctypedef struct Columns:
        int64_t block, passing_block
    ctypedef struct Passing:
        int32_t columns
    ctypedef struct OneRow:
        double *numbers
        int64_t positions
    ctypedef struct CGraph "Graph":
        Node *nodes
        int64_t count
        Part *parts
        int64_t part_count
        int has_loops
        int64_t most_bytes
        int32_t *of
        int32_t *by_turn
        int32_t *adjoint
        int64_t columns, operands, partial_columns, adjoint_columns, pinned
        Leaf *inputs
        Leaf *parameters
        int64_t input_count, parameter_count
        Constant *constants
        int64_t constant_count
        int32_t *outputs
        int64_t width
        Passing passing
        Columns rows
        OneRow row
        double *room
        double *slopes
        int64_t turn, wrong_node, wrong_row
    ctypedef struct Array:
        char *data
        int64_t by_row, by_number
        int is_float
    ctypedef struct Call:
        int64_t rows
        Array *arguments
        Array parameters, outputs, gradient
        int64_t *places
    int CODE_ADD "ADD", CODE_SUB "SUB", CODE_MUL "MUL", CODE_DIV "DIV", CODE_NEG "NEG", CODE_OTHER "OTHER"
    int CODE_EXP "ONE_exp", CODE_LOG "ONE_log", LISTS_KEPT, LANES
    const char *names_of_one[]
    const char *names_of_two[]
    const char *names_of_others[]
    int operands_of_others[]
    int FIRST_OF_OTHERS
    double *column_of_operand(const CGraph *graph, const Node *node, int k, int64_t turn) noexcept nogil
    int64_t bytes_of_row(const CGraph *graph) noexcept nogil
    bint is_row_by_row(const CGraph *graph, const Call *call, int exact) noexcept nogil
    bint use(CGraph *graph, const Call *call, int64_t most, int exact) noexcept nogil
    int64_t run(CGraph *graph, const Call *call, int exact) noexcept nogil
    void free_graph(CGraph *graph) noexcept
    int find_functions_of_ieee(capsules) noexcept
    int enter_rules(rule_book) noexcept
    int number_of(operation) noexcept
    int has_wide_vectors() noexcept
    void *loop_of_rule(int code, int is_float, int is_back) noexcept

MOST_BYTES = 2**28

BUILT_FROM = FINGERPRINT  # of the sources; setup.py gives it
HAS_WIDE_VECTORS = has_wide_vectors() == 1  # of four doubles and more
if hasattr(ieee, "__pyx_capi__"):  # else the core is plain Python, and no rule is in C here either
    if find_functions_of_ieee(ieee.__pyx_capi__) < 0:
        raise ImportError("the functions of autograd.ieee have other types than the rules in C were written for")
    enter_rules(OPERATIONS)

cdef int32_t code_of_rule[1024]  # by the number of the rule; 0 is no rule


cdef void find_codes():
    codes = {"add": CODE_ADD, "sub": CODE_SUB, "mul": CODE_MUL, "div": CODE_DIV, "neg": CODE_NEG}
    for code, name in enumerate(list_of(names_of_one) + list_of(names_of_two), CODE_OTHER + 1):
        codes.setdefault(name, code)
    for code, name in enumerate(list_of(names_of_others), FIRST_OF_OTHERS):
        codes[name] = code
    for name, operation in OPERATIONS.items():
        if number_of(operation):
            code_of_rule[number_of(operation)] = codes.get(name, CODE_OTHER)


cdef list list_of(const char **names):
    found = []
    while names[len(found)]:
        found.append(names[len(found)].decode())
    return found


find_codes()


def loop_of(operation, str number, bint back=False):
    """The loop of a rule of the book for float64 ("d") or float32 ("f"): the address of the function, and its data.

    Args:
        back: of dy times the derivative, for x, dy and the result; else of the values.

    Raises:
        LookupError: where there is none, or where it is not the entry of the book that was compiled.
    """
    cdef int code = code_of_rule[number_of(operation)]
    cdef void *loop = loop_of_rule(code, number == "f", back)
    if not loop:
        raise LookupError(f"there is no loop of {operation!r}")
    return <intptr_t>loop, code


include "c/reading.pxi"  # Graph
include "c/distinct.pxi"
include "c/running.pxi"  # Run
