/* What one_row.h runs, made of the nodes: steps forward, in an order in which the same is done again and again, and steps
   back. A product that nothing but one sum uses is a part of its step. */

enum { ZERO, MINUS_ZERO, ONE, MINUS_ONE, CONSTANTS }; /* behind the numbers */
static const double constants[] = {0.0, -0.0, 1.0, -1.0};

static int32_t constant(const Graph *graph, int which) { return (int32_t)graph->row.positions - CONSTANTS + which; }

/* Whether a node is a part of the step of the only one that uses it. */
static int is_absorbed(const Graph *graph, Uses uses, const Node *node) {
    return node->code == MUL && uses.uses[node->to] == 1 && is_sum(graph->nodes + uses.user[node->to]);
}

/* ---------------------------------------------------------------------------------------------------------- forward */

/* How many partial derivatives are kept; those of + - × are numbers that are there, as that of eˣ is. */
static int partials_of_step(const Node *node) {
    return node->code <= MUL || node->code == NEG || node->code == ONE_exp ? 0 : node->operands;
}

/* Two factors of the operand k of a sum: those of the product that it is, if this is absorbed, or itself and 1. */
static void factors(const Graph *graph, Uses uses, const int32_t *node_of, const Node *node, int k, int32_t *two) {
    const int32_t of = graph->of[node->first + k];
    const Node *product = node_of[of] < 0 ? NULL : graph->nodes + node_of[of];
    const int absorbs = product && is_absorbed(graph, uses, product);
    two[0] = absorbs ? graph->of[product->first] : of;
    two[1] = absorbs ? graph->of[product->first + 1] : constant(graph, ONE);
}

/* + - × as sums of two products: x is x·1, and a·b is a·b + (-0)·1, which loses no bit. */
static Step step_of_sum(const Graph *graph, Uses uses, const int32_t *node_of, const Node *node) {
    const int32_t *of = graph->of + node->first, one = constant(graph, ONE), minus_one = constant(graph, MINUS_ONE);
    Step step = {SUM, node->to, of[0], minus_one, constant(graph, MINUS_ZERO), one};
    if (node->code == MUL) step.b = of[1];
    if (!is_sum(node)) return step;
    factors(graph, uses, node_of, node, 0, &step.a);
    factors(graph, uses, node_of, node, 1, &step.c);
    if (node->code == SUB) {
        if (step.d == one && step.c == of[1]) step.d = minus_one;
        else step.code = DIFFERENCE;
    }
    return step;
}

/* The steps in the order of the nodes. */
static void write_steps(Graph *graph, Uses uses, const int32_t *node_of, const int32_t *kept) {
    for (int64_t n = 0; n < graph->count; n++) {
        const Node *node = graph->nodes + n;
        const int32_t *of = graph->of + node->first;
        const int32_t partials = node->code == ONE_exp ? node->to : kept[n]; /* which is written twice */
        const int32_t code = node->code >= FIRST_OF_OTHERS ? OTHER : node->code;
        const Step step = {code, node->to, of[0], of[node->operands > 1], partials, (int32_t)n};
        if (is_absorbed(graph, uses, node)) continue;
        graph->row.steps[graph->row.count++] =
            node->code <= MUL || node->code == NEG ? step_of_sum(graph, uses, node_of, node) : step;
    }
}

/* The operands of a step: how many, and the first. */
static int operands_of_step(const Graph *graph, const Step *step, const int32_t **operands) {
    const Node *node = graph->nodes + step->d;
    *operands = step->code == OTHER ? graph->of + node->first : &step->a;
    return step->code == OTHER ? node->operands : step->code >= SUM ? 4 : 2; /* if there is one, it is both */
}

/* ---------------------------------------------------------------------------------------------------------- the order */

typedef struct {
    int32_t first[CODES], last[CODES], counts[CODES]; /* of the steps that are ready, by what they do */
    int32_t *next;
} Ready;

static void becomes_ready(Ready *ready, int32_t code, int32_t n) {
    if (ready->counts[code]++) ready->next[ready->last[code]] = n;
    else ready->first[code] = n;
    ready->last[code] = n;
}

static int most_ready(const Ready *ready) {
    int code = 0;
    for (int k = 1; k < CODES; k++)
        if (ready->counts[k] > ready->counts[code]) code = k;
    return code;
}

/* Of each step, who uses it: in `users`, from its start to that of the next; and for how many operands it waits. */
static void find_users(const Graph *graph, int32_t *step_of, int32_t *start, int32_t *users, int32_t *waits) {
    const Step *steps = graph->row.steps;
    const int64_t count = graph->row.count;
    const int32_t *operands;
    memset(step_of, -1, graph->row.positions * sizeof(int32_t)); /* of the constants, too */
    memset(start, 0, (count + 2) * sizeof(int32_t));
    for (int64_t n = 0; n < count; n++) step_of[steps[n].to] = (int32_t)n;
    for (int64_t n = 0; n < count; n++) {
        waits[n] = 0;
        for (int k = operands_of_step(graph, steps + n, &operands) - 1; k >= 0; k--)
            if (step_of[operands[k]] >= 0) start[step_of[operands[k]] + 2]++, waits[n]++;
    }
    for (int64_t n = 0; n < count; n++) start[n + 2] += start[n + 1];
    for (int64_t n = 0; n < count; n++)
        for (int k = operands_of_step(graph, steps + n, &operands) - 1; k >= 0; k--)
            if (step_of[operands[k]] >= 0) users[start[step_of[operands[k]] + 1]++] = (int32_t)n;
}

/* Put the steps in an order in which what is alike stands together. 0 where there is no memory. */
static int order_steps(Graph *graph) {
    const int64_t count = graph->row.count, most = 2 * graph->operands + 4;
    int32_t *memory = malloc((graph->row.positions + 3 * count + 2 + most) * sizeof(int32_t));
    Step *steps = malloc((count + 1) * sizeof(Step));
    if (memory && steps) {
        int32_t *start = memory + graph->row.positions, *waits = start + count + 2, *users = waits + count;
        Ready ready = {{0}, {0}, {0}, users + most};
        find_users(graph, memory, start, users, waits);
        const Step *given = graph->row.steps;
        for (int64_t n = 0; n < count; n++)
            if (!waits[n]) becomes_ready(&ready, given[n].code, (int32_t)n);
        for (int64_t done = 0; done < count;) {
            const int code = most_ready(&ready);
            while (ready.counts[code]) {
                const int32_t n = ready.first[code];
                ready.first[code] = ready.next[n], ready.counts[code]--;
                steps[done++] = given[n];
                for (int32_t k = start[n]; k < start[n + 1]; k++)
                    if (!--waits[users[k]]) becomes_ready(&ready, given[users[k]].code, users[k]);
            }
        }
        const Step last = {CODES, 0, 0, 0, 0, 0};
        steps[count] = last;
        free(graph->row.steps);
        graph->row.steps = steps;
    } else
        free(steps);
    free(memory);
    return memory && steps;
}

/* ------------------------------------------------------------------------------------------------------------- back */

/* Where the adjoint of a number lies: at its own position; but what a sum alone uses has that of the sum, or less it. */
typedef struct {
    int32_t *at, *sign, *begun;
} Adjoints;

static int32_t position_of_partial(const Graph *graph, const Node *node, int32_t kept, int k) {
    switch (node->code) {
    case ADD: return constant(graph, ONE);
    case SUB: return constant(graph, k ? MINUS_ONE : ONE);
    case MUL: return graph->of[node->first + 1 - k];
    case NEG: return constant(graph, MINUS_ONE);
    case ONE_exp: return node->to;
    default: return kept + k;
    }
}

/* The steps back of a node. */
static void add_steps_back(Graph *graph, Uses uses, const Node *node, int32_t kept, Adjoints adjoints) {
    const int32_t one = constant(graph, ONE), minus_one = constant(graph, MINUS_ONE), zero = (int32_t)graph->columns;
    const int32_t at = adjoints.at[node->to], sign = adjoints.sign[node->to];
    for (int k = 0; k < node->operands; k++) {
        const int32_t to = graph->of[node->first + k], by = position_of_partial(graph, node, kept, k);
        if (graph->adjoint[node->first + k] == NOBODY) continue;
        if ((is_sum(node) || node->code == NEG) && uses.uses[to] == 1 && uses.is_node[to]) {
            adjoints.at[to] = at;
            adjoints.sign[to] = by == sign ? one : minus_one;
            continue;
        }
        const StepBack back = {at, sign, by, to, adjoints.begun[to] ? to : zero};
        graph->row.back[graph->row.count_back++] = back;
        adjoints.begun[to] = 1;
    }
}

static void write_steps_back(Graph *graph, Uses uses, const int32_t *kept, Adjoints adjoints) {
    for (int64_t n = 0; n < graph->columns; n++)
        adjoints.at[n] = (int32_t)n, adjoints.sign[n] = constant(graph, ONE), adjoints.begun[n] = 0;
    adjoints.begun[graph->outputs[0]] = 1;
    for (int64_t n = graph->count - 1; n >= 0; n--)
        if (graph->nodes[n].dy >= 0) add_steps_back(graph, uses, graph->nodes + n, kept[n], adjoints);
}

/* ------------------------------------------------------------------------------------------------------------ at all */

static void free_one_row(OneRow *row) {
    free(row->steps), free(row->back), free(row->numbers), free(row->adjoints);
    memset(row, 0, sizeof *row);
}

/* All steps; of the memory, `size` numbers are for each of eight uses. 0 where there is no memory. */
static int make_steps(Graph *graph, int32_t *memory, int64_t size) {
    const Uses uses = {memory, memory + size, memory + 7 * size};
    int32_t *node_of = memory + 2 * size, *kept = memory + 3 * size;
    const Adjoints adjoints = {memory + 4 * size, memory + 5 * size, memory + 6 * size};
    int32_t position = (int32_t)graph->columns;
    memset(node_of, -1, size * sizeof(int32_t));
    for (int64_t n = 0; n < graph->count; n++) {
        node_of[graph->nodes[n].to] = (int32_t)n;
        kept[n] = position;
        position += partials_of_step(graph->nodes + n);
    }
    graph->row.positions = position + CONSTANTS;
    find_uses(graph, uses);
    write_steps(graph, uses, node_of, kept);
    write_steps_back(graph, uses, kept, adjoints);
    return order_steps(graph);
}

/* Be ready for one row. 0 where there is no memory. */
static int use_one_row(Graph *graph) {
    OneRow *row = &graph->row;
    int32_t *memory = malloc(8 * graph->columns * sizeof(int32_t));
    row->steps = malloc((graph->count + 1) * sizeof(Step));
    row->back = malloc((graph->operands + 1) * sizeof(StepBack));
    if (memory && row->steps && row->back && make_steps(graph, memory, graph->columns)) {
        row->numbers = calloc((size_t)row->positions, sizeof(double));
        row->adjoints = calloc((size_t)graph->columns + 1, sizeof(double));
    }
    free(memory);
    if (!row->numbers || !row->adjoints) {
        free_one_row(row);
        return 0;
    }
    for (int64_t k = 0; k < graph->constant_count; k++)
        row->numbers[graph->constants[k].column] = graph->constants[k].number;
    for (int k = 0; k < CONSTANTS; k++) row->numbers[constant(graph, k)] = constants[k];
    return 1;
}
