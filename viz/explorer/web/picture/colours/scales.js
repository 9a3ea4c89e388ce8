// By which scale a gradient has its colour: one for the whole picture, or one for each module.

import { scaleOf } from "./colours.js";

/** The scales of a view: `gradients` are those of its elements, in their order. */
export class Scales {
  constructor(graph, elements, gradients, isByModule) {
    this.isByModule = isByModule;
    this.modules = elements.map(({ home }) => (isByModule ? moduleOf(graph, home) : -1));
    const inside = new Map();
    this.modules.forEach((module, number) => {
      if (!inside.has(module)) inside.set(module, []);
      inside.get(module).push(gradients[number]);
    });
    this.byModule = new Map([...inside].map(([module, each]) => [module, scaleOf(each)]));
  }

  /** The scale of the element at this place. */
  of(number) {
    return this.byModule.get(this.modules[number]);
  }

  /** The largest gradients of the scales, from the smallest of them on, without those that have none. */
  get largest() {
    const sizes = [...this.byModule.values()].map(({ largest }) => largest);
    return sizes.filter((size) => size > 0).sort((a, b) => a - b);
  }
}

/**
 * The module call whose scale an element has that is at home there; -1: it is in none. Calls in which there are no
 * others, such as the neurons of a layer, are compared with each other: they share the scale of the call around them.
 */
function moduleOf(graph, home) {
  const call = home - 1;
  if (call < 0) return -1;
  const { inner, outer } = graph.calls[call];
  return inner.length || outer < 0 ? call : outer;
}
