"""Balancer v1 (pools hold their tokens) and v2, v3 (a vault holds all).

Events: balancer-core `BPool`; balancer-v2-monorepo `IVault`, `IFlashLoans`; balancer-v3 `IVaultEvents`.
"""

from __future__ import annotations

import polars as pl

from scorpius_lab.security.chain.protocol import EMITTER, EventRule, Protocol

_AMOUNTS = {
    "token_in": pl.col("tokenIn"),
    "token_out": pl.col("tokenOut"),
    "amount_in": pl.col("amountIn"),
    "amount_out": pl.col("amountOut"),
}

PROTOCOL = Protocol(
    name="balancer",
    covers="Balancer v1, v2 and v3",
    events=(
        EventRule(
            "LOG_SWAP(address indexed caller, address indexed tokenIn, address indexed tokenOut, uint256 amountIn, "
            "uint256 amountOut)",
            makes="swaps",
            columns={
                **_AMOUNTS,
                "pool": EMITTER,
                "holder": EMITTER,
                "caller": pl.col("caller"),
                "recipient": pl.col("caller"),
            },
        ),
        EventRule(
            "Swap(bytes32 indexed poolId, address indexed tokenIn, address indexed tokenOut, uint256 amountIn, "
            "uint256 amountOut)",
            makes="swaps",
            columns={**_AMOUNTS, "pool": pl.col("poolId"), "holder": EMITTER},
        ),
        EventRule(
            "Swap(address indexed pool, address indexed tokenIn, address indexed tokenOut, uint256 amountIn, "
            "uint256 amountOut, uint256 swapFeePercentage, uint256 swapFeeAmount)",
            makes="swaps",
            columns={**_AMOUNTS, "pool": pl.col("pool"), "holder": EMITTER},
        ),
        EventRule(
            "FlashLoan(address indexed recipient, address indexed token, uint256 amount, uint256 feeAmount)",
            makes="flash_loans",
            columns={
                "lender": EMITTER,
                "borrower": pl.col("recipient"),
                "token": pl.col("token"),
                "amount": pl.col("amount"),
                "fee": pl.col("feeAmount"),
            },
        ),
    ),
)
