"""The steps of a training on devices: parameters and the optimizer's numbers stay there until an epoch is over."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ...optim.elsewhere import Elsewhere, can_move_elsewhere
from ..descent import Descent, Epoch, are_finite
from ..settings import Settings
from .mesh import Devices
from .rows import rows_of
from .steps import Steps
from .way import OnDevices

_AHEAD = 4  # batches that are on their way while the next one is gathered
_AT_ONCE = 4096  # rows held out, at least
_MANY = 16  # batches of an epoch: to compile a function for the last one takes longer than to fill it up


class DeviceDescent(Descent):
    """A `Descent` on devices of JAX.

    An epoch begins with the numbers that the Values and the optimizer have, and ends with those that are theirs then:
    what runs between two epochs sees them, and may change them. Of an optimizer that is not nn's own each gradient
    comes here, and its step is its own.
    """

    way: OnDevices

    def __init__(self, settings: Settings, way: OnDevices, rows: Any, devices: Devices) -> None:
        self._devices = devices
        optimizer = settings.optimizer
        self._update = Elsewhere(optimizer) if can_move_elsewhere(optimizer) else None
        super().__init__(settings, way, rows)

    def use(self, way: Any) -> None:
        self.way = way
        self._steps: Steps | None = None
        self._kept: tuple[np.ndarray, ...] = ()
        self._rows_held_out: Any = None
        self._whole: tuple[Any, ...] = ()  # the only batch, where all rows are one

    def epoch(
        self, order: np.ndarray, after_batch: Callable[[], Any] | None = None, with_gradient: bool = True
    ) -> Epoch:
        with self.way.precision():
            if self._update is None:
                return super().epoch(order, after_batch, with_gradient)
            begun = self._optimizer.snapshot()
            losses, outputs, gradient = self._run(order, after_batch)
            if not (are_finite(losses) and are_finite(self._optimizer.data())) and self.way.use_exact():
                self._optimizer.restore(begun)
                losses, outputs, gradient = self._run(order)
            if are_finite(losses) and are_finite(self._optimizer.data()):
                return Epoch("", losses, outputs, gradient)
        if self.way.is_exact_elsewhere and self._devices.processes.count == 1:
            self._optimizer.restore(begun)
            return Descent(self._settings, self.way, self.rows).epoch(order, None, with_gradient)
        with self.way.precision():
            return self._trouble(begun, order, losses)

    def evaluate(self) -> tuple[np.ndarray, np.ndarray]:
        data = self._settings.validation_data
        if self._rows_held_out is None:
            self._rows_held_out = rows_of(data, self.way.dtype, self._devices.processes)
        held_out = self._rows_held_out
        size = min(len(data), max(self._settings.size, _AT_ONCE))
        with self.way.precision():
            steps, parameters = self._made_steps(), self._devices.everywhere(self.way.numbers())
            parts = []
            for start in range(0, len(data), size):
                batch = np.arange(start, min(start + size, len(data)))
                x, y, _ = self._put(held_out, data.targets, batch, size)
                parts.append((len(batch), steps.forward(parameters, x, y)))
            return self.way.result(self._gathered([(count, self._devices.here(given)) for count, given in parts]))

    def _run(self, order: np.ndarray, after_batch: Callable[[], Any] | None = None) -> tuple[Any, Any, np.ndarray]:
        """All steps of an epoch: the losses and outputs of the rows in this order, and the last batch's gradient."""
        assert self._update is not None
        steps, devices, size = self._made_steps(), self._devices, self._settings.size
        state = self._state(steps)
        ahead: list[tuple[int, Any]] = []
        done: list[tuple[int, np.ndarray]] = []
        for start in range(0, len(order), size):
            batch = order[start : start + size]
            fixed, moving = self._update.next_numbers()
            given, gradient = steps.gradient(state[0], *self._batch(batch))
            state = steps.move(fixed, np.array(moving, self.way.dtype), state, gradient)
            ahead.append((len(batch), given))
            if len(ahead) > _AHEAD:
                count, given = ahead.pop(0)
                done.append((count, devices.here(given)))
            if after_batch is not None:
                after_batch()
        done += [(count, devices.here(given)) for count, given in ahead]
        parameters, *arrays = map(_whole, state)
        self.way.write(parameters)
        for array, numbers in zip(self._update.arrays, arrays, strict=True):
            array[:] = numbers
        gradient = _whole(gradient)[steps.blocks.places]
        self._optimizer.set_gradient(gradient)
        return *self.way.result(self._gathered(done)), gradient

    def _trouble(self, begun: Any, order: np.ndarray, losses: np.ndarray) -> Epoch:
        """Where a number is not finite: back to where the epoch began."""
        size, finite = self._settings.size, np.isfinite(losses)
        batches = [order[first : first + size] for first in range(0, len(order), size)]
        number = len(batches) - 1 if finite.all() else int(finite.argmin()) // size
        of_batch = losses[number * size : (number + 1) * size]
        trouble = self.go_back(begun, batches[: number + 1], of_batch)
        return Epoch(f"batch {number + 1} of {len(batches)}: {trouble}")

    def _losses(self, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        while True:
            steps = self._made_steps()
            given, gradient = steps.gradient(self._state(steps)[0], *self._batch(batch))
            gradient = _whole(gradient)
            if are_finite(gradient) or not self.way.use_exact():
                break
            self._steps = None
        self._optimizer.zero_grad()
        self._optimizer.set_gradient(gradient[steps.blocks.places])
        return self.way.result(self._gathered([(len(batch), self._devices.here(given))]))

    def _read(self, batch: np.ndarray) -> np.ndarray:
        return np.asarray(self.rows[batch]).astype(float)

    # ------------------------------------------------------------------------------------- batches, and what they give

    def _batch(self, batch: np.ndarray) -> tuple[Any, ...]:
        """Rows, targets and weights of a batch, on the devices."""
        is_whole = len(batch) == len(self.rows)
        if is_whole and self._whole:
            return self._whole
        found = self._put(self.rows, self._targets, batch, self._settings.size)
        if is_whole:
            self._whole = found
        return found

    def _put(self, rows: Any, targets: np.ndarray, batch: np.ndarray, size: int) -> tuple[Any, ...]:
        """This process's share of a batch. It is filled up with its first row, which weighs nothing there: so that each
        device has as many rows, and a last batch of more than half the size, or after many, needs no function of its
        own.
        """
        devices, count = self._devices, len(batch)
        is_filled = 2 * count > size or len(rows) >= _MANY * size
        padded = devices.padded(size if is_filled else count)
        weights = np.zeros(padded, self.way.dtype)
        weights[:count] = 1.0 / count
        if padded > count:
            batch = np.concatenate([batch, np.full(padded - count, batch[0])])
        share = devices.share(padded)
        x, y = self.way.read(rows, batch[share]), self.way.read(targets, batch[share])
        return devices.spread(x), devices.spread(y), devices.spread(weights[share])

    def _gathered(self, parts: list[tuple[int, np.ndarray]]) -> np.ndarray:
        """What the rows of batches have given, of all processes: from how many each batch had, and what is here."""
        lengths = [len(here) for _, here in parts]
        everything = self._devices.processes.gathered(np.concatenate([here for _, here in parts]))
        of_batches = np.split(everything, np.cumsum(lengths)[:-1], axis=1)
        return np.concatenate(
            [each.reshape(-1, each.shape[-1])[:count] for each, (count, _) in zip(of_batches, parts, strict=True)]
        )

    # ----------------------------------------------------------------------------------------------------- parameters

    def _state(self, steps: Steps) -> tuple[Any, ...]:
        """Copies on each device, in blocks: of the parameters, and of the optimizer's arrays."""
        blocks, arrays = steps.blocks, () if self._update is None else self._update.arrays
        found = [blocks.split(self.way.numbers()), *[blocks.split_own(array) for array in arrays]]
        return tuple([[self._devices.everywhere(each) for each in of_array] for of_array in found])

    def _places(self) -> slice | np.ndarray:
        """Those of the optimizer's parameters among them."""
        places = self._optimizer.places_in_store()
        is_all = isinstance(places, slice) and places.stop - places.start == len(self.way.numbers())
        return slice(None) if is_all else places

    def _made_steps(self) -> Steps:
        """The functions of the program, for where the parameters lie now."""
        settings, functions = self._settings, self.way.functions()
        if self._steps is None or self._steps.functions is not functions:
            self._steps = Steps(
                functions, self._devices, self._places(), settings.l1, settings.l2, settings.clip_norm, self._update
            )
        return self._steps


def _whole(everywhere: Any) -> np.ndarray:
    """Blocks that are the same on each device, as one array of NumPy."""
    return np.concatenate([np.asarray(block.addressable_data(0)).ravel() for block in everywhere])
