"""How setup.py compiles the core: with which options, what it does not compile again, and what it leaves behind."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from sysconfig import get_config_var
from types import SimpleNamespace

import pytest

import autograd

setuptools = pytest.importorskip("setuptools", reason="setuptools is not installed: nothing is compiled here")

ROOT = Path(autograd.__file__).parents[1]
SUFFIX = get_config_var("EXT_SUFFIX")


@pytest.fixture
def build(monkeypatch, tmp_path):
    """setup.py as a module, in a folder of its own with two modules that were compiled before, and one of old."""
    for switch in ("GLASSGRAD_PURE", "GLASSGRAD_REQUIRE_NATIVE", "CFLAGS"):
        monkeypatch.delenv(switch, raising=False)
    spec = spec_from_file_location("setup_of_the_core", ROOT / "setup.py")
    build = module_from_spec(spec)
    monkeypatch.chdir(ROOT)
    spec.loader.exec_module(build)
    monkeypatch.chdir(tmp_path)
    for name in ("value", "nodes", "gone"):
        file = Path("autograd", name + SUFFIX)
        file.parent.mkdir(exist_ok=True)
        file.write_text("before")
    monkeypatch.setattr(build, "extensions", lambda: [extension_of("value"), extension_of("nodes")])
    return build


def extension_of(name):
    return setuptools.Extension(f"autograd.{name}", [f"{name}.c"])


def command_of(build, *names):
    """The command that compiles these modules in place, by a compiler that can say no more than its version."""
    command = build.build_core(setuptools.Distribution({"ext_modules": [extension_of(name) for name in names]}))
    command.inplace = True
    command.ensure_finalized()
    command.build_lib, command.build_temp, command.used = "lib", "temp", set()
    command.compiler = SimpleNamespace(compiler_type="unix", compiler_so=[sys.executable], linker_so=[sys.executable])
    return command


def compiled_now():
    return sorted(file.name.removesuffix(SUFFIX) for file in Path("autograd").glob(f"*{SUFFIX}"))


@pytest.mark.parametrize(("name", "are_loops"), [("sweeps", True), ("value", False)])
def test_both_sides_of_a_choice_may_be_computed_in_loops_alone(build, name, are_loops):
    assert ("-fno-trapping-math" in build.options_of(extension_of(name), "unix")) is are_loops


@pytest.mark.parametrize("name", ["sweeps", "value"])
def test_a_product_and_a_sum_are_rounded_each(build, name):
    assert "-ffp-contract=off" in build.options_of(extension_of(name), "unix")


@pytest.mark.parametrize(("flags", "is_left_out"), [("-fno-gcse", True), ("-O0 -g3", False)])
def test_what_debuggers_read_is_there_if_it_is_asked_for(build, monkeypatch, flags, is_left_out):
    monkeypatch.setenv("CFLAGS", flags)
    assert ("-g0" in build.options_of(extension_of("value"), "unix")) is is_left_out


@pytest.fixture
def compiled(build, monkeypatch):
    """The names of what is really compiled, one after the other."""
    names = []

    def compile_one(command, extension):
        names.append(extension.name)
        made = Path(command.get_ext_fullpath(extension.name))
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(Path(extension.sources[0]).read_text())

    monkeypatch.setattr(build.build_ext, "build_extension", compile_one)
    Path("value.c").write_text("int x;")
    Path("autograd", "memory.h").write_text("int m;")
    return names


def built(build, **changed):
    """What lies there after a build of value.c."""
    command = command_of(build, "value")
    command.inplace = False
    for name, value in changed.items():
        setattr(command.extensions[0], name, value)
    command.build_extension(command.extensions[0])
    return Path("lib", "autograd", "value" + SUFFIX).read_text()


def test_what_has_not_changed_is_not_compiled_again(build, compiled):
    assert built(build) == "int x;"
    Path("lib", "autograd", "value" + SUFFIX).unlink()
    assert (built(build), compiled) == ("int x;", ["autograd.value"])


@pytest.mark.parametrize("file", ["value.c", "autograd/memory.h"])
def test_after_a_change_it_is_compiled_again(build, compiled, file):
    built(build)
    Path(file).write_text("int y;")
    assert built(build) == Path("value.c").read_text()
    assert len(compiled) == 2


@pytest.mark.parametrize("changed", [{"extra_compile_args": ["-O0"]}, {"define_macros": [("X", "1")]}])
def test_with_other_options_it_is_compiled_again(build, compiled, changed):
    built(build)
    built(build, **changed)
    assert len(compiled) == 2


def test_a_build_of_one_module_leaves_the_others_and_removes_what_is_none_any_more(build, monkeypatch):
    monkeypatch.setattr(build.build_ext, "run", lambda command: None)
    command_of(build, "value").run()
    assert compiled_now() == ["nodes", "value"]


def test_a_build_that_fails_leaves_nothing_compiled(build, monkeypatch):
    def fail(command):
        raise OSError("no compiler")

    monkeypatch.setattr(build.build_ext, "run", fail)
    command = command_of(build, "value")
    command.run()
    assert (compiled_now(), command.extensions) == ([], [])


def test_without_a_c_compiler_nothing_is_translated(build, monkeypatch):
    def compile(sources, output_dir):
        assert [Path(file).read_text() for file in sources] == ["#include <Python.h>\n"]
        raise OSError("no compiler")

    monkeypatch.setattr(build, "translate", None)
    command = command_of(build, "value")
    command.compiler.compile = compile
    with pytest.raises(OSError, match="no compiler"):
        command.build_extensions()


def interrupt(command):
    raise KeyboardInterrupt


def test_a_build_that_is_interrupted_while_it_compiles_leaves_what_was_there(build, monkeypatch):
    monkeypatch.setattr(build.build_ext, "run", interrupt)
    with pytest.raises(KeyboardInterrupt):
        command_of(build, "value").run()
    assert compiled_now() == ["gone", "nodes", "value"]


def test_a_build_that_is_interrupted_while_it_copies_leaves_no_mixture(build, monkeypatch):
    monkeypatch.setattr(build.build_ext, "copy_extensions_to_source", interrupt)
    with pytest.raises(KeyboardInterrupt):
        command_of(build, "value").copy_extensions_to_source()
    assert compiled_now() == ["gone", "nodes"]
