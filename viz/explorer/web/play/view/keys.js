// Keys of the whole page: Space trains and pauses, Escape chooses no neuron.

import { byId } from "../../dom.js";

export function listenToPageKeys(page) {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") unselect(page);
    if (event.key !== " " || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.target.closest("button, input, select, summary, textarea, a")) return; // it is theirs
    event.preventDefault();
    page.run.toggle();
  });
}

function unselect({ inspect, screen }) {
  const { neuron } = inspect;
  if (!neuron) return;
  const hadFocus = byId("neuron").contains(document.activeElement);
  inspect.selectNeuron(null);
  if (hadFocus) screen.picture.buttonOf(neuron.layer, neuron.neuron)?.focus();
}
