"""What the tests of the explorer share: JavaScript without a browser."""

import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

import viz

WEB = Path(viz.__file__).with_name("explorer") / "web"


@pytest.fixture(scope="session")
def node():
    """Node.js: the one that is installed, or the one that playwright brings."""
    found = shutil.which("node")
    if found is None and (playwright := find_spec("playwright")) and playwright.origin:
        found = shutil.which("node", path=Path(playwright.origin).with_name("driver"))
    if found is None:
        pytest.skip("there is no node, neither installed nor in the package playwright")
    return found


@pytest.fixture(scope="session")
def run_node_test(node):
    """A function that runs a test file of this folder beside copies of the page's modules, and gives (status, output).

    Its argument `data` is the folder that the test reads, from the environment variable EXPLORER_DATA.
    """

    def run(file, data, modules):
        modules.mkdir(exist_ok=True)
        for source in [*WEB.glob("*.js"), Path(__file__).with_name(file)]:
            shutil.copy(source, modules)
        (modules / "package.json").write_text('{"type": "module"}', "utf-8")  # older versions of node ask
        variables = {name: value for name, value in os.environ.items() if name != "EXPLORER_DATA"}
        finished = subprocess.run(
            [node, "--test", "--test-reporter=tap", file],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False, cwd=modules,
            env=variables | ({"EXPLORER_DATA": str(data)} if data else {}),
        )  # fmt: skip
        return finished.returncode, finished.stdout

    return run
