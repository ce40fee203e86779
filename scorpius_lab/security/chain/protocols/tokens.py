"""Token standards: ERC-20, ERC-721, ERC-1155 and wrapped coins, as transfers and approvals.

EIP-20, EIP-721, EIP-1155; WETH9 for `Deposit` and `Withdrawal`.
"""

from __future__ import annotations

import polars as pl

from scorpius_lab.security.chain.frames import ZERO_ADDRESS
from scorpius_lab.security.chain.protocol import CALLED, CALLER, EMITTER, CallRule, EventRule, Protocol

PROTOCOL = Protocol(
    name="tokens",
    covers="ERC-20, ERC-721, ERC-1155 and wrapped coins",
    events=(
        EventRule(
            "Transfer(address indexed from, address indexed to, uint256 value)",
            makes="transfers",
            columns={
                "standard": pl.lit("erc20"),
                "token": EMITTER,
                "sender": pl.col("from"),
                "receiver": pl.col("to"),
                "amount": pl.col("value"),
            },
        ),
        EventRule(
            "Transfer(address indexed from, address indexed to, uint256 indexed tokenId)",
            makes="transfers",
            columns={
                "standard": pl.lit("erc721"),
                "token": EMITTER,
                "sender": pl.col("from"),
                "receiver": pl.col("to"),
                "amount": pl.lit("1"),
                "token_id": pl.col("tokenId"),
            },
        ),
        EventRule(
            "TransferSingle(address indexed operator, address indexed from, address indexed to, uint256 id, "
            "uint256 value)",
            makes="transfers",
            columns={
                "standard": pl.lit("erc1155"),
                "token": EMITTER,
                "sender": pl.col("from"),
                "receiver": pl.col("to"),
                "amount": pl.col("value"),
                "token_id": pl.col("id"),
            },
        ),
        # Wrapping moves the coin one way and makes the token; the two sides are told apart by the token's own
        # transfers, which WETH9 does not log here.
        EventRule(
            "Deposit(address indexed dst, uint256 wad)",
            makes="transfers",
            columns={
                "standard": pl.lit("wrap"),
                "token": EMITTER,
                "sender": pl.lit(ZERO_ADDRESS),
                "receiver": pl.col("dst"),
                "amount": pl.col("wad"),
            },
        ),
        EventRule(
            "Withdrawal(address indexed src, uint256 wad)",
            makes="transfers",
            columns={
                "standard": pl.lit("wrap"),
                "token": EMITTER,
                "sender": pl.col("src"),
                "receiver": pl.lit(ZERO_ADDRESS),
                "amount": pl.col("wad"),
            },
        ),
        EventRule(
            "Approval(address indexed owner, address indexed spender, uint256 value)",
            makes="approvals",
            columns={
                "standard": pl.lit("erc20"),
                "token": EMITTER,
                "owner": pl.col("owner"),
                "spender": pl.col("spender"),
                "amount": pl.col("value"),
            },
        ),
        EventRule(
            "Approval(address indexed owner, address indexed approved, uint256 indexed tokenId)",
            makes="approvals",
            columns={
                "standard": pl.lit("erc721"),
                "token": EMITTER,
                "owner": pl.col("owner"),
                "spender": pl.col("approved"),
                "amount": pl.lit("1"),
                "token_id": pl.col("tokenId"),
            },
        ),
        EventRule(
            "ApprovalForAll(address indexed owner, address indexed operator, bool approved)",
            makes="approvals",
            columns={
                "standard": pl.lit("operator"),
                "token": EMITTER,
                "owner": pl.col("owner"),
                "spender": pl.col("operator"),
                "amount": pl.col("approved"),
            },
        ),
    ),
    calls=(
        CallRule(
            "transfer(address to, uint256 value)",
            makes="transfers",
            columns={
                "standard": pl.lit("erc20"),
                "token": CALLED,
                "sender": CALLER,
                "receiver": pl.col("to"),
                "amount": pl.col("value"),
            },
        ),
        CallRule(
            "transferFrom(address from, address to, uint256 value)",
            makes="transfers",
            columns={
                "standard": pl.lit("erc20"),
                "token": CALLED,
                "sender": pl.col("from"),
                "receiver": pl.col("to"),
                "amount": pl.col("value"),
            },
        ),
        CallRule(
            "deposit()",
            makes="transfers",
            where=pl.col("call_value") != "0",
            columns={
                "standard": pl.lit("wrap"),
                "token": CALLED,
                "sender": pl.lit(ZERO_ADDRESS),
                "receiver": CALLER,
                "amount": pl.col("call_value"),
            },
        ),
        CallRule(
            "withdraw(uint256 wad)",
            makes="transfers",
            columns={
                "standard": pl.lit("wrap"),
                "token": CALLED,
                "sender": CALLER,
                "receiver": pl.lit(ZERO_ADDRESS),
                "amount": pl.col("wad"),
            },
        ),
    ),
)
