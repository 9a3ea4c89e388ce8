// Finding nodes by label, operation or number, and module calls by name.

import { byId, element } from "../dom.js";
import { conditionOf } from "../state/conditions.js";
import { counted, shorten } from "../state/texts.js";

const MOST_RESULTS = 60;

/**
 * {nodes, calls, total}: what matches a text, without regard to case; whole matches come first. "layer 1 / w5" is a w5
 * inside of calls whose names contain "layer 1". What meets a condition on numbers comes first, too.
 */
export function search(graph, query, condition = null) {
  const wanted = query.trim().toLowerCase();
  if (!wanted) return { nodes: [], calls: [], total: 0 };
  const parts = wanted.split("/").map((part) => part.trim());
  const last = parts.pop();
  const within = insideOf(graph, parts);
  const isMade = /^[uv]\d+$/.test(last) || last === graph.rootName.toLowerCase(); // how formulas call what has no label
  const names = graph.labels.map((label) => [grade(label, wanted), grade(label, last)]);
  const operations = graph.rules.map(({ name, symbol }, kind) =>
    [wanted, last].map((text) => (kind < 2 ? 0 : symbol.toLowerCase() === text ? 3 : grade(name, text))),
  );
  const byGrade = [[], [], []];
  let total = 0;
  for (let n = graph.size - 1; n >= 0; n--) {
    const [name, operation] = [names[graph.label[n]], operations[graph.operation[n]]];
    const made = isMade && graph.label[n] === 0 && graph.nameOf(n).toLowerCase() === last ? 3 : 0;
    let best = Math.max(name[0], operation[0]);
    if (best < 3 && Math.max(name[1], operation[1], made) > best && within(graph.home[n]))
      best = Math.max(name[1], operation[1], made);
    if (condition?.meets(n)) best = 3;
    if (!best) continue;
    total++;
    if (byGrade[3 - best].length < MOST_RESULTS) byGrade[3 - best].push(n);
  }
  const calls = graph.calls
    .map(({ name, outer }, call) => [Math.max(grade(name, wanted), within(outer + 1) ? grade(name, last) : 0), call])
    .filter(([best]) => best > 0)
    .sort(([a], [b]) => b - a);
  total += calls.length;
  return {
    nodes: byGrade.flat().slice(0, MOST_RESULTS),
    calls: calls.slice(0, MOST_RESULTS).map(([, call]) => call),
    total,
  };
}

/** 3: the text is the name; 2: the name begins with it; 1: it is somewhere in it; 0: it is not. */
function grade(name, text) {
  const at = text ? name.toLowerCase().indexOf(text) : -1;
  return at < 0 ? 0 : name.length === text.length ? 3 : at === 0 ? 2 : 1;
}

/** Whether something at home there is inside of calls with these names, in this order. */
function insideOf(graph, names) {
  if (!names.length) return () => true;
  const found = new Map();
  return (home) => {
    if (!found.has(home)) {
      let next = 0;
      for (const call of graph.path(home))
        next += next < names.length && graph.calls[call].name.toLowerCase().includes(names[next]);
      found.set(home, next === names.length);
    }
    return found.get(home);
  };
}

/** What can be found, by examples from the graph. */
function nothingFound(graph) {
  const label = graph.labels.find((each) => each.trim());
  const kinds = [
    label && `a name, such as ${shorten(label, 20)}`,
    graph.rules.length > 2 && `an operation, such as ${graph.rules[2].name}`,
    graph.calls.length && `a module, such as ${shorten(graph.calls[0].name, 20)}`,
  ];
  return `Nothing found: look for ${kinds.filter(Boolean).join(", or ") || "another name"}`;
}

/** The field in the header, with the numbers of a model as they are when something is typed; `show` has node(n) and call(number). */
export function searchField(model, show) {
  const { graph } = model;
  const [form, field, results, found, matches] = ["find", "query", "results", "found", "matches"].map(byId);
  const close = () => (results.hidden = true);
  const choose = (action) => {
    close();
    action();
  };
  const update = () => {
    const condition = conditionOf(field.value, model);
    const { nodes, calls, total } = search(graph, field.value, condition);
    results.hidden = !field.value.trim();
    const count = nodes.length + calls.length;
    found.textContent =
      total > count
        ? `${count} of ${counted(total, "match", "matches")}`
        : total
          ? `${total} found`
          : condition
            ? "Nothing found among the numbers that are known at this step"
            : nothingFound(graph);
    const entry = (text, action) =>
      element("li", {}, element("button", { type: "button", onclick: () => choose(action) }, text));
    matches.replaceChildren(
      ...calls.map((call) => entry(`${shorten(graph.pathText(call + 1), 90)}  (module)`, () => show.call(call))),
      ...nodes.map((n) => {
        const kind = graph.isConstant(n) ? "number" : graph.isLeaf(n) ? "leaf" : graph.rule(n).name;
        const facts = [kind, condition?.tell(n)].filter(Boolean).join(", ");
        return entry(`${shorten(graph.fullName(n), 90)}  (${facts})`, () => show.node(n));
      }),
    );
  };
  field.oninput = update;
  field.onfocus = () => field.value.trim() && update();
  const chooseFirst = (event) => {
    event.preventDefault();
    matches.querySelector("button")?.click();
  };
  form.onsubmit = chooseFirst;
  form.onkeydown = (event) => {
    const buttons = [...matches.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement);
    if (event.key === "Enter" && event.target === field) return chooseFirst(event); // frames submit no forms
    if (event.key === "Escape") {
      close();
      field.focus();
      event.stopPropagation();
    } else if (event.key === "ArrowDown" && !results.hidden) buttons[Math.min(at + 1, buttons.length - 1)]?.focus();
    else if (event.key === "ArrowUp" && at >= 0) (buttons[at - 1] ?? field).focus();
    else return;
    event.preventDefault();
  };
  document.addEventListener("pointerdown", (event) => !form.contains(event.target) && close());
}
