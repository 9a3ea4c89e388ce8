"""The page of a report: HTML without scripts, which needs nothing but itself. Texts from data are escaped here."""

import base64
import re
from collections.abc import Iterable, Sequence
from typing import Any

from autograd.markup import escaped

MARK = '<meta name="generator" content="glassgrad">'  # by which a report is known as ours


def page(title: str, sections: Iterable[tuple[str, str]]) -> str:
    """The whole page, from the heading of each section and its HTML."""
    body = "\n".join(f"<section>\n<h2>{escaped(name)}</h2>\n{content}\n</section>" for name, content in sections)
    return _PAGE.format(title=escaped(title), mark=MARK, style=_STYLE, body=body)


def paragraph(text: str) -> str:
    """A paragraph of plain text.

    >>> paragraph("0 < p")
    '<p>0 &lt; p</p>'
    """
    return f"<p>{escaped(text)}</p>"


def bullets(texts: Iterable[str]) -> str:
    """A list of plain texts."""
    return f"<ul>{''.join(f'<li>{escaped(text)}</li>' for text in texts)}</ul>"


def table(rows: Iterable[Sequence[Any]], header: Sequence[Any] = (), label: str = "A table") -> str:
    """A table of plain texts and numbers; the first cell of a row is its heading. The label says what it holds.

    >>> print(table([["relu", 2]], ["layer", "dead"], "Layers").replace("<tr>", "\\n<tr>"))
    <div class="wide" tabindex="0" role="region" aria-label="Layers"><table>
    <tr><th scope="col">layer</th><th scope="col">dead</th></tr>
    <tr><th scope="row">relu</th><td>2</td></tr></table></div>
    """
    lines = [_cells('th scope="col"', header)] if header else []
    lines += [_cells('th scope="row"', row[:1]) + _cells("td", row[1:]) for row in rows]
    return _box("wide", label, f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>")


def image(png: bytes, alternative: str, dpi: int) -> str:
    """An image that stands in the page itself, and what it shows, in words. The page has 96 dots per inch."""
    address = "data:image/png;base64," + base64.b64encode(png).decode()
    width = int.from_bytes(png[16:20]) * 96 // dpi  # a PNG file begins with its size
    return f'<img width="{width}" alt="{escaped(alternative)}" src="{address}">'


def figures(images: Iterable[tuple[str, str]]) -> str:
    """Images side by side, each with lines of plain text below it."""
    shown = (
        f"<figure>{each}<figcaption>{'<br>'.join(map(escaped, text.splitlines()))}</figcaption></figure>"
        for each, text in images
    )
    return '<div class="digits">' + "\n".join(shown) + "</div>"


def graph(svg: str, label: str) -> str:
    """An SVG file of Graphviz, in the page, and what it shows, in words. Its titles are names such as n0: they go."""
    drawing = re.sub(r"<title>.*?</title>\s*", "", svg[svg.index("<svg") + len("<svg") :], flags=re.DOTALL)
    return _box("graph", "The graph", f'<svg role="img" aria-label="{escaped(label)}"{drawing}')


def _box(kind: str, label: str, content: str) -> str:
    """A box that scrolls where its content is too wide: by the keyboard, too."""
    return f'<div class="{kind}" tabindex="0" role="region" aria-label="{escaped(label)}">{content}</div>'


def _cells(tag: str, texts: Iterable[Any]) -> str:
    return "".join(f"<{tag}>{escaped(str(text))}</{tag.split()[0]}>" for text in texts)


_STYLE = """
:root { color-scheme: light dark; --ink: #222; --paper: #fff; --line: #ccc }
@media (prefers-color-scheme: dark) { :root { --ink: #ddd; --paper: #181818; --line: #555 } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper) }
body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: break-word }
h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2.5rem }
.wide { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th { text-align: left; font-weight: 600 } th, td { padding: .1rem 1.2rem .1rem 0; vertical-align: top }
th, td { max-width: 34rem; overflow-wrap: break-word } tr { border-bottom: 1px solid var(--line) }
img { max-width: 100%; height: auto; display: block; margin: .5rem 0 }
.graph { overflow: auto; max-height: 40rem; border: 1px solid var(--line); padding: .5rem; background: #fff }
.digits { display: flex; flex-wrap: wrap; gap: 1rem } figure { margin: 0; text-align: center; font-size: .85rem }
figure img { width: 84px; image-rendering: pixelated; border: 1px solid var(--line); margin: 0 auto }
figcaption { max-width: 9rem }
"""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{mark}
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""
