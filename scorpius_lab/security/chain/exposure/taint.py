"""How much of what an address holds came from known ones: three ways to count, each stated with its result.

*Poison*: whatever a tainted address sends is tainted whole. *Haircut*: what it sends is tainted in the proportion of
what it holds. *FIFO*: what came first goes first. Sources: Moeser, Boehme, Breuker, "Towards Risk Scoring of Bitcoin
Transactions", 2014, section 3 (poison, haircut); Anderson, Shumailov, Ahmed, Rietmann, "Bitcoin Redux", 2018, section 4
(FIFO, after Clayton's Case). Amounts are integers: a haircut is rounded down for the receiver and what is cut off stays
with the sender, so that taint is neither made nor lost.

What an address sends beyond what is known to have come in is taken to have been there before, untainted; what a seed
sends is tainted, wherever it has it from.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

import polars as pl

from scorpius_lab.security.chain.frames import ZERO_ADDRESS


class Method(StrEnum):
    """How taint is counted."""

    POISON = "poison"
    HAIRCUT = "haircut"
    FIFO = "fifo"


@dataclass(slots=True)
class Taint:
    """What is known of one address and one token: held and tainted amounts, and the transactions that tainted it."""

    address: str
    token: str
    method: Method
    held: int = 0
    tainted: int = 0
    received: int = 0  # tainted, over all time
    hops: int | None = None
    transactions: list[tuple[int, int]] = field(default_factory=list)

    @property
    def share(self) -> float:
        """The tainted part of what is held."""
        return self.tainted / self.held if self.held else 0.0


_MOST_NAMED = 50


def taint(
    transfers: pl.DataFrame,
    seeds: Iterable[str],
    method: Method,
    *,
    most_hops: int = 10,
    least_amount: int = 1,
) -> list[Taint]:
    """Every address and token that taint reached, most tainted first.

    `transfers` has the columns of `frames.TRANSFERS`; they are taken in the order of the chain. Taint passes on through
    `most_hops` addresses, and only in amounts of at least `least_amount` raw units. Money of one token only: where it
    is exchanged for another the trail ends, and is to be followed from its other side.
    """
    book = _Book({seed.lower() for seed in seeds}, method, most_hops, least_amount)
    ordered = transfers.filter(
        pl.col("standard").is_in(["erc20", "native"]), pl.col("amount") != "0", pl.col("sender") != pl.col("receiver")
    ).sort("block_number", "transaction_index", "position", maintain_order=True)
    columns = ("block_number", "transaction_index", "token", "sender", "receiver", "amount")
    for block, index, token, sender, receiver, amount in _touching(ordered, book.seeds).select(columns).iter_rows():
        book.move((block, index), token, sender, receiver, int(amount))
    found = [account for account in book.accounts.values() if account.received]
    return sorted(found, key=lambda one: (-one.tainted, -one.received, one.address, one.token))


def _touching(transfers: pl.DataFrame, seeds: set[str]) -> pl.DataFrame:
    """Transfers from the first on that a seed sends: before it, nothing is tainted and nobody's balance matters less.

    Balances before it are needed for haircut and FIFO, so only tokens that no seed ever sent are left out.
    """
    sent = transfers.filter(pl.col("sender").is_in(list(seeds))).select("token").unique()
    return transfers.join(sent, on="token", how="semi", maintain_order="left")


class _Book:
    """Balances as they change."""

    def __init__(self, seeds: set[str], method: Method, most_hops: int, least_amount: int) -> None:
        self.seeds = seeds
        self.accounts: dict[tuple[str, str], Taint] = {}
        self._lots: dict[tuple[str, str], deque[list[int]]] = defaultdict(deque)
        self._method = method
        self._most_hops = most_hops
        self._least = least_amount

    def move(self, place: tuple[int, int], token: str, sender: str, receiver: str, amount: int) -> None:
        """One transfer."""
        source, hops = self._of(sender, token), self._hops(sender, token)
        if sender in self.seeds:
            passed, lots = amount, [[amount, amount]]
            source.held = max(0, source.held - amount)
        else:
            passed, lots = self._sent(source, amount)
        if hops is None or hops >= self._most_hops or passed < self._least:
            passed, lots = 0, [[amount, 0]]
        if receiver == ZERO_ADDRESS:
            return
        target = self._of(receiver, token)
        target.held += amount
        target.tainted += passed
        self._lots[receiver, token].extend(lots)
        if passed and receiver not in self.seeds:
            target.received += passed
            target.hops = hops + 1 if target.hops is None and hops is not None else target.hops
            if hops is not None and target.hops is not None:
                target.hops = min(target.hops, hops + 1)
            if len(target.transactions) < _MOST_NAMED:
                target.transactions.append(place)

    def _sent(self, source: Taint, amount: int) -> tuple[int, list[list[int]]]:
        """How much taint an amount takes with it, and in which lots."""
        missing = max(0, amount - source.held)
        if missing:  # it was there before the first transfer we know: the oldest, and untainted
            source.held += missing
            self._lots[source.address, source.token].appendleft([missing, 0])
        if self._method is Method.FIFO:
            lots = self._taken(source, amount)
            passed = sum(tainted for _, tainted in lots)
        elif self._method is Method.HAIRCUT:
            passed = source.tainted * amount // source.held
            lots = [[amount, passed]]
        else:
            passed = amount if source.tainted else 0
            lots = [[amount, passed]]
        source.held -= amount
        # poison taints whole, so what is left is tainted as long as anything is left
        left = source.held if self._method is Method.POISON and source.tainted else source.tainted - passed
        source.tainted = min(max(0, left), source.held)
        return passed, lots

    def _taken(self, source: Taint, amount: int) -> list[list[int]]:
        """The oldest lots that make up the amount; the last is cut."""
        queue = self._lots[source.address, source.token]
        taken: list[list[int]] = []
        while amount and queue:
            size, tainted = queue[0]
            if size <= amount:
                taken.append(queue.popleft())
                amount -= size
            else:
                part = amount if tainted else 0
                taken.append([amount, part])
                queue[0] = [size - amount, tainted - part]
                amount = 0
        return taken

    def _of(self, address: str, token: str) -> Taint:
        account = self.accounts.get((address, token))
        if account is None:
            account = self.accounts[address, token] = Taint(address, token, self._method)
        return account

    def _hops(self, sender: str, token: str) -> int | None:
        return 0 if sender in self.seeds else self._of(sender, token).hops
