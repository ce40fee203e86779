"""Uniswap v4: one contract holds the tokens of all pools, which are known by id.

Events: v4-core, `IPoolManager`. Amounts are the swapper's: negative was paid, positive was received, the other way
round than in v3.
"""

from __future__ import annotations

import polars as pl

from scorpius_lab.security.chain.protocol import EMITTER, EventRule, Protocol, absolute, negative, side

_PAYS_FIRST = negative("amount0")
_CHANGE = negative("liquidityDelta")

PROTOCOL = Protocol(
    name="uniswap_v4",
    covers="Uniswap v4 (PoolManager)",
    events=(
        EventRule(
            "Swap(bytes32 indexed id, address indexed sender, int128 amount0, int128 amount1, uint160 sqrtPriceX96, "
            "uint128 liquidity, int24 tick, uint24 fee)",
            makes="swaps",
            where=negative("amount0") != negative("amount1"),
            columns={
                "pool": pl.col("id"),
                "holder": EMITTER,
                "caller": pl.col("sender"),
                "side_in": side(_PAYS_FIRST),
                "side_out": side(~_PAYS_FIRST),
                "amount_in": pl.when(_PAYS_FIRST).then(absolute("amount0")).otherwise(absolute("amount1")),
                "amount_out": pl.when(_PAYS_FIRST).then(pl.col("amount1")).otherwise(pl.col("amount0")),
                "price_after": (pl.col("sqrtPriceX96").cast(pl.Float64) / 2.0**96) ** 2,
            },
        ),
        EventRule(
            "ModifyLiquidity(bytes32 indexed id, address indexed sender, int24 tickLower, int24 tickUpper, "
            "int256 liquidityDelta, bytes32 salt)",
            makes="liquidity",
            where=pl.col("liquidityDelta") != "0",
            columns={
                "kind": pl.when(_CHANGE).then(pl.lit("burn")).otherwise(pl.lit("mint")),
                "pool": pl.col("id"),
                # two positions of one sender with the same ticks differ by their salt
                "owner": pl.col("sender") + pl.lit(":") + pl.col("salt"),
                "lower": pl.col("tickLower"),
                "upper": pl.col("tickUpper"),
                "liquidity": absolute("liquidityDelta"),
            },
        ),
    ),
)
