/* Node after node, for a block of rows each: every number is a column. What a node needs to go back, its partial
   derivatives, is kept beside where it is not quickly found again. */

/* In a loop, of a turn. */
static inline double *column_of_node(const Graph *graph, const Node *node, int64_t turn) {
    return column(graph, (int32_t)(node->to + turn * node->to_by_turn));
}

static inline double *column_of_operand(const Graph *graph, const Node *node, int k, int64_t turn) {
    return column(graph, (int32_t)(graph->of[node->first + k] + turn * graph->by_turn[node->first + k]));
}

static inline double *partials_of_node(const Graph *graph, const Node *node, int64_t turn) {
    return graph->rows.partials + (node->partials + turn * node->partials_by_turn) * graph->rows.block;
}

/* Any other rule, row by row. 0 where it has no result, and Python is to say why. */
static int forward_other(Graph *graph, const Node *node, int64_t turn, int64_t rows, int keeps) {
    double *x = graph->room;
    const int64_t block = graph->rows.block;
    double *y = column_of_node(graph, node, turn), *p = partials_of_node(graph, node, turn);
    EACH_ROW {
        for (int k = 0; k < node->operands; k++) x[k] = column_of_operand(graph, node, k, turn)[i];
        if (!compute_in_c(node->rule, node->operands, x)) {
            graph->wrong_row = i, graph->turn = turn;
            return 0;
        }
        y[i] = x[node->operands];
        for (int k = 0; keeps && k < node->operands; k++) p[k * block + i] = x[node->operands + 1 + k];
    }
    return 1;
}

/* The sine and its kin where the argument is so large that only the C library has its digits. */
#define BEYOND(rule)                                                                                                   \
    case ONE_##rule:                                                                                                   \
        EACH_ROW if (fabs(a[i]) > FARTHEST) {                                                                          \
            double d[1];                                                                                               \
            y[i] = rule_##rule(a[i], d);                                                                               \
            if (keeps) p[i] = d[0];                                                                                    \
        }                                                                                                              \
        break;

static void forward_beyond(int code, int64_t rows, const double *a, double *y, double *p, int keeps) {
    switch (code) {
        BEYOND(sin)
        BEYOND(cos)
        BEYOND(tan)
    }
}

FOR_EACH_PROCESSOR static int any_beyond(int64_t rows, const double *a) {
    int64_t found = 0;
    EACH_ROW found |= fabs(a[i]) > FARTHEST;
    return found != 0;
}

#if defined(__GNUC__)
#define FETCH_LINE(address) __builtin_prefetch(address)
#else
#define FETCH_LINE(address) (void)(address)
#endif
#define FETCH(COLUMN)                                                                                                  \
    do {                                                                                                               \
        const double *numbers = (COLUMN);                                                                              \
        for (int64_t i = 0; i < rows; i += LANES) FETCH_LINE(numbers + i);                                             \
    } while (0)
enum { AHEAD = 4 }; /* nodes: their numbers are fetched from memory in the meantime */

static inline void fetch_operands(const Graph *graph, const Node *node, int64_t turn, int64_t rows) {
    FETCH(column_of_operand(graph, node, 0, turn));
    if (node->operands > 1) FETCH(column_of_operand(graph, node, 1, turn));
}

static inline void fetch_adjoints(const Graph *graph, const Node *node, int64_t turn, int64_t rows) {
    for (int32_t k = node->first; k < node->first + node->operands; k++) {
        const int64_t adjoint = graph->adjoint[k] + turn * graph->adjoint_by_turn[k];
        if (graph->adjoint[k] >= 0) FETCH(graph->rows.adjoints + adjoint * graph->rows.block);
    }
    if (node->code == MUL || node->code == DIV) fetch_operands(graph, node, turn, rows);
}

/* Whether this is the sine or its kin. */
static int has_beyond(int code) { return code == ONE_sin || code == ONE_cos || code == ONE_tan; }

static inline const Kernel *kernel_of(const Node *node) { return kernels + (node->code - OTHER - 1); }

/* Whether these nodes have results in a turn; keeps: whether somebody will go back. */
FOR_EACH_PROCESSOR static int forward_nodes(Graph *graph, int64_t n, int64_t end, int64_t turn, int64_t rows, int keeps) {
    const int64_t block = graph->rows.block;
    rows = WHOLE_LANES(rows);
    for (; n < end; n++) {
        const Node *node = graph->nodes + n;
        if (graph->rows.is_large && keeps && n + AHEAD < end) fetch_operands(graph, node + AHEAD, turn, rows);
        double *RESTRICT y = column_of_node(graph, node, turn);
        const double *RESTRICT a = column_of_operand(graph, node, 0, turn);
        const double *RESTRICT b = node->operands > 1 ? column_of_operand(graph, node, 1, turn) : a;
        const double *RESTRICT c = node->operands > 2 ? column_of_operand(graph, node, 2, turn) : a;
        double *p = partials_of_node(graph, node, turn);
        switch (node->code) {
        case ADD: EACH_ROW y[i] = a[i] + b[i]; break;
        case SUB: EACH_ROW y[i] = a[i] - b[i]; break;
        case MUL: EACH_ROW y[i] = a[i] * b[i]; break;
        case DIV: EACH_ROW y[i] = a[i] / b[i]; break;
        case NEG: EACH_ROW y[i] = -a[i]; break;
        case OTHER:
            if (!forward_other(graph, node, turn, rows, keeps)) {
                graph->wrong_node = n;
                return 0;
            }
            break;
        case ONE_exp:
        case ONE_log: kernel_of(node)->value(rows, a, b, c, y, p, p, p); break;
        case TWO_pow: /* compilers make no vector instructions of its derivatives: they are too long */
            if (keeps) forward_other(graph, node, turn, rows, keeps);
            kernel_of(node)->value(rows, a, b, c, y, p, p, p);
            break;
        case ONE_sin:
        case ONE_cos:
        case ONE_tan:
            (keeps ? kernel_of(node)->both : kernel_of(node)->value)(rows, a, b, c, y, p, p + block, p + 2 * block);
            if (any_beyond(rows, a)) forward_beyond(node->code, rows, a, y, p, keeps);
            break;
        default: (keeps ? kernel_of(node)->both : kernel_of(node)->value)(rows, a, b, c, y, p, p + block, p + 2 * block);
        }
    }
    return 1;
}

/* All parts, in all turns, with what is needed to go back. */
static int forward_parts(Graph *graph, int64_t rows) {
    for (const Part *part = graph->parts; part < end_of_parts(graph); part++)
        for (int64_t turn = 0; turn < part->turns; turn++)
            if (!forward_nodes(graph, part->first, part->end, turn, rows, 1)) return 0;
    return 1;
}

/* The chain rule along the edge to operand k: adjoint of the operand += partial · dy. */
#define EDGE(k, partial)                                                                                               \
    if (adjoint[k] >= 0) {                                                                                             \
        double *RESTRICT to = graph->rows.adjoints + (adjoint[k] + turn * by_turn[k]) * block;                         \
        if (begins[k]) EACH_ROW to[i] = (partial) * dy[i];                                                             \
        else EACH_ROW to[i] += (partial) * dy[i];                                                                      \
    }
/* Only where something has flowed to the node, and the edge is there. */
#define EXACT_EDGE(k, partial)                                                                                         \
    if (adjoint[k] >= 0) {                                                                                             \
        double *to = graph->rows.adjoints + (adjoint[k] + turn * by_turn[k]) * block;                                  \
        char *flows_to = graph->rows.flows + (adjoint[k] + turn * by_turn[k]) * block;                                 \
        EACH_ROW {                                                                                                     \
            const double given = (partial);                                                                            \
            if (begins[k]) to[i] = 0.0, flows_to[i] = 0;                                                               \
            if (flows[i] && (given != 0.0 || !node->chooses)) to[i] += given * dy[i], flows_to[i] = 1;                 \
        }                                                                                                              \
    }
#define BACKWARD(EDGE)                                                                                                 \
    const int64_t block = graph->rows.block;                                                                           \
    for (int64_t n = end - 1; n >= first; n--) {                                                                       \
        const Node *node = graph->nodes + n;                                                                           \
        if (graph->rows.is_large && n > first + AHEAD) fetch_adjoints(graph, node - AHEAD, turn, rows);                \
        if (node->dy < 0) continue;                                                                                    \
        const double *RESTRICT dy = graph->rows.adjoints + (node->dy + turn * node->dy_by_turn) * block;               \
        const char *flows = graph->rows.flows + (node->dy + turn * node->dy_by_turn) * block;                          \
        const int32_t *adjoint = graph->adjoint + node->first, *by_turn = graph->adjoint_by_turn + node->first;        \
        const char *begins = graph->begins + node->first;                                                              \
        const double *RESTRICT y = column_of_node(graph, node, turn);                                                  \
        const double *RESTRICT a = column_of_operand(graph, node, 0, turn);                                            \
        const double *RESTRICT b = node->operands > 1 ? column_of_operand(graph, node, 1, turn) : a;                   \
        (void)flows;                                                                                                   \
        switch (node->code) {                                                                                          \
        case ADD: EDGE(0, 1.0) EDGE(1, 1.0) break;                                                                     \
        case SUB: EDGE(0, 1.0) EDGE(1, -1.0) break;                                                                    \
        case MUL: EDGE(0, b[i]) EDGE(1, a[i]) break;                                                                   \
        case DIV: EDGE(0, 1.0 / b[i]) EDGE(1, -y[i] / b[i]) break;                                                     \
        case NEG: EDGE(0, -1.0) break;                                                                                 \
        case ONE_exp: EDGE(0, y[i]) break;                                                                             \
        case ONE_log: EDGE(0, 1.0 / a[i]) break;                                                                       \
        default:                                                                                                       \
            for (int k = 0; k < node->operands; k++) {                                                                 \
                const double *RESTRICT p = partials_of_node(graph, node, turn) + k * block;                            \
                EDGE(k, p[i])                                                                                          \
            }                                                                                                          \
        }                                                                                                              \
    }

FOR_EACH_PROCESSOR static void backward_nodes(Graph *graph, int64_t first, int64_t end, int64_t turn, int64_t rows) {
    rows = WHOLE_LANES(rows);
    BACKWARD(EDGE)
}

static void backward_exact(Graph *graph, int64_t first, int64_t end, int64_t turn, int64_t rows) {
    rows = WHOLE_LANES(rows);
    BACKWARD(EXACT_EDGE)
}

/* All parts, in all turns, from the last one to the first. */
static void backward_parts(Graph *graph, int64_t rows, int exact) {
    for (const Part *part = end_of_parts(graph) - 1; part >= graph->parts; part--)
        for (int64_t turn = part->turns - 1; turn >= 0; turn--)
            (exact ? backward_exact : backward_nodes)(graph, part->first, part->end, turn, rows);
}
