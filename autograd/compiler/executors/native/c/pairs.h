/* Two rules of the same number as one step, where the graph has both: see PAIRS in rows.h. */

#define CODES_OF_PAIR(rule, other) {ONE_##rule, ONE_##other},
static const int32_t codes_of_pairs[][2] = {PAIRS(CODES_OF_PAIR)};
enum { COUNT_OF_PAIRS = sizeof codes_of_pairs / sizeof *codes_of_pairs, TAKEN = -2 };

/* Which pair these are, in this order; -1 for none. */
static int pair_of(const Node *node, const Node *other) {
    for (int k = 0; k < COUNT_OF_PAIRS; k++)
        if (node->code == codes_of_pairs[k][0] && other->code == codes_of_pairs[k][1]) return k;
    return -1;
}

/* Of each node of a part of the graph, the later one that is computed with it; NOBODY, or TAKEN where it is computed with
   an earlier one. latest: of each number the node of one operand that was found last, before: that which was found
   before it. */
static void find_pairs(const Graph *graph, const Part *part, int32_t *with, int32_t *latest, int32_t *before) {
    for (int32_t n = (int32_t)part->first; n < part->end; n++) {
        const Node *node = graph->nodes + n;
        with[n] = NOBODY;
        if (node->operands != 1 || node->code <= OTHER) continue;
        const int32_t of = graph->of[node->first];
        for (int32_t m = latest[of]; m >= part->first && with[n] == NOBODY; m = before[m]) {
            const Node *earlier = graph->nodes + m;
            if (with[m] != NOBODY || (pair_of(earlier, node) < 0 && pair_of(node, earlier) < 0)) continue;
            if (graph->by_turn[earlier->first] != graph->by_turn[node->first]) continue; /* another number by then */
            with[m] = n, with[n] = TAKEN;
        }
        before[n] = latest[of], latest[of] = n;
    }
}

static void forward_pair(Graph *graph, const PassingStep *step, int64_t turn, int64_t rows) {
    const Node *node = graph->nodes + step->node, *other = graph->nodes + step->with;
    const int is_turned = pair_of(node, other) < 0;
    const Node *first = is_turned ? other : node, *second = is_turned ? node : other;
    const double *a = column_of_operand(graph, node, 0, turn);
    double *y = column_of_node(graph, first, turn), *p = column_of_node(graph, second, turn);
    pairs[pair_of(first, second)](WHOLE_LANES(rows), a, a, a, y, p, p, p);
    if (has_beyond(first->code) && any_beyond(rows, a)) {
        forward_beyond(first->code, rows, a, y, p, 0);
        forward_beyond(second->code, rows, a, p, y, 0);
    }
}
