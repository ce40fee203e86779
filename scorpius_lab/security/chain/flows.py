"""Who held what before and after: net token amounts of accounts over transactions, exact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import polars as pl

from scorpius_lab.security.chain.chain import Chain
from scorpius_lab.security.chain.frames import ZERO_ADDRESS

Place = int
"""A transaction, by its key `at`."""

Flows = Mapping[Place, Mapping[str, Mapping[str, int]]]
"""Of each transaction, of each account, of each token: what it gained (or, below zero, gave)."""


def flows_of(chain: Chain, transactions: pl.DataFrame) -> Flows:
    """Net amounts by account and token in these transactions; the wrapped coin counts as the coin.

    `transactions` has the key `at`. Only the transactions a detector asks about are summed, one
    by one: amounts may need 256 bits.
    """
    moved = (
        chain.events["transfers"]
        .filter(pl.col("standard").is_in(["erc20", "native"]))
        .join(transactions.select("at").unique(), on="at", how="semi")
        .select("at", "sender", "receiver", chain.coin(pl.col("token")), "amount")
    )
    book: dict[Place, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    for at, sender, receiver, token, amount in moved.iter_rows():
        if amount is None:
            continue
        accounts = book[at]
        accounts[sender][token] -= int(amount)
        accounts[receiver][token] += int(amount)
    for accounts in book.values():
        accounts.pop(ZERO_ADDRESS, None)
    return book
