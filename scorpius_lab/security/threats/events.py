"""The one event every reader makes, and the frames they travel in.

Narrow typed columns hold what rules are selected by and what a report shows; everything else is in `fields`, a flat
JSON object whose keys keep the names the source gave them (nested names joined by dots). Values in it are text,
numbers or booleans; an absent or null value is left out, so "exists" and "null" mean the same everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import polars as pl

MAX_FIELDS = 2_000  # names kept of one event; what is beyond is counted in `_fields_left_out`
MAX_DEPTH = 12
LIST_SEPARATOR = "\n"

Scalar = str | int | float | bool


class Event(NamedTuple):
    """One record of a log. `time` is aware UTC or None if the record has none; `record` is its line or number."""

    time: datetime | None
    record: int
    message: str = ""
    host: str = ""
    product: str = ""
    service: str = ""
    category: str = ""
    channel: str = ""
    event_id: str = ""
    user: str | None = None
    source_ip: str | None = None
    image: str | None = None
    command_line: str | None = None
    fields: Mapping[str, Scalar] = {}


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that could not be read: where, why, and how it begins."""

    record: int
    reason: str
    excerpt: str = ""


@dataclass(slots=True)
class Tally:
    """What a file held: records in = stored + rejected + before_since. Rejects are counted all, kept some."""

    stored: int = 0
    rejected: int = 0
    before_since: int = 0
    first: datetime | None = None
    last: datetime | None = None
    rejects: list[Reject] = field(default_factory=list)
    sources: dict[tuple[str, str, str], int] = field(default_factory=dict)
    hosts: dict[str, int] = field(default_factory=dict)
    keep: int = 50

    @property
    def records(self) -> int:
        """Records met, good and bad."""
        return self.stored + self.rejected + self.before_since

    def reject(self, reject: Reject) -> None:
        """Count a record that could not be read, and keep it if there is room."""
        self.rejected += 1
        if len(self.rejects) < self.keep:
            self.rejects.append(reject)

    def store(self, event: Event) -> None:
        """Count a record that is handed on."""
        self.stored += 1
        key = (event.product, event.service, event.category)
        self.sources[key] = self.sources.get(key, 0) + 1
        self.hosts[event.host] = self.hosts.get(event.host, 0) + 1
        if event.time is None:
            return
        if self.first is None or event.time < self.first:
            self.first = event.time
        if self.last is None or event.time > self.last:
            self.last = event.time


def event_schema() -> dict[str, pl.DataType]:
    """Columns of an event frame and their types."""
    import polars as pl

    text = pl.String()
    return {
        "time": pl.Datetime("us", "UTC"),
        "record": pl.Int64(),
        **dict.fromkeys(Event._fields[2:], text),
        "file": text,
    }


def frame_of(events: Iterable[Event], file: str) -> pl.DataFrame:
    """Events of one file as a frame with the columns of `event_schema`."""
    import polars as pl

    rows = [(*event[:-1], _json(event.fields), file) for event in events]
    return pl.DataFrame(rows, schema=event_schema(), orient="row")


def _json(fields: Mapping[str, Scalar]) -> str:
    text = json.dumps(fields, ensure_ascii=False, default=str)
    # lone surrogates cannot be written as UTF-8; escaped they would be refused by the JSON reader
    return text.encode("utf-8", "replace").decode() if not text.isascii() else text


def flatten(value: object, prefix: str = "") -> dict[str, Scalar]:
    r"""A nested document as one flat object: names joined by dots, lists of values as lines, nulls left out.

    The objects of a list lend their names to the list: `{"a": [{"b": 1}, {"b": 2}]}` gives `a.b` = "1\n2".
    """
    flat: dict[str, Scalar] = {}
    _flatten(value, prefix, flat, 0)
    return flat


def _flatten(value: object, name: str, flat: dict[str, Scalar], depth: int) -> None:
    kind = type(value)
    if value is None:
        return
    if depth > MAX_DEPTH:
        _put(flat, name, json.dumps(value, ensure_ascii=False, default=str))
    elif kind is str or kind is int or kind is bool:
        _put(flat, name, scalar(value))
    elif isinstance(value, dict):
        for key, inner in value.items():
            _flatten(inner, f"{name}.{key}" if name else str(key), flat, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _flatten(inner, name, flat, depth + 1)
    else:
        _put(flat, name, scalar(value))


def _put(flat: dict[str, Scalar], name: str, value: Scalar) -> None:
    name = clean_name(name)
    if name in flat:
        flat[name] = f"{text_of(flat[name])}{LIST_SEPARATOR}{text_of(value)}"
    elif len(flat) < MAX_FIELDS:
        flat[name] = value
    else:
        left = flat.get("_fields_left_out", 0)
        flat["_fields_left_out"] = (left if isinstance(left, int) else 0) + 1


@lru_cache(maxsize=16_384)
def clean_name(name: str) -> str:
    """A field's name as the database can hold it."""
    return clean(name)


def scalar(value: object) -> Scalar:
    """A JSON value as it is kept: whole numbers without a fraction, text without NUL."""
    kind = type(value)
    if kind is str:
        return clean(value)  # type: ignore[arg-type]  # the line before says so
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        if value.is_integer():
            return int(value)
        return value if value == value and abs(value) != float("inf") else str(value)  # noqa: PLR0124 (not a number)
    return clean(str(value))


def text_of(value: Scalar) -> str:
    """A kept value as the text that rules are matched with."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def clean(text: str) -> str:
    """Text the database can hold: no NUL, no lone surrogates."""
    if text.isascii():
        return text.replace("\0", "\N{REPLACEMENT CHARACTER}") if "\0" in text else text
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
