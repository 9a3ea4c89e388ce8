// Live cells: every <div class="live"> with a <pre> of Python in it becomes a cell that runs in the page.
//
// Nothing is loaded before a cell is run; then Python starts in a worker (worker.js), one for all cells of the page,
// which share their names as those of a notebook do. A cell of the class "continued" takes names from the cells above it:
// what of these this Python has not run is run first. Stop ends the worker: the next run starts Python anew.
// Without scripts, or from a file that no server gives, the code stays what it is: a text.

const SIZE = "15 MB"; // that the first run loads
const PAGE_HEIGHT = 680; // of a whole page below a cell, which fills what it is given

const element = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
};

// ---------------------------------------------------------------------------------------------------------- Python

let worker = null;
let isReady = false;
const cells = []; // of the page, in order
const running = new Map(); // of cells that wait or run, by number

function send(cell, code) {
  if (!worker) {
    worker = new Worker(new URL("worker.js", import.meta.url), { type: "module", name: "Python" });
    worker.onmessage = ({ data }) => hear(data);
    worker.onerror = (event) => hear({ kind: "failed", text: event.message || "the worker cannot be loaded" });
  }
  running.set(cell.number, cell);
  worker.postMessage({ cell: cell.number, code });
}

function hear({ cell, kind, ...message }) {
  if (kind === "ready") isReady = true;
  else if (kind === "loading") for (const waiting of running.values()) waiting.state.textContent = loading(message);
  else if (kind === "failed") endAll(`Python cannot be loaded: ${message.text}`);
  else running.get(cell)?.hear(kind, message);
}

function loading({ bytes, isAll }) {
  return isAll ? "Loaded; starting Python …" : `Loading Python, once: ${Math.floor(bytes / 1e6)} of ${SIZE} …`;
}

function endAll(state) {
  worker?.terminate();
  worker = null;
  isReady = false;
  for (const cell of cells) cell.hasRun = false;
  for (const cell of [...running.values()]) cell.end(state);
}

// ------------------------------------------------------------------------------------------------------------ cells

class Cell {
  constructor(place, number) {
    this.number = number;
    this.isContinued = place.classList.contains("continued");
    this.hasRun = false; // by the Python that runs now
    this.original = place.querySelector("pre").textContent.replace(/\s+$/, "");
    const title = place.dataset.title ?? `live cell ${number}`;
    this.code = element("textarea", {
      "aria-label": `Python code of ${title}`, spellcheck: "false", autocapitalize: "off", autocomplete: "off", wrap: "off",
    });
    this.code.value = this.original;
    this.run = element("button", { type: "button", class: "live-run", title: "Ctrl + Enter in the code" }, "Run");
    this.stop = element("button", { type: "button", hidden: "" }, "Stop");
    this.reset = element("button", { type: "button", hidden: "" }, "Reset");
    this.state = element("span", { role: "status", class: "live-state" });
    this.output = element("div", { class: "live-output", role: "group", "aria-label": `Output of ${title}`, hidden: "" });
    const bar = element("div", { class: "live-bar" }, this.run, this.stop, this.reset, this.state);
    place.replaceChildren(this.code, bar, this.output);
    place.classList.add("live-ready");
    this.fit();
    this.code.addEventListener("input", () => this.fit());
    this.code.addEventListener("keydown", (event) => this.press(event));
    this.run.addEventListener("click", () => this.start());
    this.stop.addEventListener("click", () => endAll("Stopped. The next run starts Python anew."));
    this.reset.addEventListener("click", () => this.restore());
  }

  get isRunning() {
    return running.has(this.number);
  }

  fit() {
    this.code.rows = this.code.value.split("\n").length;
    this.reset.hidden = this.code.value === this.original;
  }

  press(event) {
    if (event.key !== "Enter" || event.isComposing) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey) {
      event.preventDefault();
      this.start();
      return;
    }
    const before = this.code.value.slice(0, this.code.selectionStart).split("\n").at(-1);
    const indent = before.match(/^ */)[0] + (before.trimEnd().endsWith(":") ? "    " : "");
    if (indent && document.execCommand("insertText", false, `\n${indent}`)) event.preventDefault(); // as typed: it can be undone
  }

  restore() {
    this.code.value = this.original;
    this.fit();
    this.code.focus();
  }

  start() {
    if (this.isRunning) return;
    const above = cells[cells.indexOf(this) - 1];
    if (this.isContinued && above && !above.hasRun) above.start();
    this.hasRun = true;
    this.output.replaceChildren();
    this.output.hidden = true;
    this.text = null;
    this.places = [];
    this.run.setAttribute("aria-disabled", "true");
    this.stop.hidden = false;
    this.pressed = performance.now();
    this.startsPython = !isReady;
    this.state.textContent = isReady ? "Running …" : `Starting Python, which loads ${SIZE} once …`;
    send(this, this.code.value);
  }

  hear(kind, message) {
    if (kind === "begun") {
      this.began = performance.now();
      this.state.textContent = "Running …";
    } else if (kind === "done") {
      const [before, own] = [this.began - this.pressed, performance.now() - this.began].map((ms) => (ms / 1000).toFixed(1));
      this.end(message.isFine ? `Done in ${own} s${this.startsPython ? `, after ${before} s to load Python` : ""}` : "Ended with an error");
    } else if (kind === "place") this.places[message.place] = this.add(element("div", { class: "live-picture" }, "…"));
    else if (kind === "svg") this.picture(message.text, this.places[message.place] ?? this.add(element("div", { class: "live-picture" })));
    else if (kind === "html") this.page(message.text);
    else this.write(kind, message.text);
  }

  end(state) {
    running.delete(this.number);
    this.run.removeAttribute("aria-disabled");
    if (document.activeElement === this.stop) this.run.focus();
    this.stop.hidden = true;
    this.state.textContent = state;
  }

  add(child) {
    this.output.hidden = false;
    this.output.append(child);
    return child;
  }

  write(kind, text) {
    if (this.output.lastChild !== this.text || this.text?.dataset.kind !== kind) {
      this.text = this.add(element("pre", { class: `live-${kind}`, "data-kind": kind, tabindex: "0" }));
    }
    this.text.append(text);
  }

  picture(svg, place) {
    const drawn = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
    drawn.setAttribute("role", "img");
    drawn.setAttribute("aria-label", "The graph as a picture");
    const width = drawn.getAttribute("width"); // as wide as there is room, down to what can still be read
    if (/^[0-9.]+pt$/.test(width)) {
      drawn.style.width = `min(${width}, max(100%, 0.6 * ${width}))`;
      drawn.removeAttribute("height");
    }
    place.tabIndex = 0; // it scrolls
    place.replaceChildren(document.importNode(drawn, true));
  }

  page(html) {
    const isWhole = /^\s*<!doctype/i.test(html);
    const frame = element("iframe", {
      title: "What the cell shows", sandbox: "allow-scripts allow-downloads", allow: "clipboard-write",
      srcdoc: isWhole ? html : `<!doctype html><meta charset="utf-8"><body style="margin:0">${html}${TELLS_HEIGHT}`,
    });
    frame.style.height = `${isWhole ? PAGE_HEIGHT : 80}px`;
    this.add(frame);
  }
}

// What a frame, which reaches nothing around it, tells the page.
const TELLS_HEIGHT = `<script>new ResizeObserver(() => parent.postMessage({
  height: document.body.scrollHeight }, "*")).observe(document.body)</script>`;

addEventListener("message", ({ source, data }) => {
  const frames = [...document.querySelectorAll(".live-output iframe")];
  const frame = data?.height > 0 && frames.find((each) => each.contentWindow === source);
  if (frame) frame.style.height = `${Math.min(data.height, 2 * PAGE_HEIGHT)}px`;
});

if (window.isSecureContext || location.protocol.startsWith("http")) {
  document.querySelectorAll("div.live").forEach((place, index) => {
    if (place.querySelector("pre")) cells.push(new Cell(place, index + 1));
  });
  document.documentElement.dataset.live = "ready";
}
