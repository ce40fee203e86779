"""One at a time: a lock file that the kernel frees when its process dies, and that names who holds it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from scorpius_lab.core.identity import utc_text
from scorpius_lab.core.runs import Clock, utc_now
from scorpius_lab.errors import AlreadyRunning, StoreReadOnly


@contextmanager
def exclusive(path: Path, what: str, *, clock: Clock = utc_now) -> Iterator[None]:
    """Hold the lock file for the length of the block. `what` names the thing in the message.

    Raises AlreadyRunning, naming the holder's pid and since when, if another process or thread has it.
    """
    import portalocker

    with _opened(path) as handle:
        try:
            portalocker.lock(handle, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
        except portalocker.LockException as error:
            raise AlreadyRunning(f"{what} is already running ({_holder(path)}); wait for it or stop it") from error
        _note(handle, {"pid": os.getpid(), "since": utc_text(clock())})
        try:
            yield
        finally:
            _note(handle, None)


@contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise StoreReadOnly(f"{path} cannot be written ({error.strerror}); give this user the lab folder") from error
    with handle:
        yield handle


def _note(handle: IO[str], content: object) -> None:
    """The note is only for people; a full disk is no reason to stop."""
    with suppress(OSError):
        handle.seek(0)
        handle.truncate()
        if content is not None:
            handle.write(json.dumps(content))
        handle.flush()


def _holder(path: Path) -> str:
    try:
        note = json.loads(path.read_text(encoding="utf-8"))
        return f"process {int(note['pid'])}, since {note['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "by a process that left no note"
