"""Lines for type checkers: those marked `# wrong` must be errors, and no others. test_types.py asks both checkers."""

from typing import assert_type

import numpy as np

import autograd
from autograd import (
    Value,
    compile,
    dot,
    exp,
    grad,
    hessian,
    leaky_relu,
    maximum,
    softmax,
    take,
    value_and_grad,
    where,
    while_loop,
)

x, y = Value(2.0, label="x"), Value(np.float32(3.0))

# ---------------------------------------------------------------------------------------------------------- Value
assert_type(x.data, float)
assert_type(x * y + 1 - 2.0 / x**3, Value)
assert_type(-abs(np.float64(2.0) * x), Value)
assert_type(x.parents, tuple[Value, ...])
assert_type(x < 3, bool)
print((np.ones(3) * x).sum(), (x * np.ones(3)).shape, sum([x, y], Value(0.0)).data)
assert_type(x.tanh().relu(), Value)
assert_type(x.leaky_relu(slope=0.1), Value)
x.data = 3
x.grad = np.float32(0.0)
x.backward(2.0)
assert_type(x.backward(create_graph=True), dict[Value, Value])
print(f"{x:.3f}", float(x), round(x, 2))

x.dataa  # wrong
Value.typo  # wrong
x.op = "+"  # wrong
Value("2")  # wrong
x + "2"  # wrong
x.tanh(1.0)  # wrong
x.backward(retain_graph=True)  # wrong


class Mine(Value):  # wrong
    pass


# ------------------------------------------------------------------------------------------------------ functions
assert_type(exp(x), Value)
assert_type(exp(1), float)
assert_type(exp(np.float64(1.0)), float)
assert_type(maximum(1.0, x, 3), Value)
assert_type(maximum(1.0, 2, 3), float)
assert_type(where(x > 0, x, 0.0), Value)
assert_type(leaky_relu(x, slope=0.2), Value)
assert_type(softmax([x, 1.0]), list[Value])
assert_type(softmax([1.0, 2.0], temperature=0.5), list[float])
assert_type(dot([1.0, 2.0], [x, y]), Value)
assert_type(take([x, y], 1), Value)
assert_type(while_loop(lambda v: v > 1, lambda v: v / 2, x, most=9), Value)
assert_type(while_loop(lambda s: s[0] > 1, lambda s: (s[0] / 2, s[1] + 1), (x, 0), most=9), tuple[Value, int])

exp(x).dataa  # wrong
autograd.typo  # wrong
exp("1")  # wrong
exp([x, y])  # wrong
where(x, y)  # wrong
leaky_relu(x, alpha=0.2)  # wrong
dot(x, y)  # wrong
while_loop(lambda v: v > 1, lambda v: v / 2, x)  # wrong
while_loop(lambda v: v > 1, lambda v: v / 2, x, most=9.5)  # wrong


# ---------------------------------------------------------------------------------------------------- derivatives
def cube(v: Value) -> Value:
    return v**3


assert_type(grad(cube)(2.0), float)
assert_type(grad(cube)(x), Value)
assert_type(grad(grad(cube))(2.0), float)
assert_type(grad(lambda v: v[0] * v[1])([2, 3]), list[float])
assert_type(grad(lambda v: v[0] * v[1])((2, 3)), tuple[float, ...])
assert_type(value_and_grad(cube)(2.0), tuple[float, float])
assert_type(hessian(cube)(2.0), float)
assert_type(hessian(cube)(x), Value)
grad(lambda v: (v * np.ones(3)).sum())(np.ones(3)).shape
compile(cube)([1.0, 2.0])
compile(cube, backend="native")(v=[1.0, 2.0])

compile(cube, backend="eager")  # wrong
grad(cube)(x).dataa  # wrong
grad(cube)(2.0).data  # wrong
grad(3.0)  # wrong
