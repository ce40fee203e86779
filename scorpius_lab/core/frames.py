"""Typed records into the frames the store appends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from scorpius_lab.core.evidence import Evidence
from scorpius_lab.core.findings import Finding
from scorpius_lab.core.identity import canonical_json
from scorpius_lab.core.observations import Asset, Observation
from scorpius_lab.core.rules import Rule
from scorpius_lab.core.runs import Run
from scorpius_lab.core.store.tables import ASSETS, COLLECTIONS, FINDINGS, OBSERVATIONS, RULES, RUNS, ColumnType, Table

if TYPE_CHECKING:
    import polars as pl


def _frame(table: Table, rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    """Rows with the columns they have in common, typed as the table wants them."""
    import polars as pl

    kinds: dict[ColumnType, pl.DataType] = {
        "text": pl.String(),
        "integer": pl.Int64(),
        "real": pl.Float64(),
        "json": pl.String(),
        "list": pl.List(pl.String()),
        "time": pl.Datetime("us", "UTC"),
    }
    names = rows[0].keys() if rows else table.required
    columns = table.all_columns
    return pl.DataFrame(
        {name: [row[name] for row in rows] for name in names},
        schema={name: kinds[columns[name]] for name in names},
        strict=False,
    )


def runs_frame(run: Run, moment: datetime) -> pl.DataFrame:
    """One row of `runs`."""
    return _frame(
        RUNS,
        [
            {
                "id": run.id,
                "function": run.function,
                "version": run.version,
                "parameters": canonical_json(run.parameters),
                "inputs": canonical_json(run.inputs),
                "scope": canonical_json({"rules": run.scope.rules, "assets": run.scope.assets}),
                "seed": run.seed,
                "actor": run.actor,
                "host": run.host,
                "started_at": run.started_at,
                "ended_at": run.ended_at,
                "outcome": str(run.outcome),
                "error": run.error,
                "effective_at": run.started_at,
                "collected_at": moment,
            }
        ],
    )


def rules_frame(rules: Iterable[Rule], moment: datetime) -> pl.DataFrame:
    """Each rule once, in its present wording."""
    return _frame(
        RULES,
        [
            {
                "id": rule.id,
                "version": rule.version,
                "title": rule.title,
                "severity": str(rule.severity),
                "confidence": str(rule.confidence),
                "description": rule.description,
                "remedy": rule.remedy,
                "requirements": list(rule.requirements),
                "controls": list(rule.controls),
                "techniques": list(rule.techniques),
                "references_": list(rule.references),
                "author": rule.author,
                "tags": list(rule.tags),
                "effective_at": moment,
                "collected_at": moment,
            }
            for rule in dict.fromkeys(rules)
        ],
    )


def assets_frame(assets: Iterable[Asset], moment: datetime) -> pl.DataFrame:
    """Each asset once, with its present attributes."""
    return _frame(
        ASSETS,
        [
            {
                "id": asset.id,
                "kind": asset.kind,
                "name": asset.name,
                "attributes": canonical_json(asset.attributes),
                "effective_at": moment,
                "collected_at": moment,
            }
            for asset in {(asset.id, canonical_json(asset.attributes)): asset for asset in assets}.values()
        ],
    )


def observations_frame(items: Sequence[Observation], run_id: str, moment: datetime) -> pl.DataFrame:
    """Rows of `observations`."""
    return _frame(
        OBSERVATIONS,
        [
            {
                "run_id": run_id,
                "rule_id": item.rule.id,
                "rule_version": item.rule.version,
                "asset_id": item.asset.id,
                "part": item.part,
                "state": str(item.state),
                "reason": item.reason,
                "evidence": list(item.evidence),
                "value": item.value,
                "unit": item.unit,
                "detail": canonical_json(item.detail),
                "effective_at": item.effective_at or moment,
                "collected_at": moment,
            }
            for item in items
        ],
    )


def findings_frame(items: Sequence[Finding], run_id: str, moment: datetime) -> pl.DataFrame:
    """Rows of `findings`; the fingerprint and the id are computed by the store."""
    return _frame(
        FINDINGS,
        [
            {
                "run_id": run_id,
                "rule_id": item.rule.id,
                "rule_version": item.rule.version,
                "severity": str(item.severity or item.rule.severity),
                "confidence": str(item.confidence or item.rule.confidence),
                "asset_id": item.asset.id,
                "location_kind": str(item.location.kind),
                "location_key": item.location.key,
                "location": canonical_json(item.location.fields),
                "message": item.message,
                "evidence": list(item.evidence),
                "detail": canonical_json(item.detail),
                "effective_at": item.effective_at or moment,
                "collected_at": item.collected_at or moment,
            }
            for item in items
        ],
    )


def collections_frame(
    items: Sequence[tuple[str, Evidence]], run_id: str, collected_by: str, moment: datetime
) -> pl.DataFrame:
    """Rows of `collections` from pairs of blob hash and what was collected."""
    return _frame(
        COLLECTIONS,
        [
            {
                "sha256": sha256,
                "run_id": run_id,
                "source": item.source,
                "collector": item.collector,
                "query": item.query,
                "outcome": str(item.outcome),
                "classification": str(item.classification),
                "collected_by": item.collected_by or collected_by,
                "effective_at": item.effective_at or item.collected_at or moment,
                "collected_at": item.collected_at or moment,
            }
            for sha256, item in items
        ],
    )
