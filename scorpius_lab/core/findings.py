"""A finding: what an engine claims is wrong, and the events that make up its life."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from scorpius_lab.core.identity import content_id
from scorpius_lab.core.observations import Asset
from scorpius_lab.core.rules import Confidence, Rule, Severity


class LocationKind(StrEnum):
    """What a location's fields mean."""

    SOURCE = "source"  # path, line, end_line, column
    BYTECODE = "bytecode"  # address, offset
    TRANSACTION = "transaction"  # chain, hash, index
    EVENT = "event"  # source, record, time
    FILE = "file"  # path
    HOST = "host"  # host, subject


@dataclass(frozen=True, slots=True)
class Location:
    """Where a finding is. `key` is what stays the same when lines move and files are reformatted."""

    kind: LocationKind
    key: str
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """A claim that `rule` is broken by `asset` at `location`. Severity and confidence default to the rule's."""

    rule: Rule
    asset: Asset
    location: Location
    message: str
    severity: Severity | None = None
    confidence: Confidence | None = None
    evidence: tuple[str, ...] = ()
    detail: Mapping[str, object] = field(default_factory=dict)
    effective_at: datetime | None = None
    collected_at: datetime | None = None

    @property
    def fingerprint(self) -> str:
        """Identity over runs and rule versions: rule, asset and location key."""
        return content_id("finding", self.rule.id, self.asset.id, self.location.key)


class FindingState(StrEnum):
    """Where a finding stands in its life."""

    OPEN = "open"
    TRIAGED = "triaged"
    ACCEPTED = "accepted"
    FALSE_POSITIVE = "false_positive"
    FIXED = "fixed"
    REOPENED = "reopened"
