"""Reverse-mode automatic differentiation on scalars: every number is a node you can look at."""

from . import _build as _build  # then: the modules are compiled, of these sources, or they are plain
from . import _conflict as _conflict  # first: another project has the same import name
from . import copying as copying  # which add to Value
from . import functions as functions
from . import protocols as protocols
from ._build import is_compiled
from .anomaly import AnomalyError, detect_anomaly
from .compilation import compile
from .differentiation import grad, hessian, jacobian, value_and_grad
from .functions import *  # noqa: F403  exp, log, tanh, …: one function for every entry of the rule book
from .looping import while_loop
from .numerical import GradcheckError, GradcheckUndecided, gradcheck, numerical_gradient
from .operations import OPERATIONS, Operation
from .recording import no_grad, scope
from .tracing import TraceError
from .unfinished import UnfinishedError
from .value import Value
from .walks import topological_order

__all__ = [
    "OPERATIONS", "AnomalyError", "GradcheckError", "GradcheckUndecided", "Operation", "TraceError", "UnfinishedError",
    "Value", "compile", "detect_anomaly", "grad", "gradcheck", "hessian", "is_compiled", "jacobian", "no_grad",
    "numerical_gradient", "scope", "topological_order", "value_and_grad", "while_loop",
]  # fmt: skip
__all__ += functions.__all__
__version__ = "0.1.0"


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
