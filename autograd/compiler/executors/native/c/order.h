/* The order of steps: what is alike stands together, as far as operands come before who uses them. */

typedef struct {
    int32_t first[CODES], last[CODES], counts[CODES]; /* of the steps that are ready, by what they do */
    int32_t *next;
} Ready;

static void becomes_ready(Ready *ready, int32_t code, int32_t n) {
    if (ready->counts[code]++) ready->next[ready->last[code]] = n;
    else ready->first[code] = n;
    ready->last[code] = n;
}

static int most_ready(const Ready *ready) {
    int code = 0;
    for (int k = 1; k < CODES; k++)
        if (ready->counts[k] > ready->counts[code]) code = k;
    return code;
}

/* Of each step, who uses it: in `users`, from its start to that of the next; and for how many operands it waits. The
   other steps have no number in `step_of`, which is -1 everywhere, and so it is left. */
static void find_users(const Graph *graph, const PartOfRow *row, int32_t *step_of, int32_t *start, int32_t *users,
                       int32_t *waits) {
    const Step *steps = row->steps;
    const int64_t count = row->count;
    const int32_t *operands;
    memset(start, 0, (count + 2) * sizeof(int32_t));
    for (int64_t n = 0; n < count; n++) step_of[steps[n].to] = (int32_t)n;
    for (int64_t n = 0; n < count; n++) {
        waits[n] = 0;
        for (int k = operands_of_step(graph, steps + n, &operands) - 1; k >= 0; k--)
            if (step_of[operands[k]] >= 0) start[step_of[operands[k]] + 2]++, waits[n]++;
    }
    for (int64_t n = 0; n < count; n++) start[n + 2] += start[n + 1];
    for (int64_t n = 0; n < count; n++)
        for (int k = operands_of_step(graph, steps + n, &operands) - 1; k >= 0; k--)
            if (step_of[operands[k]] >= 0) users[start[step_of[operands[k]] + 1]++] = (int32_t)n;
    for (int64_t n = 0; n < count; n++) step_of[steps[n].to] = -1;
}

/* Put the steps of a part in an order in which what is alike stands together. 0 where there is no memory. */
static int order_steps(const Graph *graph, PartOfRow *row, int32_t *step_of) {
    const int64_t count = row->count, most = 2 * graph->operands + 4;
    int32_t *memory = malloc((size_t)(3 * count + 2 + most) * sizeof(int32_t));
    Step *given = malloc((size_t)(2 * count + 1) * sizeof(Step)), *moves = given + count;
    if (memory && given) {
        int32_t *start = memory, *waits = start + count + 2, *users = waits + count;
        Ready ready = {{0}, {0}, {0}, users + most};
        find_users(graph, row, step_of, start, users, waits);
        memcpy(given, row->steps, (size_t)count * sizeof(Step));
        memcpy(moves, row->moves, (size_t)count * sizeof(Step));
        for (int64_t n = 0; n < count; n++)
            if (!waits[n]) becomes_ready(&ready, given[n].code, (int32_t)n);
        for (int64_t done = 0; done < count;) {
            const int code = most_ready(&ready);
            while (ready.counts[code]) {
                const int32_t n = ready.first[code];
                ready.first[code] = ready.next[n], ready.counts[code]--;
                row->moves[done] = moves[n], row->steps[done++] = given[n];
                for (int32_t k = start[n]; k < start[n + 1]; k++)
                    if (!--waits[users[k]]) becomes_ready(&ready, given[users[k]].code, users[k]);
            }
        }
    }
    free(memory), free(given);
    return memory && given;
}

