"""Training by JAX on many devices, and by several processes: the numbers of one."""

import errno
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

import nn.training.devices.processes as module
from nn.training.devices.processes import Processes, join
from tests.conftest import ONCE

from .trainings import trained

pytest.importorskip("jax")
pytestmark = ONCE
ROOT = Path(__file__).parents[4]


def started(*arguments, **environment):
    environment |= {"JAX_DISABLE_MOST_OPTIMIZATIONS": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.nn.training.devices.trainings", *map(str, arguments)], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, **environment},
    )  # fmt: skip


def told(process):
    """What a process of ours has printed last."""
    out, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors[-4000:]
    return json.loads(out.splitlines()[-1])


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def by_processes(count, folder):
    port = free_port()
    return [told(each) for each in [started("processes", count, i, port, folder) for i in range(count)]]


def assert_same(one, other):
    (weights, history), (expected, reference) = one, other
    assert weights == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert history.keys() == reference.keys()
    for name in reference:
        assert history[name] == pytest.approx(reference[name], rel=1e-9), name


def test_eight_devices_and_three_of_them_train_as_numpy_does():
    found = told(started("devices", XLA_FLAGS="--xla_force_host_platform_device_count=8"))
    assert_same(found["all"], found["one"])
    assert_same(found["three"], found["one"])
    assert found["twice"].startswith("devices must be different ones")


def test_two_processes_begin_four_go_on_and_one_ends_what_numpy_trains(tmp_path):
    for count, epochs in ((2, 2), (4, 3)):
        found = by_processes(count, tmp_path)
        for each in found:
            assert_same(each["trained"], trained("numpy", epochs=epochs))
        assert [each["wrote"] for each in found] == [True] + [False] * (count - 1)
        # An epoch has batches of 8, 8, and 5 filled up to 8, and 7 held out, filled up to 8.
        trained_here = 2 if count == 2 else 1
        assert [each["read"] for each in found] == [trained_here * 4 * 8 // count] * count
        if count == 2:
            check_refusals(*found)
    assert_same(trained("jax", path=tmp_path / "of-0", epochs=4), trained("numpy", epochs=4))


def check_refusals(first, other):
    assert first["without a seed"] == other["without a seed"]
    for each in (first, other):
        assert each["other seed"].startswith(
            "ValueError: the processes of a training must be given the same: seed of process 1 is not that of process 0"
        )
    assert other["a bad setting"].startswith("ValueError: l2 must be")
    assert other["a callback"] == "KeyError: 'of process 1'"
    ended = "ConnectionAbortedError: process 1 of 2 has ended this training"
    assert first["a bad setting"].startswith(ended)
    assert first["a callback"].startswith(ended)


def test_a_coordinator_that_is_not_there_is_an_error_that_names_it():
    port, begin = free_port(), time.monotonic()
    with pytest.raises(ConnectionError, match=f"nobody answers at 127.0.0.1:{port}, where process 0 of 2 should be"):
        join(f"127.0.0.1:{port}", 2, 1, wait=0.3)
    assert time.monotonic() - begin < 30


def test_a_port_in_use_is_an_error_that_names_it():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        for host in ("127.0.0.1", "10.0.0.1"):  # the second listens at all addresses of this machine
            with pytest.raises(
                OSError, match=f"port {port} of this machine is in use already.*{host}:{port}"
            ) as caught:
                join(f"{host}:{port}", 2, 0)
            assert caught.value.errno == errno.EADDRINUSE


@pytest.mark.parametrize(
    ("host", "is_bound"),
    [("127.0.0.1", True), ("127.0.0.2", True), ("localhost", True), ("[::1]", True), ("10.0.0.1", False), ("a", False)],
)
def test_a_loopback_address_is_the_only_one_that_process_0_listens_at(host, is_bound, monkeypatch):
    jax, given, address = pytest.importorskip("jax"), {}, f"{host}:{free_port()}"
    monkeypatch.setattr(jax.distributed, "initialize", lambda *args, **options: given.update(options, args=args))
    join(address, 2, 0)
    assert given["args"] == (address, 2, 0)
    assert given["coordinator_bind_address"] == (address if is_bound else None)


@pytest.mark.skipif(sys.platform != "linux", reason="a port is held on Linux alone")
@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1"])
def test_nobody_else_takes_the_port_before_jax_listens(host, monkeypatch):
    jax, port, seen = pytest.importorskip("jax"), free_port(), []

    def listen(*options):
        with socket.socket() as other:
            for option in options:
                other.setsockopt(socket.SOL_SOCKET, option, 1)
            try:
                other.bind(("127.0.0.1", port))
                other.listen()
            except OSError as error:
                return error.errno
        return 0

    def initialize(*args, **options):
        seen.extend([listen(), listen(socket.SO_REUSEADDR), listen(socket.SO_REUSEADDR, socket.SO_REUSEPORT)])

    monkeypatch.setattr(jax.distributed, "initialize", initialize)
    join(f"{host}:{port}", 2, 0)
    assert seen == [errno.EADDRINUSE, errno.EADDRINUSE, 0]  # the last as JAX does
    assert listen() == 0  # it is free again


def test_an_address_of_ipv6_is_reached_without_its_brackets(monkeypatch):
    called = []

    def connect(address, timeout):
        called.append(address)
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(module.socket, "create_connection", connect)
    with pytest.raises(ConnectionError, match=r"nobody answers at \[::1\]:7777"):
        join("[::1]:7777", 2, 1, wait=0.0)
    assert called[0] == ("::1", 7777)


def test_a_host_that_nobody_knows_is_told_once_and_at_once(monkeypatch):
    def connect(address, timeout):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(module.socket, "create_connection", connect)
    told = []
    with pytest.raises(ConnectionError, match="nobody answers at gone:7777"):
        join("gone:7777", 2, 1, wait=0.5, tell=told.append)
    assert told == ["this machine knows no host 'gone' (Name or service not known): process 1 tries for 0.5 s"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError])
def test_whatever_ends_a_block_of_all_is_told_to_the_others(error, monkeypatch):
    told = []
    monkeypatch.setattr(Processes, "any", lambda self, asked: told.append(asked))
    with pytest.raises(error), Processes(2, 0).all_or_none():
        raise error
    assert told == [True]
