/* Where the numbers of a block of rows lie: each has a column. In a run that goes back all are kept; in one that does
   not, they pass: see passing.h. */

enum { FIRST_CACHE = 3 << 14 }; /* bytes of columns that pass */

static int64_t block_of_passing(const Graph *graph, int64_t block) {
    const int64_t rows = FIRST_CACHE / 8 / graph->passing.columns / LANES * LANES;
    const int64_t least = rows < 8 * LANES ? 8 * LANES : rows;
    return least < block ? least : block;
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

#define LARGE (1 << 24) /* bytes: more than a cache holds for us */

/* The room of the columns; where it ends the next one begins, on a line of the cache. */
static int use_block(Graph *graph, int64_t block) {
    const int64_t numbers = graph->columns + graph->partial_columns, adjoints = graph->adjoint_columns;
    const int64_t passing_block = graph->has_loops ? 0 : block_of_passing(graph, block), passing = graph->passing.columns * passing_block;
    const size_t size = (size_t)((8 * (numbers + adjoints) + adjoints + 1) * block + 8 * passing + 64);
    char *memory = malloc(size);
    if (!memory) return 0;
    free(graph->rows.memory);
    Columns *rows = &graph->rows;
    rows->memory = memory, rows->block = block;
    rows->is_large = size > LARGE;
    rows->values = (double *)(((uintptr_t)memory + 63) / 64 * 64);
    rows->passing = rows->values + graph->columns * block, rows->passing_block = passing_block;
    rows->partials = rows->passing + passing;
    rows->adjoints = rows->partials + graph->partial_columns * block;
    rows->flows = (char *)(rows->adjoints + adjoints * block);
    memset(rows->flows, 0, (size_t)((adjoints + 1) * block));
    memset(rows->adjoints, 0, (size_t)(8 * adjoints * block));
    for (int goes_back = graph->has_loops; goes_back < 2; goes_back++) {
        choose_columns(graph, goes_back);
        for (int64_t k = 0; k < graph->constant_count; k++)
            for (int64_t i = 0; i < rows->step; i++)
                column(graph, graph->constants[k].column)[i] = graph->constants[k].number;
    }
    return 1;
}
