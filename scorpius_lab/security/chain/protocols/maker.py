"""Maker: collateral auctions and flash mints; ERC-3156 flash lenders. dss `Clipper`; dss-flash `DssFlash`; EIP-3156.

An auction moves internal balances: what is owed in units of 10**-45, the collateral in units of 10**-18 whatever the
token's decimals are. Neither token is named; `settlement` looks for them in the transfers of the transaction. Who took
is not named either, and is then whoever sent the transaction. The start of an auction (`Bark`) moves nothing yet.
"""

from __future__ import annotations

import polars as pl

from scorpius_lab.security.chain.layouts import Layout, decode_logs
from scorpius_lab.security.chain.protocol import EMITTER, EventRule, Protocol

_OWED = 10**27
"""Internal DAI for one raw unit of the token."""


def _taken(logs: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """The parameters with `debt` in raw units of DAI, rounded down, and `slice`, the collateral in units of 10**-18."""
    rows = decode_logs(logs, layout).filter(pl.col("price") != "0")
    owed = [(int(owe), int(price)) for owe, price in rows.select("owe", "price").iter_rows()]
    return rows.with_columns(
        pl.Series("debt", [str(owe // _OWED) for owe, _ in owed], pl.String),
        pl.Series("slice", [str(owe // price) for owe, price in owed], pl.String),
    )


PROTOCOL = Protocol(
    name="maker",
    covers="Maker auctions (liquidations 2.0), flash mints and ERC-3156 lenders",
    events=(
        EventRule(
            "Take(uint256 indexed id, uint256 max, uint256 price, uint256 owe, uint256 tab, uint256 lot, "
            "address indexed usr)",
            makes="liquidations",
            rows=_taken,
            columns={
                "market": EMITTER,
                "borrower": pl.col("usr"),
                "debt_amount": pl.col("debt"),
                "collateral_amount": pl.col("slice"),
            },
        ),
        EventRule(
            "FlashLoan(address indexed receiver, address token, uint256 amount, uint256 fee)",
            makes="flash_loans",
            columns={
                "lender": EMITTER,
                "borrower": pl.col("receiver"),
                "token": pl.col("token"),
                "amount": pl.col("amount"),
                "fee": pl.col("fee"),
            },
        ),
    ),
)
