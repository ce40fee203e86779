"""Honeypot tokens: many buy, and nobody but the makers ever sells."""

from __future__ import annotations

import polars as pl

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.chain.threats.threat import Threat, found

LEAST_BUYERS = 10
MOST_SELLERS_SHARE = 0.1
"""Sellers who had bought before, as a share of buyers. Of an ordinary token a third sells within days."""
LEAST_BLOCKS = 300
"""About an hour must have passed since the median buyer bought: a token that is new has no sellers yet."""


def detect(swaps: pl.DataFrame, transactions: pl.DataFrame) -> pl.DataFrame:
    """Tokens that look like honeypots, by who bought and who sold; frames as in `frames`."""
    if swaps.is_empty():
        return found(THREAT, [])
    names = transactions.select("block_number", "transaction_index", "transaction_hash", trader="sender")
    traded = swaps.join(names, on=["block_number", "transaction_index"], how="inner")
    bought = traded.select("trader", "block_number", "transaction_hash", token="token_out").drop_nulls("token")  # noqa: S106
    sold = traded.select("trader", "block_number", token="token_in").drop_nulls("token")  # noqa: S106
    last = traded["block_number"].max()
    buyers = bought.group_by("token").agg(
        pl.col("trader").n_unique().alias("buyers"),
        pl.col("block_number").median().alias("middle"),
        pl.col("transaction_hash").unique(maintain_order=True).head(20).alias("purchases"),
    )
    again = sold.join(bought.select("token", "trader").unique(), on=["token", "trader"], how="semi")
    sellers = again.group_by("token").agg(pl.col("trader").n_unique().alias("sellers"))
    others = sold.group_by("token").agg(pl.col("trader").unique().alias("who"))
    judged = buyers.join(sellers, on="token", how="left").join(others, on="token", how="left")
    caught = judged.filter(
        pl.col("buyers") >= LEAST_BUYERS,
        pl.col("sellers").fill_null(0) <= MOST_SELLERS_SHARE * pl.col("buyers"),
        pl.lit(last) - pl.col("middle") >= LEAST_BLOCKS,
    ).sort("token")
    return found(
        THREAT,
        [
            {
                "address": row["token"],
                "counterparty": (row["who"] or [None])[0],
                "transactions": row["purchases"],
                "detail": f"{row['buyers']} bought it and {row['sellers'] or 0} of them ever sold",
            }
            for row in caught.iter_rows(named=True)
        ],
    )


THREAT = Threat(
    id="honeypot",
    title="Token that can be bought and not sold",
    severity=Severity.HIGH,
    confidence=Confidence.LOW,
    what="Many accounts bought this token and next to none of them sold it, though time enough has passed.",
    respond="Try a sale in a simulation before buying; read what its transfer function asks.",
    source="Torres, Steichen, State, The Art of The Scam, USENIX Security 2019",
    detect=detect,
)
