"""Is what is installed compiled, as it should be, and does it compute? python .ci/installed.py yes|no"""

import sys

import autograd

compiled = sys.argv[1] == "yes"
assert autograd.is_compiled() is compiled, f"compiled: {autograd.is_compiled()}, expected {compiled}"
x = autograd.Value(3.0)
(x * x).backward()
assert x.grad == 6.0, x.grad
f = autograd.compile(lambda a: (a * x).relu())
assert f([2.0]).tolist() == [6.0], f([2.0])
assert f.backend == ("native" if compiled else "numpy"), f
numpy = sys.modules["numpy"].__version__
print(f"  installed; compiled: {compiled}; {f.backend}; NumPy {numpy}; {autograd.__file__}")
