/* A graph of scalars as it is, node after node: for functions in which no matrices are found. Each number is a column,
   of so many rows; what a node needs to go back, its partial derivatives, is kept beside. Nothing here knows of Python. */

#include <math.h>
#include <stdint.h>

#include "switch.h" /* and the rules in C */

typedef struct {
    int32_t code;     /* see below */
    int32_t rule;     /* its number in rules.h */
    int32_t chooses;  /* whether a partial derivative of 0 is an edge that is not there */
    int32_t operands; /* how many */
    int32_t to;       /* the column of its number */
    int32_t first;    /* where they are in `of`, `adjoint` and `begins` */
    int32_t partials; /* the column of the first that is kept */
    int32_t dy;       /* the column of its adjoint; -1 where none is needed */
} Node;

typedef struct {
    Node *nodes;
    int64_t count;
    int32_t *of;      /* the columns of the operands */
    int32_t *adjoint; /* those of their adjoints; -1 where none is needed */
    char *begins;     /* whether nothing has been added to this adjoint before */
    double *values, *partials;
    double *adjoints; /* and before them a column for what nobody needs */
    char *flows;  /* of the adjoints: has something flowed? */
    double *room; /* for the numbers of one node */
    int64_t block; /* the rows of a column */
    int64_t keeps; /* the same, or 0 where nobody goes back */
    int64_t wrong_node, wrong_row;
} Graph;

#define ONE(rule) ONE_##rule,
#define TWO(rule) TWO_##rule,
enum { ADD, SUB, MUL, DIV, NEG, OTHER, RULES_OF_ONE(ONE) RULES_OF_TWO(TWO) CODES };
#define NAME(rule) #rule,
static const char *names_of_one[] = {RULES_OF_ONE(NAME) 0};
static const char *names_of_two[] = {RULES_OF_TWO(NAME) 0};

#define EACH_ROW for (int64_t i = 0; i < rows; i++)
#define FORWARD_ONE(rule)                                                                                              \
    case ONE_##rule: EACH_ROW y[i] = rule_##rule(a[i], p + i); break;
#define FORWARD_TWO(rule)                                                                                              \
    case TWO_##rule:                                                                                                   \
        EACH_ROW {                                                                                                     \
            double d[2];                                                                                               \
            y[i] = rule_##rule(a[i], b[i], d);                                                                         \
            p[i] = d[0], p[keeps + i] = d[1];                                                                          \
        }                                                                                                              \
        break;

/* Any other rule, row by row. 0 where it has no result, and Python is to say why. */
static int forward_other(Graph *graph, const Node *node, int64_t rows, double *y, double *p) {
    double *x = graph->room;
    const int32_t *of = graph->of + node->first;
    EACH_ROW {
        for (int k = 0; k < node->operands; k++) x[k] = graph->values[of[k] * graph->block + i];
        if (!compute_in_c(node->rule, node->operands, x)) {
            graph->wrong_row = i;
            return 0;
        }
        y[i] = x[node->operands];
        for (int k = 0; k < node->operands; k++) p[k * graph->keeps + i] = x[node->operands + 1 + k];
    }
    return 1;
}

static inline int forward_rows(Graph *graph, const int64_t rows) {
    const int64_t block = graph->block, keeps = graph->keeps;
    for (int64_t n = 0; n < graph->count; n++) {
        const Node *node = graph->nodes + n;
        double *y = graph->values + node->to * block;
        const int32_t *of = graph->of + node->first;
        const double *a = graph->values + of[0] * block;
        const double *b = node->operands > 1 ? graph->values + of[1] * block : a;
        double *p = graph->partials + node->partials * keeps;
        switch (node->code) {
        case ADD: EACH_ROW y[i] = a[i] + b[i]; break;
        case SUB: EACH_ROW y[i] = a[i] - b[i]; break;
        case MUL: EACH_ROW y[i] = a[i] * b[i]; break;
        case DIV: EACH_ROW y[i] = a[i] / b[i]; break;
        case NEG: EACH_ROW y[i] = -a[i]; break;
        RULES_OF_ONE(FORWARD_ONE)
        RULES_OF_TWO(FORWARD_TWO)
        default:
            if (!forward_other(graph, node, rows, y, p)) {
                graph->wrong_node = n;
                return 0;
            }
        }
    }
    return 1;
}

/* The chain rule along the edge to operand k: adjoint of the operand += partial · dy. */
#define EDGE(k, partial)                                                                                               \
    if (adjoint[k] >= 0) {                                                                                             \
        double *to = graph->adjoints + adjoint[k] * block;                                                             \
        if (begins[k]) EACH_ROW to[i] = (partial) * dy[i];                                                             \
        else EACH_ROW to[i] += (partial) * dy[i];                                                                      \
    }
/* Only where something has flowed to the node, and the edge is there. */
#define EXACT_EDGE(k, partial)                                                                                         \
    if (adjoint[k] >= 0) {                                                                                             \
        double *to = graph->adjoints + adjoint[k] * block;                                                             \
        char *flows_to = graph->flows + adjoint[k] * block;                                                            \
        EACH_ROW {                                                                                                     \
            const double given = (partial);                                                                            \
            if (begins[k]) to[i] = 0.0, flows_to[i] = 0;                                                               \
            if (flows[i] && (given != 0.0 || !node->chooses)) to[i] += given * dy[i], flows_to[i] = 1;                 \
        }                                                                                                              \
    }
#define BACKWARD(EDGE)                                                                                                 \
    for (int64_t n = graph->count - 1; n >= 0; n--) {                                                                  \
        const Node *node = graph->nodes + n;                                                                           \
        if (node->dy < 0) continue;                                                                                    \
        const double *dy = graph->adjoints + node->dy * block;                                                         \
        const char *flows = graph->flows + node->dy * block;                                                           \
        const int32_t *of = graph->of + node->first, *adjoint = graph->adjoint + node->first;                          \
        const char *begins = graph->begins + node->first;                                                              \
        const double *y = graph->values + node->to * block, *a = graph->values + of[0] * block;             \
        const double *b = node->operands > 1 ? graph->values + of[1] * block : a;                                      \
        (void)flows;                                                                                                   \
        switch (node->code) {                                                                                          \
        case ADD: EDGE(0, 1.0) EDGE(1, 1.0) break;                                                                     \
        case SUB: EDGE(0, 1.0) EDGE(1, -1.0) break;                                                                    \
        case MUL: EDGE(0, b[i]) EDGE(1, a[i]) break;                                                                   \
        case DIV: EDGE(0, 1.0 / b[i]) EDGE(1, -y[i] / b[i]) break;                                                     \
        case NEG: EDGE(0, -1.0) break;                                                                                 \
        default:                                                                                                       \
            for (int k = 0; k < node->operands; k++) {                                                                 \
                const double *p = graph->partials + (node->partials + k) * block;                                      \
                EDGE(k, p[i])                                                                                          \
            }                                                                                                          \
        }                                                                                                              \
    }

static inline void backward_rows(Graph *graph, const int64_t rows) {
    const int64_t block = graph->block;
    BACKWARD(EDGE)
}

/* At one row no edge is asked whether it is there or the first one: an adjoint is 0 again as soon as it was read, and
   what nobody needs goes to the column before the first. */
static void backward_one_row(Graph *graph) {
    const double *values = graph->values;
    double *adjoints = graph->adjoints;
    for (int64_t n = graph->count - 1; n >= 0; n--) {
        const Node *node = graph->nodes + n;
        if (node->dy < 0) continue;
        const double dy = adjoints[node->dy];
        const int32_t *of = graph->of + node->first, *adjoint = graph->adjoint + node->first;
        adjoints[node->dy] = 0.0;
        switch (node->code) {
        case ADD: adjoints[adjoint[0]] += dy, adjoints[adjoint[1]] += dy; break;
        case SUB: adjoints[adjoint[0]] += dy, adjoints[adjoint[1]] -= dy; break;
        case MUL: adjoints[adjoint[0]] += values[of[1]] * dy, adjoints[adjoint[1]] += values[of[0]] * dy; break;
        case DIV:
            adjoints[adjoint[0]] += 1.0 / values[of[1]] * dy;
            adjoints[adjoint[1]] += -values[node->to] / values[of[1]] * dy;
            break;
        case NEG: adjoints[adjoint[0]] -= dy; break;
        default:
            for (int k = 0; k < node->operands; k++) adjoints[adjoint[k]] += graph->partials[node->partials + k] * dy;
        }
    }
}

static void backward_exact(Graph *graph, const int64_t rows) {
    const int64_t block = graph->block;
    BACKWARD(EXACT_EDGE)
}

/* At one row the loops are gone. */
static int forward(Graph *graph, int64_t rows) {
    if (graph->block == 1) return forward_rows(graph, 1);
    return forward_rows(graph, rows);
}

static void backward(Graph *graph, int64_t rows, int exact) {
    if (exact) backward_exact(graph, rows);
    else if (graph->block == 1) backward_one_row(graph);
    else backward_rows(graph, rows);
}
