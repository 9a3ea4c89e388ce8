"""What is less exact than promised, by name: each with its bound, as a part of the exact number, and the reason."""

from typing import NamedTuple

MOST = 1e-12  # of a bound
MOST_IN_FLOAT32 = 1e-5  # where NumPy's own functions are off by ulps, or a difference of up to 88 is rounded


class Exceptional(NamedTuple):
    bound: float
    reason: str


ROUNDED = "the difference of two logits is rounded, and counts as often as it is large: up to 745 times"

SUMS = ("mse", "sse", "l1", "huber")

# By the name of the operation and what of it: as in WHAT of judging.py, with " in float32" of what is compiled to that.
EXCEPTIONS: dict[tuple[str, str], Exceptional] = {
    ("log_softmax", "value"): Exceptional(9e-14, ROUNDED),
    ("cross_entropy", "value"): Exceptional(9e-14, ROUNDED),
    ("log_softmax", "first derivative"): Exceptional(9e-14, ROUNDED),
    ("cross_entropy", "first derivative"): Exceptional(9e-14, ROUNDED),
    ("logsumexp", "first derivative"): Exceptional(9e-14, ROUNDED),
    **{
        (name, f"{what} in float32"): Exceptional(5e-6, "the difference is rounded, and counts up to 88 times")
        for name, what in (
            ("logsumexp", "first derivative"),
            ("_logsumexp_below", "first derivative"),
            ("_exp_of_difference", "value"),
            ("_exp_of_difference", "first derivative"),
            ("softmax", "first derivative"),
            ("log_softmax", "first derivative"),
            ("cross_entropy", "first derivative"),
        )
    },
    **{(f"{loss}_loss", "value"): Exceptional(1e-15, "a sum of up to 100 terms, term by term") for loss in SUMS},
    ("tan", "first derivative in float32"): Exceptional(1e-6, "NumPy's tan, squared near its poles"),
}

# Of these, second and third derivatives (those of the inner operations are such) are held where 1/r² is a float.
BY_DISTANCE = {"hypot", "atan2", "_cosine", "_over_square"}
