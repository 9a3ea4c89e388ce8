"""What a release needs: a changelog in order, a tag that agrees with it, and files that a page for code reads."""

import json
import re
from pathlib import Path
from runpy import run_path

import pytest

import autograd

ROOT = Path(__file__).parents[1]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text("utf-8")
RELEASED = run_path(str(ROOT / ".ci" / "released.py"))
SMALL = "# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2026-12-01\n\n### Added\n\n- A.\n\n## [1.1.0] - 2026-11-01\n"


def numbers(version):
    return [int(part) for part in version.split(".")]


def test_the_changelog_has_what_is_unreleased_and_then_dated_versions_the_latest_first():
    first, *rest = re.findall(r"^## (.*)$", CHANGELOG, re.MULTILINE)
    assert first == "[Unreleased]"
    found = [re.fullmatch(r"\[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)", heading) for heading in rest]
    assert all(found), rest
    releases = [(numbers(match[1]), match[2]) for match in found]
    assert releases == sorted(releases, reverse=True)
    assert all(version <= numbers(autograd.__version__) for version, _ in releases)


def test_what_changed_stands_under_a_heading_of_its_kind_each_once():
    for section in CHANGELOG.split("\n## ")[1:]:
        before, *kinds = re.split(r"^### ", section, flags=re.MULTILINE)
        assert "\n- " not in before
        names = [kind.partition("\n")[0] for kind in kinds]
        assert len(set(names)) == len(names)
        assert set(names) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_version_is_found_without_an_import():
    assert RELEASED["version_here"]() == autograd.__version__


def test_the_notes_of_a_release_are_its_section():
    assert RELEASED["notes"]("v1.2.0", "1.2.0", SMALL) == "### Added\n\n- A."


@pytest.mark.parametrize(
    ("tag", "version", "changelog", "message"),
    [
        ("v1.2.1", "1.2.0", SMALL, "the tag of autograd.__version__ is v1.2.0, not v1.2.1"),
        ("1.2.0", "1.2.0", SMALL, "the tag of autograd.__version__ is v1.2.0, not 1.2.0"),
        ("v1.3.0", "1.3.0", SMALL, r"CHANGELOG.md has no section '## \[1.3.0\] - YEAR-MONTH-DAY'"),
        ("v1.2.0", "1.2.0", SMALL.replace(" - 2026-12-01", ""), "give what is unreleased this heading"),
    ],
)
def test_a_tag_that_does_not_agree_with_version_and_changelog_is_refused(tag, version, changelog, message):
    with pytest.raises(SystemExit, match=message):
        RELEASED["notes"](tag, version, changelog)


def test_the_dev_container_installs_by_make_what_is_there():
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text("utf-8"))
    assert re.fullmatch(r"python:3\.\d+-\w+", container["image"])
    target = container["postCreateCommand"].removeprefix("make ")
    assert f"\n{target}:" in (ROOT / "Makefile").read_text("utf-8")


def workflow(name):
    return (ROOT / ".github" / "workflows" / f"{name}.yml").read_text("utf-8")


@pytest.mark.parametrize("name", ["ci", "release", "pages"])
def test_workflows_use_actions_of_one_version_and_files_that_are_there(name):
    text = workflow(name)
    uses = re.findall(r"uses: (\S+)", text)
    actions = [each for each in uses if not each.startswith("./")]
    assert actions
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@v\d+\.\d+\.\d+", action) for action in actions), actions
    files = [*re.findall(r"\.ci/\S+", text), *(each for each in uses if each not in actions)]
    assert [file for file in files if not (ROOT / file).exists()] == []


def test_nothing_is_published_before_all_tests_have_passed():
    assert re.search(r"^  tests:.*\n    uses: \./\.github/workflows/ci\.yml$", workflow("release"), re.MULTILINE)
    publish = workflow("release").partition("\n  publish:")[2]
    assert "    needs: [tests, check]\n" in publish
    assert "bash .ci/run\n" in workflow("ci")


def test_the_site_goes_out_when_all_tests_have_passed_and_is_whole():
    pages = workflow("pages")
    assert "\n  workflow_run:\n    workflows: [ci]\n" in pages
    assert "\n  push:" not in pages
    build, deploy = pages.partition("\n  build:")[2].split("\n  deploy:")
    assert "github.event.workflow_run.conclusion == 'success'" in build
    assert "github.event.workflow_run.head_sha" in build
    assert "    needs: build\n" in deploy
    for file in (pages, (ROOT / ".ci" / "run").read_text("utf-8")):
        assert re.search(r"GLASSGRAD_REQUIRE_LIVE(=1 make .*docs|: \"1\")", file)


def test_what_makes_a_release_is_pinned_in_one_place():
    installs = re.findall(r"pip install (.*)", workflow("release"))
    assert installs
    assert set(installs) == {"-r .ci/requirements.txt"}
    lines = (ROOT / ".ci" / "requirements.txt").read_text("utf-8").splitlines()[1:]
    assert all(re.match(r"[\w-]+==[\d.]+(;|$)", line) for line in lines), lines
