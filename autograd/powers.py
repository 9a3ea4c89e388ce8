"""The partial derivatives of aᵇ: b·aᵇ⁻¹ and aᵇ·ln a, as textbooks have them, for numbers, and for nodes.

They are written against the namespace `m`, as all rules are: see operations.py, which enters them into the book.
"""

from typing import Any

_BELOW_1 = 1.0 - 2.0**-24  # in float32, too


def partials(m: Any, y: Any, a: Any, b: Any) -> tuple:
    """As textbooks have them."""
    by_base = m.where(abs(b) <= 0, 0.0, b * m.pow(a, b - 1.0))  # d(a⁰)/da is 0, also at a = 0
    return by_base, _unless_of_0(m, a, b, y * m.log(a), 0.0)


def of_numbers(m: Any, y: Any, a: Any, b: Any) -> tuple:
    """Without loss of digits."""
    by_base = m.where(abs(b) <= 0, 0.0, _by_base(m, y, a, b))
    return by_base, _unless_of_0(m, a, b, _by_exponent(m, y, a, b), 0.0)


def of_nodes(m: Any, y: Any, a: Any, b: Any) -> tuple:
    """By operations whose derivatives are right, in their turn."""
    by_0, of_0 = 0.0, 0.0
    if not isinstance(b, float):  # these are 0 and have derivatives: 1/a by b; that of aᵇ·ln a by a
        by_0 = m.where(abs(a) > 0, m.div(b * y, a), 0.0)
        of_0 = m.where(b > 0, 0.0 - m.pow(a, b * _BELOW_1), 0.0)  # ends as aᵇ·ln a does: -∞ where b ≤ 1
    by_power = b * m.pow(a, b - 1.0)
    if not (isinstance(b, float) and 0.5 <= abs(b) < 2.0**53):  # aᵇ⁻² may overflow; b - 1 is rounded
        by_quotient = m.where(abs(a) > 0, m.where(abs(a) + abs(b) < float("inf"), m.div(b * y, a), by_power), by_power)
        by_power = m.where(abs(b) < 0.5, by_quotient, m.where(abs(b) < 2.0**53, by_power, by_quotient))
    return m.where(abs(b) <= 0, by_0, by_power), _unless_of_0(m, a, b, y * m.log(a), of_0)


def _unless_of_0(m: Any, a: Any, b: Any, by_exponent: Any, of_0: Any) -> Any:
    return m.where(abs(a) <= 0, m.where(b >= 0, of_0, by_exponent), by_exponent)  # d(0ᵇ)/db is 0


def _by_base(m: Any, y: Any, a: Any, b: Any) -> Any:
    """b·aᵇ⁻¹. Where b - 1 is rounded, its digits count as often as ln a, and its sign does not hold: there b·y/a."""
    c = b - 1.0
    is_exact = m.where(abs((c + 1.0) - b) <= 0, m.where(abs((b - c) - 1.0) <= 0, 1.0, 0.0), 0.0)
    is_finite = m.where(abs(a) > 0, m.where(abs(a) + abs(b) < float("inf"), 1.0, 0.0), 0.0)
    by_power = b * m.pow(a, c)
    return m.where(is_exact, by_power, m.where(is_finite, m.div(b * y, a), by_power))


def _by_exponent(m: Any, y: Any, a: Any, b: Any) -> Any:
    """aᵇ·ln a, where aᵇ may overflow."""
    root, log = m.pow(a, 0.5 * b), m.log(a)
    by_halves = m.where(a > 0, root * (root * log), y * log)
    return m.where(abs(y) < float("inf"), y * log, by_halves)
