"""What the devices compute: the gradient of a batch, a move of the parameters, losses and outputs. All is jitted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograd.updates import penalty

from ...optim.clipping import clipped
from ...optim.elsewhere import Elsewhere
from .blocks import Blocks
from .mesh import AXIS, Devices

_MOST_MOVES = 8  # of a callback that sets another hyperparameter after each epoch: each is compiled


@dataclass(eq=False)
class Functions:
    """The program of model and loss as functions of JAX.

    Attributes:
        forward: from the numbers of all parameters, rows and targets, the losses and outputs of the rows.
        gradient: from the parameters in blocks, rows, targets, and how much each row counts in the gradient, (the
            losses and outputs of the rows, the gradient in blocks).
        shapes: of the blocks.
        compiled: `gradient` and `forward` on devices.
    """

    forward: Callable[[Any, Any, Any], Any]
    gradient: Callable[[Any, Any, Any, Any], tuple[Any, Any]]
    shapes: Sequence[tuple[int, ...]]
    compiled: dict[tuple, tuple[Callable[..., Any], Callable[..., Any]]] = field(default_factory=dict)


class Steps:
    """The functions of a program, each compiled when it is called first.

    Gradient and move are two, since an optimizer of a user's takes the gradient alone; as one they are no faster.

    Args:
        functions: the program.
        places: of the optimizer's parameters among all of the program, in order: a slice, or an array.
        l1, l2, clip_norm: as in `fit`.
        update: what moves them; None where the step is not taken here.
    """

    def __init__(
        self,
        functions: Functions,
        devices: Devices,
        places: slice | np.ndarray,
        l1: float = 0.0,
        l2: float = 0.0,
        clip_norm: float | None = None,
        update: Elsewhere | None = None,
    ) -> None:
        self.functions, self.blocks = functions, Blocks(functions.shapes, places)
        self._l1, self._l2, self._clip_norm, self._update = l1, l2, clip_norm, update
        self._moves: dict[tuple, Callable[..., Any]] = {}  # by the fixed numbers of the formula
        self.gradient, self.forward = _compiled(functions, devices)

    # gradient(parameters, x, y, weights) gives (losses and outputs, gradient), in blocks; forward(parameters, x, y)
    # the first, of parameters in one array.

    def move(self, fixed: tuple, moving: Any, state: Any, gradient: Any) -> Any:
        """The next state, (parameters, *arrays of the optimizer), which takes the memory of the one before."""
        move = self._moves.get(fixed)
        if move is None:
            if len(self._moves) == _MOST_MOVES:
                del self._moves[next(iter(self._moves))]  # the oldest
            move = self._moves[fixed] = self._made_move(fixed)
        return move(state, moving, gradient)

    def _made_move(self, fixed: tuple) -> Callable[..., Any]:
        import jax
        import jax.numpy as jnp

        update, blocks = self._update, self.blocks
        assert update is not None
        m = SimpleNamespace(div=jnp.divide, sqrt=jnp.sqrt, sign=jnp.sign)

        def move(state: Sequence[Any], moving: Any, gradient: Any) -> Any:
            parameters, *arrays = state
            data, grad = blocks.own(parameters), blocks.own(gradient)
            if self._l1 or self._l2:
                grad = [penalty.formula(m, *each, l1=self._l1, l2=self._l2)[0] for each in zip(data, grad, strict=True)]
            if self._clip_norm is not None:
                grad = clipped(jnp, grad, self._clip_norm)
            moved = [
                update(m, fixed, [*moving], of_grad, of_data, of_arrays)
                for of_grad, of_data, *of_arrays in zip(grad, data, *arrays, strict=True)
            ]
            data, *arrays = map(list, zip(*moved, strict=True))
            return blocks.with_own(parameters, data), *arrays

        return jax.jit(move, donate_argnums=0)


def _compiled(functions: Functions, devices: Devices) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The gradient and the forward pass of a program on these devices: the same ones for whoever asks again."""
    import jax
    import jax.numpy as jnp

    key = tuple(devices.all)
    if key not in functions.compiled:
        blocks = Blocks(functions.shapes, slice(None))

        def both(parameters: Any, x: Any, y: Any, weights: Any) -> tuple[Any, Any]:
            """The losses and outputs of the rows of a device, and the gradient of all: one vector, added up once."""
            given, gradient = functions.gradient(parameters, x, y, weights)
            if devices.count == 1:
                return given, gradient
            vector = jnp.concatenate([block.reshape(-1) for block in gradient])
            return given, blocks.split(jax.lax.psum(vector, AXIS))

        functions.compiled[key] = (
            jax.jit(_on_all(both, devices, 3, (True, False))),
            jax.jit(_on_all(functions.forward, devices, 2, True)),
        )
    return functions.compiled[key]


def _on_all(function: Callable[..., Any], devices: Devices, batches: int, spread: Any) -> Callable[..., Any]:
    """A function of the parameters and of so many arrays of rows, on all devices; and which results are of rows."""
    import jax
    from jax.sharding import PartitionSpec

    if devices.count == 1:
        return function
    of = {True: PartitionSpec(AXIS), False: PartitionSpec()}
    results = of[spread] if isinstance(spread, bool) else tuple(of[each] for each in spread)
    given = (of[False], *[of[True]] * batches)
    return jax.shard_map(function, mesh=devices.mesh, in_specs=given, out_specs=results, check_vma=False)
