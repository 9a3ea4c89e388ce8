/* Where something may flow back: to numbers that depend on a parameter, and that the first output depends on. In a loop
   either is so for all turns of a node, or for none. */

/* Whether something is so of a number, in any turn. */
static int is_in_any(const char *flags, int64_t number, int64_t by_turn, int64_t turns) {
    for (int64_t turn = 0; turn < (by_turn ? turns : 1); turn++)
        if (flags[number + turn * by_turn]) return 1;
    return 0;
}

/* It is so in all turns. */
static void set_in_all(char *flags, int64_t number, int64_t by_turn, int64_t first, int64_t turns) {
    for (int64_t turn = by_turn ? first : 0; turn < (by_turn ? turns : 1); turn++) flags[number + turn * by_turn] = 1;
}

/* The nodes of the numbers of the first turn; -1 of others. */
static void find_nodes(const Graph *graph, int32_t *node_of) {
    memset(node_of, -1, (size_t)graph->columns * sizeof(int32_t));
    for (int64_t n = 0; n < graph->count; n++) node_of[graph->nodes[n].to] = (int32_t)n;
}

/* The node of a part that computes this operand, in this or an earlier turn; -1 where it comes from outside. */
static int64_t node_behind(const Part *part, const int32_t *node_of, int64_t number) {
    if (is_loop(part) && number >= begin_of_region(part) && number < part->base)
        number = part->base + (number - begin_of_region(part)) % part->width;
    return node_of[number] >= part->first && node_of[number] < part->end ? node_of[number] : -1;
}

/* In a part, what is so of a node is so of those that use it; or, down, of those that it uses. */
static void spread(const Graph *graph, const Part *part, const int32_t *node_of, int down, char *found) {
    for (int changed = 1; changed;) {
        changed = 0;
        for (int64_t i = part->first; i < part->end; i++) {
            const int64_t n = down ? part->end - 1 - (i - part->first) : i;
            const Node *node = graph->nodes + n;
            for (int32_t k = node->first; k < node->first + node->operands; k++) {
                const int64_t other = node_behind(part, node_of, graph->of[k]);
                const int64_t from = down ? n : other, to = down ? other : n;
                if (other < 0 || !found[from] || found[to]) continue;
                found[to] = 1;
                changed = is_loop(part); /* whose nodes may use later ones */
            }
        }
    }
}

/* It is so of what a node of these computes, in all turns from one on. */
static void set_results(const Graph *graph, const Part *part, const char *found, int64_t first, char *flags) {
    for (int64_t n = part->first; n < part->end; n++) {
        const Node *node = graph->nodes + n;
        if (found[n]) set_in_all(flags, node->to, node->to_by_turn, first, part->turns);
    }
}

/* Which numbers depend on a parameter. `found` is of the nodes. */
static void find_dependent(const Graph *graph, const int32_t *node_of, char *depends, char *found) {
    memset(depends, 0, (size_t)graph->columns);
    memset(found, 0, (size_t)graph->count);
    for (int64_t k = 0; k < graph->parameter_count; k++) depends[graph->parameters[k].column] = 1;
    for (const Part *part = graph->parts; part < end_of_parts(graph); part++) {
        for (int64_t n = part->first; n < part->end; n++) {
            const Node *node = graph->nodes + n;
            for (int32_t k = node->first; !found[n] && k < node->first + node->operands; k++)
                found[n] = (char)is_in_any(depends, graph->of[k], graph->by_turn[k], part->turns);
        }
        spread(graph, part, node_of, 0, found);
        set_results(graph, part, found, -part->before, depends);
    }
}

/* Which numbers the first output depends on. */
static void find_wanted(const Graph *graph, const int32_t *node_of, char *wanted, char *found) {
    memset(wanted, 0, (size_t)graph->columns);
    wanted[graph->outputs[0]] = 1;
    for (const Part *part = end_of_parts(graph) - 1; part >= graph->parts; part--) {
        for (int64_t n = part->first; n < part->end; n++) {
            const Node *node = graph->nodes + n;
            found[n] = (char)is_in_any(wanted, node->to, node->to_by_turn, part->turns);
        }
        spread(graph, part, node_of, 1, found);
        set_results(graph, part, found, 0, wanted); /* of turns before the first one, what these nodes read alone */
        for (int64_t n = part->first; n < part->end; n++) {
            const Node *node = graph->nodes + n;
            for (int32_t k = node->first; found[n] && k < node->first + node->operands; k++)
                set_in_all(wanted, graph->of[k], graph->by_turn[k], 0, part->turns);
        }
    }
}
