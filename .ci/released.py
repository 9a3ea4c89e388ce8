"""Print what CHANGELOG.md says of a release, or why a tag is none: python .ci/released.py v0.1.0"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def notes(tag: str, version: str, changelog: str) -> str:
    """What the changelog says of the version that a tag names; it ends the program where the three do not agree."""
    if tag != f"v{version}":
        sys.exit(f"the tag of autograd.__version__ is v{version}, not {tag}: set one of them right")
    for section in re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]:
        heading, _, text = section.partition("\n")
        if re.fullmatch(rf"\[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d", heading):
            return text.strip()
    sys.exit(f"CHANGELOG.md has no section '## [{version}] - YEAR-MONTH-DAY': give what is unreleased this heading")


def version_here() -> str:
    """`autograd.__version__`, without an import: nothing needs to be installed."""
    found = re.search(r'^__version__ = "(.+)"$', (ROOT / "autograd/__init__.py").read_text("utf-8"), re.MULTILINE)
    assert found, "autograd/__init__.py sets no __version__"
    return found[1]


if __name__ == "__main__":
    print(notes(sys.argv[1], version_here(), (ROOT / "CHANGELOG.md").read_text("utf-8")))
