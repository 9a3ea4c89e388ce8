/* Which column each number has in a run that does not go back: one that is used again when the number has had its last
   user. Of a number of a loop it has had as soon as the turns are over that reach back to it: these are as many columns,
   one after the other, again and again. What others use of a turn has its own. */

static const int32_t *operands_of_passing(const Graph *graph, const PassingStep *step, int32_t *count,
                                          const int32_t **by_turn) {
    const Node *node = graph->nodes + step->node;
    const int is_node = step->code < WITH_PARTS;
    *count = is_node ? node->operands : 4;
    *by_turn = is_node ? graph->by_turn + node->first : step->by_turn;
    return is_node ? graph->of + node->first : step->of;
}

enum { STAYS = -1 };

typedef struct {
    int32_t *last;              /* of each number the last step that uses it, but for those of its own loop */
    const int32_t *node_of;     /* the nodes of the numbers of the first turn */
    int32_t *in_turn;           /* of each node of a loop the last step that uses it, in the same or a later turn; */
    int32_t *back;              /* how many turns later that is, at most; */
    int32_t *own;               /* its column, where it is the same turn */
    int32_t *free_ones, *held;  /* columns; held: by this loop */
    int64_t free_count, held_count;
    int32_t columns;
} Placing;

static int32_t take_place(Placing *placing) {
    return placing->free_count ? placing->free_ones[--placing->free_count] : placing->columns++;
}

/* Whether a loop itself computes the number, in this or another turn. */
static int is_own(const Part *part, const int32_t *node_of, int32_t number) {
    if (number >= begin_of_region(part) && number < end_of_region(part)) return 1;
    return node_of[number] >= part->first && node_of[number] < part->end;
}

static void find_last_of_step(const Graph *graph, const Part *part, int32_t n, Placing *placing) {
    int32_t count;
    const int32_t *by_turn, *of = operands_of_passing(graph, graph->passing.steps + n, &count, &by_turn);
    for (int32_t k = 0; k < count; k++) {
        if (is_loop(part) && is_own(part, placing->node_of, of[k])) {
            const int64_t node = node_behind(part, placing->node_of, of[k]);
            const int64_t back = by_turn[k] ? (graph->nodes[node].to - of[k]) / part->width : 0;
            if (back > placing->back[node]) placing->back[node] = (int32_t)back;
            placing->in_turn[node] = n;
        } else
            for (int64_t turn = 0; turn < (by_turn[k] ? part->turns : 1); turn++)
                placing->last[of[k] + turn * by_turn[k]] = is_loop(part) ? part->end_of_steps - 1 : n;
    }
}

static void find_last(const Graph *graph, Placing *placing) {
    for (int64_t n = 0; n < graph->columns; n++) placing->last[n] = STAYS;
    for (int64_t n = 0; n < graph->count; n++) placing->in_turn[n] = placing->own[n] = STAYS, placing->back[n] = 0;
    for (const Part *part = graph->parts; part < end_of_parts(graph); part++)
        for (int32_t n = part->step; n < part->end_of_steps; n++) find_last_of_step(graph, part, n, placing);
}

/* What a loop begins with, and what others use of it, has its place before it begins. `is_out`: of each number. */
static void place_region(Graph *graph, const Part *part, const char *is_out, Placing *placing) {
    int32_t *place = graph->passing.place;
    for (int64_t slot = 0; slot < part->width; slot++) {
        const int64_t first = part->base + slot, size = placing->back[placing->node_of[first]] + 1;
        const int32_t *ring = placing->held + placing->held_count;
        for (int64_t k = 0; size > 1 && k < size; k++) placing->held[placing->held_count++] = take_place(placing);
        for (int64_t turn = -part->before; turn < part->turns; turn++) {
            const int64_t n = first + turn * part->width;
            if (is_out[n]) place[n] = take_place(placing);
            else if (size > 1) place[n] = ring[(turn + part->before * size) % size];
        }
    }
}

/* What a node computes, where it has no place yet. */
static void place_node(Graph *graph, const Part *part, int32_t n, const char *is_out, Placing *placing) {
    const Node *node = graph->nodes + n;
    int32_t *place = graph->passing.place;
    if (placing->back[n] || (!node->to_by_turn && place[node->to] >= 0)) return;
    placing->own[n] = take_place(placing);
    for (int64_t turn = 0; turn < (node->to_by_turn ? part->turns : 1); turn++) {
        const int64_t number = node->to + turn * node->to_by_turn;
        if (!is_loop(part) || !is_out[number]) place[number] = placing->own[n];
    }
}

static void free_column(Placing *placing, int32_t column) { placing->free_ones[placing->free_count++] = column; }

/* Of what a step that is no part of a loop, or a loop as a whole, has used last. */
static void free_number(const Graph *graph, int64_t number, int32_t step, Placing *placing) {
    if (placing->last[number] != step) return;
    placing->last[number] = STAYS;
    free_column(placing, graph->passing.place[number]);
}

/* Of what a loop alone has used. */
static void free_places_of_loop(const Graph *graph, const Part *part, Placing *placing) {
    int32_t count;
    const int32_t *by_turn;
    for (int32_t n = part->step; n < part->end_of_steps; n++) {
        const int32_t *of = operands_of_passing(graph, graph->passing.steps + n, &count, &by_turn);
        for (int32_t k = 0; k < count; k++)
            for (int64_t turn = 0; turn < (by_turn[k] ? part->turns : 1); turn++)
                if (!is_own(part, placing->node_of, of[k]))
                    free_number(graph, of[k] + turn * by_turn[k], part->end_of_steps - 1, placing);
    }
    while (placing->held_count) free_column(placing, placing->held[--placing->held_count]);
}

/* Of what a step of a loop has used last in its turn. */
static void free_in_turn(const Graph *graph, const Part *part, int32_t number, int32_t step, Placing *placing) {
    if (!is_own(part, placing->node_of, number)) return;
    const int64_t node = node_behind(part, placing->node_of, number);
    if (placing->in_turn[node] != step || placing->own[node] < 0) return;
    placing->in_turn[node] = STAYS;
    free_column(placing, placing->own[node]);
}

static void place_leaves(Graph *graph, Placing *placing) {
    int32_t *place = graph->passing.place;
    for (int64_t k = 0; k < graph->width; k++) placing->last[graph->outputs[k]] = STAYS;
    for (int64_t k = 0; k < graph->constant_count; k++)
        placing->last[graph->constants[k].column] = STAYS, place[graph->constants[k].column] = placing->columns++;
    for (int64_t k = 0; k < graph->parameter_count; k++)
        placing->last[graph->parameters[k].column] = STAYS, place[graph->parameters[k].column] = placing->columns++;
    for (int64_t k = 0; k < graph->input_count; k++) place[graph->inputs[k].column] = placing->columns++;
}

static void place_part(Graph *graph, const Part *part, const char *is_out, Placing *placing) {
    int32_t count;
    const int32_t *by_turn;
    for (int32_t n = part->step; n < part->end_of_steps; n++) {
        const PassingStep *step = graph->passing.steps + n;
        const int32_t *of = operands_of_passing(graph, step, &count, &by_turn);
        for (int32_t m = step->node; m >= 0; m = m == step->node ? step->with : NOBODY)
            place_node(graph, part, m, is_out, placing);
        for (int32_t k = 0; k < count; k++)
            if (is_loop(part)) free_in_turn(graph, part, of[k], n, placing);
            else free_number(graph, of[k], n, placing);
    }
    if (is_loop(part)) free_places_of_loop(graph, part, placing);
}

/* `of_numbers` has room for four of each number, `of_nodes` for three of each node, `is_out` for one of each number. */
static void find_places(Graph *graph, const int32_t *node_of, int32_t *of_numbers, int32_t *of_nodes, char *is_out) {
    const int64_t size = graph->columns, count = graph->count;
    Placing placing = {of_numbers, node_of, of_nodes, of_nodes + count, of_nodes + 2 * count,
                       of_numbers + size, of_numbers + 3 * size, 0, 0, 0};
    find_last(graph, &placing);
    for (int64_t n = 0; n < size; n++) is_out[n] = placing.last[n] != STAYS, graph->passing.place[n] = NOBODY;
    for (int64_t k = 0; k < graph->width; k++) is_out[graph->outputs[k]] = 1;
    place_leaves(graph, &placing);
    for (const Part *part = graph->parts; part < end_of_parts(graph); part++) {
        if (part + 1 < end_of_parts(graph) && is_loop(part + 1)) place_region(graph, part + 1, is_out, &placing);
        place_part(graph, part, is_out, &placing);
    }
    graph->passing.columns = placing.columns;
}
