"""Events as JSON: one object a line, an array, or objects one after another; Windows, CloudTrail, Kubernetes audit.

What a record is, is decided record by record from its own fields. A record of no known kind is kept as a generic
event: rules without a product can still look at it.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from scorpius_lab.errors import FormatError
from scorpius_lab.formats.lines import Line, read_chunks, read_lines
from scorpius_lab.formats.syslog import parse_time
from scorpius_lab.security.threats.events import Event, Reject, Scalar, flatten, text_of
from scorpius_lab.security.threats.readers.reader import Reader, Source
from scorpius_lab.security.threats.windows import is_windows, windows_event

TIME_NAMES = (
    "@timestamp", "timestamp", "time", "eventTime", "EventTime", "date", "datetime", "ts", "requestReceivedTimestamp",
    "published", "created_at",
)  # fmt: skip
_BLANK = re.compile(r"[\s,\]\[]*")
MILLISECONDS = 10**11  # a number above this counts milliseconds


def suits(_path: Path, head: bytes) -> bool:
    """By its first character."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}


def read(source: Source) -> Iterator[Event | Reject]:
    """One event for each record; a document `{"Records": [...]}` counts each of its records."""
    number = 0
    for item in _documents(source):
        if source.stop():
            return
        if isinstance(item, Reject):
            yield item
            continue
        line, document = item
        for record in _records_of(document):
            number += 1
            try:
                yield event_of(record, line or number)
            except FormatError as error:
                yield Reject(line or number, str(error), json.dumps(record, default=str)[:200])


def event_of(record: object, number: int) -> Event:
    """The event of one JSON document. Raises FormatError if it is not an object or lacks what its kind needs."""
    if not isinstance(record, Mapping):
        raise FormatError("the record is not a JSON object")
    if is_windows(record):
        return windows_event(record, number)
    for suits_kind, make in KINDS:
        if suits_kind(record):
            return make(record, number)
    return _generic(record, number)


def _records_of(document: object) -> list[object]:
    if isinstance(document, list):
        return document
    if isinstance(document, Mapping):
        for name in ("Records", "items", "events"):
            inner = document.get(name)
            if isinstance(inner, list) and len(document) <= 4:  # noqa: PLR2004 (a wrapper, not an event)
                return inner
    return [document]


def _documents(source: Source) -> Iterator[tuple[int, object] | Reject]:
    """(line number, document); the number is 0 in files whose documents do not keep to lines."""
    lines = read_lines(source.path, source.limits)
    first = next(lines, None)
    if first is None:
        return
    if not _complete(first):
        yield from _stream(source)
        return
    yield _parsed(first)
    for line in lines:
        yield _parsed(line)


def _complete(line: Line) -> bool:
    """False if the file is not one document a line."""
    if line.problem:
        return not line.data.lstrip().startswith(b"[")
    try:
        json.loads(line.text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"))
    except RecursionError:
        return True
    except ValueError:
        # a damaged first line of a file of lines still begins like a record: `{"`
        return re.match(r'\s*\{\s*"[^"]*"\s*:', line.text) is not None
    return True


def _parsed(line: Line) -> tuple[int, object] | Reject:
    if line.problem:
        return Reject(line.number, line.problem, line.text)
    try:
        return line.number, json.loads(line.text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"))
    except (ValueError, RecursionError) as error:
        return Reject(line.number, f"not JSON: {error}", line.text[:200])


def _stream(source: Source) -> Iterator[tuple[int, object] | Reject]:
    """Documents one after another, or the elements of one array, wherever their lines break."""
    decoder, held, number = json.JSONDecoder(), "", 0
    characters = codecs.getincrementaldecoder("utf-8")("backslashreplace")
    limit = source.limits.line * 16
    for chunk in read_chunks(source.path, source.limits.total):
        if isinstance(chunk, str):
            yield Reject(number + 1, chunk)
            return
        held += (
            characters.decode(chunk)
            .replace("\0", "\N{REPLACEMENT CHARACTER}")
            .removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
        )
        done = 0
        while True:
            start = _BLANK.match(held, done)
            done = start.end() if start else done
            try:
                document, done = decoder.raw_decode(held, done)
            except (ValueError, RecursionError):
                break
            number += 1
            yield 0, document
        held = held[done:]
        if len(held) > limit:
            yield Reject(number + 1, f"a document is longer than {limit:,} characters or not JSON", held[:200])
            return
    if held.strip():
        yield Reject(number + 1, "the file ends inside a document, or it is not JSON", held[:200])


def _is_cloudtrail(record: Mapping[str, object]) -> bool:
    return "eventSource" in record and "eventName" in record


def _cloudtrail(record: Mapping[str, object], number: int) -> Event:
    fields = flatten(record)
    user = _first(fields, ("userIdentity.userName", "userIdentity.arn", "userIdentity.principalId"))
    return Event(
        time=_time(fields),
        record=number,
        message=f"{fields.get('eventSource')} {fields.get('eventName')}",
        host=f"aws:{fields.get('recipientAccountId', fields.get('userIdentity.accountId', ''))}",
        product="aws",
        service="cloudtrail",
        channel=text_of(fields.get("eventSource", "")),
        event_id=text_of(fields.get("eventName", "")),
        user=user,
        source_ip=_first(fields, ("sourceIPAddress",)),
        fields=fields,
    )


def _is_kubernetes(record: Mapping[str, object]) -> bool:
    return str(record.get("apiVersion", "")).startswith("audit.k8s.io")


def _kubernetes(record: Mapping[str, object], number: int) -> Event:
    fields = flatten(record)
    return Event(
        time=_time(fields),
        record=number,
        message=f"{fields.get('verb', '')} {fields.get('requestURI', '')}",
        product="kubernetes",
        category="application",
        service="audit",
        user=_first(fields, ("user.username",)),
        source_ip=_first(fields, ("sourceIPs",)),
        fields=fields,
    )


def _generic(record: Mapping[str, object], number: int) -> Event:
    fields = flatten(record)
    return Event(
        time=_time(fields),
        record=number,
        message=_first(fields, ("message", "Message", "msg", "log")) or "",
        host=_first(fields, ("host", "hostname", "host.name", "Computer")) or "",
        service="json",
        user=_first(fields, ("user", "User", "user.name", "username")),
        source_ip=_first(fields, ("source_ip", "src_ip", "source.ip", "SourceIp", "client_ip")),
        image=_first(fields, ("Image", "process.executable")),
        command_line=_first(fields, ("CommandLine", "process.command_line", "cmdline")),
        fields=fields,
    )


KINDS: tuple[tuple[Callable[[Mapping[str, object]], bool], Callable[[Mapping[str, object], int], Event]], ...] = (
    (_is_cloudtrail, _cloudtrail),
    (_is_kubernetes, _kubernetes),
)


def _first(fields: Mapping[str, Scalar], names: tuple[str, ...]) -> str | None:
    for name in names:
        if name in fields and fields[name] != "":
            return text_of(fields[name])
    return None


def _time(fields: Mapping[str, Scalar]) -> datetime | None:
    for name in TIME_NAMES:
        value = fields.get(name)
        if value is None or isinstance(value, bool):
            continue
        try:
            if isinstance(value, str):
                return parse_time(value)
            return datetime.fromtimestamp(value / 1000 if value > MILLISECONDS else value, UTC)
        except (FormatError, ValueError, OverflowError, OSError):
            continue
    return None


READER = Reader("json", "Events as JSON (Windows, CloudTrail, Kubernetes audit, others)", suits, read)
