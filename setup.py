"""Compile the core with Cython, where there is a C compiler; where there is none, install the same files as they are.

GLASSGRAD_PURE=1 in the environment: do not compile. GLASSGRAD_REQUIRE_NATIVE=1: a failure is an error.
"""

import os
import shutil
import subprocess
import sys
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
}


def extensions() -> list[Extension]:
    fingerprint = BUILD["fingerprint"](PACKAGE)
    if not fingerprint:
        sys.exit("sources of the compiled core are missing: each of its modules needs a .py and a .pxd file")
    macros = [
        ("GLASSGRAD_FINGERPRINT", str(fingerprint)),
        ("CYTHON_USE_TYPE_SPECS", "1"),  # classes that can be given methods at run time, as Python's own can
    ]
    files = {f"autograd.{name}": str(PACKAGE / (name.replace(".", "/") + ".py")) for name in BUILD["COMPILED"]}
    found = [Extension(name, [file], include_dirs=[str(PACKAGE)], define_macros=macros) for name, file in files.items()]
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


def remove_compiled(folder: Path) -> None:
    """What was compiled for this Python before, so that it is neither used nor packed by mistake."""
    for file in (folder / PACKAGE).rglob(f"*{get_config_var('EXT_SUFFIX')}"):
        file.unlink()


class build_core(build_ext):
    """All of the core, or nothing of it."""

    def run(self) -> None:
        target = Path() if self.inplace or self.editable_mode else Path(self.build_lib)
        remove_compiled(target)
        try:
            super().run()
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
        from Cython.Build import cythonize

        shutil.rmtree(Path(self.build_temp), ignore_errors=True)  # headers of earlier builds would be found first
        write_rules(Path(self.build_temp))
        translated = cythonize(self.extensions, build_dir=self.build_temp, force=True, compiler_directives=DIRECTIVES)
        for extension, in_c in zip(self.extensions, translated, strict=True):
            extension.sources = in_c.sources
            extension.include_dirs.append(self.build_temp)
            if self.compiler.compiler_type == "unix":
                # The same bits as in plain Python: no a·b + c in one rounding, on processors that have it.
                extension.extra_compile_args = ["-O3", "-ffp-contract=off"]
                if extension.name.removeprefix("autograd.") in BUILD["LOOPS"]:
                    # What a rule computes and nobody reads is left out; both sides of `a ? b : c` may be computed.
                    extension.extra_compile_args += ["-fno-math-errno", "-fno-trapping-math"]
            elif self.compiler.compiler_type == "msvc":
                extension.extra_compile_args = ["/utf-8"]  # whatever the language of the system is
        self.force = True  # what the timestamps of files say does not count
        self.parallel = self.parallel or os.cpu_count()  # Cython takes a tenth of the time, the C compiler the rest
        super().build_extensions()


class build_files(build_py):
    def run(self) -> None:
        if PURE and self.editable_mode:  # the files in this folder are those that will run
            remove_compiled(Path())
        super().run()


setup(ext_modules=[] if PURE else extensions(), cmdclass={"build_ext": build_core, "build_py": build_files})
