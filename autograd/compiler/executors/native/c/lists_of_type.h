/* Included once for each TYPE, with names that OF makes. */

#define AT(pointer, j, step) (*(TYPE *)((pointer) + (j) * (step)))
#define LOOP(name)                                                                                                     \
    FOR_EACH_PROCESSOR static void OF(name)(char **operands, intptr_t families, const intptr_t *strides,               \
                                            intptr_t members, const intptr_t *by_member)
#define NEXT_FAMILY(count) for (int k = 0; k < (count); k++) p[k] += strides[k];

/* Σ x, by eight sums, as kernels_of_type.h has it. */
INLINE TYPE OF(total_of)(const char *x, intptr_t members, intptr_t step) {
    TYPE sums[8] = {0}, rest = 0;
    intptr_t j = 0;
    if (step == sizeof(TYPE))
        for (; j + 8 <= members; j += 8)
            for (int k = 0; k < 8; k++) sums[k] += ((const TYPE *)x)[j + k];
    for (; j < members; j++) rest += AT(x, j, step);
    for (int k = 0; k < 4; k++) sums[k] += sums[k + 4];
    return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + rest;
}

#define LARGER(x, y) ((x) >= (y) || (x) != (x) ? (x) : (y)) /* nan is larger than all */

/* The largest of neighbours, COUNT of them or more, COUNT at a time; some of the last ones once more, which is the same.
   Where the sum is nan, one of them may be. */
#define LARGEST_OF(COUNT)                                                                                              \
    {                                                                                                                  \
        TYPE most[COUNT], sums[COUNT];                                                                                 \
        for (int k = 0; k < COUNT; k++) most[k] = sums[k] = x[k];                                                      \
        for (intptr_t j = COUNT; j < members; j += COUNT) {                                                            \
            const TYPE *next = x + (j + COUNT <= members ? j : members - COUNT);                                       \
            for (int k = 0; k < COUNT; k++) most[k] = most[k] > next[k] ? most[k] : next[k], sums[k] += next[k];       \
        }                                                                                                              \
        for (int half = COUNT / 2; half; half /= 2)                                                                    \
            for (int k = 0; k < half; k++) {                                                                           \
                most[k] = most[k] > most[k + half] ? most[k] : most[k + half];                                         \
                sums[k] += sums[k + half];                                                                             \
            }                                                                                                          \
        if (sums[0] == sums[0]) return most[0];                                                                        \
    }

INLINE TYPE OF(largest_of)(const char *list, intptr_t members, intptr_t step) {
    const TYPE *x = (const TYPE *)list;
    if (step == sizeof(TYPE) && members >= 8) LARGEST_OF(8)
    else if (step == sizeof(TYPE) && members >= 4) LARGEST_OF(4)
    TYPE largest = *x;
    for (intptr_t j = 1; j < members; j++) largest = LARGER(AT(list, j, step), largest);
    return largest;
}
#undef LARGEST_OF

/* The family x; the largest of it, and x less that. */
LOOP(less_largest) {
    const intptr_t step = by_member[0], to = by_member[2];
    char *p[3] = {operands[0], operands[1], operands[2]};
    for (intptr_t i = 0; i < families; i++) {
        const TYPE *x = (const TYPE *)p[0];
        const TYPE largest = OF(largest_of)(p[0], members, step);
        TYPE *r = (TYPE *)p[2];
        *(TYPE *)p[1] = largest;
        if (step == sizeof(TYPE) && to == sizeof(TYPE))
            APART for (intptr_t k = 0; k < members; k++) r[k] = x[k] - largest;
        else
            for (intptr_t k = 0; k < members; k++) AT(p[2], k, to) = AT(p[0], k, step) - largest;
        NEXT_FAMILY(3)
    }
}

/* Back from there: the family x, the largest of it, dy, result: dy, but at the largest less the sum of all; a tie shares
   that equally, and where nothing is as large (nan) all is nan. */
LOOP(recentred) {
    const intptr_t step = by_member[0], by_dy = by_member[2], to = by_member[3];
    const int is_near = step == sizeof(TYPE) && by_dy == step && to == step;
    char *p[4] = {operands[0], operands[1], operands[2], operands[3]};
    for (intptr_t i = 0; i < families; i++) {
        const TYPE largest = *(const TYPE *)p[1], total = OF(total_of)(p[2], members, by_dy);
        const TYPE *x = (const TYPE *)p[0], *dy = (const TYPE *)p[2];
        TYPE *r = (TYPE *)p[3];
        intptr_t ties = 0;
        if (is_near)
            for (intptr_t j = 0; j < members; j++) ties += x[j] == largest;
        else
            for (intptr_t j = 0; j < members; j++) ties += AT(p[0], j, step) == largest;
        const TYPE share = ties == 1 ? total : total / (TYPE)ties, none = (TYPE)0 * share;
        const TYPE miss = ties ? (TYPE)0 : none; /* ±∞·0 is nan */
        if (is_near)
            APART for (intptr_t j = 0; j < members; j++) r[j] = dy[j] - (x[j] == largest ? share : miss);
        else
            for (intptr_t j = 0; j < members; j++) {
                const TYPE less = AT(p[0], j, step) == largest ? share : miss;
                AT(p[3], j, to) = AT(p[2], j, by_dy) - less;
            }
        NEXT_FAMILY(4)
    }
}

/* The family x, of which the largest is 0; eˣ; the result: Σ eˣ less 1, to which each 0 adds nothing that is rounded. */
LOOP(rest_of_total) {
    const intptr_t step = by_member[0], by_e = by_member[1];
    char *p[3] = {operands[0], operands[1], operands[2]};
    for (intptr_t i = 0; i < families; i++) {
        TYPE sums[8] = {0}, rest = 0;
        intptr_t j = 0, ones = 0;
        if (step == sizeof(TYPE) && by_e == step) {
            const TYPE *x = (const TYPE *)p[0], *e = (const TYPE *)p[1];
            for (intptr_t k = 0; k < members; k++) ones += x[k] >= 0;
            for (; j + 8 <= members; j += 8)
                for (int k = 0; k < 8; k++) sums[k] += e[j + k] - (TYPE)(x[j + k] >= 0);
            for (; j < members; j++) rest += e[j] - (TYPE)(x[j] >= 0);
        } else
            for (; j < members; j++) {
                const int is_one = AT(p[0], j, step) >= 0;
                ones += is_one;
                rest += AT(p[1], j, by_e) - (TYPE)is_one;
            }
        for (int k = 0; k < 4; k++) sums[k] += sums[k + 4];
        *(TYPE *)p[2] = ((TYPE)ones - 1) + (((sums[0] + sums[1]) + (sums[2] + sums[3])) + rest);
        NEXT_FAMILY(3)
    }
}

/* The family e, dy, result: dy in proportion to e. */
LOOP(in_proportion) {
    const intptr_t step = by_member[0], to = by_member[2];
    char *p[3] = {operands[0], operands[1], operands[2]};
    for (intptr_t i = 0; i < families; i++) {
        const TYPE by = *(const TYPE *)p[1] / OF(total_of)(p[0], members, step);
        const TYPE *e = (const TYPE *)p[0];
        TYPE *r = (TYPE *)p[2];
        if (step == sizeof(TYPE) && to == sizeof(TYPE))
            APART for (intptr_t j = 0; j < members; j++) r[j] = e[j] * by;
        else
            for (intptr_t j = 0; j < members; j++) AT(p[2], j, to) = AT(p[0], j, step) * by;
        NEXT_FAMILY(3)
    }
}

#undef AT
#undef LOOP
#undef NEXT_FAMILY
#undef LARGER
