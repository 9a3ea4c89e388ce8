/* The rules along columns: see rows.c. */

#include <stdint.h>

#include "processors.h"

#define LANES 8 /* a column has room for a whole number of so many rows, and all of them are computed */
#define WHOLE_LANES(rows) (((rows) + LANES - 1) / LANES * LANES)
#define FARTHEST 524288.0 /* 2¹⁹: so far reach the sine and its kin of elementary.h */
#define EACH_ROW for (int64_t i = 0; i < rows; i++)

/* Rules of the same number, of which the second one is a part of how the first one changes: together they compute once
   what they share. */
#define PAIRS(X)                                                                                                       \
    X(erf, _bell) X(ndtr, _density) X(sin, cos) X(sinh, cosh) X(tanh, _sech_squared) X(softplus, sigmoid) X(expm1, exp)

/* Rules of several operands: of so many, C makes vector instructions of them. */
#define OTHERS(X) X(where, 3) X(maximum, 2) X(minimum, 2)

/* The value y of a, b and c, or of the first of them; with it the partial derivatives p, q and r; or p alone. */
typedef void (*Along)(int64_t rows, const double *a, const double *b, const double *c, double *y, double *p, double *q,
                      double *r);

typedef struct {
    Along value, both, slope; /* slope: of one operand, else NULL */
} Kernel;

#if defined(__GNUC__)
__attribute__((visibility("hidden")))
#endif
extern const Kernel kernels[]; /* in the order of RULES_OF_ONE, RULES_OF_TWO and OTHERS */
#if defined(__GNUC__)
__attribute__((visibility("hidden")))
#endif
extern const Along pairs[]; /* in the order of PAIRS: the value of the first rule to y, that of the second one to p */
