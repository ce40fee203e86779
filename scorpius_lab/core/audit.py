"""The audit log: one line for every change and every export, chained by hash.

`AuditSink` is what the lab writes to; `FileAuditSink` is the first one, a plain append-only file of JSON lines that
people can read with any tool. Each entry holds the hash of the entry before it, so an edited, removed, swapped or
inserted line is found. What a chain alone cannot show is a log cut off at its end or rewritten whole: note
`head()` somewhere else (a signed bundle, a witness) to show that.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from scorpius_lab.core.identity import canonical_json, content_id, utc_text
from scorpius_lab.core.runs import Clock, utc_now
from scorpius_lab.errors import AuditError

FIRST: Final = "0" * 64
TAIL_BYTES: Final = 1 << 16
FIELDS: Final = frozenset({"at", "actor", "action", "subject", "detail", "previous", "hash"})


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that was done: who (`actor`) did what (`action`) to what (`subject`), and the hash of the line before.

    `detail` is small JSON; never put a secret in it.
    """

    at: datetime
    actor: str
    action: str
    subject: str
    previous: str
    hash: str
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """Result of walking the log: how many entries hold, the hash of the last, and what is wrong with which line."""

    entries: int
    head: str
    problems: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """True if every line is whole and follows from the one before."""
        return not self.problems


class AuditSink(Protocol):
    """Where the lab writes what was done. A sink that cannot write raises AuditError; the action then fails too."""

    def record(self, action: str, subject: str, *, actor: str = "", detail: Mapping[str, object] | None = None) -> str:
        """Write one entry durably and return its hash."""

    def entries(self) -> Iterator[AuditEntry]:
        """Every entry in the order written."""

    def verify_chain(self) -> ChainCheck:
        """Walk the whole log; a damaged log is a result, not an error."""


class FileAuditSink:
    """Append-only JSON lines in one file of mode 0600; several processes may write at once.

    In: the file (made at the first entry) and a clock. Each entry is one `write` under an exclusive lock, then synced
    to disk. A last line that a dying process left unfinished is kept, ended and reported by `verify_chain`.
    """

    def __init__(self, path: Path, clock: Clock = utc_now) -> None:
        """A sink on `path`; touches nothing yet."""
        self.path = path
        self._clock = clock

    def record(self, action: str, subject: str, *, actor: str = "", detail: Mapping[str, object] | None = None) -> str:
        """Append one entry and return its hash. Raises AuditError: not writable, open to others, or disk full."""
        with self._locked() as descriptor:
            last, whole = _last_line(descriptor)
            entry = _plain(
                {
                    "at": utc_text(self._clock()),
                    "actor": actor,
                    "action": action,
                    "subject": subject,
                    "detail": dict(detail or {}),
                    "previous": _hash_of(last),
                }
            )
            name = content_id(canonical_json(entry))
            line = ("" if whole else "\n") + canonical_json({**entry, "hash": name}) + "\n"
            self._append(descriptor, line.encode())
        return name

    def entries(self) -> Iterator[AuditEntry]:
        """Every readable entry in the order written; none if nothing was ever recorded."""
        for _, line in self._lines():
            entry = _entry(line)
            if entry is not None:
                yield entry

    def head(self) -> str:
        """The hash of the last entry (64 zeros if there is none): keep it elsewhere to show the log was not cut."""
        return self.verify_chain().head

    def verify_chain(self) -> ChainCheck:
        """Walk the log and name each line that is damaged or does not follow from the one before."""
        problems: list[str] = []
        previous, count = FIRST, 0
        for number, line in self._lines():
            entry = _entry(line)
            if entry is None:
                problems.append(f"line {number} is not a whole entry")
                previous = _hash_of(line)
                continue
            if not _holds(line, entry):
                problems.append(f"line {number} was changed: its content does not have the hash it states")
            if entry.previous != previous:
                problems.append(f"line {number} does not follow the line before: one was removed, inserted or moved")
            previous, count = entry.hash, count + 1
        return ChainCheck(count, previous, tuple(problems))

    @contextmanager
    def _locked(self) -> Iterator[int]:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, flags, 0o600)
        except OSError as error:
            raise AuditError(f"the audit log {self.path} cannot be opened: {error.strerror}") from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if stat.S_IMODE(os.fstat(descriptor).st_mode) & 0o077:
                raise AuditError(f"the audit log {self.path} is open to other users; run: chmod 600 {self.path}")
            yield descriptor
        finally:
            os.close(descriptor)

    def _append(self, descriptor: int, line: bytes) -> None:
        try:
            written = os.write(descriptor, line)
            os.fsync(descriptor)
        except OSError as error:
            raise AuditError(f"the audit log {self.path} cannot be written: {error.strerror}") from None
        if written != len(line):
            raise AuditError(f"the audit log {self.path} took only part of an entry: is the disk full?")

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            return
        except OSError as error:
            raise AuditError(f"the audit log {self.path} cannot be read: {error.strerror}") from None
        with file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, line.rstrip(b"\n")


def _last_line(descriptor: int) -> tuple[bytes, bool]:
    """The last line with something in it, and whether the file ends with a line feed (or is empty)."""
    size = os.fstat(descriptor).st_size
    length = 0
    content = b""
    while length < size:
        length = min(size, max(TAIL_BYTES, length * 2))
        content = os.pread(descriptor, length, size - length)
        if content.rstrip(b"\n").count(b"\n"):
            break
    return content.rstrip(b"\n").rpartition(b"\n")[2], not content or content.endswith(b"\n")


def _hash_of(line: bytes) -> str:
    """What the next entry names as the one before; an unreadable line is named by its own bytes."""
    entry = _entry(line)
    if entry is not None:
        return entry.hash
    return hashlib.sha256(line).hexdigest() if line else FIRST


def _plain(entry: Mapping[str, object]) -> dict[str, object]:
    """The entry as JSON will give it back; a character that no file can hold becomes `?`."""
    try:
        value = json.loads(canonical_json(entry).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise AuditError("the detail of an audit entry is not plain JSON; give text, whole numbers and lists") from None
    return dict(value)


def _entry(line: bytes) -> AuditEntry | None:
    try:
        value: Any = json.loads(line)
        if not isinstance(value, dict) or set(value) != FIELDS:
            return None
        texts = {name: str(value[name]) for name in ("actor", "action", "subject", "previous", "hash")}
        return AuditEntry(at=datetime.fromisoformat(str(value["at"])), detail=dict(value["detail"]), **texts)
    except (ValueError, TypeError, RecursionError):
        return None


def _holds(line: bytes, entry: AuditEntry) -> bool:
    value = json.loads(line)
    del value["hash"]
    try:
        written = canonical_json({**value, "hash": entry.hash}).encode()
    except ValueError:
        return False
    return written == line and content_id(canonical_json(value)) == entry.hash
