"""A `graphviz.Digraph` that needs no `dot` program, shows itself in a notebook and never raises there."""

import gzip
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograd.markup import escaped

from . import layout
from .digraph import CalledProcessError, Digraph, ExecutableNotFound
from .digraph import view as open_file
from .packing import packed, shown_size

PAINTED = ("png", "pdf", "jpg", "jpeg", "gif", "webp")  # by painting.py, where matplotlib is installed
_MOST_STORED = 300_000  # bytes of SVG, of about 200 nodes, that a notebook gets as PNG, too
_SOURCE = ("gv", "dot")
_WRITTEN = dict.fromkeys(("svg", *PAINTED, "svgz", *layout.FORMATS))


class Picture(Digraph):
    """What `draw` returns: a `graphviz.Digraph` with all its methods, and two more, `show` and `write`.

    None of it needs a program beside Python. SVG is written by `dot` where there is one, else by the Graphviz that pip
    installed; png, pdf, jpg, gif and webp are painted by matplotlib, which has a font of its own, so that they are the
    same on every machine (`pip install 'glassgrad[plots]'`); without it, by `dot`. The default format is "svg".

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
        return f"<{type(self).__name__}: show it in a notebook or by .show(), or save it with .save('graph.svg')>"

    def show(self) -> None:
        """Show the picture: in a notebook, or in a browser; where there is none, it is said where the picture is."""
        from .showing import show  # here and below, so that `import viz` stays light

        show(self, "graph.svg", self.pipe(format="svg"))

    def save(
        self,
        filename: str | os.PathLike | None = None,
        directory: str | os.PathLike | None = None,
        *,
        skip_existing: bool | None = False,
    ) -> Path:
        """Write a file; its ending says what: a picture (.svg, .png, .pdf, …), or the DOT source (.gv, .dot).

        Without a name the DOT source is saved, under the picture's own, as `graphviz.Digraph.save` does.

        Returns:
            the path.

        Raises:
            ValueError: when the ending is missing, or is that of nothing that can be written.
            OSError: when the file cannot be written.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Picture().save("graph.svg", folder)
        ...     path.name, path.read_text()[:5]
        ('graph.svg', '<?xml')
        """
        if filename is None:
            return self._save_source(None, directory, skip_existing)
        if not Path(filename).suffix:
            raise ValueError(
                f"the ending of {str(filename)!r} must say the format, as in {Path(filename).name + '.svg'!r}"
            )
        format = _ending(filename)
        if format in _SOURCE:
            return self._save_source(filename, directory, skip_existing)
        if format in ("html", "htm"):
            raise ValueError(f"draw makes a picture; a page is explore(root).save({Path(filename).name!r})")
        if format not in _WRITTEN:
            raise _no_format(format)
        path = Path(directory or self.directory, filename)
        if not (skip_existing and path.exists()):
            _write(path, self.pipe(format=format))
        return path

    def write(self, path: str | os.PathLike) -> Path:
        """The same as `save(path)`."""
        return self.save(path)

    def _save_source(
        self,
        filename: str | os.PathLike | None,
        directory: str | os.PathLike | None,
        skip_existing: bool | None = False,
    ) -> Path:
        """As `graphviz.Digraph.save`, but beside the old file first, which stays where something fails."""
        if filename is not None:
            self.filename = os.fspath(filename)
        if directory is not None:
            self.directory = os.fspath(directory)
        path = Path(self.filepath)
        if not (skip_existing and path.exists()):
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, "".join(self).encode(self.encoding))
        return path

    def pipe(
        self, format: str | None = None, *, engine: str | None = None, encoding: str | None = None, **options: Any
    ) -> Any:
        """The picture as bytes, or as str where `encoding` is given; otherwise as `graphviz.Digraph.pipe`.

        Raises:
            ValueError: when the format is none of Graphviz, or of those that need `dot` and the one installed lacks it.
            RuntimeError: when the format needs `dot` and it is not installed, nor what can stand for it, or the graph
                cannot be laid out.
        """
        format, engine = format or self.format, engine or self.engine
        from nn.support.missing import how_to_install, is_there  # here, so that `import viz` stays light

        of_dot = options.get("renderer") or options.get("formatter")
        if format in PAINTED and not of_dot and is_there("matplotlib"):
            from .painting import paint

            return paint(layout.laid_out(self.source, "json", engine), format)
        if format == "svgz":
            return gzip.compress(self.pipe(format="svg", engine=engine), mtime=0)
        try:
            return super().pipe(format=format, engine=engine, encoding=encoding, **options)
        except (ExecutableNotFound, CalledProcessError, OSError) as error:
            if format in layout.FORMATS:
                picture = layout.laid_out(self.source, format, engine)
                return picture.decode("utf-8") if encoding else picture
            if isinstance(error, CalledProcessError):
                if "not recognized" in str(error):
                    raise _no_format(format) from error
                raise
            if format in PAINTED and not of_dot:
                raise RuntimeError(
                    f"a picture in the format {format!r} needs matplotlib: {how_to_install('matplotlib')}; or the "
                    "program dot; or save as 'svg', which works without them"
                ) from error
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
        source = self._save_source(filename, directory)
        path = Path(self.directory, outfile) if outfile is not None else Path(f"{source}.{format or self.format}")
        _write(path, picture)
        if cleanup:
            source.unlink()
        if view:
            open_file(str(path), quiet=quiet_view)
        return str(path)

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None, **options: Any
    ) -> tuple[dict[str, bytes | str], dict[str, Any]]:
        """What a notebook shows, and how large: the picture or, whatever goes wrong, a text that says what.

        Beside SVG there is PNG, if it is not too large and something can make it: a notebook that is not trusted, and
        pages that show notebooks, show no SVG.
        """
        try:
            bundle = super()._repr_mimebundle_(include, exclude, **options)
            if include is None and "image/png" not in (exclude or ()) and _size(bundle) < _MOST_STORED:
                return with_png(bundle, self)
            return bundle, {}
        except Exception as error:  # noqa: BLE001  nothing raises where a notebook shows it
            return in_words(f"This graph has no picture here: {error}"), {}


def in_words(text: str) -> dict[str, bytes | str]:
    """What a notebook gets in place of what cannot be shown."""
    shown = escaped(text, keep="\n")
    return {"text/plain": text, "text/html": f"<pre>{shown}</pre>"}


def with_png(bundle: Mapping[str, bytes | str], picture: Picture) -> tuple[dict[str, bytes | str], dict[str, Any]]:
    """What a notebook gets, with the picture as PNG, and how large it is; without where it cannot be made."""
    try:
        png = packed(picture.pipe(format="png"))
        return {**bundle, "image/png": png}, shown_size(png)
    except Exception:  # noqa: BLE001  it is for who keeps nothing else, no reason to show nothing else
        return {**bundle}, {}


def _size(bundle: Mapping[str, Any]) -> int:
    return sum(map(len, bundle.values()))


def _ending(path: str | os.PathLike) -> str:
    return Path(path).suffix[1:].lower()


def _no_format(format: str) -> ValueError:
    return ValueError(f"no picture can be written in the format {format!r}; these can: {', '.join(_WRITTEN)}")


def _write(path: Path, data: bytes) -> None:
    from nn.support.files import write_file  # here, so that `import viz` stays light

    write_file(path, data)
