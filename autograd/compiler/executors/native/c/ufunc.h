/* NumPy's inner loops: what a ufunc object holds, as far as we read it.

   The struct is public (numpy/ufuncobject.h), and its beginning is the same since NumPy 1.0. With the lines below, no
   headers of NumPy are needed to build, and one build serves all its versions. `loop_of` looks whether the fields are
   what Python says of the ufunc before anything is called, and loops.py compares every loop with its ufunc. */

#include <Python.h>
#include <stdint.h>

typedef void (*Loop)(char **operands, const intptr_t *length, const intptr_t *strides, void *data);

typedef struct {
    PyObject_HEAD
    int inputs, outputs, operands;
    int identity;
    Loop *functions;
    void *const *data;
    int count;
    int reserved;
    const char *name;
    const char *types; /* of the operands of each loop, one after the other */
} Ufunc;
