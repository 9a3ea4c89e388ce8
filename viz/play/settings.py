"""What a playground opens with: by the names that nn has for the same, each checked before a page is written."""

from collections.abc import Callable, Mapping, Sequence
from numbers import Integral
from typing import Any, Literal, TypedDict, get_args

from nn.activations import ACTIVATIONS, ActivationName
from nn.initialization import INITIALIZERS, InitializerName
from nn.losses import LOSSES, LossName
from nn.optim.optimizers import OPTIMIZERS
from nn.support.checks import check_number, check_seed, choose, did_you_mean

from .names import camel

DataName = Literal["moons", "circles", "xor", "spirals", "blobs", "wave"]
MOST_LAYERS, MOST_NEURONS, MOST_CLASSES = 6, 64, 6  # of what the page makes itself


class Settings(TypedDict, total=False):
    """What may be set; what is not, the page chooses. What each is, `play` says."""

    data: DataName
    rows: int
    noise: float
    data_seed: int
    test_share: float
    layers: Sequence[int]
    activation: ActivationName
    output: ActivationName
    init: InitializerName
    seed: int
    loss: LossName
    lr: float
    momentum: float
    nesterov: bool
    alpha: float
    betas: Sequence[float]
    eps: float
    weight_decay: float
    l1: float
    l2: float
    clip_norm: float
    batch_size: int
    shuffle_seed: int
    axes: Sequence[int]


def checked(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as the page has them.

    Raises:
        TypeError: for a name that is none of them.
        ValueError: for what nn would refuse, too.

    >>> checked({"batch_size": 0, "layers": (3, 2)})
    {'batchSize': 0, 'layers': [3, 2]}
    """
    for name in settings:
        if name not in _CHECKS:
            raise TypeError(f"play: there is no setting {name!r}{did_you_mean(name, _CHECKS)}")
    return {camel(name): _CHECKS[name](name, each) for name, each in settings.items()}


def _one_of(what: str, table: Mapping[str, Any]) -> Callable[[str, Any], str]:
    def check(name: str, each: Any) -> str:
        choose(what, each, table)
        return str(each)

    return check


def _number(most: float, above: bool = False) -> Callable[[str, Any], float]:
    """From 0, or above it, to `most`."""

    def check(name: str, each: Any) -> float:
        number = check_number(name, each, 0.0, open_below=above)
        if number > most:
            raise ValueError(f"{name} must be at most {most:g}, got {number!r}")
        return number

    return check


def _share(name: str, each: Any) -> float:
    return check_number(name, each, 0.0, 1.0)


def _count(most: int, least: int = 1) -> Callable[[str, Any], int]:
    def check(name: str, each: Any) -> int:
        if not isinstance(each, Integral) or isinstance(each, bool) or not least <= int(each) <= most:
            raise ValueError(f"{name} must be a whole number from {least} to {most:,}, got {each!r}")
        return int(each)

    return check


def _seed(name: str, each: Any) -> int:
    try:
        check_seed(each)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    return int(each)


def _layers(name: str, each: Any) -> list[int]:
    if isinstance(each, str) or not isinstance(each, Sequence):
        raise ValueError(f"layers must list the neurons of each hidden layer, such as [4, 4]; got {each!r:.80}")
    if len(each) > MOST_LAYERS:
        raise ValueError(f"layers: a page has at most {MOST_LAYERS} hidden layers, got {len(each)}")
    check = _count(MOST_NEURONS)
    return [check(f"layers[{i}]", size) for i, size in enumerate(each)]


def _betas(name: str, each: Any) -> list[float]:
    if isinstance(each, str) or not isinstance(each, Sequence) or len(each) != 2:
        raise ValueError(f"betas must be two numbers, got {each!r:.80}")
    return [check_number(f"betas[{i}]", beta, 0.0, 1.0) for i, beta in enumerate(each)]


def _axes(name: str, each: Any) -> list[int]:
    if isinstance(each, str) or not isinstance(each, Sequence) or len(each) != 2 or each[0] == each[1]:
        raise ValueError(f"axes must be two different inputs, counted from 0; got {each!r:.80}")
    check = _count(2**16, least=0)
    return [check(f"axes[{i}]", axis) for i, axis in enumerate(each)]


def _bool(name: str, each: Any) -> bool:
    if not isinstance(each, bool):
        raise ValueError(f"{name} must be True or False, got {each!r:.80}")
    return each


_CHECKS: dict[str, Callable[[str, Any], Any]] = {  # the limits are those of web/play/settings.js
    "data": _one_of("data", dict.fromkeys(get_args(DataName))),
    "rows": _count(500, least=20), "noise": _number(most=0.5), "data_seed": _seed,
    "test_share": _number(most=0.8), "classes": _count(MOST_CLASSES, least=2),
    "layers": _layers, "activation": _one_of("activation", ACTIVATIONS), "output": _one_of("output", ACTIVATIONS),
    "init": _one_of("init", INITIALIZERS), "seed": _count(2**53 - 1, least=0),
    "loss": _one_of("loss", LOSSES), "optimizer": _one_of("optimizer", OPTIMIZERS),
    "lr": _number(most=1000, above=True), "momentum": _share, "nesterov": _bool, "alpha": _share, "betas": _betas,
    "eps": _number(most=1, above=True), "weight_decay": _number(most=1000),
    "l1": _number(most=1000), "l2": _number(most=1000), "clip_norm": _number(most=1e6),
    "batch_size": _count(100_000, least=0), "shuffle_seed": _seed, "axes": _axes,
}  # fmt: skip
