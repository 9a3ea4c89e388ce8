/* Node after node, for a block of rows each: every number is a column. What a node needs to go back, its partial
   derivatives, is kept beside where it is not quickly found again. */

#define LARGE (1 << 24) /* bytes: more than a cache holds for us */

/* The room of a column; where it ends the next one begins, on a line of the cache. */
static int use_block(Graph *graph, int64_t block) {
    const int64_t numbers = graph->columns + graph->partial_columns, adjoints = graph->adjoint_columns;
    const size_t size = (size_t)((8 * (numbers + adjoints) + adjoints + 1) * block + 64);
    char *memory = malloc(size);
    if (!memory) return 0;
    free(graph->rows.memory);
    Columns *rows = &graph->rows;
    rows->memory = memory, rows->block = block;
    rows->is_large = size > LARGE;
    rows->values = (double *)(((uintptr_t)memory + 63) / 64 * 64);
    rows->partials = rows->values + graph->columns * block;
    rows->adjoints = rows->partials + graph->partial_columns * block;
    rows->flows = (char *)(rows->adjoints + adjoints * block);
    memset(rows->flows, 0, (size_t)((adjoints + 1) * block));
    memset(rows->adjoints, 0, (size_t)(8 * adjoints * block));
    for (int64_t k = 0; k < graph->constant_count; k++)
        for (int64_t i = 0; i < block; i++)
            rows->values[graph->constants[k].column * block + i] = graph->constants[k].number;
    return 1;
}

/* Any other rule, row by row. 0 where it has no result, and Python is to say why. */
static int forward_other(Graph *graph, const Node *node, int64_t rows, int keeps) {
    double *x = graph->room;
    const int64_t block = graph->rows.block;
    double *y = graph->rows.values + node->to * block, *p = graph->rows.partials + node->partials * block;
    const int32_t *of = graph->of + node->first;
    EACH_ROW {
        for (int k = 0; k < node->operands; k++) x[k] = graph->rows.values[of[k] * block + i];
        if (!compute_in_c(node->rule, node->operands, x)) {
            graph->wrong_row = i;
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
#define FETCH(column) for (int64_t i = 0; i < rows; i += LANES) __builtin_prefetch((column) + i)
#else
#define FETCH(column) (void)(column)
#endif
enum { AHEAD = 4 }; /* nodes: their numbers are fetched from memory in the meantime */

static inline void fetch_operands(const Graph *graph, const Node *node, int64_t rows) {
    const int32_t *of = graph->of + node->first;
    FETCH(graph->rows.values + of[0] * graph->rows.block);
    if (node->operands > 1) FETCH(graph->rows.values + of[1] * graph->rows.block);
}

static inline void fetch_adjoints(const Graph *graph, const Node *node, int64_t rows) {
    for (int32_t k = node->first; k < node->first + node->operands; k++)
        if (graph->adjoint[k] >= 0) FETCH(graph->rows.adjoints + graph->adjoint[k] * graph->rows.block);
    if (node->code == MUL || node->code == DIV) fetch_operands(graph, node, rows);
}

static inline const Kernel *kernel_of(const Node *node) { return kernels + (node->code - OTHER - 1); }

/* Whether all nodes have results; keeps: whether somebody will go back. */
FOR_EACH_PROCESSOR static int forward_rows(Graph *graph, int64_t rows, int keeps) {
    const int64_t block = graph->rows.block;
    rows = WHOLE_LANES(rows);
    for (int64_t n = 0; n < graph->count; n++) {
        const Node *node = graph->nodes + n;
        if (graph->rows.is_large && n + AHEAD < graph->count) fetch_operands(graph, node + AHEAD, rows);
        double *RESTRICT y = graph->rows.values + node->to * block;
        const int32_t *of = graph->of + node->first;
        const double *RESTRICT a = graph->rows.values + of[0] * block;
        const double *RESTRICT b = node->operands > 1 ? graph->rows.values + of[1] * block : a;
        const double *RESTRICT c = node->operands > 2 ? graph->rows.values + of[2] * block : a;
        double *p = graph->rows.partials + node->partials * block;
        switch (node->code) {
        case ADD: EACH_ROW y[i] = a[i] + b[i]; break;
        case SUB: EACH_ROW y[i] = a[i] - b[i]; break;
        case MUL: EACH_ROW y[i] = a[i] * b[i]; break;
        case DIV: EACH_ROW y[i] = a[i] / b[i]; break;
        case NEG: EACH_ROW y[i] = -a[i]; break;
        case OTHER:
            if (!forward_other(graph, node, rows, keeps)) {
                graph->wrong_node = n;
                return 0;
            }
            break;
        case ONE_exp:
        case ONE_log: kernel_of(node)->value(rows, a, b, c, y, p, p, p); break;
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

/* The chain rule along the edge to operand k: adjoint of the operand += partial · dy. */
#define EDGE(k, partial)                                                                                               \
    if (adjoint[k] >= 0) {                                                                                             \
        double *RESTRICT to = graph->rows.adjoints + adjoint[k] * block;                                               \
        if (begins[k]) EACH_ROW to[i] = (partial) * dy[i];                                                             \
        else EACH_ROW to[i] += (partial) * dy[i];                                                                      \
    }
/* Only where something has flowed to the node, and the edge is there. */
#define EXACT_EDGE(k, partial)                                                                                         \
    if (adjoint[k] >= 0) {                                                                                             \
        double *to = graph->rows.adjoints + adjoint[k] * block;                                                        \
        char *flows_to = graph->rows.flows + adjoint[k] * block;                                                       \
        EACH_ROW {                                                                                                     \
            const double given = (partial);                                                                            \
            if (begins[k]) to[i] = 0.0, flows_to[i] = 0;                                                               \
            if (flows[i] && (given != 0.0 || !node->chooses)) to[i] += given * dy[i], flows_to[i] = 1;                 \
        }                                                                                                              \
    }
#define BACKWARD(EDGE)                                                                                                 \
    const int64_t block = graph->rows.block;                                                                           \
    rows = WHOLE_LANES(rows);                                                                                          \
    for (int64_t n = graph->count - 1; n >= 0; n--) {                                                                  \
        const Node *node = graph->nodes + n;                                                                           \
        if (graph->rows.is_large && n > AHEAD) fetch_adjoints(graph, node - AHEAD, rows);                               \
        if (node->dy < 0) continue;                                                                                    \
        const double *RESTRICT dy = graph->rows.adjoints + node->dy * block;                                           \
        const char *flows = graph->rows.flows + node->dy * block;                                                      \
        const int32_t *of = graph->of + node->first, *adjoint = graph->adjoint + node->first;                          \
        const char *begins = graph->begins + node->first;                                                              \
        const double *RESTRICT y = graph->rows.values + node->to * block;                                              \
        const double *RESTRICT a = graph->rows.values + of[0] * block;                                                 \
        const double *RESTRICT b = node->operands > 1 ? graph->rows.values + of[1] * block : a;                        \
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
                const double *RESTRICT p = graph->rows.partials + (node->partials + k) * block;                        \
                EDGE(k, p[i])                                                                                          \
            }                                                                                                          \
        }                                                                                                              \
    }

FOR_EACH_PROCESSOR static void backward_rows(Graph *graph, int64_t rows) { BACKWARD(EDGE) }

static void backward_exact(Graph *graph, int64_t rows) { BACKWARD(EXACT_EDGE) }
