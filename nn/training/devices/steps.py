"""What the devices compute: a step of a training, a gradient, losses and outputs. Pure functions, jitted."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograd.updates import penalty

from ...optim.clipping import clipped
from ...optim.elsewhere import Elsewhere
from .mesh import AXIS, Devices

# Of the program of model and loss: from the numbers of all parameters, the rows, the targets, and how much each row
# counts in the gradient, (the losses and outputs of the rows, the gradient).
Gradient = Callable[[Any, Any, Any, Any], tuple[Any, Any]]


class Steps:
    """The functions of a program, each jitted when it is called first.

    Args:
        gradient_of: the program.
        places: of the optimizer's parameters among all of the program: a slice, or an array.
        l1, l2, clip_norm: as in `fit`.
        update: what moves them; None where the step is not taken here.
    """

    def __init__(
        self,
        gradient_of: Gradient,
        devices: Devices,
        places: slice | np.ndarray,
        l1: float = 0.0,
        l2: float = 0.0,
        clip_norm: float | None = None,
        update: Elsewhere | None = None,
    ) -> None:
        self.gradient_of, self._devices, self._places = gradient_of, devices, places
        self._l1, self._l2, self._clip_norm, self._update = l1, l2, clip_norm, update
        self._steps: dict[tuple, Callable[..., Any]] = {}
        self._others: dict[str, Callable[..., Any]] = {}

    def step(self, fixed: tuple, moving: Any, state: Any, x: Any, y: Any, weights: Any) -> Any:
        """The next state, (parameters, *arrays of the optimizer), which takes the memory of the one before; the losses
        and outputs; the gradient, before penalties and clipping.
        """
        step = self._steps.get(fixed)
        if step is None:
            step = self._steps[fixed] = self._made_step(fixed)
        return step(state, moving, x, y, weights)

    def gradient(self, parameters: Any, x: Any, y: Any, weights: Any) -> Any:
        """The losses and outputs, and the gradient."""
        return self._other("gradient", self._both)(parameters, x, y, weights)

    def forward(self, parameters: Any, x: Any, y: Any) -> Any:
        """The losses and outputs."""
        if "forward" not in self._others:
            of_rows = lambda p, x, y: self.gradient_of(p, x, y, None)[0]  # noqa: E731  the rest is not computed
            self._others["forward"] = self._jitted(of_rows, (False, True, True), True)
        return self._others["forward"](parameters, x, y)

    def _other(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        if name not in self._others:
            self._others[name] = self._jitted(function, (False, True, True, True), (True, False))
        return self._others[name]

    def _both(self, parameters: Any, x: Any, y: Any, weights: Any) -> tuple[Any, Any]:
        """The losses and outputs of the rows of a device, and the gradient of all: one vector, added up once."""
        import jax

        given, gradient = self.gradient_of(parameters, x, y, weights)
        return given, gradient if self._devices.count == 1 else jax.lax.psum(gradient, AXIS)

    def _made_step(self, fixed: tuple) -> Callable[..., Any]:
        import jax.numpy as jnp

        update, places = self._update, self._places
        assert update is not None
        m = SimpleNamespace(div=jnp.divide, sqrt=jnp.sqrt, sign=jnp.sign)
        is_all = isinstance(places, slice) and places == slice(None)

        def step(state: Sequence[Any], moving: Any, x: Any, y: Any, weights: Any) -> Any:
            parameters, *arrays = state
            given, gradient = self._both(parameters, x, y, weights)
            data, grad = (parameters, gradient) if is_all else (parameters[places], gradient[places])
            if self._l1 or self._l2:
                [grad] = penalty.formula(m, data, grad, l1=self._l1, l2=self._l2)
            if self._clip_norm is not None:
                grad = clipped(jnp, grad, self._clip_norm)
            data, *arrays = update(m, fixed, [*moving], grad, data, arrays)
            parameters = data if is_all else parameters.at[places].set(data)
            return (parameters, *arrays), given, gradient

        return self._jitted(step, (False, False, True, True, True), (False, True, False), donated=(0,))

    def _jitted(
        self, function: Callable[..., Any], given: Sequence[bool], returned: Any, donated: tuple[int, ...] = ()
    ) -> Callable[..., Any]:
        """The function for the devices: of what it is given and what it returns, whether it is spread over them."""
        import jax
        from jax.sharding import PartitionSpec

        if self._devices.count > 1:
            spec = {True: PartitionSpec(AXIS), False: PartitionSpec()}
            outs = spec[returned] if isinstance(returned, bool) else tuple(spec[each] for each in returned)
            function = jax.shard_map(
                function, mesh=self._devices.mesh, in_specs=tuple(spec[each] for each in given), out_specs=outs,
                check_vma=False,
            )  # fmt: skip
        return jax.jit(function, donate_argnums=donated)
