/* Sums along several axes, and lookups by tables of positions. */

#include "arithmetic.h"

#if defined(__GNUC__)
#define VECTORS /* there are types of several numbers, which a processor without them computes in parts */
#endif
#define AS_IN_MEMORY(TYPE, BYTES) TYPE __attribute__((vector_size(BYTES), aligned(sizeof(TYPE)), may_alias))
#define NUMBERS(VECTOR) ((int64_t)(sizeof(VECTOR) / sizeof(TYPE)))

/* --------------------------------------------------------------------------------------------- of each type */

#ifdef VECTORS
typedef AS_IN_MEMORY(double, 64) wide_d;
typedef AS_IN_MEMORY(float, 64) wide_f;
typedef AS_IN_MEMORY(uint8_t, 64) wide_b;
typedef AS_IN_MEMORY(double, 16) narrow_d;
typedef AS_IN_MEMORY(float, 16) narrow_f;
typedef AS_IN_MEMORY(uint8_t, 16) narrow_b;
#endif

#define TYPE double
#define OF(name) name##_d
#define ADD(a, b) ((a) + (b))
#define MUL(a, b) ((a) * (b))
#include "kernels_of_type.h"
#undef TYPE
#undef OF
#define TYPE float
#define OF(name) name##_f
#include "kernels_of_type.h"
#undef TYPE
#undef OF
#undef ADD
#undef MUL
#define TYPE uint8_t /* booleans: a sum is whether one of them holds */
#define OF(name) name##_b
#define ADD(a, b) ((a) | (b))
#define MUL(a, b) ((a) & (b))
#include "kernels_of_type.h"

#define BY_TYPE(name)                                                                                                  \
    static void name(const Word *word, int64_t rows) {                                                                 \
        switch (*word) {                                                                                               \
        case DOUBLE: name##_d(word + 1, rows); break;                                                                  \
        case FLOAT: name##_f(word + 1, rows); break;                                                                   \
        case BOOLEAN: name##_b(word + 1, rows); break;                                                                 \
        }                                                                                                              \
    }

BY_TYPE(reduce)
BY_TYPE(move)
BY_TYPE(take)
BY_TYPE(put)

/* The positions that indices choose, checked. type rows n choices | table | index: address, bytes of a row, positions |
   chosen: address, numbers of a row. 1 where an index is no whole number from 0 to choices - 1. */
static int choose(const Word *word, int64_t rows, Machine *machine) {
    const int is_float = word[0] == FLOAT;
    const int64_t n_rows = length_of(word[1], rows), n = word[2], choices = word[3];
    const int64_t *table = (const int64_t *)(intptr_t)word[4], *at = (const int64_t *)(intptr_t)word[7];
    for (int64_t row = 0; row < n_rows; row++) {
        const char *index = (const char *)(intptr_t)word[5] + row * word[6];
        int64_t *chosen = (int64_t *)(intptr_t)word[8] + row * word[9];
        for (int64_t i = 0; i < n; i++) {
            const double x = is_float ? (double)((const float *)index)[at[i]] : ((const double *)index)[at[i]];
            if (!(x >= 0.0 && x < (double)choices && x == floor(x))) {
                machine->wrong_index = x;
                machine->wrong_choices = choices;
                machine->wrong_row = word[1] < 0 ? machine->first_row + row : -1;
                return 1;
            }
            chosen[i] = table[i * choices + (int64_t)x];
        }
    }
    return 0;
}
