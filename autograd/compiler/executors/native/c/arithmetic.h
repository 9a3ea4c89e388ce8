/* + - × and the like along two axes: their bits are those of NumPy, since each is rounded once. NumPy's loops go along
   one axis; a call for every row of a few numbers costs more than the numbers. */

#include <float.h>

#include "processors.h"

/* operands, lengths of the inner and the outer axis, strides of the operands along the inner axis, then the outer. */
typedef void (*Loop2)(char **operands, const intptr_t *lengths, const intptr_t *inner, const intptr_t *outer);

#if defined(__GNUC__) && !defined(__clang__)
#define APART _Pragma("GCC ivdep") /* the result may lie where an operand does, but nowhere between */
#else
#define APART
#endif

#define ALONG(A, B, X, Y, TO, RESULT)                                                                                  \
    for (intptr_t i = 0; i < n; i++) {                                                                                 \
        const A x = X;                                                                                                 \
        const B y = Y;                                                                                                 \
        TO = RESULT;                                                                                                   \
    }

/* Numbers that lie apart, eight at a time, so that what is computed of them is a vector. A function of its own: where all
   else is one function, its short loops take longer. */
#define OF_NUMBERS_APART(NAME, A, B, R, RESULT)                                                                        \
    FOR_EACH_PROCESSOR static void NAME(const char *in_a, const char *in_b, char *out, intptr_t n, intptr_t by_a,      \
                                        intptr_t by_b, intptr_t to) {                                                  \
        intptr_t i = 0;                                                                                                \
        for (; i + 8 <= n && to; i += 8) {                                                                             \
            A xs[8];                                                                                                   \
            B ys[8];                                                                                                   \
            R results[8];                                                                                              \
            for (int k = 0; k < 8; k++) xs[k] = *(const A *)(in_a + (i + k) * by_a);                                   \
            for (int k = 0; k < 8; k++) ys[k] = *(const B *)(in_b + (i + k) * by_b);                                   \
            for (int k = 0; k < 8; k++) {                                                                              \
                const A x = xs[k];                                                                                     \
                const B y = ys[k];                                                                                     \
                results[k] = RESULT;                                                                                   \
            }                                                                                                          \
            for (int k = 0; k < 8; k++) *(R *)(out + (i + k) * to) = results[k];                                       \
        }                                                                                                              \
        for (; i < n; i++) {                                                                                           \
            const A x = *(const A *)(in_a + i * by_a);                                                                 \
            const B y = *(const B *)(in_b + i * by_b);                                                                 \
            *(R *)(out + i * to) = RESULT;                                                                             \
        }                                                                                                              \
    }

#define OF_TWO_NUMBERS(NAME, A, B, R, RESULT)                                                                          \
    OF_NUMBERS_APART(NAME##_apart, A, B, R, RESULT)                                                                    \
    FOR_EACH_PROCESSOR static void NAME(char **operands, const intptr_t *lengths, const intptr_t *inner,               \
                                        const intptr_t *outer) {                                                       \
        const intptr_t n = lengths[0], by_a = inner[0], by_b = inner[1], to = inner[2];                                \
        for (intptr_t j = 0; j < lengths[1]; j++) {                                                                    \
            const char *in_a = operands[0] + j * outer[0], *in_b = operands[1] + j * outer[1];                         \
            char *out = operands[2] + j * outer[2];                                                                    \
            const A *a = (const A *)in_a;                                                                              \
            const B *b = (const B *)in_b;                                                                              \
            R *r = (R *)out;                                                                                           \
            if (to == sizeof(R) && by_a == sizeof(A) && by_b == sizeof(B))                                             \
                APART ALONG(A, B, a[i], b[i], r[i], RESULT)                                                            \
            else if (to == sizeof(R) && by_a == 0 && by_b == sizeof(B)) {                                              \
                const A one = *a;                                                                                      \
                APART ALONG(A, B, one, b[i], r[i], RESULT)                                                             \
            } else if (to == sizeof(R) && by_a == sizeof(A) && by_b == 0) {                                            \
                const B one = *b;                                                                                      \
                APART ALONG(A, B, a[i], one, r[i], RESULT)                                                             \
            } else                                                                                                     \
                NAME##_apart(in_a, in_b, out, n, by_a, by_b, to);                                                      \
        }                                                                                                              \
    }

OF_TWO_NUMBERS(add_d, double, double, double, x + y)
OF_TWO_NUMBERS(add_f, float, float, float, x + y)
OF_TWO_NUMBERS(subtract_d, double, double, double, x - y)
OF_TWO_NUMBERS(subtract_f, float, float, float, x - y)
OF_TWO_NUMBERS(multiply_d, double, double, double, x * y)
OF_TWO_NUMBERS(multiply_f, float, float, float, x * y)
OF_TWO_NUMBERS(divide_d, double, double, double, x / y)
OF_TWO_NUMBERS(divide_f, float, float, float, x / y)
OF_TWO_NUMBERS(maximum_d, double, double, double, x >= y || x != x ? x : y)
OF_TWO_NUMBERS(maximum_f, float, float, float, x >= y || x != x ? x : y)
OF_TWO_NUMBERS(minimum_d, double, double, double, x <= y || x != x ? x : y)
OF_TWO_NUMBERS(minimum_f, float, float, float, x <= y || x != x ? x : y)
OF_TWO_NUMBERS(masked_d, double, uint8_t, double, x * (y ? 1.0 : 0.0)) /* a number times a boolean */
OF_TWO_NUMBERS(masked_f, float, uint8_t, float, x * (y ? 1.0f : 0.0f))

OF_TWO_NUMBERS(less_d, double, double, uint8_t, x < y)
OF_TWO_NUMBERS(less_f, float, float, uint8_t, x < y)
OF_TWO_NUMBERS(less_equal_d, double, double, uint8_t, x <= y)
OF_TWO_NUMBERS(less_equal_f, float, float, uint8_t, x <= y)
OF_TWO_NUMBERS(greater_d, double, double, uint8_t, x > y)
OF_TWO_NUMBERS(greater_f, float, float, uint8_t, x > y)
OF_TWO_NUMBERS(greater_equal_d, double, double, uint8_t, x >= y)
OF_TWO_NUMBERS(greater_equal_f, float, float, uint8_t, x >= y)

#define CHOICE(NAME, TYPE)                                                                                             \
    FOR_EACH_PROCESSOR static void NAME(char **operands, const intptr_t *lengths, const intptr_t *inner,               \
                                        const intptr_t *outer) {                                                       \
        const intptr_t n = lengths[0], by_c = inner[0], by_a = inner[1], by_b = inner[2], to = inner[3];               \
        for (intptr_t j = 0; j < lengths[1]; j++) {                                                                    \
            const char *in_c = operands[0] + j * outer[0], *in_a = operands[1] + j * outer[1];                         \
            const char *in_b = operands[2] + j * outer[2];                                                             \
            char *out = operands[3] + j * outer[3];                                                                    \
            const uint8_t *c = (const uint8_t *)in_c;                                                                  \
            const TYPE *a = (const TYPE *)in_a, *b = (const TYPE *)in_b;                                               \
            TYPE *r = (TYPE *)out;                                                                                     \
            const intptr_t size = sizeof(TYPE);                                                                        \
            if (to == size && by_c == 1 && by_a == size && by_b == size)                                               \
                APART ALONG(TYPE, TYPE, a[i], b[i], r[i], c[i] ? x : y)                                                \
            else if (to == size && by_c == 1 && by_a == size && by_b == 0) {                                           \
                const TYPE one = *b;                                                                                   \
                APART ALONG(TYPE, TYPE, a[i], one, r[i], c[i] ? x : y)                                                 \
            } else                                                                                                     \
                ALONG(TYPE, TYPE, *(const TYPE *)(in_a + i * by_a), *(const TYPE *)(in_b + i * by_b),                  \
                      *(TYPE *)(out + i * to), in_c[i * by_c] ? x : y)                                                 \
        }                                                                                                              \
    }

CHOICE(where_d, double)
CHOICE(where_f, float)

/* x, dy, result: dy where x is not ≤ 0, and 0·dy where it is: relu's derivative by the rule book, times dy. */
OF_TWO_NUMBERS(passed_d, double, double, double, (x <= 0.0 ? 0.0 : 1.0) * y)
OF_TWO_NUMBERS(passed_f, float, float, float, (x <= 0.0f ? 0.0f : 1.0f) * y)

/* The kin of relu and its derivative: each of the rule book, times dy where there is one. A condition is a number. */
OF_TWO_NUMBERS(signed_d, double, double, double, y * (x > 0 ? 1 : x < 0 ? -1 : 0 * x))
OF_TWO_NUMBERS(signed_f, float, float, float, y * (x > 0 ? 1 : x < 0 ? -1 : 0 * x))
OF_TWO_NUMBERS(if_chosen_d, double, double, double, (x != 0 ? 1.0 : 0.0) * y)
OF_TWO_NUMBERS(if_chosen_f, float, float, float, (x != 0 ? 1.0f : 0.0f) * y)
OF_TWO_NUMBERS(if_not_chosen_d, double, double, double, (x != 0 ? 0.0 : 1.0) * y)
OF_TWO_NUMBERS(if_not_chosen_f, float, float, float, (x != 0 ? 0.0f : 1.0f) * y)

/* Of three or four numbers, x, y, z and u; the last operand is the result. */
#define OF_SEVERAL_NUMBERS(NAME, TYPE, COUNT, RESULT)                                                                  \
    FOR_EACH_PROCESSOR static void NAME(char **operands, const intptr_t *lengths, const intptr_t *inner,               \
                                        const intptr_t *outer) {                                                       \
        const intptr_t n = lengths[0], size = sizeof(TYPE);                                                            \
        const intptr_t by_x = inner[0], by_y = inner[1], by_z = inner[2], by_u = inner[COUNT - 1], to = inner[COUNT];  \
        for (intptr_t j = 0; j < lengths[1]; j++) {                                                                    \
            const char *in_x = operands[0] + j * outer[0], *in_y = operands[1] + j * outer[1];                         \
            const char *in_z = operands[2] + j * outer[2], *in_u = operands[COUNT - 1] + j * outer[COUNT - 1];         \
            char *out = operands[COUNT] + j * outer[COUNT];                                                            \
            if (by_x == size && by_y == size && by_z == size && by_u == size && to == size)                            \
                APART ALONG_SEVERAL(TYPE, size, size, size, size, size, RESULT)                                        \
            else if (by_x == size && by_y == 0 && by_z == size && by_u == size && to == size)                          \
                APART ALONG_SEVERAL(TYPE, size, 0, size, size, size, RESULT)                                           \
            else                                                                                                       \
                ALONG_SEVERAL(TYPE, by_x, by_y, by_z, by_u, to, RESULT)                                                \
        }                                                                                                              \
    }

#define ALONG_SEVERAL(TYPE, BY_X, BY_Y, BY_Z, BY_U, TO, RESULT)                                                        \
    for (intptr_t i = 0; i < n; i++) {                                                                                 \
        const TYPE x = *(const TYPE *)(in_x + i * (BY_X)), y = *(const TYPE *)(in_y + i * (BY_Y));                     \
        const TYPE z = *(const TYPE *)(in_z + i * (BY_Z)), u = *(const TYPE *)(in_u + i * (BY_U));                     \
        (void)u;                                                                                                       \
        *(TYPE *)(out + i * (TO)) = RESULT;                                                                            \
    }

#define BENT(TYPE) (x <= 0 ? y : (TYPE)1) * z                                      /* leaky_relu' */
#define CHOSEN (x != 0 ? y : z)                                                    /* where */
#define LARGER_OF_TWO(TYPE) (x == z ? (y == z ? (TYPE)0.5 : (TYPE)1) : (y == z ? (TYPE)0 : (TYPE)NAN)) * u /* maximum' */
OF_SEVERAL_NUMBERS(bent_d, double, 3, BENT(double))
OF_SEVERAL_NUMBERS(bent_f, float, 3, BENT(float))
OF_SEVERAL_NUMBERS(chosen_d, double, 3, CHOSEN)
OF_SEVERAL_NUMBERS(chosen_f, float, 3, CHOSEN)
OF_SEVERAL_NUMBERS(extreme_d, double, 4, LARGER_OF_TWO(double))
OF_SEVERAL_NUMBERS(extreme_f, float, 4, LARGER_OF_TWO(float))

OF_TWO_NUMBERS(leaky_d, double, double, double, x <= 0 ? y * x : x)
OF_TWO_NUMBERS(leaky_f, float, float, float, x <= 0 ? y * x : x)

/* Two operands, their sum, and relu of that: what a layer does after its product. */
#define SUM_AND_RELU(NAME, TYPE)                                                                                       \
    FOR_EACH_PROCESSOR static void NAME(char **operands, const intptr_t *lengths, const intptr_t *inner,               \
                                        const intptr_t *outer) {                                                       \
        const intptr_t n = lengths[0], size = sizeof(TYPE);                                                            \
        const int along = inner[0] == size && inner[1] == size && inner[2] == size && inner[3] == size;                \
        for (intptr_t j = 0; j < lengths[1]; j++) {                                                                    \
            const char *in_a = operands[0] + j * outer[0], *in_b = operands[1] + j * outer[1];                         \
            char *to_sum = operands[2] + j * outer[2], *to_relu = operands[3] + j * outer[3];                          \
            if (along) {                                                                                               \
                const TYPE *a = (const TYPE *)in_a, *b = (const TYPE *)in_b;                                           \
                TYPE *sum = (TYPE *)to_sum, *relu = (TYPE *)to_relu;                                                   \
                APART for (intptr_t i = 0; i < n; i++) {                                                               \
                    const TYPE x = a[i] + b[i];                                                                        \
                    sum[i] = x;                                                                                        \
                    relu[i] = x <= 0 ? 0 : x;                                                                          \
                }                                                                                                      \
            } else                                                                                                     \
                for (intptr_t i = 0; i < n; i++) {                                                                     \
                    const TYPE x = *(const TYPE *)(in_a + i * inner[0]) + *(const TYPE *)(in_b + i * inner[1]);        \
                    *(TYPE *)(to_sum + i * inner[2]) = x;                                                              \
                    *(TYPE *)(to_relu + i * inner[3]) = x <= 0 ? 0 : x;                                                \
                }                                                                                                      \
        }                                                                                                              \
    }

OF_TWO_NUMBERS(relu_of_sum_d, double, double, double, (x + y) <= 0 ? 0 : x + y) /* where nobody needs the sum */
OF_TWO_NUMBERS(relu_of_sum_f, float, float, float, (x + y) <= 0 ? 0 : x + y)
SUM_AND_RELU(sum_and_relu_d, double)
SUM_AND_RELU(sum_and_relu_f, float)

#define ALONG_ONE(A, X, TO, RESULT)                                                                                    \
    for (intptr_t i = 0; i < n; i++) {                                                                                 \
        const A x = X;                                                                                                 \
        TO = RESULT;                                                                                                   \
    }

/* Of one number; the second operand is the result. */
#define OF_ONE_NUMBER(NAME, A, R, RESULT)                                                                              \
    FOR_EACH_PROCESSOR static void NAME(char **operands, const intptr_t *lengths, const intptr_t *inner,               \
                                        const intptr_t *outer) {                                                       \
        const intptr_t n = lengths[0], by_a = inner[0], to = inner[1];                                                 \
        for (intptr_t j = 0; j < lengths[1]; j++) {                                                                    \
            const char *in_a = operands[0] + j * outer[0];                                                             \
            char *out = operands[1] + j * outer[1];                                                                    \
            const A *a = (const A *)in_a;                                                                              \
            R *r = (R *)out;                                                                                           \
            if (to == sizeof(R) && by_a == sizeof(A))                                                                  \
                APART ALONG_ONE(A, a[i], r[i], RESULT)                                                                 \
            else if (to == sizeof(R) && by_a == 0) {                                                                   \
                const A one = *a;                                                                                      \
                APART ALONG_ONE(A, one, r[i], RESULT)                                                                  \
            } else                                                                                                     \
                ALONG_ONE(A, *(const A *)(in_a + i * by_a), *(R *)(out + i * to), RESULT)                              \
        }                                                                                                              \
    }

OF_ONE_NUMBER(copy_d, double, double, x)
OF_ONE_NUMBER(copy_f, float, float, x)
OF_ONE_NUMBER(copy_b, uint8_t, uint8_t, x)
OF_ONE_NUMBER(relu_d, double, double, x <= 0.0 ? 0.0 : x)
OF_ONE_NUMBER(relu_f, float, float, x <= 0.0f ? 0.0f : x)
OF_ONE_NUMBER(negative_d, double, double, -x)
OF_ONE_NUMBER(negative_f, float, float, -x)
#include "scaled_products.h"

/* x to the power of -1/2 and -3/2, as pow has them at ±0 and -∞. */
#define LARGEST_double DBL_MAX
#define LARGEST_float FLT_MAX
#define INVERSE_ROOT(TYPE, ROOT) (x < 0 ? (x < -LARGEST_##TYPE ? (TYPE)0 : (TYPE)NAN) : 1 / ROOT(x + 0))
OF_ONE_NUMBER(inverse_root_d, double, double, INVERSE_ROOT(double, sqrt))
OF_ONE_NUMBER(inverse_root_f, float, float, INVERSE_ROOT(float, sqrtf))
OF_ONE_NUMBER(inverse_root_of_cube_d, double, double, INVERSE_ROOT(double, sqrt) / (x < 0 ? 1 : x + 0))
OF_ONE_NUMBER(inverse_root_of_cube_f, float, float, INVERSE_ROOT(float, sqrtf) / (x < 0 ? 1 : x + 0))
OF_ONE_NUMBER(number_d, uint8_t, double, x ? 1.0 : 0.0)
OF_ONE_NUMBER(number_f, uint8_t, float, x ? 1.0f : 0.0f)

/* By name and type: where Python finds them. */
typedef struct {
    const char *name;
    Loop2 loop;
} Arithmetic;

static const Arithmetic arithmetic[] = {
    {"add d", add_d},
    {"add f", add_f},
    {"subtract d", subtract_d},
    {"subtract f", subtract_f},
    {"multiply d", multiply_d},
    {"multiply f", multiply_f},
    {"divide d", divide_d},
    {"divide f", divide_f},
    {"maximum d", maximum_d},
    {"maximum f", maximum_f},
    {"minimum d", minimum_d},
    {"minimum f", minimum_f},
    {"masked d", masked_d},
    {"masked f", masked_f},
    {"passed d", passed_d},
    {"passed f", passed_f},
    {"signed d", signed_d},
    {"signed f", signed_f},
    {"if chosen d", if_chosen_d},
    {"if chosen f", if_chosen_f},
    {"if not chosen d", if_not_chosen_d},
    {"if not chosen f", if_not_chosen_f},
    {"bent d", bent_d},
    {"bent f", bent_f},
    {"chosen d", chosen_d},
    {"chosen f", chosen_f},
    {"extreme d", extreme_d},
    {"extreme f", extreme_f},
    {"leaky d", leaky_d},
    {"leaky f", leaky_f},
    {"relu of sum d", relu_of_sum_d},
    {"relu of sum f", relu_of_sum_f},
    {"sum and relu d", sum_and_relu_d},
    {"sum and relu f", sum_and_relu_f},
    {"where d", where_d},
    {"where f", where_f},
    {"copy d", copy_d},
    {"copy f", copy_f},
    {"copy ?", copy_b},
    {"relu d", relu_d},
    {"relu f", relu_f},
    {"negative d", negative_d},
    {"negative f", negative_f},
    {"product d", product_d},
    {"product f", product_f},
    {"add product d", add_product_d},
    {"add product f", add_product_f},
    {"inverse root d", inverse_root_d},
    {"inverse root f", inverse_root_f},
    {"inverse root of cube d", inverse_root_of_cube_d},
    {"inverse root of cube f", inverse_root_of_cube_f},
    {"number d", number_d},
    {"number f", number_f},
    {"less d", less_d},
    {"less f", less_f},
    {"less_equal d", less_equal_d},
    {"less_equal f", less_equal_f},
    {"greater d", greater_d},
    {"greater f", greater_f},
    {"greater_equal d", greater_equal_d},
    {"greater_equal f", greater_equal_f},
    {0, 0},
};

/* Whether all are finite: 0·x is nan where x is not. */
#define FINITE(NAME, TYPE)                                                                                             \
    FOR_EACH_PROCESSOR static int NAME(const TYPE *x, intptr_t n) {                                                    \
        TYPE sums[16] = {0};                                                                                           \
        intptr_t i = 0;                                                                                                \
        for (; i + 16 <= n; i += 16)                                                                                   \
            for (int k = 0; k < 16; k++) sums[k] += 0 * x[i + k];                                                      \
        for (; i < n; i++) sums[0] += 0 * x[i];                                                                        \
        for (int k = 1; k < 16; k++) sums[0] += sums[k];                                                               \
        return sums[0] == 0;                                                                                           \
    }

FINITE(finite_d, double)
FINITE(finite_f, float)
