"""JavaScript of the playground's modules, run by node: what is computed there."""

import json
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

import viz
from viz.graph.colours import palette
from viz.play.whole import definitions

WEB = Path(viz.__file__).with_name("explorer") / "web"
MODULES = ("../state/arithmetic", "lessons", "session", "numbers/export",
           *[f"engine/{name}" for name in ("network", "rows", "columns", "plan", "trainer", "targets")])  # fmt: skip
SERVER = """
import { createInterface } from "node:readline";

for await (const line of createInterface({ input: process.stdin })) {
  const { module, body, given } = JSON.parse(line);
  let said;
  try {
    said = { result: new Function("m", "given", body)(await import(module), given) };
  } catch (error) {
    said = { error: String(error) };
  }
  console.log(JSON.stringify(said));
}
"""


@contextmanager
def served(node, folder):
    """A function that runs the body of a JavaScript function in node, and gives what it returns.

    Its arguments are the path of a module of the page, which is `m` in the body, and what is `given` there. What is
    thrown is a RuntimeError with its text. The module play/all.js has all that MODULES export, and what Python writes.
    """
    shutil.copytree(WEB, folder, ignore=shutil.ignore_patterns("graphviz.*"))
    written_by_python = [*definitions(range(1, 9)), f"const PALETTE = {json.dumps(palette())};"]
    exports = [f'export * from "./{name}.js";' for name in ("../definitions", *MODULES)]
    written = {
        "package.json": '{"type": "module"}',  # older versions of node ask
        "server.js": SERVER,
        "definitions.js": "\n".join(f"export {definition}" for definition in written_by_python),
        "globals.js": 'import * as definitions from "./definitions.js";\nObject.assign(globalThis, definitions);',
        "play/all.js": "\n".join(['import "../globals.js";', *exports]),
    }
    for name, text in written.items():
        (folder / name).write_text(text, "utf-8")
    with subprocess.Popen(
        [node, folder / "server.js"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as server:

        def ask(module, body, given=None):
            server.stdin.write(json.dumps({"module": f"./{module}", "body": body, "given": given}) + "\n")
            server.stdin.flush()
            said = json.loads(server.stdout.readline())
            if "error" in said:
                raise RuntimeError(said["error"])
            return said.get("result")

        yield ask
        server.stdin.close()


@pytest.fixture(scope="session")
def compute(node, tmp_path_factory):
    """The same for modules of the playground."""
    with served(node, tmp_path_factory.mktemp("modules") / "web") as ask:
        yield lambda module, body, given=None: ask(f"play/{module}", body, given)
