"""Solidly and the pairs that copied it: Velodrome, Aerodrome, Thena. Reserves are 256 bits wide, `to` comes second."""

from __future__ import annotations

import polars as pl

from scorpius_lab.security.chain.protocol import EMITTER, EventRule, Protocol, difference, side

_NET0 = difference("amount0In", "amount0Out")
_NET1 = difference("amount1In", "amount1Out")
_PAYS_FIRST = _NET0 > 0

PROTOCOL = Protocol(
    name="solidly",
    covers="Solidly forks (Velodrome v2, Aerodrome, Thena and others)",
    events=(
        EventRule(
            "Swap(address indexed sender, address indexed to, uint256 amount0In, uint256 amount1In, "
            "uint256 amount0Out, uint256 amount1Out)",
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
            "Sync(uint256 reserve0, uint256 reserve1)",
            makes="reserves",
            columns={"pool": EMITTER, "reserve0": pl.col("reserve0"), "reserve1": pl.col("reserve1")},
        ),
    ),
)
