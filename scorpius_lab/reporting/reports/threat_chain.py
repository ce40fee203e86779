"""The threat report's section on blocks: who is threatened on a chain, by whom, and the transactions that show it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from scorpius_lab.reporting import components
from scorpius_lab.reporting.components.block import Block
from scorpius_lab.reporting.reports.mev_rows import short
from scorpius_lab.reporting.reports.threat_rows import CLOSED, NO_SAMPLE, count_of, rows, sample_missing, typed
from scorpius_lab.reporting.spec import SnapshotQuery

if TYPE_CHECKING:
    from scorpius_lab.reporting.report import Report

NOT_LOOKED = (
    "No block has been searched for threats: read blocks with `scorpius chain ingest`, then run `scorpius chain "
    "threats`. Nothing can be said of what goes on there."
)
NOTHING_FOUND = "Nothing was found in the blocks that were searched, which is not the same as no threat."
_TRANSACTIONS_SHOWN = 3

CHAIN_THREATS = """
SELECT f.fingerprint, f.rule_id, coalesce(r.title, f.rule_id) AS title, f.severity, f.state, a.name AS subject,
       coalesce(f.detail->>'counterparty', f.detail->>'actor') AS counterparty, f.message,
       (f.detail->'transactions')::VARCHAR AS transactions
FROM findings_as_of($as_of) f
LEFT JOIN (SELECT id, any_value(name) AS name FROM assets GROUP BY id) a ON a.id = f.asset_id
LEFT JOIN (SELECT id, version, arg_max(title, recorded_at) AS title FROM rules WHERE recorded_at <= $as_of
           GROUP BY id, version) r ON r.id = f.rule_id AND r.version = f.rule_version
WHERE starts_with(f.rule_id, 'chain.') AND ($since IS NULL OR f.effective_at >= $since)
ORDER BY list_position(['critical', 'high', 'medium', 'low', 'info'], f.severity), title, subject, f.fingerprint
"""

CHAIN_SEARCHES = """
SELECT function, max(started_at) AS last FROM runs_as_of($as_of)
WHERE function IN ('chain.threats', 'chain.detect') AND outcome = 'succeeded' GROUP BY function ORDER BY function
"""

CHAIN_QUERIES = (
    SnapshotQuery("chain_threats", CHAIN_THREATS, NOTHING_FOUND, personal=("subject", "counterparty", "message")),
    SnapshotQuery("chain_searches", CHAIN_SEARCHES, NOT_LOOKED),
)

_COLUMNS = {
    "severity": "Severity", "title": "Threat", "subject": "To", "counterparty": "By", "message": "What was seen",
    "transactions": "Transactions",
}  # fmt: skip


def chain(report: Report) -> Block:
    """Open findings in blocks, worst first; that nothing was looked at, where that is so."""
    import polars as pl

    searched = {row["function"] for row in rows(report, "chain_searches")}
    given = [] if sample_missing(report) else rows(report, "chain_threats")
    found = [_shown(row) for row in given if row["state"] not in CLOSED]
    said = [f"{count_of(len(found), 'open finding')} in the blocks of the lab."]
    if "chain.threats" not in searched:
        said.append("Poisoned addresses, abused approvals and the like were not looked for.")
    if "chain.detect" in searched:
        said.append("The MEV report shows what was taken from trades.")
    return components.records(
        "chain",
        typed(found, dict.fromkeys(_COLUMNS, pl.String)),
        "Threats on chains",
        " ".join(said),
        columns=_COLUMNS,
        severity_column="severity",
        code_columns=("subject", "counterparty", "transactions"),
        when_empty=f"{NO_SAMPLE}."
        if sample_missing(report)
        else NOTHING_FOUND
        if "chain.threats" in searched
        else NOT_LOOKED,
    )


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    names = json.loads(row["transactions"] or "[]")
    more = len(names) - _TRANSACTIONS_SHOWN
    said = " ".join(map(short, names[:_TRANSACTIONS_SHOWN])) + (f" and {more} more" if more > 0 else "")
    subject = str(row["subject"]).rpartition(":")[2]  # without the chain's number
    counterparty = row["counterparty"] and short(row["counterparty"])
    return {**row, "subject": short(subject), "counterparty": counterparty, "transactions": said}
