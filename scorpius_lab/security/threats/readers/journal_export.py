"""The systemd journal in its export format (`journalctl -o export`).

Format: https://systemd.io/JOURNAL_EXPORT_FORMATS/ : fields as `NAME=text` lines, or `NAME`, a 64-bit little-endian
length and that many bytes; a blank line ends a record.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from scorpius_lab.errors import FormatError
from scorpius_lab.formats.lines import decode, read_chunks
from scorpius_lab.security.threats.events import Event, Reject
from scorpius_lab.security.threats.readers.journal_json import event_of_fields
from scorpius_lab.security.threats.readers.reader import Reader, Source

MAX_FIELD = 16 << 20
_LENGTH = 8


def suits(_path: Path, head: bytes) -> bool:
    """By its first field: every record begins with its cursor."""
    return head.startswith((b"__CURSOR=", b"__REALTIME_TIMESTAMP="))


class _Bytes:
    """Bytes of a file, asked for by line and by count, from pieces."""

    def __init__(self, chunks: Iterator[bytes | str]) -> None:
        self._chunks = chunks
        self._held = b""
        self.problem: str | None = None

    def _more(self) -> bool:
        chunk = next(self._chunks, b"")
        if isinstance(chunk, str):
            self.problem = chunk
            return False
        self._held += chunk
        return bool(chunk)

    def line(self) -> bytes | None:
        """The next line without its end, or None at the end."""
        while b"\n" not in self._held:
            if len(self._held) > MAX_FIELD:
                raise FormatError(f"a field is longer than {MAX_FIELD:,} bytes")
            if not self._more():
                rest, self._held = self._held, b""
                return rest or None
        line, _, self._held = self._held.partition(b"\n")
        return line

    def take(self, count: int) -> bytes:
        """Exactly `count` bytes. Raises FormatError at the end."""
        while len(self._held) < count:
            if not self._more():
                raise FormatError("the file ends inside a binary field")
        taken, self._held = self._held[:count], self._held[count:]
        return taken


def read(source: Source) -> Iterator[Event | Reject]:
    """One event for each record."""
    data = _Bytes(read_chunks(source.path, source.limits.total))
    number = 0
    while not source.stop():
        try:
            record = _record(data)
        except FormatError as error:
            yield Reject(number + 1, f"{error}; the rest of the file cannot be read")
            return
        if record is None:
            break
        if not record:
            continue
        number += 1
        try:
            yield event_of_fields(record, number)
        except FormatError as error:
            yield Reject(number, str(error), str(record)[:200])
    if data.problem:
        yield Reject(number + 1, data.problem)


def _record(data: _Bytes) -> dict[str, object] | None:
    """The fields up to the next blank line; None at the end of the file."""
    fields: dict[str, object] = {}
    while (line := data.line()) is not None:
        if not line:
            return fields
        name, equals, value = line.partition(b"=")
        if not equals:
            (length,) = struct.unpack("<Q", data.take(_LENGTH))
            if length > MAX_FIELD:
                raise FormatError(f"a binary field claims {length:,} bytes")
            value = data.take(length)
            data.take(1)
        key, text = decode(name), decode(value)
        fields[key] = f"{fields[key]}\n{text}" if key in fields else text
    return fields or None


READER = Reader("journal_export", "systemd journal (export)", suits, read)
