"""Liquidations: somebody repays another's debt to a lending protocol and takes the collateral at a discount."""

from __future__ import annotations

from scorpius_lab.security.chain.attacks import Attack, Holding, Kind, holdings
from scorpius_lab.security.chain.chain import Chain

KIND = Kind.LIQUIDATION
TITLE = "Liquidation"
VERSION = 1


def detect(chain: Chain) -> list[Attack]:
    """Every liquidation the lending protocols themselves report, in transactions that succeeded."""
    facts = chain.succeeded.select("at", "transaction_hash", origin="sender")
    rows = chain.events["liquidations"].join(facts, on="at", how="inner")
    return [_attack(row) for row in rows.sort("at", "position").iter_rows(named=True)]


def _attack(row: dict[str, object]) -> Attack:
    debt = _holding(row["debt_token"], row["debt_amount"])
    collateral = _holding(row["collateral_token"], row["collateral_amount"])
    moved: dict[str, int] = {}
    if debt and collateral:
        moved = {collateral.token: collateral.amount}
        moved[debt.token] = moved.get(debt.token, 0) - debt.amount
    return Attack(
        kind=KIND,
        block=int(str(row["block_number"])),
        block_hash=_text(row["block_hash"]),
        actor=str(row["liquidator"] or row["origin"]),
        transactions=(str(row["transaction_hash"]),),
        indexes=(int(str(row["transaction_index"])),),
        rule_version=VERSION,
        victims=(str(row["borrower"]),),
        pools=(str(row["market"]),),
        profit=holdings(moved),
        protocol=_text(row["protocol"]),
        borrower=_text(row["borrower"]),
        debt=debt,
        collateral=collateral,
    )


def _holding(token: object, amount: object) -> Holding | None:
    return Holding(str(token), int(str(amount))) if token is not None and amount is not None else None


def _text(value: object) -> str | None:
    return None if value is None else str(value)
