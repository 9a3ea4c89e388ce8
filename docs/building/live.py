"""Live cells on the pages, where what they load can be had: see docs/live."""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

from docs.live.build import put_into

FOLDER = Path(__file__).parents[2] / "build" / "live-cells"  # all of it goes to the static files of the site


def add_cells(app: Sphinx, config: Config) -> None:
    """Without them, code on the pages is a text."""
    if put_into(FOLDER / "live"):
        config.html_static_path.append(str(FOLDER))
        app.add_css_file("live/live.css")
        app.add_js_file("live/live.js", type="module")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("config-inited", add_cells)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
