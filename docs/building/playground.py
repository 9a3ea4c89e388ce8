"""The playground as a page of the site, beside the others: play.html, which pages link to."""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

from viz import play

FOLDER = Path(__file__).parents[2] / "build" / "playground"


def add_page(app: Sphinx, config: Config) -> None:
    """Sphinx copies what is in the folder as it is."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    play().save(FOLDER / "play.html")
    config.html_extra_path.append(str(FOLDER))


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("config-inited", add_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
