"""dpkg.log: packages installed, upgraded, removed. Its times carry no zone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from scorpius_lab.errors import FormatError
from scorpius_lab.formats.lines import decode, read_lines
from scorpius_lab.formats.syslog import parse_time
from scorpius_lab.security.threats.events import Event, Reject, Scalar
from scorpius_lab.security.threats.readers.reader import Reader, Source

_LINE = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (?P<action>startup|status|install|upgrade|remove|purge|configure|"
    r"trigproc|conffile|triggered|disappear) (?P<rest>.+)"
)
_OF_PACKAGE = {"install", "upgrade", "remove", "purge", "configure", "trigproc", "disappear"}


def suits(path: Path, head: bytes) -> bool:
    """By name, or by its first line."""
    first = decode(head).split("\n", 1)[0]
    return path.name.startswith("dpkg.log") or _LINE.match(first) is not None


def read(source: Source) -> Iterator[Event | Reject]:
    """One event for each line."""
    for line in read_lines(source.path, source.limits):
        if source.stop():
            return
        if line.problem:
            yield Reject(line.number, line.problem, line.text)
            continue
        try:
            yield _event(line.text, line.number, source)
        except FormatError as error:
            yield Reject(line.number, str(error), line.text[:200])


def _event(text: str, number: int, source: Source) -> Event:
    match = _LINE.match(text)
    if match is None:
        raise FormatError("the line is not in the form of dpkg.log")
    words = match["rest"].split()
    fields: dict[str, Scalar] = {"Program": "dpkg", "action": match["action"]}
    if match["action"] == "status":
        fields["Status"] = words.pop(0)
    if match["action"] in _OF_PACKAGE or match["action"] == "status":
        name, _, architecture = (words[0] if words else "").partition(":")
        fields |= {"Package": name, "Architecture": architecture}
        if words[1:]:
            fields["VersionFrom" if match["action"] != "status" else "Version"] = words[1]
        if words[2:]:
            fields["Version"] = words[2]
    moment = parse_time(match["time"], source.zone)
    message = f"{match['action']} {match['rest']}"
    return Event(moment, number, message, product="linux", service="dpkg", channel="dpkg", fields=fields)


READER = Reader("dpkg", "Debian package log", suits, read)
