"""The file of C that rules.py is compiled with: a function for every operation of the rule book, and a switch."""

import re
from collections.abc import Iterable

from ..operations import Operation
from .lists import Program, Unwritable, program
from .writer import OF_C, Writer

_HEAD = """\
/* The rules of autograd/operations.py, written by autograd/rules_in_c when the core was compiled.

   Each function gives the value of an operation, and writes its partial derivatives to d. Of an operation on lists,
   n is the length of a list and x has its members, of two lists one after the other. */

#include <Python.h>
#include <math.h>

#ifndef OF_THREAD /* how a variable of each thread is declared: for who computes without Python's lock */
#define OF_THREAD
#endif
static OF_THREAD int has_result;

static inline double no_result(void) { /* Python, which computes it then, says what is wrong */
    has_result = 0;
    return NAN;
}

static inline int is_index(double x, Py_ssize_t n) { return x == floor(x) && 0.0 <= x && x < (double)n; }

/* The first of equals; nan as soon as one is nan. */
static inline double largest(double a, double b) { return b > a || b != b ? b : a; }
static inline double smallest(double a, double b) { return b < a || b != b ? b : a; }
"""
_RESERVED = OF_C | {
    "d", "i", "n", "t", "y", "double", "int", "fabs", "largest", "smallest", "is_index", "auto", "break", "case",
    "char", "const", "continue", "default", "do", "else", "enum", "extern", "float", "for", "goto", "if", "inline",
    "long", "register", "restrict", "return", "short", "signed", "sizeof", "static", "struct", "switch", "typedef",
    "union", "unsigned", "void", "volatile", "while",
}  # fmt: skip
_OF_IEEE_ALONE = re.compile(r"\bieee_(?!(?:hypot|pow)\b)")  # of ieee.py there are hypot and pow along rows


def functions_of_ieee(types: str) -> dict[str, int]:
    """How many numbers the compiled functions of ieee.py take, from the text of ieee.pxd."""
    found = re.findall(r"^cpdef double (\w+)\(([^)]*)\) noexcept", types, re.MULTILINE)
    return {name: parameters.count("double") for name, parameters in found}


def rule_in_c(operation: Operation, ieee: Iterable[str] = ()) -> str:
    """The function of one operation.

    Args:
        ieee: the functions of ieee.py that are compiled.

    Raises:
        Unwritable: when C cannot say it.

    >>> from autograd import OPERATIONS
    >>> print(rule_in_c(OPERATIONS["elu"]))
    /* elu(x, alpha) = x where x > 0, else alpha·(eˣ - 1) */
    static inline double rule_elu(double x, double alpha, double *d) {
        const double t1 = x <= 0.0 ? expm1(x) : 0.0;
        const double y = x <= 0.0 ? alpha * t1 : x;
        d[0] = x <= 0.0 ? alpha * exp(x) : 1.0;
        d[1] = x <= 0.0 ? t1 : 0.0;
        return y;
    }
    """
    return _function(operation, program(operation), ieee)[0]


def _function(operation: Operation, rule: Program, ieee: Iterable[str]) -> tuple[str, int]:
    """The text, and how many lists it keeps on the way."""
    if rule.value is None:
        raise Unwritable("it computes nothing")
    names = [_name(name, i, bool(rule.lists)) for i, name in enumerate(operation.operands)]
    writer = Writer(rule, names, ieee)
    writer.write("y" if "y" not in names else "result")
    parameters = [f"double {name}" for name in names[: rule.operands]]
    if rule.lists:
        parameters += ["Py_ssize_t n", "const double *x"]
    parameters.append("double *d")
    if writer.stored:
        parameters.append("double *t")
    title = f"{operation.name}({', '.join(operation.operands)})" + (f" = {operation.formula}" * bool(operation.formula))
    comment = title.replace("*/", "* /").replace("/*", "/ *")
    head = f"static inline double rule_{operation.name}({', '.join(parameters)}) {{"
    return "\n".join([f"/* {comment} */", head, *writer.lines, "}"]), writer.stored


def _name(name: str, position: int, of_lists: bool) -> str:
    """The name of an operand, or another where C has this one already."""
    free = name.isascii() and name not in _RESERVED - {"y"} and not re.fullmatch(r"t\d+|rule_.*|ieee_.*", name)
    return name if free and not (of_lists and name == "x") else f"x{position}"


def header(operations: Iterable[Operation], types_of_ieee: str) -> str:
    """The file, for the operations of the rule book.

    Args:
        types_of_ieee: the text of ieee.pxd.
    """
    ieee = functions_of_ieee(types_of_ieee)
    functions, cases, names, most = [], [], [], 0
    alone: dict[int, list[str]] = {1: [], 2: []}  # rules of one operand and of two, for the machines
    for operation in operations:
        try:
            if not re.fullmatch(r"\w+", operation.name, re.ASCII):
                raise Unwritable("its name is none in C")
            rule = program(operation)
            text, stored = _function(operation, rule, ieee)
        except Unwritable as reason:
            functions.append(f"/* {operation.name} is computed by Python: {str(reason).replace('*/', '* /')} */")
            continue
        names.append(operation.name)
        functions.append(text)
        if not rule.lists and rule.operands in alone and not _OF_IEEE_ALONE.search(text):
            alone[rule.operands].append(operation.name)
        cases.append(_case(operation, rule, len(names), bool(stored)))
        most = max(most, stored)
    used = [name for name in ieee if any(f"ieee_{name}(" in function for function in functions)]
    parts = [_HEAD, *[_of_ieee(name, ieee[name]) for name in used], "", "\n\n".join(functions), "", *_lists(alone)]
    parts.append(_switch(cases))
    return "\n".join([*parts, _tables(names, used, ieee, most)])


def _of_ieee(name: str, operands: int) -> str:
    letters = "abcdefgh"[:operands]
    return (
        f"static double (*{name}_of_ieee)({'double, ' * operands}int);\n"
        f"static inline double ieee_{name}({', '.join(f'double {letter}' for letter in letters)}) "
        f"{{ return {name}_of_ieee({', '.join(letters)}, 0); }}"
    )


def _case(operation: Operation, rule: Program, number: int, stores: bool) -> str:
    given = [f"x[{i}]" for i in range(rule.operands)]
    if rule.lists:
        members = f"(n - {rule.operands})" if rule.operands else "n"
        condition = f"{members} < {rule.lists}" + (f" || {members} % {rule.lists}" if rule.lists > 1 else "")
        members += f" / {rule.lists}" if rule.lists > 1 else ""
        given += [members, f"x + {rule.operands}" if rule.operands else "x"]
    else:
        condition = f"n != {rule.operands}"
    given += ["d"] + ["d + n"] * stores
    return f"    case {number}: if ({condition}) return 0; x[n] = rule_{operation.name}({', '.join(given)}); break;"


def _switch(cases: list[str]) -> str:
    return "\n".join([
        "/* Compute the rule of this number. Of the n operands in x, the value goes to x[n], the partial derivatives",
        "   follow it. 0 where Python is to do it. */",
        "static inline int compute_in_c(int number, Py_ssize_t n, double *x) {",
        "    double *d = x + n + 1;",
        "    has_result = 1;",
        "    switch (number) {",
        *cases,
        "    default: return 0;",
        "    }",
        "    return has_result;",
        "}",
        "",
    ])  # fmt: skip


def _lists(alone: dict[int, list[str]]) -> list[str]:
    """Macros that do something with each of the rules: by the number of their operands."""
    words = {1: "ONE", 2: "TWO"}
    lines = ["/* The rules of one operand and of two that call of ieee.py at most hypot and pow, for the machines. */"]
    for count, names in alone.items():
        lines.append(f"#define RULES_OF_{words[count]}(X) {' '.join([f'X({name})' for name in names])}")
    return [*lines, ""]


def _tables(names: list[str], used: list[str], ieee: dict[str, int], most: int) -> str:
    lines = [f"#define LISTS_KEPT {most} /* at most, by one rule */", ""]
    lines.append("static const char *const rules_in_c[] = {")
    lines += [f'    "{name}",' for name in names] + ["    NULL};", ""]
    lines += [
        "/* Take what ieee.py has compiled from where Cython leaves it; -1 where it is not there. */",
        "static inline int find_functions_of_ieee(PyObject *capsules) {",
        "    PyObject *capsule = capsules;",
        "    (void)capsule;",
    ]
    for name in used:
        signature = f"double ({'double, ' * ieee[name]}int __pyx_skip_dispatch)"
        lines += [
            f'    capsule = PyDict_GetItemString(capsules, "{name}");',
            f'    if (!capsule || !PyCapsule_IsValid(capsule, "{signature}")) return -1;',
            f'    *(void **)&{name}_of_ieee = PyCapsule_GetPointer(capsule, "{signature}");',
        ]
    return "\n".join([*lines, "    return 0;", "}", ""])
