/* A call: from the rows of the arguments to the outputs, and, where it is wanted, to the gradient. */

static void add_slopes(const Graph *graph, const Call *call) {
    for (int64_t k = 0; k < graph->parameter_count; k++) {
        const int64_t at = call->places[graph->parameters[k].position];
        set_number(&call->gradient, 0, at, number_at(&call->gradient, 0, at) + graph->slopes[k]);
    }
}

/* ---------------------------------------------------------------------------------------------------------- one row */

static int run_one_row(Graph *graph, const Call *call) {
    double *numbers = graph->row.numbers, *adjoints = graph->row.adjoints;
    const int goes_back = call->gradient.data && graph->root >= 0;
    for (int64_t k = 0; k < graph->parameter_count; k++) {
        const Leaf *leaf = graph->parameters + k;
        numbers[leaf->column] = number_at(&call->parameters, 0, call->places[leaf->position]);
    }
    for (int64_t k = 0; k < graph->input_count; k++) {
        const Leaf *leaf = graph->inputs + k;
        numbers[leaf->column] = number_at(call->arguments + leaf->argument, 0, leaf->position);
    }
    if (!forward_row(graph, goes_back)) return 0;
    for (int64_t k = 0; k < graph->width; k++) set_number(&call->outputs, 0, k, numbers[graph->outputs[k]]);
    if (!goes_back) return 1;
    memset(adjoints + graph->columns + 1, 0, (size_t)graph->pinned * sizeof(double));
    adjoints[place_of_adjoint(graph, graph->outputs[0], 0).at] = 1.0;
    backward_row(graph);
    for (int64_t k = 0; k < graph->parameter_count; k++)
        graph->slopes[k] = adjoints[place_of_adjoint(graph, graph->parameters[k].column, 0).at];
    add_slopes(graph, call);
    return 1;
}

/* --------------------------------------------------------------------------------------------------- blocks of rows */

static void read_parameters(Graph *graph, const Call *call) {
    for (int64_t k = 0; k < graph->parameter_count; k++) {
        const Leaf *leaf = graph->parameters + k;
        const double x = number_at(&call->parameters, 0, call->places[leaf->position]);
        double *to = column(graph, leaf->column);
        for (int64_t i = 0; i < graph->rows.step; i++) to[i] = x;
    }
}

/* Have fetched from memory, while a block is computed, what lies in so many rows. */
static void plan_to_fetch(Graph *graph, const Array *array, int64_t start, int64_t rows) {
    enum { FARTHEST_APART = 512 }; /* bytes; of rows that lie further apart not all is needed */
    if (array->by_row > FARTHEST_APART || array->by_row <= 0 || rows <= 0 || graph->ahead_count == MOST_AHEAD) return;
    const Ahead ahead = {place(array, start, 0), place(array, start + rows, 0)};
    graph->ahead[graph->ahead_count++] = ahead;
}

/* The rows after these, and where the results of these will be. */
static void plan_next(Graph *graph, const Call *call, int64_t start, int64_t rows) {
    const int64_t next = start + rows, left = call->rows - next;
    const int32_t arguments = graph->input_count ? graph->inputs[graph->input_count - 1].argument + 1 : 0;
    graph->ahead_count = 0;
    for (int32_t k = 0; k < arguments && k < MOST_AHEAD - 1; k++)
        plan_to_fetch(graph, call->arguments + k, next, left < rows ? left : rows);
    plan_to_fetch(graph, &call->outputs, start, rows); /* and first of all */
}

FOR_EACH_PROCESSOR static double sum(const double *x, int64_t rows) {
    double sums[LANES] = {0}, total = 0.0;
    int64_t i = 0;
    for (; i + LANES <= rows; i += LANES)
        for (int k = 0; k < LANES; k++) sums[k] += x[i + k];
    for (; i < rows; i++) total += x[i];
    for (int k = 0; k < LANES; k++) total += sums[k];
    return total;
}

/* Back from the mean of the first output. */
static void go_back(Graph *graph, const Call *call, int64_t rows, int exact) {
    const int64_t block = graph->rows.block;
    double *root = graph->rows.adjoints + graph->root * block;
    memset(graph->rows.adjoints, 0, (size_t)(graph->pinned * block) * sizeof(double));
    for (int64_t i = 0; i < WHOLE_LANES(rows); i++) root[i] = i < rows ? 1.0 / (double)call->rows : 0.0;
    if (exact) {
        memset(graph->rows.flows, 0, (size_t)(graph->pinned * block));
        memset(graph->rows.flows + graph->root * block, 1, (size_t)block);
    }
    backward_parts(graph, rows, exact);
    for (int64_t k = 0; k < graph->parameter_count; k++) {
        const int32_t of = graph->parameters[k].argument;
        if (of >= 0) graph->slopes[k] += sum(graph->rows.adjoints + of * block, rows);
    }
}

/* -1, or the first row of the block in which a rule has no result. */
static int64_t run_blocks(Graph *graph, const Call *call, int exact) {
    const int goes_back = call->gradient.data && graph->root >= 0;
    const int keeps = goes_back || graph->has_loops;
    choose_columns(graph, keeps);
    read_parameters(graph, call);
    if (goes_back) memset(graph->slopes, 0, (size_t)graph->parameter_count * sizeof(double));
    for (int64_t start = 0; start < call->rows; start += graph->rows.step) {
        const int64_t left = call->rows - start, rows = left < graph->rows.step ? left : graph->rows.step;
        read_rows(graph, call, start, rows);
        plan_next(graph, call, start, rows);
        if (!(keeps ? forward_parts(graph, rows, goes_back) : forward_passing(graph, rows))) return start;
        write_rows(graph, call, start, rows);
        if (goes_back) go_back(graph, call, rows, exact);
    }
    if (goes_back) add_slopes(graph, call);
    return -1;
}

/* Whether so many rows run as one, number after number; in blocks, what is exact. */
static inline int is_one_row(int64_t rows, int exact) { return rows == 1 && !exact; }

/* The same for any number of rows. An exact run leaves out the edges that are not there. */
static int64_t run(Graph *graph, const Call *call, int exact) {
    if (is_one_row(call->rows, exact)) return run_one_row(graph, call) ? -1 : 0;
    return run_blocks(graph, call, exact);
}
