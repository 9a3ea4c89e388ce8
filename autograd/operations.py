"""The rule book: every operation, written once.

An operation is a value and its partial derivatives. Both are written against a small namespace `m`, so that one line
serves several readers: with `m = autograd.ieee` it computes on floats (a `Value` does this when it is made), with that
of `higher_order` it makes nodes, and `symbolic` reads it as expressions, for whoever writes it in another language: in
C, say, which the compiled core computes with. Some of them (+ - * /, ** of a plain number, -x, exp, log, relu) are
written out once more in value.py, for speed; tests hold both.

    value(m, *operands)        -> y
    partials(m, y, *operands)  -> (∂y/∂operand₁, ∂y/∂operand₂, …)

`domain` gives an interval for each operand on which the tests hold the rule against central differences; a set
instead of an interval lists the values of an operand that is a choice rather than a quantity.

A derivative of any order is right where the partial derivatives are smooth wherever the function is: they neither
branch nor overflow where it does not. The formula that keeps all digits of a number often does. So a derivative may
stand there three times: first as textbooks have it, which pictures show; `exact`, by formulas.py, for numbers; and
`smooth`, by other operations of the book (`m.node`), for nodes; powers.py has all three of aᵇ. A few of these others,
whose names begin with an underscore, are there for nobody else: they are no functions of `autograd`.

An operation that `chooses` among its operands has the partial derivative 0 for those that it did not choose, and no
edge to them: nothing flows there, as into the branch of an `if` that was not taken. Everywhere else 0 is a number.

`a == 0` is written `abs(a) <= 0` here, because `==` of two Values asks whether they are the same node.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from . import formulas, powers

_VARARGS = 4  # inspect.CO_VARARGS, without importing inspect


class Operation(NamedTuple):
    """One entry of the rule book; `symbol` is what a picture of the graph shows and what `Value.op` answers."""

    name: str
    symbol: str
    value: Callable[..., Any]
    partials: Callable[..., tuple]
    domain: tuple
    formula: str = ""
    example: str = ""  # an expression that is true: the doctest of the function
    chooses: bool = False  # a partial derivative of 0 is an edge that is not there

    @property
    def operands(self) -> tuple[str, ...]:
        """The names of the operands; one that starts with * stands for as many as there are."""
        code = self.value.__code__
        names = code.co_varnames[1 : code.co_argcount]
        return (*names, "*" + code.co_varnames[code.co_argcount]) if code.co_flags & _VARARGS else names

    @property
    def defaults(self) -> tuple[float, ...]:
        """Of the last operands."""
        return self.value.__defaults__ or ()

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other

    def __hash__(self) -> int:
        return id(self)

    def has_edge(self, partial: float) -> bool:
        """Whether a gradient goes to an operand with this partial derivative: not to what was not chosen."""
        return partial != 0.0 or not self.chooses

    def __repr__(self) -> str:
        return f"<operation {self.name}>"


OPERATIONS: dict[str, Operation] = {}
"""All by name: Python's own operators before `exp`, then what is a function and a method too; last, the _inner ones."""


def rule(
    name: str,
    value: Callable[..., Any],
    partials: Callable[..., tuple],
    domain: tuple,
    formula: str = "",
    example: str = "",
    symbol: str = "",
    chooses: bool = False,
    exact: Callable[..., tuple] | None = None,
    smooth: Callable[..., tuple] | None = None,
) -> Operation:
    """Enter an operation into the book. `exact` and `smooth` are other formulas of the partials, see above."""

    def chosen(m: Any, y: Any, *operands: Any) -> tuple:
        by = partials if m.textbook else smooth if m.node else exact
        return (by or partials)(m, y, *operands)

    partials_of = chosen if exact or smooth else partials
    entry = Operation(name, symbol or name.lstrip("_"), value, partials_of, domain, formula, example, chooses)
    OPERATIONS[name] = entry
    return entry


def unary(
    name: str,
    value: Callable,
    derivative: Callable,
    domain: tuple[float, float],
    formula: str,
    example: str = "",
    chooses: bool = False,
    exact: Callable | None = None,
    smooth: Callable | None = None,
) -> Operation:
    """Enter a function of one number into the book; `exact(m, x)` and `smooth(m, x)` are other formulas of dy/dx."""
    return rule(
        name,
        value,
        lambda m, y, x: (derivative(m, y, x),),
        (domain,),
        formula,
        example,
        chooses=chooses,
        exact=exact and (lambda m, y, x: (exact(m, x),)),
        smooth=smooth and (lambda m, y, x: (smooth(m, x),)),
    )


def marker(name: str, symbol: str = "") -> Operation:
    """What tells of a node where it comes from, where no rule computes it: a leaf, a sum that a compiler has found."""
    return Operation(name, symbol, lambda m: None, lambda m, y: (), ())


LEAF = marker("leaf")
CONSTANT = marker("constant")  # a leaf that was a plain number
UNRECORDED = marker("unrecorded")  # a leaf that was computed in no_grad()
INPUT = marker("input")  # a leaf that stands for a number of a row, while a function is traced


def _finite(m: Any, x: Any) -> Any:
    """x, but 0 where it is infinite: what it is multiplied by is 0 there, and ∞·0 would be nan."""
    return m.where(abs(x) < float("inf"), x, 0.0)


def _sign(m: Any, x: Any) -> Any:
    return m.where(x > 0, 1.0, m.where(x < 0, -1.0, 0.0 * x))


def _of_book(m: Any, name: str, *operands: Any) -> Any:
    """Another operation of the book: a node, which has its own rule, where `m` makes nodes; else its formula."""
    return m.node(name, *operands) if m.node else OPERATIONS[name].value(m, *operands)


def _cosine_partials(m: Any, y: Any, a: Any, b: Any) -> tuple:
    sine = _of_book(m, "_cosine", b, a)
    return sine * _of_book(m, "_over_square", b, a), -(sine * _of_book(m, "_over_square", a, b))


def _over_square_partials(m: Any, y: Any, a: Any, b: Any) -> tuple:
    x = _of_book(m, "_over_square", b, a)
    return x * x - y * y, -2.0 * (x * y)


def _extreme_partials(m: Any, y: Any, *x: Any) -> tuple:
    hits = [m.where(x_i >= y, m.where(x_i <= y, 1.0, 0.0), 0.0) for x_i in x]
    ties = m.total(hits)  # shared equally; nan has no equal, and its gradient is 0/0
    return tuple(m.div(hit, ties) for hit in hits)


def _dot(m: Any, *xy: Any) -> Any:
    half = len(xy) // 2
    return m.total([x * y for x, y in zip(xy[:half], xy[half:], strict=True)])


def _one_hot(m: Any, index: Any, count: int) -> list:
    return [m.where(abs(index - j) <= 0, 1.0, 0.0) for j in range(count)]


def _place(m: Any, index: Any, count: int) -> Any:
    """The index itself, which is refused where it is none of so many places: also where only the derivative is used."""
    return m.take(index, [float(j) for j in range(count)])


def _finished_of_each(m: Any, turns: Any, count: int) -> list:
    """Partial derivatives that there are none of where the loop is not done."""
    return [m.node("_finished", turns, *[float(i == j) for j in range(count)]) for i in range(count)]


ANY = (-3.0, 3.0)
POSITIVE = (0.2, 3.0)

# fmt: off
# ------------------------------------------------------------------------------------ Python's operators
#          name    y                              ∂y/∂a, ∂y/∂b
ADD = rule("add",  lambda m, a, b: a + b,         lambda m, y, a, b: (1.0, 1.0),
           symbol="+",  domain=(ANY, ANY))
SUB = rule("sub",  lambda m, a, b: a - b,         lambda m, y, a, b: (1.0, -1.0),
           symbol="-",  domain=(ANY, ANY))
MUL = rule("mul",  lambda m, a, b: a * b,         lambda m, y, a, b: (b, a),
           symbol="*",  domain=(ANY, ANY))
DIV = rule("div",  lambda m, a, b: m.div(a, b),   lambda m, y, a, b: (m.div(1.0, b), m.div(-y, b)),
           symbol="/",  domain=(ANY, POSITIVE))
POW = rule("pow",  lambda m, a, b: m.pow(a, b),   powers.partials,
           symbol="**", domain=(POSITIVE, ANY), exact=powers.of_numbers, smooth=powers.of_nodes)
NEG = rule("neg",  lambda m, x: -x,               lambda m, y, x: (-1.0,),
           symbol="-",  domain=(ANY,))
ABS = rule("abs",  lambda m, x: abs(x),           lambda m, y, x: (_sign(m, x),),
           domain=(ANY,))

# ----------------------------------------------- comparisons: 1 where they hold, else 0; nodes in a trace only
LESS          = rule("less",          lambda m, a, b: m.where(a < b, 1.0, 0.0),  lambda m, y, a, b: (0.0, 0.0),
                     symbol="<",  domain=(ANY, ANY), chooses=True)
LESS_EQUAL    = rule("less_equal",    lambda m, a, b: m.where(a <= b, 1.0, 0.0), lambda m, y, a, b: (0.0, 0.0),
                     symbol="<=", domain=(ANY, ANY), chooses=True)
GREATER       = rule("greater",       lambda m, a, b: m.where(a > b, 1.0, 0.0),  lambda m, y, a, b: (0.0, 0.0),
                     symbol=">",  domain=(ANY, ANY), chooses=True)
GREATER_EQUAL = rule("greater_equal", lambda m, a, b: m.where(a >= b, 1.0, 0.0), lambda m, y, a, b: (0.0, 0.0),
                     symbol=">=", domain=(ANY, ANY), chooses=True)

# -------------------------------------------------------------------------------- functions of one number
#     name         y                              dy/dx
#     domain       formula                        example
unary("exp",       lambda m, x: m.exp(x),         lambda m, y, x: y,
      ANY,         "eˣ",                          "exp(0.0) == 1.0")
unary("log",       lambda m, x: m.log(x),         lambda m, y, x: m.div(1.0, x),
      POSITIVE,    "ln x",                        "log(1.0) == 0.0")
unary("log1p",     lambda m, x: m.log1p(x),       lambda m, y, x: m.div(1.0, 1.0 + x),
      (-0.8, 3.0), "ln(1 + x)",                   "log1p(1e-20) == 1e-20")
unary("expm1",     lambda m, x: m.expm1(x),       lambda m, y, x: m.exp(x),
      ANY,         "eˣ - 1",                      "expm1(1e-20) == 1e-20")
unary("sqrt",      lambda m, x: m.sqrt(x),        lambda m, y, x: m.div(0.5, y + 0.0),  # √-0 is -0
      POSITIVE,    "√x",                          "sqrt(9.0) == 3.0")
unary("sin",       lambda m, x: m.sin(x),         lambda m, y, x: m.cos(x),
      ANY,         "sin x",                       "sin(0.0) == 0.0")
unary("cos",       lambda m, x: m.cos(x),         lambda m, y, x: -m.sin(x),
      ANY,         "cos x",                       "cos(0.0) == 1.0")
unary("tan",       lambda m, x: m.tan(x),         lambda m, y, x: 1.0 + y * y,
      (-1.2, 1.2), "tan x",                       "tan(0.0) == 0.0")
unary("asin",      lambda m, x: m.asin(x),        lambda m, y, x: m.div(1.0, m.sqrt(1.0 - x * x)),
      (-0.9, 0.9), "arcsin x",                    "asin(0.0) == 0.0",
      exact=lambda m, x: m.div(1.0, formulas.cosine_of_arcsine(m, x)),
      smooth=lambda m, x: m.div(1.0, m.node("_cosine_of_arcsine", x)))
unary("acos",      lambda m, x: m.acos(x),        lambda m, y, x: m.div(-1.0, m.sqrt(1.0 - x * x)),
      (-0.9, 0.9), "arccos x",                    "acos(1.0) == 0.0",
      exact=lambda m, x: m.div(-1.0, formulas.cosine_of_arcsine(m, x)),
      smooth=lambda m, x: m.div(-1.0, m.node("_cosine_of_arcsine", x)))
unary("atan",      lambda m, x: m.atan(x),        lambda m, y, x: m.div(1.0, 1.0 + x * x),
      ANY,         "arctan x",                    "atan(0.0) == 0.0",
      exact=formulas.lorentzian,                  smooth=lambda m, x: m.node("_lorentzian", x))
unary("sinh",      lambda m, x: m.sinh(x),        lambda m, y, x: m.cosh(x),
      ANY,         "(eˣ - e⁻ˣ)/2",                "sinh(0.0) == 0.0")
unary("cosh",      lambda m, x: m.cosh(x),        lambda m, y, x: m.sinh(x),
      ANY,         "(eˣ + e⁻ˣ)/2",                "cosh(0.0) == 1.0")
unary("tanh",      lambda m, x: m.tanh(x),        lambda m, y, x: 1.0 - y * y,
      ANY,         "(eˣ - e⁻ˣ)/(eˣ + e⁻ˣ)",       "tanh(0.0) == 0.0",
      exact=formulas.sech_squared,                smooth=lambda m, x: m.node("_sech_squared", x))
unary("erf",       lambda m, x: m.erf(x),         lambda m, y, x: formulas.TWO_OVER_SQRT_PI * m.exp(-(x * x)),
      ANY,         "2/√π · ∫₀ˣ e^(-t²) dt",       "erf(0.0) == 0.0",
      exact=formulas.erf_derivative,              smooth=lambda m, x: formulas.TWO_OVER_SQRT_PI * m.node("_bell", x))
unary("ndtr",      formulas.ndtr,                 lambda m, y, x: m.node("_density", x),
      ANY,         "Φ(x), the cumulative normal distribution", "ndtr(0.0) == 0.5",
      exact=formulas.density)

# ---------------------------------------------------------------------------------- activations of a neuron
unary("sigmoid",   formulas.sigmoid,              lambda m, y, x: y * (1.0 - y),
      ANY,         "1/(1 + e⁻ˣ)",                 "sigmoid(0.0) == 0.5",
      exact=formulas.sigmoid_derivative,          smooth=lambda m, x: 0.25 * m.node("_sech_squared", 0.5 * x))
unary("softplus",  formulas.softplus,             lambda m, y, x: m.node("sigmoid", x),
      ANY,         "ln(1 + eˣ)",                  "softplus(800.0) == 800.0",
      exact=formulas.sigmoid)
rule("relu",       lambda m, x: m.where(x <= 0, 0.0, x),
                                                  lambda m, y, x: (m.where(x <= 0, 0.0, 1.0),),
     (ANY,),       "max(0, x), and relu'(0) = 0", "relu(-2.0) == 0.0", chooses=True,
     exact=lambda m, y, x: (m.where(y <= 0, 0.0, 1.0),))  # the same: and nobody needs to keep x
unary("gelu",      formulas.gelu,                 lambda m, y, x: m.node("ndtr", x) + x * m.node("_density", x),
      ANY,         "x·Φ(x), Φ the cumulative normal distribution", "gelu(0.0) == 0.0",
      exact=formulas.gelu_derivative,
      smooth=lambda m, x: m.node("ndtr", x) + _finite(m, x) * m.node("_density", x))
unary("silu",      formulas.silu,                 lambda m, y, x: (s := m.node("sigmoid", x)) * (1.0 + x * (1.0 - s)),
      ANY,         "x/(1 + e⁻ˣ)",                 "silu(0.0) == 0.0",
      exact=formulas.silu_derivative,
      smooth=lambda m, x: m.node("sigmoid", x) + _finite(m, x) * (0.25 * m.node("_sech_squared", 0.5 * x)))
unary("step",      lambda m, x: m.where(x > 0, 1.0, m.where(x <= 0, 0.0, x)),
                                                  lambda m, y, x: 0.0,
      ANY,         "1 where x > 0, else 0; its derivative is 0 everywhere", "step(0.3) == 1.0", chooses=True)
rule("leaky_relu", lambda m, x, slope=0.01: m.where(x <= 0, slope * x, x),
                   lambda m, y, x, slope: (m.where(x <= 0, slope, 1.0), m.where(x <= 0, x, 0.0)),
     (ANY, (0.01, 0.5)), "x where x > 0, else slope·x", "leaky_relu(-2.0) == -0.02")
rule("elu",        lambda m, x, alpha=1.0: m.where(x <= 0, alpha * m.expm1(x), x),
                   lambda m, y, x, alpha: (m.where(x <= 0, alpha * m.exp(x), 1.0), m.where(x <= 0, m.expm1(x), 0.0)),
     (ANY, POSITIVE), "x where x > 0, else alpha·(eˣ - 1)", "elu(2.0) == 2.0")

# --------------------------------------------------------------------------------------- of several numbers
rule("maximum",    lambda m, *values: m.maximum(*values), _extreme_partials, chooses=True,
     domain=(ANY, ANY), formula="the largest value; a tie shares the gradient equally",
     example="maximum(1.0, 3.0, 2.0) == 3.0")
rule("minimum",    lambda m, *values: m.minimum(*values), _extreme_partials, chooses=True,
     domain=(ANY, ANY), formula="the smallest value; a tie shares the gradient equally",
     example="minimum(1.0, 3.0, 2.0) == 1.0")
rule("atan2",      lambda m, y, x: m.atan2(y, x),
                   lambda m, angle, y, x: (_of_book(m, "_over_square", x, y), -_of_book(m, "_over_square", y, x)),
     (ANY, POSITIVE), "the angle of the point (x, y) in radians, from -π to π", "atan2(0.0, 1.0) == 0.0")
rule("hypot",      lambda m, a, b: m.hypot(a, b), lambda m, y, a, b: (m.div(a, y), m.div(b, y)),
     (POSITIVE, ANY), "√(a² + b²)", "hypot(3.0, 4.0) == 5.0",
     exact=lambda m, y, a, b: (formulas.cosine(m, a, b), formulas.cosine(m, b, a)),
     smooth=lambda m, y, a, b: (m.node("_cosine", a, b), m.node("_cosine", b, a)))
rule("where",      lambda m, condition, a, b: m.where(condition, a, b),
                   lambda m, y, condition, a, b: (0.0, m.where(condition, 1.0, 0.0), m.where(condition, 0.0, 1.0)),
     ({0.0, 1.0}, ANY, ANY), "a where the condition is not 0, else b; the other one gets no gradient, as with `if`",
     "where(2 > 1, 5.0, 7.0) == 5.0", chooses=True)

# ------------------------------------------------------------------------------------------------ of lists
rule("dot",        _dot, lambda m, y, *xy: xy[len(xy) // 2:] + xy[:len(xy) // 2],
     (ANY, ANY, ANY, ANY), "Σ xᵢ·yᵢ",            "dot([1.0, 2.0], [3.0, 4.0]) == 11.0")
rule("logsumexp",  lambda m, *x: formulas.logsumexp(m, x), lambda m, y, *x: formulas.logsumexp_partials(m, x),
     (ANY, ANY, ANY), "ln Σ exp(xᵢ)",            "logsumexp([1000.0, 0.0]) == 1000.0")
rule("take",       lambda m, index, *values: m.take(index, values),
                   lambda m, y, index, *values: (0.0, *_one_hot(m, index, len(values))),
     ({0.0, 1.0, 2.0}, ANY, ANY, ANY), "values[index]", "take([5.0, 7.0], 1) == 7.0", chooses=True,
     smooth=lambda m, y, index, *values: (0.0, *_one_hot(m, _place(m, index, len(values)), len(values))))

# ---------------------------------------------------------------- parts of others, and derivatives of others on nodes
FINISHED = rule("_finished", lambda m, turns, *values: m.finished(turns, values),
                lambda m, y, turns, *values: (0.0, *_one_hot(m, turns, len(values))),
     ({0.0, 1.0, 2.0}, ANY, ANY, ANY), "take, of one value: it, where a loop is done, of 0 turns", chooses=True,
     smooth=lambda m, y, turns, *values: (0.0, *_finished_of_each(m, turns, len(values))))
TOTAL = rule("_total", lambda m, *x: m.total(x), lambda m, y, *x: tuple([1.0] * len(x)), (ANY, ANY, ANY), "Σ xᵢ")
rule("_logsumexp_below", lambda m, *x: formulas.logsumexp_below(m, x), lambda m, y, *x: formulas.softmax_below(m, x),
     (ANY, ANY, ANY), "ln Σ exp(xᵢ), where the largest xᵢ is 0")
unary("_sech_squared", formulas.sech_squared,     lambda m, y, x: -2.0 * (m.tanh(x) * y),  ANY, "1/cosh² x")
unary("_bell",     formulas.bell,                 lambda m, y, x: -2.0 * (_finite(m, x) * y), ANY, "e^(-x²)")
unary("_density",  formulas.density,              lambda m, y, x: -(_finite(m, x) * y),    ANY, "e^(-x²/2)/√(2π)")
unary("_lorentzian", formulas.lorentzian,         lambda m, y, x: -2.0 * ((_finite(m, x) * y) * y), ANY, "1/(1 + x²)")
unary("_cosine_of_arcsine", formulas.cosine_of_arcsine, lambda m, y, x: m.div(-x, y), (-0.9, 0.9), "√(1 - x²)")
rule("_cosine",    formulas.cosine, _cosine_partials, (POSITIVE, ANY), "a/√(a² + b²)")
rule("_over_square", formulas.over_square, _over_square_partials, (POSITIVE, ANY), "a/(a² + b²)")
rule("_exp_of_difference", formulas.exp_of_difference, lambda m, y, a, b: (y, -y), (ANY, ANY), "e^(a - b)")
# fmt: on

EXP, LOG, RELU = (OPERATIONS[name] for name in ("exp", "log", "relu"))  # written out in value.py, too
