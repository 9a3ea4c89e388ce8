"""Processes beside one another, which wait for each other by pipes, never by the clock."""

import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from typing import Any


def start(script: str, *arguments: Any) -> subprocess.Popen[str]:
    """A process that runs the script; what it prints and what it waits for goes through pipes."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def wait_for(process: subprocess.Popen[str], line: str) -> None:
    """Until the process has printed the line."""
    assert process.stdout is not None
    assert process.stderr is not None
    said = process.stdout.readline()
    assert said == line + "\n", said + process.stderr.read()


def ended(process: subprocess.Popen[str], status: int = 0) -> str:
    """What the process has printed, after it was let go on and has ended with this status."""
    out, err = process.communicate("\n", timeout=60)
    assert process.returncode == status, err
    return out + err


def in_child(function: Callable[[], Any], user: int | None = None) -> str:
    """What the function returns as text, or the error that it raises: in a forked process, as another user perhaps."""
    reading, writing = os.pipe()
    if child := os.fork():
        os.close(writing)
        with os.fdopen(reading) as pipe:
            said = pipe.read()
        assert os.waitpid(child, 0)[1] == 0, said
        return said
    try:
        if user is not None:
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
        try:
            said = str(function())
        except Exception as error:  # noqa: BLE001  it is what is looked at
            said = f"{type(error).__name__}: {error}"
        os.write(writing, said.encode())
        os._exit(0)
    except BaseException:  # noqa: BLE001  the parent must not run a second time
        os.write(writing, traceback.format_exc().encode())
        os._exit(1)
