"""Reverse-mode automatic differentiation on scalars: every number is a node you can look at."""

from typing import TYPE_CHECKING, Any

from . import _build as _build  # then: the modules are compiled, of these sources, or they are plain
from . import _conflict as _conflict  # first: another project has the same import name
from . import copying as copying  # which add to Value
from . import protocols as protocols
from ._build import is_compiled
from .anomaly import AnomalyError, detect_anomaly
from .compilation import compile
from .differentiation import grad, hessian, jacobian, value_and_grad
from .functions import *  # noqa: F403  exp, log, tanh, …: one function for every entry of the rule book
from .functions import __all__ as _functions
from .numerical import GradcheckError, GradcheckUndecided, gradcheck, numerical_gradient
from .operations import OPERATIONS, Operation
from .recording import no_grad, scope
from .tracing import TraceError
from .value import Value
from .walks import topological_order

__all__ = [
    "OPERATIONS", "AnomalyError", "GradcheckError", "GradcheckUndecided", "Operation", "TraceError", "Value", "compile",
    "detect_anomaly", "grad", "gradcheck", "hessian", "is_compiled", "jacobian", "no_grad", "numerical_gradient",
    "scope", "topological_order", "value_and_grad",
]  # fmt: skip
__all__ += _functions  # noqa: PLE0605  a list, made from the rule book

if TYPE_CHECKING:  # the functions of the rule book are made at import, where a type checker cannot see them

    def __getattr__(name: str) -> Any: ...
