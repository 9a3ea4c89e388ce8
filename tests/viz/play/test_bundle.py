"""The modules of the playground as one script: all of them, in their order, and which may know what."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

import viz
from viz.explorer.page import bundle, read
from viz.play.whole import whole_page

WEB = Path(viz.__file__).with_name("explorer") / "web"
PLAY = WEB / "play"
MODULES = sorted(path.relative_to(PLAY).as_posix() for path in PLAY.rglob("*.js"))
PURE = [
    "numbers",
    "engine",
    "settings.js",
    "settings_link.js",
    "settings_trouble.js",
    "lessons.js",
    "model_file.js",
]  # no document
MAY_IMPORT = {"numbers": {"numbers"}, "engine": {"engine", "numbers"}, "scalars": {"scalars"}}  # of play/ itself


def test_the_bundle_is_one_module_without_imports(tmp_path, node):
    text = bundle("play/play.js")
    assert not re.search("^(import .* from|export) ", text, re.MULTILINE)
    definitions = "const RULES = [], TEMPLATES = {}, UPDATES = {}, PALETTE = {};\n"
    (tmp_path / "bundle.mjs").write_text(definitions + text, "utf-8")  # twice the same name is an error here
    subprocess.run([node, "--check", tmp_path / "bundle.mjs"], check=True)


def test_every_module_is_in_the_bundle():
    text = bundle("play/play.js")
    assert MODULES
    assert [name for name in MODULES if (PLAY / name).read_text("utf-8").splitlines()[0] not in text] == []


@pytest.mark.parametrize("name", [name for name in MODULES if name.split("/")[0] in PURE])
def test_what_computes_knows_no_document(name):
    assert not re.search(r"\b(document|window|location)\b", (PLAY / name).read_text("utf-8"))


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_imports_point_one_way(folder):
    modules = [PLAY / name for name in MODULES if name.startswith(f"{folder}/")]
    imported = [
        (path.parent / written).resolve()
        for path in modules
        for written in re.findall('from "([^"]+)";$', path.read_text("utf-8"), re.MULTILINE)
    ]
    inside = {path.relative_to(PLAY).parts[0] for path in imported if path.is_relative_to(PLAY)}
    outside = {path.relative_to(WEB).parts[0] for path in imported if not path.is_relative_to(PLAY)}
    assert inside <= MAY_IMPORT[folder]
    assert outside <= {"state", "dom.js"}


def test_no_file_can_end_the_script_it_stands_in():
    for text in (bundle("play/play.js"), read("play/play.css")):
        assert not re.search("</(script|style)|<!--", text, re.IGNORECASE)


def test_every_file_of_the_pages_is_packed():
    settings = tomllib.loads((WEB.parents[2] / "pyproject.toml").read_text("utf-8"))
    patterns = settings["tool"]["setuptools"]["package-data"]["viz.explorer"]
    packed = {path for pattern in patterns for path in WEB.parent.glob(pattern) if path.is_file()}
    assert {path for path in WEB.rglob("*") if path.is_file()} - packed == set()


def test_the_page_is_smaller_than_one_and_a_half_megabytes():
    assert len(whole_page().showing({}).encode()) < 1_500_000
