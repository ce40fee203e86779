"""The kinds of log this package reads, one file each. To add one, copy a neighbor and list it here."""

from __future__ import annotations

from pathlib import Path

from scorpius_lab.formats.lines import read_head
from scorpius_lab.security.threats.readers import dpkg, evtx, journal_export, journal_json, json_events, syslog
from scorpius_lab.security.threats.readers.reader import Reader

READERS: tuple[Reader, ...] = (
    evtx.READER,
    dpkg.READER,
    journal_json.READER,
    journal_export.READER,
    json_events.READER,
    syslog.READER,
)


def reader_for(path: Path) -> Reader | None:
    """The first reader that knows this file by its name and first bytes, or None. Raises OSError."""
    head = read_head(path)
    return next((reader for reader in READERS if reader.suits(path, head)), None)
