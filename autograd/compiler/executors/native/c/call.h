/* A call: from the rows of the arguments to the outputs, and, where it is wanted, to the gradient. */

static void add_slopes(const Graph *graph, const Call *call) {
    for (int64_t k = 0; k < graph->parameter_count; k++) {
        const int64_t at = call->places[graph->parameters[k].position];
        set_number(&call->gradient, 0, at, number_at(&call->gradient, 0, at) + graph->slopes[k]);
    }
}

static int goes_back(const Graph *graph, const Call *call) { return call->gradient.data && graph->root >= 0; }

/* ------------------------------------------------------------------------------------------------------- row by row */

/* Whether the rows are run each for itself, number after number: one row is, but for what is exact; and all where loops
   leave so much behind that no block of them has room. */
static int is_row_by_row(const Graph *graph, const Call *call, int exact) {
    const int is_too_large = graph->has_loops && LANES * bytes_of_row(graph) > graph->most_bytes;
    return !exact && (call->rows == 1 || (is_too_large && goes_back(graph, call)));
}

static int run_row(Graph *graph, const Call *call, int64_t row) {
    double *numbers = graph->row.numbers, *adjoints = graph->row.adjoints;
    for (int64_t k = 0; k < graph->input_count; k++) {
        const Leaf *leaf = graph->inputs + k;
        numbers[leaf->column] = number_at(call->arguments + leaf->argument, row, leaf->position);
    }
    if (!forward_row(graph, goes_back(graph, call))) return 0;
    for (int64_t k = 0; k < graph->width; k++) set_number(&call->outputs, row, k, numbers[graph->outputs[k]]);
    if (!goes_back(graph, call)) return 1;
    memset(adjoints + graph->columns + 1, 0, (size_t)graph->pinned * sizeof(double));
    adjoints[place_of_adjoint(graph, graph->outputs[0], 0).at] = 1.0 / (double)call->rows;
    backward_row(graph);
    for (int64_t k = 0; k < graph->parameter_count; k++)
        graph->slopes[k] += adjoints[place_of_adjoint(graph, graph->parameters[k].column, 0).at];
    return 1;
}

/* -1, or the row in which a rule has no result. */
static int64_t run_rows(Graph *graph, const Call *call) {
    memset(graph->slopes, 0, (size_t)graph->parameter_count * sizeof(double));
    for (int64_t k = 0; k < graph->parameter_count; k++) {
        const Leaf *leaf = graph->parameters + k;
        graph->row.numbers[leaf->column] = number_at(&call->parameters, 0, call->places[leaf->position]);
    }
    for (int64_t row = 0; row < call->rows; row++)
        if (!run_row(graph, call, row)) return row;
    if (goes_back(graph, call)) add_slopes(graph, call);
    return -1;
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
static void go_back_of_block(Graph *graph, const Call *call, int64_t rows, int exact) {
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
    const int keeps = goes_back(graph, call);
    choose_columns(graph, keeps);
    read_parameters(graph, call);
    if (keeps) memset(graph->slopes, 0, (size_t)graph->parameter_count * sizeof(double));
    for (int64_t start = 0; start < call->rows; start += graph->rows.step) {
        const int64_t left = call->rows - start, rows = left < graph->rows.step ? left : graph->rows.step;
        read_rows(graph, call, start, rows);
        plan_next(graph, call, start, rows);
        if (!(keeps ? forward_parts(graph, rows) : forward_passing(graph, rows))) return start;
        write_rows(graph, call, start, rows);
        if (keeps) go_back_of_block(graph, call, rows, exact);
    }
    if (keeps) add_slopes(graph, call);
    return -1;
}

/* Be ready for such a call, with so many rows in a block at most. 0 where there is no memory. */
static int use(Graph *graph, const Call *call, int64_t most, int exact) {
    const int64_t rows = call->rows < most ? call->rows : most;
    if (!graph->adjoint && !(find_pinned(graph) && find_adjoints(graph))) return 0;
    if (is_row_by_row(graph, call, exact)) return graph->row.numbers || use_one_row(graph);
    if (goes_back(graph, call)) return use_block(graph, rows < 1 ? LANES : WHOLE_LANES(rows));
    if (!graph->passing.place && !find_passing(graph)) return 0;
    return use_passing(graph, block_of_passing(graph, graph->has_loops ? call->rows : rows));
}

/* From rows to results. An exact run leaves out the edges that are not there. -1, or see above. */
static int64_t run(Graph *graph, const Call *call, int exact) {
    return is_row_by_row(graph, call, exact) ? run_rows(graph, call) : run_blocks(graph, call, exact);
}
