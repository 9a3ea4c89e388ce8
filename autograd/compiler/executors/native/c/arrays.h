/* The arrays of a call: rows of numbers, which are read into columns, and written from them. */

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

/* Rows that are read or written at once, so that a line of the cache which several columns share is there for all. */
enum { TOGETHER = 4 * LANES };

/* The first of four among which the k-th is: where no more are left, the last ones, some of which had their turn. */
static int64_t first_of_four(int64_t k, int64_t count) { return k + FOUR <= count ? k : count - FOUR; }

/* Whether numbers beside one another in this array can be turned over. */
static int has_fours(const Array *array) {
    return TURNS_OVER && !array->is_float && array->by_number == sizeof(double);
}

/* Whether four inputs, from this one on, are beside one another. */
static int are_four(const Graph *graph, const Call *call, int64_t first) {
    const Leaf *leaf = graph->inputs + first;
    if (first < 0 || !has_fours(call->arguments + leaf->argument)) return 0;
    for (int i = 1; i < FOUR; i++)
        if (leaf[i].argument != leaf->argument || leaf[i].position != leaf->position + i) return 0;
    return 1;
}

/* The input k, or four among which it is, of rows from `start` on, to their columns from `to` on; which is next. */
static int64_t read_columns(Graph *graph, const Call *call, int64_t k, int64_t start, int64_t rows, int64_t to) {
    const int64_t first = first_of_four(k, graph->input_count), whole = rows / LANES * LANES;
    const int four = are_four(graph, call, first);
    const int64_t end = four ? first + FOUR : k + 1, done = four ? whole : 0;
    if (done) {
        const Leaf *leaf = graph->inputs + first;
        const Array *array = call->arguments + leaf->argument;
        double *columns[FOUR];
        for (int i = 0; i < FOUR; i++) columns[i] = column(graph, leaf[i].column) + to;
        gather_four(place(array, start, leaf->position), array->by_row, done, columns);
    }
    for (; k < end && done < rows; k++) {
        const Leaf *leaf = graph->inputs + k;
        const Array *array = call->arguments + leaf->argument;
        const char *from = place(array, start + done, leaf->position);
        (array->is_float ? gather_float : gather_double)(from, array->by_row, rows - done,
                                                         column(graph, leaf->column) + to + done);
    }
    return end;
}

/* So many rows from `start` on; the last one fills up the lanes. */
static void read_rows(Graph *graph, const Call *call, int64_t start, int64_t rows) {
    for (int64_t i = 0; i < rows; i += TOGETHER) {
        const int64_t some = rows - i < TOGETHER ? rows - i : TOGETHER;
        for (int64_t k = 0; k < graph->input_count;) k = read_columns(graph, call, k, start + i, some, i);
    }
}

/* The output k, or four among which it is, of rows from `start` on, from their columns from `at` on; which is next. */
static int64_t write_columns(const Graph *graph, const Array *outputs, int64_t k, int64_t start, int64_t rows,
                             int64_t at) {
    const int64_t first = first_of_four(k, graph->width), whole = rows / LANES * LANES;
    const int four = first >= 0 && has_fours(outputs);
    const int64_t end = four ? first + FOUR : k + 1, done = four ? whole : 0;
    if (done) {
        double *columns[FOUR];
        for (int i = 0; i < FOUR; i++) columns[i] = column(graph, graph->outputs[first + i]) + at;
        spread_four(place(outputs, start, first), outputs->by_row, done, columns);
    }
    for (; k < end && done < rows; k++) {
        char *to = place(outputs, start + done, k);
        const double *from = column(graph, graph->outputs[k]) + at + done;
        (outputs->is_float ? spread_float : spread_double)(to, outputs->by_row, rows - done, from);
    }
    return end;
}

static void write_rows(const Graph *graph, const Call *call, int64_t start, int64_t rows) {
    for (int64_t i = 0; i < rows; i += TOGETHER) {
        const int64_t some = rows - i < TOGETHER ? rows - i : TOGETHER;
        for (int64_t k = 0; k < graph->width;) k = write_columns(graph, &call->outputs, k, start + i, some, i);
    }
}
