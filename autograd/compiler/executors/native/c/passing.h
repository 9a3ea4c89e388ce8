/* A run that does not go back: a column is used again when its number has had its last user, so that a block of rows
   stays in the first cache; and a product that a sum alone uses is a part of it, which has a column less to write. */

enum { LARGE_PASSING = 1 << 16 }; /* numbers: more than a cache near by holds */
enum { WHOLE_NODE, PRODUCT_PLUS, PRODUCT_MINUS, MINUS_PRODUCT, PRODUCTS_PLUS, PRODUCTS_MINUS }; /* a·b + c, c - a·b, … */

/* What a sum is, of products that are a part of it. */
static PassingStep passing_sum(const Graph *graph, Uses uses, const int32_t *node_of, int32_t n) {
    const Node *node = graph->nodes + n;
    const int minus = node->code == SUB;
    PassingStep step = {n, WHOLE_NODE, 0, {0}};
    const Node *products[2] = {0, 0};
    for (int k = 0; k < 2; k++) {
        const int32_t of = node_of[graph->of[node->first + k]];
        if (of >= 0 && is_absorbed(graph, uses, graph->nodes + of)) products[k] = graph->nodes + of;
    }
    if (!products[0] && !products[1]) return step;
    for (int k = 0; k < 2; k++)
        for (int i = 0; products[k] && i < 2; i++) step.of[step.count++] = graph->of[products[k]->first + i];
    for (int k = 0; k < 2; k++)
        if (!products[k]) step.of[step.count++] = graph->of[node->first + k];
    if (products[0] && products[1]) step.code = minus ? PRODUCTS_MINUS : PRODUCTS_PLUS;
    else step.code = !minus ? PRODUCT_PLUS : products[0] ? PRODUCT_MINUS : MINUS_PRODUCT;
    return step;
}

static const int32_t *operands_of_passing(const Graph *graph, const PassingStep *step, int32_t *count) {
    const Node *node = graph->nodes + step->node;
    *count = step->code == WHOLE_NODE ? node->operands : step->count;
    return step->code == WHOLE_NODE ? graph->of + node->first : step->of;
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
        const int32_t *of = operands_of_passing(graph, graph->passing.steps + n, &count);
        place[graph->nodes[graph->passing.steps[n].node].to] = free_count ? free_ones[--free_count] : columns++;
        for (int32_t k = 0; k < count; k++)
            if (last[of[k]] == n) free_ones[free_count++] = place[of[k]], last[of[k]] = -1;
    }
    graph->passing.columns = columns;
}

/* Be ready for such runs. 0 where there is no memory. */
static int find_passing(Graph *graph) {
    const int64_t size = graph->columns;
    int32_t *memory = malloc((4 * size + 1) * sizeof(int32_t));
    Passing *passing = &graph->passing;
    passing->place = malloc((size + 1) * sizeof(int32_t));
    passing->steps = malloc((graph->count + 1) * sizeof(PassingStep));
    if (memory && passing->place && passing->steps) {
        const Uses uses = {memory, memory + size, memory + 2 * size};
        int32_t *node_of = memory + 3 * size;
        memset(node_of, -1, size * sizeof(int32_t));
        find_uses(graph, uses);
        for (int32_t n = 0; n < graph->count; n++) {
            const PassingStep whole = {n, WHOLE_NODE, 0, {0}};
            node_of[graph->nodes[n].to] = n;
            if (is_absorbed(graph, uses, graph->nodes + n)) continue;
            passing->steps[passing->count++] =
                is_sum(graph->nodes + n) ? passing_sum(graph, uses, node_of, n) : whole;
        }
        find_places(graph, memory, memory + size);
    }
    free(memory);
    return memory && passing->place && passing->steps;
}

FOR_EACH_PROCESSOR static void sum_of_products(const Graph *graph, const PassingStep *step, int64_t rows) {
    double *RESTRICT y = column(graph, graph->nodes[step->node].to);
    const double *RESTRICT a = column(graph, step->of[0]), *RESTRICT b = column(graph, step->of[1]);
    const double *RESTRICT c = column(graph, step->of[2]);
    const double *RESTRICT d = step->count > 3 ? column(graph, step->of[3]) : c;
    rows = WHOLE_LANES(rows);
    switch (step->code) {
    case PRODUCT_PLUS: EACH_ROW y[i] = a[i] * b[i] + c[i]; break;
    case PRODUCT_MINUS: EACH_ROW y[i] = a[i] * b[i] - c[i]; break;
    case MINUS_PRODUCT: EACH_ROW y[i] = c[i] - a[i] * b[i]; break;
    case PRODUCTS_PLUS: EACH_ROW y[i] = a[i] * b[i] + c[i] * d[i]; break;
    case PRODUCTS_MINUS: EACH_ROW y[i] = a[i] * b[i] - c[i] * d[i]; break;
    }
}

/* Fetch a few lines of what will be needed: all of it at once would have to wait. */
static inline void fetch_ahead(Graph *graph, int64_t lines) {
    enum { LINE = 64 };
    while (graph->ahead_count && lines-- > 0) {
        Ahead *ahead = graph->ahead + graph->ahead_count - 1;
        FETCH_LINE(ahead->from);
        ahead->from += LINE;
        if (ahead->from >= ahead->end) graph->ahead_count--;
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
        if (step->code != WHOLE_NODE) sum_of_products(graph, step, rows);
        else if (!forward_nodes(graph, step->node, step->node + 1, rows, 0)) return 0;
    }
    return 1;
}
