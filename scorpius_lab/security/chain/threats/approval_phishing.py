"""Approval phishing: somebody is made to approve a spender, who then takes the tokens for a stranger.

Definition: an owner approves an amount (or everything) of a token to a spender that nobody in the blocks at hand had
approved before the owner's day, or that is on a list of known addresses; soon after, a transaction sent by the spender,
or calling it, moves the owner's tokens to an account that is neither the owner nor the spender's pool, and the owner
gets nothing in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.chain.frames import ZERO_ADDRESS
from scorpius_lab.security.chain.threats.threat import Threat, found

BLOCKS_AFTER = 50_000
"""About a week of Ethereum: a taking later than that is not put down to this approval."""
MOST_OWNERS_BEFORE = 3
"""A spender approved by more others before is a service that many use."""


def detect(
    approvals: pl.DataFrame, transfers: pl.DataFrame, transactions: pl.DataFrame, known: Iterable[str] = ()
) -> pl.DataFrame:
    """Takings after an approval. Frames as in `frames`, transactions with `transaction_hash`, `sender`, `receiver`.

    `known` are addresses on lists: a spender among them needs not be new.
    """
    given = approvals.filter(pl.col("amount") != "0", pl.col("spender") != ZERO_ADDRESS).sort(
        "block_number", "transaction_index", "position"
    )
    if given.is_empty() or transfers.is_empty():
        return found(THREAT, [])
    first = given.unique(["spender", "owner"], keep="first", maintain_order=True).with_columns(
        before=pl.int_range(pl.len()).over("spender")
    )
    listed = pl.col("spender").is_in([address.lower() for address in known])
    fresh = first.filter((pl.col("before") < MOST_OWNERS_BEFORE) | listed).select(
        "owner", "spender", "token", "standard", approved="block_number", given_at=_place(), listed=listed
    )
    places = transactions.select(
        "block_number", "transaction_index", "transaction_hash", origin="sender", target="receiver"
    )
    moves = transfers.join(places, on=["block_number", "transaction_index"], how="inner")
    taken = moves.join(fresh, left_on=["sender", "token"], right_on=["owner", "token"], how="inner").filter(
        _place() > pl.col("given_at"),  # in one transaction a contract approves what it is about to pay
        pl.col("block_number") - pl.col("approved") <= BLOCKS_AFTER,
        (pl.col("origin") == pl.col("spender")) | (pl.col("target") == pl.col("spender")),
        pl.col("origin") != pl.col("sender"),  # the owner sent it: a trade of his own
        pl.col("amount") != "0",
    )
    paid_back = moves.select("transaction_hash", sender="receiver").unique()
    robbed = taken.join(paid_back, on=["transaction_hash", "sender"], how="anti")
    grouped = robbed.group_by("sender", "spender", "token", maintain_order=True).agg(
        pl.col("transaction_hash").unique(maintain_order=True),
        pl.col("receiver").unique(maintain_order=True),
        pl.col("listed").any(),
        (pl.col("block_number").min() - pl.col("approved").min()).alias("blocks"),
    )
    return found(THREAT, [_row(row) for row in grouped.iter_rows(named=True)])


def _place() -> pl.Expr:
    return pl.col("block_number") * 2**24 + pl.col("transaction_index")


def _row(row: dict[str, list[str]]) -> dict[str, object]:
    mark = "a listed address" if row["listed"] else "a spender hardly anybody had approved"
    return {
        "address": row["sender"],
        "counterparty": row["spender"],
        "transactions": row["transaction_hash"],
        "detail": (
            f"{row['blocks']} blocks after it was approved, {mark} moved token {row['token']} "
            f"to {', '.join(row['receiver'][:3])} and the owner got nothing for it"
        ),
    }


THREAT = Threat(
    id="approval-phishing",
    title="Tokens taken by an approved stranger",
    severity=Severity.CRITICAL,
    confidence=Confidence.MEDIUM,
    what="An owner approved a spender of no standing, which then took the tokens without giving anything.",
    respond="Revoke the approval at once, move what is left, and look for other approvals given on the same day.",
    source="He et al., TxPhishScope, CCS 2023; EIP-20 approve/transferFrom",
    detect=detect,
)
