"""Where SLH-DSA is computed: in a process of its own, because pqcrypto holds the interpreter's lock while it works.

A signature takes 10 ms to a second, during which no other thread of this interpreter would run. So one long-lived
process does it (`slh_dsa_process`): started at first need in a fresh interpreter, never by fork; private keys go to it
over a pipe, never on a command line or into a file; it ends with its parent, and is started again if it dies. Where no
process can be had, and where no other thread waits, the work is done in place.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import os
import select
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from scorpius_lab.errors import InvalidKey
from scorpius_lab.quantum.keys import BytesLike
from scorpius_lab.quantum.signature import slh_dsa_process
from scorpius_lab.quantum.signature.slh_dsa_process import DONE, GREETING, read_frame, write_frame

_STARTING_MILLISECONDS: Final = 30_000
_TRIES: Final = 2


class _Unavailable(Exception):
    """No process answers."""


class _Process:
    """One worker process. Not safe for threads; see `_call`."""

    def __init__(self) -> None:
        """Start it and wait for its greeting. Raises _Unavailable."""
        try:
            self._popen = subprocess.Popen(
                [sys.executable or "", "-I", "-S", str(Path(slh_dsa_process.__file__))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                bufsize=0,  # a fork during a write must not leave the child a buffer that it would flush too
            )
        except (OSError, ValueError, RuntimeError):  # the last at the interpreter's end
            raise _Unavailable from None
        try:
            self._greet()
        except BaseException:
            self.end()
            raise

    def ask(self, fields: Sequence[BytesLike]) -> list[bytes]:
        """Send one request and wait for its answer. Raises _Unavailable if the process died."""
        assert self._popen.stdin is not None  # noqa: S101 (for the type checker: both are pipes)
        assert self._popen.stdout is not None  # noqa: S101
        try:
            write_frame(self._popen.stdin, fields)
            return read_frame(self._popen.stdout)
        except (OSError, EOFError, ValueError):
            raise _Unavailable from None

    def end(self) -> None:
        """Kill it; nothing is lost, since it keeps nothing."""
        self._popen.kill()
        self._popen.wait()
        self._close()

    def let_go(self) -> None:
        """In a forked child: leave the process to the parent and close the copies of its pipes."""
        self._popen.returncode = 0
        self._close()

    def _close(self) -> None:
        for pipe in (self._popen.stdin, self._popen.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _greet(self) -> None:
        assert self._popen.stdin is not None  # noqa: S101
        assert self._popen.stdout is not None  # noqa: S101
        package = importlib.import_module("pqcrypto").__file__
        if package is None:
            raise _Unavailable
        try:
            write_frame(self._popen.stdin, [os.fsencode(Path(package).parent.parent)])
            # An embedding program may be `sys.executable` itself: one that does not answer must not stop us for good.
            waiting = select.poll()
            waiting.register(self._popen.stdout, select.POLLIN | select.POLLHUP)
            if not waiting.poll(_STARTING_MILLISECONDS) or read_frame(self._popen.stdout) != [GREETING]:
                raise _Unavailable
        except (OSError, EOFError):
            raise _Unavailable from None


class _Worker:
    """The one process of this interpreter, used by one thread at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: _Process | None = None
        self._impossible = False

    def call(self, fields: Sequence[BytesLike]) -> list[bytes] | None:
        """The answer to one request, or None where no process can be had."""
        with self._lock:
            for _ in range(_TRIES):
                if self._impossible:
                    return None
                answer = self._once(fields)
                if answer is not None:
                    return answer
        return None

    def stop(self) -> None:
        """End the process; the next call starts another."""
        process, self._process = self._process, None
        if process is not None:
            process.end()

    def forget(self) -> None:
        """In a forked child: the process belongs to the parent, and so does whoever held the lock."""
        process, self._process = self._process, None
        self._lock = threading.Lock()
        if process is not None:
            process.let_go()

    def _once(self, fields: Sequence[BytesLike]) -> list[bytes] | None:
        try:
            if self._process is None:
                self._process = self._start()
            return self._process.ask(fields)
        except _Unavailable:
            self.stop()
            return None
        except BaseException:
            # Interrupted between question and answer: the answer that still comes must not be taken for the next one.
            self.stop()
            raise

    def _start(self) -> _Process:
        try:
            return _Process()
        except _Unavailable:
            self._impossible = True
            raise


_WORKER: Final = _Worker()
atexit.register(_WORKER.stop)
os.register_at_fork(after_in_child=_WORKER.forget)


def keygen(library_name: str) -> tuple[bytes, bytes]:
    """A fresh pair of one parameter set, named as pqcrypto's module: (public key, private key)."""
    answer = _answer([b"keygen", library_name.encode("ascii")])
    if answer is None:
        return slh_dsa_process.keygen(importlib.import_module("pqcrypto.sign." + library_name))
    return answer[1], answer[2]


def sign(library_name: str, private: bytes, message: BytesLike, context: bytes) -> bytes:
    """A signature, verified once. Raises InvalidKey if the private key's halves do not belong together."""
    answer = _answer([b"sign", library_name.encode("ascii"), private, message, context])
    if answer is not None:
        if answer[0] != DONE:
            raise _damaged()
        return answer[1]
    try:
        library = importlib.import_module("pqcrypto.sign." + library_name)
        return slh_dsa_process.sign(library, private, bytes(message), context)
    except ValueError:
        raise _damaged() from None


def stop() -> None:
    """End the worker process, if there is one; the next signature starts another."""
    _WORKER.stop()


def _answer(fields: Sequence[BytesLike]) -> list[bytes] | None:
    # With no other thread there is nobody to keep running, and a short-lived program is spared a process.
    return None if threading.active_count() == 1 else _WORKER.call(fields)


def _damaged() -> InvalidKey:
    return InvalidKey("the SLH-DSA private key is damaged: its public half does not belong to its secret half")
