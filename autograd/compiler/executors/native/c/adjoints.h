/* Columns for what flows back from the first output to the parameters: given where the last user of a number begins to
   add to them, and free again once the number has passed all on to its operands. */

enum { NOBODY = -1, SHARED = -2 }; /* instead of a column: nobody needs it; it is that of the node */

/* How often a number is used, and by which node last; an output is used by who asks for it. */
typedef struct {
    int32_t *uses, *user;
    int32_t *is_node; /* and no leaf */
} Uses;

static void find_uses(const Graph *graph, Uses found) {
    memset(found.uses, 0, graph->columns * sizeof(int32_t));
    memset(found.is_node, 0, graph->columns * sizeof(int32_t));
    for (int64_t k = 0; k < graph->width; k++) found.uses[graph->outputs[k]] += 2;
    for (int64_t n = 0; n < graph->count; n++) {
        const Node *node = graph->nodes + n;
        found.is_node[node->to] = 1;
        for (int32_t k = node->first; k < node->first + node->operands; k++)
            found.uses[graph->of[k]]++, found.user[graph->of[k]] = (int32_t)n;
    }
    for (int64_t n = 0; n < graph->columns; n++)
        if (graph->pin[n] >= 0) found.uses[n] += 2; /* by others, or in other turns */
}

static int is_sum(const Node *node) { return node->code == ADD || node->code == SUB; }

typedef struct {
    char *depends;      /* which numbers depend on a parameter, */
    char *wanted;       /* and on which the first output depends */
    int32_t *column;    /* of each number; */
    int32_t *by_turn;   /* and how much further it lies in the next turn */
    int32_t *holders;   /* of each column */
    int32_t *free_ones; /* columns */
    Uses uses;
    int64_t free_count, count;
} Given;

static int32_t new_column(Given *given) {
    const int32_t column = given->free_count ? given->free_ones[--given->free_count] : (int32_t)given->count++;
    given->holders[column] = 1;
    return column;
}

/* To the operands of a node. What a sum alone uses has the adjoint of the sum, in the same column. */
static void give_operands(Graph *graph, const Node *node, int64_t turns, Given *given) {
    for (int k = 0; k < node->operands; k++) {
        const int32_t edge = node->first + k, of = graph->of[edge];
        const int is_passed_on = node->code == ADD || (node->code == SUB && k == 0);
        if (!is_in_any(given->depends, of, graph->by_turn[edge], turns)) continue;
        if (graph->pin[of] >= 0) {
            graph->adjoint[edge] = graph->pin[of];
            if (graph->by_turn[edge])
                graph->adjoint_by_turn[edge] = graph->pin[of + graph->by_turn[edge]] - graph->pin[of];
            continue;
        }
        if (is_passed_on && given->uses.uses[of] == 1 && given->uses.is_node[of]) {
            given->column[of] = node->dy, given->by_turn[of] = node->dy_by_turn;
            given->holders[node->dy]++;
            graph->adjoint[edge] = SHARED;
            continue;
        }
        if (given->column[of] < 0) {
            graph->begins[edge] = 1;
            given->column[of] = new_column(given);
        }
        graph->adjoint[edge] = given->column[of];
    }
}

static void give_adjoints(Graph *graph, Given *given) {
    const int32_t output = graph->outputs[0];
    for (int64_t n = 0; n < graph->columns; n++) {
        given->column[n] = given->depends[n] && given->wanted[n] ? graph->pin[n] : NOBODY, given->by_turn[n] = 0;
        if (graph->pin[n] >= 0) given->holders[graph->pin[n]] = 1; /* for good */
    }
    for (int64_t k = 0; k < graph->operands; k++)
        graph->adjoint[k] = NOBODY, graph->adjoint_by_turn[k] = 0, graph->begins[k] = 0;
    if (given->depends[output] && given->column[output] < 0) given->column[output] = new_column(given);
    graph->root = given->column[output];
    for (const Part *part = end_of_parts(graph) - 1; part >= graph->parts; part--)
        for (int64_t n = part->end - 1; n >= part->first; n--) {
            Node *node = graph->nodes + n;
            const int is_pinned = graph->pin[node->to] >= 0;
            node->dy = given->column[node->to], node->dy_by_turn = given->by_turn[node->to];
            if (is_pinned && node->to_by_turn)
                node->dy_by_turn = graph->pin[node->to + node->to_by_turn] - node->dy;
            if (node->dy < 0) continue;
            give_operands(graph, node, part->turns, given);
            if (!is_pinned && !--given->holders[node->dy]) given->free_ones[given->free_count++] = node->dy;
        }
    graph->adjoint_columns = given->count;
    for (int64_t k = 0; k < graph->parameter_count; k++)
        graph->parameters[k].argument = given->column[graph->parameters[k].column];
}

/* That are kept of a row to go back. */
static int64_t bytes_of_row(const Graph *graph) {
    return 8 * (graph->columns + graph->partial_columns + graph->adjoint_columns) + graph->adjoint_columns;
}

/* 0 where there is no memory. */
static int find_adjoints(Graph *graph) {
    const size_t size = (size_t)graph->columns;
    const size_t of_operands = (size_t)(graph->operands + 1) * sizeof(int32_t);
    char *flags = malloc(2 * size + (size_t)graph->count + 1), *begins = malloc((size_t)graph->operands + 1);
    int32_t *memory = malloc(7 * size * sizeof(int32_t));
    int32_t *adjoint = malloc(of_operands), *by_turn = malloc(of_operands);
    const int found = flags && begins && memory && adjoint && by_turn;
    if (found) {
        const Uses uses = {memory + 3 * size, memory + 4 * size, memory + 5 * size};
        Given given = {flags, flags + size, memory, memory + 6 * size, memory + size, memory + 2 * size, uses, 0,
                       graph->pinned};
        int32_t *node_of = given.column; /* for a while */
        free(graph->adjoint), free(graph->adjoint_by_turn), free(graph->begins);
        graph->adjoint = adjoint, graph->adjoint_by_turn = by_turn, graph->begins = begins;
        find_nodes(graph, node_of);
        find_dependent(graph, node_of, given.depends, flags + 2 * size);
        find_wanted(graph, node_of, given.wanted, flags + 2 * size);
        find_uses(graph, uses);
        give_adjoints(graph, &given);
    } else
        free(adjoint), free(by_turn), free(begins);
    free(flags), free(memory);
    return found;
}
