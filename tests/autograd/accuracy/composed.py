"""The exact functions that are composed of operations, softmax and the losses, by mpmath: the first output of each."""

from collections.abc import Callable

from mpmath import mp, mpf

from .elementary import smaller_and_larger, softplus, tanh
from .measure import Sized, cancelling
from .several import Numbers, decided, higher, weights


def by_largest(x, first: Numbers, size: mpf) -> Numbers:
    """The derivative by the largest logit, which all others are taken from: a sum of as many terms, of this size.

    (That of its own output is a sum of terms of one sign.)
    """
    return {(i,): Sized(first[i,], size) for i in range(1, len(x)) if x[i] == max(x)}


def _softmax(*x):
    _, p, q, _ = weights(x)

    def second_and_third(i):
        a, b, all_of_it = p[i], q[i], p[0] if i == 0 else -p[0]
        if i == 0:
            return cancelling(a * b * b, -a * a * b), cancelling(a * b * b * b, -4 * (a * b) ** 2, a * b * a * a)
        third = cancelling(all_of_it * a * b * b, -4 * all_of_it * a * a * b, all_of_it * a**3)
        return cancelling(all_of_it * a * b, -all_of_it * a * a), third

    first = {(j,): p[0] * q[0] if j == 0 else -p[0] * p[j] for j in range(len(x))}
    return {(): p[0], **first, **by_largest(x, first, p[0]), **higher(second_and_third, len(x))}


def _cross_entropy(*x):
    top, p, q, log_total = weights(x)
    distance = top - x[0]

    def second_and_third(i):
        return p[i] * q[i], cancelling(p[i] * q[i] * q[i], -p[i] * p[i] * q[i])

    first = {(i,): -q[0] if i == 0 else p[i] for i in range(len(x))}
    first |= by_largest(x, first, mpf(1))
    value = Sized(distance + log_total, distance + decided(log_total))
    return {(): value, **first, **higher(second_and_third, len(x))}


def negative(number):
    return number._replace(number=-number.number) if isinstance(number, Sized) else -number


def _log_softmax(*x):
    return {path: negative(number) for path, number in _cross_entropy(*x).items()}


def _mean_of(function: Callable) -> Callable[..., Numbers]:
    """A mean over pairs: of the terms of `function(p, t)`, which are not negative, and their derivatives by p."""

    def numbers(*xt):
        n = len(xt) // 2
        terms = [function(p, t) for p, t in zip(xt[:n], xt[n:], strict=True)]
        return {(): sum(term[0] for term in terms) / n, **{(i,): term[1] / n for i, term in enumerate(terms)}}

    return numbers


def _squared_errors(*xt):
    n = len(xt) // 2
    differences = [p - t for p, t in zip(xt[:n], xt[n:], strict=True)]
    return {(): sum(d * d for d in differences), **{(i,): 2 * d for i, d in enumerate(differences)}}


def _huber(p, t):
    d = p - t
    return (d * d / 2, d) if abs(d) <= 1 else (abs(d) - mpf(1) / 2, mpf(mp.sign(d)))


def _hinge(s, t):
    return max(mpf(0), 1 - t * s), -t if 1 - t * s > 0 else mpf(0)


def _binary_cross_entropy(p, t):
    log_p, log_q = mp.log(p), mp.log1p(-p)
    q = 1 - p
    return {
        (): -(t * log_p + (1 - t) * log_q),
        (0,): cancelling(-t / p, (1 - t) / q),
        (0, 0): t / p**2 + (1 - t) / q**2,
        (0, 0, 0): cancelling(-2 * t / p**3, 2 * (1 - t) / q**3),
    }


def _with_logits(z, t):
    p, q = smaller_and_larger(z)
    sigma = (p, q) if z <= 0 else (q, p)
    half = -tanh(z / 2)
    return {
        (): t * softplus(-z) + (1 - t) * softplus(z),
        (0,): cancelling((1 - t) * sigma[0], -t * sigma[1]),
        (0, 0): p * q,
        (0, 0, 0): p * q * half,
    }


def _categorical(*p):
    x = p[0]
    return {(): -mp.log(x), (0,): -1 / x, (0, 0): 1 / x**2, (0, 0, 0): -2 / x**3}


COMPOSED: dict[str, Callable[..., Numbers]] = {
    "softmax": _softmax, "log_softmax": _log_softmax,
    "mse_loss": lambda *xt: {path: 2 * y / len(xt) for path, y in _squared_errors(*xt).items()},
    "sse_loss": _squared_errors,
    "l1_loss": _mean_of(lambda p, t: (abs(p - t), mpf(mp.sign(p - t)))),
    "huber_loss": _mean_of(_huber), "hinge_loss": _mean_of(_hinge),
    "binary_cross_entropy": _binary_cross_entropy, "binary_cross_entropy_with_logits": _with_logits,
    "categorical_cross_entropy": _categorical, "cross_entropy": _cross_entropy,
}  # fmt: skip
