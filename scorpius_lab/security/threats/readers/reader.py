"""What a reader is, what it is given, and how its records become frames of events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from scorpius_lab.formats.lines import LineLimits
from scorpius_lab.security.threats.events import Event, Reject, Tally, frame_of

if TYPE_CHECKING:
    import polars as pl

BATCH = 20_000  # events in a frame
BATCH_CHARACTERS = 64 << 20  # and about how much text


def never() -> bool:
    """Nobody asked to stop."""
    return False


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read. `written` stands for the missing year of old syslog times, `zone` for their missing zone.

    `host` stands where a record names none.
    """

    path: Path
    written: datetime
    zone: tzinfo = UTC
    limits: LineLimits = field(default_factory=LineLimits)
    stop: Callable[[], bool] = never
    host: str = ""
    label: str = ""

    @property
    def name(self) -> str:
        """The path as it is shown, or the label that stands for it."""
        return self.label or str(self.path)


@dataclass(frozen=True, slots=True)
class Reader:
    """One kind of log.

    `suits` looks at a file's path and its first unpacked bytes. `read` yields events and rejects in the file's order,
    in flat memory, and raises OSError only if the file cannot be opened.
    """

    name: str
    title: str
    suits: Callable[[Path, bytes], bool]
    read: Callable[[Source], Iterator[Event | Reject]]


def batches(
    reader: Reader, source: Source, tally: Tally, since: datetime | None = None, size: int = BATCH
) -> Iterator[pl.DataFrame]:
    """Frames of at most `size` events; every record met is counted in `tally` as stored, rejected or before `since`."""
    waiting: list[Event] = []
    characters = 0
    for item in reader.read(source):
        if isinstance(item, Reject):
            tally.reject(item)
            continue
        if since is not None and item.time is not None and item.time < since:
            tally.before_since += 1
            continue
        if not item.host and source.host:
            item = item._replace(host=source.host)  # noqa: PLW2901 (the same event, completed)
        tally.store(item)
        waiting.append(item)
        characters += len(item.message) + 40 * len(item.fields) + len(item.command_line or "")
        if len(waiting) >= size or characters > BATCH_CHARACTERS:
            yield frame_of(waiting, source.name)
            waiting, characters = [], 0
    if waiting:
        yield frame_of(waiting, source.name)
