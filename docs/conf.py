"""How Sphinx makes the site of these pages: `make docs` writes it to build/site.

None of its pages asks for anything elsewhere. When it is first built, npm fetches Pyodide for the live cells, which are
left out where it cannot; nothing else is fetched. Notebooks are shown as they are stored, but for their explorers: the
cells up to the last one are run, in a process of their own. What of a page is made from the code, the directives of
docs/building make.
"""

import os
import sys
from pathlib import Path

DOCS = Path(__file__).parent
ROOT = DOCS.parent
sys.path[:0] = [str(ROOT), str(DOCS)]
os.environ["GLASSGRAD_PURE"] = "1"  # Python's own functions have signatures and sources to show

from pygments.lexers import BashLexer  # noqa: E402
from sphinx.application import Sphinx  # noqa: E402

from autograd import __version__  # noqa: E402  of this folder

project, author, language, version = "glassgrad", "the authors of glassgrad", "en", __version__
release, copyright = version, ""
extensions = [
    "myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode",
    "building.mathematics", "building.docstrings", "building.signatures", "building.tables", "building.passes",
    "building.notebooks", "building.live", "building.explorers", "building.playground",
]  # fmt: skip
exclude_patterns = ["lite/files/**", "lite/static/**", "lite/pypi/**", "lite/.cache/**"]
default_role = "name"  # `fit` in a docstring is a link, where there is something of that name
smartquotes_action = "D"  # dashes alone: formulas have a prime
maximum_signature_line_length = 88

myst_enable_extensions = ["dollarmath", "colon_fence", "attrs_inline"]
myst_heading_anchors = 4
nb_execution_mode = "off"
nb_output_stderr = "show"

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
napoleon_google_docstring, napoleon_numpy_docstring = True, False
napoleon_custom_sections = [("Attributes", "params_style"), ("Warns", "params_style")]
python_use_unqualified_type_names = True
add_module_names = False

html_theme = "furo"
html_title = f"glassgrad {version}"
html_static_path = ["static"]
html_css_files, html_js_files = ["site.css"], ["site.js"]
html_show_sphinx = html_show_copyright = html_copy_source = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#b4540a", "color-brand-content": "#1d5fa8"},
    "dark_css_variables": {"color-brand-primary": "#f0a35e", "color-brand-content": "#7db4ee"},
}
pygments_style, pygments_dark_style = "a11y-high-contrast-light", "a11y-high-contrast-dark"


def setup(app: Sphinx) -> None:
    app.add_lexer("console", BashLexer)  # that of the name takes lines without a prompt for output
