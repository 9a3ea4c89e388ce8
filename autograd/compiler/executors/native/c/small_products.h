/* Products of small matrices, one for each row and more: BLAS would take longer to be called than to compute them. */

/* result (=, or += where it adds) scale · left · right */
typedef struct {
    int64_t m, n, p;
    intptr_t left[2], right[2], result[2]; /* bytes from row to row, and from column to column */
    double scale;
    int adds;
} SmallProduct;

enum { /* how a product lies: the columns of right factor and result, or the terms, side by side */
    BY_COLUMNS, BY_COLUMNS_OF_ONE, /* term */
    IN_LINES, IN_LINES_OF_FOUR, /* terms */
    IN_NO_ORDER,
};

#if defined(__clang__)
#define PICK(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)
#elif defined(VECTORS) /* of two vectors four numbers: those of the second one count on */
typedef int64_t places_d __attribute__((vector_size(32)));
typedef int32_t places_f __attribute__((vector_size(16)));
#define PICK(a, b, i, j, k, l) __builtin_shuffle(a, b, (OF(places)){i, j, k, l})
#endif
#define OF_TYPES "small_products_of_type.h"
#include "both_types.h"
#undef PICK

/* type adds scale axes | addresses of left, right, result | m n p | 6 strides of the matrices |
   lengths of the other axes, one of them at least | 3 strides of each axis */
static void small_products(const Word *word, int64_t rows) {
    SmallProduct x;
    const int is_float = word[0] == FLOAT, axes = (int)word[3];
    x.adds = (int)word[1];
    memcpy(&x.scale, word + 2, sizeof x.scale);
    char *pointers[3];
    for (int i = 0; i < 3; i++) pointers[i] = (char *)word[4 + i];
    x.m = word[7], x.n = word[8], x.p = word[9];
    for (int i = 0; i < 2; i++) x.left[i] = word[10 + i], x.right[i] = word[12 + i], x.result[i] = word[14 + i];
    word += 16;
    intptr_t lengths[MOST_AXES];
    for (int axis = 0; axis < axes; axis++) lengths[axis] = length_of(word[axis], rows);
    (is_float ? small_products_f : small_products_d)(&x, pointers, axes, lengths, word + axes);
}
