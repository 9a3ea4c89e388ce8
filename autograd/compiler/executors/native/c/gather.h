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
