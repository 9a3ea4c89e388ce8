/* One row: a node is a step forward, its edges are steps back. Branches cost more than numbers here, and a number that
   was just written costs as much as a sum. So each step jumps to the next by itself; a product and its sum are one step;
   and all steps back are the same: what begins is added to a zero. */

/* In this turn. */
static int32_t position_of_operand(const Graph *graph, const Node *node, int k) {
    return (int32_t)(graph->of[node->first + k] + graph->turn * graph->by_turn[node->first + k]);
}

/* Any other rule. 0 where it has no result. */
static int other_of_one_row(Graph *graph, const Step *step, int keeps) {
    const Node *node = graph->nodes + step->d;
    double *x = graph->room, *numbers = graph->row.numbers;
    for (int k = 0; k < node->operands; k++) x[k] = numbers[position_of_operand(graph, node, k)];
    if (!compute_in_c(node->rule, node->operands, x)) {
        graph->wrong_node = step->d, graph->wrong_row = 0;
        return 0;
    }
    numbers[step->to] = x[node->operands];
    if (keeps) memcpy(numbers + step->c, x + node->operands + 1, node->operands * sizeof(double));
    return 1;
}

#if defined(__GNUC__)
#define LABEL(WHAT) &&at_##WHAT,
#define LABEL_OF_ONE(rule) &&at_ONE_##rule,
#define LABEL_OF_TWO(rule) &&at_TWO_##rule,
#define LABEL_OF_OTHER(rule, count) &&at_OTHER,
#define BEGIN                                                                                                          \
    static const void *const labels[] = {                                                                              \
        LABEL(CODES) LABEL(CODES) LABEL(CODES) LABEL(DIV) LABEL(CODES) LABEL(OTHER)                                    \
        RULES_OF_ONE(LABEL_OF_ONE) RULES_OF_TWO(LABEL_OF_TWO) OTHERS(LABEL_OF_OTHER)                                   \
        LABEL(SUM) LABEL(DIFFERENCE) LABEL(CODES)};                                                                    \
    goto *labels[step->code];
#define STEP(WHAT, ...) at_##WHAT : { __VA_ARGS__; } step++; goto *labels[step->code];
#define END
#else
#define BEGIN for (;; step++) switch (step->code) {
#define STEP(WHAT, ...) case WHAT: { __VA_ARGS__; } continue;
#define END }
#endif
#define STEP_OF_ONE(rule)                                                                                              \
    STEP(ONE_##rule, double d[1]; numbers[step->to] = rule_##rule(numbers[step->a], d);                                \
         if (KEEPS) numbers[step->c] = d[0])
#define STEP_OF_TWO(rule)                                                                                              \
    STEP(TWO_##rule, double d[2]; numbers[step->to] = rule_##rule(numbers[step->a], numbers[step->b], d);              \
         if (KEEPS) numbers[step->c] = d[0], numbers[step->c + 1] = d[1])
#define FORWARD(NAME)                                                                                                  \
    static int NAME(Graph *graph, const Step *step) {                                                                  \
        double *numbers = graph->row.numbers;                                                                          \
        BEGIN                                                                                                          \
        STEP(SUM, numbers[step->to] = numbers[step->a] * numbers[step->b] + numbers[step->c] * numbers[step->d])       \
        STEP(DIFFERENCE, numbers[step->to] = numbers[step->a] * numbers[step->b] - numbers[step->c] * numbers[step->d])\
        STEP(DIV, const double b = numbers[step->b], y = numbers[step->to] = numbers[step->a] / b;                     \
             if (KEEPS) numbers[step->c] = 1.0 / b, numbers[step->c + 1] = -y / b)                                     \
        STEP(OTHER, if (!other_of_one_row(graph, step, KEEPS)) return 0)                                               \
        RULES_OF_ONE(STEP_OF_ONE)                                                                                      \
        RULES_OF_TWO(STEP_OF_TWO)                                                                                      \
        STEP(CODES, return 1)                                                                                          \
        END                                                                                                            \
    }

#define KEEPS 0
FORWARD(forward_value)
#undef KEEPS
#define KEEPS 1
FORWARD(forward_one_row)
#undef KEEPS

/* Go so many turns further with all that steps refer to: mostly by one, which is to take no product. */
static void move_fields(int32_t *RESTRICT fields, const int32_t *RESTRICT moves, int64_t count, int64_t turns) {
    if (turns == 1)
        for (int64_t i = 0; i < count; i++) fields[i] += moves[i];
    else if (turns == -1)
        for (int64_t i = 0; i < count; i++) fields[i] -= moves[i];
    else
        for (int64_t i = 0; i < count; i++) fields[i] += (int32_t)turns * moves[i];
}

static void move_forward(const PartOfRow *part, int64_t turns) {
    const int64_t count = part->count * (int64_t)(sizeof(Step) / sizeof(int32_t));
    move_fields((int32_t *)part->steps, (const int32_t *)part->moves, count, turns);
}

static void move_back(const PartOfRow *part, int64_t turns) {
    const int64_t count = part->count_back * (int64_t)(sizeof(StepBack) / sizeof(int32_t));
    move_fields((int32_t *)part->back, (const int32_t *)part->moves_back, count, turns);
}

/* All parts, in all turns. 0 where a rule has no result. */
static int forward_row(Graph *graph, int keeps) {
    const PartOfRow *end = graph->row.parts + graph->row.count;
    int found = 1;
    for (const PartOfRow *part = graph->row.parts; found && part < end; part++) {
        int64_t turn = 0;
        for (; found && turn < part->turns; turn++) {
            if (turn) move_forward(part, 1);
            graph->turn = turn;
            found = (keeps ? forward_one_row : forward_value)(graph, part->steps);
        }
        if (turn > 1) move_forward(part, 1 - turn);
    }
    return found;
}

static void backward_steps(const PartOfRow *part, const double *numbers, double *adjoints) {
    const StepBack *end = part->back + part->count_back;
    for (const StepBack *back = part->back; back < end; back++)
        adjoints[back->to] = adjoints[back->from] + numbers[back->by] * numbers[back->sign] * adjoints[back->dy];
}

static void backward_row(Graph *graph) {
    for (const PartOfRow *part = graph->row.parts + graph->row.count - 1; part >= graph->row.parts; part--) {
        if (part->turns > 1) move_back(part, part->turns - 1);
        for (int64_t turn = part->turns - 1; turn >= 0; turn--) {
            backward_steps(part, graph->row.numbers, graph->row.adjoints);
            if (turn) move_back(part, -1);
        }
    }
}
