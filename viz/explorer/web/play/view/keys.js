// Keys of the whole page: Space trains and pauses, Escape chooses no neuron, Ctrl+Z takes back what was changed by hand.

import { byId } from "../../dom.js";

export function listenToPageKeys(page) {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") unselect(page);
    if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey) undo(page, event);
    if (event.key !== " " || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.target.closest("button, input, select, summary, textarea, a")) return; // it is theirs
    event.preventDefault();
    page.run.toggle();
  });
}

/** Of weights; where none was changed, of points that were drawn. What is written into a field is the browser's. */
function undo({ inspect, drawing, session }, event) {
  const { target } = event;
  if (target.closest("input[type=text], textarea") && inspect.card.writes(target)) return;
  event.preventDefault();
  if (!inspect.changes.has(session.trainer) && session.settings.data === "drawn") drawing.undo();
  else inspect.undo();
}

function unselect({ inspect, screen }) {
  const { neuron } = inspect;
  if (!neuron) return;
  const hadFocus = byId("neuron").contains(document.activeElement);
  inspect.selectNeuron(null);
  if (hadFocus) screen.picture.buttonOf(neuron.layer, neuron.neuron)?.focus();
}
