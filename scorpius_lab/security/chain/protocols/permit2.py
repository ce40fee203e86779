"""Permit2: approvals that run out, given by transaction or by signature. Uniswap permit2, `IAllowanceTransfer`."""

from __future__ import annotations

import polars as pl

from scorpius_lab.security.chain.protocol import EventRule, Protocol

_APPROVAL = {
    "standard": pl.lit("permit2"),
    "token": pl.col("token"),
    "owner": pl.col("owner"),
    "spender": pl.col("spender"),
    "amount": pl.col("amount"),
    "expires": pl.col("expiration"),
}

PROTOCOL = Protocol(
    name="permit2",
    covers="Permit2 approvals, by transaction and by signature",
    events=(
        EventRule(
            "Approval(address indexed owner, address indexed token, address indexed spender, uint160 amount, "
            "uint48 expiration)",
            makes="approvals",
            columns=_APPROVAL,
        ),
        EventRule(
            "Permit(address indexed owner, address indexed token, address indexed spender, uint160 amount, "
            "uint48 expiration, uint48 nonce)",
            makes="approvals",
            columns=_APPROVAL,
        ),
        EventRule(
            "Lockdown(address indexed owner, address token, address spender)",
            makes="approvals",
            columns={
                "standard": pl.lit("permit2"),
                "token": pl.col("token"),
                "owner": pl.col("owner"),
                "spender": pl.col("spender"),
                "amount": pl.lit("0"),
            },
        ),
    ),
)
