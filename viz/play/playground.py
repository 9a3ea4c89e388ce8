"""`play`: a page that trains a network, and opens every neuron of it in its scalars."""

import os
from collections.abc import Sequence
from functools import cached_property
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Unpack

from autograd.markup import escaped

from ..graph.picture import in_words

if TYPE_CHECKING:
    from nn import MLP, Optimizer

    from .settings import Settings

_HEIGHT = 900  # pixels, in a notebook
_LR_OF_IMAGES = 0.003  # the page has ten times that, for two inputs


def play(
    model: "MLP | None" = None,
    X: Any = None,
    y: Any = None,
    *,
    test: Sequence[Any] | None = None,
    inputs: Sequence[str] = (),
    classes: "Sequence[str] | int" = (),
    task: Literal["classification", "regression"] | None = None,
    image_shape: Sequence[int] | None = None,
    optimizer: "Optimizer | str | None" = None,
    scaler: Any = None,
    info: dict[str, Any] | None = None,
    **settings: "Unpack[Settings]",
) -> "Playground":
    """A page on which a network learns: an epoch a frame, every neuron with its response, each weight to be changed.

    It needs no Python and no network: it computes with the rule book's own operations, one graph of scalars of a row,
    run over all rows. That graph opens in the explorer, for any point of the data. What the page has learned comes
    back as a file that `nn.load` reads, or as a program.

        play()                             a page to play with, on data of its own
        play(data="spirals", layers=[8, 8], activation="relu", lr=0.01)
        play(model, X, y, loss="mse")      a model of yours on your rows, to train on from where it is

    The page trains as `fit` does, by the same losses, optimizers and penalties. It draws the order of the rows in its
    own way: the numbers are those of `fit` where a batch is all rows, and those of the program that the page writes.

    Args:
        model: an MLP of nn; its hidden layers have one activation. None: one that the page makes.
        X: (rows, inputs): all of them to train. None: data that the page makes.
        y: (rows,): classes, whole numbers from 0, or -1 and 1; or numbers to predict. Of classes also (rows, classes),
            one-hot.
        test: (X, y) of rows that do not train.
        inputs: the names of the columns of X.
        classes: the names of the classes of y; without X, how many classes blobs and spirals have.
        task: whether y holds classes or numbers. None: what the loss says; else classes, if they are whole numbers.
        image_shape: (height, width), where a row is an image.
        optimizer: a name of `nn.optim.OPTIMIZERS`, or an optimizer: the page goes on with its hyperparameters, and with
            what it has gathered in its steps, where these were those of the model.
        scaler: by which rows are scaled, as in `fit`, fitted; None: the model's own.
        info: what else the page saves with the model, as the `info` of `nn.save`; None: that of a model of `nn.load`.
        settings: what else the page opens with, which its reader may change. Rows that the page makes: data ("moons",
            "circles", "xor", "spirals", "blobs" or "wave"), rows, noise, data_seed, and of them test_share to test.
            A network that it makes: layers, how many neurons each hidden one has, activation, output, init, seed, as
            of `MLP`. How it learns: loss, a name of `nn.LOSSES`; lr, momentum, nesterov, alpha, betas, eps,
            weight_decay, of the optimizer that has them (lr is 0.003 for images by Adam, as in `glassgrad train`); l1,
            l2, clip_norm, batch_size, as of `fit`, 0 for all rows;
            shuffle_seed. What the plane shows: axes, two inputs.

    Returns:
        a `Playground`: shows itself in a notebook, and by `.show()` anywhere; `.save("play.html")` writes one file.

    Raises:
        TypeError: when the model is no MLP, and for a setting that is none.
        ValueError: when a layer is not nn's own, X, y, test or names do not fit each other or the model, or are too
            large for a page; and for settings that are out of their range, or given twice.
        ImportError: where NumPy is not installed.

    >>> play(data="xor", layers=[3])
    <Playground of xor: show it in a notebook or by .show(), or save it with .save('play.html')>
    >>> from nn import MLP
    >>> play(MLP(2, [4, 1], "tanh"), [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], loss="mse")
    <Playground of 4 rows: show it in a notebook or by .show(), or save it with .save('play.html')>
    """
    from nn.support.missing import need

    need("numpy", "play()")
    from .given import checked_info, described_scaler, given_model, given_rows
    from .settings import checked

    given: dict[str, Any] = {**settings}
    if isinstance(classes, int):
        given["classes"] = classes
    _check_together(model, X, y, {"test": test, "inputs": inputs, "image_shape": image_shape, "task": task}, given)
    chosen = checked({**given, **_of_optimizer(optimizer, given)} if optimizer is not None else given)
    described = None if model is None else given_model(model, optimizer)
    scaler = getattr(model, "scaler", None) if scaler is None else scaler
    if X is None:
        rows = None
        _complete_for_made_rows(described, scaler, chosen)
    else:
        names = () if isinstance(classes, int) else classes
        rows = given_rows(X, y, test, inputs, names, task, chosen.get("loss"), image_shape, scaler)
        _complete(described, rows, chosen)
    info = getattr(model, "info", None) if info is None else info
    belongs = {"scaler": described_scaler(scaler), "info": checked_info(info)}
    return Playground({"given": rows, "model": described, "settings": chosen, **belongs})


def _check_together(model: Any, X: Any, y: Any, of_rows: dict[str, Any], settings: dict[str, Any]) -> None:
    """Refuse what stands for the same thing twice, or for a thing that is not there."""
    if (X is None) is not (y is None):
        raise ValueError("play: rows go with their targets: play(model, X, y), or play(None, X, y) without a model")
    made = [name for name in ("data", "rows", "noise", "data_seed", "test_share", "classes") if name in settings]
    if X is not None and made:
        raise ValueError(f"play: {made[0]} is of data that the page makes, and X is given")
    without = [name for name, each in of_rows.items() if each is not None and len(each)]
    if X is None and without:
        raise ValueError(f"play: {without[0]} is of rows that are given: play(model, X, y, {without[0]}=…)")
    twice = [name for name in ("layers", "activation", "output", "init", "seed") if name in settings]
    if model is not None and twice:
        raise ValueError(f"play: the model has its own {twice[0]}")


def _of_optimizer(optimizer: Any, settings: dict[str, Any]) -> dict[str, Any]:
    """The settings that an optimizer stands for: its name, and of an object its hyperparameters."""
    from nn.optim.optimizers import OPTIMIZERS, OWN

    if isinstance(optimizer, str) or type(optimizer) not in OWN:
        return {"optimizer": optimizer}
    name = next(name for name, kind in OPTIMIZERS.items() if kind is type(optimizer))
    if optimizer.schedule is not None:
        raise ValueError("play: the learning rate of a page is a number; this optimizer has a schedule")
    found = [each for each in signature(type(optimizer)).parameters if each != "parameters"]
    if twice := [each for each in found if each in settings]:
        raise ValueError(f"play: the optimizer has its own {twice[0]}")
    return {"optimizer": name, **{each: getattr(optimizer, each) for each in found}}


def _complete_for_made_rows(model: dict[str, Any] | None, scaler: Any, settings: dict[str, Any]) -> None:
    """Set what follows from a model: its rows are two numbers as they are, its loss takes what it gives."""
    if scaler is not None:
        raise ValueError("play: a scaler is of rows that are given: play(model, X, y)")
    if model is None:
        return
    from .given import check_loss, loss_for
    from .settings import MOST_CLASSES

    if model["inputs"] != 2:
        raise ValueError(f"play: the page makes rows of 2 inputs, the model takes {model['inputs']}: play(model, X, y)")
    if model["outputs"] > MOST_CLASSES:
        raise ValueError(
            f"play: the page makes at most {MOST_CLASSES} classes, the model has {model['outputs']} outputs"
        )
    task = "regression" if settings.get("data") == "wave" else "classification"
    check_loss(model, settings.setdefault("loss", loss_for(model, task)))
    settings.setdefault("classes", max(2, model["outputs"]))


def _complete(model: dict[str, Any] | None, rows: dict[str, Any], settings: dict[str, Any]) -> None:
    """Set what follows from rows and model, which must fit each other."""
    from .given import check_fits, check_loss, loss_for

    if model is not None:
        check_fits(model, rows)
        check_loss(model, settings.setdefault("loss", loss_for(model, rows["task"])))
    most = len(rows["inputs"])
    if (axes := settings.get("axes")) and max(axes) >= most:
        raise ValueError(f"play: axes are inputs counted from 0, of which there are {most}; got {max(axes)}")
    settings["data"] = "given"
    if rows["imageShape"] and settings.get("optimizer", "adam") in ("adam", "adamw"):
        settings.setdefault("lr", _LR_OF_IMAGES)


class Playground:
    """What `play` returns: a page. It holds the model and the rows as they were then."""

    def __init__(self, opened: dict[str, Any]) -> None:
        self._opened = opened

    def __repr__(self) -> str:
        given = self._opened["given"]
        of = self._opened["settings"].get("data", "moons") if given is None else f"{len(given['X']):,} rows"
        return f"<Playground of {of}: show it in a notebook or by .show(), or save it with .save('play.html')>"

    @cached_property
    def html(self) -> str:
        """The page, whole: it loads nothing."""
        from .names import names
        from .whole import whole_page

        model = self._opened["model"]
        sizes = () if model is None else (*model["layers"], model["outputs"])
        given = self._opened["given"]
        classes = () if given is None else (len(given["classes"]) or 1,)
        return whole_page({*sizes, *classes}).showing({**self._opened, "names": names()})

    def show(self) -> None:
        """Show the page: in a notebook, or in a browser; where there is none, it is said where the page is."""
        from ..graph.showing import show

        show(self, "play.html", self.html)

    def save(self, path: str | os.PathLike) -> Path:
        """Write the page to a file; gives its path.

        Raises:
            ValueError: when the name does not end in .html.
            OSError: when the file cannot be written.
        """
        from nn.support.files import write_file

        path = Path(path)
        if path.suffix.lower() not in (".html", ".htm"):
            raise ValueError(f"the playground is a page: {str(path)!r} must end in .html")
        write_file(path, self.html)
        return path

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, bytes | str], dict[str, Any]]:
        """What a notebook shows: the page in a frame of its own, or what to do where pages do not run."""
        try:
            return {"text/html": _frame(self.html), "text/plain": repr(self)}, {}
        except Exception as error:  # noqa: BLE001  nothing raises where a notebook shows it
            return in_words(f"There is no playground here: {error}"), {}


def _frame(content: str) -> str:
    from ..explorer.page import frame

    style = f"width:100%;height:{_HEIGHT}px;box-sizing:border-box;border:1px solid #8888"
    words = escaped("The page of play does not run here: trust this notebook, or run the cell again.")
    return (
        "<style>.glassgrad-no-page:has(~ iframe) { display: none }</style>"
        f'<div><p class="glassgrad-no-page">{words}</p>{frame(content, "playground", style=style)}</div>'
    )
