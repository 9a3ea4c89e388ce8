/* Which numbers have a column for what flows back to them for good. A loop adds to those of all turns, whichever of them
   was computed first: to what an earlier turn, or what stands outside, has given it; and all that others use of a turn
   has its own. So that these columns lie equally far apart from turn to turn, they are in the order of the numbers. */

static int is_loop(const Part *part) { return part->turns > 1; }

static const Part *end_of_parts(const Graph *graph) { return graph->parts + graph->part_count; }

static int64_t begin_of_region(const Part *part) { return part->base - part->before * part->width; }

static int64_t end_of_region(const Part *part) { return part->base + part->turns * part->width; }

/* Pin a number of a loop, in all turns. */
static void pin_in_turns(const Part *part, int64_t number, int32_t *pin) {
    const int64_t begin = begin_of_region(part), slot = (number - begin) % part->width;
    if (pin[number] >= 0) return;
    for (int64_t n = begin + slot; n < end_of_region(part); n += part->width) pin[n] = 0;
}

/* What a part uses that it has not computed, or not in this turn. */
static void pin_operands(const Graph *graph, const Part *part, const int32_t *loop_of, int32_t *pin) {
    for (int64_t n = part->first; n < part->end; n++) {
        const Node *node = graph->nodes + n;
        for (int32_t k = node->first; k < node->first + node->operands; k++) {
            const int64_t m = graph->of[k], by = graph->by_turn[k], last = m + (part->turns - 1) * by;
            const Part *other = loop_of[m] >= 0 ? graph->parts + loop_of[m] : NULL;
            if (other == part) {
                if (m >= begin_of_region(part) && m < part->base) pin_in_turns(part, m, pin);
            } else if (by == 0) {
                if (other) pin_in_turns(other, m, pin);
                else if (is_loop(part)) pin[m] = 0;
            } else if (other) pin_in_turns(other, m, pin); /* all are one number of it */
            else
                for (int64_t i = m < last ? m : last; i <= (m < last ? last : m); i++) pin[i] = 0;
        }
    }
}

/* What a loop has computed, and what stands for turns before the first one. */
static void enter_numbers(const Graph *graph, const Part *part, int32_t *loop_of) {
    const int32_t number = (int32_t)(part - graph->parts);
    for (int64_t n = begin_of_region(part); n < end_of_region(part); n++) loop_of[n] = number;
    for (int64_t n = part->first; n < part->end; n++) loop_of[graph->nodes[n].to] = number;
}

/* 0 where there is no memory. */
static int find_pinned(Graph *graph) {
    int32_t *loop_of = malloc((size_t)(graph->columns + 1) * sizeof(int32_t));
    free(graph->pin);
    graph->pin = malloc((size_t)(graph->columns + 1) * sizeof(int32_t));
    graph->pinned = 0;
    if (loop_of && graph->pin) {
        for (int64_t n = 0; n < graph->columns; n++) loop_of[n] = graph->pin[n] = -1;
        for (const Part *part = graph->parts; part < end_of_parts(graph); part++)
            if (is_loop(part)) enter_numbers(graph, part, loop_of);
        for (const Part *part = graph->parts; graph->has_loops && part < end_of_parts(graph); part++)
            pin_operands(graph, part, loop_of, graph->pin);
        for (int64_t k = 0; k < graph->width; k++)
            if (loop_of[graph->outputs[k]] >= 0)
                pin_in_turns(graph->parts + loop_of[graph->outputs[k]], graph->outputs[k], graph->pin);
        for (int64_t n = 0; n < graph->columns; n++)
            if (graph->pin[n] >= 0) graph->pin[n] = (int32_t)graph->pinned++;
    }
    free(loop_of);
    return loop_of && graph->pin;
}
