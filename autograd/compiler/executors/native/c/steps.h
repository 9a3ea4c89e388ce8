/* What one_row.h runs, made of the nodes: steps forward, in an order in which the same is done again and again, and steps
   back. A product that nothing but one sum uses is a part of its step. */

enum { ZERO, MINUS_ZERO, ONE, MINUS_ONE, CONSTANTS }; /* behind the numbers */
static const double constants[] = {0.0, -0.0, 1.0, -1.0};

/* Where a number lies, and how much further in the next turn of a loop. */
typedef struct {
    int32_t at, by;
} Place;

static Place constant(const Graph *graph, int which) {
    const Place found = {(int32_t)graph->row.positions - CONSTANTS + which, 0};
    return found;
}

static Place place_of_node(const Node *node) {
    const Place found = {node->to, node->to_by_turn};
    return found;
}

static Place place_of_operand(const Graph *graph, const Node *node, int k) {
    const Place found = {graph->of[node->first + k], graph->by_turn[node->first + k]};
    return found;
}

static int are_equal(Place a, Place b) { return a.at == b.at; }

static Step step_of(int32_t code, Place to, Place a, Place b, Place c, Place d, Step *move) {
    const Step step = {code, to.at, a.at, b.at, c.at, d.at}, moves = {0, to.by, a.by, b.by, c.by, d.by};
    *move = moves;
    return step;
}

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
static void factors(const Graph *graph, Uses uses, const int32_t *node_of, const Node *node, int k, Place *two) {
    const int32_t of = graph->of[node->first + k];
    const Node *product = node_of[of] < 0 ? NULL : graph->nodes + node_of[of];
    const int absorbs = product && is_absorbed(graph, uses, product);
    two[0] = absorbs ? place_of_operand(graph, product, 0) : place_of_operand(graph, node, k);
    two[1] = absorbs ? place_of_operand(graph, product, 1) : constant(graph, ONE);
}

/* + - × as sums of two products: x is x·1, and a·b is a·b + (-0)·1, which loses no bit. */
static Step step_of_sum(const Graph *graph, Uses uses, const int32_t *node_of, const Node *node, Step *move) {
    const Place one = constant(graph, ONE), minus_one = constant(graph, MINUS_ONE), to = place_of_node(node);
    const Place a = place_of_operand(graph, node, 0);
    Place first[2], second[2];
    if (!is_sum(node))
        return step_of(SUM, to, a, node->code == MUL ? place_of_operand(graph, node, 1) : minus_one,
                       constant(graph, MINUS_ZERO), one, move);
    factors(graph, uses, node_of, node, 0, first);
    factors(graph, uses, node_of, node, 1, second);
    if (node->code == ADD) return step_of(SUM, to, first[0], first[1], second[0], second[1], move);
    if (are_equal(second[1], one)) return step_of(SUM, to, first[0], first[1], second[0], minus_one, move);
    return step_of(DIFFERENCE, to, first[0], first[1], second[0], second[1], move);
}

/* The steps of a part in the order of its nodes. */
static void write_steps(const Graph *graph, const Part *part, Uses uses, const int32_t *node_of, const Place *kept,
                        PartOfRow *row) {
    for (int64_t n = part->first; n < part->end; n++) {
        const Node *node = graph->nodes + n;
        const Place partials = node->code == ONE_exp ? place_of_node(node) : kept[n], number = {(int32_t)n, 0};
        const int32_t code = node->code >= FIRST_OF_OTHERS ? OTHER : node->code;
        Step *move = row->moves + row->count;
        if (is_absorbed(graph, uses, node)) continue;
        row->steps[row->count++] =
            node->code <= MUL || node->code == NEG
                ? step_of_sum(graph, uses, node_of, node, move)
                : step_of(code, place_of_node(node), place_of_operand(graph, node, 0),
                          place_of_operand(graph, node, node->operands > 1), partials, number, move);
    }
}

/* The operands of a step: how many, and the first. */
static int operands_of_step(const Graph *graph, const Step *step, const int32_t **operands) {
    const Node *node = graph->nodes + step->d;
    *operands = step->code == OTHER ? graph->of + node->first : &step->a;
    return step->code == OTHER ? node->operands : step->code >= SUM ? 4 : 2; /* if there is one, it is both */
}

#include "order.h"

/* ------------------------------------------------------------------------------------------------------------- back */

/* Where the adjoint of a number lies: at its own position; but what a sum alone uses has that of the sum, or less it.
   What is pinned lies behind them all. */
typedef struct {
    Place *at, *sign;
    int32_t *begun;
} Adjoints;

static Place place_of_adjoint(const Graph *graph, int32_t number, int32_t by) {
    Place found = {number, 0};
    if (graph->pin[number] >= 0) {
        found.at = (int32_t)graph->columns + 1 + graph->pin[number];
        found.by = by ? graph->pin[number + by] - graph->pin[number] : 0;
    }
    return found;
}

static Place place_of_partial(const Graph *graph, const Node *node, Place kept, int k) {
    switch (node->code) {
    case ADD: return constant(graph, ONE);
    case SUB: return constant(graph, k ? MINUS_ONE : ONE);
    case MUL: return place_of_operand(graph, node, 1 - k);
    case NEG: return constant(graph, MINUS_ONE);
    case ONE_exp: return place_of_node(node);
    default: kept.at += k; return kept;
    }
}

static void add_step_back(PartOfRow *row, Place dy, Place sign, Place by, Place to, Place from) {
    const StepBack back = {dy.at, sign.at, by.at, to.at, from.at}, move = {dy.by, sign.by, by.by, to.by, from.by};
    row->moves_back[row->count_back] = move;
    row->back[row->count_back++] = back;
}

/* The steps back of a node. */
static void add_steps_back(const Graph *graph, Uses uses, const Node *node, Place kept, Adjoints adjoints, PartOfRow *row) {
    const Place one = constant(graph, ONE), minus_one = constant(graph, MINUS_ONE), zero = {(int32_t)graph->columns, 0};
    const Place at = adjoints.at[node->to], sign = adjoints.sign[node->to];
    for (int k = 0; k < node->operands; k++) {
        const int32_t to = graph->of[node->first + k];
        const Place by = place_of_partial(graph, node, kept, k);
        if (graph->adjoint[node->first + k] == NOBODY) continue;
        if ((is_sum(node) || node->code == NEG) && uses.uses[to] == 1 && uses.is_node[to]) {
            adjoints.at[to] = at;
            adjoints.sign[to] = are_equal(by, sign) ? one : minus_one;
            continue;
        }
        const Place target = place_of_adjoint(graph, to, graph->by_turn[node->first + k]);
        add_step_back(row, at, sign, by, target, adjoints.begun[to] ? target : zero);
        adjoints.begun[to] = 1;
    }
}

static void begin_adjoints(const Graph *graph, Adjoints adjoints) {
    for (int64_t n = 0; n < graph->columns; n++) {
        adjoints.at[n] = place_of_adjoint(graph, (int32_t)n, 0), adjoints.sign[n] = constant(graph, ONE);
        adjoints.begun[n] = graph->pin[n] >= 0;
    }
    for (int64_t n = 0; n < graph->count; n++) {
        const Node *node = graph->nodes + n;
        adjoints.at[node->to] = place_of_adjoint(graph, node->to, node->to_by_turn);
    }
    adjoints.begun[graph->outputs[0]] = 1;
}

/* ------------------------------------------------------------------------------------------------------------ at all */

static void free_one_row(OneRow *row) {
    free(row->parts), free(row->memory), free(row->numbers), free(row->adjoints);
    memset(row, 0, sizeof *row);
}

/* Where the partial derivatives of each node are kept, behind the numbers. */
static void place_partials(Graph *graph, Place *kept) {
    int64_t position = graph->columns;
    for (const Part *part = graph->parts; part < end_of_parts(graph); part++) {
        int64_t of_turn = 0;
        for (int64_t n = part->first; n < part->end; n++) {
            kept[n].at = (int32_t)(position + of_turn);
            of_turn += partials_of_step(graph->nodes + n);
        }
        for (int64_t n = part->first; n < part->end; n++) kept[n].by = is_loop(part) ? (int32_t)of_turn : 0;
        position += part->turns * of_turn;
    }
    graph->row.positions = position + CONSTANTS;
}

/* The memory of all steps, and to make them. */
typedef struct {
    Uses uses;
    int32_t *node_of, *step_of;
    Place *kept;
    Adjoints adjoints;
} Making;

/* The steps of all parts. 0 where there is no memory. */
static int make_parts(Graph *graph, Making making, Step *steps, StepBack *back) {
    const int64_t most = graph->count + graph->part_count;
    begin_adjoints(graph, making.adjoints);
    for (int64_t p = graph->part_count - 1; p >= 0; p--) {
        const Part *part = graph->parts + p;
        const PartOfRow empty = {steps, steps + most, 0, back, back + graph->operands, 0, part->turns};
        PartOfRow *row = graph->row.parts + p;
        *row = empty;
        write_steps(graph, part, making.uses, making.node_of, making.kept, row);
        for (int64_t n = part->end - 1; n >= part->first; n--)
            if (graph->nodes[n].dy >= 0)
                add_steps_back(graph, making.uses, graph->nodes + n, making.kept[n], making.adjoints, row);
        if (!order_steps(graph, row, making.step_of)) return 0;
        steps[row->count].code = CODES;
        steps += row->count + 1, back += row->count_back;
    }
    return 1;
}

/* All steps, with the memory for them. 0 where there is no memory. */
static int make_steps(Graph *graph) {
    const size_t size = (size_t)graph->columns + 1, most = (size_t)(graph->count + graph->part_count);
    const size_t of_back = (size_t)graph->operands * sizeof(StepBack);
    Place *places = malloc((2 * size + most) * sizeof(Place));
    char *steps = graph->row.memory = malloc(2 * most * sizeof(Step) + 2 * of_back);
    if (places) place_partials(graph, places + 2 * size);
    int32_t *memory = malloc((5 * size + (size_t)graph->row.positions) * sizeof(int32_t));
    int found = memory && places && steps && graph->row.parts;
    if (found) {
        const Uses uses = {memory, memory + size, memory + 2 * size};
        const Adjoints adjoints = {places, places + size, memory + 3 * size};
        const Making making = {uses, memory + 4 * size, memory + 5 * size, places + 2 * size, adjoints};
        memset(making.node_of, -1, (size + (size_t)graph->row.positions) * sizeof(int32_t));
        for (int64_t n = 0; n < graph->count; n++) making.node_of[graph->nodes[n].to] = (int32_t)n;
        find_uses(graph, uses);
        found = make_parts(graph, making, (Step *)steps, (StepBack *)(steps + 2 * most * sizeof(Step)));
    }
    free(memory), free(places);
    return found;
}

/* Be ready for one row. 0 where there is no memory. */
static int use_one_row(Graph *graph) {
    OneRow *row = &graph->row;
    row->count = graph->part_count;
    row->parts = malloc((size_t)graph->part_count * sizeof(PartOfRow) + 1);
    if (make_steps(graph)) {
        row->numbers = calloc((size_t)row->positions, sizeof(double));
        row->adjoints = calloc((size_t)(graph->columns + 1 + graph->pinned), sizeof(double));
    }
    if (!row->numbers || !row->adjoints) {
        free_one_row(row);
        return 0;
    }
    for (int64_t k = 0; k < graph->constant_count; k++)
        row->numbers[graph->constants[k].column] = graph->constants[k].number;
    for (int k = 0; k < CONSTANTS; k++) row->numbers[constant(graph, k).at] = constants[k];
    return 1;
}
