"""What users give, as the floats and the texts that a Value holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import cython  # Cython looks for this line
else:
    from . import _cython as cython

if not cython.compiled:
    FINGERPRINT = 0  # setup.py gives it
BUILT_FROM: int = FINGERPRINT  # of the sources that the compiled core was made of; see _build.py


def real(x: Any) -> float | None:
    """A plain number as a float; None where x is something else."""
    if isinstance(x, (float, int)):
        return float(x)
    dtype = getattr(x, "dtype", None)  # a NumPy scalar, recognised without importing NumPy
    if dtype is not None and getattr(x, "shape", None) == () and getattr(dtype, "kind", None) in ("b", "u", "i", "f"):
        return None if hasattr(x, "mask") else float(x)  # of what is masked there is no number
    return None


def refuse_masked(x: Any) -> None:
    """Refuse an operand that NumPy has masked: left to NumPy, the mask would be lost without a word."""
    if hasattr(x, "mask") and getattr(x, "shape", None) == ():
        raise TypeError("an operand is masked: of what is masked there is no number; give what is not, or a number")


def is_flat(x: Any) -> bool:
    """Whether x is a list of Python's own numbers and of nothing else."""
    if type(x) is not list:
        return False
    for number in x:  # noqa: SIM110  all() would make a generator
        if type(number) is not float and type(number) is not int:
            return False
    return True


def as_float(what: str, x: Any) -> float:
    """x as a float; an error that names `what` where x is not one real number."""
    number = real(x)
    if number is None:
        hint = " (it is a Value already)" if type(x).__name__ == "Value" else ""
        raise TypeError(f"{what} holds one real number; got {x!r} of type {type(x).__name__}{hint}")
    return number


def as_text(label: Any) -> str:
    """A label as a str and nothing more, which cannot refer to a Value: a graph must stay free of cycles."""
    if type(label) is str:
        return label
    return "" if label is None else str.__str__(str(label))
