"""Compound v2 and its forks (Cream, Venus, Iron Bank).

Events: compound-protocol, `CTokenInterfaces`. The token repaid is the market's underlying one, which no event names:
it is the one transferred to the market, or the chain's coin.
"""

from __future__ import annotations

import polars as pl

from scorpius_lab.security.chain.frames import NATIVE
from scorpius_lab.security.chain.protocol import CALLED, CALLER, EMITTER, CallRule, EventRule, Protocol

PROTOCOL = Protocol(
    name="compound",
    covers="Compound v2 and forks (Cream, Venus, Iron Bank and others)",
    events=(
        EventRule(
            "LiquidateBorrow(address liquidator, address borrower, uint256 repayAmount, address cTokenCollateral, "
            "uint256 seizeTokens)",
            makes="liquidations",
            columns={
                "market": EMITTER,
                "liquidator": pl.col("liquidator"),
                "borrower": pl.col("borrower"),
                "debt_amount": pl.col("repayAmount"),
                "collateral_token": pl.col("cTokenCollateral"),
                "collateral_amount": pl.col("seizeTokens"),
            },
        ),
    ),
    calls=(
        CallRule(
            "liquidateBorrow(address borrower, uint256 repayAmount, address cTokenCollateral)",
            makes="liquidations",
            columns={
                "market": CALLED,
                "liquidator": CALLER,
                "borrower": pl.col("borrower"),
                "collateral_token": pl.col("cTokenCollateral"),
            },
        ),
        CallRule(
            "liquidateBorrow(address borrower, address cTokenCollateral)",
            makes="liquidations",
            columns={
                "market": CALLED,
                "liquidator": CALLER,
                "borrower": pl.col("borrower"),
                "debt_token": pl.lit(NATIVE),
                "debt_amount": pl.col("call_value"),
                "collateral_token": pl.col("cTokenCollateral"),
            },
        ),
        CallRule(
            "seize(address liquidator, address borrower, uint256 seizeTokens)",
            makes="transfers",
            columns={
                "standard": pl.lit("erc20"),
                "token": CALLED,
                "sender": pl.col("borrower"),
                "receiver": pl.col("liquidator"),
                "amount": pl.col("seizeTokens"),
            },
        ),
    ),
)
