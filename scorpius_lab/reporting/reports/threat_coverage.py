"""The threat report's coverage: logs read and not read, rules without data or refused, rejected records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scorpius_lab.reporting import components
from scorpius_lab.reporting.components.block import Block
from scorpius_lab.reporting.reports.threat_rows import (
    NO_SAMPLE,
    NO_SCAN,
    READ,
    SEVERITIES,
    is_sample,
    plural,
    rule_states,
    sample_missing,
    shown_rules,
    shown_sources,
    typed,
    when_empty,
)

if TYPE_CHECKING:
    from scorpius_lab.reporting.report import Report


def sources(report: Report) -> Block:
    """Every log, least read first, with its counts."""
    import polars as pl

    logs = [
        row | {"log": row.get("asset"), "period": _span(row), "why": row["reason"]} for row in shown_sources(report)
    ]
    schema = {
        "log": pl.String, "state": pl.String, "records": pl.Int64, "stored": pl.Int64, "rejected": pl.Int64,
        "before_since": pl.Int64, "period": pl.String, "why": pl.String,
    }  # fmt: skip
    shown = {"log": "Log", "state": "State", "records": "Records in", "stored": "Stored", "rejected": "Rejected"}
    if any(row.get("before_since") for row in logs):
        shown["before_since"] = "Older"
    return components.records(
        "sources",
        typed(logs, schema),
        "Logs, least read first",
        "Records in = stored + rejected + older than asked for, for every log.",
        columns={**shown, "why": "What came of it"},
        state_column="state",
        when_empty=when_empty(report, "sources"),
        sample=is_sample(report),
    )


def not_looked_at(report: Report) -> Block:
    """Logs that were not read and what rules could not see without theirs."""
    import polars as pl

    found = [
        {"state": row["state"], "what": row.get("asset"), "reason": row["reason"], "remedy": _cure(row)}
        for row in shown_sources(report)
        if row["state"] not in READ
    ]
    without: dict[str, dict[str, str]] = {}
    states = rule_states(report)
    for row in shown_rules(report):
        if states[row["rule_id"]] == "no_data":
            without.setdefault(row["log_source"] or "any", {})[row["rule_id"]] = row["severity"] or "info"
    worst = {source: min(rules.values(), key=SEVERITIES.index) for source, rules in without.items()}
    order = sorted(without.items(), key=lambda item: (SEVERITIES.index(worst[item[0]]), -len(item[1]), item[0]))
    for source, rules in order:
        found.append(
            {
                "state": "not_evaluated",
                "what": f"{len(rules):,} rule{plural(len(rules))} for {source}, {_worst(worst[source], rules)}",
                "reason": f"no log of {source} was read",
                "remedy": "Give `threats.scan` the paths of such logs.",
            }
        )
    schema = {"state": pl.String, "what": pl.String, "reason": pl.String, "remedy": pl.String}
    return components.not_looked_at(
        "not-looked-at",
        typed(found, schema),
        when_empty="Every log was read and every rule had one to run on." if states else _nothing(report),
    )


def rules_that_cannot_run(report: Report) -> Block:
    """Rules that were refused, each with its reason; never dropped silently."""
    import polars as pl

    states = rule_states(report)
    seen: dict[str, dict[str, Any]] = {}
    for row in shown_rules(report):
        if states[row["rule_id"]] == "cannot_run":
            seen.setdefault(row["rule_id"], row)
    schema = {
        "title": pl.String, "severity": pl.String, "log_source": pl.String, "reason": pl.String, "author": pl.String,
        "rule_id": pl.String,
    }  # fmt: skip
    return components.records(
        "rules-that-cannot-run",
        typed(seen.values(), schema),
        "Rules that cannot run",
        "What they would have found is not known.",
        columns={
            "title": "Rule", "severity": "Level", "log_source": "Log", "reason": "Why", "author": "Author",
            "rule_id": "Id",
        },
        severity_column="severity",
        code_columns=("rule_id",),
        when_empty="Every rule can run." if states else _nothing(report),
    )  # fmt: skip


def rejected(report: Report) -> Block:
    """Records that could not be read, by log and reason."""
    import polars as pl

    found = [
        {"log": row.get("asset"), "record": reject.get("record"), "reason": reject.get("reason")}
        for row in shown_sources(report)
        for reject in row.get("rejects") or ()
    ]
    total = sum(int(row.get("rejected") or 0) for row in shown_sources(report))
    schema = {"log": pl.String, "record": pl.Int64, "reason": pl.String}
    return components.records(
        "rejected",
        typed(found, schema),
        "Rejected records",
        f"{total:,} in all; the first of each log are listed with their line or record number.",
        columns={"log": "Log", "record": "Line or record", "reason": "Why"},
        when_empty="No record was rejected." if shown_sources(report) else _nothing(report),
    )


def provenance(report: Report) -> Block:
    """What the report was made from, with the hash of each log."""
    files = {f"{row.get('asset')}": str(row["sha256"]) for row in shown_sources(report) if row.get("sha256")}
    return components.provenance("provenance", report, files)


def _nothing(report: Report) -> str:
    return f"{NO_SAMPLE}." if sample_missing(report) else NO_SCAN


def _worst(severity: str, rules: Mapping[str, str]) -> str:
    return severity if len(set(rules.values())) == 1 else f"the worst {severity}"


def _span(row: Mapping[str, Any]) -> str:
    return f"{row['first'][:10]}, {row['last'][:10]}" if row.get("first") and row.get("last") else ""


def _cure(row: Mapping[str, Any]) -> str:
    if row.get("missing"):
        return "Nothing, if this host does not keep this log; else give its path."
    return "Run as a user who may read it, or mend the file."
