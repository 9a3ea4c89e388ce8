/* Included once for each TYPE, with names that OF makes. */

#ifdef VECTORS
typedef AS_IN_MEMORY(TYPE, 4 * sizeof(TYPE)) OF(four);

/* From sums on, of four columns side by side. */
#define WRITE(to) (to) = x->adds ? (to) + scale * sums : scale * sums

/* Of four times four products the four sums, each as `dot` has it: (0 + 1) + (2 + 3). */
#define TOTALS(a, b, c, d)                                                                                             \
    const OF(four) ab = PICK(a, b, 0, 4, 2, 6) + PICK(a, b, 1, 5, 3, 7);                                               \
    const OF(four) cd = PICK(c, d, 0, 4, 2, 6) + PICK(c, d, 1, 5, 3, 7);                                               \
    sums = PICK(ab, cd, 0, 1, 4, 5) + PICK(ab, cd, 2, 3, 6, 7);

/* A row of the left factor, in a line, with four columns of the right one, each in a line. */
INLINE void OF(four_dots)(const SmallProduct *x, int64_t n, const char *left, const char *right, char *result) {
    const TYPE *a = (const TYPE *)left, *b = (const TYPE *)right, *c = (const TYPE *)(right + x->right[1]);
    const TYPE *d = (const TYPE *)(right + 2 * x->right[1]), *e = (const TYPE *)(right + 3 * x->right[1]);
    const TYPE scale = (TYPE)x->scale;
    OF(four) sums;
    int64_t k = 1;
    if (n < 4) sums = a[0] * (OF(four)){b[0], c[0], d[0], e[0]};
    else {
#define FROM(pointer) (*(const OF(four) *)((pointer) + k))
        k = 0;
        OF(four) of_b = FROM(a) * FROM(b), of_c = FROM(a) * FROM(c), of_d = FROM(a) * FROM(d), of_e = FROM(a) * FROM(e);
        for (k = 4; k + 4 <= n; k += 4) {
            of_b += FROM(a) * FROM(b), of_c += FROM(a) * FROM(c);
            of_d += FROM(a) * FROM(d), of_e += FROM(a) * FROM(e);
        }
        TOTALS(of_b, of_c, of_d, of_e)
#undef FROM
    }
    for (; k < n; k++) sums += a[k] * (OF(four)){b[k], c[k], d[k], e[k]};
    if (x->result[1] == sizeof(TYPE)) WRITE(*(OF(four) *)result);
    else
        for (int j = 0; j < 4; j++) {
            TYPE *to = (TYPE *)(result + j * x->result[1]);
            *to = x->adds ? *to + scale * sums[j] : scale * sums[j];
        }
}

/* All rows of four columns that stand side by side, as do those of the right factor. */
INLINE void OF(four_columns)(const SmallProduct *x, int64_t n, const char *left, const char *right, char *result) {
    const TYPE scale = (TYPE)x->scale;
    const OF(four) first = *(const OF(four) *)right;
    for (int64_t i = 0; i < x->m; i++, left += x->left[0], result += x->result[0]) {
        const char *a = left, *b = right;
        OF(four) sums = *(const TYPE *)a * first;
        for (int64_t k = 1; k < n; k++) {
            a += x->left[1], b += x->right[0];
            sums += *(const TYPE *)a * *(const OF(four) *)b;
        }
        WRITE(*(OF(four) *)result);
    }
}
#undef WRITE
#undef TOTALS
#endif

/* Σ a·b of n numbers side by side. */
INLINE TYPE OF(dot)(const char *left, const char *right, int64_t n) {
    const TYPE *a = (const TYPE *)left, *b = (const TYPE *)right;
    int64_t k = 1;
    TYPE total = a[0] * b[0];
#ifdef VECTORS
    if (n >= 4) {
        OF(four) sums = *(const OF(four) *)a * *(const OF(four) *)b;
        for (k = 4; k + 4 <= n; k += 4) sums += *(const OF(four) *)(a + k) * *(const OF(four) *)(b + k);
        total = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    }
#endif
    for (; k < n; k++) total += a[k] * b[k];
    return total;
}

INLINE TYPE OF(dot_apart)(const char *a, const char *b, int64_t n, intptr_t by_a, intptr_t by_b) {
    TYPE total = *(const TYPE *)a * *(const TYPE *)b;
    for (int64_t k = 1; k < n; k++) total += *(const TYPE *)(a + k * by_a) * *(const TYPE *)(b + k * by_b);
    return total;
}

/* The columns from j on, one number after the other. */
INLINE void OF(rest_of_columns)(const SmallProduct *x, int in_lines, int64_t j, const char *left, const char *right,
                                char *result) {
    for (; j < x->p; j++) {
        TYPE *to = (TYPE *)(result + j * x->result[1]);
        const char *b = right + j * x->right[1];
        TYPE sum = in_lines ? OF(dot)(left, b, x->n) : OF(dot_apart)(left, b, x->n, x->left[1], x->right[0]);
        sum *= (TYPE)x->scale;
        *to = x->adds ? *to + sum : sum;
    }
}

/* One product. Its kind is known when this is compiled: so each has a loop of its own, without questions in it. */
INLINE void OF(small_product)(const SmallProduct *x, int kind, const char *left, const char *right, char *result) {
    const intptr_t size = sizeof(TYPE);
    int64_t by_four = 0;
#ifdef VECTORS
    by_four = kind == IN_NO_ORDER ? 0 : x->p / 4 * 4;
    if (kind == BY_COLUMNS)
        for (int64_t j = 0; j < by_four; j += 4)
            OF(four_columns)(x, x->n, left, right + j * size, result + j * size);
    if (kind == BY_COLUMNS_OF_ONE)
        for (int64_t j = 0; j < by_four; j += 4) OF(four_columns)(x, 1, left, right + j * size, result + j * size);
    if (by_four == x->p && kind != IN_LINES && kind != IN_LINES_OF_FOUR) return;
#endif
    const int in_lines = kind == IN_LINES || kind == IN_LINES_OF_FOUR;
    for (int64_t i = 0; i < x->m; i++, left += x->left[0], result += x->result[0]) {
#ifdef VECTORS
        if (in_lines)
            for (int64_t j = 0; j < by_four; j += 4)
                OF(four_dots)(x, kind == IN_LINES ? x->n : 4, left, right + j * x->right[1], result + j * x->result[1]);
#endif
        OF(rest_of_columns)(x, in_lines, by_four, left, right, result);
    }
}

/* All of a kind. */
INLINE void OF(small_products_of)(const SmallProduct *product, int kind, char **pointers, int axes,
                                  const intptr_t *lengths, const Word *strides) {
    const SmallProduct x = *product; /* to which no pointer leads: it stays in registers */
    const int64_t inner = lengths[0];
    const intptr_t by_left = strides[0], by_right = strides[1], by_result = strides[2];
    int64_t count[MOST_AXES] = {0};
    for (int done = 0; !done;) {
        const char *left = pointers[0], *right = pointers[1];
        char *result = pointers[2];
        for (int64_t i = 0; i < inner; i++, left += by_left, right += by_right, result += by_result)
            OF(small_product)(&x, kind, left, right, result);
        NEXT(count, axes, lengths, 3, pointers, strides, done);
    }
}

FOR_EACH_PROCESSOR static void OF(small_products)(const SmallProduct *x, char **pointers, int axes,
                                                  const intptr_t *lengths, const Word *strides) {
    const intptr_t size = sizeof(TYPE);
    const int by_columns = x->right[1] == size && x->result[1] == size;
    const int in_lines = x->left[1] == size && x->right[0] == size;
    if (by_columns && x->n == 1) OF(small_products_of)(x, BY_COLUMNS_OF_ONE, pointers, axes, lengths, strides);
    else if (by_columns) OF(small_products_of)(x, BY_COLUMNS, pointers, axes, lengths, strides);
    else if (in_lines && x->n == 4) OF(small_products_of)(x, IN_LINES_OF_FOUR, pointers, axes, lengths, strides);
    else if (in_lines) OF(small_products_of)(x, IN_LINES, pointers, axes, lengths, strides);
    else OF(small_products_of)(x, IN_NO_ORDER, pointers, axes, lengths, strides);
}
