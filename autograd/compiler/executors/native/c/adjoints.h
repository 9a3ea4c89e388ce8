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
}

static int is_sum(const Node *node) { return node->code == ADD || node->code == SUB; }

/* Which numbers depend on a parameter. */
static void find_dependent(const Graph *graph, char *depends) {
    memset(depends, 0, graph->columns);
    for (int64_t k = 0; k < graph->parameter_count; k++) depends[graph->parameters[k].column] = 1;
    for (int64_t n = 0; n < graph->count; n++) {
        const Node *node = graph->nodes + n;
        for (int32_t k = node->first; k < node->first + node->operands; k++) depends[node->to] |= depends[graph->of[k]];
    }
}

typedef struct {
    char *depends;      /* which numbers depend on a parameter */
    int32_t *column;    /* of each number */
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
static void give_operands(Graph *graph, const Node *node, Given *given) {
    for (int k = 0; k < node->operands; k++) {
        const int32_t edge = node->first + k, of = graph->of[edge];
        const int is_passed_on = node->code == ADD || (node->code == SUB && k == 0);
        if (!given->depends[of]) continue;
        if (is_passed_on && given->uses.uses[of] == 1 && given->uses.is_node[of]) {
            given->column[of] = node->dy;
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
    for (int64_t n = 0; n < graph->columns; n++) given->column[n] = NOBODY;
    for (int64_t k = 0; k < graph->operands; k++) graph->adjoint[k] = NOBODY, graph->begins[k] = 0;
    graph->root = NOBODY;
    if (given->depends[graph->outputs[0]]) given->column[graph->outputs[0]] = graph->root = new_column(given);
    for (int64_t n = graph->count - 1; n >= 0; n--) {
        Node *node = graph->nodes + n;
        node->dy = given->column[node->to];
        if (node->dy < 0) continue;
        give_operands(graph, node, given);
        if (!--given->holders[node->dy]) given->free_ones[given->free_count++] = node->dy;
    }
    graph->adjoint_columns = given->count;
    for (int64_t k = 0; k < graph->parameter_count; k++)
        graph->parameters[k].argument = given->column[graph->parameters[k].column];
}

/* 0 where there is no memory. */
static int find_adjoints(Graph *graph) {
    const size_t size = (size_t)graph->columns;
    char *depends = malloc(size), *begins = malloc(graph->operands + 1);
    int32_t *memory = malloc(6 * size * sizeof(int32_t)), *adjoint = malloc((graph->operands + 1) * sizeof(int32_t));
    const int found = depends && begins && memory && adjoint;
    if (found) {
        const Uses uses = {memory + 3 * size, memory + 4 * size, memory + 5 * size};
        Given given = {depends, memory, memory + size, memory + 2 * size, uses, 0, 0};
        graph->adjoint = adjoint, graph->begins = begins;
        find_dependent(graph, depends);
        find_uses(graph, uses);
        give_adjoints(graph, &given);
    } else
        free(adjoint), free(begins);
    free(depends), free(memory);
    return found;
}
