/* Sums of squares, as double, for sweeps.py: the same bits on every processor, since the order does not depend on it. */

#include <stdint.h>

#include "compiler/executors/native/c/processors.h"

#define LANES 16 /* sums that grow side by side, so that vector instructions can add them */

#define SQUARES(NAME, TYPE)                                                                                            \
    FOR_EACH_PROCESSOR static double NAME(intptr_t n, const TYPE *x) {                                                 \
        double lanes[LANES] = {0.0}, sum = 0.0;                                                                        \
        intptr_t i = 0;                                                                                                \
        for (; i + LANES <= n; i += LANES)                                                                             \
            for (int k = 0; k < LANES; k++) lanes[k] += (double)x[i + k] * (double)x[i + k];                           \
        for (int k = 0; i + k < n; k++) lanes[k] += (double)x[i + k] * (double)x[i + k];                               \
        for (int k = 0; k < LANES; k++) sum += lanes[k];                                                               \
        return sum;                                                                                                    \
    }

SQUARES(squares_of_doubles, double)
SQUARES(squares_of_floats, float)
