/* The machine: runs instructions one after the other, each a few words of a stream, on blocks of rows.

   A word is an address, a number of bytes, or a length; a negative length -n stands for n numbers of each row. Nothing
   here knows of Python. */

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "ufunc.h"

typedef intptr_t Word; /* of 64 bits, or the machine is refused: see loops.py */

typedef struct {
    Word *code;
    int64_t rows;       /* of this block */
    int64_t first_row;  /* of this block, in the batch */
    double wrong_index; /* of a take that failed */
    int64_t wrong_row, wrong_choices;
} Machine;

enum { APPLY, MATMUL, REDUCE, MOVE, CHOOSE, TAKE, PUT, APPLY2, FAMILY, SMALL, REPEAT };
enum { DOUBLE, FLOAT, BOOLEAN, WHOLE }; /* what the numbers are; whole ones are indices, of 64 bits */

#define MOST_OPERANDS 5
#define MOST_AXES 8

static inline int64_t length_of(Word word, int64_t rows) { return word < 0 ? -word * rows : word; }

/* Counts through some axes but the first, which is the inner one, and moves the operands along. */
#define NEXT(count, axes, lengths, operands, pointers, strides, done)                                                  \
    do {                                                                                                               \
        int axis = 1;                                                                                                  \
        for (; axis < (axes); axis++) {                                                                                \
            const Word *by = (strides) + axis * (operands);                                                            \
            if (++(count)[axis] < (lengths)[axis]) {                                                                   \
                for (int i = 0; i < (operands); i++) (pointers)[i] += by[i];                                           \
                break;                                                                                                 \
            }                                                                                                          \
            (count)[axis] = 0;                                                                                         \
            for (int i = 0; i < (operands); i++) (pointers)[i] -= by[i] * ((lengths)[axis] - 1);                       \
        }                                                                                                              \
        (done) = axis == (axes);                                                                                       \
    } while (0)

/* Exchange two axes, so that there are few long loops rather than many short ones: the new strides. */
static inline const Word *swap_axes(intptr_t *lengths, const Word *strides, int operands, Word *swapped) {
    memcpy(swapped, strides + operands, operands * sizeof(Word));
    memcpy(swapped + operands, strides, operands * sizeof(Word));
    const intptr_t longer = lengths[1];
    lengths[1] = lengths[0], lengths[0] = longer;
    return swapped;
}

#include "kernels.h"
#include "families.h"
#include "lists.h"
#include "small_products.h"

enum { SHORT = 16 }; /* numbers, of which a loop of NumPy's takes not much less time than its call */

/* function data operands axes | addresses | lengths of the axes, inner one first | strides of each axis */
static void apply(const Word *word, int64_t rows) {
    const Loop loop = (Loop)word[0];
    void *data = (void *)word[1];
    const int operands = (int)word[2], axes = (int)word[3];
    char *pointers[MOST_OPERANDS];
    word += 4;
    for (int i = 0; i < operands; i++) pointers[i] = (char *)word[i];
    word += operands;
    const Word *strides = word + axes;
    intptr_t lengths[MOST_AXES];
    for (int axis = 0; axis < axes; axis++) lengths[axis] = length_of(word[axis], rows);
    if (axes == 1) {
        loop(pointers, lengths, strides, data);
        return;
    }
    Word swapped[2 * MOST_OPERANDS];
    if (axes == 2 && lengths[1] > lengths[0] && lengths[0] < SHORT) strides = swap_axes(lengths, strides, operands, swapped);
    int64_t count[MOST_AXES] = {0};
    for (int done = 0; !done;) {
        char *given[MOST_OPERANDS];
        memcpy(given, pointers, sizeof given);
        loop(given, lengths, strides, data);
        NEXT(count, axes, lengths, operands, pointers, strides, done);
    }
}

/* The same for a loop of ours along two axes, with no data. */
static void apply2(const Word *word, int64_t rows) {
    const Loop2 loop = (Loop2)word[0];
    const int operands = (int)word[2], axes = (int)word[3];
    char *pointers[MOST_OPERANDS];
    word += 4;
    for (int i = 0; i < operands; i++) pointers[i] = (char *)word[i];
    word += operands;
    const Word *strides = word + axes;
    if (axes == 1) {
        const intptr_t length[2] = {length_of(*word, rows), 1};
        loop(pointers, length, strides, strides);
        return;
    }
    intptr_t lengths[MOST_AXES] = {1, 1};
    for (int axis = 0; axis < axes; axis++) lengths[axis] = length_of(word[axis], rows);
    if (axes <= 2) {
        const Word *outer = axes == 2 ? strides + operands : strides;
        const int repeats = strides[operands - 1] == 0; /* what is there is changed again and again: see "accumulate" */
        if ((lengths[0] < 4 || repeats) && lengths[1] > lengths[0]) {
            const intptr_t swapped[2] = {lengths[1], lengths[0]};
            loop(pointers, swapped, outer, strides);
        } else
            loop(pointers, lengths, strides, outer);
        return;
    }
    Word swapped[3 * MOST_OPERANDS];
    if (axes == 3 && lengths[2] > lengths[1]) { /* the inner one, as numbers lie, and then the longer one */
        memcpy(swapped, strides, operands * sizeof(Word));
        swap_axes(lengths + 1, strides + operands, operands, swapped + operands);
        strides = swapped;
    }
    int64_t count[MOST_AXES] = {0};
    for (int done = 0; !done;) {
        loop(pointers, lengths, strides, strides + operands);
        NEXT(count + 1, axes - 1, lengths + 1, operands, pointers, strides + operands, done);
    }
}

/* Numbers of a right factor that is turned before the product, and for each row of the left one: measured. */
#define MOST_TURNED 2048
#define TURNED_FOR_A_ROW(SUMMED) ((SUMMED) <= 32 ? 128 : 32)

typedef union {
    double d[MOST_TURNED];
    float f[MOST_TURNED];
} Turned;

/* Row after row of the copy, four numbers at a time. */
#define TURN(TYPE, COPY)                                                                                               \
    for (int64_t i = 0; i < rows; i++) {                                                                               \
        TYPE *to = (COPY) + i * columns;                                                                               \
        const char *from = in + i * sizeof(TYPE);                                                                      \
        int64_t j = 0;                                                                                                 \
        for (; j + 4 <= columns; j += 4, from += 4 * step) {                                                           \
            const TYPE a = *(const TYPE *)from, b = *(const TYPE *)(from + step);                                      \
            const TYPE c = *(const TYPE *)(from + 2 * step), d = *(const TYPE *)(from + 3 * step);                     \
            to[j] = a, to[j + 1] = b, to[j + 2] = c, to[j + 3] = d;                                                    \
        }                                                                                                              \
        for (; j < columns; j++, from += step) to[j] = *(const TYPE *)from;                                            \
    }

/* A right factor whose columns lie apart, its rows side by side: turned, if it is small, since BLAS takes longer for that
   than a copy does. Its strides become those of the copy. */
static void turn_right(char **right, intptr_t *by_row, intptr_t *by_column, int64_t rows, int64_t columns, intptr_t size,
                       Turned *copy) {
    const char *in = *right;
    const intptr_t step = *by_column;
    if (size == sizeof(double)) TURN(double, copy->d)
    else TURN(float, copy->f)
    *right = (char *)copy;
    *by_row = columns * size;
    *by_column = size;
}

/* function data axes size | addresses of left, right, result | m n p | 6 strides of the matrices |
   lengths of the other axes, one of them at least | 3 strides of each axis */
static void matmul(const Word *word, int64_t rows) {
    const Loop loop = (Loop)word[0];
    void *data = (void *)word[1];
    const int axes = (int)word[2];
    const intptr_t size = word[3]; /* of a number */
    char *pointers[3];
    for (int i = 0; i < 3; i++) pointers[i] = (char *)word[4 + i];
    intptr_t lengths[MOST_AXES], dimensions[4], steps[9];
    for (int i = 0; i < 3; i++) dimensions[1 + i] = length_of(word[7 + i], rows);
    for (int i = 0; i < 6; i++) steps[3 + i] = word[10 + i];
    word += 16;
    const Word *strides = word + axes;
    for (int axis = 0; axis < axes; axis++) lengths[axis] = length_of(word[axis], rows);
    dimensions[0] = lengths[0];
    for (int i = 0; i < 3; i++) steps[i] = strides[i];
    Turned copy;
    const int64_t m = dimensions[1], n = dimensions[2], p = dimensions[3];
    const int is_apart = steps[5] == size && steps[6] == n * size && steps[8] == size;
    if (axes == 1 && lengths[0] == 1 && is_apart && n > 1 && p > 1 && n * p <= MOST_TURNED &&
        n * p <= TURNED_FOR_A_ROW(n) * m)
        turn_right(&pointers[1], &steps[5], &steps[6], n, p, size, &copy);
    int64_t count[MOST_AXES] = {0};
    for (int done = 0; !done;) {
        char *given[3] = {pointers[0], pointers[1], pointers[2]};
        loop(given, dimensions, steps, data);
        NEXT(count, axes, lengths, 3, pointers, strides, done);
    }
}

static int run(Machine *machine, int64_t start, int64_t stop);

/* turns moves | of each move the word, counted from the instruction, and by how much it grows after each turn |
   the instructions of a turn, up to the end of this one. Afterwards the words are what they were. */
static int repeat(Machine *machine, Word *word) {
    const int64_t turns = word[2], moves = word[3];
    const Word *move = word + 4;
    const int64_t at = word - machine->code, start = at + 4 + 2 * moves, stop = at + word[1];
    int64_t turn = 0;
    int failed = 0;
    for (; turn < turns && !failed; turn++) {
        failed = run(machine, start, stop);
        for (int64_t i = 0; i < moves; i++) word[move[2 * i]] += move[2 * i + 1];
    }
    for (int64_t i = 0; i < moves; i++) word[move[2 * i]] -= turn * move[2 * i + 1];
    return failed;
}

/* Runs the instructions of a part of the stream. 0 where all went well. */
static int run(Machine *machine, int64_t start, int64_t stop) {
    Word *word = machine->code + start;
    const Word *end = machine->code + stop;
    const int64_t rows = machine->rows;
    for (; word < end; word += word[1]) {
        switch (word[0]) {
        case APPLY: apply(word + 2, rows); break;
        case APPLY2: apply2(word + 2, rows); break;
        case FAMILY: family(word + 2, rows); break;
        case MATMUL: matmul(word + 2, rows); break;
        case SMALL: small_products(word + 2, rows); break;
        case REDUCE: reduce(word + 2, rows); break;
        case MOVE: move(word + 2, rows); break;
        case TAKE: take(word + 2, rows); break;
        case PUT: put(word + 2, rows); break;
        case REPEAT:
            if (repeat(machine, word)) return 1;
            break;
        case CHOOSE:
            if (choose(word + 2, rows, machine)) return 1;
            break;
        }
    }
    return 0;
}
