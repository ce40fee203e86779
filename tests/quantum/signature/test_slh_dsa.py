"""SLH-DSA against FIPS 205 written out, and the process that keeps other threads running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fips205 import Oracle

from scorpius_lab import quantum
from scorpius_lab.quantum.signature import slh_dsa_worker

SLOWEST = ("SLH-DSA-SHAKE-128s", "SLH-DSA-SHAKE-192s", "SLH-DSA-SHAKE-256s")
NAMES = [
    pytest.param(one.name, marks=[pytest.mark.full] if one.name in SLOWEST else [])
    for one in quantum.ALGORITHMS
    if one.name.startswith("SLH-DSA")
]
FAST = "SLH-DSA-SHA2-128f"
SMALL = "SLH-DSA-SHA2-128s"


@pytest.fixture
def another_thread() -> Iterator[None]:
    """So that signatures are made in the worker process."""
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    yield
    done.set()
    thread.join()


def oracle(name: str, public: bytes) -> Oracle:
    half = len(public) // 2
    return Oracle(name, public[:half], public[half:])


@pytest.mark.parametrize("name", NAMES)
def test_a_signature_is_what_fips_205_says(name: str) -> None:
    """Pure mode, section 10.2.1: the internal interface signs 0 || length of the context || context || message."""
    pair = quantum.generate_keypair(name)
    signature = quantum.sign(name, pair.private_key, b"message", b"context")
    assert oracle(name, pair.public_key).verify(b"\x00\x07context" + b"message", signature)
    quantum.verify(name, pair.public_key, b"message", signature, b"context")


@pytest.mark.parametrize("name", ["SLH-DSA-SHA2-128f", "SLH-DSA-SHAKE-128f"])
def test_signatures_of_the_internal_interface_are_refused(name: str) -> None:
    pair = quantum.generate_keypair(name)
    seed, prf = pair.private_key[:16], pair.private_key[16:32]
    reference = oracle(name, pair.public_key)
    internal = reference.sign(seed, prf, b"message")
    assert reference.verify(b"message", internal)
    with pytest.raises(quantum.InvalidSignature):
        quantum.verify(name, pair.public_key, b"message", internal)
    external = reference.sign(seed, prf, b"\x00\x00" + b"message")
    quantum.verify(name, pair.public_key, b"message", external)


def test_other_threads_run_while_a_signature_is_made() -> None:
    """In place, pqcrypto holds the interpreter's lock for the whole signature: a ticking thread then gets no turn."""
    private = quantum.generate_keypair(SMALL).private_key
    ticks, done = [0], threading.Event()

    def tick() -> None:
        while not done.wait(0.001):
            ticks[0] += 1

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        quantum.sign(SMALL, private, b"the worker is running now")
        before = ticks[0]
        quantum.sign(SMALL, private, b"message")
        during = ticks[0] - before
    finally:
        done.set()
        thread.join()
    assert during >= 20


@pytest.mark.usefixtures("another_thread")
def test_threads_may_sign_at_once() -> None:
    pair = quantum.generate_keypair(FAST)
    messages = [bytes([i]) * (1 + 1000 * i) for i in range(8)]
    with ThreadPoolExecutor(4) as pool:
        signatures = list(pool.map(lambda message: quantum.sign(FAST, pair.private_key, message), messages))
    for message, signature in zip(messages, signatures, strict=True):
        quantum.verify(FAST, pair.public_key, message, signature)


@pytest.mark.usefixtures("another_thread")
def test_a_worker_that_was_killed_is_started_again() -> None:
    pair = quantum.generate_keypair(FAST)
    quantum.sign(FAST, pair.private_key, b"first")
    process = slh_dsa_worker._WORKER._process
    assert process is not None
    os.kill(process._popen.pid, signal.SIGKILL)
    process._popen.wait()
    quantum.verify(FAST, pair.public_key, b"second", quantum.sign(FAST, pair.private_key, b"second"))


@pytest.mark.usefixtures("another_thread")
def test_without_a_process_the_signature_is_made_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slh_dsa_worker, "_WORKER", slh_dsa_worker._Worker())
    monkeypatch.setattr(sys, "executable", "/bin/false")
    pair = quantum.generate_keypair(FAST)
    quantum.verify(FAST, pair.public_key, b"message", quantum.sign(FAST, pair.private_key, b"message"))


@pytest.mark.usefixtures("another_thread")
def test_an_interrupted_call_leaves_no_answer_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = quantum.generate_keypair(FAST)
    quantum.sign(FAST, pair.private_key, b"first")

    def interrupted(stream: object) -> list[bytes]:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(slh_dsa_worker, "read_frame", interrupted)
        with pytest.raises(KeyboardInterrupt):
            quantum.sign(FAST, pair.private_key, b"the one whose answer is not read")
    quantum.verify(FAST, pair.public_key, b"next", quantum.sign(FAST, pair.private_key, b"next"))


@pytest.mark.parametrize("in_worker", [False, True], ids=["in place", "in the worker"])
def test_a_private_key_whose_halves_differ_signs_nothing(in_worker: bool, another_thread: None) -> None:
    pair = quantum.generate_keypair(FAST)
    damaged = pair.private_key[:-1] + bytes([pair.private_key[-1] ^ 1])
    if not in_worker:
        slh_dsa_worker.stop()
    with pytest.raises(quantum.InvalidKey, match="does not belong"):
        quantum.sign(FAST, damaged, b"message")


PROGRAM = """
import os, pathlib, threading
from scorpius_lab import quantum
from scorpius_lab.quantum.signature import slh_dsa_worker
threading.Thread(target=threading.Event().wait, daemon=True).start()
pair = quantum.generate_keypair("SLH-DSA-SHA2-128f")
quantum.sign("SLH-DSA-SHA2-128f", pair.private_key, b"message")
pid = slh_dsa_worker._WORKER._process._popen.pid
place = pathlib.Path(f"/proc/{pid}/cmdline")
command = place.read_bytes() if place.exists() else b""
assert pair.private_key.hex().encode() not in command and pair.private_key not in command
"""
ENDINGS = {
    "a clean end": "print(pid, flush=True)",
    "an exception": "print(pid, flush=True); raise SystemExit(3)",
    "a kill": "print(pid, flush=True); os.kill(os.getpid(), 9)",
    "a fork": """
child = os.fork()
if child == 0:
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    quantum.sign("SLH-DSA-SHA2-128f", pair.private_key, b"message")
    assert slh_dsa_worker._WORKER._process._popen.pid != pid
    slh_dsa_worker.stop()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
quantum.sign("SLH-DSA-SHA2-128f", pair.private_key, b"message")
assert slh_dsa_worker._WORKER._process._popen.pid == pid
print(pid, flush=True)
""",
}


@pytest.mark.parametrize("ending", sorted(ENDINGS))
def test_the_worker_ends_with_its_parent(ending: str) -> None:
    """The program comes from standard input, so there is no main module that could be imported again."""
    program = textwrap.dedent(PROGRAM) + textwrap.dedent(ENDINGS[ending])
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-"], input=program, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.stderr == ""
    worker = int(ended.stdout)
    deadline = time.monotonic() + 10
    while running(worker) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not running(worker)


def running(process: int) -> bool:
    status = Path(f"/proc/{process}/status")
    try:
        os.kill(process, 0)
        return not status.exists() or "\nState:\tZ" not in status.read_text()
    except OSError:
        return False
