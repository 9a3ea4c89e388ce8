/* What one_row.h runs, made of the nodes: steps forward, in an order in which the same is done again and again, and steps
   back. A product that nothing but one sum uses is a part of its step. */

enum { ZERO, MINUS_ZERO, ONE, MINUS_ONE, CONSTANTS }; /* behind the numbers */
static const double constants[] = {0.0, -0.0, 1.0, -1.0};

static Place constant(const Graph *graph, int which) {
    const Place found = {(int32_t)graph->row.constants + which, 0};
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
                        Turn *turn) {
    for (int64_t n = part->first; n < part->end; n++) {
        const Node *node = graph->nodes + n;
        const Place partials = node->code == ONE_exp ? place_of_node(node) : kept[n], number = {(int32_t)n, 0};
        const int32_t code = node->code >= FIRST_OF_OTHERS ? OTHER : node->code;
        Step *move = turn->moves + turn->count;
        if (is_absorbed(graph, uses, node)) continue;
        turn->steps[turn->count++] =
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

static void add_step_back(Turn *turn, Place dy, Place sign, Place by, Place to, Place from) {
    const StepBack back = {dy.at, sign.at, by.at, to.at, from.at, TAKES_NOTHING};
    const StepBack move = {dy.by, sign.by, by.by, to.by, from.by, TAKES_NOTHING};
    turn->moves_back[turn->count_back] = move;
    turn->back[turn->count_back++] = back;
}

/* The steps back of a node. */
static void add_steps_back(const Graph *graph, Uses uses, const Node *node, Place kept, Adjoints adjoints, Turn *turn) {
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
        add_step_back(turn, at, sign, by, target, adjoints.begun[to] ? target : zero);
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
    graph->row.constants = position;
    graph->row.positions = position + CONSTANTS;
    graph->row.positions_back = graph->columns + 1 + graph->pinned;
}

/* What is needed to make the steps. */
typedef struct {
    Uses uses;
    int32_t *node_of, *depth, *step_of;
    Place *kept;
    Adjoints adjoints;
    Turn turn;
} Making;

/* Where the next ones of each kind go. */
typedef struct {
    Step *steps;
    StepBack *back;
    int32_t *others;
    Scan *scans;
} Written;

/* How many turns are written out: of a short one some, so that there is less to copy for each. */
static int64_t together_of(const Part *part) {
    enum { MOST_TOGETHER = 16, FEW_NODES = 256 };
    const int64_t nodes = part->end - part->first, some = FEW_NODES / (nodes + 1);
    const int64_t most = some < MOST_TOGETHER ? some : MOST_TOGETHER;
    return most < 1 ? 1 : most < part->turns ? most : part->turns;
}

/* The steps of all parts. 0 where there is no memory. */
static int make_parts(Graph *graph, Making *making, Written written) {
    Turn *turn = &making->turn;
    begin_adjoints(graph, making->adjoints);
    for (int64_t p = graph->part_count - 1; p >= 0; p--) {
        const Part *part = graph->parts + p;
        PartOfRow *row = graph->row.parts + p;
        turn->count = turn->count_back = 0;
        write_steps(graph, part, making->uses, making->node_of, making->kept, turn);
        for (int64_t n = part->end - 1; n >= part->first; n--)
            if (graph->nodes[n].dy >= 0)
                add_steps_back(graph, making->uses, graph->nodes + n, making->kept[n], making->adjoints, turn);
        open_frame(graph, part, making->kept + part->first, together_of(part), row);
        row->is_narrow = is_loop(part) && is_narrow(graph, turn, making->step_of, making->depth);
        if (row->is_narrow) order_steps_back(turn);
        else if (!order_steps(graph, turn, making->step_of)) return 0;
        row->steps = written.steps, row->back = written.back;
        row->scans = written.scans, row->scans_back = row->scans + operands_of_part(graph, part);
        write_out(graph, turn, row, &written.others);
        written.steps += row->together * row->count + 1, written.back += row->together * row->count_back;
        written.scans = row->scans_back + row->scan_count_back;
    }
    return 1;
}

/* All steps, with the memory for them. 0 where there is no memory. */
static int make_steps(Graph *graph) {
    const size_t size = (size_t)graph->columns + 1, count = (size_t)graph->count, edges = (size_t)graph->operands;
    size_t steps = (size_t)graph->part_count, backs = 0;
    for (const Part *part = graph->parts; part < end_of_parts(graph); part++) {
        steps += (size_t)(together_of(part) * (part->end - part->first));
        backs += (size_t)(together_of(part) * operands_of_part(graph, part));
    }
    Place *places = malloc((2 * size + count) * sizeof(Place));
    if (places) place_partials(graph, places + 2 * size);
    int32_t *memory = malloc((5 * size + count + (size_t)graph->row.positions) * sizeof(int32_t));
    Step *turn = malloc((2 * count + 1) * sizeof(Step) + 2 * edges * sizeof(StepBack));
    Step *written = graph->row.memory =
        malloc(steps * sizeof(Step) + backs * (sizeof(StepBack) + sizeof(int32_t)) + 2 * edges * sizeof(Scan));
    int found = memory && places && turn && written && graph->row.parts;
    if (found) {
        const Uses uses = {memory, memory + size, memory + 2 * size};
        const Adjoints adjoints = {places, places + size, memory + 3 * size};
        StepBack *back = (StepBack *)(turn + 2 * count);
        Making making = {uses, memory + 4 * size, memory + 5 * size, memory + 5 * size + count, places + 2 * size,
                         adjoints, {turn, turn + count, back, back + edges, 0, 0}};
        StepBack *first = (StepBack *)(written + steps);
        int32_t *others = graph->row.others = (int32_t *)(first + backs);
        const Written to = {written, first, others, (Scan *)(others + backs)};
        memset(making.step_of, -1, (size_t)graph->row.positions * sizeof(int32_t));
        find_nodes(graph, making.node_of);
        find_uses(graph, uses);
        found = make_parts(graph, &making, to);
    }
    free(memory), free(places), free(turn);
    return found;
}

/* Be ready for one row. 0 where there is no memory. */
static int use_one_row(Graph *graph) {
    OneRow *row = &graph->row;
    row->count = graph->part_count;
    row->parts = malloc((size_t)graph->part_count * sizeof(PartOfRow) + 1);
    if (make_steps(graph)) {
        row->numbers = calloc((size_t)row->positions, sizeof(double));
        row->adjoints = calloc((size_t)row->positions_back, sizeof(double));
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
