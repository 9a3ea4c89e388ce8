/* A run that does not go back: a column is used again when its number has had its last user, so that a block of rows
   stays in the first cache; and what one loop can compute is one step: see parts.h and pairs.h. */

enum { LARGE_PASSING = 1 << 16 }; /* numbers: more than a cache near by holds */

static const int32_t *operands_of_passing(const Graph *graph, const PassingStep *step, int32_t *count) {
    const Node *node = graph->nodes + step->node;
    *count = step->code < WITH_PARTS ? node->operands : 4;
    return step->code < WITH_PARTS ? graph->of + node->first : step->of;
}

/* Which column each number has. */
static void find_places(Graph *graph, int32_t *last, int32_t *free_ones) {
    int32_t *place = graph->passing.place, count, columns = 0;
    int64_t free_count = 0;
    memset(last, -1, graph->columns * sizeof(int32_t)); /* -1: it stays */
    for (int32_t n = 0; n < graph->passing.count; n++) {
        const int32_t *of = operands_of_passing(graph, graph->passing.steps + n, &count);
        for (int32_t k = 0; k < count; k++) last[of[k]] = n;
    }
    for (int64_t k = 0; k < graph->width; k++) last[graph->outputs[k]] = -1;
    for (int64_t k = 0; k < graph->constant_count; k++)
        last[graph->constants[k].column] = -1, place[graph->constants[k].column] = columns++;
    for (int64_t k = 0; k < graph->parameter_count; k++)
        last[graph->parameters[k].column] = -1, place[graph->parameters[k].column] = columns++;
    for (int64_t k = 0; k < graph->input_count; k++) place[graph->inputs[k].column] = columns++;
    for (int32_t n = 0; n < graph->passing.count; n++) {
        const PassingStep *step = graph->passing.steps + n;
        const int32_t *of = operands_of_passing(graph, step, &count);
        for (int32_t m = step->node; m >= 0; m = m == step->node ? step->with : NOBODY)
            place[graph->nodes[m].to] = free_count ? free_ones[--free_count] : columns++;
        for (int32_t k = 0; k < count; k++)
            if (last[of[k]] == n) free_ones[free_count++] = place[of[k]], last[of[k]] = -1;
    }
    graph->passing.columns = columns;
}

/* The steps in the order of the nodes; of the memory, `size` numbers are for each of eight uses. */
static void find_steps(Graph *graph, int32_t *memory, int64_t size) {
    const Uses uses = {memory, memory + size, memory + 2 * size};
    int32_t *node_of = memory + 3 * size, *is_part = memory + 4 * size, *with = memory + 5 * size;
    memset(node_of, -1, size * sizeof(int32_t));
    for (int32_t n = 0; n < graph->count; n++) node_of[graph->nodes[n].to] = n;
    find_uses(graph, uses);
    find_parts(graph, uses, node_of, is_part);
    find_pairs(graph, with, memory + 6 * size, memory + 7 * size);
    for (int32_t n = 0; n < graph->count; n++) {
        const PassingStep alone = {n, with[n] >= 0 ? PAIR : WHOLE_NODE, with[n], {0}};
        if (is_part[n] || with[n] == TAKEN) continue;
        graph->passing.steps[graph->passing.count++] =
            has_parts(graph->nodes + n) ? with_parts(graph, node_of, is_part, n) : alone;
    }
}

/* Be ready for such runs. 0 where there is no memory. */
static int find_passing(Graph *graph) {
    const int64_t size = graph->columns;
    int32_t *memory = malloc((8 * size + 1) * sizeof(int32_t));
    Passing *passing = &graph->passing;
    free(passing->place), free(passing->steps);
    passing->count = 0;
    passing->place = malloc((size + 1) * sizeof(int32_t));
    passing->steps = malloc((graph->count + 1) * sizeof(PassingStep));
    if (memory && passing->place && passing->steps) {
        find_steps(graph, memory, size);
        find_places(graph, memory, memory + size);
    }
    free(memory);
    return memory && passing->place && passing->steps;
}

/* Fetch a few lines of what will be needed: all of it at once would have to wait. */
static inline void fetch_ahead(Graph *graph, int64_t lines) {
    enum { LINE = 64 };
    while (graph->ahead_count && lines > 0) {
        Ahead *ahead = graph->ahead + graph->ahead_count - 1;
        const int64_t left = (ahead->end - ahead->from + LINE - 1) / LINE, some = lines < left ? lines : left;
        for (int64_t k = 0; k < some; k++) FETCH_LINE(ahead->from + k * LINE);
        ahead->from += some * LINE, lines -= some;
        if (some == left) graph->ahead_count--;
    }
}

static void fetch_of_passing(const Graph *graph, const PassingStep *step, int64_t rows) {
    int32_t count;
    const int32_t *of = operands_of_passing(graph, step, &count);
    for (int32_t k = 0; k < count && k < 4; k++) FETCH(column(graph, of[k]));
}

static int forward_passing(Graph *graph, int64_t rows) {
    const PassingStep *step = graph->passing.steps, *end = step + graph->passing.count;
    const int is_large = graph->passing.columns * graph->rows.step > LARGE_PASSING;
    int64_t bytes = 0;
    for (int32_t k = 0; k < graph->ahead_count; k++) bytes += graph->ahead[k].end - graph->ahead[k].from;
    const int64_t lines = bytes / 64 / (graph->passing.count + 1) + 1; /* for each step */
    for (; step < end; step++) {
        fetch_ahead(graph, lines);
        if (is_large && step + AHEAD < end) fetch_of_passing(graph, step + AHEAD, rows);
        if (step->code >= WITH_PARTS) forward_with_parts(graph, step, rows);
        else if (step->code == PAIR) forward_pair(graph, step, rows);
        else if (!forward_nodes(graph, step->node, step->node + 1, 0, rows, 0)) return 0;
    }
    return 1;
}
