"""The threat report's section on blocks: who is threatened on a chain, by whom, and the transactions that show it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scorpius_lab.reporting import components
from scorpius_lab.reporting.components.block import Block
from scorpius_lab.reporting.reports.mev_rows import coins, net_of, short
from scorpius_lab.reporting.reports.threat_rows import CLOSED, NO_SAMPLE, count_of, rows, sample_missing, typed
from scorpius_lab.reporting.spec import SnapshotQuery

if TYPE_CHECKING:
    from scorpius_lab.reporting.report import Report

NOT_LOOKED = (
    "No block has been searched for threats: read blocks with `scorpius chain ingest`, then run `scorpius chain "
    "threats`. Nothing can be said of what goes on there."
)
NOTHING_FOUND = "Nothing was found in the blocks that were searched, which is not the same as no threat."
_PREFIX, _WATCHED = "chain.threat.", ".watched"
_TRANSACTIONS_SHOWN = 3
_SEARCHES = """
SELECT coalesce(TRY_CAST(parameters ->> 'chain_id' AS BIGINT), 1) AS chain_id, max(started_at) AS last
FROM runs_as_of($as_of) WHERE function = 'chain.threats' AND outcome = 'succeeded' GROUP BY ALL
"""

CHAIN_THREATS = """
SELECT f.fingerprint, f.rule_id, coalesce(r.title, f.rule_id) AS title, f.severity, f.state,
       coalesce(f.detail->>'address', a.name) AS subject,
       coalesce(f.detail->>'counterparty', f.detail->>'actor') AS counterparty, f.message,
       (f.detail->'transactions')::VARCHAR AS transactions, f.detail->>'net' AS net
FROM findings_as_of($as_of) f
LEFT JOIN (SELECT id, any_value(name) AS name FROM assets GROUP BY id) a ON a.id = f.asset_id
LEFT JOIN (SELECT id, version, arg_max(title, recorded_at) AS title FROM rules WHERE recorded_at <= $as_of
           GROUP BY id, version) r ON r.id = f.rule_id AND r.version = f.rule_version
WHERE starts_with(f.rule_id, 'chain.') AND ($since IS NULL OR f.effective_at >= $since)
ORDER BY list_position(['critical', 'high', 'medium', 'low', 'info'], f.severity), title, subject, f.fingerprint
"""

CHAIN_SEARCHES = f"SELECT chain_id, last FROM ({_SEARCHES}) ORDER BY chain_id"  # noqa: S608 (our own constants)

# A block that came after the last search of its chain was not searched.
CHAIN_BLOCKS = f"""
SELECT count(*) FILTER (b.stored <= s.last) AS searched, count(*) FILTER (b.stored <= s.last AND b.whole) AS whole,
       count(*) FILTER (s.last IS NULL OR b.stored > s.last) AS unsearched
FROM (SELECT chain_id, block_number, block_hash, min(recorded_at) AS stored, bool_or(state = 'complete') AS whole
      FROM chain_blocks WHERE recorded_at <= $as_of GROUP BY ALL) b
LEFT JOIN ({_SEARCHES}) s ON s.chain_id = b.chain_id
"""  # noqa: S608 (our own constants)

# What went straight from the one to the other in the transactions of a finding; a block read twice counts once.
CHAIN_AMOUNTS = """
SELECT DISTINCT f.fingerprint, t.block_number, t.transaction_index, t.position, t.token, t.amount
FROM (SELECT fingerprint, rule_id, detail, unnest(CAST(detail->'transactions' AS VARCHAR[])) AS hash
      FROM findings_as_of($as_of) WHERE starts_with(rule_id, 'chain.threat.')) f
JOIN chain_transactions x ON x.transaction_hash = f.hash AND x.recorded_at <= $as_of
JOIN chain_transfers t ON t.chain_id = x.chain_id AND t.block_number = x.block_number AND t.block_hash = x.block_hash
     AND t.transaction_index = x.transaction_index AND t.recorded_at <= $as_of
WHERE t.sender = (f.detail->>'address') AND t.receiver = (f.detail->>'counterparty')
      AND t.standard IN ('erc20', 'native') AND t.amount <> '0'
ORDER BY ALL
"""

CHAIN_QUERIES = (
    SnapshotQuery("chain_threats", CHAIN_THREATS, NOTHING_FOUND, personal=("subject", "counterparty", "message")),
    SnapshotQuery("chain_searches", CHAIN_SEARCHES, NOT_LOOKED),
    SnapshotQuery("chain_blocks", CHAIN_BLOCKS, NOT_LOOKED),
    SnapshotQuery("chain_amounts", CHAIN_AMOUNTS, NOTHING_FOUND),
)

_COLUMNS = {
    "severity": "Severity", "kind": "Threat", "subject": "To", "counterparty": "By",
    "message": "What was seen, raw units paid", "transactions": "Transactions",
}  # fmt: skip


def chain(report: Report) -> Block:
    """Open threats in blocks, worst first; that nothing was looked at, where that is so."""
    import polars as pl

    found, taken = _found(report)
    searched = bool(rows(report, "chain_searches"))
    nothing = NOTHING_FOUND if searched else NOT_LOOKED
    said = f"{_coverage(report)} {_taken(taken)}".strip()
    return components.records(
        "chain",
        typed(found, dict.fromkeys((*_COLUMNS, "amount"), pl.String)),
        "Threats on chains",
        f"{count_of(len(found), 'open finding')}. {said}",
        columns=_COLUMNS,
        severity_column="severity",
        code_columns=("transactions",),
        formats={"subject": short, "counterparty": short, "message": _with_short_names},
        notes={"message": "amount"},
        when_empty=f"{NO_SAMPLE}." if sample_missing(report) else f"{nothing} {said}".strip(),
    )


def _found(report: Report) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The open threats as they are shown, and the attacks on trades of watched wallets."""
    if sample_missing(report):
        return [], []
    still = [row for row in rows(report, "chain_threats") if row["state"] not in CLOSED]
    amounts = _amounts(report)
    threats = [_shown(row, amounts) for row in still if not row["rule_id"].endswith(_WATCHED)]
    return threats, [row for row in still if row["rule_id"].endswith(_WATCHED)]


def _amounts(report: Report) -> dict[str, dict[str, int]]:
    """What was paid over, for each finding by token."""
    paid: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows(report, "chain_amounts"):
        paid[row["fingerprint"]][row["token"]] += int(row["amount"])
    return paid


def _shown(row: Mapping[str, Any], amounts: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    names = json.loads(row["transactions"] or "[]")
    more = len(names) - _TRANSACTIONS_SHOWN
    paid = [f"{amount:,} of {short(token)}" for token, amount in amounts.get(row["fingerprint"], {}).items()]
    return {
        **row,
        "kind": row["rule_id"].removeprefix(_PREFIX).replace("-", " ").capitalize(),
        "amount": ", ".join(paid) if paid else None,
        "transactions": " ".join(names[:_TRANSACTIONS_SHOWN]) + (f" and {more:,} more" if more > 0 else ""),
    }


def _with_short_names(text: str) -> str:
    words = text.split()
    return " ".join(short(word.rstrip(",")) + "," * word.endswith(",") if word[:2] == "0x" else word for word in words)


def _coverage(report: Report) -> str:
    """In how many blocks threats were looked for, and in how many they were not."""
    if not rows(report, "chain_searches") or not (counted := rows(report, "chain_blocks")):
        return ""
    (count,) = counted
    said = f"Looked for in {count_of(count['searched'], 'block')}, {count['whole']:,} of them complete."
    return said + (f" {count['unsearched']:,} more were not searched." if count["unsearched"] else "")


def _taken(attacks: list[dict[str, Any]]) -> str:
    """What attacks on trades of watched wallets brought those behind them."""
    if not attacks:
        return ""
    total, known = net_of(attacks)
    brought = f"{coins(total)} of the coin after gas" if known else "an amount that is not known"
    some = f" (known of {known:,})" if 0 < known < len(attacks) else ""
    return (
        f"Trades and loans of watched wallets met {count_of(len(attacks), 'MEV attack')}, which brought those behind "
        f"them {brought}{some}: see the `mev` report."
    )
