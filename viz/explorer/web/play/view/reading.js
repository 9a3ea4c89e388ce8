// How the outputs of a network are read: as a strength between two colours, or as one class of several.

import { format } from "../../state/numbers.js";
import { softmaxColumns } from "./shades.js";

const MOST_TOLD = 4; // outputs

/** `takes` is what the loss takes, a word of nn's; `middle` and `reach` are of targets that are numbers. */
export class Reading {
  constructor(takes, outputs, isRegression, { middle, reach }) {
    this.takes = takes;
    this.isOfClasses = outputs > 1;
    if (isRegression) Object.assign(this, { middle, reach });
    else if (takes === "logit") Object.assign(this, { middle: 0, reach: 4 });
    else if (takes === "score") Object.assign(this, { middle: 0, reach: 1 });
    else Object.assign(this, { middle: 0.5, reach: 0.5 });
    this.threshold = isRegression || this.isOfClasses ? null : this.middle; // between two classes
    this.ends = [this.middle - this.reach, this.middle + this.reach];
  }

  paint(raster, columns, table, paper) {
    if (this.isOfClasses) raster.paintClasses(this.shares(columns), paper);
    else raster.paint(columns[0], table, this.middle, this.reach);
  }

  /** Columns of outputs as shares of classes, in place. */
  shares(columns) {
    if (this.takes === "logits") return softmaxColumns(columns);
    const [low, scale] = this.takes === "score" ? [-1, 0.5] : [0, 1];
    for (let i = 0; i < columns[0].length; i++) {
      let sum = 0;
      for (const column of columns) sum += column[i] = Math.max(0, Math.min(1, (column[i] - low) * scale));
      for (const column of columns) column[i] = sum ? column[i] / sum : 1 / columns.length;
    }
    return columns;
  }

  /** Outputs in words; of many classes only the largest. */
  words(outputs) {
    if (outputs.length > MOST_TOLD) return `${format(Math.max(...outputs), 3)}, the largest`;
    return outputs.map((output) => format(output, outputs.length === 1 ? 3 : 2)).join(", ");
  }
}

/** How the outputs of a neuron are drawn over the plane: {middle, reach}. */
export function mapScale(range, numbers) {
  if (range) return { middle: (range[0] + range[1]) / 2, reach: (range[1] - range[0]) / 2 };
  let reach = 0;
  for (let i = 0; i < numbers.length; i++) if (Math.abs(numbers[i]) > reach) reach = Math.abs(numbers[i]);
  return { middle: 0, reach: Math.max(reach, 1e-12) };
}
