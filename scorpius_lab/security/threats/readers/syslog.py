"""auth.log, secure, syslog and messages: sshd, sudo, su, useradd, cron and every other program that logs there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from scorpius_lab.errors import FormatError
from scorpius_lab.formats.lines import decode, read_lines
from scorpius_lab.formats.syslog import parse_syslog
from scorpius_lab.security.threats.events import Event, Reject
from scorpius_lab.security.threats.linux import linux_event
from scorpius_lab.security.threats.readers.reader import Reader, Source

NAMES = re.compile(r"(auth|secure|syslog|messages|sudo|cron|user|daemon|kern)(\.log)?([.-].*)?$")
LINES_TRIED = 20


def suits(path: Path, head: bytes) -> bool:
    """By name, or because one of the first lines is a syslog line."""
    if NAMES.fullmatch(path.name):
        return True
    reference = datetime.now(UTC)
    for line in decode(head).splitlines()[:LINES_TRIED]:
        try:
            parse_syslog(line, reference=reference)
        except FormatError:
            continue
        return True
    return False


def read(source: Source) -> Iterator[Event | Reject]:
    """One event for each line."""
    for line in read_lines(source.path, source.limits):
        if source.stop():
            return
        if line.problem:
            yield Reject(line.number, line.problem, line.text)
            continue
        try:
            yield linux_event(parse_syslog(line.text, reference=source.written, zone=source.zone), line.number)
        except FormatError as error:
            yield Reject(line.number, str(error), line.text[:200])


READER = Reader("syslog", "Linux authentication and system logs", suits, read)
