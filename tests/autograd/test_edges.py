"""Values and derivatives at the edge of the floats, against tables derived by hand.

The numbers come from mathematics: the limit where there is one, the C standard's annex F for the elementary functions,
IEEE 754 for the arithmetic. Where the formula of a rule meets 0·inf or inf/inf, and so gives nan although a limit
exists, a comment says so. The sign of a zero is held for values, and not for derivatives.
"""

import itertools
import math

import numpy as np
import pytest

from autograd import OPERATIONS, Value
from autograd.nodes import apply

inf, nan, pi, ln2 = math.inf, math.nan, math.pi, math.log(2)
t, H = 1e-300, 1e300

SIN, COS, TAN = -0.81788191211590860, -0.57538611195754905, 1.42144882387472441  # at H, reduced with 400 digits
ASIN, ACOS = 1.5706549054381862, 0.00014142135671046477  # of the float nearest to 0.99999999
SLOPE = 7071.067811777938  # 1/√(1 - x²) of it, in 60 digits; 1 - x·x has but 8 of them right
LOG = 690.77552789821370526  # ln H = -ln t

POINTS = (0.0, -0.0, t, -t, H, -H, inf, -inf, nan)

# fmt: off
OF_ONE_NUMBER = {
    #          0.0     -0.0     1e-300  -1e-300  1e300   -1e300  inf    -inf    nan
    "neg":   ((-0.0,   0.0,     -t,     t,       -H,     H,      -inf,  inf,    nan),
              (-1,     -1,      -1,     -1,      -1,     -1,     -1,    -1,     -1)),
    "abs":   ((0.0,    0.0,     t,      t,       H,      H,      inf,   inf,    nan),
              (0,      0,       1,      -1,      1,      -1,     1,     -1,     nan)),
    "exp":   ((1,      1,       1,      1,       inf,    0.0,    inf,   0.0,    nan),
              (1,      1,       1,      1,       inf,    0,      inf,   0,      nan)),
    # The derivative of the logarithm is 1/x also where the logarithm is nan, as in PyTorch.
    "log":   ((-inf,   -inf,    -LOG,   nan,     LOG,    nan,    inf,   nan,    nan),
              (inf,    -inf,    H,      -H,      t,      -t,     0,     0,      nan)),
    "log1p": ((0.0,    -0.0,    t,      -t,      LOG,    nan,    inf,   nan,    nan),
              (1,      1,       1,      1,       t,      -t,     0,     0,      nan)),
    "expm1": ((0.0,    -0.0,    t,      -t,      inf,    -1,     inf,   -1,     nan),
              (1,      1,       1,      1,       inf,    0,      inf,   0,      nan)),
    "sqrt":  ((0.0,    -0.0,    1e-150, nan,     1e150,  nan,    inf,   nan,    nan),
              (inf,    inf,     5e149,  nan,     5e-151, nan,    0,     nan,    nan)),
    "sin":   ((0.0,    -0.0,    t,      -t,      SIN,    -SIN,   nan,   nan,    nan),
              (1,      1,       1,      1,       COS,    COS,    nan,   nan,    nan)),
    "cos":   ((1,      1,       1,      1,       COS,    COS,    nan,   nan,    nan),
              (0,      0,       -t,     t,       -SIN,   SIN,    nan,   nan,    nan)),
    "tan":   ((0.0,    -0.0,    t,      -t,      TAN,    -TAN,   nan,   nan,    nan),
              (1,      1,       1,      1, 1 + TAN**2, 1 + TAN**2, nan, nan,    nan)),
    "asin":  ((0.0,    -0.0,    t,      -t,      nan,    nan,    nan,   nan,    nan),
              (1,      1,       1,      1,       nan,    nan,    nan,   nan,    nan)),
    "acos":  ((pi / 2, pi / 2,  pi / 2, pi / 2,  nan,    nan,    nan,   nan,    nan),
              (-1,     -1,      -1,     -1,      nan,    nan,    nan,   nan,    nan)),
    "atan":  ((0.0,    -0.0,    t,      -t,      pi / 2, -pi / 2, pi / 2, -pi / 2, nan),
              (1,      1,       1,      1,       0,      0,      0,     0,      nan)),
    "sinh":  ((0.0,    -0.0,    t,      -t,      inf,    -inf,   inf,   -inf,   nan),
              (1,      1,       1,      1,       inf,    inf,    inf,   inf,    nan)),
    "cosh":  ((1,      1,       1,      1,       inf,    inf,    inf,   inf,    nan),
              (0,      0,       t,      -t,      inf,    -inf,   inf,   -inf,   nan)),
    "tanh":  ((0.0,    -0.0,    t,      -t,      1,      -1,     1,     -1,     nan),
              (1,      1,       1,      1,       0,      0,      0,     0,      nan)),
    "erf":   ((0.0,    -0.0,    2 * t / math.sqrt(pi), -2 * t / math.sqrt(pi), 1, -1, 1, -1, nan),
              (*[2 / math.sqrt(pi)] * 4,         0,      0,      0,     0,      nan)),
    "sigmoid": ((0.5,  0.5,     0.5,    0.5,     1,      0.0,    1,     0.0,    nan),
              (0.25,   0.25,    0.25,   0.25,    0,      0,      0,     0,      nan)),
    "softplus": ((ln2, ln2,     ln2,    ln2,     H,      0.0,    inf,   0.0,    nan),
              (0.5,    0.5,     0.5,    0.5,     1,      0,      1,     0,      nan)),
    # nan is not below 0: relu'(nan) is that of the upper branch, as in PyTorch; the value carries the nan.
    "relu":  ((0.0,    0.0,     t,      0.0,     H,      0.0,    inf,   0.0,    nan),
              (0,      0,       1,      0,       1,      0,      1,     0,      1)),
    # x·Φ(x) at -inf would be -inf·0, and so would the x·φ(x) of the derivative at ±inf: these are the limits.
    "ndtr":  ((0.5,    0.5,     0.5,    0.5,     1,      0.0,    1,     0.0,    nan),
              (*[1 / math.sqrt(2 * pi)] * 4,     0,      0,      0,     0,      nan)),
    "gelu":  ((0.0,    -0.0,    t / 2,  -t / 2,  H,      -0.0,   inf,   -0.0,   nan),
              (0.5,    0.5,     0.5,    0.5,     1,      0,      1,     0,      nan)),
    # The same of x·σ(x).
    "silu":  ((0.0,    -0.0,    t / 2,  -t / 2,  H,      -0.0,   inf,   -0.0,   nan),
              (0.5,    0.5,     0.5,    0.5,     1,      0,      1,     0,      nan)),
    "step":  ((0.0,    0.0,     1,      0.0,     1,      0.0,    1,     0.0,    nan),
              (0,      0,       0,      0,       0,      0,      0,     0,      0)),
}

AT_THE_EDGE_OF_THE_DOMAIN = {
    #        x, value, derivative
    "log1p": [(-1.0, -inf, inf), (-1.5, nan, -2.0)],
    "asin": [(1.0, pi / 2, inf), (-1.0, -pi / 2, inf), (0.99999999, ASIN, SLOPE), (1.5, nan, nan)],
    "acos": [(1.0, 0.0, -inf), (-1.0, pi, -inf), (0.99999999, ACOS, -SLOPE), (1.5, nan, nan)],
}

OF_MORE_NUMBERS = {
    "add": [
        #   operands         value      derivatives
        ((inf, -inf),        nan,       (1, 1)),
        ((inf, H),           inf,       (1, 1)),
        ((1.7e308, 1.7e308), inf,       (1, 1)),
        ((0.0, -0.0),        0.0,       (1, 1)),
        ((-0.0, -0.0),       -0.0,      (1, 1)),
        ((nan, 1.0),         nan,       (1, 1)),
    ],
    "sub": [
        ((inf, inf),         nan,       (1, -1)),
        ((-1.7e308, 1.7e308), -inf,     (1, -1)),
        ((0.0, 0.0),         0.0,       (1, -1)),
        ((-0.0, 0.0),        -0.0,      (1, -1)),
        ((1.0, nan),         nan,       (1, -1)),
    ],
    "mul": [
        ((0.0, inf),         nan,       (inf, 0)),
        ((-0.0, 3.0),        -0.0,      (3, 0)),
        ((H, -H),            -inf,      (-H, H)),
        ((t, t),             0.0,       (t, t)),
        ((nan, 0.0),         nan,       (0, nan)),
    ],
    "div": [
        ((1.0, 0.0),         inf,       (inf, -inf)),
        ((1.0, -0.0),        -inf,      (-inf, -inf)),  # -1/b² is negative on both sides of 0
        ((-1.0, 0.0),        -inf,      (inf, inf)),
        ((-1.0, -0.0),       inf,       (-inf, inf)),
        ((0.0, 0.0),         nan,       (inf, nan)),
        ((0.0, -1.0),        -0.0,      (-1, 0)),
        ((inf, inf),         nan,       (0, nan)),
        ((1.0, -inf),        -0.0,      (0, 0)),
        ((H, t),             inf,       (H, -inf)),
        ((nan, 0.0),         nan,       (inf, nan)),
        ((1.0, nan),         nan,       (nan, nan)),
    ],
    "pow": [
        ((2.0, 3.0),         8.0,       (12, 8 * ln2)),
        ((0.0, 0.0),         1.0,       (0, 0)),
        ((-0.0, 0.0),        1.0,       (0, 0)),
        ((0.0, 1.0),         0.0,       (1, 0)),
        ((-0.0, 3.0),        -0.0,      (0, 0)),
        ((0.0, 0.5),         0.0,       (inf, 0)),
        ((0.0, -1.0),        inf,       (-inf, -inf)),
        ((-0.0, -1.0),       -inf,      (-inf, inf)),
        ((-0.0, -2.0),       inf,       (inf, -inf)),
        ((-2.0, 3.0),        -8.0,      (12, nan)),     # between the integers there is no real power of -2
        ((-8.0, 1 / 3),      nan,       (nan, nan)),
        ((H, 2.0),           inf,       (2e300, inf)),
        ((-H, 3.0),          -inf,      (inf, nan)),
        ((t, -3.0),          inf,       (-inf, -inf)),
        ((-t, -3.0),         -inf,      (-inf, nan)),
        ((inf, 0.0),         1.0,       (0, inf)),
        ((-inf, 3.0),        -inf,      (inf, nan)),
        ((inf, -1.0),        0.0,       (0, nan)),      # 0·inf: the limit of x⁻¹·ln x is 0
        ((0.5, inf),         0.0,       (nan, 0)),      # inf·0: the limit is 0
        ((1.0, nan),         1.0,       (nan, 0)),      # 1 to any power is 1, in IEEE 754
        ((nan, 0.0),         1.0,       (0, nan)),      # and any number to the power 0
        ((nan, 2.0),         nan,       (nan, nan)),
    ],
    "atan2": [
        ((0.0, 1.0),         0.0,       (1, 0)),
        ((-0.0, 1.0),        -0.0,      (1, 0)),
        ((1.0, 0.0),         pi / 2,    (0, -1)),
        ((0.0, -1.0),        pi,        (-1, 0)),
        ((-0.0, -1.0),       -pi,       (-1, 0)),
        ((0.0, 0.0),         0.0,       (nan, nan)),    # the origin has no direction, and the angle no derivative there
        ((-0.0, -0.0),       -pi,       (nan, nan)),
        ((H, H),             pi / 4,    (5e-301, -5e-301)),
        ((t, t),             pi / 4,    (5e299, -5e299)),
        ((inf, 1.0),         pi / 2,    (0, nan)),      # inf/inf: the limit is 0
        ((inf, -inf),        3 * pi / 4, (nan, nan)),
        ((nan, 1.0),         nan,       (nan, nan)),
    ],
    "hypot": [
        ((-3.0, 4.0),        5.0,       (-0.6, 0.8)),
        ((-0.0, 3.0),        3.0,       (0, 1)),
        ((0.0, 0.0),         0.0,       (nan, nan)),    # the tip of a cone
        ((H, -H),            math.sqrt(2) * H, (math.sqrt(0.5), -math.sqrt(0.5))),
        ((t, t),             math.sqrt(2) * t, (math.sqrt(0.5), math.sqrt(0.5))),
        ((1.7e308, 1.7e308), inf,       (math.sqrt(0.5), math.sqrt(0.5))),  # the value overflows; they do not
        ((-inf, 1.0),        inf,       (nan, 0)),      # inf/inf: the limit is -1
        ((inf, nan),         inf,       (nan, nan)),    # longer than any number, in IEEE 754
        ((1.0, nan),         nan,       (nan, nan)),
    ],
    "maximum": [
        ((1.0, 2.0),         2.0,       (0, 1)),
        ((1.0, 1.0),         1.0,       (0.5, 0.5)),
        ((3.0, 1.0, 3.0),    3.0,       (0.5, 0, 0.5)),
        ((0.0, 0.0, 0.0, 0.0), 0.0,     (0.25, 0.25, 0.25, 0.25)),
        ((inf, inf),         inf,       (0.5, 0.5)),
        ((-inf, inf),        inf,       (0, 1)),
        ((t, -t),            t,         (1, 0)),
        ((nan, 1.0),         nan,       (nan, nan)),
        ((1.0, nan),         nan,       (nan, nan)),
    ],
    "minimum": [
        ((1.0, 2.0),         1.0,       (1, 0)),
        ((1.0, 1.0),         1.0,       (0.5, 0.5)),
        ((1.0, 3.0, 1.0),    1.0,       (0.5, 0, 0.5)),
        ((-inf, -inf),       -inf,      (0.5, 0.5)),
        ((-inf, inf),        -inf,      (1, 0)),
        ((t, -t),            -t,        (0, 1)),
        ((nan, 1.0),         nan,       (nan, nan)),
        ((1.0, nan),         nan,       (nan, nan)),
    ],
    "leaky_relu": [
        ((0.0, 0.25),        0.0,       (0.25, 0)),
        ((-0.0, 0.25),       -0.0,      (0.25, 0)),
        ((2.0, 0.25),        2.0,       (1, 0)),
        ((-2.0, 0.25),       -0.5,      (0.25, -2)),
        ((-H, 0.25),         -2.5e299,  (0.25, -H)),
        ((inf, 0.25),        inf,       (1, 0)),
        ((-inf, 0.25),       -inf,      (0.25, -inf)),
        ((-inf, 0.0),        nan,       (0, -inf)),     # 0·inf: relu(-inf) is the limit, 0
        ((nan, 0.25),        nan,       (1, 0)),        # nan is not below 0
    ],
    "elu": [
        ((0.0, 2.0),         0.0,       (2, 0)),        # from the left
        ((-0.0, 2.0),        -0.0,      (2, 0)),
        ((-t, 2.0),          -2 * t,    (2, -t)),
        ((t, 2.0),           t,         (1, 0)),
        ((-H, 2.0),          -2.0,      (0, -1)),
        ((H, 2.0),           H,         (1, 0)),
        ((-inf, 2.0),        -2.0,      (0, -1)),
        ((inf, 2.0),         inf,       (1, 0)),
        ((nan, 2.0),         nan,       (1, 0)),        # nan is not below 0
    ],
    "where": [
        ((1.0, 5.0, nan),    5.0,       (0, 1, 0)),
        ((0.0, inf, 7.0),    7.0,       (0, 0, 1)),
        ((-0.0, 5.0, 7.0),   7.0,       (0, 0, 1)),
        ((t, 5.0, 7.0),      5.0,       (0, 1, 0)),
        ((nan, 5.0, 7.0),    5.0,       (0, 1, 0)),     # nan is not 0
        ((1.0, -0.0, 7.0),   -0.0,      (0, 1, 0)),
    ],
    "dot": [
        ((0.0, 1.0, inf, 1.0), nan,     (inf, 1, 0, 1)),
        ((H, H, H, -H),      nan,       (H, -H, H, H)),  # inf - inf
        ((-0.0, 1.0),        -0.0,      (1, 0)),
        ((1.0, nan, 1.0, 0.0), nan,     (1, 0, 1, nan)),
    ],
    "logsumexp": [
        ((0.0, 0.0),         ln2,       (0.5, 0.5)),
        ((1000.0, 1000.0),   1000 + ln2, (0.5, 0.5)),
        ((-1000.0, -1000.0), -1000 + ln2, (0.5, 0.5)),
        ((1.7e308, -1.7e308), 1.7e308,  (1, 0)),
        ((-inf, 0.0),        0.0,       (0, 1)),
        ((-inf, -inf),       -inf,      (nan, nan)),    # 0/0: no summand is the largest
        ((inf, 0.0),         inf,       (nan, 0)),      # inf/inf: the limit is 1
        ((nan, 0.0),         nan,       (nan, nan)),
    ],
    "take": [
        ((0.0, 5.0, nan),    5.0,       (0, 1, 0)),
        ((-0.0, 5.0, nan),   5.0,       (0, 1, 0)),
        ((1.0, 5.0, inf),    inf,       (0, 0, 1)),
        ((1.0, 5.0, -0.0),   -0.0,      (0, 0, 1)),
    ],
}
# fmt: on

ROWS = [
    *(
        (name, (x,), y, (dy,))
        for name, (ys, dys) in OF_ONE_NUMBER.items()
        for x, y, dy in zip(POINTS, ys, dys, strict=True)
    ),
    *((name, (x,), y, (dy,)) for name, rows in AT_THE_EDGE_OF_THE_DOMAIN.items() for x, y, dy in rows),
    *((name, *row) for name, rows in OF_MORE_NUMBERS.items() for row in rows),
]


def same(number, expected):
    """Equal up to the last digit (mathematical libraries differ in it); nan is equal to nan."""
    return math.isclose(number, expected, rel_tol=1e-15) or (number != number and expected != expected)


def same_with_sign_of_zero(number, expected):
    return same(number, expected) and (expected != 0 or math.copysign(1, number) == math.copysign(1, expected))


@pytest.mark.parametrize(("name", "operands", "expected", "_derivatives"), ROWS)
def test_value(name, operands, expected, _derivatives):
    assert same_with_sign_of_zero(apply(OPERATIONS[name], *map(Value, operands)).data, expected)


@pytest.mark.parametrize(("name", "operands", "_value", "expected"), ROWS)
def test_derivatives(name, operands, _value, expected):
    partials = apply(OPERATIONS[name], *map(Value, operands)).partials
    assert [same(partial, e) for partial, e in zip(partials, expected, strict=True)] == [True] * len(expected), partials


EXPECTED = [
    "add", "sub", "mul", "div", "pow", "neg", "abs", "exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan",
    "asin", "acos", "atan", "sinh", "cosh", "tanh", "erf", "ndtr", "sigmoid", "softplus", "relu", "gelu", "silu",
    "step", "leaky_relu", "elu", "maximum", "minimum", "atan2", "hypot", "where", "dot", "logsumexp", "take",
]  # fmt: skip


@pytest.mark.parametrize("name", EXPECTED)
def test_the_book_has_the_operation_and_the_tables_have_rows(name):
    assert name in OPERATIONS
    assert name in OF_ONE_NUMBER or name in OF_MORE_NUMBERS


# --------------------------------------------------------------- laws of every operation, also of one without rows

UNARY = [operation for operation in OPERATIONS.values() if operation.operands == ("x",)]
OF_QUANTITIES = [
    operation
    for operation in OPERATIONS.values()
    if not any(isinstance(interval, (set, frozenset)) for interval in operation.domain)
]


@pytest.mark.parametrize("operation", OF_QUANTITIES, ids=lambda operation: operation.name)
def test_no_edge_point_raises_and_all_give_floats(operation):
    for operands in itertools.product(POINTS, repeat=len(operation.domain)):
        node = apply(operation, *map(Value, operands))
        assert {type(number) for number in (node.data, *node.partials)} == {float}


@pytest.mark.parametrize("operation", UNARY, ids=lambda operation: operation.name)
def test_nan_in_gives_nan_out(operation):
    assert math.isnan(apply(operation, Value(nan)).data)


def test_the_laws_hold_for_all_functions_of_one_number():
    assert {operation.name for operation in UNARY} >= set(OF_ONE_NUMBER)


# ------------------------------------------------------------------------------------------- planted faults


@pytest.mark.parametrize(
    ("number", "expected"), [(1.0, 1.0 + 1e-14), (0.0, t), (inf, -inf), (inf, H), (nan, 0.0), (0.0, nan)]
)
def test_the_comparison_sees_a_difference(number, expected):
    assert not same(number, expected)


@pytest.mark.parametrize(("number", "expected"), [(0.0, -0.0), (-0.0, 0.0)])
def test_the_comparison_sees_the_sign_of_zero(number, expected):
    assert not same_with_sign_of_zero(number, expected)


WHOLE = [0.0, 1.0, 2.0, 3.0, 2.0**53 - 1.0, 2.0**53, 2.0**53 + 2.0, 1e300]
NEARLY = [0.5, 1.0 - 2.0**-53, 1.0 + 2.0**-52, 3.0 - 2.0**-51, 2.0**-1074, 2.0**52 + 0.5, 1.0 / 3.0]
BASES = [0.0, 0.5, 1.0, 2.0, 1e-300, 1e300, math.inf]


@pytest.mark.parametrize("exponent", [sign * b for b in [*WHOLE, *NEARLY, math.inf] for sign in (1.0, -1.0)])
def test_a_power_is_that_of_c_whole_exponent_or_nearly(exponent):
    for base in [sign * a for a in BASES for sign in (1.0, -1.0)]:
        with np.errstate(all="ignore"):
            expected = float(np.power(np.array([base]), np.array([exponent]))[0])  # which calls C's pow
        number = (Value(base) ** exponent).data
        assert math.isnan(number) == math.isnan(expected), (base, exponent)
        assert number == pytest.approx(expected, rel=1e-13, nan_ok=True), (base, exponent)
        assert math.isnan(number) or math.copysign(1.0, number) == math.copysign(1.0, expected), (base, exponent)
