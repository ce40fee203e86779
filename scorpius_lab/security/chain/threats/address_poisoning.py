"""Address poisoning: a look-alike of somebody the victim pays is planted in the victim's history, to be copied.

A look-alike shares at least the first 3 and the last 4 hex digits with a real counterparty: few wallets show more. By
chance two of n addresses do so with probability n (n - 1) / 2 * 16**-7, about one pair in 23,000 addresses; and only
pairs dealt with by one account count here. Source: Tsuchiya, Dong, Soska, Christin, "Blockchain Address Poisoning",
USENIX Security 2025.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.chain.frames import ZERO_ADDRESS
from scorpius_lab.security.chain.threats.threat import Threat, found

PREFIX, SUFFIX = 3, 4

_ORDER = ["block_number", "transaction_index", "position"]


def lookalike(first: pl.Expr, second: pl.Expr) -> pl.Expr:
    """True where two addresses (lower case) differ and share enough of their beginning and end."""
    return (first != second) & (_mark(first) == _mark(second))


def _mark(address: pl.Expr) -> pl.Expr:
    return address.str.slice(2, PREFIX) + address.str.slice(42 - SUFFIX)


def detect(transfers: pl.DataFrame) -> pl.DataFrame:
    """Payoffs and plantings in transfers (`frames.TRANSFERS`, with `transaction_hash` where the hashes are known).

    A *payoff*: an account sent something to a look-alike of somebody it had paid before. A *planting*: a transfer of
    nothing, of dust or of a counterfeit token put the look-alike into its history. Pairs are found by their marks, in
    one pass; no address is compared with every other.
    """
    moves = transfers.filter(
        pl.col("standard").is_in(["erc20", "native"]),
        pl.col("sender") != ZERO_ADDRESS,
        pl.col("receiver") != ZERO_ADDRESS,
    )
    hashed = "transaction_hash" in moves.columns
    place = pl.col("transaction_hash") if hashed else pl.format("{}/{}", "block_number", "transaction_index")
    dealings = pl.concat(
        moves.select(*_ORDER, place=place, owner=owner, other=other, paid=paid)
        for owner, other, paid in (
            ("sender", "receiver", pl.col("amount") != "0"),
            ("receiver", "sender", pl.lit(value=False)),
        )
    )
    marked = dealings.with_columns(mark=_mark(pl.col("other")))
    several = marked.group_by("owner", "mark").agg(pl.col("other").n_unique().alias("many")).filter(pl.col("many") > 1)
    beside = marked.join(several.select("owner", "mark"), on=["owner", "mark"], how="semi").sort(_ORDER)
    if beside.is_empty():
        return found(THREAT, [])
    first_paid = (
        beside.filter("paid")
        .unique(["owner", "mark"], keep="first", maintain_order=True)
        .select("owner", "mark", real="other", since=pl.col("block_number") * 2**24 + pl.col("transaction_index"))
    )
    fakes = beside.join(first_paid, on=["owner", "mark"], how="inner").filter(
        pl.col("other") != pl.col("real"),
        pl.col("block_number") * 2**24 + pl.col("transaction_index") > pl.col("since"),
    )
    grouped = fakes.group_by("owner", "real", "other", maintain_order=True).agg(
        pl.col("paid").any(),
        pl.col("place").filter("paid").alias("payoffs"),
        pl.col("place").filter(~pl.col("paid")).alias("plantings"),
    )
    return found(THREAT, [_row(row) for row in grouped.iter_rows(named=True)])


def _row(row: dict[str, Any]) -> dict[str, object]:
    payoffs, plantings = list(row["payoffs"]), list(row["plantings"])
    count = len(payoffs or plantings)
    often = "once" if count == 1 else f"{count} times"
    deed = f"paid {often} to" if payoffs else f"was shown {often}"
    return {
        "address": row["owner"],
        "counterparty": row["other"],
        "severity": "critical" if payoffs else "medium",
        "transactions": [*payoffs, *plantings],
        "detail": f"{deed} {row['other']}, a look-alike of {row['real']}, whom it had paid before",
    }


THREAT = Threat(
    id="address-poisoning",
    title="Look-alike of a counterparty",
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    what=(
        "An address that begins and ends like one this account pays was put into its history. Whoever copies it from "
        "there pays the attacker."
    ),
    respond="Never copy an address from a list of past transactions; keep an address book and compare every digit.",
    source="Tsuchiya et al., Blockchain Address Poisoning, USENIX Security 2025",
    detect=detect,
)
