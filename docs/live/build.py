"""Live cells for a static site: `python -m docs.live.build FOLDER` fills FOLDER with all that they load.

`python -m docs.live.build --fetch` only fetches what is not here. GLASSGRAD_REQUIRE_LIVE=1 in the environment: that
there are none is an error.

The folder is served with the site, by any server of files, and asks for nothing elsewhere:

    live.js live.css worker.js cell.py    these files beside this one
    pyodide/                              Pyodide's runtime, of the npm package in the version below: 14 MB
    glassgrad.whl                         the plain wheel of this checkout, 1.6 MB
    graphviz.js                           of the explorer, for pictures by `draw`, 0.8 MB

The first run of a cell loads all but graphviz.js, 15 MB (8 MB compressed); the first picture that, too.

A page has a cell wherever there is `<div class="live">` with a `<pre>` of Python in it, and these two lines:

    <link rel="stylesheet" href="live/live.css">
    <script type="module" src="live/live.js"></script>

In MyST a cell is a code block in a container; `data-title="…"` on the div, if there is one, is its name for readers of
screens:

    :::{container} live
    ```python
    from autograd import Value
    ```
    :::

A cell runs alone; one that takes names from the cells above it is a `{container} live continued`: those are run first,
where they have not been.

In Sphinx: `html_css_files = ["live/live.css"]`, `html_js_files = [("live/live.js", {"type": "module"})]`, both only
where `put_into` has returned True.

Python is loaded when a cell is run, once for all cells of the page, which share their names. The standard library is
there, `autograd`, `nn` and `viz`; no NumPy, which npm does not have. `print`, the last value, `display(…)`, `draw(…)`,
`explore(…)` and its `.show()` are shown below the cell. Ctrl + Enter or Shift + Enter runs it, Tab leaves it.
"""

import base64
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from contextlib import suppress
from pathlib import Path

from autograd._build import asked

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PYODIDE = "314.0.7"  # of Python 3.14
# SHA-512 of the npm package: `npm view pyodide@VERSION dist.integrity`
DIGEST = "0YvXxEhfEdpLfb/XkM2BFAeMROq0iMUX2bzzH9pOttyMcWkwq+HbE5uyuGD82LN7y2q+SNvi/6V5JEsOlD2R1A=="
RUNTIME = (
    "pyodide.mjs",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm",
    "python_stdlib.zip",
    "pyodide-lock.json",
    "package.json",
)  # fmt: skip  the last names its licence, MPL 2.0
OURS = ("live.js", "live.css", "worker.js", "cell.py")
KEPT = ROOT / "build" / f"pyodide-{PYODIDE}"  # it is fetched once
WHEELS = ROOT / "build" / "plain-wheel"  # each by what it is made from
PACKAGES, FILES = ("autograd", "nn", "viz"), ("pyproject.toml", "setup.py", "README.md", "LICENSE")
LEFT_OUT = ("*.so", "*.pyd", "__pycache__")


def put_into(folder: Path) -> bool:
    """Fill the folder; False, after having said so, where Pyodide is neither kept nor fetched: the site has none then.

    Raises:
        RuntimeError: when the package is another one than that of DIGEST, or the wheel cannot be built; with
            GLASSGRAD_REQUIRE_LIVE=1, also where Pyodide is neither kept nor fetched.
    """
    if not (is_kept() or fetch()):
        if asked("GLASSGRAD_REQUIRE_LIVE"):
            raise RuntimeError("GLASSGRAD_REQUIRE_LIVE=1, but there is no npm that fetches Pyodide: install npm")
        print("live cells are left out: there is no npm that fetches Pyodide", file=sys.stderr)
        return False
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(KEPT, folder / "pyodide")
    for name in OURS:
        shutil.copy(HERE / name, folder)
    for name in ("graphviz.js", "graphviz.notices.txt"):
        shutil.copy(ROOT / "viz" / "explorer" / "web" / name, folder)
    shutil.copy(wheel(), folder / "glassgrad.whl")
    return True


def is_kept() -> bool:
    """Whether Pyodide's runtime is there."""
    return all((KEPT / name).is_file() for name in RUNTIME)


def fetch() -> bool:
    """Fetch it by npm; False where there is none, or it does not reach its registry."""
    npm = shutil.which("npm")
    if npm is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", "--silent", f"pyodide@{PYODIDE}"]
        if subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=False).returncode:
            return False
        [package] = Path(folder).glob("*.tgz")
        content = package.read_bytes()
    digest = base64.b64encode(hashlib.sha512(content).digest()).decode()
    if digest != DIGEST:
        raise RuntimeError(f"pyodide {PYODIDE} from npm has the SHA-512 {digest}, not {DIGEST}")
    KEPT.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for name in RUNTIME:
            file = archive.extractfile(f"package/{name}")
            assert file is not None
            (KEPT / name).write_bytes(file.read())
    return True


def wheel() -> Path:
    """The plain wheel, built once, by the setuptools that is here, in a copy, where nothing was built before."""
    WHEELS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=WHEELS.parent) as made:
        copy = Path(made, "copy")
        for name in PACKAGES:
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns(*LEFT_OUT))
        for name in FILES:
            shutil.copy(ROOT / name, copy)
        folder = WHEELS / digest(copy)
        if not folder.exists():
            build(copy, Path(made, "wheel"))
            for older in WHEELS.iterdir():
                if older != folder:
                    shutil.rmtree(older, ignore_errors=True)
            with suppress(OSError):  # another process was as far
                Path(made, "wheel").rename(folder)
    [built] = folder.glob("*-py3-none-any.whl")
    return built


def build(source: Path, folder: Path) -> None:
    """A plain wheel of the source, in the folder."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-build-isolation", "--no-deps", "--wheel-dir"]
    environment = os.environ | {"GLASSGRAD_PURE": "1", "GLASSGRAD_REQUIRE_NATIVE": ""}
    if subprocess.run([*command, str(folder), str(source)], env=environment, check=False).returncode:
        raise RuntimeError("the plain wheel of glassgrad could not be built")


def digest(folder: Path) -> str:
    """Of all files in the folder, and their names."""
    found = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        found.update(f"{path.relative_to(folder).as_posix()} {len(content)}\n".encode() + content)
    return found.hexdigest()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("python -m docs.live.build FOLDER, or --fetch")
    if sys.argv[1] == "--fetch":
        sys.exit(
            None if is_kept() or fetch() else "Pyodide cannot be fetched: there is no npm that reaches its registry"
        )
    target = Path(sys.argv[1])
    if not put_into(target):
        sys.exit(1)
    size = sum(file.stat().st_size for file in target.rglob("*") if file.is_file())
    print(f"live cells, {size / 1e6:.0f} MB: {target}")
