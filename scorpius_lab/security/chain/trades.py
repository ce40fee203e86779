"""Swaps one by one, for the few that a detector looks at closely."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Trade:
    """One swap, with the transaction it is part of. Amounts in raw units.."""

    block: int
    at: int
    block_number: int
    block_hash: str | None
    index: int
    position: int
    transaction: str
    origin: str
    target: str | None
    pool: str
    holder: str
    caller: str | None
    recipient: str | None
    token_in: str
    token_out: str
    amount_in: int
    amount_out: int


_COLUMNS = (
    "block",
    "at",
    "block_number",
    "block_hash",
    "transaction_index",
    "position",
    "transaction_hash",
    "origin",
    "target",
    "pool",
    "holder",
    "caller",
    "recipient",
    "token_in",
    "token_out",
    "amount_in",
    "amount_out",
)


def trades_of(frame: pl.DataFrame) -> Iterator[Trade]:
    """The rows of `Chain.trades`, in order of block, transaction and position."""
    ordered = frame.sort("at", "position")
    for row in ordered.select(_COLUMNS).iter_rows(named=True):
        yield Trade(
            row["block"],
            row["at"],
            row["block_number"],
            row["block_hash"],
            row["transaction_index"],
            row["position"],
            row["transaction_hash"],
            row["origin"],
            row["target"],
            row["pool"],
            row["holder"],
            row["caller"],
            row["recipient"],
            row["token_in"],
            row["token_out"],
            int(row["amount_in"]),
            int(row["amount_out"]),
        )


def by_transaction(trades: Iterable[Trade]) -> list[list[Trade]]:
    """Trades of each transaction, in order."""
    return [list(part) for _, part in groupby(trades, key=lambda trade: trade.at)]
