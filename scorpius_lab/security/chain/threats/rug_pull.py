"""Rug pulls: who provided a pool takes most of it at once, or mints a token and sells it into the pool."""

from __future__ import annotations

import polars as pl

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.chain.frames import ZERO_ADDRESS
from scorpius_lab.security.chain.threats.threat import Threat, found

DRAINED = 0.8
"""Share of the pool's reserve that leaves with one burn."""
MINTED = 1.0
"""Minted at once, as a multiple of what the pool held of the token."""


def detect(
    reserves: pl.DataFrame,
    liquidity: pl.DataFrame,
    transfers: pl.DataFrame,
    swaps: pl.DataFrame,
    transactions: pl.DataFrame,
) -> pl.DataFrame:
    """Drains and dumps; frames as in `frames`, transactions with hashes, senders and receivers."""
    return pl.concat([_drains(reserves, liquidity, transactions), _dumps(transfers, swaps, transactions)])


def _drains(reserves: pl.DataFrame, liquidity: pl.DataFrame, transactions: pl.DataFrame) -> pl.DataFrame:
    """A pair logs its reserves right before it logs the burn: what is left then, beside what went out."""
    burns = liquidity.filter(pl.col("kind") == "burn", pl.col("amount0").is_not_null())
    if burns.is_empty() or reserves.is_empty():
        return found(THREAT, [])
    place = ["block_number", "transaction_index", "pool"]
    left = reserves.select(*place, "reserve0", "reserve1", logged="position")
    beside = burns.join(left, on=place, how="inner").filter(pl.col("logged") <= pl.col("position"))
    after = beside.sort("logged").unique([*place, "position"], keep="last", maintain_order=True)
    gone, stay = pl.col("amount0").cast(pl.Float64), pl.col("reserve0").cast(pl.Float64)
    drained = after.with_columns(share=gone / (gone + stay)).filter(pl.col("share") >= DRAINED)
    named = drained.join(
        transactions.select("block_number", "transaction_index", "transaction_hash", origin="sender"),
        on=["block_number", "transaction_index"],
        how="inner",
    )
    mints = liquidity.filter(pl.col("kind") == "mint").join(
        transactions.select("block_number", "transaction_index", origin="sender"),
        on=["block_number", "transaction_index"],
        how="inner",
    )
    providers = mints.group_by("pool").agg(pl.col("origin").unique().alias("providers"))
    by_provider = named.join(providers, on="pool", how="left")
    rows = [
        {
            "address": row["pool"],
            "counterparty": row["origin"],
            "severity": "critical" if row["origin"] in (row["providers"] or []) else "high",
            "transactions": [row["transaction_hash"]],
            "detail": f"{row['share']:.1%} of the pool's liquidity left in one transaction"
            + (", taken by whoever had provided it" if row["origin"] in (row["providers"] or []) else ""),
        }
        for row in by_provider.sort("block_number", "transaction_index").iter_rows(named=True)
    ]
    return found(THREAT, rows)


def _dumps(transfers: pl.DataFrame, swaps: pl.DataFrame, transactions: pl.DataFrame) -> pl.DataFrame:
    """A mint to an account that sells the minted token for at least as much as any buyer ever got of it."""
    mints = transfers.filter(
        pl.col("standard") == "erc20", pl.col("sender") == ZERO_ADDRESS, pl.col("amount") != "0"
    ).select("token", "receiver", minted="amount", minted_in="block_number")
    if mints.is_empty() or swaps.is_empty():
        return found(THREAT, [])
    names = transactions.select(
        "block_number", "transaction_index", "transaction_hash", origin="sender", target="receiver"
    )
    sales = swaps.join(names, on=["block_number", "transaction_index"], how="inner").filter(
        pl.col("token_in").is_not_null()
    )
    bought = (
        swaps.filter(pl.col("token_out").is_not_null())
        .group_by(pl.col("token_out").alias("token"))
        .agg(pl.col("amount_out").cast(pl.Float64).max().alias("largest"))
    )
    joined = sales.join(mints, left_on=["token_in", "origin"], right_on=["token", "receiver"], how="inner").join(
        bought, left_on="token_in", right_on="token", how="inner"
    )
    dumped = joined.filter(
        pl.col("block_number") >= pl.col("minted_in"),
        pl.col("amount_in").cast(pl.Float64) >= MINTED * pl.col("largest"),
        pl.col("minted").cast(pl.Float64) >= pl.col("amount_in").cast(pl.Float64) * 0.5,
    ).unique("transaction_hash", maintain_order=True)
    rows = [
        {
            "address": row["token_in"],
            "counterparty": row["origin"],
            "severity": "high",
            "transactions": [row["transaction_hash"]],
            "detail": f"{row['minted']} of the token were minted to this account, which sold {row['amount_in']} of it",
        }
        for row in dumped.iter_rows(named=True)
    ]
    return found(THREAT, rows)


THREAT = Threat(
    id="rug-pull",
    title="Liquidity taken away or token minted and sold",
    severity=Severity.CRITICAL,
    confidence=Confidence.MEDIUM,
    what="The pool in which a token is traded was emptied by its provider, or flooded with newly minted tokens.",
    respond="Stop trading the token; what is left in the pool is what it is worth.",
    source="Xia et al., Trade or Trick?, SIGMETRICS 2021",
    detect=detect,
)
