"""The MEV report: what was taken from trades, from whom, by whom, through which pools, and what could not be seen."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from scorpius_lab.reporting import charts, components
from scorpius_lab.reporting.components.block import Block
from scorpius_lab.reporting.components.markup import moment
from scorpius_lab.reporting.reports.mev_cases import cards, drawn
from scorpius_lab.reporting.reports.mev_reserves import reserves
from scorpius_lab.reporting.reports.mev_rows import (
    KINDS,
    NO_ATTACK,
    NO_BLOCKS,
    QUERIES,
    MevParameters,
    attacks,
    by_actor,
    by_pool,
    coins,
    count_of,
    gained,
    net_of,
    rows,
    short,
    states,
    typed,
    was_searched,
)
from scorpius_lab.reporting.spec import ReportSpec

if TYPE_CHECKING:
    from scorpius_lab.reporting.report import Report

__all__ = [
    "SPEC", "cards", "drawn", "headline", "kinds", "masthead", "not_looked_at", "over_time", "pools", "provenance",
    "reserves", "table", "takers", "wallets",
]  # fmt: skip

SPEC = ReportSpec(
    name="mev",
    title="MEV report",
    notebook="mev.ipynb",
    parameters=MevParameters,
    queries=QUERIES,
    results=(
        "masthead", "headline", "kinds", "wallets", "over-time", "takers", "pools", "drawn", "reserves", "cases",
        "table", "not-looked-at", "provenance",
    ),
)  # fmt: skip

DASH = "\N{EN DASH}"
_NOUNS = {
    "sandwich": "sandwich",
    "arbitrage": "arbitrage",
    "jit": "just-in-time position",
    "liquidation": "liquidation",
}
_STATE = {"complete": "pass", "incomplete": "partial", "orphaned": "not_applicable", "disputed": "not_evaluated"}
_STATE_WORDS = {"pass": "Complete", "partial": "Incomplete", "not_applicable": "Orphaned", "not_evaluated": "Disputed"}


def _empty(report: Report) -> str:
    return NO_ATTACK if was_searched(report) else NO_BLOCKS


def masthead(report: Report) -> Block:
    """The title says what was found and in how many blocks."""
    blocks = rows(report, "blocks")
    facts: list[tuple[str, object]] = [
        ("Organization", report.parameters.get("organisation") or report.meta.get("organisation") or "not given"),
        ("Chain", report.parameters.get("chain_id", 1)),
        ("Blocks", f"{sum(row['blocks'] for row in blocks):,}" if blocks else DASH),
        ("From", _when(min((row["first_time"] for row in blocks if row["first_time"]), default=None))),
        ("To", _when(max((row["last_time"] for row in blocks if row["last_time"]), default=None))),
        ("As of", moment(report.as_of)),
        ("Lab", report.meta.get("lab")),
        ("Code", report.meta.get("code_version")),
    ]
    return components.masthead(
        sentence(report),
        lead(report),
        facts,
        "MEV report",
        signer=str(report.meta.get("signer") or ""),
        ledger=components.log_entry(report.meta),
        commands=report.meta.get("commands") or (),
    )


def _when(seconds: int | None) -> str:
    return DASH if seconds is None else moment(datetime.fromtimestamp(seconds, UTC), seconds=False)


def sentence(report: Report) -> str:
    """The result in a sentence."""
    if not states(report) or not was_searched(report):
        return "No block has been looked at"
    found = attacks(report)
    blocks = count_of(states(report).total(), "block")
    if not found:
        return f"Nothing was found in {blocks}"
    counts = Counter(row["kind"] for row in found)
    worst = [count_of(counts[kind], noun) for kind, noun in _NOUNS.items() if counts[kind]]
    return f"{', '.join(worst)} in {blocks}"


def lead(report: Report) -> str:
    """Whom it hit, how much of it is known, and what cannot be said."""
    if not states(report) or not was_searched(report):
        return NO_BLOCKS
    found, parts = attacks(report), []
    hit = [row for row in rows(report, "wallets") if row["watched"]]
    if report.parameters.get("watch"):
        times = sum(row["times"] for row in hit)
        parts.append(
            f"**{count_of(len({row['wallet'] for row in hit}), 'watched wallet')}** met it {times:,} times."
            if hit
            else "None of the watched wallets was hit in these blocks."
        )
    total, known = net_of(found)
    if found:
        parts.append(f"Of {known:,} of {len(found):,} it is known what was left after gas: {coins(total)} of the coin.")
    whole = states(report)["complete"]
    if whole < states(report).total():
        parts.append(f"Only {whole:,} of {count_of(states(report).total(), 'block')} are complete.")
    return " ".join(parts)


def headline(report: Report) -> Block:
    """Attacks beside the blocks they were looked for in."""
    found, counted = attacks(report), states(report)
    total, known = net_of(found)
    searched = was_searched(report) and bool(counted)
    victims = {victim for row in found for victim in row["victims"]}
    figures: list[tuple[str, object, str]] = [
        ("Left after gas", coins(total) if known else DASH, f"of the coin, known of {known:,} of {len(found):,}"),
        ("Transactions that paid", f"{len(victims):,}" if searched else DASH, "sandwiched, served or liquidated"),
        ("Actors", f"{len({row['actor'] for row in found}):,}" if searched else DASH, "contracts or accounts"),
    ]
    by_state = Counter[str]()
    for state, count in counted.items():
        by_state[_STATE.get(state, "not_evaluated")] += count
    return components.headline(
        "headline",
        f"{len(found):,}" if searched else None,
        f"{counted['complete']:,} of {counted.total():,}" if searched else None,
        by_state,
        figures,
        paragraphs=[
            "A sandwich is counted from what pools and tokens logged. Gains are in integers, to the last unit; where a "
            "price or the gas is not known, the gain after gas is left open and never taken for nought."
        ]
        if searched
        else [NO_BLOCKS],
        score_label="Attacks found",
        coverage_label="Blocks that are complete",
        judged_words=("complete or in part", "not looked at"),
        state_words=_STATE_WORDS,
    )


def kinds(report: Report) -> Block:
    """How many of each kind, and how much of it is known."""
    import polars as pl

    found = attacks(report)
    made = []
    for kind, title in KINDS.items():
        own = [row for row in found if row["kind"] == kind]
        total, known = net_of(own)
        made.append(
            {
                "kind": title,
                "attacks": len(own),
                "victims": sum(len(row["victims"]) for row in own),
                "net": coins(total) if known else DASH,
                "known": known,
            }
        )
    answered = sum(bool(row["detail"].get("backrun_of")) for row in found)
    schema = {"kind": pl.String, "attacks": pl.Int64, "victims": pl.Int64, "net": pl.String, "known": pl.Int64}
    return components.records(
        "kinds",
        typed(made if was_searched(report) else [], schema),
        "Attacks by kind",
        f"{count_of(answered, 'arbitrage')} answered another's trade (backruns)." if found else "",
        columns={
            "kind": "Kind",
            "attacks": "Attacks",
            "victims": "Victims",
            "net": "After gas, coin",
            "known": "Known of",
        },
        when_empty=_empty(report),
    )


def wallets(report: Report) -> Block:
    """Whose transactions paid; watched wallets first."""
    import polars as pl

    made = [
        {**row, "kind": KINDS.get(row["kind"], row["kind"]), "ours": "yes" if row["watched"] else ""}
        for row in rows(report, "wallets")
    ]
    schema = {
        "wallet": pl.String, "ours": pl.String, "kind": pl.String, "times": pl.Int64, "first": pl.Int64,
        "last": pl.Int64,
    }  # fmt: skip
    return components.records(
        "wallets",
        typed(made, schema),
        "Wallets that paid",
        "Watched wallets first, then the most often hit.",
        columns={
            "wallet": "Wallet", "ours": "Watched", "kind": "By", "times": "Times", "first": "First block",
            "last": "Last block",
        },
        code_columns=("wallet",),
        limit=50,
        when_empty=_empty(report),
    )  # fmt: skip


def over_time(report: Report) -> Block:
    """Attacks by day."""
    import polars as pl

    days = Counter(
        datetime.fromtimestamp(row["timestamp"], UTC).date().isoformat() for row in attacks(report) if row["timestamp"]
    )
    frame = pl.DataFrame(
        {"label": sorted(days), "value": [days[day] for day in sorted(days)]},
        schema={"label": pl.String, "value": pl.Int64},
    )
    undated = sum(row["timestamp"] is None for row in attacks(report))
    return charts.bars(
        "over-time",
        frame.tail(60),
        title="Attacks by day",
        finding=f"{count_of(undated, 'attack')} in blocks without a time are not drawn."
        if undated
        else "By the time of the block, UTC.",
        source="Blocks that were looked at.",
        label="label",
        value="value",
        when_empty=_empty(report),
    )


def takers(report: Report) -> Block:
    """Who took it."""
    import polars as pl

    schema = {"actor": pl.String, "attacks": pl.Int64, "kinds": pl.String, "net": pl.String, "known": pl.Int64}
    return components.records(
        "takers",
        typed(by_actor(attacks(report)), schema),
        "Who took it",
        "The contract called, or the account that kept the gain.",
        columns={
            "actor": "Actor",
            "attacks": "Attacks",
            "kinds": "Kinds",
            "net": "After gas, coin",
            "known": "Known of",
        },
        code_columns=("actor",),
        limit=30,
        when_empty=_empty(report),
    )


def pools(report: Report) -> Block:
    """Through which pools."""
    import polars as pl

    schema = {"pool": pl.String, **dict.fromkeys(KINDS, pl.Int64), "all": pl.Int64}
    return components.records(
        "pools",
        typed(by_pool(attacks(report)), schema),
        "Through which pools",
        columns={"pool": "Pool or market", **KINDS, "all": "All"},
        code_columns=("pool",),
        limit=30,
        when_empty=_empty(report),
    )


def table(report: Report) -> Block:
    """Every attack."""
    import polars as pl

    made = [
        {
            "block": row["block_number"],
            "kind": KINDS.get(row["kind"], row["kind"]) + (", backrun" if row["detail"].get("backrun_of") else ""),
            "actor": short(row["actor"]),
            "gained": gained(row),
            "net": coins(None if row["net"] is None else int(row["net"])),
            "victims": len(row["victims"]),
            "first": row["transactions"][0],
        }
        for row in attacks(report)
    ]
    schema = {
        "block": pl.Int64, "kind": pl.String, "actor": pl.String, "gained": pl.String, "net": pl.String,
        "victims": pl.Int64, "first": pl.String,
    }  # fmt: skip
    return components.records(
        "table",
        typed(made, schema),
        "All attacks",
        columns={
            "block": "Block", "kind": "Kind", "actor": "Actor", "gained": "Gained, raw units", "net": "After gas, coin",
            "victims": "Victims", "first": "First transaction",
        },
        code_columns=("first",),
        when_empty=_empty(report),
    )  # fmt: skip


def not_looked_at(report: Report) -> Block:
    """Blocks that are not complete, with the reason, and what no log shows."""
    import polars as pl

    made = [
        {
            "state": _STATE.get(row["state"], "not_evaluated"),
            "what": f"{count_of(row['blocks'], 'block')} from {row['first']} to {row['last']}",
            "reason": row["reason"],
            "remedy": "Read their receipts with logs (eth_getBlockReceipts) and ingest them.",
        }
        for row in rows(report, "blocks")
        if row["state"] != "complete"
    ]
    if states(report):
        made.append(
            {
                "state": "partial",
                "what": "Moves of the coin inside transactions, and tips paid there",
                "reason": "logs do not show them; call traces do",
                "remedy": "Ingest trace_block results as well.",
            }
        )
    return components.not_looked_at(
        "not-looked-at",
        typed(made, dict.fromkeys(("state", "what", "reason", "remedy"), pl.String)),
        when_empty=NO_BLOCKS,
    )


def provenance(report: Report) -> Block:
    """What the report was made from."""
    return components.provenance("provenance", report)
