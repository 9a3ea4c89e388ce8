/* A call: from the rows of the arguments to the outputs, and, where it is wanted, to the gradient. */

typedef struct {
    char *data;
    int64_t by_row, by_number; /* in bytes */
    int is_float;
} Array;

typedef struct {
    int64_t rows;
    Array *arguments;
    Array parameters, outputs, gradient; /* of the gradient, data is NULL where it is not wanted */
    int64_t *places;                     /* of the parameters of the tape among those that are given */
} Call;

static inline char *place(const Array *array, int64_t row, int64_t number) {
    return array->data + row * array->by_row + number * array->by_number;
}

static inline double number_at(const Array *array, int64_t row, int64_t number) {
    const char *at = place(array, row, number);
    return array->is_float ? (double)*(const float *)at : *(const double *)at;
}

static inline void set_number(const Array *array, int64_t row, int64_t number, double x) {
    char *at = place(array, row, number);
    if (array->is_float) *(float *)at = (float)x;
    else *(double *)at = x;
}

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
    if (!(goes_back ? forward_one_row(graph) : forward_value(graph))) return 0;
    for (int64_t k = 0; k < graph->width; k++) set_number(&call->outputs, 0, k, numbers[graph->outputs[k]]);
    if (!goes_back) return 1;
    adjoints[graph->outputs[0]] = 1.0;
    backward_one_row(graph);
    for (int64_t k = 0; k < graph->parameter_count; k++) graph->slopes[k] = adjoints[graph->parameters[k].column];
    add_slopes(graph, call);
    return 1;
}

/* --------------------------------------------------------------------------------------------------- blocks of rows */

static void read_parameters(Graph *graph, const Call *call) {
    const int64_t block = graph->rows.block;
    for (int64_t k = 0; k < graph->parameter_count; k++) {
        const Leaf *leaf = graph->parameters + k;
        const double x = number_at(&call->parameters, 0, call->places[leaf->position]);
        double *column = graph->rows.values + leaf->column * block;
        for (int64_t i = 0; i < block; i++) column[i] = x;
    }
}

/* So many rows from `start` on; the last one fills up the lanes. */
static void read_rows(Graph *graph, const Call *call, int64_t start, int64_t rows) {
    for (int64_t k = 0; k < graph->input_count; k++) {
        const Leaf *leaf = graph->inputs + k;
        const Array *array = call->arguments + leaf->argument;
        double *column = graph->rows.values + leaf->column * graph->rows.block;
        EACH_ROW column[i] = number_at(array, start + i, leaf->position);
        for (int64_t i = rows; i < WHOLE_LANES(rows); i++) column[i] = column[rows - 1];
    }
}

static void write_rows(const Graph *graph, const Call *call, int64_t start, int64_t rows) {
    for (int64_t k = 0; k < graph->width; k++) {
        const double *column = graph->rows.values + graph->outputs[k] * graph->rows.block;
        EACH_ROW set_number(&call->outputs, start + i, k, column[i]);
    }
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
    for (int64_t i = 0; i < WHOLE_LANES(rows); i++) root[i] = i < rows ? 1.0 / (double)call->rows : 0.0;
    if (exact) {
        memset(graph->rows.flows + graph->root * block, 1, (size_t)block);
        backward_exact(graph, rows);
    } else
        backward_rows(graph, rows);
    for (int64_t k = 0; k < graph->parameter_count; k++) {
        const int32_t of = graph->parameters[k].argument;
        if (of >= 0) graph->slopes[k] += sum(graph->rows.adjoints + of * block, rows);
    }
}

/* -1, or the first row of the block in which a rule has no result. */
static int64_t run_blocks(Graph *graph, const Call *call, int exact) {
    const int goes_back = call->gradient.data && graph->root >= 0;
    read_parameters(graph, call);
    if (goes_back) memset(graph->slopes, 0, (size_t)graph->parameter_count * sizeof(double));
    for (int64_t start = 0; start < call->rows; start += graph->rows.block) {
        const int64_t left = call->rows - start, rows = left < graph->rows.block ? left : graph->rows.block;
        read_rows(graph, call, start, rows);
        if (!forward_rows(graph, rows, goes_back)) return start;
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
