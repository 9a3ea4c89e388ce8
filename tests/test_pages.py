"""The pages of the site: every block of code on them runs, every command is known, every public name has its place."""

import ast
import doctest
import re
import shlex
import tomllib
import warnings
from contextlib import redirect_stdout
from importlib import import_module
from importlib.util import find_spec
from io import StringIO
from itertools import pairwise
from pathlib import Path

import pytest

import autograd
import nn
import viz
from docs.scripts.links import check
from nn.cli.parser import main

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
BLOCK = re.compile(r"^```\{?(\w+)\}?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OTHERS = ("notebooks", "reference", "contribute")  # copies, made from docstrings, held by other tests
PAGES = [path for path in sorted(DOCS.glob("*/*.md")) if path.parent.name not in OTHERS]
WITH_CODE = [path for path in PAGES if re.search(r"^```(pycon|python)$", path.read_text("utf-8"), re.MULTILINE)]
COMMANDS = {"git", "jupyter", "python", "pip"}


def blocks(text):
    """(language, code) of every block."""
    return BLOCK.findall(text)


def run(text, name, names):
    """Run the blocks from top to bottom in one namespace; how many examples of `pycon` failed.

    What only several machines could run is `py` in place of `python`.
    """
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
    text = path.read_text("utf-8")
    if re.search(r"^import jax$", text, re.MULTILINE):
        pytest.importorskip("jax", reason="jax is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a perceptron that does not converge, say
        assert run(text, identifier(path), {}) == 0


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
    """The commands that no program, target of make or option of ours is there for."""
    told = [code for language, code in blocks(text) if language == "console"]
    return [line for code in told for line in commands(code) if not is_known(line)]


def commands(code):
    """The lines of a block that are commands: all, or those with a prompt, where there is one."""
    lines = [line for line in code.splitlines() if line.strip()]
    return [line[2:] for line in lines if line.startswith("$ ")] or lines


def is_known(line):
    words = [word for word in shlex.split(line, comments=True) if not re.match(r"[A-Z_]+=", word)]
    if words[0] == "make":
        makefile = (ROOT / "Makefile").read_text("utf-8")
        return all(re.search(rf"^{word}:", makefile, re.MULTILINE) for word in words[1:])
    if words[0] == "glassgrad":
        return {word for word in words if word.startswith("--")} <= options(words[1])
    pairs = [*pairwise(words)]
    files = [word for before, word in pairs if before == "-r" or (before == "python" and word[0] != "-")]
    modules = [word for before, word in pairs if before == "-m" and words[0] == "python"]
    return (
        words[0] in COMMANDS
        and all((ROOT / file).is_file() for file in files)
        and all(map(find_spec, modules))
        and {extra for word in words for extra in extras(word)} <= set(PROJECT["optional-dependencies"])
    )


def extras(text):
    """The extras of this package that a text names."""
    return [extra for found in re.findall(r"\bglassgrad\[([^\]]*)\]", text) for extra in found.split(",")]


def options(command):
    """Those that `glassgrad COMMAND` has."""
    with redirect_stdout(StringIO()) as told, pytest.raises(SystemExit):
        main([command, "--help"] if not command.startswith("--") else ["--help"])
    return set(re.findall(r"--[a-z0-9-]+", told.getvalue()))


def test_an_unknown_command_is_found():
    known = [
        "make demo  # x", "glassgrad --help", "python -m autograd", "python docs/scripts/links.py build/site",
        "pip install -r docs/lite/requirements.txt", "PIP_QUIET=1 pip install 'glassgrad[jax,plots]'",
    ]  # fmt: skip
    wrong = [
        "make nothing", "glassgrad train digits --fast", "curl x", "python -m autograds",
        "python docs/links.py build/site", "pip install -r docs/requirements.txt", "pip install 'glassgrad[jax,plot]'",
    ]  # fmt: skip
    assert unknown("\n".join(["```console", *known, *wrong, "```"])) == wrong
    assert unknown("```console\n$ make nothing\ncurl x\n$ make demo\n```") == ["make nothing"]


@pytest.mark.parametrize("path", [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *PAGES], ids=lambda path: path.stem)
def test_the_extras_that_a_page_names_are_there(path):
    assert set(extras(path.read_text("utf-8"))) <= set(PROJECT["optional-dependencies"])


def test_the_page_of_the_installation_names_every_extra():
    page = (DOCS / "start" / "install.md").read_text("utf-8")
    assert [extra for extra in PROJECT["optional-dependencies"] if f"`{extra}`" not in page] == []


# ------------------------------------------------------------------------------------------ the engine, line by line

ENGINE = (DOCS / "how_it_works" / "engine.md").read_text("utf-8")


def lines_of(page, name):
    """The lines of a function that a page shows, and which of them it emphasizes."""
    shown = re.search(rf"literalinclude\}} ../../(\S+)\n:pyobject: {re.escape(name)}\n(.*?)^```$", page, re.M | re.S)
    body = ast.parse(text := (ROOT / shown[1]).read_text("utf-8")).body
    for part in name.split("."):
        found = next(node for node in body if getattr(node, "name", "") == part)
        body = found.body
    lines = text.splitlines()[found.lineno - 1 : found.end_lineno]
    return lines, [lines[int(number) - 1].strip() for number in re.findall(r":emphasize-lines: (\d+)", shown[2])]


def test_the_chain_rule_is_the_line_that_is_emphasized():
    _, [line] = lines_of(ENGINE, "_pass_on")
    assert re.fullmatch(r"parent\._grad \+= partial \* dy  # .*", line)
    lines, _ = lines_of(ENGINE, "_pass_on")
    assert "chooses" in lines[4], "the condition above that line, as the page says"


def test_the_last_line_of_the_multiplication_is_what_the_page_says():
    lines, _ = lines_of(ENGINE, "Value.__mul__")
    assert lines[-1].strip() == "return _node(x * y, MUL, self, other, y, x)"
    assert "the number is x·y, the derivative by the first operand is y, that by the second is x." in ENGINE


@pytest.mark.parametrize("name", ["core", "engine"])
def test_two_pages_name_the_same_files_as_the_engine(name):
    page = (DOCS / "how_it_works" / f"{name}.md").read_text("utf-8")
    sentence = re.search(r"\b(?:are the engine: |The engine, \[)(?:[^.]|\.py)*", page)[0]
    assert re.findall(r"(\w+\.py)", sentence) == ["value.py", "operations.py", "walks.py"]


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
