"""The systemd journal as `journalctl -o json` writes it, and the journal of this machine, asked the same way."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scorpius_lab.errors import FormatError
from scorpius_lab.formats.lines import read_lines
from scorpius_lab.formats.syslog import SyslogLine
from scorpius_lab.security.threats.events import Event, Reject, Scalar, scalar
from scorpius_lab.security.threats.linux import linux_event
from scorpius_lab.security.threats.readers.reader import Reader, Source

KEPT = ("_SYSTEMD_UNIT", "_UID", "_EXE", "_CMDLINE", "_COMM", "_TRANSPORT", "PRIORITY", "MESSAGE_ID", "UNIT")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def suits(_path: Path, head: bytes) -> bool:
    """By the first record's fields."""
    return head.lstrip().startswith(b"{") and b'"__REALTIME_TIMESTAMP"' in head.split(b"\n", 1)[0]


def read(source: Source) -> Iterator[Event | Reject]:
    """One event for each line."""
    for line in read_lines(source.path, source.limits):
        if source.stop():
            return
        if line.problem:
            yield Reject(line.number, line.problem, line.text)
            continue
        try:
            yield event_of_text(line.text, line.number)
        except FormatError as error:
            yield Reject(line.number, str(error), line.text[:200])


def event_of_text(text: str, number: int) -> Event:
    """The event of one JSON record. Raises FormatError."""
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"not JSON: {error}") from None
    if not isinstance(record, Mapping):
        raise FormatError("the line is not a JSON object")
    return event_of_fields(record, number)


def event_of_fields(record: Mapping[str, object], number: int) -> Event:
    """The event of a journal record, whichever export it came from. Raises FormatError."""
    stamp = _text(record.get("_SOURCE_REALTIME_TIMESTAMP") or record.get("__REALTIME_TIMESTAMP"))
    try:
        moment = EPOCH + timedelta(microseconds=int(stamp))
    except (ValueError, OverflowError):
        raise FormatError(f"the journal record has no usable time ({stamp[:40]!r})") from None
    program = _text(record.get("SYSLOG_IDENTIFIER") or record.get("_COMM"))
    pid = _text(record.get("SYSLOG_PID") or record.get("_PID"))
    line = SyslogLine(
        moment,
        _text(record.get("_HOSTNAME")),
        program,
        int(pid) if pid.isdigit() and len(pid) <= 10 else None,  # noqa: PLR2004 (digits of a process id)
        _text(record.get("MESSAGE")),
    )
    extra: dict[str, Scalar] = {name: scalar(_text(record[name])) for name in KEPT if record.get(name) is not None}
    return linux_event(line, number, extra)


def _text(value: object) -> str:
    """A field's text: journalctl writes bytes that are not text as a list of numbers, repeated fields as a list."""
    if value is None:
        return ""
    if isinstance(value, list):
        if value and all(isinstance(item, int) and 0 <= item < 256 for item in value):  # noqa: PLR2004 (a byte)
            return bytes(value).decode("utf-8", "backslashreplace")
        return "\n".join(_text(item) for item in value)
    return str(value)


READER = Reader("journal_json", "systemd journal (JSON)", suits, read)
