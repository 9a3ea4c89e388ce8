"""Settings of all tests."""

import gc
import os
import shutil
import sys
import threading
from contextlib import ExitStack
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings

import autograd
from autograd import is_compiled
from autograd._build import COMPILED, NATIVE, asked

HAS_COMPILED = Path(autograd.__file__).with_name(f"value{EXTENSION_SUFFIXES[0]}").exists()
IS_SECOND = HAS_COMPILED and not is_compiled()  # the compiled core runs all of it, ten times as fast

# Of random input; plain Python beside a compiled core takes the first of what the compiled one takes.
EXAMPLES = int(os.environ.get("GLASSGRAD_EXAMPLES", "50" if IS_SECOND else "500"))

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")  # the first takes half the time
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)
NO_BROWSER = f"no Chromium is installed: none of {', '.join(BROWSERS)}"
PATIENCE = 30  # seconds for one answer of a page; far more than it takes, since a busy machine is no error

NEEDS_COMPILED = pytest.mark.skipif(not HAS_COMPILED, reason="there is no compiled core: no C compiler was found")

NEEDS_NATIVE = pytest.mark.skipif(
    not is_compiled()
    or not Path(autograd.__file__).parent.joinpath(NATIVE[0].replace(".", "/") + EXTENSION_SUFFIXES[0]).exists(),
    reason="there is no machine for backend='native': no C compiler was found",
)
# What is the same code on both builds, or the checks themselves: plain Python beside a compiled core leaves it out.
ONCE = pytest.mark.skipif(IS_SECOND, reason="it is the same on both builds: the compiled core runs it")

# XLA takes long to compile: all tests of backends run by JAX too where that is asked for.
ALL_BY_JAX = asked("GLASSGRAD_TEST_JAX")
BACKENDS = ["numpy", pytest.param("native", marks=NEEDS_NATIVE), *["jax"] * ALL_BY_JAX]
OURS = pytest.mark.parametrize("backend", BACKENDS[:2])  # which keep memory for the next run

# Few tests, and long ones: begun as the last ones, they would end when all others have ended.
FIRST = tuple(f"tests/{each}" for each in (
    "autograd/compiler/test_random_functions.py", "autograd/compiler/test_equals_eager.py",
    "autograd/compiler/test_adjoint_of_loops.py", "viz/explorer/test_large_page.py", "test_docs.py", "test_types.py",
))  # fmt: skip

# Long tests of what others run too: of the 26,000 jumps from line to line that tests count, 80 are theirs alone.
UNCOUNTED = tuple(f"tests/{each}" for each in (
    "autograd/accuracy", "autograd/load", "autograd/test_against_torch.py", "autograd/test_graph.py",
    "autograd/test_orders.py", "autograd/test_edges.py", "autograd/compile/test_compile_lists.py",
    "autograd/compile/test_compile_threads.py", "autograd/compiler/test_equals_eager.py",
    "autograd/compiler/test_recognition.py", "autograd/compiler/loops/test_compiled_loops.py",
    "autograd/compiler/loops/test_provenance.py", "autograd/compiler/loops/test_rolled_arrays.py",
    "autograd/compiler/loops/test_what_others_get_wrong.py", "nn/training/test_waste.py",
))  # fmt: skip

collect_ignore = ["types"]  # lines for type checkers: nothing runs them

settings.register_profile("untimed", deadline=None)  # a slow machine is no error
settings.load_profile("untimed")

# All modules of this build: of one that is not there yet, pytest would take the .py file for its doctests.
FILES = [import_module(f"autograd.{name}").__file__ for name in COMPILED]
assert {not file.endswith(".py") for file in FILES} == {is_compiled()}, FILES

BUILD = f"autograd runs {'compiled by Cython' if is_compiled() else 'as plain Python'}"


@pytest.fixture
def not_pure(monkeypatch):
    """What a test starts in a process of its own runs on the compiled core, whatever runs here."""
    monkeypatch.delenv("GLASSGRAD_PURE", raising=False)


@pytest.fixture
def anew():
    """What runs programs where no backend is named is looked up anew here, and after the test."""
    from autograd.compiler.executors import default_backend

    default_backend.cache_clear()
    yield
    default_backend.cache_clear()


@pytest.fixture
def without_native(monkeypatch, anew):
    """As where there was no C compiler: the core is plain, and the native backend is not there."""
    monkeypatch.delenv("GLASSGRAD_BACKEND", raising=False)
    monkeypatch.setattr("autograd.compiler.executors.is_compiled", lambda: False)
    monkeypatch.setitem(sys.modules, "autograd.compiler.executors.native", None)


@pytest.fixture
def unusable_native(monkeypatch, anew):
    """As where the core is compiled, and the native backend was built from other sources."""
    monkeypatch.delenv("GLASSGRAD_BACKEND", raising=False)
    monkeypatch.setattr("autograd.compiler.executors.is_compiled", lambda: True)
    monkeypatch.setattr("autograd.compiler.executors.why_not_native", lambda: "does not work here: it is another's")


@pytest.fixture(params=BACKENDS)
def backend(request):
    """Each backend that runs programs here."""
    return request.param


@pytest.fixture(scope="session")
def node():
    """Node.js: the one that is installed, or the one that playwright brings."""
    found = shutil.which("node")
    if found is None and (playwright := find_spec("playwright")) and playwright.origin:
        found = shutil.which("node", path=Path(playwright.origin).with_name("driver"))
    if found is None:
        pytest.skip("there is no node, neither installed nor in the package playwright")
    return found


# WebAssembly is compiled once, and not again for speed: to lay out the graphs of tests takes less time than that. No
# page has a process of its own, which would compile it anew.
LIGHT = ["--js-flags=--liftoff-only", "--renderer-process-limit=1"]


@pytest.fixture(scope="session")
def browser():
    """Chromium, for all tests together: playwright cannot be started twice."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if BROWSER is None:
        pytest.skip(NO_BROWSER)
    with playwright.sync_playwright() as driver:
        playwright.expect.set_options(timeout=1000 * PATIENCE)
        browser = driver.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", *LIGHT])
        yield browser
        browser.close()


class Quiet(SimpleHTTPRequestHandler):
    """A server of files, as anyone may have."""

    def log_message(self, *words):
        pass


@pytest.fixture(scope="session")
def serve():
    """A function that serves a folder, and gives its address."""
    with ExitStack() as stack:

        def serves(folder):
            server = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)))
            stack.callback(server.shutdown)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            return f"http://127.0.0.1:{server.server_port}/"

        yield serves


def watch(page, home, trouble):
    """Append to `trouble` whatever goes wrong in a page, and whatever it loads from elsewhere than below `home`."""

    def asked(request):
        if not request.url.startswith((home, "data:", "blob:")):
            trouble.append(f"request: {request.url}")

    def written(message):
        if message.type in ("error", "warning"):
            trouble.append(f"console: {message.text}")

    def dialog(dialog):
        trouble.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    page.on("request", asked)
    page.on("console", written)
    page.on("pageerror", lambda error: trouble.append(f"error: {error}"))
    page.on("dialog", dialog)


SERIOUS = ("serious", "critical")


def violations(page, impacts=("minor", "moderate", *SERIOUS), **options):
    """What axe-core finds wrong on a page: rules, each with the first places. What is right is not told in detail."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    found = axe.Axe().run(page, options={"resultTypes": ["violations"], **options}).response["violations"]
    return {
        (each["id"], str(node["target"])) for each in found if each["impact"] in impacts for node in each["nodes"][:3]
    }


def pytest_addoption(parser):
    parser.addoption("--counted", default="", help="with --cov: where the tests are that count lines, as words (all)")


def pytest_collection_modifyitems(config, items):
    """A run of the plain build leaves out what is of the native backend, and what runs once; it does not skip it."""
    items.sort(key=lambda item: not item.nodeid.startswith(FIRST))
    if asked("GLASSGRAD_PURE"):
        no_tests_here = [NEEDS_NATIVE.mark, *[ONCE.mark] * IS_SECOND]
        left_out = {item for item in items if any(mark in no_tests_here for mark in item.iter_markers("skipif"))}
        left_out |= {item for item in items if IS_SECOND and "not_pure" in item.fixturenames}
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=list(left_out))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item):
    """Start or stop the tracer, which takes two or three times as long, where the next test wants it otherwise."""
    controller = getattr(item.config.pluginmanager.getplugin("_cov"), "cov_controller", None)
    counted = tuple(item.config.getoption("counted").split()) or ""
    counts = item.nodeid.startswith(counted) and not item.nodeid.startswith(UNCOUNTED)
    if controller and counts and not controller.started:
        controller.resume()
    elif controller and controller.started and not counts:
        controller.pause()
        threading.settrace(None)  # a worker of xdist has a second tracer, from before it knew what it is
        sys.settrace(None)


def pytest_collection_finish():
    """What is loaded now stays: the collector need not look through it again, in every test that asks for it."""
    gc.collect()
    gc.freeze()


def pytest_report_header():
    return BUILD


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(BUILD)
