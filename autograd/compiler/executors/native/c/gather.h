/* Numbers that lie anywhere, as columns of doubles, and back. Not compiled for each processor: where there are
   instructions that gather and scatter, compilers use them, and they are slower than one number after the other. */

/* What stands at `in`, from number to number so many bytes, as doubles; the last one fills up the lanes. */
#define GATHER(TYPE)                                                                                                   \
    static void gather_##TYPE(const char *in, intptr_t step, int64_t rows, double *x) {                                \
        const TYPE *one = (const TYPE *)in;                                                                            \
        if (step == sizeof(TYPE)) EACH_ROW x[i] = one[i];                                                              \
        else EACH_ROW x[i] = *(const TYPE *)(in + i * step);                                                           \
        for (int64_t i = rows; i < WHOLE_LANES(rows); i++) x[i] = x[rows - 1];                                         \
    }                                                                                                                  \
    static void spread_##TYPE(char *out, intptr_t step, int64_t rows, const double *x) {                               \
        TYPE *one = (TYPE *)out;                                                                                       \
        if (step == sizeof(TYPE)) EACH_ROW one[i] = (TYPE)x[i];                                                        \
        else EACH_ROW *(TYPE *)(out + i * step) = (TYPE)x[i];                                                          \
    }

GATHER(double)
GATHER(float)

/* Four numbers that stand beside one another in each row, and four columns: blocks of four rows are turned over in
   registers, which takes a third of the time. `rows` is a whole number of lanes. */
#if defined(__GNUC__) && (defined(__clang__) || __GNUC__ >= 12)
enum { FOUR = 4, TURNS_OVER = 1 };
typedef double Four __attribute__((vector_size(32)));
#define CHOSEN __builtin_shufflevector

#define TURN_OVER(x)                                                                                                   \
    do {                                                                                                               \
        const Four a = CHOSEN(x[0], x[1], 0, 4, 2, 6), b = CHOSEN(x[0], x[1], 1, 5, 3, 7);                             \
        const Four c = CHOSEN(x[2], x[3], 0, 4, 2, 6), d = CHOSEN(x[2], x[3], 1, 5, 3, 7);                             \
        x[0] = CHOSEN(a, c, 0, 1, 4, 5), x[1] = CHOSEN(b, d, 0, 1, 4, 5);                                              \
        x[2] = CHOSEN(a, c, 2, 3, 6, 7), x[3] = CHOSEN(b, d, 2, 3, 6, 7);                                              \
    } while (0)

FOR_EACH_PROCESSOR static void gather_four(const char *in, intptr_t step, int64_t rows, double *const *columns) {
    for (int64_t i = 0; i < rows; i += FOUR) {
        Four x[FOUR];
        for (int k = 0; k < FOUR; k++) memcpy(x + k, in + (i + k) * step, sizeof(Four));
        TURN_OVER(x);
        for (int k = 0; k < FOUR; k++) memcpy(columns[k] + i, x + k, sizeof(Four));
    }
}

FOR_EACH_PROCESSOR static void spread_four(char *out, intptr_t step, int64_t rows, double *const *columns) {
    for (int64_t i = 0; i < rows; i += FOUR) {
        Four x[FOUR];
        for (int k = 0; k < FOUR; k++) memcpy(x + k, columns[k] + i, sizeof(Four));
        TURN_OVER(x);
        for (int k = 0; k < FOUR; k++) memcpy(out + (i + k) * step, x + k, sizeof(Four));
    }
}
#else
enum { FOUR = 4, TURNS_OVER = 0 };

static void gather_four(const char *in, intptr_t step, int64_t rows, double *const *columns) {
    (void)in, (void)step, (void)rows, (void)columns;
}
static void spread_four(char *out, intptr_t step, int64_t rows, double *const *columns) {
    (void)out, (void)step, (void)rows, (void)columns;
}
#endif
