"""A process of a training by several: it joins the others, and only the first one speaks."""

import argparse
import errno
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from .output import complain

TAKEN = 69  # the status of process 0 where its port is in use: EX_UNAVAILABLE, of sysexits.h
LOST = 75  # the status of a process that has lost the others: EX_TEMPFAIL, of sysexits.h
_OF_CONNECTIONS = "Gloo"  # by which processes of the CPU are connected; those of GPUs are ended by JAX


@contextmanager
def joined(options: argparse.Namespace) -> Iterator[bool]:
    """A block in which this process belongs to those that the options name; whether it is the first of them, or alone.

    Raises:
        ConnectionError: where the others are not there.
    """
    if not options.supervised:
        yield True
        return
    from jax.errors import JaxRuntimeError

    from ..training.devices.processes import Processes

    _end_with_parent()
    _keep_stdout()
    try:
        _join(options)
        is_first = Processes.here().is_first
        if not is_first:
            sys.stdout = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
        yield is_first
    except ConnectionAbortedError as error:
        complain(f"{error}")
        end(LOST)
    except (JaxRuntimeError, ValueError) as error:
        if _OF_CONNECTIONS not in f"{error}":
            raise
        complain(f"the connection to another process is lost: {error}")
        end(LOST)


def _join(options: argparse.Namespace) -> None:
    from ..training.devices.processes import join

    try:
        join(options.coordinator, options.processes, options.process_id, tell=complain)
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        complain(f"{error.strerror}")
        end(TAKEN)


def leave() -> None:
    """Let the others go: from here on this process works alone."""
    import jax

    jax.distributed.shutdown()


def end(status: int) -> None:
    """End this process, which has failed: at the usual end JAX would wait for the others."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(status)


def _keep_stdout() -> None:
    """Let what C++ prints, of connections, go to nowhere, and what Python prints to stdout."""
    sys.stdout.flush()
    ours = os.fdopen(os.dup(1), "w", encoding=sys.stdout.encoding, errors=sys.stdout.errors, buffering=1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    sys.stdout = ours


def _end_with_parent() -> None:
    """End when the parent has: its end of our stdin is closed then."""

    def wait() -> None:
        while os.read(0, 1):
            pass
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
