"""The shape of a flash-loan attack: borrowed and repaid in one transaction, and somebody else's account is emptied."""

from __future__ import annotations

from collections import defaultdict

import polars as pl

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.chain.threats.threat import Threat, found

LEAST_SHARE = 0.05
"""Net gain of the borrower in a token, as a share of the loan or of what moved of it in the transaction."""


def detect(flash_loans: pl.DataFrame, transfers: pl.DataFrame, transactions: pl.DataFrame) -> pl.DataFrame:
    """Transactions with a flash loan after which a third party holds much less and the borrower more."""
    if flash_loans.is_empty():
        return found(THREAT, [])
    place = ["block_number", "transaction_index"]
    names = transactions.select(*place, "transaction_hash", origin="sender", target="receiver")
    loans = flash_loans.join(names, on=place, how="inner")
    moves = transfers.filter(pl.col("standard").is_in(["erc20", "native"])).join(loans.select(place).unique(), on=place)
    by_place: dict[tuple[int, int], list[tuple[str, str, str, int]]] = defaultdict(list)
    columns = (*place, "token", "sender", "receiver", "amount")
    for block, index, token, sender, receiver, amount in moves.select(columns).iter_rows():
        by_place[block, index].append((token, sender, receiver, int(amount)))
    rows = [
        row
        for loan in loans.unique(place, maintain_order=True).iter_rows(named=True)
        if (row := _row(loan, by_place[loan["block_number"], loan["transaction_index"]]))
    ]
    return found(THREAT, rows)


def _row(loan: dict[str, str], moves: list[tuple[str, str, str, int]]) -> dict[str, object] | None:
    own = {loan["origin"], loan["target"], loan["borrower"]}
    net: dict[tuple[str, str], int] = defaultdict(int)
    volume: dict[str, int] = defaultdict(int)
    for token, sender, receiver, amount in moves:
        net[sender, token] -= amount
        net[receiver, token] += amount
        volume[token] += amount
    gained = {token: total for token in volume if (total := sum(net[account, token] for account in own)) > 0}
    losers = sorted(
        (amount, account, token)
        for (account, token), amount in net.items()
        if amount < 0 and account not in own and account != loan["lender"] and token in gained
    )
    if not losers:
        return None
    amount, account, token = losers[0]
    if gained[token] < LEAST_SHARE * volume[token]:
        return None
    return {
        "address": account,
        "counterparty": loan["target"] or loan["origin"],
        "transactions": [loan["transaction_hash"]],
        "detail": (
            f"with {loan['amount']} borrowed from {loan['lender']} and repaid in the same transaction, the borrower "
            f"came out with {gained[token]} of {token} and this account with {-amount} less"
        ),
    }


THREAT = Threat(
    id="flash-loan-attack",
    title="Account emptied with borrowed money",
    severity=Severity.HIGH,
    confidence=Confidence.LOW,
    what="In one transaction money was borrowed and repaid, and a third account lost what the borrower gained.",
    respond="Find out how the price or balance was moved that the emptied contract relied on; pause it.",
    source="Qin et al., Attacking the DeFi Ecosystem with Flash Loans, FC 2021",
    detect=detect,
)
