/* Rules of one operand as inner loops, of the kind that NumPy's are (ufunc.h): values, and dy times the derivative.

   The rules along columns (rows.c), a few numbers at a time, which are gathered wherever they lie. Those of float32 are
   computed as doubles and rounded once. */

enum { FEW_NUMBERS = 128 }; /* a multiple of LANES */

static void values_of(int code, int64_t rows, const double *x, double *y) {
    kernels[code - OTHER - 1].value(rows, x, x, x, y, y, y, y);
    if (has_beyond(code) && any_beyond(rows, x)) forward_beyond(code, rows, x, y, y, 0);
}

static void slopes_of(int code, int64_t rows, const double *x, double *p) {
    double y[FEW_NUMBERS];
    kernels[code - OTHER - 1].slope(rows, x, x, x, y, p, p, p);
    if (has_beyond(code) && any_beyond(rows, x)) forward_beyond(code, rows, x, y, p, 1);
}

#define LOOPS(TYPE)                                                                                                    \
    FOR_EACH_PROCESSOR static void times_##TYPE(const char *in, intptr_t step, int64_t rows, double *p) {              \
        const TYPE *one = (const TYPE *)in;                                                                            \
        if (step == sizeof(TYPE)) EACH_ROW p[i] *= one[i];                                                             \
        else EACH_ROW p[i] *= *(const TYPE *)(in + i * step);                                                          \
    }                                                                                                                  \
    static void values_##TYPE(char **operands, const intptr_t *length, const intptr_t *strides, void *code) {          \
        double x[FEW_NUMBERS], y[FEW_NUMBERS];                                                                         \
        for (int64_t start = 0; start < *length; start += FEW_NUMBERS) {                                               \
            const int64_t rows = *length - start < FEW_NUMBERS ? *length - start : FEW_NUMBERS;                        \
            gather_##TYPE(operands[0] + start * strides[0], strides[0], rows, x);                                      \
            values_of((int)(intptr_t)code, rows, x, y);                                                                \
            spread_##TYPE(operands[1] + start * strides[1], strides[1], rows, y);                                      \
        }                                                                                                              \
    }                                                                                                                  \
    static void flows_##TYPE(char **operands, const intptr_t *length, const intptr_t *strides, void *code) {           \
        double x[FEW_NUMBERS], p[FEW_NUMBERS];                                                                         \
        for (int64_t start = 0; start < *length; start += FEW_NUMBERS) {                                               \
            const int64_t rows = *length - start < FEW_NUMBERS ? *length - start : FEW_NUMBERS;                        \
            gather_##TYPE(operands[0] + start * strides[0], strides[0], rows, x);                                      \
            slopes_of((int)(intptr_t)code, rows, x, p);                                                                \
            times_##TYPE(operands[1] + start * strides[1], strides[1], rows, p);                                       \
            spread_##TYPE(operands[2] + start * strides[2], strides[2], rows, p);                                      \
        }                                                                                                              \
    }                                                                                                                  \
    static void values_of_two_##TYPE(char **operands, const intptr_t *length, const intptr_t *strides, void *code) {   \
        double x[FEW_NUMBERS], z[FEW_NUMBERS], y[FEW_NUMBERS];                                                         \
        for (int64_t start = 0; start < *length; start += FEW_NUMBERS) {                                               \
            const int64_t rows = *length - start < FEW_NUMBERS ? *length - start : FEW_NUMBERS;                        \
            gather_##TYPE(operands[0] + start * strides[0], strides[0], rows, x);                                      \
            gather_##TYPE(operands[1] + start * strides[1], strides[1], rows, z);                                      \
            kernels[(int)(intptr_t)code - OTHER - 1].value(rows, x, z, x, y, y, y, y);                                 \
            spread_##TYPE(operands[2] + start * strides[2], strides[2], rows, y);                                      \
        }                                                                                                              \
    }

LOOPS(double)
LOOPS(float)

/* The loop of a rule for numbers of this type: of its values, or of what flows back. NULL where there is none. */
static void *loop_of_rule(int code, int is_float, int is_back) {
    if (code <= OTHER || code >= FIRST_OF_OTHERS) return 0;
    if (!kernels[code - OTHER - 1].slope) {
        if (is_back) return 0;
        return is_float ? (void *)values_of_two_float : (void *)values_of_two_double;
    }
    if (is_back) return is_float ? (void *)flows_float : (void *)flows_double;
    return is_float ? (void *)values_float : (void *)values_double;
}
