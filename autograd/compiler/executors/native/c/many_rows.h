/* Node after node, for a block of rows each: every number is a column. What a node needs to go back, its partial
   derivatives, is kept beside where it is not quickly found again. */

/* Any other rule, row by row. 0 where it has no result, and Python is to say why. */
static int forward_other(Graph *graph, const Node *node, int64_t rows, int keeps) {
    double *x = graph->room;
    const int64_t block = graph->rows.block;
    double *y = column(graph, node->to), *p = graph->rows.partials + node->partials * block;
    const int32_t *of = graph->of + node->first;
    EACH_ROW {
        for (int k = 0; k < node->operands; k++) x[k] = column(graph, of[k])[i];
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

static inline void fetch_operands(const Graph *graph, const Node *node, int64_t rows) {
    const int32_t *of = graph->of + node->first;
    FETCH(column(graph, of[0]));
    if (node->operands > 1) FETCH(column(graph, of[1]));
}

static inline void fetch_adjoints(const Graph *graph, const Node *node, int64_t rows) {
    for (int32_t k = node->first; k < node->first + node->operands; k++)
        if (graph->adjoint[k] >= 0) FETCH(graph->rows.adjoints + graph->adjoint[k] * graph->rows.block);
    if (node->code == MUL || node->code == DIV) fetch_operands(graph, node, rows);
}

/* Whether this is the sine or its kin. */
static int has_beyond(int code) { return code == ONE_sin || code == ONE_cos || code == ONE_tan; }

static inline const Kernel *kernel_of(const Node *node) { return kernels + (node->code - OTHER - 1); }

/* Whether these nodes have results; keeps: whether somebody will go back. */
FOR_EACH_PROCESSOR static int forward_nodes(Graph *graph, int64_t n, int64_t end, int64_t rows, int keeps) {
    const int64_t block = graph->rows.block;
    rows = WHOLE_LANES(rows);
    for (; n < end; n++) {
        const Node *node = graph->nodes + n;
        if (graph->rows.is_large && keeps && n + AHEAD < end) fetch_operands(graph, node + AHEAD, rows);
        double *RESTRICT y = column(graph, node->to);
        const int32_t *of = graph->of + node->first;
        const double *RESTRICT a = column(graph, of[0]);
        const double *RESTRICT b = node->operands > 1 ? column(graph, of[1]) : a;
        const double *RESTRICT c = node->operands > 2 ? column(graph, of[2]) : a;
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
        case TWO_pow: /* compilers make no vector instructions of its derivatives: they are too long */
            if (keeps) forward_other(graph, node, rows, keeps);
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
