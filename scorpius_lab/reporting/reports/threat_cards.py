"""The threat report's findings: cards, the table of all, and those of other engines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scorpius_lab.reporting import components
from scorpius_lab.reporting.components import Card, CardTable, Excerpt
from scorpius_lab.reporting.components.block import Block
from scorpius_lab.reporting.components.markup import moment
from scorpius_lab.reporting.reports.threat_rows import (
    SEVERITIES,
    decided_findings,
    grouped_findings,
    is_detector,
    is_sample,
    matching_records,
    other_findings,
    said,
    typed,
    when_empty,
)

if TYPE_CHECKING:
    from scorpius_lab.reporting.report import Report

RECORDS_IN_CARD = 6
MESSAGES_IN_CARD = 12


def findings(report: Report) -> Block:
    """What happened first, then the worst of what checks found, in full; the findings of one check share a card."""
    limit = int(report.parameters.get("cards", 20))
    cards = [_card(group) for group in grouped_findings(report)[:limit]]
    return components.cards("findings", cards, "Findings", when_empty=when_empty(report, "findings"))


def _card(group: list[dict[str, Any]]) -> Card:
    row = group[0]
    kicker = f"{row['rule_id']} · finding {row['fingerprint'][:8]} · {row['state']} · confidence {row['confidence']}"
    records = matching_records(row)
    return Card(
        id=row["fingerprint"][:16],
        title=_title(group),
        kicker=f"{kicker}{' · sample data' if row['sample'] else ''}",
        severity=row["severity"],
        where=_where(row, records),
        excerpt=_excerpt(records),
        paragraphs=tuple(text for text in (_wanted(row), row["description"]) if text),
        remedy=row["remedy"] or "",
        tables=(*_matched(row, records), *_messages(group)),
        tags=_tags(row),
    )


def _title(group: list[dict[str, Any]]) -> str:
    more = len(group) - 1
    return f"{said(group[0])}{f' (and {more:,} more)' if more else ''}"


def _wanted(row: Mapping[str, Any]) -> str:
    return "" if is_detector(row) or row["title"] == said(row) else f"What is wanted: {row['title']}."


def _messages(group: list[dict[str, Any]]) -> tuple[CardTable, ...]:
    import polars as pl

    if len(group) == 1:
        return ()
    frame = typed(
        [{"what": said(row), "where": row["asset"], "severity": row["severity"]} for row in group[:MESSAGES_IN_CARD]],
        {"severity": pl.String, "what": pl.String, "where": pl.String},
    )
    some = f"the first {MESSAGES_IN_CARD} of {len(group):,}" if len(group) > MESSAGES_IN_CARD else f"all {len(group):,}"
    heads = {"severity": "Severity", "what": "What", "where": "Where"}
    return (CardTable(f"Findings of this check, {some}", frame, heads, severity_column="severity"),)


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
    by = (f"Sigma rule by {row['author']}",) if is_detector(row) and row["author"] else ()
    return (*(row["techniques"] or ()), *by, *(f"evidence for {name}" for name in (row["requirements"] or ())[:2]))


def table(report: Report) -> Block:
    """Every open finding of a detector on one line, and every check with all of its findings."""
    import polars as pl

    rows = [
        group[0]
        | {
            "title": _title(group),
            "link": f"#{components.anchor(group[0]['fingerprint'][:16])}",
            "count": group[0]["matches"] if is_detector(group[0]) else len(group),
            "asset": _assets(group),
        }
        for group in grouped_findings(report)
    ]
    schema = {
        "severity": pl.String, "title": pl.String, "asset": pl.String, "state": pl.String, "count": pl.Int64,
        "effective_at": pl.Datetime("us", "UTC"), "rule_id": pl.String,
    }  # fmt: skip
    return components.records(
        "table",
        typed([row | {"state": row["state"].replace("_", " ")} for row in rows], schema),
        "All open findings",
        "What logs show first, then worst first. A rule's count is of matching records, a check's of its findings.",
        columns={
            "severity": "Severity", "title": "What", "asset": "Where", "state": "State", "count": "Count",
            "effective_at": "Last seen, UTC", "rule_id": "Rule",
        },
        severity_column="severity",
        code_columns=("rule_id",),
        when_empty=when_empty(report, "findings"),
        sample=is_sample(report),
    )  # fmt: skip


def _assets(group: list[dict[str, Any]]) -> str:
    names = sorted({str(row["asset"]) for row in group})
    return names[0] if len(names) == 1 else f"{len(names):,} places"


def decided(report: Report) -> Block:
    """Findings somebody decided to live with or called false; none of them is counted as open."""
    import polars as pl

    rows = [
        row
        | {
            "title": said(row),
            "state": row["state"].replace("_", " "),
            "until": moment(row["state_until"]) if row["state_until"] else "no end",
        }
        for row in decided_findings(report)
    ]
    schema = dict.fromkeys(("severity", "title", "asset", "state", "state_reason", "until"), pl.String)
    return components.records(
        "decided",
        typed(rows, schema),
        "Accepted findings",
        "Decided on, and not counted as open anywhere in this report.",
        columns={
            "severity": "Severity", "title": "What", "asset": "Where", "state": "Decision", "state_reason": "Reason",
            "until": "Until",
        },
        severity_column="severity",
        when_empty="No finding is accepted or called false.",
        sample=is_sample(report) and bool(rows),
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
