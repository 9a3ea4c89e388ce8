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
static void find_users(const Graph *graph, const Turn *turn, int32_t *step_of, int32_t *start, int32_t *users,
                       int32_t *waits) {
    const Step *steps = turn->steps;
    const int64_t count = turn->count;
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

/* Whether steps mostly wait for the one before them: then they stay in their order, in which each takes what that has
   just computed. Others are better put in another one: what is alike stands together, and chains side by side. `depth`
   is of the steps. */
static int is_narrow(const Graph *graph, const Turn *turn, int32_t *step_of, int32_t *depth) {
    enum { SHALLOW = 4, WIDE = 4 };
    const int32_t *operands;
    int32_t deepest = 0;
    for (int64_t n = 0; n < turn->count; n++) {
        depth[n] = 1;
        for (int k = operands_of_step(graph, turn->steps + n, &operands) - 1; k >= 0; k--)
            if (step_of[operands[k]] >= 0 && depth[step_of[operands[k]]] >= depth[n])
                depth[n] = depth[step_of[operands[k]]] + 1;
        step_of[turn->steps[n].to] = (int32_t)n;
        if (depth[n] > deepest) deepest = depth[n];
    }
    for (int64_t n = 0; n < turn->count; n++) step_of[turn->steps[n].to] = -1;
    return deepest <= SHALLOW || turn->count < WIDE * deepest;
}

static int waits_for(const StepBack *later, const StepBack *earlier) {
    return later->dy == earlier->to || later->to == earlier->to || later->to == earlier->dy;
}

/* Of some steps back the one that is next: not yet done, as all are in which one waits for, that takes what the last one
   has given, if there is one; and on which the longest chain of others waits. */
static int64_t next_back(const StepBack *back, const int32_t *height, const char *done, int64_t count, int32_t last) {
    int64_t found = -1, best = -1;
    for (int64_t n = 0; n < count; n++) {
        int64_t worth = 2 * count * (what_it_takes(back + n, last) != TAKES_NOTHING) + height[n];
        for (int64_t m = 0; m < n && worth >= 0; m++)
            if (!done[m] && waits_for(back + n, back + m)) worth = -1;
        if (!done[n] && worth > best) best = worth, found = n;
    }
    return found;
}

/* Put the steps back of a narrow turn in an order in which a step takes what the one before has just computed. */
static void order_steps_back(Turn *turn) {
    enum { MOST = 64 };
    StepBack given[MOST], moves[MOST];
    int32_t height[MOST], last = -1;
    char done[MOST] = {0};
    const int64_t count = turn->count_back;
    if (count > MOST) return;
    memcpy(given, turn->back, (size_t)count * sizeof(StepBack));
    memcpy(moves, turn->moves_back, (size_t)count * sizeof(StepBack));
    for (int64_t n = count - 1; n >= 0; n--) {
        height[n] = 0;
        for (int64_t m = n + 1; m < count; m++)
            if (waits_for(given + m, given + n) && height[m] >= height[n]) height[n] = height[m] + 1;
    }
    for (int64_t k = 0; k < count; k++) {
        const int64_t n = next_back(given, height, done, count, last);
        done[n] = 1, last = given[n].to;
        turn->back[k] = given[n], turn->moves_back[k] = moves[n];
    }
}

/* Put the steps of a part in an order in which what is alike stands together. 0 where there is no memory. */
static int order_steps(const Graph *graph, Turn *turn, int32_t *step_of) {
    const int64_t count = turn->count, most = 2 * graph->operands + 4;
    int32_t *memory = malloc((size_t)(3 * count + 2 + most) * sizeof(int32_t));
    Step *given = malloc((size_t)(2 * count + 1) * sizeof(Step)), *moves = given + count;
    if (memory && given) {
        int32_t *start = memory, *waits = start + count + 2, *users = waits + count;
        Ready ready = {{0}, {0}, {0}, users + most};
        find_users(graph, turn, step_of, start, users, waits);
        memcpy(given, turn->steps, (size_t)count * sizeof(Step));
        memcpy(moves, turn->moves, (size_t)count * sizeof(Step));
        for (int64_t n = 0; n < count; n++)
            if (!waits[n]) becomes_ready(&ready, given[n].code, (int32_t)n);
        for (int64_t done = 0; done < count;) {
            const int code = most_ready(&ready);
            while (ready.counts[code]) {
                const int32_t n = ready.first[code];
                ready.first[code] = ready.next[n], ready.counts[code]--;
                turn->moves[done] = moves[n], turn->steps[done++] = given[n];
                for (int32_t k = start[n]; k < start[n + 1]; k++)
                    if (!--waits[users[k]]) becomes_ready(&ready, given[users[k]].code, users[k]);
            }
        }
    }
    free(memory), free(given);
    return memory && given;
}

