"""A `graphviz.Digraph` that needs no `dot` program, shows itself in a notebook and never raises there."""

import html
import os
from pathlib import Path
from typing import Any

import graphviz

from . import layout

_PICTURES = ("svg", "png", "pdf", "jpg", "jpeg", "gif", "webp", "ps", "eps")
_SOURCES = ("svgz", "dot", "gv", "xdot", "json", "plain")  # for other programs: every dot has these too


class Picture(graphviz.Digraph):
    """What `draw` returns: a `graphviz.Digraph` with all its methods, and one more, `write`.

    SVG works everywhere: by the program `dot` where there is one, else by the Graphviz that pip installed.
    Other formats (png, pdf, …) need `dot`. The default format is "svg".

    >>> picture = Picture()
    >>> picture.edge("a", "b")
    >>> picture.pipe(encoding="utf-8")[:5]
    '<?xml'
    """

    directory: str

    def __init__(self, *args: Any, **options: Any) -> None:
        if options.get("format") is None:
            options["format"] = "svg"
        super().__init__(*args, **options)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: show it in a notebook, or save it with .write('graph.svg')>"

    def write(self, path: str | os.PathLike) -> Path:
        """Save the picture; the ending of `path` says the format: .svg, or .png, .pdf, … where `dot` is installed.

        Returns:
            the path.

        Raises:
            ValueError: when the ending is missing, or is that of no format in which pictures are written.
            RuntimeError: when the format needs `dot` and it is not installed.
        """
        path = Path(path)
        if not path.suffix:
            raise ValueError(f"the ending of {str(path)!r} must say the format, as in {path.name + '.svg'!r}")
        format = _ending(path)
        if format not in _PICTURES + _SOURCES:
            raise _no_format(format)
        _write(path, self.pipe(format=format))
        return path

    def save(
        self,
        filename: str | os.PathLike | None = None,
        directory: str | os.PathLike | None = None,
        *,
        skip_existing: bool | None = False,
    ) -> str:
        """Save the DOT source, as `graphviz.Digraph.save` does; or the picture, where the ending of `filename` says so.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Picture().save("graph.svg", folder)
        ...     Path(path).read_text()[:5]
        '<?xml'
        """
        if filename is not None and _ending(filename) in _PICTURES:
            return str(self.write(Path(directory or self.directory, filename)))
        if filename is not None:
            self.filename = os.fspath(filename)
        if directory is not None:
            self.directory = os.fspath(directory)
        path = Path(self.filepath)
        if not (skip_existing and path.exists()):
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, "".join(self).encode(self.encoding))
        return self.filepath

    def pipe(
        self, format: str | None = None, *, engine: str | None = None, encoding: str | None = None, **options: Any
    ) -> Any:
        """The picture as bytes, or as str where `encoding` is given; otherwise as `graphviz.Digraph.pipe`.

        Raises:
            ValueError: when the format is not one of Graphviz, or the `dot` that is installed does not have it.
            RuntimeError: when the format needs `dot` and it is not installed.
        """
        format = format or self.format
        try:
            return super().pipe(format=format, engine=engine, encoding=encoding, **options)
        except (graphviz.ExecutableNotFound, graphviz.CalledProcessError, OSError) as error:
            if format == "svg":
                picture = layout.svg(self.source, engine or self.engine)
                return picture.decode("utf-8") if encoding else picture
            if isinstance(error, graphviz.CalledProcessError):
                if "not recognized" in str(error):
                    raise _no_format(format) from error
                raise
            raise RuntimeError(
                f"a picture in the format {format!r} needs the program dot, which was not found: "
                "install Graphviz (https://graphviz.org/download), or save as 'svg', which works without it"
            ) from error

    def render(
        self,
        filename: str | os.PathLike | None = None,
        directory: str | os.PathLike | None = None,
        view: bool = False,
        cleanup: bool = False,
        format: str | None = None,
        *,
        outfile: str | os.PathLike | None = None,
        quiet_view: bool = False,
        **options: Any,
    ) -> str:
        """Save the DOT source and the picture beside it, as `graphviz.Digraph.render` does.

        Returns:
            the path of the picture: `outfile`, or the source's path and the format.
        """
        if outfile is not None:
            format = format or _ending(outfile) or None
            filename = filename or Path(outfile).with_suffix(".gv")
        picture = self.pipe(format=format, **options)
        source = Path(self.save(filename, directory=directory))
        path = Path(self.directory, outfile) if outfile is not None else Path(f"{source}.{format or self.format}")
        _write(path, picture)
        if cleanup:
            source.unlink()
        if view:
            graphviz.view(str(path), quiet=quiet_view)
        return str(path)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **options: Any) -> dict[str, bytes | str]:
        """What a notebook shows: the picture or, whatever goes wrong, a text that says what."""
        try:
            return super()._repr_mimebundle_(include, exclude, **options)
        except Exception as error:  # noqa: BLE001  nothing raises where a notebook shows it
            text = f"This graph has no picture here: {error}"
            return {"text/plain": text, "text/html": f"<pre>{html.escape(text)}</pre>"}


def _ending(path: str | os.PathLike) -> str:
    return Path(path).suffix[1:].lower()


def _no_format(format: str) -> ValueError:
    others = ", ".join(each for each in _PICTURES if each not in ("svg", format))
    return ValueError(
        f"no picture can be written in the format {format!r}: svg always works; where the program dot is installed, "
        f"so do {others}"
    )


def _write(path: Path, data: bytes) -> None:
    from nn.support.files import write_file  # here, so that `import viz` stays light

    write_file(path, data)
