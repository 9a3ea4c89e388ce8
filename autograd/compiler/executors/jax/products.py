"""Contractions: products of matrices by `einsum`, others element by element."""

from math import prod

from ...kinds import Contract
from ...program import Step
from ...views import View
from .refs import ROWS, Ref
from .writer import Writer


def write_contract(writer: Writer, step: Step, kind: Contract) -> Ref:
    """Σ left·right, or Σ of one operand."""
    *axes, out = kind.axes
    lengths: dict[str, int] = {"b": ROWS}
    for view, letters in zip(step.views, axes, strict=True):
        lengths |= zip(letters.removeprefix("b"), view.shape, strict=True)
    factors = [_factor(writer, view, letters) for view, letters in zip(step.views, axes, strict=True)]
    present = "".join(letters for _, letters in factors)
    summed = [letter for letter in dict.fromkeys(present) if letter not in out]
    scale = kind.scale * prod(
        [length for letter, length in lengths.items() if letter not in present + out and letter != "b"]
    )
    times_rows = "b" in "".join(axes) and "b" not in present + out  # nothing differs from row to row, and it is summed
    if len(factors) == 1:
        ref, letters = _total(step, *factors[0], summed)
        if ref.is_turned and out[1:2] == letters[0]:
            out = letters[:2] + out[2:]  # it stays with the turns in front
        elif ref.is_turned:
            ref, letters = ref.rows_first, f"b{letters[0]}{letters[2:]}"
    elif summed and _is_product(factors, out):
        turned = f"{out[1:2]}b"
        is_turned = out.startswith("b") and any(letters.startswith(turned) for _, letters in factors)
        if is_turned and set(out) <= set(present):
            out = turned + out[2:]  # it stays with the turns in front
        ref, letters = _product(factors, out, present)
    else:
        order = "".join(letter for letter in out if letter in present) + "".join(summed)
        a, b = (_arranged(ref, letters, order) for ref, letters in factors)
        ref = Ref(f"({a} * {b})", tuple([lengths[letter] for letter in order]))
        ref, letters = _total(step, ref, order, summed)
    text = ref.text
    if times_rows:
        text = f"({text}) * rows"
    if scale != 1.0 and not step.boolean:
        text = f"-({text})" if scale == -1.0 else f"{scale!r} * {text}"
    return _spread(Ref(text, ref.shape), letters, out)


def _factor(writer: Writer, view: View, letters: str) -> tuple[Ref, str]:
    """A factor without the axes along which it is the same, and the letters of the others."""
    of_view = letters.removeprefix("b")
    turned = writer.part_of_turns(view)
    if turned is not None and turned.shape == (view.shape[0], ROWS, *view.shape[1:]):
        return turned, f"{of_view[0]}b{of_view[1:]}"
    ref, moving = writer.part(view)
    kept = "".join([of_view[axis] for axis in moving])
    return ref, "b" * ref.by_row + kept


def _is_product(factors: list[tuple[Ref, str]], out: str) -> bool:
    """Whether there is a matrix in it: something that one factor has alone is kept."""
    left, right = (set(letters) for _, letters in factors)
    return bool((left ^ right) & set(out))


def _product(factors: list[tuple[Ref, str]], out: str, present: str) -> tuple[Ref, str]:
    """By `einsum`."""
    lengths: dict[str, int] = {}
    for ref, letters in factors:
        lengths |= zip(letters, ref.shape, strict=True)
    kept = "".join([letter for letter in out if letter in present])
    (a, of_a), (b, of_b) = factors
    alone = [letter for letter in kept if not (letter in of_a and letter in of_b)]
    if alone[0] in of_b:  # its axes come first in the result, which so needs no transpose
        (a, of_a), (b, of_b) = (b, of_b), (a, of_a)
    text = f"einsum('{of_a},{of_b}->{kept}', {a.text}, {b.text})"
    return Ref(text, tuple([lengths[letter] for letter in kept])), kept


def _total(step: Step, ref: Ref, letters: str, summed: list[str]) -> tuple[Ref, str]:
    """The sum over these axes; of booleans, whether one of them holds."""
    if not summed:
        return ref, letters
    axes = [n for n, letter in enumerate(letters) if letter in summed]
    along = str(axes[0]) if len(axes) == 1 else str(tuple(axes))
    kept = [(letter, length) for letter, length in zip(letters, ref.shape, strict=True) if letter not in summed]
    text = f"{'any' if step.boolean else 'sum'}({ref.bare}, {along})"
    return Ref(text, tuple([length for _, length in kept])), "".join([letter for letter, _ in kept])


def _arranged(ref: Ref, letters: str, order: str) -> str:
    """An array with its axes in this order, of length 1 where it has none."""
    present = [letter for letter in order if letter in letters]
    text, axes = ref.text, [letters.index(letter) for letter in present]
    if axes != list(range(len(axes))):
        text += ".T" if len(axes) == 2 else f".transpose({', '.join(map(str, axes))})"
    missing = [letter not in letters for letter in order]
    first = missing.index(False) if False in missing else len(missing)
    if any(missing[first:]):  # those in front come by themselves
        text += f"[{', '.join(['None' if each else ':' for each in missing[first:]])}]"
    return text


def _spread(ref: Ref, letters: str, out: str) -> Ref:
    """With an axis of length 1 for each letter that is missing."""
    if letters == out:
        return ref
    lengths = dict(zip(letters, ref.shape, strict=True))
    inner = out.removeprefix("b") if "b" not in letters else out
    index = ", ".join([":" if letter in letters else "None" for letter in inner])
    text = f"({ref.text})[{index}]" if letters != inner else ref.text
    return Ref(text, tuple([lengths.get(letter, 1) for letter in inner]))
