"""Aave v1, v2 and v3, and Spark and others that copied it.

Events: aave-protocol `LendingPoolLiquidationManager` (v1), protocol-v2 `LendingPoolCollateralManager`, aave-v3-core
`IPool`. From a call alone the amounts are those of the transfers inside it.
"""

from __future__ import annotations

import polars as pl

from scorpius_lab.security.chain.protocol import CALLED, CALLER, EMITTER, CallRule, EventRule, Protocol

PROTOCOL = Protocol(
    name="aave",
    covers="Aave v1, v2, v3 and forks (Spark, Radiant and others)",
    events=(
        EventRule(
            "LiquidationCall(address indexed collateralAsset, address indexed debtAsset, address indexed user, "
            "uint256 debtToCover, uint256 liquidatedCollateralAmount, address liquidator, bool receiveAToken)",
            makes="liquidations",
            columns={
                "market": EMITTER,
                "liquidator": pl.col("liquidator"),
                "borrower": pl.col("user"),
                "debt_token": pl.col("debtAsset"),
                "debt_amount": pl.col("debtToCover"),
                "collateral_token": pl.col("collateralAsset"),
                "collateral_amount": pl.col("liquidatedCollateralAmount"),
            },
        ),
        EventRule(
            "LiquidationCall(address indexed collateral, address indexed reserve, address indexed user, "
            "uint256 purchaseAmount, uint256 liquidatedCollateralAmount, uint256 accruedBorrowInterest, "
            "address liquidator, bool receiveAToken, uint256 timestamp)",
            makes="liquidations",
            columns={
                "market": EMITTER,
                "liquidator": pl.col("liquidator"),
                "borrower": pl.col("user"),
                "debt_token": pl.col("reserve"),
                "debt_amount": pl.col("purchaseAmount"),
                "collateral_token": pl.col("collateral"),
                "collateral_amount": pl.col("liquidatedCollateralAmount"),
            },
        ),
        EventRule(
            "FlashLoan(address indexed target, address indexed initiator, address indexed asset, uint256 amount, "
            "uint256 premium, uint16 referralCode)",
            makes="flash_loans",
            columns={
                "lender": EMITTER,
                "borrower": pl.col("target"),
                "token": pl.col("asset"),
                "amount": pl.col("amount"),
                "fee": pl.col("premium"),
            },
        ),
        EventRule(
            "FlashLoan(address indexed target, address initiator, address indexed asset, uint256 amount, "
            "uint8 interestRateMode, uint256 premium, uint16 indexed referralCode)",
            makes="flash_loans",
            columns={
                "lender": EMITTER,
                "borrower": pl.col("target"),
                "token": pl.col("asset"),
                "amount": pl.col("amount"),
                "fee": pl.col("premium"),
            },
        ),
    ),
    calls=(
        CallRule(
            "liquidationCall(address collateral, address debt, address user, uint256 debtToCover, bool receiveAToken)",
            makes="liquidations",
            columns={
                "market": CALLED,
                "liquidator": CALLER,
                "borrower": pl.col("user"),
                "debt_token": pl.col("debt"),
                "collateral_token": pl.when(pl.col("receiveAToken") == "0").then(pl.col("collateral")),
            },
        ),
        CallRule(
            "transferOnLiquidation(address from, address to, uint256 value)",
            makes="transfers",
            columns={
                "standard": pl.lit("erc20"),
                "token": CALLED,
                "sender": pl.col("from"),
                "receiver": pl.col("to"),
                "amount": pl.col("value"),
            },
        ),
    ),
)
