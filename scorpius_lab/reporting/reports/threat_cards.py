"""The threat report's findings: cards, the table of all, and those of other engines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scorpius_lab.reporting import components
from scorpius_lab.reporting.components import Card, CardTable, Excerpt
from scorpius_lab.reporting.components.block import Block
from scorpius_lab.reporting.reports.threat_rows import (
    SEVERITIES,
    is_sample,
    matching_records,
    other_findings,
    shown_findings,
    typed,
)

if TYPE_CHECKING:
    from scorpius_lab.reporting.report import Report

RECORDS_IN_CARD = 6


def findings(report: Report) -> Block:
    """The worst findings in full."""
    limit = int(report.parameters.get("cards", 20))
    cards = [_card(row) for row in shown_findings(report)[:limit]]
    return components.cards("findings", cards, "Findings", when_empty=report.when_empty("findings"))


def _card(row: Mapping[str, Any]) -> Card:
    kicker = f"{row['rule_id']} · finding {row['fingerprint'][:8]} · {row['state']} · confidence {row['confidence']}"
    records = matching_records(row)
    return Card(
        id=row["fingerprint"][:16],
        title=row["title"],
        kicker=f"{kicker}{' · sample data' if row['sample'] else ''}",
        severity=row["severity"],
        because=f"Accepted until {row['state_until']}" if row["state"] == "accepted" else "",
        where=_where(row, records),
        excerpt=_excerpt(records),
        paragraphs=tuple(text for text in (row["description"], "" if records else row["message"]) if text),
        remedy=row["remedy"] or "",
        tables=_matched(row, records),
        tags=_tags(row),
    )


def _where(row: Mapping[str, Any], records: list[dict[str, Any]]) -> str:
    if not records:
        return f"{row['asset_kind']} {row['asset']}"
    files = ", ".join(sorted({str(record.get("file")) for record in records}))
    who = f", {row['subject_kind']} {row['subject']}" if row["subject"] and row["subject_kind"] else ""
    return f"{files}, {row['asset']}{who}{record_count(row)}"


def record_count(row: Mapping[str, Any]) -> str:
    """How many records matched, to stand behind a place; nothing for one."""
    return f", {row['matches']:,} matching records" if (row["matches"] or 0) > 1 else ""


def _excerpt(records: list[dict[str, Any]]) -> Excerpt | None:
    lines = [
        f"{str(record.get('time') or '')[:19].replace('T', ' ')}  {' '.join(str(record.get('message')).split())[:300]}"
        for record in records[:RECORDS_IN_CARD]
        if record.get("message")
    ]
    number = records[0].get("record") if len(lines) == 1 else None
    return Excerpt(lines, number, (number,)) if isinstance(number, int) else Excerpt(lines) if lines else None


def _matched(row: Mapping[str, Any], records: list[dict[str, Any]]) -> tuple[CardTable, ...]:
    import polars as pl

    cells = [
        {"time": str(record.get("time") or "")[:19].replace("T", " "), "field": name, "value": str(value)}
        for record in records[:RECORDS_IN_CARD]
        for name, value in dict(record.get("matched") or {}).items()
    ]
    if not cells:
        return ()
    frame = typed(cells, {"time": pl.String, "field": pl.String, "value": pl.String})
    heads = {"time": "Time, UTC", "field": "Field", "value": "Matched value"}
    more = len(records) - RECORDS_IN_CARD
    title = "Matched fields" if more <= 0 and (row["matches"] or 0) <= len(records) else "Matched fields, first records"
    return (CardTable(title, frame, heads, code_columns=("value",)),)


def _tags(row: Mapping[str, Any]) -> tuple[str, ...]:
    engine = row["rule_id"].split(".", 1)[0]
    by = (f"Sigma rule by {row['author']}",) if engine == "threats" and row["author"] else ()
    return (*(row["techniques"] or ()), *by, *(f"evidence for {name}" for name in (row["requirements"] or ())[:2]))


def table(report: Report) -> Block:
    """Every open finding on one line."""
    import polars as pl

    rows = [
        row | {"link": f"#{components.anchor(row['fingerprint'][:16])}", "count": row["matches"]}
        for row in shown_findings(report)
    ]
    schema = {
        "severity": pl.String, "title": pl.String, "asset": pl.String, "state": pl.String, "count": pl.Int64,
        "effective_at": pl.Datetime("us", "UTC"), "rule_id": pl.String,
    }  # fmt: skip
    return components.records(
        "table",
        typed([row | {"state": row["state"].replace("_", " ")} for row in rows], schema),
        "All open findings",
        "Worst first.",
        columns={
            "severity": "Severity", "title": "What", "asset": "Where", "state": "State", "count": "Records",
            "effective_at": "Last seen, UTC", "rule_id": "Rule",
        },
        severity_column="severity",
        code_columns=("rule_id",),
        when_empty=report.when_empty("findings"),
        sample=is_sample(report),
    )  # fmt: skip


def by_engine(report: Report) -> Block:
    """Findings of the other engines, so that they are not overlooked here."""
    import polars as pl

    grouped: dict[str, Counter[str]] = {}
    for row in other_findings(report):
        grouped.setdefault(row["rule_id"].split(".", 1)[0], Counter())[row["severity"]] += 1
    rows = [{"engine": engine, **counts} for engine, counts in sorted(grouped.items())]
    schema = {"engine": pl.String, **dict.fromkeys(SEVERITIES, pl.Int64)}
    frame = typed(rows, schema).fill_null(0)
    return components.records(
        "by-engine",
        frame,
        "Findings of other engines",
        "Open ones, by severity. Their own reports show them in full.",
        when_empty="No other engine has an open finding in the store.",
    )
