"""`glassgrad train … --processes N`: each process of the training is a child, which is watched from outside of JAX.

Where a process dies, JAX ends the others by a signal, and none of them can say why. So the parent, which never loads
JAX, sees who was the first, says from where to go on, and ends the others that are its own.
"""

import argparse
import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..support.texts import printable
from .output import complain, say
from .worker import LOST, TAKEN

LOCALHOST, AUTO = "127.0.0.1", "auto"
_EVERY = 0.05  # seconds between two looks
_TRIES = 3  # ports of this machine, each of which was free a moment before
_TOGETHER = 0.3  # seconds in which those end that die of the first one's death


def is_to_be_launched(options: argparse.Namespace) -> bool:
    """Whether the options ask for processes that are not there yet."""
    return not options.supervised and (options.coordinator is not None or (options.processes or 1) > 1)


def launch(options: argparse.Namespace, checkpoint: Path) -> int:
    """Start the processes of a training that belong to this machine, and wait for their end.

    Args:
        checkpoint: the file that they write after every epoch.

    Returns:
        That of process 0, or of the one that failed; where one died of a signal, 128 and its number; 75 where another
        one is lost, which runs elsewhere; 69 where the port of process 0 is in use.

    Raises:
        KeyboardInterrupt: when it was interrupted; the processes are ended then.
    """
    here = [options.process_id] if options.coordinator else [*range(options.processes)]
    if options.process_id:
        where = "" if options.coordinator == AUTO else f", on {options.coordinator.rpartition(':')[0]},"
        who = f"process {options.process_id} of {options.processes}"
        say(f"{who}: process 0{where} tells how it goes, and has the files")
    begun = time.time_ns()
    for _ in range(_TRIES if options.coordinator is None else 1):
        first = _run(options, options.coordinator or f"{LOCALHOST}:{_free_port()}", here)
        if first is None or first.status != TAKEN:
            break
    return 0 if first is None else _told(first, options, checkpoint, begun)


def _run(options: argparse.Namespace, coordinator: str, here: Sequence[int | None]) -> "_Child | None":
    """Start these processes, and wait for the first one that fails, which ends all; None where none does."""
    children: list[_Child] = []
    try:
        for place, index in enumerate(here):
            children.append(_Child(options, coordinator, index, place > 0, _cores_of(place, len(here))))
        return _first_to_end(children)
    finally:
        for child in children:
            child.end()


class _Child:
    """A process of the training.

    Args:
        index: which one it is; None where JAX finds it out.
        quiet: whether what it says is shown only when it fails.
        cores: of the processor that it has to itself; empty for all.

    Attributes:
        status: its return code, as `subprocess` has it; None while it runs.
        words: what it said, at its end, if nobody has seen it.
    """

    def __init__(
        self, options: argparse.Namespace, coordinator: str, index: int | None, quiet: bool, cores: Sequence[int]
    ) -> None:
        self.index, self.words = index, ""
        self._said = tempfile.TemporaryFile() if quiet else None  # noqa: SIM115  closed at its end
        command = [sys.executable, "-m", "nn", *options.arguments, "--supervised"]
        if options.coordinator is None:
            command += ["--coordinator", coordinator, "--process-id", f"{index}"]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,  # whose end it sees: see `worker`
            stdout=subprocess.DEVNULL if quiet else None,
            stderr=self._said,
            start_new_session=True,  # Ctrl-C is ours
        )
        if cores:
            os.sched_setaffinity(self._process.pid, cores)

    @property
    def status(self) -> int | None:
        return self._process.poll()

    def end(self) -> None:
        """Kill it, where it runs: its files are written whole, and its locks are the system's."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        assert self._process.stdin is not None
        self._process.stdin.close()
        if self._said is not None:
            self._said.seek(0)
            self.words = self._said.read().decode(errors="replace").strip()
            self._said.close()

    @property
    def guilt(self) -> int:
        """The smaller, the less others can be the cause: of a signal, an error of its own, that they are lost."""
        return 2 if self.status in (LOST, -signal.SIGABRT) else 1 if (self.status or 0) > 0 else 0


def _first_to_end(children: Sequence[_Child]) -> _Child | None:
    """Wait until all have ended well, or one has not: that one, or of several the one that others died of."""
    while True:
        statuses = [child.status for child in children]
        if all(status == 0 for status in statuses):
            return None
        if any(statuses):
            time.sleep(_TOGETHER if len(children) > 1 else 0)
            seen_first = [child for child, status in zip(children, statuses, strict=True) if status]
            later = [child for child in children if child.status and child not in seen_first]
            return min([*seen_first, *later], key=lambda child: child.guilt)  # of equals the first
        time.sleep(_EVERY)


def _told(child: _Child, options: argparse.Namespace, checkpoint: Path, begun: int) -> int:
    """Say how a process ended, and how to go on from what was written since; the exit status."""
    if child.words:
        say(child.words, file=sys.stderr)
    status = child.status or 0
    if 0 < status != LOST:  # it has told why itself
        if options.coordinator is None and child.index:
            complain(f"that was process {child.index} of {options.processes}; the others were ended")
        return status
    what = f"process {child.index} of {options.processes}" if child.index is not None else "a process of the training"
    others = "" if options.coordinator else "; the others were ended"
    complain(f"{what}, on {socket.gethostname()}, {_how(status)}{others}. {_how_to_go_on(options, checkpoint, begun)}")
    return 128 - status if status < 0 else status


def _how(status: int) -> str:
    """How a process has ended, in words.

    >>> _how(-15)
    'was killed by SIGTERM'
    """
    if status >= 0:
        return "has lost another process; what was started there says why"
    if status == -signal.SIGABRT:
        return (
            "was ended by JAX (SIGABRT): another process, most often, has died, or never came, or has the same "
            "--process-id; what was started there says why"
        )
    name = signal.Signals(-status).name
    return f"was killed by {name}" + ", which the system does, too, where memory runs out" * (name == "SIGKILL")


def _how_to_go_on(options: argparse.Namespace, checkpoint: Path, begun: int) -> str:
    from ..training.checkpoint import epochs_of

    if options.process_id:
        return "Process 0 has the checkpoint: its launcher says how to go on"
    try:
        is_ours = options.resume or checkpoint.stat().st_mtime_ns >= begun
        done = epochs_of(checkpoint) if is_ours else 0
    except FileNotFoundError:
        done = 0
    except (OSError, ValueError, KeyError) as error:
        return f"{printable(f'{checkpoint}')} cannot be read: {printable(f'{error}')}"
    if not done:
        return "No epoch was finished: the same command begins anew"
    arguments = [each for each in options.arguments if each != "--resume"]
    command = printable(shlex.join(["glassgrad", *arguments, "--resume"]))
    return (
        f"{checkpoint} has {done} epoch{'s' * (done > 1)} of {options.epochs}. This goes on from there, also with "
        f"another --processes: {command}"
    )


def _cores_of(place: int, count: int) -> list[int]:
    """Of the processor, for one of so many processes: some for itself, where there are as many."""
    if not hasattr(os, "sched_getaffinity") or count == 1:
        return []
    cores = sorted(os.sched_getaffinity(0))
    each = len(cores) // count
    return cores[place * each : (place + 1) * each]


def _free_port() -> int:
    """A port of this machine that nobody uses now."""
    with socket.socket() as found:
        found.bind((LOCALHOST, 0))
        port: int = found.getsockname()[1]
        return port


def words_for(options: argparse.Namespace) -> dict[str, Any]:
    """The options that do not fit together, as `fill_in` refuses them: by what is said of them, whether they do not."""
    several = options.coordinator is not None or options.processes is not None or options.process_id is not None
    by_hand = options.coordinator is not None and options.coordinator != AUTO
    return {
        "--devices, --coordinator, --processes and --process-id are for --backend jax":
            (several or options.devices is not None) and options.backend != "jax",
        "--process-id says which of the processes this one is: it needs --coordinator HOST:PORT, where process 0 is":
            options.process_id is not None and options.coordinator is None,
        f"--coordinator {options.coordinator} needs --processes N and --process-id I: how many there are, and which "
        "one this is, from 0": by_hand and (options.processes is None or options.process_id is None),
        f"--process-id {options.process_id} is none of {options.processes} processes, which are counted from 0":
            options.process_id is not None and options.processes is not None
            and options.process_id >= options.processes,
    }  # fmt: skip
