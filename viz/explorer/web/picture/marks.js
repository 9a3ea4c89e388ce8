// What stands out in the picture: what is selected, or pointed at in the compiled program, and the operation of the step.

/**
 * What the pointed-at box of the program stands for is marked, or else what is selected; in the latter case what it
 * depends on and what depends on it stands out. The rest is dimmed.
 */
export function markElements(page) {
  const { graph, view, cards, selected } = page;
  if (!view) return; // nothing could be drawn
  const chosen = page.marks || selected === null ? null : page.elementAt(selected);
  let marks = page.marks;
  if (chosen) {
    const above = graph.above(chosen.nodes);
    marks = graph.below(chosen.nodes).map((mark, n) => mark | above[n]);
  }
  const lit = view.elements.map(({ nodes }) => !marks || nodes.some((n) => marks[n]));
  cards.nodes.forEach(({ key, group }, number) => {
    group.classList.toggle("dim", !lit[number]);
    group.classList.toggle("match", Boolean(page.marks) && lit[number]);
    group.classList.toggle("selected", key === selected);
    if (/node|sum/.test(view.elements[number].kind)) group.setAttribute("aria-pressed", key === selected);
  });
  for (const { tail, head, line, label } of cards.edges) {
    line.classList.toggle("dim", !lit[tail] || !lit[head]);
    label?.classList.toggle("dim", !lit[tail] || !lit[head]);
  }
  if (!page.marks) page.compiled.markBoxes(chosen?.nodes ?? []);
  showLabelsNear(page, selected);
}

/** In a large picture only the edges at one node have their numbers. */
export function showLabelsNear({ cards, selected }, key) {
  if (!cards || cards.labelled) return;
  const { nodes, edges } = cards;
  const keys = new Set([key, selected]);
  for (const { tail, head, label } of edges) {
    label?.classList.toggle("near", keys.has(nodes[tail].key) || keys.has(nodes[head].key));
  }
}

/** The operation of the step and the edges along which it works; with `follow` it is brought into sight. */
export function markStep({ model, view, cards, pane }, follow) {
  const { pass, n } = model.steps.at();
  const current = n >= 0 ? view.owner[n] : -1;
  cards.nodes.forEach(({ group }, number) => group.classList.toggle("current", number === current));
  for (const { tail, head, line, isConstant, pointsBack } of cards.edges) {
    const user = pointsBack ? tail : head;
    const goesBack = !isConstant && !line.matches(".absent");
    const works = user === current && pass !== "seed" && !line.matches(".elsewhere");
    line.classList.toggle("flowing", works && (goesBack || pass !== "backward"));
  }
  if (follow && current >= 0) pane.bringIntoSight(cards.nodes[current].key);
}
