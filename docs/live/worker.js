// Python in a worker: Pyodide, and the wheel of glassgrad, from the folder beside this file and from nowhere else.
//
// The page sends { cell, code }, and gets { cell, kind, text }. What kind it is says cell.py, and four more: "begun",
// "place" (of a picture, which comes later as { kind: "svg", place }), "done" (isFine: whether all went well), and,
// of no cell, "loading" (bytes so far; isAll: whether nothing more is on its way), "ready" or "failed".

import { loadPyodide } from "./pyodide/pyodide.mjs";

const told = (error) => String(error?.message ?? error).slice(0, 2000);

// What Pyodide and we fetch while Python starts is counted as it comes.
const plainFetch = self.fetch;
let bytes = 0;
let coming = 0;

self.fetch = async (...request) => {
  coming += 1;
  const answer = await plainFetch(...request);
  const counter = new TransformStream({
    transform(chunk, rest) {
      bytes += chunk.length;
      postMessage({ kind: "loading", bytes, isAll: false });
      rest.enqueue(chunk);
    },
    flush() {
      coming -= 1;
      postMessage({ kind: "loading", bytes, isAll: coming === 0 });
    },
  });
  const { status, statusText, headers } = answer;
  return new Response(answer.body?.pipeThrough(counter), { status, statusText, headers });
};

async function bytesOf(name) {
  const answer = await fetch(new URL(name, import.meta.url));
  if (!answer.ok) throw new Error(`${name}: ${answer.status} ${answer.statusText}`);
  return new Uint8Array(await answer.arrayBuffer());
}

async function start() {
  const [python, wheel, cell] = await Promise.all([
    loadPyodide({ indexURL: new URL("pyodide/", import.meta.url).href }), bytesOf("glassgrad.whl"), bytesOf("cell.py"),
  ]);
  const place = python.runPython("import sysconfig; sysconfig.get_path('purelib')");
  python.unpackArchive(wheel, "zip", { extractDir: place });
  python.FS.writeFile(`${place}/cell.py`, cell);
  self.fetch = plainFetch;
  return python.runPython("import cell; cell.run");
}

let graphviz; // loaded with the first picture

async function layout(source) {
  graphviz ??= import("./graphviz.js").then(({ Graphviz }) => Graphviz.load());
  return (await graphviz).layout(source, "svg", "dot");
}

const started = start();
let turn = started.then(
  () => postMessage({ kind: "ready" }),
  (error) => postMessage({ kind: "failed", text: told(error) }),
);

async function run(cell, code) {
  const pictures = [];
  const say = (kind, text) => {
    if (kind === "dot") postMessage({ cell, kind: "place", place: pictures.push(text) - 1 });
    else postMessage({ cell, kind, text });
  };
  let isFine = false;
  try {
    const runCell = await started;
    postMessage({ cell, kind: "begun" });
    isFine = runCell(code, say);
    for (const [place, source] of pictures.entries()) {
      postMessage({ cell, kind: "svg", text: await layout(source), place });
    }
  } catch (error) {
    isFine = false;
    say("error", `${told(error)}\n`);
  }
  postMessage({ cell, kind: "done", isFine });
}

onmessage = ({ data: { cell, code } }) => {
  turn = turn.then(() => run(cell, code)); // one after the other
};
