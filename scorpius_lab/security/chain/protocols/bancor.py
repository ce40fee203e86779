"""Bancor converters: each step of a conversion. bancor-contracts, `IConverter`.

The network contract logs a `Conversion` of its own over the whole way, with another layout, which is left out: it would
count every step twice.
"""

from __future__ import annotations

import polars as pl

from scorpius_lab.security.chain.protocol import EMITTER, EventRule, Protocol

PROTOCOL = Protocol(
    name="bancor",
    covers="Bancor v2 converters",
    events=(
        EventRule(
            "Conversion(address indexed fromToken, address indexed toToken, address indexed trader, uint256 amount, "
            "uint256 returned, int256 conversionFee)",
            makes="swaps",
            columns={
                "pool": EMITTER,
                "holder": EMITTER,
                "caller": pl.col("trader"),
                "recipient": pl.col("trader"),
                "token_in": pl.col("fromToken"),
                "token_out": pl.col("toToken"),
                "amount_in": pl.col("amount"),
                "amount_out": pl.col("returned"),
            },
        ),
    ),
)
