"""Programs that are put together by hand, of every kind of step, with numbers to follow."""

import numpy as np

from autograd.compiler.buffers import Buffers
from autograd.compiler.executors import executor_of
from autograd.compiler.kinds import Input, Parameters
from autograd.compiler.program import Program, Role, Space

X = np.arange(12.0).reshape(3, 4)
P = np.array([2.0, 3.0, 5.0, 7.0])
INDEX = np.array([[0.0, 1.0], [1.0, 1.0], [2.0, 0.0]])


class ByHand:
    """A program that is put together step by step, of the inputs x (4 numbers) and tokens (2), and the parameters p."""

    def __init__(self, backend, rows=3):
        self.rows = rows
        self.new_executor = executor_of(backend)
        self.program = Program()
        self.p = self.program.add(Parameters(), (), (4,), Space.CALL, role=Role.PARAMETERS)
        self.x = self.program.add(Input(0), (), (4,), Space.ROW, role=Role.INPUT, serial=0)
        self.tokens = self.program.add(Input(1), (), (2,), Space.ROW, role=Role.INPUT, serial=1)
        self.program.parameters, self.program.places = self.p.value, np.arange(4)
        self.program.inputs = {0: self.x.value, 1: self.tokens.value}
        self.program.leaves_end()

    def row(self, kind, *operands, shape=(4,), **what):
        return self.program.add(kind, operands, shape, Space.ROW, serial=len(self.program), **what)

    def call(self, kind, *operands, shape=(4,)):
        return self.program.add(kind, operands, shape, Space.CALL, serial=len(self.program))

    def executor(self, result, dtype="float64"):
        size = self.program.size[result.value]
        self.program.outputs = [(result.value, i) for i in range(size)]
        return self.new_executor(Buffers(self.program), self.rows, dtype, P.astype(dtype))

    def results(self, result, dtype="float64"):
        """What the numbers of a value are, (rows, numbers)."""
        return self.executor(result, dtype).run_forward(X.astype(dtype), INDEX.astype(dtype))

    def gradient(self, kind, *operands, shape=(4,)):
        """What is written into the gradient of the parameters, if that is what a step computes."""
        self.program.outputs = [(self.x.value, i) for i in range(4)]
        self.program.adjoint_begins()
        self.program.gradient = self.call(kind, *operands, shape=shape).value
        return self.written_gradient()

    def written_gradient(self):
        ran = self.new_executor(Buffers(self.program), self.rows, "float64", P)
        into = np.zeros(4)
        ran.both(into, X, INDEX)
        return into
