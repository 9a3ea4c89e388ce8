// The choice of data: small pictures of the sets, and how they are made.

import { element } from "../../../dom.js";
import { css } from "../../../picture/colours/colours.js";
import { NumberField, percent, SliderField, TroubleNote } from "./fields.js";
import { classColour } from "../shades.js";

const THUMB = 44; // pixels
const THUMB_ROWS = 160;

/** `sets` are DATASETS; `given` is what Python gave, or null. `change(name, setting)` changes a setting. */
export class DataPanel {
  constructor(part, sets, given, change) {
    this.sets = sets;
    this.choices = new Map();
    const choose = element("fieldset", { id: "data-sets" }, element("legend", { class: "unseen" }, "Data"));
    const names = {
      ...Object.fromEntries(Object.entries(sets).map(([name, { title }]) => [name, title])),
      drawn: "draw",
    };
    for (const [name, title] of Object.entries(given ? { given: "given", ...names } : names)) {
      const radio = element("input", {
        type: "radio",
        name: "data",
        value: name,
        onchange: () => change("data", name),
      });
      const canvas = element("canvas", { width: 2 * THUMB, height: 2 * THUMB, "aria-hidden": "true" });
      this.choices.set(name, { radio, canvas });
      choose.append(
        element("label", { title: sets[name]?.title ?? title }, radio, canvas, name === "drawn" ? "draw" : name),
      );
    }
    this.given = given;
    this.fields = {
      noise: new SliderField("noise", "Noise", { min: 0, max: 0.5, step: 0.05, written: (x) => x.toFixed(2) }, change),
      rows: new SliderField("rows", "Rows", { min: 20, max: 500, step: 20 }, change),
      testShare: new SliderField(
        "testShare",
        "For the test",
        { min: 0, max: 0.8, step: 0.05, written: (x) => percent(x) },
        change,
      ),
      classes: new SliderField("classes", "Classes", { min: 2, max: 6, step: 1 }, change),
      dataSeed: new NumberField("dataSeed", "Seed", change),
    };
    this.trouble = new TroubleNote("data", choose, change);
    part.replaceChildren(choose, this.trouble.part, ...Object.values(this.fields).map(({ part: each }) => each));
  }

  show(settings, troubles) {
    const { data } = settings;
    const isMade = data in this.sets;
    this.choices.get(data).radio.checked = true;
    this.trouble.show(troubles.find(({ field }) => field === "data") ?? null);
    for (const [name, field] of Object.entries(this.fields)) {
      field.show(settings[name]);
      const trouble = troubles.find(({ field: of }) => of === name);
      field.complain(trouble ?? null);
      field.part.hidden = data === "given" || !(isMade || name === "testShare");
    }
    this.fields.classes.part.hidden = !(this.sets[data]?.classes > 2);
  }

  /** Draw the small pictures: they follow noise and seed. */
  drawThumbs(settings, paper) {
    for (const [name, { canvas }] of this.choices) {
      const context = canvas.getContext("2d");
      context.setTransform(2, 0, 0, 2, 0, 0);
      context.clearRect(0, 0, THUMB, THUMB);
      if (name in this.sets) {
        const { noise, dataSeed: seed } = settings;
        const { classes: most } = this.sets[name];
        const classes = most > 2 ? settings.classes : 2;
        drawThumb(context, this.sets[name].make({ rows: THUMB_ROWS, noise, seed, classes }), paper);
      } else drawPencil(context, canvas, name);
    }
  }
}

function drawThumb(context, { X, y, task }, paper) {
  const ends = [0, 1].map((axis) =>
    X.reduce(([low, high], x) => [Math.min(low, x[axis]), Math.max(high, x[axis])], [Infinity, -Infinity]),
  );
  const most = task === "regression" ? y.reduce((size, each) => Math.max(size, Math.abs(each)), 0) : 1;
  X.forEach((x, i) => {
    const [px, py] = ends.map(([low, high], axis) => 3 + ((x[axis] - low) / (high - low || 1)) * (THUMB - 6));
    context.globalAlpha = task === "regression" ? 0.15 + (0.85 * Math.abs(y[i])) / (most || 1) : 1;
    context.fillStyle = css(classColour(task === "regression" ? Number(y[i] > 0) : y[i], paper));
    context.fillRect(px - 1.2, THUMB - py - 1.2, 2.4, 2.4);
  });
  context.globalAlpha = 1;
}

/** A pencil for what is drawn, a table for what was given. */
function drawPencil(context, canvas, name) {
  context.strokeStyle = getComputedStyle(canvas).getPropertyValue("--soft");
  context.lineWidth = 1.6;
  context.stroke(
    new Path2D(
      name === "drawn"
        ? "M12,32l3,-8l15,-15l5,5l-15,15zM26,13l5,5M15,24l5,5"
        : "M9,11h26v22h-26zM9,18h26M9,25.5h26M18,11v22M26.5,11v22",
    ),
  );
}
