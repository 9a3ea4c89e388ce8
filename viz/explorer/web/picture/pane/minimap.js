// The whole picture in small beside a pane that shows a part of it, and which part that is.

import { shape } from "../../dom.js";

const MAP_THICKNESS = 48; // below the pane or beside it, on the longer side of the picture
const PAN = 0.25; // of the window, for an arrow key

/** Shows where a pane is; a drag, a click and the arrow keys move the pane. Hidden where all is in sight. */
export class Minimap {
  constructor(svg, pane) {
    Object.assign(this, { svg, pane });
    this.boxes = shape("path", { class: "minimap-boxes" });
    this.window = shape("rect", { class: "minimap-window", rx: 2 });
    svg.append(this.boxes, this.window);
    this.listen();
  }

  /** Draw the boxes of a new layout. */
  draw(items) {
    const lines = [...items].map(
      ({ x, y, width, height }) => `M${x - width / 2},${y - height / 2}h${width}v${height}h${-width}z`,
    );
    this.boxes.setAttribute("d", lines.join(""));
  }

  /** Whether the pane shows a part only; the minimap is there or not, which leaves the pane more or less room. */
  set isShown(isShown) {
    this.svg.toggleAttribute("hidden", !isShown);
    if (!isShown) return;
    const { layout, size } = this.pane;
    const { parentElement } = this.svg;
    const isTaller = layout.height * size.width > 2 * layout.width * size.height;
    const isTall = isTaller || (size.width > size.height && layout.width < 2 * layout.height); // it takes less room there
    parentElement.classList.toggle("beside", isTall);
    const long = isTall ? parentElement.clientHeight : parentElement.clientWidth;
    const ratio = isTall ? layout.height / layout.width : layout.width / layout.height;
    const length = Math.min(long - 8, Math.max(MAP_THICKNESS, ratio * MAP_THICKNESS));
    this.svg.style.width = `${isTall ? MAP_THICKNESS : length}px`;
    this.svg.style.height = `${isTall ? length : MAP_THICKNESS}px`;
    this.svg.setAttribute("viewBox", `0 0 ${layout.width} ${layout.height}`);
  }

  get isShown() {
    return !this.svg.hasAttribute("hidden");
  }

  /** Show the part that the pane shows now. */
  update() {
    if (!this.isShown) return;
    const { x, y, scale, size, layout } = this.pane;
    const from = { x: Math.max(0, -x / scale), y: Math.max(0, -y / scale) };
    const to = {
      x: Math.min(layout.width, (size.width - x) / scale),
      y: Math.min(layout.height, (size.height - y) / scale),
    };
    const sides = { ...from, width: Math.max(0, to.x - from.x), height: Math.max(0, to.y - from.y) };
    for (const [name, side] of Object.entries(sides)) this.window.setAttribute(name, side);
    const percent = (part, all) => `${Math.round((100 * part) / Math.max(1, all))} %`;
    const across = `${percent(sides.width, layout.width)} of the width from ${percent(from.x, layout.width)} on`;
    const down = `${percent(sides.height, layout.height)} of the height from ${percent(from.y, layout.height)} on`;
    this.svg.setAttribute("aria-label", `Overview: in sight are ${across}, ${down}; arrow keys move`);
  }

  listen() {
    const { svg, pane } = this;
    const go = (event) => {
      const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      pane.moveTo(x, y);
    };
    svg.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      svg.setPointerCapture(event.pointerId);
      go(event);
    });
    svg.addEventListener("pointermove", (event) => svg.hasPointerCapture(event.pointerId) && go(event));
    svg.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
      const { x, y, scale, size } = pane;
      pane.moveTo(
        (size.width * (0.5 + PAN * step[0]) - x) / scale,
        (size.height * (0.5 + PAN * step[1]) - y) / scale,
      );
      event.preventDefault();
      event.stopPropagation();
    });
  }
}
