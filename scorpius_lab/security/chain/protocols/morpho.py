"""Morpho Blue, and Morpho's optimizers over Aave and Compound.

morpho-blue, `EventsLib`; morpho-optimizers, `PositionsManagerForAave`. Blue names markets by id: the tokens are those
of the transfers of the amounts it logs.
"""

from __future__ import annotations

import polars as pl

from scorpius_lab.security.chain.protocol import EMITTER, EventRule, Protocol

PROTOCOL = Protocol(
    name="morpho",
    covers="Morpho Blue and Morpho optimizers",
    events=(
        EventRule(
            "Liquidate(bytes32 indexed id, address indexed caller, address indexed borrower, uint256 repaidAssets, "
            "uint256 repaidShares, uint256 seizedAssets, uint256 badDebtAssets, uint256 badDebtShares)",
            makes="liquidations",
            columns={
                "market": EMITTER,
                "liquidator": pl.col("caller"),
                "borrower": pl.col("borrower"),
                "debt_amount": pl.col("repaidAssets"),
                "collateral_amount": pl.col("seizedAssets"),
            },
        ),
        EventRule(
            "Liquidated(address liquidator, address indexed liquidated, address indexed poolTokenBorrowed, "
            "uint256 amountRepaid, address indexed poolTokenCollateral, uint256 amountSeized)",
            makes="liquidations",
            columns={
                "market": EMITTER,
                "liquidator": pl.col("liquidator"),
                "borrower": pl.col("liquidated"),
                "debt_token": pl.col("poolTokenBorrowed"),
                "debt_amount": pl.col("amountRepaid"),
                "collateral_token": pl.col("poolTokenCollateral"),
                "collateral_amount": pl.col("amountSeized"),
            },
        ),
        EventRule(
            "FlashLoan(address indexed caller, address indexed token, uint256 assets)",
            makes="flash_loans",
            columns={
                "lender": EMITTER,
                "borrower": pl.col("caller"),
                "token": pl.col("token"),
                "amount": pl.col("assets"),
                "fee": pl.lit("0"),
            },
        ),
    ),
)
