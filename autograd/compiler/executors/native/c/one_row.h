/* One row: a node is a step forward, its edges are steps back. Branches cost more than numbers here, and a number that
   was just written costs as much as a sum. So each step jumps to the next by itself; a product and its sum are one step;
   and all steps back are the same: what begins is added to a zero. In loops, where turn waits for turn, a step takes from
   a register what the one before has given: see frames.h. */

/* Any other rule. 0 where it has no result. */
static int other_of_one_row(Graph *graph, const Step *step, int keeps) {
    const Node *node = graph->nodes + step->d;
    double *x = graph->room, *numbers = graph->row.numbers;
    for (int k = 0; k < node->operands; k++) x[k] = numbers[graph->row.others[step->b + k]];
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
#define LABEL_OF_LAST(rule) &&at_LAST_##rule,
#define LABEL_OF_OTHER(rule, count) &&at_OTHER,
#define BEGIN                                                                                                          \
    static const void *const labels[] = {                                                                              \
        LABEL(CODES) LABEL(CODES) LABEL(CODES) LABEL(DIV) LABEL(CODES) LABEL(OTHER)                                    \
        RULES_OF_ONE(LABEL_OF_ONE) RULES_OF_TWO(LABEL_OF_TWO) OTHERS(LABEL_OF_OTHER)                                   \
        LABEL(SUM) LABEL(DIFFERENCE) LABEL(SUM_OF_LAST) LABEL(DIFFERENCE_OF_LAST) LABEL(DIFFERENCE_LESS_LAST)          \
        RULES_OF_ONE(LABEL_OF_LAST) LABEL(CODES)};                                                                 \
    goto *labels[step->code];
#define STEP(WHAT, ...) at_##WHAT : { __VA_ARGS__; } step++; goto *labels[step->code];
#define END
#else
#define BEGIN for (;; step++) switch (step->code) {
#define STEP(WHAT, ...) case WHAT: { __VA_ARGS__; } continue;
#define END }
#endif
#define GIVE(RESULT) numbers[step->to] = last = (RESULT)
#define STEP_OF_ONE(rule)                                                                                              \
    STEP(ONE_##rule, double d[1]; GIVE(rule_##rule(numbers[step->a], d)); if (KEEPS) numbers[step->c] = d[0])
#define STEP_OF_LAST(rule)                                                                                             \
    STEP(LAST_##rule, double d[1]; GIVE(rule_##rule(last, d)); if (KEEPS) numbers[step->c] = d[0])
#define STEP_OF_TWO(rule)                                                                                              \
    STEP(TWO_##rule, double d[2]; GIVE(rule_##rule(numbers[step->a], numbers[step->b], d));                            \
         if (KEEPS) numbers[step->c] = d[0], numbers[step->c + 1] = d[1])
#define FORWARD(NAME)                                                                                                  \
    static const Step *NAME(Graph *graph, const Step *step) {                                                          \
        double *numbers = graph->row.numbers, last = 0.0; /* what the step before has computed */                      \
        BEGIN                                                                                                          \
        STEP(SUM, GIVE(numbers[step->a] * numbers[step->b] + numbers[step->c] * numbers[step->d]))                     \
        STEP(DIFFERENCE, GIVE(numbers[step->a] * numbers[step->b] - numbers[step->c] * numbers[step->d]))              \
        STEP(SUM_OF_LAST, GIVE(last * numbers[step->b] + numbers[step->c] * numbers[step->d]))                         \
        STEP(DIFFERENCE_OF_LAST, GIVE(last * numbers[step->b] - numbers[step->c] * numbers[step->d]))                  \
        STEP(DIFFERENCE_LESS_LAST, GIVE(numbers[step->a] * numbers[step->b] - last * numbers[step->d]))                \
        STEP(DIV, const double b = numbers[step->b]; GIVE(numbers[step->a] / b);                                       \
             if (KEEPS) numbers[step->c] = 1.0 / b, numbers[step->c + 1] = -last / b)                                  \
        STEP(OTHER, if (!other_of_one_row(graph, step, KEEPS)) return step; last = numbers[step->to])                  \
        RULES_OF_ONE(STEP_OF_ONE)                                                                                      \
        RULES_OF_ONE(STEP_OF_LAST)                                                                                     \
        RULES_OF_TWO(STEP_OF_TWO)                                                                                      \
        STEP(CODES, return step)                                                                                       \
        END                                                                                                            \
    }

/* Steps up to the first one of CODES; or the one before that has no result. */
#define KEEPS 0
FORWARD(forward_value)
#undef KEEPS
#define KEEPS 1
FORWARD(forward_one_row)
#undef KEEPS

/* So many turns of a part, from one of them on. 0 where a rule has no result. */
static int forward_turns(Graph *graph, const PartOfRow *part, int64_t turn, int64_t turns, int keeps) {
    double *numbers = graph->row.numbers;
    Step *end = part->steps + turns * part->count;
    const int32_t code = end->code;
    enter_scans(numbers, part, turn, turns);
    end->code = CODES; /* of the turns that are written out these may be some */
    const Step *last = (keeps ? forward_one_row : forward_value)(graph, part->steps);
    end->code = code;
    leave_window(numbers, &part->numbers, turn, turns);
    if (keeps) leave_window(numbers, &part->partials, turn, turns);
    shift_window(numbers, &part->numbers, turns);
    if (last != end) graph->turn = turn + (last - part->steps) / part->count;
    return last == end;
}

static int64_t turns_left(const PartOfRow *part, int64_t turn) {
    return part->turns - turn < part->together ? part->turns - turn : part->together;
}

/* All parts, in all turns. 0 where a rule has no result. */
static int forward_row(Graph *graph, int keeps) {
    const PartOfRow *end = graph->row.parts + graph->row.count;
    for (const PartOfRow *part = graph->row.parts; part < end; part++) {
        enter_window(graph->row.numbers, &part->numbers, 0, 0);
        for (int64_t turn = 0; turn < part->turns; turn += part->together)
            if (!forward_turns(graph, part, turn, turns_left(part, turn), keeps)) return 0;
    }
    return 1;
}

static void backward_steps(const StepBack *back, const StepBack *end, const double *numbers, double *adjoints) {
    for (; back < end; back++)
        adjoints[back->to] = adjoints[back->from] + numbers[back->by] * numbers[back->sign] * adjoints[back->dy];
}

/* The same of a narrow loop: what the step before has given need not be fetched from where that has put it. */
static void backward_narrow(const PartOfRow *part, const StepBack *back, const StepBack *end, const double *numbers,
                            double *adjoints) {
    double last = back > part->back ? adjoints[back[-1].to] : 0.0;
    for (; back < end; back++) {
        const double by = numbers[back->by] * numbers[back->sign];
        switch (back->takes) {
        case TAKES_DY: last = adjoints[back->from] + by * last; break;
        case TAKES_FROM: last = last + by * adjoints[back->dy]; break;
        default: last = adjoints[back->from] + by * adjoints[back->dy];
        }
        adjoints[back->to] = last;
    }
}

static void backward_turns(const Graph *graph, const PartOfRow *part, int64_t turn, int64_t turns) {
    double *numbers = graph->row.numbers, *adjoints = graph->row.adjoints;
    const StepBack *end = part->back + part->together * part->count_back;
    enter_window(numbers, &part->numbers, turn, turns);
    enter_window(numbers, &part->partials, turn, turns);
    enter_scans(numbers, part, turn, turns);
    enter_window(adjoints, &part->adjoints, turn, turns);
    clear_scans(adjoints, part, turns);
    if (part->is_narrow) backward_narrow(part, end - turns * part->count_back, end, numbers, adjoints);
    else backward_steps(end - turns * part->count_back, end, numbers, adjoints);
    leave_front(adjoints, &part->adjoints, turn);
    leave_scans(adjoints, part, turn, turns);
}

static void backward_row(const Graph *graph) {
    for (const PartOfRow *part = graph->row.parts + graph->row.count - 1; part >= graph->row.parts; part--)
        for (int64_t turn = (part->turns - 1) / part->together * part->together; turn >= 0; turn -= part->together)
            backward_turns(graph, part, turn, turns_left(part, turn));
}
