"""Uniswap v3 and the pools that copied it.

Events: v3-core, `IUniswapV3PoolEvents`. Amounts are the pool's: positive came in, negative went out. The price after
is (sqrtPriceX96 / 2**96)**2 (whitepaper, section 6.1).
"""

from __future__ import annotations

import polars as pl

from scorpius_lab.security.chain.layouts import output_number
from scorpius_lab.security.chain.protocol import (
    CALLED,
    CALLER,
    EMITTER,
    CallRule,
    EventRule,
    Protocol,
    absolute,
    negative,
    side,
)

_PAYS_FIRST = negative("amount1")
_MOVES_BOTH = negative("amount0") != negative("amount1")
_PRICE = (pl.col("sqrtPriceX96").cast(pl.Float64) / 2.0**96) ** 2

_SWAP = {
    "recipient": pl.col("recipient"),
    "side_in": side(_PAYS_FIRST),
    "side_out": side(~_PAYS_FIRST),
    "amount_in": pl.when(_PAYS_FIRST).then(pl.col("amount0")).otherwise(pl.col("amount1")),
    "amount_out": pl.when(_PAYS_FIRST).then(absolute("amount1")).otherwise(absolute("amount0")),
}
_LOGGED = {
    **_SWAP,
    "pool": EMITTER,
    "holder": EMITTER,
    "caller": pl.col("sender"),
    "price_after": _PRICE,
}
_POSITION = {
    "pool": EMITTER,
    "owner": pl.col("owner"),
    "lower": pl.col("tickLower"),
    "upper": pl.col("tickUpper"),
    "amount0": pl.col("amount0"),
    "amount1": pl.col("amount1"),
}

PROTOCOL = Protocol(
    name="uniswap_v3",
    covers="Uniswap v3 and its forks (SushiSwap v3, PancakeSwap v3 and others)",
    events=(
        EventRule(
            "Swap(address indexed sender, address indexed recipient, int256 amount0, int256 amount1, "
            "uint160 sqrtPriceX96, uint128 liquidity, int24 tick)",
            makes="swaps",
            where=_MOVES_BOTH,
            columns=_LOGGED,
        ),
        EventRule(  # PancakeSwap v3 adds the protocol's fees
            "Swap(address indexed sender, address indexed recipient, int256 amount0, int256 amount1, "
            "uint160 sqrtPriceX96, uint128 liquidity, int24 tick, uint128 protocolFeesToken0, "
            "uint128 protocolFeesToken1)",
            makes="swaps",
            where=_MOVES_BOTH,
            columns=_LOGGED,
        ),
        EventRule(
            "Mint(address sender, address indexed owner, int24 indexed tickLower, int24 indexed tickUpper, "
            "uint128 amount, uint256 amount0, uint256 amount1)",
            makes="liquidity",
            columns={**_POSITION, "kind": pl.lit("mint"), "liquidity": pl.col("amount")},
        ),
        EventRule(
            "Burn(address indexed owner, int24 indexed tickLower, int24 indexed tickUpper, uint128 amount, "
            "uint256 amount0, uint256 amount1)",
            makes="liquidity",
            columns={**_POSITION, "kind": pl.lit("burn"), "liquidity": pl.col("amount")},
        ),
        EventRule(
            "Collect(address indexed owner, address recipient, int24 indexed tickLower, int24 indexed tickUpper, "
            "uint128 amount0, uint128 amount1)",
            makes="liquidity",
            columns={**_POSITION, "kind": pl.lit("collect")},
        ),
        EventRule(
            "Flash(address indexed sender, address indexed recipient, uint256 amount0, uint256 amount1, "
            "uint256 paid0, uint256 paid1)",
            makes="flash_loans",
            columns={
                "lender": EMITTER,
                "borrower": pl.col("recipient"),
                "amount": pl.when(pl.col("amount0") != "0").then(pl.col("amount0")).otherwise(pl.col("amount1")),
                "fee": pl.when(pl.col("amount0") != "0").then(pl.col("paid0")).otherwise(pl.col("paid1")),
            },
        ),
    ),
    calls=(
        CallRule(
            "swap(address recipient, bool zeroForOne, int256 amountSpecified, uint160 sqrtPriceLimitX96, bytes data)",
            makes="swaps",
            outputs={"amount0": output_number(0, "int256"), "amount1": output_number(1, "int256")},
            where=_MOVES_BOTH,
            columns={**_SWAP, "pool": CALLED, "holder": CALLED, "caller": CALLER},
        ),
    ),
)
