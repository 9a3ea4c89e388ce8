/* Products times a number, perhaps added to what is there: of operands as arithmetic.h has them. */

/* What is added to, if anything is, then a number, two factors, result: the product of the three, added. */
#define ALONG_PRODUCT(A, B)                                                                                            \
    for (intptr_t i = 0; i < n; i++) r[i] = adds ? before[i] + scale * ((A) * (B)) : scale * ((A) * (B));
#define PRODUCT(NAME, TYPE, ADDS)                                                                                      \
    FOR_EACH_PROCESSOR static void NAME(char **operands, const intptr_t *lengths, const intptr_t *inner,               \
                                        const intptr_t *outer) {                                                       \
        enum { adds = ADDS };                                                                                          \
        const intptr_t n = lengths[0], size = sizeof(TYPE);                                                            \
        const intptr_t by_a = inner[1 + adds], by_b = inner[2 + adds], to = inner[3 + adds];                           \
        const TYPE scale = *(const TYPE *)operands[adds];                                                              \
        for (intptr_t j = 0; j < lengths[1]; j++) {                                                                    \
            const char *in_x = operands[0] + j * outer[0] * adds;                                                      \
            const char *in_a = operands[1 + adds] + j * outer[1 + adds];                                               \
            const char *in_b = operands[2 + adds] + j * outer[2 + adds];                                               \
            char *out = operands[3 + adds] + j * outer[3 + adds];                                                      \
            const TYPE *a = (const TYPE *)in_a, *b = (const TYPE *)in_b, *before = (const TYPE *)in_x;                 \
            TYPE *r = (TYPE *)out;                                                                                     \
            const int along = to == size && (!adds || inner[0] == size);                                               \
            if (along && by_a == size && by_b == size) {                                                               \
                APART ALONG_PRODUCT(a[i], b[i])                                                                        \
            } else if (along && by_a == 0 && by_b == size) {                                                           \
                const TYPE one = *a;                                                                                   \
                APART ALONG_PRODUCT(one, b[i])                                                                         \
            } else if (along && by_a == size && by_b == 0) {                                                           \
                const TYPE one = *b;                                                                                   \
                APART ALONG_PRODUCT(a[i], one)                                                                         \
            } else                                                                                                     \
                for (intptr_t i = 0; i < n; i++) {                                                                     \
                    const TYPE ab = *(const TYPE *)(in_a + i * by_a) * *(const TYPE *)(in_b + i * by_b);               \
                    const TYPE x = adds ? *(const TYPE *)(in_x + i * inner[0]) : 0;                                    \
                    *(TYPE *)(out + i * to) = adds ? x + scale * ab : scale * ab;                                      \
                }                                                                                                      \
        }                                                                                                              \
    }

PRODUCT(product_d, double, 0)
PRODUCT(product_f, float, 0)
PRODUCT(add_product_d, double, 1)
PRODUCT(add_product_f, float, 1)
