"""The MEV report's data: what is asked of the store, and the rows its tables and figures are made from."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from scorpius_lab.reporting.spec import ReportParameters, SnapshotQuery

if TYPE_CHECKING:
    import polars as pl

    from scorpius_lab.reporting.report import Report

NO_BLOCKS = (
    "No block has been looked at: run `scorpius chain ingest PATH` and `scorpius chain detect`. Nothing can be said."
)
NO_ATTACK = "Nothing was found in the blocks that were looked at; which ones were not stands below."
KINDS = {
    "sandwich": "Sandwich",
    "arbitrage": "Arbitrage",
    "jit": "Just-in-time liquidity",
    "liquidation": "Liquidation",
}
COIN = 10**18
NATIVE = "0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"


class MevParameters(ReportParameters):
    """What the MEV report can be asked."""

    chain_id: Annotated[int, Field(gt=0, description="Number of the chain (EIP-155).")] = 1
    watch: Annotated[tuple[str, ...], Field(description="Wallets of ours; what was taken from them stands first.")] = ()
    cases: Annotated[int, Field(ge=0, le=100, description="How many sandwiches are shown in full.")] = 12


_CURRENT = """
SELECT chain_id, block_number, block_hash, run_id, timestamp, state, reason, seen_by FROM chain_blocks
WHERE chain_id = $chain_id AND recorded_at <= $as_of
QUALIFY row_number() OVER (
    PARTITION BY chain_id, block_number, block_hash
    ORDER BY state = 'complete' DESC, seen_by = 'logs' DESC, seen_by = 'traces' DESC, recorded_at DESC, run_id
) = 1
"""
_ATTACKS = """
SELECT * FROM chain_attacks WHERE chain_id = $chain_id AND recorded_at <= $as_of
QUALIFY row_number() OVER (
    PARTITION BY chain_id, block_hash, kind, transactions, pools, victims, profit::VARCHAR
    ORDER BY rule_version DESC, recorded_at DESC, id
) = 1 AND rule_version = max(rule_version) OVER (PARTITION BY kind)
"""

ATTACKS = f"""
SELECT a.kind, a.block_number, a.timestamp, a.actor, to_json(a.transactions)::VARCHAR AS transactions,
       to_json(a.victims)::VARCHAR AS victims, to_json(a.pools)::VARCHAR AS pools, a.profit::VARCHAR AS profit,
       a.leftover::VARCHAR AS leftover, a.gas_cost, a.tips, a.net, a.priced_via, a.completeness,
       a.detail::VARCHAR AS detail
FROM ({_ATTACKS}) a ORDER BY a.block_number, a.transactions
"""  # noqa: S608 (our own constants)

BLOCKS = f"""
SELECT state, coalesce(reason, '') AS reason, count(*) AS blocks, min(block_number) AS first, max(block_number) AS last,
       min(timestamp) AS first_time, max(timestamp) AS last_time
FROM ({_CURRENT}) GROUP BY ALL ORDER BY state, reason
"""  # noqa: S608 (our own constants)

SEARCHES = """
SELECT id AS run_id, started_at, outcome FROM runs_as_of($as_of)
WHERE function = 'chain.detect' AND outcome <> 'started'
  AND coalesce(TRY_CAST(parameters ->> 'chain_id' AS BIGINT), 1) = $chain_id
ORDER BY started_at DESC, id LIMIT 1
"""

# Who sent the transactions that were sandwiched, answered or served; of a liquidation it is the borrower.
WALLETS = f"""
WITH hurt AS (
    SELECT kind, block_number, actor, unnest(victims) AS victim FROM ({_ATTACKS}) WHERE kind <> 'arbitrage'
    UNION ALL
    SELECT kind, block_number, actor, unnest(from_json(detail -> 'backrun_of', '["VARCHAR"]'))
    FROM ({_ATTACKS}) WHERE kind = 'arbitrage'
)
SELECT coalesce(t.sender, h.victim) AS wallet, h.kind, count(*) AS times, min(h.block_number) AS first,
       max(h.block_number) AS last, list_contains($watch::VARCHAR[], coalesce(t.sender, h.victim)) AS watched
FROM hurt h LEFT JOIN (
    SELECT transaction_hash, any_value(sender) AS sender FROM chain_transactions
    WHERE chain_id = $chain_id GROUP BY transaction_hash
) t ON t.transaction_hash = h.victim AND h.kind <> 'liquidation'
GROUP BY ALL ORDER BY watched DESC, times DESC, wallet, kind
"""  # noqa: S608 (our own constants)

# Every swap of the sandwiched pools in their blocks, in order, with the reserves a pair logged right before it.
STEPS = f"""
WITH cur AS ({_CURRENT}), cases AS (
    SELECT block_hash, transactions[1] AS case_id, unnest(pools) AS pool FROM ({_ATTACKS}) WHERE kind = 'sandwich'
), swaps AS (
    SELECT s.* FROM chain_swaps s SEMI JOIN cur USING (chain_id, block_number, block_hash, run_id)
), reserves AS (
    SELECT r.* FROM chain_reserves r SEMI JOIN cur USING (chain_id, block_number, block_hash, run_id)
), names AS (
    SELECT t.block_hash, t.transaction_index, t.transaction_hash, t.sender, t.succeeded
    FROM chain_transactions t SEMI JOIN cur USING (chain_id, block_number, block_hash, run_id)
)
SELECT c.case_id, s.pool, s.transaction_index, s.position, n.transaction_hash, n.sender, s.token_in, s.token_out,
       s.amount_in, s.amount_out, s.price_after, r.reserve0, r.reserve1
FROM cases c JOIN swaps s ON s.block_hash = c.block_hash AND s.pool = c.pool
JOIN names n ON n.block_hash = s.block_hash AND n.transaction_index = s.transaction_index
ASOF LEFT JOIN reserves r ON r.block_hash = s.block_hash AND r.pool = s.pool
     AND r.transaction_index = s.transaction_index AND s.position >= r.position
WHERE coalesce(n.succeeded, 1) = 1 AND s.token_in IS NOT NULL AND s.amount_in IS NOT NULL
ORDER BY c.case_id, s.pool, s.transaction_index, s.position
"""  # noqa: S608 (our own constants)

QUERIES = (
    SnapshotQuery("attacks", ATTACKS, NO_ATTACK),
    SnapshotQuery("blocks", BLOCKS, NO_BLOCKS),
    SnapshotQuery("searches", SEARCHES, NO_BLOCKS),
    SnapshotQuery("wallets", WALLETS, NO_ATTACK, personal=("wallet",)),
    SnapshotQuery("steps", STEPS, NO_ATTACK, personal=("sender",)),
)


def rows(report: Report, table: str) -> list[dict[str, Any]]:
    """A table's rows; none if the lab lacks it."""
    return list(report.table(table).iter_rows(named=True))


def attacks(report: Report) -> list[dict[str, Any]]:
    """The attacks with their lists and amounts as data."""
    read = []
    for row in rows(report, "attacks"):
        lists = {name: json.loads(row[name]) for name in ("transactions", "victims", "pools", "profit", "leftover")}
        read.append({**row, **lists, "detail": json.loads(row["detail"] or "{}")})
    return read


def states(report: Report) -> Counter[str]:
    """Blocks by state."""
    counted: Counter[str] = Counter()
    for row in rows(report, "blocks"):
        counted[row["state"]] += row["blocks"]
    return counted


def was_searched(report: Report) -> bool:
    """Whether anybody looked for attacks at all."""
    return bool(rows(report, "searches"))


def coins(wei: int | None) -> str:
    """An amount of the chain's coin with six digits; a dash where it is not known."""
    if wei is None:
        return "\N{EN DASH}"
    return f"{Decimal(wei) / COIN:,.6f}"


def net_of(found: Iterable[Mapping[str, Any]]) -> tuple[int, int]:
    """The sum of what is known to have been gained, in wei after gas, and of how many attacks it is known."""
    known = [int(row["net"]) for row in found if row["net"] is not None]
    return sum(known), len(known)


def gained(row: Mapping[str, Any]) -> str:
    """What an attack brought, in raw units of each token."""
    return ", ".join(f"{int(item['amount']):,} of {short(item['token'])}" for item in row["profit"]) or "\N{EN DASH}"


def short(name: object) -> str:
    """An address or hash as people recognize it; whole ones are in the tables of the data."""
    text = str(name)
    return "the coin" if text == NATIVE else f"{text[:8]}…{text[-4:]}" if len(text) > 14 else text  # noqa: PLR2004


def by_actor(found: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Who took, how often and how much of it is known, most often first."""
    groups: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in found:
        groups[row["actor"]].append(row)
    made = [
        {
            "actor": actor,
            "attacks": len(own),
            "kinds": ", ".join(sorted({KINDS.get(row["kind"], row["kind"]) for row in own})),
            "net": coins(net_of(own)[0]) if net_of(own)[1] else "\N{EN DASH}",
            "known": net_of(own)[1],
        }
        for actor, own in groups.items()
    ]
    return sorted(made, key=lambda row: (-row["attacks"], row["actor"]))


def by_pool(found: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Through which pools, most often first."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for row in found:
        for pool in row["pools"]:
            counted[pool][row["kind"]] += 1
    made = [
        {"pool": pool, **{kind: kinds[kind] for kind in KINDS}, "all": kinds.total()} for pool, kinds in counted.items()
    ]
    return sorted(made, key=lambda row: (-row["all"], row["pool"]))


def typed(found: Iterable[Mapping[str, Any]], schema: Mapping[str, Any]) -> pl.DataFrame:
    """Rows as a frame with these columns."""
    import polars as pl

    return pl.DataFrame([{name: row.get(name) for name in schema} for row in found], schema=dict(schema))


def count_of(count: int, noun: str) -> str:
    """`3 blocks`, `1 block`."""
    plural = f"{noun}es" if noun.endswith("ch") else f"{noun}s"
    return f"{count:,} {noun if count == 1 else plural}"
