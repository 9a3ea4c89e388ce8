/* Products of small matrices, one for each row and more: BLAS would take longer to be called than to compute them. */

/* result (=, or += where it adds) scale · left · right */
typedef struct {
    int64_t m, n, p;
    intptr_t left[2], right[2], result[2]; /* bytes from row to row, and from column to column */
    double scale;
    int adds;
} SmallProduct;

#define OF_TYPES "small_products_of_type.h"
#include "both_types.h"

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
