/* A graph of scalars as it is, node after node: for functions in which no matrices are found. Nothing here and in the
   files below knows of Python, but for what the rules need.

   pinned.h     what loops pass on and need from outside
   flow.h       where something may flow back
   adjoints.h   where what flows back lies
   many_rows.h  node after node, for a block of rows each        rows.h, rows.c, elementary.h, powers.h  the functions
   passing.h    the same, where nothing goes back: parts.h and pairs.h  what is computed together
                places.h  which columns, of which there are few
   one_row.h    number after number                              steps.h, order.h  in which order, and what goes back
                frames.h  what a loop has in a few of its turns
   arrays.h     rows become columns, and columns rows            gather.h  of any strides, or four columns at once
   call.h       rows in, outputs and the gradient out: block by block, or one row */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(_MSC_VER)
#define OF_THREAD __declspec(thread) /* nobody holds Python's lock */
#else
#define OF_THREAD _Thread_local
#endif
#include "switch.h" /* and the rules in C */
#include "rows.h"

typedef struct {
    int32_t code;     /* see below */
    int32_t rule;     /* its number in rules.h */
    int32_t chooses;  /* whether a partial derivative of 0 is an edge that is not there */
    int32_t operands; /* how many */
    int32_t to;       /* the column of its number */
    int32_t first;    /* where they are in `of`, `adjoint` and `begins` */
    int32_t partials; /* the column of the first that is kept */
    int32_t dy;       /* the column of its adjoint; -1 where none is needed */
    int32_t to_by_turn, partials_by_turn, dy_by_turn; /* in a loop: how much further these lie in the next turn */
} Node;

/* Consecutive nodes that are run once, or in turns: those of a loop. All columns above are those of the first turn. The
   numbers that are kept lie from `base` on, `width` for each turn; in front of them are those of turns before the first
   one, which hold what the first turns go on from. The others have a column for all turns. */
typedef struct {
    int64_t first, end, turns;
    int64_t base, width, before;
    int32_t step, end_of_steps; /* of a run that does not go back: see passing.h */
} Part;

typedef struct {
    int32_t column;
    int32_t argument; /* of an input; of a parameter the column of its adjoint */
    int32_t position; /* in a row of the argument; of a parameter among those of the tape */
} Leaf;

typedef struct {
    int32_t column;
    double number;
} Constant;

/* Of one row: the positions of numbers, and of partial derivatives behind them; see steps.h. */
typedef struct {
    int32_t code, to, a, b, c, d; /* or b: in `others`; c: of the partial derivatives; d: the node */
} Step;

/* Along an edge: adjoints[to] = adjoints[from] + partial derivative · sign · dy */
typedef struct {
    int32_t dy, sign, by; /* sign: the position of 1 or -1 */
    int32_t to, from;     /* from: the same, or where 0 is */
    int32_t takes;        /* of a narrow loop: which of these the step before has just computed */
} StepBack;

enum { TAKES_NOTHING, TAKES_DY, TAKES_FROM };

/* A copy of what the turns of a loop have, in a frame: of those that are written out, after those that they reach back
   to. Outside of it they lie one after the other. */
typedef struct {
    int64_t frame, outside; /* the first turn that is written out; the first one of the loop */
    int64_t width, before;  /* of a turn; how many turns are in front */
} Window;

/* What is another number for each turn, and comes from outside of the loop: where the first turn finds it, how much
   further the next one; and where it is in the frame, for each turn that is written out. */
typedef struct {
    int32_t at, by, frame;
} Scan;

/* The steps of a part; of a loop those of a few turns, in a frame: see frames.h. */
typedef struct {
    Step *steps;
    StepBack *back;             /* from the last turn to the first */
    int64_t count, count_back;  /* of one turn */
    int64_t turns, together;    /* of the loop; that are written out */
    int is_narrow;              /* whether a step mostly waits for the one before it: see order.h */
    Window numbers, partials, adjoints;
    Scan *scans, *scans_back;   /* of numbers, of adjoints */
    int64_t scan_count, scan_count_back;
} PartOfRow;

typedef struct {
    PartOfRow *parts;
    int64_t count, positions, positions_back; /* with the frames */
    int64_t constants;
    double *numbers;  /* the columns, the partial derivatives, the constants of steps.h: 0, -0, 1 and -1, and the frames */
    double *adjoints; /* of the columns, then 0, those that are pinned, and the frames */
    int32_t *others;  /* the operands of steps of which there may be many */
    void *memory;     /* in which all but numbers and adjoints lie */
} OneRow;

typedef struct {
    double *values, *partials, *adjoints;
    char *flows;   /* of the adjoints: has something flowed? */
    void *memory;  /* in which all of them lie; NULL until a run goes back */
    int64_t block; /* the rows of a column */
    int is_large;  /* more than a cache holds */
    double *passing;       /* those of a run that does not go back, */
    void *passing_memory;  /* in which they lie; NULL until there is one, */
    int64_t passing_block; /* and their rows */
    double *numbers;       /* of this run: these, or the values; */
    const int32_t *at;     /* which one a number has, NULL where it is its own; */
    int64_t step;          /* and how many rows they have */
} Columns;

/* Of a run that does not go back: a node, with its parts, or with another node; see passing.h. */
typedef struct {
    int32_t node, code, with;
    int32_t of[4], by_turn[4]; /* what the parts are made of, and how much further it lies in the next turn */
} PassingStep;

typedef struct {
    PassingStep *steps;
    int32_t count, columns;
    int32_t *place; /* which column each number has; NULL until somebody runs the graph */
} Passing;

/* Bytes that will be needed. */
typedef struct {
    const char *from, *end;
} Ahead;

enum { MOST_AHEAD = 4 };

typedef struct {
    Node *nodes;
    int64_t count;
    Part *parts;
    int64_t part_count;
    int has_loops;
    int64_t most_bytes; /* of what is kept at once, where there are loops */
    int32_t *of;      /* the columns of the operands */
    int32_t *by_turn; /* and how much further they lie in the next turn */
    int32_t *adjoint; /* those of their adjoints; -1 where none is needed; NULL until somebody runs the graph */
    int32_t *adjoint_by_turn;
    char *begins;     /* whether nothing has been added to this adjoint before */
    int32_t *pin;     /* of each number the column of its adjoint where that is its own for good, else -1 */
    int64_t pinned;   /* how many of these columns there are: the first ones */
    int64_t columns, operands, partial_columns, adjoint_columns;
    Leaf *inputs, *parameters;
    int64_t input_count, parameter_count;
    Constant *constants;
    int64_t constant_count;
    int32_t *outputs; /* their columns */
    int64_t width;
    int32_t root; /* the column of the adjoint of the first output; -1 where it depends on no parameter */
    Passing passing;
    Columns rows;
    OneRow row;
    Ahead ahead[MOST_AHEAD];
    int32_t ahead_count;
    double *room;   /* for the numbers of one node */
    double *slopes; /* by the parameters, summed over the blocks */
    int64_t turn; /* of a loop, that runs */
    int64_t wrong_node, wrong_row;
} Graph;

#define ONE(rule) ONE_##rule,
#define TWO(rule) TWO_##rule,
#define ANY(rule, count) ANY_##rule,
#define LAST(rule) LAST_##rule,
enum { ADD, SUB, MUL, DIV, NEG, OTHER, RULES_OF_ONE(ONE) RULES_OF_TWO(TWO) OTHERS(ANY) SUM, DIFFERENCE,
       /* in the steps of loops, of what the step before has computed: */
       SUM_OF_LAST, DIFFERENCE_OF_LAST, DIFFERENCE_LESS_LAST, RULES_OF_ONE(LAST) CODES };
#define NAME(rule) #rule,
static const char *names_of_one[] = {RULES_OF_ONE(NAME) 0};
static const char *names_of_two[] = {RULES_OF_TWO(NAME) 0};
#define NAME_OF_OTHER(rule, count) #rule,
static const char *names_of_others[] = {OTHERS(NAME_OF_OTHER) 0};
#define COUNT_OF_OTHER(rule, count) count,
static const int operands_of_others[] = {OTHERS(COUNT_OF_OTHER)};
enum { FIRST_OF_OTHERS = SUM - sizeof operands_of_others / sizeof *operands_of_others };

#include "pinned.h"
#include "flow.h"
#include "adjoints.h"
#include "columns.h"
#include "gather.h"
#include "many_rows.h"
#include "frames.h"
#include "steps.h"
#include "parts.h"
#include "pairs.h"
#include "places.h"
#include "passing.h"
#include "loops.h"
#include "one_row.h"
#include "arrays.h"
#include "call.h"

static void free_graph(Graph *graph) {
    void *memory[] = {graph->nodes, graph->parts, graph->of, graph->by_turn, graph->adjoint, graph->adjoint_by_turn,
                      graph->begins, graph->pin, graph->inputs, graph->parameters,
                      graph->constants, graph->outputs, graph->rows.memory, graph->rows.passing_memory, graph->passing.steps,
                      graph->passing.place, graph->room, graph->slopes};
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++) free(memory[i]);
    free_one_row(&graph->row);
}
