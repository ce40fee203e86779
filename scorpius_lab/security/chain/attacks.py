"""What a detector finds: one attack, one record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What was done. A backrun is an arbitrage that names the trade it answered."""

    ARBITRAGE = "arbitrage"
    SANDWICH = "sandwich"
    JIT = "jit"
    LIQUIDATION = "liquidation"


@dataclass(frozen=True, slots=True)
class Holding:
    """An amount of a token, in its raw units; below zero if it was paid."""

    token: str
    amount: int

    def as_dict(self) -> dict[str, str]:
        """Amounts are text in JSON: they do not fit into its numbers."""
        return {"token": self.token, "amount": str(self.amount)}


@dataclass(frozen=True, slots=True)
class Attack:
    """One event of value taken from others' transactions, with what it brought.

    `transactions` are the actor's, in order; `victims` the transactions that paid (of a liquidation, the borrower).
    `profit` is in raw token units, without gas; `leftover` is what was bought and not sold again, or sold from stock.
    `gas_cost`, `tips` and `net` are in wei, None where unknown. `priced_via` says how profit in tokens became `net`.
    """

    kind: Kind
    block: int
    block_hash: str | None
    actor: str
    transactions: tuple[str, ...]
    indexes: tuple[int, ...]
    rule_version: int
    victims: tuple[str, ...] = ()
    pools: tuple[str, ...] = ()
    profit: tuple[Holding, ...] = ()
    leftover: tuple[Holding, ...] = ()
    fronts: tuple[str, ...] = ()
    backs: tuple[str, ...] = ()
    backrun_of: tuple[str, ...] = ()
    protocol: str | None = None
    borrower: str | None = None
    debt: Holding | None = None
    collateral: Holding | None = None
    gas_cost: int | None = None
    tips: int | None = None
    net: int | None = None
    priced_via: str | None = None
    completeness: str = ""
    chain_id: int = 1
    doubts: tuple[str, ...] = field(default=())

    def as_dict(self) -> dict[str, object]:
        """The record as JSON; amounts as decimal text."""
        return {
            "kind": str(self.kind),
            "chain_id": self.chain_id,
            "block": self.block,
            "block_hash": self.block_hash,
            "actor": self.actor,
            "transactions": list(self.transactions),
            "victims": list(self.victims),
            "pools": list(self.pools),
            "profit": [holding.as_dict() for holding in self.profit],
            "leftover": [holding.as_dict() for holding in self.leftover],
            "gas_cost": _text(self.gas_cost),
            "tips": _text(self.tips),
            "net": _text(self.net),
            "priced_via": self.priced_via,
            "completeness": self.completeness,
            "rule_version": self.rule_version,
            "fronts": list(self.fronts),
            "backs": list(self.backs),
            "backrun_of": list(self.backrun_of),
            "protocol": self.protocol,
            "borrower": self.borrower,
            "debt": self.debt.as_dict() if self.debt else None,
            "collateral": self.collateral.as_dict() if self.collateral else None,
        }


def _text(amount: int | None) -> str | None:
    return None if amount is None else str(amount)


def holdings(amounts: Mapping[str, int] | Iterable[tuple[str, int]]) -> tuple[Holding, ...]:
    """Amounts that are not nought, the largest first, then by token."""
    given = amounts.items() if isinstance(amounts, Mapping) else amounts
    return tuple(
        Holding(token, amount) for token, amount in sorted(given, key=lambda pair: (-pair[1], pair[0])) if amount
    )
