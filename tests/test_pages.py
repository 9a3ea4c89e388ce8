"""The pages of the site: every block of code on them runs, every command is known, every public name has its place."""

import doctest
import re
import shlex
import warnings
from contextlib import redirect_stdout
from importlib import import_module
from io import StringIO
from pathlib import Path
from runpy import run_path

import pytest

import autograd
import nn
import viz
from nn.cli.parser import main

DOCS = Path(__file__).parents[1] / "docs"
BLOCK = re.compile(r"^```\{?(\w+)\}?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OTHERS = ("notebooks", "reference", "contribute")  # copies, made from docstrings, held by other tests
PAGES = [path for path in sorted(DOCS.glob("*/*.md")) if path.parent.name not in OTHERS]
WITH_CODE = [path for path in PAGES if re.search(r"^```(pycon|python)$", path.read_text("utf-8"), re.MULTILINE)]
COMMANDS = {"git", "jupyter", "python", "pip"}


def blocks(text):
    """(language, code) of every block."""
    return BLOCK.findall(text)


def run(text, name, names):
    """Run the blocks from top to bottom in one namespace; how many examples of `pycon` failed."""
    failed = 0
    for language, code in blocks(text):
        if language in ("python", "explorer"):
            exec(compile(code, name, "exec"), names)
        elif language == "pycon":
            example = doctest.DocTestParser().get_doctest(code + "\n", names, name, name, 0)
            runner = doctest.DocTestRunner(verbose=False)
            failed += runner.run(example, clear_globs=False).failed
            names |= example.globs
    return failed


def identifier(path):
    return path.relative_to(DOCS).as_posix()


@pytest.mark.parametrize("path", WITH_CODE, ids=identifier)
def test_the_code_of_a_page_runs(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # it writes files
    for table in (nn.ACTIVATIONS, nn.LOSSES):  # it enters functions
        monkeypatch.setattr(table, "records", dict(table.records))
    monkeypatch.setattr(autograd.Value, "swish", None, raising=False)  # and a method
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a perceptron that does not converge, say
        assert run(path.read_text("utf-8"), identifier(path), {}) == 0


def test_most_pages_have_code():
    assert len(WITH_CODE) > 12


def test_a_wrong_example_is_found():
    assert (
        run("```pycon\n>>> x = 1\n```\n```python\nx += 1\n```\n```pycon\n>>> x\n2\n>>> x\n3\n```\n", "a page", {}) == 1
    )


@pytest.mark.parametrize("path", PAGES, ids=identifier)
def test_the_commands_of_a_page_are_known(path):
    assert unknown(path.read_text("utf-8")) == []


def unknown(text):
    """The lines of `console` that no program, target of make or option of ours is there for."""
    lines = [line for language, code in blocks(text) if language == "console" for line in code.splitlines()]
    return [line for line in lines if line.strip() and not is_known(line)]


def is_known(line):
    words = [word for word in shlex.split(line, comments=True) if not re.match(r"[A-Z_]+=", word)]
    if words[0] == "make":
        makefile = (DOCS.parent / "Makefile").read_text("utf-8")
        return all(re.search(rf"^{word}:", makefile, re.MULTILINE) for word in words[1:])
    if words[0] == "glassgrad":
        return {word for word in words if word.startswith("--")} <= options(words[1])
    return words[0] in COMMANDS


def options(command):
    """Those that `glassgrad COMMAND` has."""
    with redirect_stdout(StringIO()) as told, pytest.raises(SystemExit):
        main([command, "--help"] if not command.startswith("--") else ["--help"])
    return set(re.findall(r"--[a-z0-9-]+", told.getvalue()))


def test_an_unknown_command_is_found():
    text = "```console\nmake demo  # x\nmake nothing\nglassgrad train digits --fast\ncurl x\nglassgrad --help\n```"
    assert unknown(text) == ["make nothing", "glassgrad train digits --fast", "curl x"]


# ------------------------------------------------------------------------------------------------- the reference

ENTRY = re.compile(r"^\s*\.\. (?:auto(?:function|class|exception|module|data)|py:data):: (\S+)$", re.MULTILINE)
REFERENCE = "\n".join(path.read_text("utf-8") for path in sorted((DOCS / "reference").glob("*.md")))


def public():
    """Every public name, once."""
    names = {f"{package.__name__}.{name}" for package in (autograd, nn, viz) for name in package.__all__}
    families = [nn.optim, nn.training, nn.data]
    return names | {f"nn.{name}" for family in families for name in family.__all__}


def test_every_public_name_is_in_the_reference_once():
    assert sorted(ENTRY.findall(REFERENCE)) == sorted(public())


# ----------------------------------------------------------------------------------------- the links of a built site


def test_a_link_that_leads_nowhere_is_found(tmp_path):
    check = run_path(str(DOCS / "scripts" / "links.py"))["check"]
    (tmp_path / "deep").mkdir()
    (tmp_path / "style.css").touch()
    (tmp_path / "deep" / "b.html").write_text('<h1 id="there"><a href="../a.html#b">back</a><a href="#there">here</a>')
    (tmp_path / "a.html").write_text(
        '<link href="style.css"><p id="a"><a href="deep/b.html#there">good</a><a href="https://elsewhere.org">good</a>'
        '<a href="c.html">none</a><script src="https://elsewhere.org/x.js"></script><img src="data:image/png;base64,x">'
    )
    wrong, links, anchors = check(tmp_path)
    assert wrong == [
        "a.html: c.html is not there",
        "a.html loads https://elsewhere.org/x.js",
        "deep/b.html: ../a.html#b has no such anchor",
    ]
    assert (links, anchors) == (5, 3)


# ------------------------------------------------------------------------------------------------- what builds it


@pytest.mark.parametrize("name", ["docstrings", "formulas", "passes", "tables"])
def test_the_examples_of_what_builds_the_site(name):
    if name != "formulas":
        pytest.importorskip("sphinx", reason="there is no Sphinx: make docs brings it")
    failed, attempted = doctest.testmod(import_module(f"docs.building.{name}"))
    assert attempted > 0
    assert failed == 0
