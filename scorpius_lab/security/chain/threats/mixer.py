"""Use of mixers: money put into an address that is on a list of mixers, or got from one."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.chain.threats.threat import Threat, found


def detect(transfers: pl.DataFrame, transactions: pl.DataFrame, mixers: Iterable[str]) -> pl.DataFrame:
    """Deposits to and withdrawals from the addresses in `mixers` (a dated list, see `exposure.read_labels`)."""
    listed = [mixer.lower() for mixer in mixers]
    place = ["block_number", "transaction_index"]
    names = transactions.select(*place, "transaction_hash")
    moves = transfers.filter(pl.col("standard").is_in(["erc20", "native"]), pl.col("amount") != "0")
    used = pl.concat(
        [
            moves.filter(pl.col("receiver").is_in(listed)).select(
                *place, "amount", address="sender", mixer="receiver", way=pl.lit("put into")
            ),
            moves.filter(pl.col("sender").is_in(listed)).select(
                *place, "amount", address="receiver", mixer="sender", way=pl.lit("got from")
            ),
        ]
    ).join(names, on=place, how="left")
    grouped = (
        used.sort(place)
        .group_by("address", "mixer", "way", maintain_order=True)
        .agg(
            pl.col("transaction_hash").drop_nulls().unique(maintain_order=True),
            pl.len().alias("times"),
            pl.col("amount").n_unique().alias("sizes"),
        )
    )
    return found(
        THREAT,
        [
            {
                "address": row["address"],
                "counterparty": row["mixer"],
                "transactions": row["transaction_hash"],
                "detail": f"{row['way']} a mixer {row['times']} times in {row['sizes']} sizes",
            }
            for row in grouped.iter_rows(named=True)
        ],
    )


THREAT = Threat(
    id="mixer",
    title="Money through a mixer",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    what="The account put money into a mixer or got it from one. That is no proof of anything; the trail ends there.",
    respond="Ask where the money came from; follow equal amounts out of the mixer soon after, as a hint only.",
    source="FATF, Virtual Assets Red Flag Indicators, 2020",
    detect=detect,
)
