"""Maker and ERC-3156 flash lenders: flash mints. dss-flash, `DssFlash`; EIP-3156.

Maker's auctions (dss, `Clipper`) move internal balances in units of 10**45 and name neither who pays nor the token, so
that no event of theirs can be told in integers of tokens; what is swapped in such a transaction is seen as ever.
"""

from __future__ import annotations

import polars as pl

from scorpius_lab.security.chain.protocol import EMITTER, EventRule, Protocol

PROTOCOL = Protocol(
    name="maker",
    covers="Maker flash mints and ERC-3156 lenders",
    events=(
        EventRule(
            "FlashLoan(address indexed receiver, address token, uint256 amount, uint256 fee)",
            makes="flash_loans",
            columns={
                "lender": EMITTER,
                "borrower": pl.col("receiver"),
                "token": pl.col("token"),
                "amount": pl.col("amount"),
                "fee": pl.col("fee"),
            },
        ),
    ),
)
