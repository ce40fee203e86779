"""The core tables as the store's code sees them: columns, types and what identifies a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

ColumnType = Literal["text", "integer", "real", "json", "list", "time"]

TIMES: Mapping[str, ColumnType] = MappingProxyType(
    {"effective_at": "time", "collected_at": "time", "recorded_at": "time"}
)

SQL_TYPES: Mapping[ColumnType, str] = MappingProxyType(
    {
        "text": "VARCHAR",
        "integer": "BIGINT",
        "real": "DOUBLE",
        "json": "JSON",
        "list": "VARCHAR[]",
        "time": "TIMESTAMPTZ",
    }
)


@dataclass(frozen=True, slots=True)
class Table:
    """A core table. `key` is the column that makes a row unique; the store computes it from `identity`."""

    name: str
    key: str
    identity: tuple[str, ...]
    columns: Mapping[str, ColumnType]
    required: tuple[str, ...]

    @property
    def all_columns(self) -> dict[str, ColumnType]:
        """Key, own columns and the three times, in the order of the table."""
        return {**self.columns, **TIMES}


RUNS = Table(
    "runs",
    key="",  # a run has a row when it starts and one when it ends; the public view shows the later
    identity=(),
    columns={
        "id": "text",
        "function": "text",
        "version": "text",
        "parameters": "json",
        "inputs": "json",
        "scope": "json",
        "seed": "integer",
        "actor": "text",
        "host": "text",
        "started_at": "time",
        "ended_at": "time",
        "outcome": "text",
        "error": "text",
    },
    required=("id", "function", "outcome"),
)

RULES = Table(
    "rules",
    key="content_id",
    identity=(
        "id",
        "version",
        "title",
        "severity",
        "confidence",
        "description",
        "remedy",
        "requirements",
        "controls",
        "techniques",
        "references_",
        "author",
        "tags",
    ),
    columns={
        "content_id": "text",
        "id": "text",
        "version": "integer",
        "title": "text",
        "severity": "text",
        "confidence": "text",
        "description": "text",
        "remedy": "text",
        "requirements": "list",
        "controls": "list",
        "techniques": "list",
        "references_": "list",
        "author": "text",
        "tags": "list",
    },
    required=("id", "version", "title", "severity"),
)

ASSETS = Table(
    "assets",
    key="content_id",
    identity=("id", "attributes"),
    columns={"content_id": "text", "id": "text", "kind": "text", "name": "text", "attributes": "json"},
    required=("id", "kind", "name"),
)

OBSERVATIONS = Table(
    "observations",
    key="id",
    identity=("run_id", "rule_id", "asset_id", "part"),
    columns={
        "id": "text",
        "run_id": "text",
        "rule_id": "text",
        "rule_version": "integer",
        "asset_id": "text",
        "part": "text",
        "state": "text",
        "reason": "text",
        "evidence": "list",
        "value": "real",
        "unit": "text",
        "detail": "json",
    },
    required=("run_id", "rule_id", "asset_id", "state"),
)

BLOBS = Table(
    "blobs",
    key="sha256",
    identity=(),
    columns={"sha256": "text", "size": "integer", "media_type": "text"},
    required=("sha256", "size"),
)

COLLECTIONS = Table(
    "collections",
    key="id",
    identity=("sha256", "source", "collector", "query", "outcome", "collected_by", "effective_at", "collected_at"),
    columns={
        "id": "text",
        "sha256": "text",
        "run_id": "text",
        "source": "text",
        "collector": "text",
        "query": "text",
        "outcome": "text",
        "classification": "text",
        "collected_by": "text",
    },
    required=("sha256", "source", "collector", "outcome", "collected_at"),
)

# A finding's id leaves out when it was seen and by which collection, so that seeing it again adds nothing.
FINDINGS = Table(
    "findings",
    key="id",
    identity=("fingerprint", "rule_version", "severity", "confidence", "location", "message", "detail"),
    columns={
        "id": "text",
        "fingerprint": "text",
        "run_id": "text",
        "rule_id": "text",
        "rule_version": "integer",
        "severity": "text",
        "confidence": "text",
        "asset_id": "text",
        "location_kind": "text",
        "location_key": "text",
        "location": "json",
        "message": "text",
        "evidence": "list",
        "detail": "json",
    },
    required=("rule_id", "severity", "asset_id", "location_kind", "location_key", "message"),
)

FINDING_EVENTS = Table(
    "finding_events",
    key="id",
    identity=("fingerprint", "state", "reason", "until", "actor", "run_id", "effective_at"),
    columns={
        "id": "text",
        "fingerprint": "text",
        "state": "text",
        "reason": "text",
        "until": "time",
        "actor": "text",
        "run_id": "text",
    },
    required=("fingerprint", "state", "effective_at"),
)

TABLES: Mapping[str, Table] = MappingProxyType(
    {t.name: t for t in (RUNS, RULES, ASSETS, OBSERVATIONS, BLOBS, COLLECTIONS, FINDINGS, FINDING_EVENTS)}
)
