"""What the tests of the report share: a page taken apart, and pages of all runs."""

import io
import re
from html.parser import HTMLParser

import pytest
from PIL import Image

from nn.report.page import page as page_of
from nn.report.report import _sections, write_report

from .runs import RUNS, images_run

VOID = {"meta", "img", "br", "link", "input", "hr", "source", "base"}


class Page(HTMLParser):
    """The elements of a page, checked to be closed in order."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.texts, self.open, self.unbalanced = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, text):
        self.texts.append(((self.open or [""])[-1], text))

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    def texts_in(self, tag):
        return [text for name, text in self.texts if name == tag]


def written(run, folder):
    write_report(run, folder)
    return (folder / "report.html").read_text(encoding="utf-8")


def quick(run):
    """The page, with a dot for each picture."""
    file = io.BytesIO()
    Image.new("L", (1, 1)).save(file, format="PNG")
    names = ["history", "confusion", "predictions", "gradients", "activations", "boundary", "weights"]
    files = {f"{name}.png": file.getvalue() for name in names}
    return page_of("title", _sections(run, files | {"neuron.svg": "<svg></svg>"}, "Neuron 1"))


def rows_of(text, heading):
    """The cells of the tables in the section of that heading, by row."""
    section = text.split(f"<h2>{heading}</h2>")[1].split("</section>")[0]
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", section)]


@pytest.fixture(scope="session", params=RUNS)
def page(request, tmp_path_factory):
    return Page(written(RUNS[request.param](), tmp_path_factory.mktemp("report")))


@pytest.fixture(scope="session")
def images_folder(tmp_path_factory):
    """The folder of a report on images."""
    folder = tmp_path_factory.mktemp("images")
    write_report(images_run(), folder)
    return folder
