"""Check a built site: `python docs/scripts/links.py build/site` follows every link inside it, with its anchor.

And nothing that a page loads by itself, a script, a style, a picture, may lie elsewhere.
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {("script", "src"), ("img", "src"), ("iframe", "src"), ("link", "href"), ("source", "src"), ("object", "data")}


class Page(HTMLParser):
    """What a page links to, loads, and has as anchors."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name == "id" and value:
                self.anchors.add(value)
            elif (tag, name) in LOADED and value:
                self.loaded.append(value)
            elif (tag, name) == ("a", "href") and value:
                self.links.append(value)


def check(site: Path) -> tuple[list[str], int, int]:
    """What is wrong, a line each; how many links were followed; and how many of them name an anchor."""
    pages = {path.resolve(): Page(path.read_text("utf-8")) for path in site.rglob("*.html")}
    wrong, followed, with_anchor = [], 0, 0
    for path, page in sorted(pages.items()):
        name = path.relative_to(site.resolve())
        for link in [*page.links, *page.loaded]:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                if link in page.loaded and parts.scheme != "data":
                    wrong.append(f"{name} loads {link}")
                continue
            followed += 1
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.is_file():
                wrong.append(f"{name}: {link} is not there")
            elif parts.fragment and target in pages:
                with_anchor += 1
                if unquote(parts.fragment) not in pages[target].anchors:
                    wrong.append(f"{name}: {link} has no such anchor")
    return wrong, followed, with_anchor


if __name__ == "__main__":
    found, links, anchors = check(Path(sys.argv[1]))
    print(f"{links:,} links inside the site, {anchors:,} of them to an anchor; {len(found)} wrong")
    print(*dict.fromkeys(found), sep="\n")
    sys.exit(bool(found))
