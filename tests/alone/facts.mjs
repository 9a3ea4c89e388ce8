// node facts.mjs LIVE FACTS: what facts.py finds in Pyodide, with the runtime and the wheel of the folder LIVE, as JSON.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [live, facts] = process.argv.slice(2);
try {
  const { loadPyodide } = await import(pathToFileURL(join(live, "pyodide", "pyodide.mjs")).href);
  const python = await loadPyodide({ indexURL: join(live, "pyodide/") });
  const place = python.runPython("import sysconfig; sysconfig.get_path('purelib')");
  python.unpackArchive(new Uint8Array(readFileSync(join(live, "glassgrad.whl"))), "zip", { extractDir: place });
  python.runPython(readFileSync(facts, "utf-8").replace('if __name__ == "__main__"', "if False"), { filename: "facts.py" });
  console.log(python.runPython("json.dumps(facts())"));
} catch (error) {
  console.error(String(error?.message ?? error).slice(-3000)); // node would show the line, which has a million letters
  process.exitCode = 1;
}
