"""A picture as pixels or as PDF without the program `dot`: what Graphviz says is to be drawn, drawn by matplotlib.

Graphviz's JSON has, for every node and edge, what to draw in points, from the bottom left: polygons, curves, ellipses
and texts with the room that they have been given, each after the pens and colours that it takes; as its format xdot,
https://graphviz.org/docs/outputs/canon/. matplotlib, of the extra `plots`, brings a font, so that texts are seen on
machines that have none; a rasteriser of SVG would look for the machine's fonts.
"""

import json
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any

from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager
from matplotlib.path import Path
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2D

_POINTS = 72  # to the inch, Graphviz's unit
_PIXELS = 2 * 96  # to the inch: sharp on screens of high resolution
_LONGEST, _MOST_PIXELS = 2**15, 2**26  # of a side, in all; a picture that is larger gets fewer to the inch
_MARGIN = 4  # points, as Graphviz leaves them in its own files
_FONT = "DejaVu Sans"  # matplotlib's own, with the signs of mathematics
_OTHER_FONTS = (  # for letters that it does not have, where they are installed
    "Noto Sans CJK JP", "Noto Sans CJK SC", "Yu Gothic", "Microsoft YaHei", "Malgun Gothic", "Hiragino Sans",
    "PingFang SC", "WenQuanYi Micro Hei", "Noto Sans Devanagari", "Noto Sans Thai",
)  # fmt: skip
_NARROWER = 0.87  # how wide Helvetica is, by which Graphviz makes room, beside that font
_DRAWN = ("_draw_", "_ldraw_", "_hdraw_", "_tdraw_", "_hldraw_", "_tldraw_")  # shape, text; of an edge its ends'
_DASHES = {"dashed": (4.0, 3.0), "dotted": (1.0, 3.0)}  # points


def paint(laid_out: bytes, format: str) -> bytes:
    """The file of a picture, from what the packaged Graphviz gives as "json"; `format` is png, jpg, gif, webp or pdf.

    A letter that neither matplotlib's font nor one of this machine has is drawn as an empty box.
    """
    graph = json.loads(laid_out)
    left, bottom, right, top = map(float, graph["bb"].split(","))
    width, height = right - left + 2 * _MARGIN, top - bottom + 2 * _MARGIN
    wide, high = width / _POINTS, height / _POINTS
    dpi = min(_PIXELS, _LONGEST / max(wide, high), (_MOST_PIXELS / (wide * high)) ** 0.5)
    figure = Figure((wide, high), dpi=dpi, facecolor="none")
    figure.add_artist(_Drawing(graph, _MARGIN - left, _MARGIN - bottom))
    file = BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        if format == "pdf":
            from matplotlib.backends.backend_pdf import FigureCanvasPdf  # as long to import as all the rest

            FigureCanvasPdf(figure).print_pdf(file, metadata={"CreationDate": None})
        else:
            _save_pixels(FigureCanvasAgg(figure), file, format)
    return file.getvalue()


def _save_pixels(canvas: FigureCanvasAgg, file: BytesIO, format: str) -> None:
    from PIL import Image

    canvas.draw()
    image = Image.frombuffer("RGBA", canvas.get_width_height(), bytes(canvas.buffer_rgba()), "raw", "RGBA", 0, 1)
    if format in ("jpg", "jpeg", "gif"):  # which have no half transparent pixels
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image).convert("RGB")
    dpi = canvas.figure.dpi
    image.save(file, {"jpg": "jpeg"}.get(format, format), dpi=(dpi, dpi))


class _Drawing(Artist):
    """All of a graph, as one thing of a figure: a picture of a thousand nodes has ten thousand parts."""

    def __init__(self, graph: Mapping[str, Any], left: float, bottom: float) -> None:
        super().__init__()
        self._graph, self._offset = graph, (left, bottom)

    def draw(self, renderer: Any) -> None:
        pen = _Pen(renderer, renderer.points_to_pixels(1.0), *self._offset)
        for thing in _things(self._graph):
            for name in _DRAWN:
                pen.restart()
                for operation in thing.get(name, ()):
                    _OPERATIONS[operation["op"]](pen, operation)


def _things(graph: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The graph, its frames, each after the one around it, its lines, its nodes."""
    objects = graph.get("objects", ())
    yield graph
    yield from (
        each for each in objects if "nodes" in each or "subgraphs" in each or each["name"].startswith("cluster")
    )
    yield from graph.get("edges", ())
    yield from (each for each in objects if not each["name"].startswith("cluster"))


class _Pen:
    """What the operations change, and what they draw with."""

    def __init__(self, renderer: Any, scale: float, left: float, bottom: float) -> None:
        self.renderer, self.scale = renderer, scale
        self.places = Affine2D().translate(left, bottom).scale(scale)
        names = {font.name for font in fontManager.ttflist}
        self.families = [_FONT, *(name for name in _OTHER_FONTS if name in names)]
        self.restart()

    def restart(self) -> None:
        self.line = self.fill = "#000000"
        self.width, self.size = 1.0, 14.0
        self.dashes: Sequence[float] | None = None

    def context(self) -> Any:
        context = self.renderer.new_gc()
        red, green, blue, alpha = to_rgba(self.line)
        context.set_foreground((red, green, blue))
        context.set_alpha(alpha)
        context.set_linewidth(self.width if alpha else 0)
        if self.dashes:
            context.set_dashes(0, self.dashes)
        return context

    def path(self, path: Path, filled: bool) -> None:
        """The inside first, since it has a transparency of its own; then the line."""
        fill = to_rgba(self.fill)
        if filled and fill[3]:
            inside = self.renderer.new_gc()
            inside.set_linewidth(0)
            inside.set_alpha(fill[3])
            self.renderer.draw_path(inside, path, self.places, fill)
            inside.restore()
        context = self.context()
        if context.get_linewidth():
            self.renderer.draw_path(context, path, self.places)
        context.restore()

    def text(self, place: Sequence[float], align: str, room: float, text: str) -> None:
        """A text as wide as the room that was made for it, or narrower: a font of another width is drawn smaller."""
        size = self.size * _NARROWER
        wide, _, _ = text_to_path.get_text_width_height_descent(text, self.font(size), ismath=False)
        if wide > room > 0:
            size, wide = size * room / wide, room
        x, y = self.places.transform((place[0] - {"l": 0.0, "c": 0.5, "r": 1.0}[align] * wide, place[1]))
        if self.renderer.flipy():
            y = self.renderer.height - y
        context = self.context()
        self.renderer.draw_text(context, x, y, text, self.font(size), 0)
        context.restore()

    def font(self, size: float) -> FontProperties:
        return FontProperties(family=self.families, size=size)


def _set_style(pen: _Pen, operation: Mapping[str, Any]) -> None:
    style = operation["style"]
    if style.startswith("setlinewidth("):
        pen.width = float(style.removeprefix("setlinewidth(").removesuffix(")"))
    elif style in ("solid", *_DASHES):
        pen.dashes = _DASHES.get(style)


def _set(name: str, key: str) -> Callable[[_Pen, Mapping[str, Any]], None]:
    return lambda pen, operation: setattr(pen, name, operation.get(key, getattr(pen, name)))


def _plain(text: str) -> str:
    """A text of Graphviz's JSON, which has a backslash too many wherever there are some."""
    return re.sub(r"\\(\\+)", r"\1", text)


def _polygon(points: Sequence[Sequence[float]]) -> Path:
    return Path([*points, points[0]], closed=True)


def _curve(points: Sequence[Sequence[float]]) -> Path:
    return Path(points, [Path.MOVETO, *[Path.CURVE4] * (len(points) - 1)])


def _ellipse(rectangle: Iterable[float]) -> Path:
    x, y, half_width, half_height = rectangle
    return Path.unit_circle().transformed(Affine2D().scale(half_width, half_height).translate(x, y))


_OPERATIONS: Mapping[str, Callable[[_Pen, Mapping[str, Any]], None]] = {
    "c": _set("line", "color"),
    "C": _set("fill", "color"),
    "F": _set("size", "size"),
    "S": _set_style,
    "t": lambda pen, operation: None,  # bold and the like, which our pictures do not have
    "P": lambda pen, operation: pen.path(_polygon(operation["points"]), True),
    "p": lambda pen, operation: pen.path(_polygon(operation["points"]), False),
    "L": lambda pen, operation: pen.path(Path(operation["points"]), False),
    "B": lambda pen, operation: pen.path(_curve(operation["points"]), True),
    "b": lambda pen, operation: pen.path(_curve(operation["points"]), False),
    "E": lambda pen, operation: pen.path(_ellipse(operation["rect"]), True),
    "e": lambda pen, operation: pen.path(_ellipse(operation["rect"]), False),
    "T": lambda pen, operation: pen.text(
        operation["pt"], operation["align"], operation["width"], _plain(operation["text"])
    ),
}
