/* Where the numbers of a block of rows lie: each has a column. In a run that goes back all are kept; in one that does
   not, they pass: see passing.h. */

#define LARGE (1 << 24)         /* bytes: more than a cache holds for us */
enum { FIRST_CACHE = 3 << 14 }; /* bytes of columns that pass */
enum { MOST_PASSING = 256 };    /* rows of these */

/* The rows of columns that pass, of so many rows. */
static int64_t block_of_passing(const Graph *graph, int64_t rows) {
    const int64_t in_cache = FIRST_CACHE / 8 / graph->passing.columns;
    const int64_t most = graph->most_bytes / 8 / graph->passing.columns;
    int64_t block = in_cache < 8 * LANES ? 8 * LANES : in_cache < MOST_PASSING ? in_cache : MOST_PASSING;
    if (block > most) block = most;
    if (block > rows) block = rows + LANES - 1;
    return block < LANES ? LANES : block / LANES * LANES;
}

/* Those of this run. */
static void choose_columns(Graph *graph, int goes_back) {
    Columns *rows = &graph->rows;
    rows->numbers = goes_back ? rows->values : rows->passing;
    rows->at = goes_back ? NULL : graph->passing.place;
    rows->step = goes_back ? rows->block : rows->passing_block;
}

static inline double *column(const Graph *graph, int32_t n) {
    return graph->rows.numbers + (graph->rows.at ? graph->rows.at[n] : n) * graph->rows.step;
}

static double *on_line_of_cache(void *memory) { return (double *)(((uintptr_t)memory + 63) / 64 * 64); }

static void enter_constants(Graph *graph, int goes_back) {
    choose_columns(graph, goes_back);
    for (int64_t k = 0; k < graph->constant_count; k++)
        for (int64_t i = 0; i < graph->rows.step; i++)
            column(graph, graph->constants[k].column)[i] = graph->constants[k].number;
}

/* Room for columns of so many rows that are kept. 0 where there is no memory. */
static int use_block(Graph *graph, int64_t block) {
    const int64_t adjoints = graph->adjoint_columns;
    const size_t size = (size_t)((bytes_of_row(graph) + 1) * block + 64);
    Columns *rows = &graph->rows;
    if (rows->block >= block) return 1;
    char *memory = malloc(size);
    if (!memory) return 0;
    free(rows->memory);
    rows->memory = memory, rows->block = block;
    rows->is_large = size > LARGE;
    rows->values = on_line_of_cache(memory);
    rows->partials = rows->values + graph->columns * block;
    rows->adjoints = rows->partials + graph->partial_columns * block;
    rows->flows = (char *)(rows->adjoints + adjoints * block);
    memset(rows->flows, 0, (size_t)((adjoints + 1) * block));
    memset(rows->adjoints, 0, (size_t)(8 * adjoints * block));
    enter_constants(graph, 1);
    return 1;
}

/* The same of columns that pass. */
static int use_passing(Graph *graph, int64_t block) {
    Columns *rows = &graph->rows;
    if (rows->passing_block >= block) return 1;
    char *memory = malloc((size_t)(8 * graph->passing.columns * block + 64));
    if (!memory) return 0;
    free(rows->passing_memory);
    rows->passing_memory = memory, rows->passing_block = block;
    rows->passing = on_line_of_cache(memory);
    enter_constants(graph, 0);
    return 1;
}
