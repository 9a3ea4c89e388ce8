/* A run that does not go back: a column is used again when its number has had its last user, so that a block of rows
   stays in the first cache; and what one loop can compute is one step: see parts.h and pairs.h. */

enum { LARGE_PASSING = 1 << 16 }; /* numbers: more than a cache near by holds */

/* The steps of a part in the order of its nodes; `of_nodes` has room for three of each node. */
static void find_steps_of(Graph *graph, Part *part, const int32_t *node_of, int32_t *latest, int32_t *of_nodes) {
    const int32_t *is_part = of_nodes;
    int32_t *with = of_nodes + graph->count;
    find_pairs(graph, part, with, latest, of_nodes + 2 * graph->count);
    part->step = graph->passing.count;
    for (int32_t n = (int32_t)part->first; n < part->end; n++) {
        const PassingStep alone = {n, with[n] >= 0 ? PAIR : WHOLE_NODE, with[n], {0}, {0}};
        if (is_part[n] || with[n] == TAKEN) continue;
        graph->passing.steps[graph->passing.count++] =
            has_parts(graph->nodes + n) ? with_parts(graph, node_of, is_part, n) : alone;
    }
    part->end_of_steps = graph->passing.count;
}

/* The steps, and their places. `of_numbers` has room for five of each number, and `of_nodes` for three of each node. */
static void find_steps(Graph *graph, int32_t *of_numbers, int32_t *of_nodes, char *is_out) {
    const int64_t size = graph->columns;
    const Uses uses = {of_numbers, of_numbers + size, of_numbers + 2 * size};
    int32_t *latest = of_numbers + 3 * size, *node_of = of_numbers + 4 * size;
    find_nodes(graph, node_of);
    find_uses(graph, uses);
    find_parts(graph, uses, node_of, of_nodes);
    memset(latest, -1, (size_t)size * sizeof(int32_t));
    for (Part *part = graph->parts; part < end_of_parts(graph); part++)
        find_steps_of(graph, part, node_of, latest, of_nodes);
    find_places(graph, node_of, of_numbers, of_nodes, is_out);
}

/* Be ready for such runs. 0 where there is no memory. */
static int find_passing(Graph *graph) {
    const size_t size = (size_t)graph->columns + 1, count = (size_t)graph->count + 1;
    int32_t *memory = malloc((5 * size + 3 * count) * sizeof(int32_t));
    char *is_out = malloc(size);
    Passing *passing = &graph->passing;
    free(passing->place), free(passing->steps);
    passing->count = 0;
    passing->place = malloc(size * sizeof(int32_t));
    passing->steps = malloc(count * sizeof(PassingStep));
    const int found = memory && is_out && passing->place && passing->steps;
    if (found) find_steps(graph, memory, memory + 5 * size, is_out);
    free(memory), free(is_out);
    return found;
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
    const int32_t *by_turn, *of = operands_of_passing(graph, step, &count, &by_turn);
    for (int32_t k = 0; k < count && k < 4; k++) FETCH(column(graph, of[k]));
}

static int forward_passing_step(Graph *graph, const PassingStep *step, int64_t turn, int64_t rows) {
    if (step->code >= WITH_PARTS) forward_with_parts(graph, step, turn, rows);
    else if (step->code == PAIR) forward_pair(graph, step, turn, rows);
    else return forward_nodes(graph, step->node, step->node + 1, turn, rows, 0);
    return 1;
}

static int forward_passing(Graph *graph, int64_t rows) {
    const PassingStep *steps = graph->passing.steps;
    const int is_large = graph->passing.columns * graph->rows.step > LARGE_PASSING;
    int64_t bytes = 0, count = 0;
    for (int32_t k = 0; k < graph->ahead_count; k++) bytes += graph->ahead[k].end - graph->ahead[k].from;
    for (const Part *part = graph->parts; part < end_of_parts(graph); part++)
        count += part->turns * (part->end_of_steps - part->step);
    const int64_t lines = bytes / 64 / (count + 1) + 1; /* for each step */
    for (const Part *part = graph->parts; part < end_of_parts(graph); part++)
        for (int64_t turn = 0; turn < part->turns; turn++)
            for (int32_t n = part->step; n < part->end_of_steps; n++) {
                fetch_ahead(graph, lines);
                if (is_large && !is_loop(part) && n + AHEAD < part->end_of_steps)
                    fetch_of_passing(graph, steps + n + AHEAD, rows);
                if (!forward_passing_step(graph, steps + n, turn, rows)) return 0;
            }
    return 1;
}
