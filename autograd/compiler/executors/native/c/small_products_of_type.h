/* Included once for each TYPE, with names that OF makes. */

#ifdef VECTORS
typedef AS_IN_MEMORY(TYPE, 4 * sizeof(TYPE)) OF(four);
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

/* A row of the result from column j on, whose columns stand side by side, as do those of the right factor. */
INLINE void OF(columns)(const SmallProduct *x, const char *a, const char *right, char *result, int64_t j) {
    const TYPE scale = (TYPE)x->scale;
#ifdef VECTORS
    for (; j + 4 <= x->p; j += 4) {
        const char *b = right + j * sizeof(TYPE);
        OF(four) sums = *(const TYPE *)a * *(const OF(four) *)b;
        for (int64_t k = 1; k < x->n; k++)
            sums += *(const TYPE *)(a + k * x->left[1]) * *(const OF(four) *)(b + k * x->right[0]);
        OF(four) *to = (OF(four) *)(result + j * sizeof(TYPE));
        *to = x->adds ? *to + scale * sums : scale * sums;
    }
#endif
    for (; j < x->p; j++) {
        TYPE *to = (TYPE *)result + j;
        const TYPE sum = scale * OF(dot_apart)(a, right + j * sizeof(TYPE), x->n, x->left[1], x->right[0]);
        *to = x->adds ? *to + sum : sum;
    }
}

INLINE void OF(small_product)(const SmallProduct *x, const char *left, const char *right, char *result) {
    const intptr_t size = sizeof(TYPE);
    const int in_lines = x->left[1] == size && x->right[0] == size;
    const int by_columns = x->right[1] == size && x->result[1] == size;
    for (int64_t i = 0; i < x->m; i++, left += x->left[0], result += x->result[0]) {
        if (by_columns) {
            OF(columns)(x, left, right, result, 0);
            continue;
        }
        for (int64_t j = 0; j < x->p; j++) {
            TYPE *to = (TYPE *)(result + j * x->result[1]);
            const char *b = right + j * x->right[1];
            TYPE sum = in_lines ? OF(dot)(left, b, x->n) : OF(dot_apart)(left, b, x->n, x->left[1], x->right[0]);
            sum *= (TYPE)x->scale;
            *to = x->adds ? *to + sum : sum;
        }
    }
}

FOR_EACH_PROCESSOR static void OF(small_products)(const SmallProduct *x, char **pointers, int axes,
                                                  const intptr_t *lengths, const Word *strides) {
    int64_t count[MOST_AXES] = {0};
    for (int done = 0; !done;) {
        char *given[3] = {pointers[0], pointers[1], pointers[2]};
        for (int64_t i = 0; i < lengths[0]; i++) {
            OF(small_product)(x, given[0], given[1], given[2]);
            for (int k = 0; k < 3; k++) given[k] += strides[k];
        }
        NEXT(count, axes, lengths, 3, pointers, strides, done);
    }
}
