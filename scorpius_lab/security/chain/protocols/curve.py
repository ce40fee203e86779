"""Curve pools: stable, crypto and the newer ones.

Events: curve-contract, `StableSwap`, `CryptoSwap`. Tokens are given by their number in the pool.
"""

from __future__ import annotations

import polars as pl

from scorpius_lab.security.chain.protocol import EMITTER, EventRule, Protocol

_SWAP = {
    "pool": EMITTER,
    "holder": EMITTER,
    "caller": pl.col("buyer"),
    "recipient": pl.col("buyer"),
    "side_in": pl.col("sold_id"),
    "side_out": pl.col("bought_id"),
    "amount_in": pl.col("tokens_sold"),
    "amount_out": pl.col("tokens_bought"),
}

PROTOCOL = Protocol(
    name="curve",
    covers="Curve stable and crypto pools",
    events=(
        EventRule(
            "TokenExchange(address indexed buyer, int128 sold_id, uint256 tokens_sold, int128 bought_id, "
            "uint256 tokens_bought)",
            makes="swaps",
            columns=_SWAP,
        ),
        EventRule(
            "TokenExchange(address indexed buyer, uint256 sold_id, uint256 tokens_sold, uint256 bought_id, "
            "uint256 tokens_bought)",
            makes="swaps",
            columns=_SWAP,
        ),
        EventRule(
            "TokenExchange(address indexed buyer, uint256 sold_id, uint256 tokens_sold, uint256 bought_id, "
            "uint256 tokens_bought, uint256 fee, uint256 packed_price_scale)",
            makes="swaps",
            columns=_SWAP,
        ),
        # Of an exchange of underlying tokens the numbers are those of the underlying list, another one.
        EventRule(
            "TokenExchangeUnderlying(address indexed buyer, int128 sold_id, uint256 tokens_sold, int128 bought_id, "
            "uint256 tokens_bought)",
            makes="swaps",
            columns={
                **_SWAP,
                "side_in": pl.col("sold_id").cast(pl.Int64) + 100,
                "side_out": pl.col("bought_id").cast(pl.Int64) + 100,
            },
        ),
    ),
)
