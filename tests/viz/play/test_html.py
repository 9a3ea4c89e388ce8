"""The playground as one file: its policy, the explorer in it, and texts of users, which are data."""

import base64
import gzip
import hashlib
import json
import re

import pytest

import viz
from tests.viz.explorer.test_html import HOSTILE, Parts, policy
from viz.explorer import page

X, Y = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 2]


@pytest.fixture(scope="module")
def hostile():
    """The page whose every text of a user's is hostile."""
    return viz.play(None, X, Y, inputs=HOSTILE[:2], classes=HOSTILE, info={"data": HOSTILE[1]}).html


@pytest.fixture(scope="module")
def inside(hostile):
    """The explorer's page in it, on data that are none."""
    before, between, after = json.loads(gzip.decompress(base64.b64decode(Parts(hostile).contents["inside"])))
    return f"{before}null{between}{page.worker()}{after}"


def test_the_texts_of_users_are_data(hostile):
    plain = viz.play().html
    assert [tag for tag, _ in Parts(hostile).tags] == [tag for tag, _ in Parts(plain).tags]
    hostile.encode("utf-8")


def test_the_data_come_back_as_they_were(hostile):
    data = json.loads(Parts(hostile).contents["data"])
    assert (data["given"]["X"], data["given"]["y"]) == (X, Y)
    assert data["given"]["inputs"] == HOSTILE[:2]
    assert data["given"]["classes"][1] == HOSTILE[1]
    assert data["info"] == {"data": HOSTILE[1]}


def digest(text):
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def test_the_policies_allow_the_scripts_and_styles_of_both_pages_only(hostile, inside):
    own, inner = Parts(hostile).contents, Parts(inside).contents
    scripts, styles = ([digest(parts[name]) for parts in (own, inner)] for name in ("script", "style"))
    for text, count in ((hostile, 2), (inside, 1)):
        assert policy(text) == {
            "default-src": "'none'", "script-src": f"{' '.join(scripts[-count:])} 'wasm-unsafe-eval'",
            "style-src": " ".join(styles[-count:]), "worker-src": "blob:", "img-src": "data:", "base-uri": "'none'",
            "form-action": "'none'",
        }  # fmt: skip


def test_the_frame_of_the_explorer_is_closed_as_in_python():
    text = page.read("play/scalars/frame.js")
    [written] = re.findall(r"^const FRAME = \{ (.*) \};$", text, re.MULTILINE)
    assert written == ", ".join(f'{name}: "{setting}"' for name, setting in page.FRAME.items())


def test_the_page_names_no_address_outside(hostile):
    own = hostile.replace(page.worker(), "")
    namespaces = {"http://www.w3.org/2000/svg", "http://www.w3.org/1998/Math/MathML"}  # names, which nobody opens
    assert set(re.findall(r"https?://[^\s\"'`)]+", own)) <= namespaces


def test_the_same_is_written_the_same():
    assert viz.play(data="xor").html == viz.play(data="xor").html
