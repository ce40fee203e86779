"""Evidence: the bytes (blob) kept apart from the act of collecting them (collection)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CollectionOutcome(StrEnum):
    """How a collection ended; only `collected` brought what was asked for."""

    COLLECTED = "collected"
    EMPTY = "empty"
    DENIED = "denied"
    TIMED_OUT = "timed_out"
    FAILED = "failed"


class Classification(StrEnum):
    """Who may see a blob. Only `public` and `internal` go into a bundle; the others are withheld and listed."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"
    CONFIDENTIAL = "confidential"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a collector hands over: the bytes and how they were had.

    `effective_at` is when the content was true, `collected_at` when it was read. `query` is the command, path or
    statement that produced it. Never put a secret in `content`: redact at the source.
    """

    content: bytes
    source: str
    collector: str
    query: str
    media_type: str = "text/plain; charset=utf-8"
    outcome: CollectionOutcome = CollectionOutcome.COLLECTED
    classification: Classification = Classification.INTERNAL
    effective_at: datetime | None = None
    collected_at: datetime | None = None
    collected_by: str = ""
