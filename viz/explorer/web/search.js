// Finding nodes by label or operation, and module calls by name.

import { byId, counted, element, shorten } from "./dom.js";

const MOST_RESULTS = 60;

/** {nodes, calls, total}: what matches a text, without regard to case; whole matches come first. */
export function search(graph, query) {
  const wanted = query.trim().toLowerCase();
  if (!wanted) return { nodes: [], calls: [], total: 0 };
  const grade = (text) => {
    const at = text.toLowerCase().indexOf(wanted);
    return at < 0 ? 0 : text.length === wanted.length ? 3 : at === 0 ? 2 : 1;
  };
  const labels = graph.labels.map(grade);
  const operations = graph.rules.map((rule, kind) => (kind > 1 ? Math.max(grade(rule.name), rule.symbol.toLowerCase() === wanted ? 3 : 0) : 0));
  const byGrade = [[], [], []];
  let total = 0;
  for (let n = graph.size - 1; n >= 0; n--) {
    const best = Math.max(labels[graph.label[n]], operations[graph.operation[n]]);
    if (!best) continue;
    total++;
    if (byGrade[3 - best].length < MOST_RESULTS) byGrade[3 - best].push(n);
  }
  const calls = graph.calls.map(({ name }, call) => [grade(name), call]).filter(([best]) => best > 0);
  calls.sort(([a], [b]) => b - a);
  return { nodes: byGrade.flat().slice(0, MOST_RESULTS), calls: calls.slice(0, MOST_RESULTS).map(([, call]) => call), total: total + calls.length };
}

/** The field in the header; `show` has node(n) and call(number). */
export function searchField(graph, show) {
  const [form, field, results, found, matches] = ["find", "query", "results", "found", "matches"].map(byId);
  const close = () => (results.hidden = true);
  const choose = (action) => {
    close();
    action();
  };
  const update = () => {
    const { nodes, calls, total } = search(graph, field.value);
    results.hidden = !field.value.trim();
    const count = nodes.length + calls.length;
    found.textContent = total > count ? `${count} of ${counted(total, "match", "matches")}` : total ? `${total} found` : "Nothing found";
    const entry = (text, action) => element("li", {}, element("button", { type: "button", onclick: () => choose(action) }, text));
    matches.replaceChildren(
      ...calls.map((call) => entry(`${shorten(graph.pathText(call + 1), 90)}  (module)`, () => show.call(call))),
      ...nodes.map((n) => entry(`${shorten(graph.fullName(n), 90)}  (${graph.isConstant(n) ? "number" : graph.isLeaf(n) ? "leaf" : graph.rule(n).name})`, () => show.node(n))),
    );
  };
  field.oninput = update;
  field.onfocus = () => field.value.trim() && update();
  form.onsubmit = (event) => {
    event.preventDefault();
    matches.querySelector("button")?.click();
  };
  form.onkeydown = (event) => {
    const buttons = [...matches.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement);
    if (event.key === "Escape") close();
    else if (event.key === "ArrowDown" && !results.hidden) buttons[Math.min(at + 1, buttons.length - 1)]?.focus();
    else if (event.key === "ArrowUp" && at >= 0) (buttons[at - 1] ?? field).focus();
    else return;
    event.preventDefault();
  };
  document.addEventListener("pointerdown", (event) => !form.contains(event.target) && close());
}
