"""A GPT written in scalars, as a learner would: it learns to spell a short text, letter by letter.

Run as `python -m benchmarks.scalar_gpt [glassgrad]`: trains the model of gpt.py with the Value of its own below, or
with glassgrad's in its place, and prints the loss and the seconds of each step as JSON. The program knows nothing else
of either Value than + - * / **, exp, log, relu, data, grad and backward.
"""
# ruff: noqa: B905  zip as a learner writes it

import json
import math
import sys
import time
from random import Random

from .gpt import WINDOW, gpt, shapes

TEXT = """a number remembers what it was made of
the chain rule walks the graph from the end to the start
every step goes a little way down the hill
and the hill is made of all the letters here"""

STEPS = 10
LEARNING_RATE, BETA1, BETA2 = 0.01, 0.9, 0.99


class Value:
    """A number with its gradient, what it was computed from, and the derivatives by that."""

    __slots__ = ("children", "data", "grad", "local_grads")

    def __init__(self, data, children=(), local_grads=()):
        self.data = data
        self.grad = 0.0
        self.children = children
        self.local_grads = local_grads

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, n):
        return Value(self.data**n, (self,), (n * self.data ** (n - 1),))

    def exp(self):
        y = math.exp(self.data)
        return Value(y, (self,), (y,))

    def log(self):
        return Value(math.log(self.data), (self,), (1.0 / self.data,))

    def relu(self):
        return Value(max(0.0, self.data), (self,), (1.0 if self.data > 0.0 else 0.0,))

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + (-other)

    def __truediv__(self, other):
        return self * other**-1.0

    __radd__, __rmul__ = __add__, __mul__

    def backward(self):
        order, visited = [], set()

        def visit(node):
            if node not in visited:
                visited.add(node)
                for child in node.children:
                    visit(child)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            for child, local_grad in zip(node.children, node.local_grads):
                child.grad += local_grad * node.grad


if "glassgrad" in sys.argv:
    from autograd import Value  # all that a user changes

rng = Random(0)
letters = sorted(set(TEXT))


def matrix(rows, columns):
    return [[Value(rng.gauss(0.0, 0.2)) for _ in range(columns)] for _ in range(rows)]


weights = {name: matrix(*shape) for name, shape in shapes(len(letters)).items()}
parameters = [p for m in weights.values() for row in m for p in row]


def softmax(x):
    highest = max(x_i.data for x_i in x)
    exps = [(x_i - highest).exp() for x_i in x]
    total = sum(exps)
    return [e / total for e in exps]


def logits_of(tokens):
    return gpt(weights, [weights["token"][token] for token in tokens], softmax)


def train():
    losses, seconds = [], []
    tokens = [letters.index(letter) for letter in TEXT]
    m, v = [0.0] * len(parameters), [0.0] * len(parameters)
    for step in range(1, STEPS + 1):
        start_time = time.perf_counter()
        start = rng.randrange(len(tokens) - WINDOW)
        window, targets = tokens[start : start + WINDOW], tokens[start + 1 : start + WINDOW + 1]
        loss = -sum(softmax(logits)[target].log() for logits, target in zip(logits_of(window), targets)) / WINDOW
        loss.backward()
        for i, p in enumerate(parameters):
            m[i] = BETA1 * m[i] + (1 - BETA1) * p.grad
            v[i] = BETA2 * v[i] + (1 - BETA2) * p.grad**2
            m_hat, v_hat = m[i] / (1 - BETA1**step), v[i] / (1 - BETA2**step)
            p.data -= LEARNING_RATE * m_hat / (v_hat**0.5 + 1e-8)
            p.grad = 0.0
        losses.append(loss.data)
        seconds.append(time.perf_counter() - start_time)
    return losses, seconds


if __name__ == "__main__":
    losses, seconds = train()
    print(json.dumps({"losses": losses, "seconds": seconds}))
