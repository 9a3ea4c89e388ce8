/* Sums along several axes, and lookups by tables of positions. */

#include "arithmetic.h"

#if defined(__GNUC__)
#define VECTORS /* there are types of several numbers, which a processor without them computes in parts */
#endif
#define AS_IN_MEMORY(TYPE, BYTES) TYPE __attribute__((vector_size(BYTES), aligned(sizeof(TYPE)), may_alias))
#define NUMBERS(VECTOR) ((int64_t)(sizeof(VECTOR) / sizeof(TYPE)))

/* What a sum is: result (=, or += where it adds) scale · Σ left · right, or of left alone. Of its words

   adds scale factors kept summed | addresses of result, left, right |
   lengths of the axes that are kept, then of those that are summed, each inner one first | 3 strides of each axis */
typedef struct {
    int adds, factors, kept, summed;
    double scale;
    int64_t lengths[MOST_AXES];
    const int64_t *of_sum; /* the lengths of the axes that are summed */
    const Word *strides, *sum_strides;
    int64_t inner, by_inner[3]; /* the inner axis that is kept: its length and strides; if there is none, 1 and zeros */
} Reduction;

static inline void read_reduction(const Word *word, int64_t rows, Reduction *r) {
    r->adds = (int)word[0], r->factors = (int)word[2], r->kept = (int)word[3], r->summed = (int)word[4];
    memcpy(&r->scale, word + 1, sizeof r->scale);
    word += 8;
    for (int axis = 0; axis < r->kept + r->summed; axis++) r->lengths[axis] = length_of(word[axis], rows);
    r->of_sum = r->lengths + r->kept;
    r->strides = word + r->kept + r->summed, r->sum_strides = r->strides + 3 * r->kept;
    r->inner = r->kept ? r->lengths[0] : 1;
    for (int i = 0; i < 3; i++) r->by_inner[i] = r->kept ? r->strides[i] : 0;
}

/* Exchange the two inner axes that are kept: few long loops rather than many short ones. */
static inline void swap_kept(Reduction *r, Word *strides) {
    memcpy(strides, r->strides + 3, 3 * sizeof(Word));
    memcpy(strides + 3, r->strides, 3 * sizeof(Word));
    memcpy(strides + 6, r->strides + 6, 3 * (size_t)(r->kept - 2) * sizeof(Word));
    const int64_t shorter = r->lengths[0];
    r->lengths[0] = r->inner = r->lengths[1], r->lengths[1] = shorter;
    r->strides = strides;
    for (int i = 0; i < 3; i++) r->by_inner[i] = strides[i];
}

/* --------------------------------------------------------------------------------------------- of each type */

#ifdef VECTORS
typedef AS_IN_MEMORY(double, 64) wide_d;
typedef AS_IN_MEMORY(float, 64) wide_f;
typedef AS_IN_MEMORY(uint8_t, 64) wide_b;
typedef AS_IN_MEMORY(double, 16) narrow_d;
typedef AS_IN_MEMORY(float, 16) narrow_f;
typedef AS_IN_MEMORY(uint8_t, 16) narrow_b;
#endif

#define ADD(a, b) ((a) + (b))
#define MUL(a, b) ((a) * (b))
#define OF_TYPES "kernels_of_type.h"
#include "both_types.h"
#undef ADD
#undef MUL
#define TYPE uint8_t /* booleans: a sum is whether one of them holds */
#define OF(name) name##_b
#define ADD(a, b) ((a) | (b))
#define MUL(a, b) ((a) & (b))
#include "kernels_of_type.h"
#undef TYPE
#undef OF

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

/* The positions that the indices of a row choose. 0 where one of them is no whole number from 0 to choices - 1. */
#define CHOSEN_OF(TYPE, IS_RIGHT)                                                                                      \
    static inline int chosen_of_##TYPE(const TYPE *index, const int64_t *at, int64_t n, int64_t choices,               \
                                       const int64_t *table, int64_t *chosen) {                                        \
        int right = 1;                                                                                                 \
        for (int64_t i = 0; i < n; i++) {                                                                              \
            const TYPE x = index[at[i]];                                                                               \
            const int is_right = IS_RIGHT;                                                                             \
            right &= is_right;                                                                                         \
            chosen[i] = table[i * choices + (is_right ? (int64_t)x : 0)];                                              \
        }                                                                                                              \
        return right;                                                                                                  \
    }

CHOSEN_OF(double, x >= 0.0 && x < (double)choices && x == (double)(int64_t)x)
CHOSEN_OF(float, x >= 0.0f && (double)x < (double)choices && x == (float)(int64_t)x)
CHOSEN_OF(int64_t, (uint64_t)x < (uint64_t)choices)

/* The positions that indices choose, checked. type rows n choices | table | index: address, numbers of a row, positions |
   chosen: address, numbers of a row. 1 where an index is no whole number from 0 to choices - 1. Choices are negative
   where the index says whether a loop is done. */
static int choose(const Word *word, int64_t rows, Machine *machine) {
    const int is_float = word[0] == FLOAT, is_whole = word[0] == WHOLE;
    const int64_t by_row = word[6] * (int64_t)(is_float ? sizeof(float) : sizeof(double));
    const int64_t n_rows = length_of(word[1], rows), n = word[2], choices = word[3] < 0 ? -word[3] : word[3];
    const int64_t *table = (const int64_t *)word[4], *at = (const int64_t *)word[7];
    for (int64_t row = 0; row < n_rows; row++) {
        const void *index = (const char *)word[5] + row * by_row;
        int64_t *chosen = (int64_t *)word[8] + row * word[9];
        if (is_whole ? chosen_of_int64_t(index, at, n, choices, table, chosen)
            : is_float ? chosen_of_float(index, at, n, choices, table, chosen)
                       : chosen_of_double(index, at, n, choices, table, chosen))
            continue;
        for (int64_t i = 0; i < n; i++) { /* which is the first */
            machine->wrong_index = is_whole   ? (double)((const int64_t *)index)[at[i]]
                                   : is_float ? (double)((const float *)index)[at[i]]
                                              : ((const double *)index)[at[i]];
            const double x = machine->wrong_index;
            if (!(x >= 0.0 && x < (double)choices && x == floor(x))) break;
        }
        machine->wrong_choices = word[3];
        machine->wrong_row = word[1] < 0 ? machine->first_row + row : -1;
        return 1;
    }
    return 0;
}
