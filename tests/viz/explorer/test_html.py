import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from autograd import Value, scope
from viz import explore
from viz.explorer import page
from viz.explorer.page import bundle, read

HOSTILE = [
    "<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "\u2028\u2029", "🙂", "{{data}}", "<!--",
    "\ud800", "x" * 10_000, "a\nb\t\"'`", "$& $1 \\", "]]>", "\u202eabc", "",
]  # fmt: skip


class Parts(HTMLParser):
    """The tags of a page and the content of its scripts and styles."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.contents, self.inside = [], {}, ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.inside = dict(attributes).get("id", tag) if tag in ("script", "style", "title") else ""

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        if self.inside:
            self.contents[self.inside] = self.contents.get(self.inside, "") + data


@pytest.fixture(scope="module")
def hostile():
    """The page of a graph whose every text is hostile."""
    total = Value(1.0)
    for text in HOSTILE:
        with scope(text):
            total = total * Value(2.0, label=text)
    total.label = HOSTILE[1]
    return explore(total).html


def test_the_texts_of_users_are_data(hostile):
    plain = explore(Value(1.0) * 2.0).html
    tags = [tag for tag, _ in Parts(hostile).tags]
    assert tags == [tag for tag, _ in Parts(plain).tags]


def test_the_data_come_back_as_they_were(hostile):
    data = json.loads(Parts(hostile).contents["data"])
    assert set(HOSTILE) <= set(data["graph"]["labels"])
    assert data["graph"]["calls"] == HOSTILE
    assert data["title"] == HOSTILE[1]


def test_a_page_is_valid_utf_8(hostile):
    hostile.encode("utf-8")


def policy(text):
    [content] = [each["content"] for tag, each in Parts(text).tags if "http-equiv" in each]
    return dict(part.strip().split(" ", 1) for part in content.split(";"))


def test_the_policy_allows_this_script_and_this_style_only(hostile):
    parts = Parts(hostile).contents
    digests = {
        name: "'sha256-" + base64.b64encode(hashlib.sha256(parts[name].encode()).digest()).decode() + "'"
        for name in ("script", "style")
    }
    assert policy(hostile) == {
        "default-src": "'none'", "script-src": f"{digests['script']} 'wasm-unsafe-eval'",
        "style-src": digests["style"], "worker-src": "blob:", "img-src": "data:", "base-uri": "'none'",
        "form-action": "'none'",
    }  # fmt: skip


def test_the_page_names_no_address_outside(hostile):
    own = hostile.replace(page.worker(), "")
    namespaces = {"http://www.w3.org/2000/svg", "http://www.w3.org/1998/Math/MathML"}  # names, which nobody opens
    assert set(re.findall(r"https?://[^\s\"'`)]+", own)) == namespaces


def test_no_file_can_end_the_script_it_stands_in():
    for text in (bundle("explorer.js"), page.worker(), read("explorer.css")):
        assert not re.search("</(script|style)|<!--", text, re.IGNORECASE)


def test_the_layout_engine_is_the_one_that_npm_has():
    digest = "5f72d22219b9d7e9b3f180dcd6e0b06727b6671e12b42f169903eba9ee608db6"  # without the name of its source map
    assert hashlib.sha256(read("graphviz.js").encode()).hexdigest() == digest


def test_the_page_carries_the_notices_of_the_layout_engine(hostile):
    assert "Eclipse Public License 2.0" in hostile
    assert "https://gitlab.com/graphviz/graphviz/-/tree/16.1.0" in hostile
