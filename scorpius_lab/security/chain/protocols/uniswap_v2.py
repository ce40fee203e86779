"""Uniswap v2 and the pairs that copied it.

Events: v2-core, `UniswapV2Pair`. What came in and went out of a token is netted: a pair that lends (flash swap) or
takes a fee on transfer reports both for one token.
"""

from __future__ import annotations

import polars as pl

from scorpius_lab.security.chain.protocol import (
    CALLED,
    CALLER,
    EMITTER,
    CallRule,
    EventRule,
    Protocol,
    difference,
    side,
)

_NET0 = difference("amount0In", "amount0Out")
_NET1 = difference("amount1In", "amount1Out")
_PAYS_FIRST = _NET0 > 0

_PAYS_SECOND_BY_CALL = pl.col("amount0Out") != "0"

PROTOCOL = Protocol(
    name="uniswap_v2",
    covers="Uniswap v2 and its forks (SushiSwap, PancakeSwap v2, ShibaSwap and many others)",
    events=(
        EventRule(
            "Swap(address indexed sender, uint256 amount0In, uint256 amount1In, uint256 amount0Out, "
            "uint256 amount1Out, address indexed to)",
            makes="swaps",
            where=((_NET0 > 0) & (_NET1 < 0)) | ((_NET0 < 0) & (_NET1 > 0)),
            columns={
                "pool": EMITTER,
                "holder": EMITTER,
                "caller": pl.col("sender"),
                "recipient": pl.col("to"),
                "side_in": side(_PAYS_FIRST),
                "side_out": side(~_PAYS_FIRST),
                "amount_in": pl.when(_PAYS_FIRST).then(_NET0).otherwise(_NET1),
                "amount_out": pl.when(_PAYS_FIRST)
                .then(difference("amount1Out", "amount1In"))
                .otherwise(difference("amount0Out", "amount0In")),
            },
        ),
        EventRule(
            "Sync(uint112 reserve0, uint112 reserve1)",
            makes="reserves",
            columns={"pool": EMITTER, "reserve0": pl.col("reserve0"), "reserve1": pl.col("reserve1")},
        ),
        EventRule(
            "Mint(address indexed sender, uint256 amount0, uint256 amount1)",
            makes="liquidity",
            columns={
                "kind": pl.lit("mint"),
                "pool": EMITTER,
                "owner": pl.col("sender"),
                "amount0": pl.col("amount0"),
                "amount1": pl.col("amount1"),
            },
        ),
        EventRule(
            "Burn(address indexed sender, uint256 amount0, uint256 amount1, address indexed to)",
            makes="liquidity",
            columns={
                "kind": pl.lit("burn"),
                "pool": EMITTER,
                "owner": pl.col("to"),
                "amount0": pl.col("amount0"),
                "amount1": pl.col("amount1"),
            },
        ),
    ),
    calls=(
        # The call names what goes out; what came in is the transfer to the pair before it, or inside it.
        CallRule(
            "swap(uint256 amount0Out, uint256 amount1Out, address to, bytes data)",
            makes="swaps",
            where=(pl.col("amount0Out") == "0") != (pl.col("amount1Out") == "0"),
            columns={
                "pool": CALLED,
                "holder": CALLED,
                "caller": CALLER,
                "recipient": pl.col("to"),
                "side_in": side(~_PAYS_SECOND_BY_CALL),
                "side_out": side(_PAYS_SECOND_BY_CALL),
                "amount_out": pl.when(_PAYS_SECOND_BY_CALL).then(pl.col("amount0Out")).otherwise(pl.col("amount1Out")),
            },
        ),
    ),
)
