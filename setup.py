"""Compile the core with Cython, where there is a C compiler; where there is none, install the same files as they are.

GLASSGRAD_PURE=1 in the environment: do not compile. GLASSGRAD_REQUIRE_NATIVE=1: a failure is an error.

Nine tenths of the time are the C compiler's, which is why both it and Cython run on all processors. It is short since
most of what Cython writes is its own: what all modules need of that is a module, compiled once.
"""

import multiprocessing
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from runpy import run_path
from sysconfig import get_config_var

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

PACKAGE = Path("autograd")
BUILD = run_path(str(PACKAGE / "_build.py"))  # the list of what to compile, the switches, the fingerprint
PURE, REQUIRED = map(BUILD["asked"], ("GLASSGRAD_PURE", "GLASSGRAD_REQUIRE_NATIVE"))
if PURE and REQUIRED:
    sys.exit("GLASSGRAD_PURE=1 and GLASSGRAD_REQUIRE_NATIVE=1 contradict each other: set one of them")

DIRECTIVES = {
    "language_level": "3",
    "cdivision": True,  # a division by zero is inf or nan, as C has it: no exception
    "embedsignature": True,  # for help() and editors
    "embedsignature.format": "clinic",
    "autotestdict": False,  # doctests stand where Python looks for them already
    "emit_code_comments": False,  # the Python line above each line of C: a third of the text
}
KEPT = Path("build", "core")  # what was compiled before, by what it was made from


def extensions() -> list[Extension]:
    fingerprint = BUILD["fingerprint"](PACKAGE)
    if not fingerprint:
        sys.exit("sources of the compiled core are missing: each of its modules needs a .py and a .pxd file")
    macros = [("CYTHON_USE_TYPE_SPECS", "1")]  # classes that can be given methods at run time, as Python's own can
    found = [Extension(f"autograd.{BUILD['SHARED']}", [], define_macros=macros)]  # Cython writes it
    for name in BUILD["COMPILED"]:
        file = str(PACKAGE / (name.replace(".", "/") + ".py"))
        carried = [("GLASSGRAD_FINGERPRINT", str(fingerprint))] if name == BUILD["CARRIER"] else []
        found.append(
            Extension(f"autograd.{name}", [file], include_dirs=[str(PACKAGE)], define_macros=[*macros, *carried])
        )
    own = [("GLASSGRAD_FINGERPRINT", str(BUILD["native_fingerprint"](PACKAGE)))]
    for name in BUILD["NATIVE"]:
        file = PACKAGE / (name.replace(".", "/") + ".pyx")
        folders = [str(PACKAGE), str(file.parent / "c")]
        files = [str(file), *[str(file.parent / other) for other in BUILD["NATIVE_C"].get(name, ())]]
        found.append(Extension(f"autograd.{name}", files, include_dirs=folders, define_macros=own))
    return found


def write_rules(folder: Path) -> None:
    """The rule book as C, for rules.py, and the book of updates, for sweeps.py: by the same Python files, in processes
    of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    for file, module in (("rules.h", "autograd.rules_in_c"), ("updates.h", "autograd.rules_in_c.updates")):
        command = [sys.executable, "-X", "utf8", "-m", module]
        written = subprocess.run(command, capture_output=True, check=False, env={**os.environ, "GLASSGRAD_PURE": "1"})
        if written.returncode:
            raise RuntimeError(f"{module} cannot be written in C: {written.stderr.decode('utf-8', 'replace')}")
        (folder / file).write_bytes(written.stdout)


def remove_compiled(folder: Path, but: frozenset[str] = frozenset()) -> None:
    """What was compiled for this Python before, so that it is neither used nor packed by mistake; but for modules."""
    suffix = get_config_var("EXT_SUFFIX")
    for file in (folder / PACKAGE).rglob(f"*{suffix}"):
        if ".".join(file.relative_to(folder).parts).removesuffix(suffix) not in but:
            file.unlink()


def translate(extensions: list[Extension], folder: Path) -> None:
    """From Python to C, in the folder."""
    from Cython.Build import cythonize

    shutil.rmtree(folder, ignore_errors=True)  # headers of earlier builds would be found first
    write_rules(folder)
    translated = cythonize(
        extensions,
        build_dir=str(folder),
        force=True,  # what the timestamps of files say does not count
        compiler_directives=DIRECTIVES,
        shared_utility_qualified_name=f"autograd.{BUILD['SHARED']}",
        # Where processes are copies of this one: others would run this file again.
        nthreads=os.cpu_count() if multiprocessing.get_start_method() == "fork" else 0,
    )
    for extension, in_c in zip(extensions, translated, strict=True):
        extension.sources = in_c.sources
        extension.include_dirs.append(str(folder))
    # What takes longest goes first, or it would run alone in the end.
    extensions.sort(
        key=lambda extension: (has_loops(extension), Path(extension.sources[0]).stat().st_size), reverse=True
    )


def has_loops(extension: Extension) -> bool:
    return extension.name.removeprefix("autograd.") in BUILD["LOOPS"]


def options_of(extension: Extension, compiler: str) -> list[str]:
    """What the C compiler is told, after what Python itself was compiled with and what CFLAGS say."""
    if compiler == "msvc":
        return ["/utf-8"]  # whatever the language of the system is
    if compiler != "unix":
        return []
    # The same bits as in plain Python: no a·b + c in one rounding, on processors that have it.
    options = ["-O3", "-ffp-contract=off"]
    if has_loops(extension):
        # What a rule computes and nobody reads is left out; both sides of `a ? b : c` may be computed.
        options += ["-fno-math-errno", "-fno-trapping-math"]
    if not any(option.startswith("-g") for option in os.environ.get("CFLAGS", "").split()):
        options.append("-g0")  # what debuggers read takes a fifth of the time and most of the space
    return options


class build_core(build_ext):
    """All of the core, or nothing of it."""

    def run(self) -> None:
        in_place = self.inplace or self.editable_mode
        target = Path() if in_place else Path(self.build_lib)
        if not in_place:
            remove_compiled(target)
        listed = frozenset(extension.name for extension in extensions())
        try:
            super().run()
            remove_compiled(target, but=listed)
        except Exception as error:  # noqa: BLE001  whatever a compiler does, the plain files work
            if REQUIRED:
                sys.exit(
                    f"GLASSGRAD_REQUIRE_NATIVE=1, but the core cannot be compiled: {error}. "
                    "Install a C compiler and Python's headers, or unset it"
                )
            remove_compiled(target)
            self.extensions.clear()
            self.warn(f"the core is not compiled, and the same files run as plain Python, slower: {error}")

    def build_extensions(self) -> None:
        self.try_compiler()
        translate(self.extensions, Path(self.build_temp))
        for extension in self.extensions:
            extension.extra_compile_args = options_of(extension, self.compiler.compiler_type)
        self.used: set[Path] = set()
        self.force = True  # what the timestamps of files say does not count
        self.parallel = self.parallel or os.cpu_count()
        super().build_extensions()
        for file in KEPT.glob(f"*{get_config_var('EXT_SUFFIX')}"):
            if file not in self.used:
                file.unlink()

    def try_compiler(self) -> None:
        """Where there is none, or no headers of Python, that is known at once, and not after Cython's work."""
        file = Path(self.build_temp, "tried.c")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("#include <Python.h>\n", "utf-8")
        self.compiler.compile([str(file)], output_dir=self.build_temp)

    def build_extension(self, extension: Extension) -> None:
        """Compile it, unless the same was compiled before: after a change in one file, that one is."""
        if self.compiler.compiler_type != "unix":  # others do not say what they are
            super().build_extension(extension)
            return
        made = Path(self.get_ext_fullpath(extension.name))
        kept = KEPT / f"{self.digest(extension)}.{made.name}"
        self.used.add(kept)
        if kept.exists():
            made.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(kept, made)
            return
        super().build_extension(extension)
        KEPT.mkdir(parents=True, exist_ok=True)
        shutil.copy(made, kept.with_suffix(".part"))
        kept.with_suffix(".part").replace(kept)  # whole, or not there

    def digest(self, extension: Extension) -> str:
        """Of all that it is made from: its C, the headers, the compiler and what it is told, and Python."""
        compiler, linker = self.compiler.compiler_so, self.compiler.linker_so
        version = subprocess.run([compiler[0], "--version"], capture_output=True, check=False).stdout
        headers = [*sorted(PACKAGE.rglob("*.h")), *sorted(Path(self.build_temp).glob("*.h"))]  # wherever that is
        texts = [Path(file).read_bytes() for file in [*extension.sources, *headers]]
        told = compiler, linker, extension.extra_compile_args, extension.define_macros, sys.version
        return sha256(b"\0".join([version, repr(told).encode(), *texts])).hexdigest()[:32]

    def copy_extensions_to_source(self) -> None:
        """Of an interrupted build either all files are there, or some are missing, which `import autograd` sees."""
        for extension in self.extensions:
            Path(*extension.name.split(".")).with_suffix(get_config_var("EXT_SUFFIX")).unlink(missing_ok=True)
        super().copy_extensions_to_source()


class build_files(build_py):
    def run(self) -> None:
        if PURE and self.editable_mode:  # the files in this folder are those that will run
            remove_compiled(Path())
        super().run()


if __name__ == "__main__":  # tests read this file, too
    setup(ext_modules=[] if PURE else extensions(), cmdclass={"build_ext": build_core, "build_py": build_files})
