/* A loop in one row. A few of its turns are written out as one, in a frame in which they always find their numbers in
   the same place, so that nothing has to be counted up from turn to turn. Before they run, what they reach back to and
   what is another number for each turn is copied into it, and afterwards what they leave behind out of it. */

/* Where a number lies, and how much further in the next turn of a loop. */
typedef struct {
    int32_t at, by;
} Place;

/* The steps of the first turn, and how much further all that they refer to lies in the next one. */
typedef struct {
    Step *steps, *moves;
    StepBack *back, *moves_back;
    int64_t count, count_back;
} Turn;

#define ONE_MORE(rule) +1
enum { COUNT_OF_ONE = 0 RULES_OF_ONE(ONE_MORE) };

static int64_t operands_of_part(const Graph *graph, const Part *part) {
    int64_t found = 0;
    for (int64_t n = part->first; n < part->end; n++) found += graph->nodes[n].operands;
    return found;
}

/* ------------------------------------------------------------------------------------------------------ what it has */

/* Room for so many turns of this width, and for those in front of them. */
static Window new_window(int64_t outside, int64_t width, int64_t before, int64_t together, int64_t *positions) {
    const Window window = {*positions + before * width, outside, width, before};
    *positions += (before + together) * width;
    return window;
}

/* kept: of the first node. */
static void open_frame(Graph *graph, const Part *part, const Place *kept, int64_t together, PartOfRow *row) {
    const PartOfRow empty = {NULL, NULL, 0, 0, part->turns, together};
    int64_t of_pins = 0, width_of_pins = 0;
    *row = empty;
    if (!is_loop(part)) return;
    for (int64_t n = part->base + part->width - 1; n >= part->base; n--)
        if (graph->pin[n] >= 0) {
            of_pins = graph->columns + 1 + graph->pin[n];
            width_of_pins = graph->pin[n + part->width] - graph->pin[n];
        }
    row->numbers = new_window(part->base, part->width, part->before, together, &graph->row.positions);
    row->partials = new_window(kept->at, kept->by, 0, together, &graph->row.positions);
    row->adjoints = new_window(of_pins, width_of_pins, part->before, together, &graph->row.positions_back);
}

static int is_in_window(const Window *window, int64_t turns, Place place) {
    const int64_t at = place.at - window->outside;
    return place.by == window->width && at >= -window->before * window->width && at < turns * window->width;
}

/* Where it is in the frame in the first turn; a new place where it has none. */
static int32_t scanned(Place place, int64_t together, Scan *scans, int64_t *count, int64_t *positions) {
    for (int64_t k = 0; k < *count; k++)
        if (scans[k].at == place.at && scans[k].by == place.by) return scans[k].frame;
    const Scan scan = {place.at, place.by, (int32_t)*positions};
    scans[(*count)++] = scan;
    *positions += together;
    return scan.frame;
}

/* Where a number lies in one of the turns that are written out. */
static int32_t number_in_frame(Graph *graph, PartOfRow *row, Place place, int64_t turn) {
    const Window *windows[] = {&row->numbers, &row->partials};
    if (!place.by) return place.at;
    for (int k = 0; k < 2; k++)
        if (is_in_window(windows[k], row->turns, place))
            return (int32_t)(windows[k]->frame + place.at - windows[k]->outside + turn * windows[k]->width);
    return (int32_t)(scanned(place, row->together, row->scans, &row->scan_count, &graph->row.positions) + turn);
}

/* The same of an adjoint. */
static int32_t adjoint_in_frame(Graph *graph, PartOfRow *row, Place place, int64_t turn) {
    const Window *window = &row->adjoints;
    if (!place.by) return place.at;
    if (is_in_window(window, row->turns, place))
        return (int32_t)(window->frame + place.at - window->outside + turn * window->width);
    return (int32_t)(scanned(place, row->together, row->scans_back, &row->scan_count_back, &graph->row.positions_back) +
                     turn);
}

/* ----------------------------------------------------------------------------------------------------- written out */

static Step step_in_frame(Graph *graph, PartOfRow *row, Step step, Step move, int64_t turn, int32_t **others) {
    const Place places[] = {{step.to, move.to}, {step.a, move.a}, {step.b, move.b}, {step.c, move.c}, {step.d, move.d}};
    int32_t *const fields[] = {&step.to, &step.a, &step.b, &step.c, &step.d};
    const Node *node = graph->nodes + step.d;
    for (int k = 0; k < 5; k++) *fields[k] = number_in_frame(graph, row, places[k], turn);
    if (step.code != OTHER) return step;
    step.b = (int32_t)(*others - graph->row.others);
    for (int32_t k = node->first; k < node->first + node->operands; k++) {
        const Place operand = {graph->of[k], graph->by_turn[k]};
        *(*others)++ = number_in_frame(graph, row, operand, turn);
    }
    return step;
}

static StepBack step_back_in_frame(Graph *graph, PartOfRow *row, StepBack step, StepBack move, int64_t turn) {
    const Place dy = {step.dy, move.dy}, by = {step.by, move.by}, to = {step.to, move.to}, from = {step.from, move.from};
    step.dy = adjoint_in_frame(graph, row, dy, turn), step.by = number_in_frame(graph, row, by, turn);
    step.to = adjoint_in_frame(graph, row, to, turn), step.from = adjoint_in_frame(graph, row, from, turn);
    return step;
}

static void swap(int32_t *a, int32_t *b) {
    const int32_t kept = *a;
    *a = *b, *b = kept;
}

/* Have a step of a loop take what the one before has just computed, and need not fetch it from where that has put it. */
static void take_last(Step *step, int32_t last) {
    const int is_sum = step->code == SUM || step->code == DIFFERENCE;
    if (is_sum && step->b == last) swap(&step->a, &step->b);
    if (is_sum && step->d == last) swap(&step->c, &step->d);
    if (step->code == SUM && step->c == last) swap(&step->a, &step->c), swap(&step->b, &step->d);
    if (step->a == last && step->code == SUM) step->code = SUM_OF_LAST;
    else if (step->a == last && step->code == DIFFERENCE) step->code = DIFFERENCE_OF_LAST;
    else if (step->c == last && step->code == DIFFERENCE) step->code = DIFFERENCE_LESS_LAST;
    else if (step->a == last && step->code > OTHER && step->code <= OTHER + COUNT_OF_ONE)
        step->code += DIFFERENCE_LESS_LAST - OTHER;
}

/* The same of a step back. */
static int what_it_takes(const StepBack *back, int32_t last) {
    return back->dy == last ? TAKES_DY : back->from == last ? TAKES_FROM : TAKES_NOTHING;
}

/* Write the turns of a part, to where `row` has its steps. */
static void write_out(Graph *graph, const Turn *turn, PartOfRow *row, int32_t **others) {
    Step *step = row->steps;
    StepBack *back = row->back;
    row->count = turn->count, row->count_back = turn->count_back;
    for (int64_t k = 0; k < row->together; k++)
        for (int64_t n = 0; n < turn->count; n++)
            *step++ = step_in_frame(graph, row, turn->steps[n], turn->moves[n], k, others);
    memset(step, 0, sizeof *step);
    step->code = CODES;
    for (Step *each = row->steps + 1; row->turns > 1 && each < step; each++) take_last(each, each[-1].to);
    for (int64_t k = row->together - 1; k >= 0; k--)
        for (int64_t n = 0; n < turn->count_back; n++)
            *back++ = step_back_in_frame(graph, row, turn->back[n], turn->moves_back[n], k);
    for (StepBack *each = row->back + 1; row->is_narrow && each < back; each++)
        each->takes = what_it_takes(each, each[-1].to);
}

/* --------------------------------------------------------------------------------------------------- in and out */

/* Turns from this one on, and what is in front of them. */
static void enter_window(double *numbers, const Window *window, int64_t turn, int64_t turns) {
    const int64_t before = window->before * window->width, count = before + turns * window->width;
    const double *from = numbers + window->outside + turn * window->width - before;
    double *to = numbers + window->frame - before;
    for (int64_t k = 0; k < count; k++) to[k] = from[k];
}

static void leave_window(double *numbers, const Window *window, int64_t turn, int64_t turns) {
    double *to = numbers + window->outside + turn * window->width;
    const double *from = numbers + window->frame;
    for (int64_t k = 0; k < turns * window->width; k++) to[k] = from[k];
}

/* What is in front is left as it is; of adjoints this is what flows further back. */
static void leave_front(double *numbers, const Window *window, int64_t turn) {
    const int64_t before = window->before * window->width;
    double *to = numbers + window->outside + turn * window->width - before;
    const double *from = numbers + window->frame - before;
    for (int64_t k = 0; k < before; k++) to[k] = from[k];
}

/* Have the last ones of these turns in front of the next. */
static void shift_window(double *numbers, const Window *window, int64_t turns) {
    const int64_t before = window->before * window->width;
    double *to = numbers + window->frame - before;
    memmove(to, to + turns * window->width, (size_t)before * sizeof(double));
}

static void enter_scans(double *numbers, const PartOfRow *row, int64_t turn, int64_t turns) {
    for (const Scan *scan = row->scans; scan < row->scans + row->scan_count; scan++)
        for (int64_t k = 0; k < turns; k++) numbers[scan->frame + k] = numbers[scan->at + (turn + k) * scan->by];
}

/* Two of them may be one number, of different turns: so all is added up outside. */
static void clear_scans(double *adjoints, const PartOfRow *row, int64_t turns) {
    for (const Scan *scan = row->scans_back; scan < row->scans_back + row->scan_count_back; scan++)
        for (int64_t k = 0; k < turns; k++) adjoints[scan->frame + k] = 0.0;
}

static void leave_scans(double *adjoints, const PartOfRow *row, int64_t turn, int64_t turns) {
    for (const Scan *scan = row->scans_back; scan < row->scans_back + row->scan_count_back; scan++)
        for (int64_t k = turns - 1; k >= 0; k--) adjoints[scan->at + (turn + k) * scan->by] += adjoints[scan->frame + k];
}
