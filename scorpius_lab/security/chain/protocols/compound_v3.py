"""Compound v3 (Comet): a position is absorbed by the protocol, and its collateral is sold to whoever wants it."""

from __future__ import annotations

import polars as pl

from scorpius_lab.security.chain.protocol import EMITTER, EventRule, Protocol

PROTOCOL = Protocol(
    name="compound_v3",
    covers="Compound v3 (Comet)",
    events=(
        EventRule(
            "AbsorbCollateral(address indexed absorber, address indexed borrower, address indexed asset, "
            "uint256 collateralAbsorbed, uint256 usdValue)",
            makes="liquidations",
            columns={
                "market": EMITTER,
                "liquidator": pl.col("absorber"),
                "borrower": pl.col("borrower"),
                "collateral_token": pl.col("asset"),
                "collateral_amount": pl.col("collateralAbsorbed"),
                # the protocol takes the debt over: whoever calls pays nothing
                "debt_token": pl.lit(None, pl.String),
                "debt_amount": pl.lit("0"),
            },
        ),
    ),
)
