// How many hidden layers there are, with one more and one less.

import { byId, element } from "../../../dom.js";
import { counted } from "../../../state/texts.js";
import { MOST_LAYERS } from "../../settings.js";

/** `change(layers)` takes other ones. */
export function showLayerCount({ settings: { layers }, network }, change) {
  const button = (words, label, onclick, hasWork) =>
    element(
      "button",
      {
        type: "button",
        class: "plus-minus",
        "aria-label": label,
        "aria-disabled": !hasWork,
        onclick: () => hasWork && onclick(),
      },
      words,
    );
  const by = (count) => change(count > 0 ? [...layers, layers[layers.length - 1] ?? 4] : layers.slice(0, -1));
  byId("layers").replaceChildren(
    element("span", { class: "title" }, "Hidden layers"),
    button("−", "One hidden layer less", () => by(-1), layers.length > 0),
    element("span", { class: "count" }, String(layers.length)),
    button("+", "One hidden layer more", () => by(1), layers.length < MOST_LAYERS),
  );
  byId("parameter-count").textContent = counted(network.parameters.length, "parameter");
}
