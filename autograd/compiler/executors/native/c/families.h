/* Loops over families, all the operands of a function of several numbers: with so many members, each so many bytes
   after the one before. `strides` are from one family to the next one. */

typedef void (*FamilyLoop)(char **operands, intptr_t families, const intptr_t *strides, intptr_t members,
                           const intptr_t *by_member);

/* The family, the largest (or the smallest) of it, dy, result: dy shared by those that are as large. */
#define SHARE(NAME, TYPE)                                                                                              \
    FOR_EACH_PROCESSOR static void NAME(char **operands, intptr_t families, const intptr_t *strides, intptr_t members, \
                                        const intptr_t *by_member) {                                                   \
        const intptr_t size = sizeof(TYPE), step = by_member[0], to = by_member[3];                                    \
        for (intptr_t i = 0; i < families; i++) {                                                                      \
            const char *in = operands[0] + i * strides[0];                                                             \
            char *out = operands[3] + i * strides[3];                                                                  \
            const TYPE y = *(const TYPE *)(operands[1] + i * strides[1]);                                              \
            const TYPE dy = *(const TYPE *)(operands[2] + i * strides[2]);                                             \
            const TYPE *x = (const TYPE *)in;                                                                          \
            TYPE *r = (TYPE *)out;                                                                                     \
            intptr_t ties = 0;                                                                                         \
            if (step == size)                                                                                          \
                for (intptr_t j = 0; j < members; j++) ties += x[j] == y;                                              \
            else                                                                                                       \
                for (intptr_t j = 0; j < members; j++) ties += *(const TYPE *)(in + j * step) == y;                    \
            const TYPE hit = ties == 1 ? dy : dy * ((TYPE)1 / (TYPE)ties);                                             \
            const TYPE miss = dy * (ties ? (TYPE)0 : (TYPE)0 / (TYPE)ties); /* 0/0 where nothing is equal: nan */      \
            if (step == size && to == size)                                                                            \
                APART for (intptr_t j = 0; j < members; j++) r[j] = x[j] == y ? hit : miss;                            \
            else                                                                                                       \
                for (intptr_t j = 0; j < members; j++)                                                                 \
                    *(TYPE *)(out + j * to) = *(const TYPE *)(in + j * step) == y ? hit : miss;                        \
        }                                                                                                              \
    }

SHARE(share_d, double)
SHARE(share_f, float)

/* By name and type: where Python finds them. */
typedef struct {
    const char *name;
    FamilyLoop loop;
} OfFamilies;

static const OfFamilies of_families[] = {
    {"share d", share_d},
    {"share f", share_f},
    {0, 0},
};

/* A loop of ours over families: function operands axes | members | addresses | bytes from member to member of each
   operand | lengths of the other axes, inner one first | strides of each axis */
static void family(const Word *word, int64_t rows) {
    const FamilyLoop loop = (FamilyLoop)word[0];
    const int operands = (int)word[1], axes = (int)word[2];
    const int64_t members = word[3];
    char *pointers[MOST_OPERANDS];
    word += 4;
    for (int i = 0; i < operands; i++) pointers[i] = (char *)word[i];
    const Word *by_member = word + operands, *strides = by_member + operands + axes;
    intptr_t lengths[MOST_AXES] = {1, 1};
    for (int axis = 0; axis < axes; axis++) lengths[axis] = length_of(by_member[operands + axis], rows);
    Word swapped[2 * MOST_OPERANDS];
    if (axes == 2 && lengths[1] > lengths[0]) strides = swap_axes(lengths, strides, operands, swapped);
    int64_t count[MOST_AXES] = {0};
    for (int done = 0; !done;) {
        loop(pointers, lengths[0], strides, members, by_member);
        NEXT(count, axes, lengths, operands, pointers, strides, done);
    }
}
