/* Included once for each TYPE, with names that OF makes. */

/* out[j] += scale · a[j], or scale · a[j] · b[j], of n rows one after the other: column by column of vectors, which stay
   in registers meanwhile. by_a, by_b: bytes from row to row. */
#define COLUMNS(VECTOR)                                                                                                \
    for (; j + NUMBERS(VECTOR) <= inner; j += NUMBERS(VECTOR)) {                                                       \
        VECTOR total;                                                                                                  \
        memcpy(&total, out + j, sizeof total);                                                                         \
        const char *in_a = a + j * sizeof(TYPE), *in_b = b + j * sizeof(TYPE);                                         \
        if (factors == 1)                                                                                              \
            for (int64_t i = 0; i < n; i++) total = ADD(total, MUL(scale, *(const VECTOR *)(in_a + i * by_a)));        \
        else                                                                                                           \
            for (int64_t i = 0; i < n; i++)                                                                            \
                total = ADD(total, MUL(scale, MUL(*(const VECTOR *)(in_a + i * by_a),                                  \
                                                  *(const VECTOR *)(in_b + i * by_b))));                               \
        memcpy(out + j, &total, sizeof total);                                                                         \
    }

static inline __attribute__((always_inline)) void OF(add_rows)(TYPE *out, const char *a, const char *b, int64_t inner,
                                                               int64_t n, int64_t by_a, int64_t by_b, TYPE scale,
                                                               int factors) {
    int64_t j = 0;
#ifdef VECTORS
    COLUMNS(OF(wide))
    COLUMNS(OF(narrow))
#endif
    COLUMNS(TYPE)
}
#undef COLUMNS

/* result (=, or += where it adds) scale · Σ left · right, or of left alone.
   adds scale factors kept summed | addresses of result, left, right |
   lengths of the axes that are kept, then of those that are summed, each inner one first | 3 strides of each axis */
FOR_EACH_PROCESSOR static void OF(reduce)(const Word *word, int64_t rows) {
    const int adds = (int)word[0], factors = (int)word[2], kept = (int)word[3], summed = (int)word[4];
    double of_scale;
    memcpy(&of_scale, word + 1, sizeof of_scale);
    const TYPE scale = (TYPE)of_scale;
    char *p[3];
    for (int i = 0; i < 3; i++) p[i] = (char *)(intptr_t)word[5 + i];
    word += 8;
    int64_t lengths[MOST_AXES], count[MOST_AXES] = {0};
    const Word *strides = word + kept + summed, *of_sum = strides + 3 * kept;
    for (int axis = 0; axis < kept + summed; axis++) lengths[axis] = length_of(word[axis], rows);
    const int64_t *summed_lengths = lengths + kept, n = lengths[kept];
    const int64_t inner = kept ? lengths[0] : 1;
    const int64_t to = kept ? strides[0] : 0, by_a = kept ? strides[1] : 0, by_b = kept ? strides[2] : 0;
    const int64_t sum_a = of_sum[1], sum_b = of_sum[2];
    /* Along the inner axis that is kept where its numbers are neighbours, and those that are summed are not. */
    const int along = kept && by_a == sizeof(TYPE) && to == sizeof(TYPE) && inner > 1 &&
                      (factors == 1 || by_b == sizeof(TYPE)) && !(sum_a == sizeof(TYPE) && inner < 8);
    const int short_rows = factors == 1 && summed == 1 && n <= 32; /* eight of them at a time */
    for (int done = 0; !done;) {
        if (along) {
            TYPE *out = (TYPE *)p[0];
            if (!adds) memset(out, 0, (size_t)inner * sizeof(TYPE));
            char *q[3] = {p[0], p[1], p[2]};
            int64_t counted[MOST_AXES] = {0};
            for (int all = 0; !all;) {
                OF(add_rows)(out, q[1], q[2], inner, n, sum_a, sum_b, scale, factors);
                NEXT(counted, summed, summed_lengths, 3, q, of_sum, all);
            }
        } else {
            int64_t j = 0;
            if (short_rows)
                for (; j + 8 <= inner; j += 8) {
                    const char *a = p[1] + j * by_a;
                    TYPE totals[8] = {0};
                    for (int64_t i = 0; i < n; i++, a += sum_a)
                        for (int k = 0; k < 8; k++) totals[k] = ADD(totals[k], *(const TYPE *)(a + k * by_a));
                    for (int k = 0; k < 8; k++) {
                        TYPE *out = (TYPE *)(p[0] + (j + k) * to);
                        *out = adds ? ADD(*out, MUL(scale, totals[k])) : MUL(scale, totals[k]);
                    }
                }
            for (; j < inner; j++) {
                char *q[3] = {p[0], p[1] + j * by_a, p[2] + j * by_b};
                TYPE total = 0;
                int64_t counted[MOST_AXES] = {0};
                for (int all = 0; !all;) {
                    TYPE sums[8] = {0};
                    int64_t i = 0;
                    if (factors == 1 && sum_a == sizeof(TYPE)) {
                        const TYPE *a = (const TYPE *)q[1];
                        for (; i + 8 <= n; i += 8)
                            for (int k = 0; k < 8; k++) sums[k] = ADD(sums[k], a[i + k]);
                    } else if (sum_a == sizeof(TYPE) && sum_b == sizeof(TYPE)) {
                        const TYPE *a = (const TYPE *)q[1], *b = (const TYPE *)q[2];
                        for (; i + 8 <= n; i += 8)
                            for (int k = 0; k < 8; k++) sums[k] = ADD(sums[k], MUL(a[i + k], b[i + k]));
                    }
                    TYPE rest = 0;
                    for (; i < n; i++) {
                        const TYPE a = *(const TYPE *)(q[1] + i * sum_a);
                        rest = ADD(rest, factors == 1 ? a : MUL(a, *(const TYPE *)(q[2] + i * sum_b)));
                    }
                    for (int k = 0; k < 4; k++) sums[k] = ADD(sums[k], sums[k + 4]);
                    total = ADD(total, ADD(ADD(ADD(sums[0], sums[1]), ADD(sums[2], sums[3])), rest));
                    NEXT(counted, summed, summed_lengths, 3, q, of_sum, all);
                }
                TYPE *out = (TYPE *)(p[0] + j * to);
                *out = adds ? ADD(*out, MUL(scale, total)) : MUL(scale, total);
            }
        }
        if (!kept) break;
        NEXT(count, kept, lengths, 3, p, strides, done);
    }
}

/* From a table of positions to another one, in each row; where there is none, one number after the other.
   adds rows n | from: address, bytes of a row, positions | to: address, bytes of a row, positions */
static void OF(move)(const Word *word, int64_t rows) {
    const int64_t n_rows = length_of(word[1], rows), n = word[2];
    const int64_t *at = (const int64_t *)(intptr_t)word[5], *to = (const int64_t *)(intptr_t)word[8];
    for (int64_t row = 0; row < n_rows; row++) {
        const TYPE *in = (const TYPE *)(intptr_t)(word[3] + row * word[4]);
        TYPE *out = (TYPE *)(intptr_t)(word[6] + row * word[7]);
        if (word[0])
            for (int64_t i = 0; i < n; i++) {
                TYPE *here = out + (to ? to[i] : i);
                *here = ADD(*here, in[at ? at[i] : i]);
            }
        else if (to)
            for (int64_t i = 0; i < n; i++) out[to[i]] = in[at ? at[i] : i];
        else
            for (int64_t i = 0; i < n; i++) out[i] = in[at ? at[i] : i];
    }
}

/* What was chosen. rows n | chosen: address, numbers of a row | values: address, bytes of a row |
   to: address, bytes of a row, positions */
static void OF(take)(const Word *word, int64_t rows) {
    const int64_t n_rows = length_of(word[0], rows), n = word[1];
    const int64_t *to = (const int64_t *)(intptr_t)word[8];
    for (int64_t row = 0; row < n_rows; row++) {
        const int64_t *chosen = (const int64_t *)(intptr_t)word[2] + row * word[3];
        const TYPE *in = (const TYPE *)(intptr_t)(word[4] + row * word[5]);
        TYPE *out = (TYPE *)(intptr_t)(word[6] + row * word[7]);
        for (int64_t i = 0; i < n; i++) out[to[i]] = in[chosen[i]];
    }
}

/* Back to where it was chosen: added there. rows n | chosen: address, numbers of a row, start |
   from: address, bytes of a row, positions | to: address, bytes of a row, positions */
static void OF(put)(const Word *word, int64_t rows) {
    const int64_t n_rows = length_of(word[0], rows), n = word[1], start = word[4];
    const int64_t *at = (const int64_t *)(intptr_t)word[7], *to = (const int64_t *)(intptr_t)word[10];
    for (int64_t row = 0; row < n_rows; row++) {
        const int64_t *chosen = (const int64_t *)(intptr_t)word[2] + row * word[3];
        const TYPE *in = (const TYPE *)(intptr_t)(word[5] + row * word[6]);
        TYPE *out = (TYPE *)(intptr_t)(word[8] + row * word[9]);
        for (int64_t i = 0; i < n; i++) {
            TYPE *here = out + to[chosen[i] - start];
            *here = ADD(*here, in[at[i]]);
        }
    }
}
