/* + - × ÷ of what is + - × ÷ itself, and used by nobody else: one loop instead of two or three, with the same
   roundings, and without columns for the parts. */

/* What stands to the left and to the right of a sign: a number, or two with a sign of their own. */
#define FORMS(X) X(ALONE) X(PLUS) X(MINUS) X(TIMES) X(OVER) X(NEGATIVE)
#define FORM(WHAT) WHAT,
enum { FORMS(FORM) COUNT_OF_FORMS };
#define ALONE_OF(a, b) (a)
#define PLUS_OF(a, b) ((a) + (b))
#define MINUS_OF(a, b) ((a) - (b))
#define TIMES_OF(a, b) ((a) * (b))
#define OVER_OF(a, b) ((a) / (b))
#define NEGATIVE_OF(a, b) (-(a))

static int form_of(const Node *node) {
    static const int forms[] = {PLUS, MINUS, TIMES, OVER, NEGATIVE}; /* of ADD, SUB, MUL, DIV and NEG */
    return forms[node->code];
}

static int has_parts(const Node *node) { return node->code <= DIV; }
static int may_be_part(const Node *node) { return node->code <= NEG; }

/* Of each node, whether it is a part of the only one that uses it; parts have no parts. node_of: of each number. */
static void find_parts(const Graph *graph, Uses uses, const int32_t *node_of, int32_t *is_part) {
    for (int64_t n = 0; n < graph->count; n++) {
        const Node *node = graph->nodes + n;
        is_part[n] = may_be_part(node) && uses.uses[node->to] == 1 && has_parts(graph->nodes + uses.user[node->to]);
        for (int32_t k = node->first; is_part[n] && k < node->first + node->operands; k++)
            if (node_of[graph->of[k]] >= 0 && is_part[node_of[graph->of[k]]]) is_part[n] = 0;
    }
}

enum { WHOLE_NODE, PAIR, WITH_PARTS }; /* what a step is; the last one, and what follows it: a sign and two forms */
#define STEP_OF(sign, left, right) (WITH_PARTS + ((sign) * COUNT_OF_FORMS + (left)) * COUNT_OF_FORMS + (right))

/* The step of a node that has_parts. */
static PassingStep with_parts(const Graph *graph, const int32_t *node_of, const int32_t *is_part, int32_t n) {
    const Node *node = graph->nodes + n;
    PassingStep step = {n, 0, NOBODY, {0}, {0}};
    int forms[2];
    for (int side = 0; side < 2; side++) {
        const int32_t of = graph->of[node->first + side], part = node_of[of];
        const int whole = part < 0 || !is_part[part];
        const int32_t first = whole ? node->first + side : graph->nodes[part].first;
        forms[side] = whole ? ALONE : form_of(graph->nodes + part);
        const int32_t second = first + (forms[side] != ALONE && forms[side] != NEGATIVE);
        step.of[2 * side] = graph->of[first], step.by_turn[2 * side] = graph->by_turn[first];
        step.of[2 * side + 1] = graph->of[second], step.by_turn[2 * side + 1] = graph->by_turn[second];
    }
    step.code = STEP_OF(form_of(node), forms[0], forms[1]);
    return step;
}

#define LOOP(SIGN, LEFT, RIGHT)                                                                                        \
    case STEP_OF(SIGN, LEFT, RIGHT):                                                                                   \
        EACH_ROW y[i] = SIGN##_OF(LEFT##_OF(a[i], b[i]), RIGHT##_OF(c[i], d[i]));                                      \
        break;
#define LOOPS_OF(SIGN, LEFT)                                                                                           \
    LOOP(SIGN, LEFT, ALONE) LOOP(SIGN, LEFT, PLUS) LOOP(SIGN, LEFT, MINUS) LOOP(SIGN, LEFT, TIMES)                     \
    LOOP(SIGN, LEFT, OVER) LOOP(SIGN, LEFT, NEGATIVE)
#define LOOPS_WITH(SIGN)                                                                                               \
    LOOPS_OF(SIGN, ALONE) LOOPS_OF(SIGN, PLUS) LOOPS_OF(SIGN, MINUS) LOOPS_OF(SIGN, TIMES) LOOPS_OF(SIGN, OVER)        \
    LOOPS_OF(SIGN, NEGATIVE)

static inline const double *column_of_part(const Graph *graph, const PassingStep *step, int k, int64_t turn) {
    return column(graph, (int32_t)(step->of[k] + turn * step->by_turn[k]));
}

FOR_EACH_PROCESSOR static void forward_with_parts(const Graph *graph, const PassingStep *step, int64_t turn,
                                                  int64_t rows) {
    double *RESTRICT y = column_of_node(graph, graph->nodes + step->node, turn);
    const double *RESTRICT a = column_of_part(graph, step, 0, turn), *RESTRICT b = column_of_part(graph, step, 1, turn);
    const double *RESTRICT c = column_of_part(graph, step, 2, turn), *RESTRICT d = column_of_part(graph, step, 3, turn);
    rows = WHOLE_LANES(rows);
    switch (step->code) {
        LOOPS_WITH(PLUS)
        LOOPS_WITH(MINUS)
        LOOPS_WITH(TIMES)
        LOOPS_WITH(OVER)
    }
}
