"""The devices of a training, and how rows and parameters lie on them."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import numpy as np

from .processes import ALONE, Processes

AXIS = "rows"
ALL = "all"
_VIRTUAL = "XLA_FLAGS=--xla_force_host_platform_device_count={n} in the environment makes {n} virtual ones of the CPU"


class Devices:
    """One or several devices of JAX: each computes a part of the rows of a batch, and has all parameters.

    Of several processes, each has as many devices, and their parts of a batch follow each other in the order of the
    processes.

    Attributes:
        count: of the devices, in all processes.
        processes: those that the devices belong to.
    """

    def __init__(self, devices: Iterable[Any], processes: Processes = ALONE) -> None:
        from jax.sharding import Mesh, NamedSharding, PartitionSpec

        self.all = sorted(devices, key=lambda device: (device.process_index, device.id))
        self.count, self.processes = len(self.all), processes
        self.mesh = Mesh(np.array(self.all), (AXIS,))
        self._everywhere, self._spread = (NamedSharding(self.mesh, PartitionSpec(*axes)) for axes in ((), (AXIS,)))

    def padded(self, count: int) -> int:
        """How many rows a batch of so many has with those that fill it up, so that each device has as many."""
        return -(-count // self.count) * self.count

    def share(self, padded: int) -> slice:
        """Which rows of such a batch are this process's."""
        size = padded // self.processes.count
        return slice(self.processes.index * size, (self.processes.index + 1) * size)

    def spread(self, rows: np.ndarray) -> Any:
        """The rows that are this process's share, on its devices: an array of JAX, of all of them.

        One device takes them itself, when it computes: that is faster.
        """
        import jax

        if self.count == 1:
            return rows
        if self.processes.count == 1:
            return jax.device_put(rows, self._spread)
        shape = len(rows) * self.processes.count, *rows.shape[1:]
        return jax.make_array_from_process_local_data(self._spread, rows, shape)

    def everywhere(self, array: np.ndarray) -> Any:
        """A copy of the array on each device."""
        import jax

        array = np.array(array)  # JAX may go on reading it, where it is
        if self.processes.count == 1:
            return jax.device_put(array, self._everywhere)
        return jax.make_array_from_process_local_data(self._everywhere, array, array.shape)

    def here(self, spread: Any) -> np.ndarray:
        """The rows of such an array that lie on this process's devices, as an array of NumPy."""
        if self.processes.count == 1:
            return np.asarray(spread)
        parts = sorted(spread.addressable_shards, key=lambda shard: shard.index[0].start or 0)
        return np.concatenate([np.asarray(part.data) for part in parts])

    @cached_property
    def words(self) -> str:
        """What they are, in words."""
        kinds = sorted({f"{device.platform.upper()}" for device in self.all})
        return f"{self.count} {' and '.join(kinds)} device{'s' * (self.count > 1)}"


def checked_devices(devices: Any, processes: Processes = ALONE) -> list[Any]:
    """The devices of JAX that `devices=` of `fit` names.

    Args:
        devices: None is the default device of one process, and all devices of several ones; "all"; a number: the first
            so many of each process; or a list of devices of JAX, as many of each process.

    Raises:
        ValueError: for more devices than there are, none, or some twice; and for a list of which another process has
            more.
        TypeError: for anything else.
    """
    import jax

    own = jax.local_devices()
    if devices is None and processes.count == 1:
        return [_default(own)]
    if devices is None or (isinstance(devices, str) and devices == ALL):
        return _checked(jax.devices() if processes.count > 1 else own, processes)
    if isinstance(devices, int) and not isinstance(devices, bool):
        if not 1 <= devices <= len(own):
            more = f": {_VIRTUAL.format(n=devices)}" if devices > 1 and own[0].platform == "cpu" else ""
            raise ValueError(f"devices={devices}, but JAX has {_counted(own)} here{more}")
        of_each = [
            [each for each in jax.devices() if each.process_index == i][:devices] for i in range(processes.count)
        ]
        return _checked(
            [each for of_one in of_each for each in of_one] if processes.count > 1 else own[:devices], processes
        )
    if isinstance(devices, str) or not isinstance(devices, Iterable):
        raise TypeError(
            f"devices must be None, 'all', a number, or devices of JAX (jax.devices()), got {devices!r:.60}"
        )
    chosen = list(devices)
    if wrong := [each for each in chosen if not isinstance(each, jax.Device)]:
        raise TypeError(f"devices must be devices of JAX, such as jax.devices()[:2], got {wrong[0]!r:.60}")
    return _checked(chosen, processes)


def _default(own: list[Any]) -> Any:
    import jax

    default = getattr(jax.config, "jax_default_device", None)
    return default if isinstance(default, jax.Device) else own[0]


def _checked(chosen: list[Any], processes: Processes) -> list[Any]:
    if not chosen:
        raise ValueError("devices must be at least one device of JAX, got an empty list")
    if len(set(chosen)) < len(chosen):
        raise ValueError(f"devices must be different ones, got {chosen!r:.120}")
    counts = [sum(each.process_index == i for each in chosen) for i in range(processes.count)]
    if len(set(counts)) > 1 or sum(counts) < len(chosen):
        raise ValueError(
            f"each process of a training needs as many devices: of processes 0, 1, … there are {counts}. Give a "
            "number, devices=1 say, which is that of each process"
        )
    return chosen


def _counted(own: list[Any]) -> str:
    return f"{len(own)} device{'s' * (len(own) > 1)} ({own[0].platform})"
