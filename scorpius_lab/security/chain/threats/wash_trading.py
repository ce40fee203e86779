"""Wash trades and round trips: a token goes from A to B and back to A, in the same amounts, again and again."""

from __future__ import annotations

import polars as pl

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.chain.frames import ZERO_ADDRESS
from scorpius_lab.security.chain.threats.threat import Threat, found

LEAST_ROUNDS = 3


def detect(transfers: pl.DataFrame, transactions: pl.DataFrame) -> pl.DataFrame:
    """Pairs of accounts between which one token went to and fro in exactly the same amounts."""
    place = ["block_number", "transaction_index"]
    moves = transfers.filter(
        pl.col("standard").is_in(["erc20", "erc721", "native"]),
        pl.col("amount") != "0",
        pl.col("sender") != pl.col("receiver"),
        pl.col("sender") != ZERO_ADDRESS,
        pl.col("receiver") != ZERO_ADDRESS,
    ).select(*place, "token", "token_id", "amount", "sender", "receiver")
    key = ["token", "token_id", "amount", "low", "high"]
    paired = moves.with_columns(
        low=pl.min_horizontal("sender", "receiver"), high=pl.max_horizontal("sender", "receiver")
    ).with_columns(up=pl.col("sender") == pl.col("low"))
    rounds = (
        paired.group_by(key)
        .agg(
            pl.col("up").sum().cast(pl.Int64).alias("there"),
            (~pl.col("up")).sum().cast(pl.Int64).alias("back"),
        )
        .filter(pl.min_horizontal("there", "back") >= LEAST_ROUNDS)
    )
    if rounds.is_empty():
        return found(THREAT, [])
    names = transactions.select(*place, "transaction_hash")
    named = paired.join(rounds, on=key, how="inner", nulls_equal=True).join(names, on=place, how="left").sort(place)
    grouped = named.group_by(key, maintain_order=True).agg(
        pl.col("transaction_hash").drop_nulls().unique(maintain_order=True),
        pl.col("there").first(),
        pl.col("back").first(),
    )
    return found(
        THREAT,
        [
            {
                "address": row["low"],
                "counterparty": row["high"],
                "transactions": row["transaction_hash"],
                "detail": f"{row['amount']} of {row['token']} went {row['there']} times there and {row['back']} back",
            }
            for row in grouped.iter_rows(named=True)
        ],
    )


THREAT = Threat(
    id="wash-trading",
    title="Round trips between two accounts",
    severity=Severity.LOW,
    confidence=Confidence.MEDIUM,
    what="The same amount went to and fro between two accounts: trade is feigned, or money is made to look used.",
    respond="Do not count these trades as volume; find out whether one person holds both accounts.",
    source="Victor, Weintraud, Detecting and Quantifying Wash Trading, WWW 2021",
    detect=detect,
)
