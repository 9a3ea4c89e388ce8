// The graphs that a test in Python has written for those of its folder that run in node.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { Graph } from "./state/graph.js";
import { Model } from "./state/model.js";

const folder = process.env.EXPLORER_DATA;
assert.ok(folder, "EXPLORER_DATA must name the folder of the graphs");
export const { graphs } = JSON.parse(readFileSync(join(folder, "graphs.json"), "utf-8"));

export async function load(name) {
  const { RULES } = await import(pathToFileURL(join(folder, `${name}.js`)));
  return new Graph(graphs[name], RULES);
}

/** The numbers of a graph when both passes are done. */
export async function computed(name) {
  const model = new Model(await load(name));
  model.goTo(model.steps.end);
  return model;
}

/** Numbers from 0 to 1 that are the same in every run. */
export function generator(seed) {
  let state = seed;
  return () => {
    state = (1664525 * state + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}
