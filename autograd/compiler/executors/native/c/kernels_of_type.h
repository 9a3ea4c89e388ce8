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

INLINE void OF(add_rows)(TYPE *out, const char *a, const char *b, int64_t inner, int64_t n, int64_t by_a, int64_t by_b,
                         TYPE scale, int factors) {
    int64_t j = 0;
#ifdef VECTORS
    COLUMNS(OF(wide))
    COLUMNS(OF(narrow))
#endif
    COLUMNS(TYPE)
}
#undef COLUMNS

/* Σ a · b, or Σ a, of n numbers that lie apart. */
INLINE TYPE OF(sum_apart)(const char *a, const char *b, int64_t n, int64_t by_a, int64_t by_b, int factors) {
    TYPE total = 0;
    for (int64_t i = 0; i < n; i++, a += by_a, b += by_b)
        total = ADD(total, factors == 1 ? *(const TYPE *)a : MUL(*(const TYPE *)a, *(const TYPE *)b));
    return total;
}

/* The same of neighbours, eight and more: by eight sums. */
INLINE TYPE OF(sum_line)(const char *left, const char *right, int64_t n, int factors) {
    const TYPE *a = (const TYPE *)left, *b = (const TYPE *)right;
    TYPE sums[8];
    for (int k = 0; k < 8; k++) sums[k] = factors == 1 ? a[k] : MUL(a[k], b[k]);
    int64_t i = 8;
    for (; i + 8 <= n; i += 8)
        for (int k = 0; k < 8; k++) sums[k] = ADD(sums[k], factors == 1 ? a[i + k] : MUL(a[i + k], b[i + k]));
    for (int k = 0; k < 4; k++) sums[k] = ADD(sums[k], sums[k + 4]);
    const TYPE total = ADD(ADD(sums[0], sums[1]), ADD(sums[2], sums[3]));
    if (i == n) return total;
    const int64_t size = sizeof(TYPE);
    return ADD(total, OF(sum_apart)(left + i * size, right + i * size, n - i, size, size, factors));
}

/* Whether the numbers along the inner axis that is summed are neighbours, eight of them or more. */
INLINE int OF(is_line)(const Reduction *r) {
    const int64_t size = sizeof(TYPE);
    return r->of_sum[0] >= 8 && r->sum_strides[1] == size && (r->factors == 1 || r->sum_strides[2] == size);
}

/* Σ left · right, or Σ left, of one number of the result. */
INLINE TYPE OF(sum)(const Reduction *r, const char *left, const char *right, int factors) {
    const int64_t n = r->of_sum[0], by_a = r->sum_strides[1], by_b = r->sum_strides[2];
    const int is_line = OF(is_line)(r);
    char *q[3] = {(char *)left, (char *)left, (char *)right}; /* the first moves along nothing */
    int64_t counted[MOST_AXES] = {0};
    TYPE total = 0;
    for (int all = 0; !all;) {
        total = ADD(total, is_line ? OF(sum_line)(q[1], q[2], n, factors)
                                   : OF(sum_apart)(q[1], q[2], n, by_a, by_b, factors));
        NEXT(counted, r->summed, r->of_sum, 3, q, r->sum_strides, all);
    }
    return total;
}

/* Eight numbers of the result at a time, each of few terms along one axis: up to which of them. */
INLINE int64_t OF(reduce_eights)(const Reduction *r, char *const *p, TYPE scale, int factors) {
    const int64_t inner = r->inner, n = r->of_sum[0], step_a = r->sum_strides[1], step_b = r->sum_strides[2];
    const int64_t to = r->by_inner[0], by_a = r->by_inner[1], by_b = r->by_inner[2];
    int64_t j = 0;
    for (; j + 8 <= inner; j += 8) {
        const char *a = p[1] + j * by_a, *b = p[2] + j * by_b;
        TYPE totals[8] = {0};
        for (int64_t i = 0; i < n; i++, a += step_a, b += step_b)
            for (int k = 0; k < 8; k++) {
                const TYPE x = *(const TYPE *)(a + k * by_a);
                totals[k] = ADD(totals[k], factors == 1 ? x : MUL(x, *(const TYPE *)(b + k * by_b)));
            }
        for (int k = 0; k < 8; k++) {
            TYPE *out = (TYPE *)(p[0] + (j + k) * to);
            *out = r->adds ? ADD(*out, MUL(scale, totals[k])) : MUL(scale, totals[k]);
        }
    }
    return j;
}

/* The numbers along the inner axis that is kept, one after the other; of a few terms that lie apart eight at a time. */
INLINE void OF(reduce_apart)(const Reduction *r, char *const *p, TYPE scale, int factors) {
    const int is_line = r->summed == 1 && OF(is_line)(r);
    const int64_t to = r->by_inner[0], by_a = r->by_inner[1], by_b = r->by_inner[2], n = r->of_sum[0];
    int64_t j = r->summed == 1 && n <= 32 && !is_line ? OF(reduce_eights)(r, p, scale, factors) : 0;
    for (; j < r->inner; j++) {
        const char *a = p[1] + j * by_a, *b = p[2] + j * by_b;
        const TYPE total = is_line ? OF(sum_line)(a, b, n, factors) : OF(sum)(r, a, b, factors);
        TYPE *out = (TYPE *)(p[0] + j * to);
        *out = r->adds ? ADD(*out, MUL(scale, total)) : MUL(scale, total);
    }
}

/* The same where they are neighbours: all of them together. */
INLINE void OF(reduce_along)(const Reduction *r, char *const *p, TYPE scale) {
    TYPE *out = (TYPE *)p[0];
    char *q[3] = {p[0], p[1], p[2]};
    int64_t counted[MOST_AXES] = {0};
    if (!r->adds) memset(out, 0, (size_t)r->inner * sizeof(TYPE));
    for (int all = 0; !all;) {
        OF(add_rows)(out, q[1], q[2], r->inner, r->of_sum[0], r->sum_strides[1], r->sum_strides[2], scale, r->factors);
        NEXT(counted, r->summed, r->of_sum, 3, q, r->sum_strides, all);
    }
}

FOR_EACH_PROCESSOR static void OF(reduce)(const Word *word, int64_t rows) {
    char *p[3];
    for (int i = 0; i < 3; i++) p[i] = (char *)word[5 + i];
    Reduction r;
    Word swapped[3 * MOST_AXES];
    read_reduction(word, rows, &r);
    const int64_t size = sizeof(TYPE);
    const TYPE scale = (TYPE)r.scale;
    /* Along the inner axis that is kept where its numbers are neighbours, and those that are summed are not. */
    const int along = r.kept && r.by_inner[0] == size && r.by_inner[1] == size && r.inner > 1 &&
                      (r.factors == 1 || r.by_inner[2] == size) && !(r.sum_strides[1] == size && r.inner < 8);
    if (!along && r.kept > 1 && r.lengths[1] > r.lengths[0]) swap_kept(&r, swapped);
    int64_t count[MOST_AXES] = {0};
    for (int done = 0; !done;) {
        if (along) OF(reduce_along)(&r, p, scale);
        else if (r.factors == 1) OF(reduce_apart)(&r, p, scale, 1);
        else OF(reduce_apart)(&r, p, scale, 2);
        if (!r.kept) break;
        NEXT(count, r.kept, r.lengths, 3, p, r.strides, done);
    }
}

/* From a table of positions to another one, in each row; where there is none, one number after the other.
   adds rows n | from: address, bytes of a row, positions | to: address, bytes of a row, positions */
static void OF(move)(const Word *word, int64_t rows) {
    const int64_t n_rows = length_of(word[1], rows), n = word[2];
    const int64_t *at = (const int64_t *)word[5], *to = (const int64_t *)word[8];
    for (int64_t row = 0; row < n_rows; row++) {
        const TYPE *in = (const TYPE *)(word[3] + row * word[4]);
        TYPE *out = (TYPE *)(word[6] + row * word[7]);
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
    const int64_t *to = (const int64_t *)word[8];
    for (int64_t row = 0; row < n_rows; row++) {
        const int64_t *chosen = (const int64_t *)word[2] + row * word[3];
        const TYPE *in = (const TYPE *)(word[4] + row * word[5]);
        TYPE *out = (TYPE *)(word[6] + row * word[7]);
        for (int64_t i = 0; i < n; i++) out[to[i]] = in[chosen[i]];
    }
}

/* Back to where it was chosen: added there. rows n | chosen: address, numbers of a row, start |
   from: address, bytes of a row, positions | to: address, bytes of a row, positions */
static void OF(put)(const Word *word, int64_t rows) {
    const int64_t n_rows = length_of(word[0], rows), n = word[1], start = word[4];
    const int64_t *at = (const int64_t *)word[7], *to = (const int64_t *)word[10];
    for (int64_t row = 0; row < n_rows; row++) {
        const int64_t *chosen = (const int64_t *)word[2] + row * word[3];
        const TYPE *in = (const TYPE *)(word[5] + row * word[6]);
        TYPE *out = (TYPE *)(word[8] + row * word[9]);
        for (int64_t i = 0; i < n; i++) {
            TYPE *here = out + to[chosen[i] - start];
            *here = ADD(*here, in[at[i]]);
        }
    }
}
