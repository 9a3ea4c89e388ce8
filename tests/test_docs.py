"""The pages of docs/ show what is."""

import importlib.util
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def test_the_page_of_programs_is_what_compile_finds():
    specification = importlib.util.spec_from_file_location("programs", DOCS / "programs.py")
    programs = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(programs)
    assert programs.page() == (DOCS / "programs.md").read_text(encoding="utf-8"), "run `make pictures`"
