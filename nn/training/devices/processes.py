"""The processes of a training, one on each machine, say: what they agree on, and what one tells the others.

All of it goes through collectives of JAX, which every process must call in the same order.
"""

import errno
import os
import socket
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from ipaddress import ip_address
from typing import Any

import numpy as np

WAIT = 300  # seconds for the others to come
HEARTBEAT = 30  # seconds without a sign of life, after which a process counts as dead, and JAX ends the others
AUTO = "auto"  # the coordinator that JAX finds itself, of a cluster


class Processes:
    """This process among those of the training. Alone, it agrees with itself, and JAX is not asked.

    Attributes:
        count, index: how many there are, and which one this is, from 0.
    """

    def __init__(self, count: int = 1, index: int = 0) -> None:
        self.count, self.index = count, index

    @classmethod
    def here(cls) -> "Processes":
        """Those that JAX knows of."""
        import jax

        return cls(jax.process_count(), jax.process_index())

    @property
    def is_first(self) -> bool:
        """Whether this is the one that writes and tells."""
        return self.index == 0

    def gathered(self, array: np.ndarray) -> np.ndarray:
        """The arrays of all processes, (processes, …): each has one of this shape and type."""
        if self.count == 1:
            return array[None]
        from jax.experimental import multihost_utils

        array = np.ascontiguousarray(array)
        if not array.size:
            return np.empty((self.count, *array.shape), array.dtype)
        content = multihost_utils.process_allgather(array.reshape(-1).view(np.uint8))  # JAX may have no float64
        return np.ascontiguousarray(content).view(array.dtype).reshape(self.count, *array.shape)

    def number_of_each(self, number: int) -> list[int]:
        """The numbers of all processes: each has one, of 64 bits."""
        return self.gathered(np.array([number], np.int64))[:, 0].tolist()

    def from_first(self, content: bytes | None) -> bytes | None:
        """What the first process has, for all of them."""
        if self.count == 1:
            return content
        from jax.experimental import multihost_utils

        length = self.number_of_each(-1 if content is None else len(content))[0]
        if length <= 0:
            return None if length < 0 else b""
        mine = np.frombuffer(content, np.uint8) if self.is_first and content else np.zeros(length, np.uint8)
        return bytes(multihost_utils.broadcast_one_to_all(mine))

    def any(self, asked: bool) -> bool:
        """Whether one of the processes says so."""
        return any(self.number_of_each(asked))

    @contextmanager
    def all_or_none(self) -> Iterator[None]:
        """A block that no process leaves as if nothing had happened where another one has left it by an error.

        Nothing in it may need the others.

        Raises:
            ConnectionAbortedError: where another one has.
        """
        try:
            yield
        except BaseException:  # an interruption, too: the others would wait for ever
            self.any(True)
            raise
        failed = np.flatnonzero(self.number_of_each(False))
        if failed.size:
            raise ConnectionAbortedError(
                f"process {failed[0]} of {self.count} has ended this training: its own output says why. This one, "
                f"{self.index}, would wait for it for ever"
            )

    def check_same(self, texts: dict[str, Any]) -> None:
        """Refuse to go on where a text, which tells of the training, is another one in another process.

        Raises:
            ValueError: with the name of the text, and the process; in every process.
        """
        if self.count == 1:
            return
        if len({*self.number_of_each(_digest(f"{[*texts]}"))}) > 1:
            raise ValueError("the processes of a training must run the same version of glassgrad")
        if len({*self.number_of_each(_digest(f"{texts}"))}) == 1:
            return
        for name, text in texts.items():
            each = self.number_of_each(_digest(f"{text}"))
            if other := [index for index, digest in enumerate(each) if digest != each[0]]:
                raise ValueError(
                    f"the processes of a training must be given the same: {name} of process {other[0]} is not that of "
                    f"process 0. (Here, in process {self.index}, it is {text!r:.200})"
                )

    @cached_property
    def words(self) -> str:
        """Which one this is."""
        return f"process {self.index} of {self.count} on {socket.gethostname()}"


ALONE = Processes()


def _digest(text: str) -> int:
    from hashlib import blake2b

    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), signed=True)


def join(
    coordinator: str,
    count: int | None,
    index: int | None,
    wait: float = WAIT,
    tell: Callable[[str], Any] = warnings.warn,
) -> None:
    """Make this process one of those that JAX knows of. It must not have computed by JAX before.

    Process 0 listens for the others: on a loopback address nobody else reaches it; otherwise at that port of all
    addresses of its machine, without authentication, which is for networks one trusts.

    Args:
        coordinator: HOST:PORT, where process 0 waits for the others (an address of IPv6 in brackets, [::1]:7777);
            "auto": as JAX finds it in a cluster, with `count` and `index`.
        wait: seconds, after which those that have not come are given up.
        tell: what is told that this takes longer, where the name of the host is not known.

    Raises:
        OSError: in process 0, when the port is in use, or not for everybody.
        ConnectionError: when nobody is there. (Where JAX gives up itself, it ends the process.)
    """
    import jax

    times: dict[str, Any] = {
        "initialization_timeout": int(wait), "heartbeat_timeout_seconds": HEARTBEAT,
        "shutdown_timeout_seconds": HEARTBEAT,
    }  # fmt: skip
    if coordinator == AUTO:
        jax.distributed.initialize(None, count, index, **times)
        return
    if index:
        _wait_for(coordinator, count, index, wait, tell)
        jax.distributed.initialize(coordinator, count, index, **times)
        return
    host, port = _host_and_port(coordinator)
    is_loopback = _is_loopback(host)
    times["coordinator_bind_address"] = coordinator if is_loopback else None
    with _held(host if is_loopback else None, port, coordinator):
        jax.distributed.initialize(coordinator, count, index, **times)


def _host_and_port(coordinator: str) -> tuple[str, int]:
    """Both, without the brackets of an address of IPv6.

    >>> _host_and_port("[::1]:7777")
    ('::1', 7777)
    """
    host, _, port = coordinator.rpartition(":")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _is_loopback(host: str) -> bool:
    """Whether it says so itself: the name of a machine may be one for the machine alone, and not for the others."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def _held(host: str | None, port: int, coordinator: str) -> Iterator[None]:
    """A block in which a port is kept for JAX, which listens there in it. None stands for all addresses.

    One that is taken is refused: JAX would end the process by a signal.
    """
    with ExitStack() as stack:
        for family, kind, protocol, _, address in socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        ):
            try:
                _hold(stack.enter_context(socket.socket(family, kind, protocol)), address)
            except OSError as error:
                if error.errno in (errno.EADDRINUSE, errno.EACCES):  # of others, IPv6 may not be there
                    why = "in use already" if error.errno == errno.EADDRINUSE else "not one that you may listen at"
                    raise OSError(
                        error.errno, f"port {port} of this machine is {why}: process 0 needs it for {coordinator}. "
                        "Choose another one, above 1023, in all processes"
                    ) from None  # fmt: skip
        yield


def _hold(held: socket.socket, address: Any) -> None:
    """Take an address, such that on Linux JAX alone may listen there, too; elsewhere it is free again."""
    if os.name == "posix":  # what was closed a moment ago is no hindrance there
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if held.family == socket.AF_INET6:
        held.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # that of IPv4 is held by another one
    held.bind(address)
    if sys.platform != "linux":
        held.close()
        return
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # which JAX sets, and few others


def _wait_for(coordinator: str, count: int | None, index: int, wait: float, tell: Callable[[str], Any]) -> None:
    """Wait until somebody listens there: JAX would end the process, by a signal, where nobody does."""
    host, port = _host_and_port(coordinator)
    end, has_told = time.monotonic() + wait, False
    while True:
        try:
            socket.create_connection((host, port), timeout=max(0.1, min(5.0, end - time.monotonic()))).close()
            return
        except OSError as error:
            if time.monotonic() > end:
                raise ConnectionError(
                    f"nobody answers at {coordinator}, where process 0 of {count} should be, after {wait:g} s "
                    f"({error}): is it started, is the address one that this machine reaches, and the port open? "
                    f"This is process {index}"
                ) from None
            if isinstance(error, socket.gaierror) and not has_told:
                tell(f"this machine knows no host {host!r} ({error.strerror}): process {index} tries for {wait:g} s")
                has_told = True
            time.sleep(0.2)
