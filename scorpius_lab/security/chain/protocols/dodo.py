"""DODO pools and vaults. contractV2, `DODOSwap`."""

from __future__ import annotations

import polars as pl

from scorpius_lab.security.chain.protocol import EMITTER, EventRule, Protocol

PROTOCOL = Protocol(
    name="dodo",
    covers="DODO v2 pools",
    events=(
        EventRule(
            "DODOSwap(address fromToken, address toToken, uint256 fromAmount, uint256 toAmount, address trader, "
            "address receiver)",
            makes="swaps",
            columns={
                "pool": EMITTER,
                "holder": EMITTER,
                "caller": pl.col("trader"),
                "recipient": pl.col("receiver"),
                "token_in": pl.col("fromToken"),
                "token_out": pl.col("toToken"),
                "amount_in": pl.col("fromAmount"),
                "amount_out": pl.col("toAmount"),
            },
        ),
        EventRule(
            "DODOFlashLoan(address borrower, address assetTo, uint256 baseAmount, uint256 quoteAmount)",
            makes="flash_loans",
            columns={
                "lender": EMITTER,
                "borrower": pl.col("borrower"),
                "amount": pl.when(pl.col("baseAmount") != "0")
                .then(pl.col("baseAmount"))
                .otherwise(pl.col("quoteAmount")),
                "fee": pl.lit("0"),
            },
        ),
    ),
)
