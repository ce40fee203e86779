"""Sections: the short stretches in which a process may have the store's file open.

A section is a kernel file lock, shared to read and exclusive to write; the kernel frees it when a process dies. A
second file is the turnstile: a waiting writer holds it, so that a stream of readers cannot keep it out for ever.
Every holder leaves a note with its pid, only so that somebody who waits can be told for whom.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

import portalocker

from scorpius_lab.errors import StoreLocked, StoreReadOnly

Mode = Literal["read", "write"]
Notify = Callable[[str], None]

FIRST_WAIT = 0.0005
LONGEST_WAIT = 0.02
SAY_AFTER = 1.0

_held = threading.local()


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that is in a section now."""

    pid: int
    mode: str
    purpose: str

    def __str__(self) -> str:
        return f"process {self.pid} ({self.mode}: {self.purpose})"


def _quiet(text: str) -> None:
    """Tell nobody."""


@contextmanager
def section(
    folder: Path, mode: Mode, purpose: str, *, timeout: float = 60.0, notify: Notify = _quiet
) -> Iterator[None]:
    """Hold the store of `folder` to read or to write for the length of the block.

    After a second of waiting `notify` is told who holds it. Raises StoreLocked, naming the holder's pid, when the
    section cannot be had within `timeout` seconds or this thread is in one already.
    """
    key = str(folder.resolve())
    inside: set[str] = _held.__dict__.setdefault("folders", set())
    if key in inside:
        raise StoreLocked(
            f"this thread (process {os.getpid()}) is already in a section of the store in {folder}; "
            "finish the first one before starting another"
        )
    with ExitStack() as stack:
        _acquire(stack, folder, mode, timeout, notify)
        stack.enter_context(_note(folder, mode, purpose))
        inside.add(key)
        stack.callback(inside.discard, key)
        yield


def _acquire(stack: ExitStack, folder: Path, mode: Mode, timeout: float, notify: Notify) -> None:
    """Pass the turnstile, then take the lock; both within `timeout` seconds."""
    waiting = _Wait(folder, mode, time.monotonic() + timeout, timeout, notify)
    with _open(folder / "store.gate") as gate:
        waiting.until_locked(gate)
        held = stack.enter_context(_open(folder / "store.lock"))
        waiting.until_locked(held)


def _open(path: Path) -> IO[bytes]:
    """The lock file, made if need be; a lab that cannot be written may still be read through an existing one."""
    try:
        return path.open("a+b")
    except FileNotFoundError as error:
        raise StoreReadOnly(f"the lab folder {path.parent} is gone; create it with `scorpius init`") from error
    except OSError:
        pass
    try:
        return path.open("rb")
    except OSError as error:
        raise StoreReadOnly(
            f"{path} can be neither written nor read ({error.strerror}); give this user access to the lab folder"
        ) from error


@dataclass(slots=True)
class _Wait:
    folder: Path
    mode: Mode
    deadline: float
    timeout: float
    notify: Notify
    pause: float = FIRST_WAIT
    said: bool = False

    def until_locked(self, handle: IO[bytes]) -> None:
        flags = portalocker.LockFlags.NON_BLOCKING | (
            portalocker.LockFlags.SHARED if self.mode == "read" else portalocker.LockFlags.EXCLUSIVE
        )
        while True:
            try:
                portalocker.lock(handle, flags)
            except (portalocker.AlreadyLocked, portalocker.LockException):
                self._wait()
            else:
                return

    def _wait(self) -> None:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise StoreLocked(
                f"the store in {self.folder} could not be had to {self.mode} within {self.timeout:g} s; "
                f"it is held by {_named(holders(self.folder))}; wait for it, stop it, or raise store.lock_timeout"
            )
        if not self.said and self.timeout - left > SAY_AFTER:
            self.said = True
            self.notify(f"waiting for the store in {self.folder}, held by {_named(holders(self.folder))}")
        time.sleep(min(self.pause, left))
        self.pause = min(self.pause * 2, LONGEST_WAIT)


def _named(found: list[Holder]) -> str:
    return ", ".join(map(str, found)) or "a process that left no note"


@contextmanager
def _note(folder: Path, mode: Mode, purpose: str) -> Iterator[None]:
    """Leave a note of who is in a section; a note that cannot be written is no reason to fail."""
    path = folder / "locks" / f"{os.getpid()}-{threading.get_ident()}.json"
    with suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"pid": os.getpid(), "mode": mode, "purpose": purpose}))
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()


def holders(folder: Path) -> list[Holder]:
    """The processes that are in a section of the store in `folder` now; notes of the dead are swept away."""
    found = []
    for path in sorted((folder / "locks").glob("*.json")):
        try:
            note = json.loads(path.read_text())
            holder = Holder(int(note["pid"]), str(note["mode"]), str(note["purpose"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if _alive(holder.pid):
            found.append(holder)
            continue
        with suppress(OSError):
            path.unlink()
    return found


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
