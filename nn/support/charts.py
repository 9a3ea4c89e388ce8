"""Small curves as SVG inside HTML: notebooks show them without matplotlib, in the colours of the page around them.

Texts stand outside of the SVG, so that they can be read where it is taken out, as in a notebook that is not trusted.
"""

from collections.abc import Mapping, Sequence
from math import isfinite

from autograd.markup import escaped

_WIDTH, _HEIGHT, _MARGIN = 300, 100, 3  # pixels
_MOST = 300  # points of a curve
_DASHES = ("none", "5 3")


def chart(curves: Mapping[str, Sequence[float]]) -> str:
    """Curves over the epochs on one scale, the second one dashed; a number that is not finite leaves a gap.

    >>> chart({"loss": [2.0, 1.0], "val_loss": [2.0, 1.5]}).count("<polyline")
    2
    """
    finite = [number for numbers in curves.values() for number in numbers if isfinite(number)]
    low, high = min(finite, default=0.0), max(finite, default=1.0)
    epochs = max(map(len, curves.values()), default=0)
    lines = []
    for numbers, dashes in zip(curves.values(), _DASHES, strict=False):
        for points in _runs(numbers, low, high, epochs):
            shape = f'<polyline points="{points}" stroke-dasharray="{dashes}"/>'
            if " " not in points:
                x, y = points.split(",")
                shape = f'<circle cx="{x}" cy="{y}" r="2"/>'
            lines.append(shape)
    caption = f"{', dashed '.join(curves)}, epochs 1 to {epochs}: {low:.4g} to {high:.4g}"
    return (
        f'<div style="display:inline-block;margin:0 1em 1em 0"><div>{escaped(caption)}</div>'
        f'<svg role="img" aria-label="{escaped(caption)}" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" '
        f'height="{_HEIGHT}" fill="none" stroke="currentColor" stroke-width="1.5">{"".join(lines)}</svg></div>'
    )


def _runs(numbers: Sequence[float], low: float, high: float, epochs: int) -> list[str]:
    """The points of a curve, "x,y x,y …", in pieces between which numbers are not finite."""
    step = -(-len(numbers) // _MOST)  # of very many, some; the last one always
    chosen = sorted({*range(0, len(numbers), max(step, 1)), len(numbers) - 1}) if numbers else []
    runs: list[list[str]] = [[]]
    for n in chosen:
        if isfinite(numbers[n]):
            x = _MARGIN + (_WIDTH - 2 * _MARGIN) * n / max(epochs - 1, 1)
            share = numbers[n] / 2 - low / 2, high / 2 - low / 2  # halves: their difference is finite
            y = _MARGIN + (_HEIGHT - 2 * _MARGIN) * (1 - (share[0] / share[1] if share[1] else 0.5))
            runs[-1].append(f"{x:.1f},{y:.1f}")
        elif runs[-1]:
            runs.append([])
    return [" ".join(run) for run in runs if run]
