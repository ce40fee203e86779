"""The columns every frame of the chain engine has.

Addresses and hashes are lower-case text with `0x`. Amounts are decimal text, exact to 256 bits (negative where the
protocol says so); a DOUBLE made from one is for screening only. `position` orders what happened in a block: the log
index where the event was logged; where it was read from call traces, the number of the call in the order in which
calls *end*, because a contract logs what it did when it is done. The two are never mixed in one block.

Raw frames are what readers make of files; event frames are what protocols make of raw frames.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import polars as pl

TEXT, INTEGER, FLAG = pl.String(), pl.Int64(), pl.Boolean()

Schema = Mapping[str, pl.DataType]

# -- raw

BLOCKS: Schema = MappingProxyType(
    {
        "block_number": INTEGER,
        "block_hash": TEXT,
        "parent_hash": TEXT,
        "timestamp": INTEGER,  # seconds since 1970
        "miner": TEXT,
        "base_fee": INTEGER,  # wei
        "transaction_count": INTEGER,
    }
)

TRANSACTIONS: Schema = MappingProxyType(
    {
        "block_number": INTEGER,
        "block_hash": TEXT,
        "transaction_index": INTEGER,
        "transaction_hash": TEXT,
        "sender": TEXT,
        "receiver": TEXT,  # null where a contract is created
        "value": TEXT,  # wei
        "method": TEXT,  # the first four bytes of the call data
        "gas_price": INTEGER,  # wei, as offered; the receipt's effective price goes before it
        "chain_id": INTEGER,  # where the transaction says it, 0 or null where not
    }
)

RECEIPTS: Schema = MappingProxyType(
    {
        "block_number": INTEGER,
        "block_hash": TEXT,
        "transaction_index": INTEGER,
        "transaction_hash": TEXT,
        "sender": TEXT,
        "receiver": TEXT,
        "succeeded": FLAG,
        "gas_used": INTEGER,
        "gas_price": INTEGER,  # wei, effective
        "has_logs": FLAG,  # false where the source left the logs out, which is not the same as none
    }
)

LOGS: Schema = MappingProxyType(
    {
        "block_number": INTEGER,
        "block_hash": TEXT,
        "transaction_index": INTEGER,
        "position": INTEGER,
        "address": TEXT,
        "topic0": TEXT,
        "topic1": TEXT,
        "topic2": TEXT,
        "topic3": TEXT,
        "data": TEXT,
    }
)

CALLS: Schema = MappingProxyType(
    {
        "block_number": INTEGER,
        "block_hash": TEXT,
        "transaction_index": INTEGER,
        "begins": INTEGER,  # number of the call in the order in which calls begin
        "position": INTEGER,  # and in the order in which they end
        "first_inside": INTEGER,  # the position of the first call to end inside it, itself if there is none
        "kind": TEXT,  # call, delegatecall, staticcall, callcode, create, selfdestruct
        "sender": TEXT,
        "receiver": TEXT,
        "value": TEXT,
        "input": TEXT,
        "output": TEXT,
        "reverted": FLAG,  # it or a call around it
    }
)

RAW: Mapping[str, Schema] = MappingProxyType(
    {"blocks": BLOCKS, "transactions": TRANSACTIONS, "receipts": RECEIPTS, "logs": LOGS, "calls": CALLS}
)

# -- events

_PLACE: Schema = {"block_number": INTEGER, "block_hash": TEXT, "transaction_index": INTEGER, "position": INTEGER}

TRANSFERS: Schema = MappingProxyType(
    {
        **_PLACE,
        "standard": TEXT,  # erc20, erc721, erc1155, native
        "token": TEXT,
        "sender": TEXT,
        "receiver": TEXT,
        "amount": TEXT,
        "token_id": TEXT,
    }
)

SWAPS: Schema = MappingProxyType(
    {
        **_PLACE,
        "protocol": TEXT,
        "pool": TEXT,  # the contract, or the id of the pool where one contract holds many
        "holder": TEXT,  # who holds the pool's tokens
        "caller": TEXT,
        "recipient": TEXT,
        "token_in": TEXT,  # what the trader pays
        "token_out": TEXT,
        "amount_in": TEXT,
        "amount_out": TEXT,
        "side_in": INTEGER,  # the pool's own number of the token paid, where the event gives one instead of a token
        "side_out": INTEGER,
        "price_after": pl.Float64(),  # token 1 per token 0 in raw units, where the event gives it; to draw with
    }
)

LIQUIDITY: Schema = MappingProxyType(
    {
        **_PLACE,
        "protocol": TEXT,
        "kind": TEXT,  # mint, burn, collect
        "pool": TEXT,
        "owner": TEXT,
        "lower": INTEGER,
        "upper": INTEGER,
        "liquidity": TEXT,
        "amount0": TEXT,
        "amount1": TEXT,
    }
)

RESERVES: Schema = MappingProxyType({**_PLACE, "pool": TEXT, "reserve0": TEXT, "reserve1": TEXT})

LIQUIDATIONS: Schema = MappingProxyType(
    {
        **_PLACE,
        "protocol": TEXT,
        "market": TEXT,
        "liquidator": TEXT,
        "borrower": TEXT,
        "debt_token": TEXT,
        "debt_amount": TEXT,
        "collateral_token": TEXT,
        "collateral_amount": TEXT,
    }
)

APPROVALS: Schema = MappingProxyType(
    {
        **_PLACE,
        "standard": TEXT,  # erc20, erc721, operator, permit2
        "token": TEXT,
        "owner": TEXT,
        "spender": TEXT,
        "amount": TEXT,
        "token_id": TEXT,
        "expires": INTEGER,
    }
)

FLASH_LOANS: Schema = MappingProxyType(
    {
        **_PLACE,
        "protocol": TEXT,
        "lender": TEXT,
        "borrower": TEXT,
        "token": TEXT,
        "amount": TEXT,
        "fee": TEXT,
    }
)

NFT_SALES: Schema = MappingProxyType(
    {
        **_PLACE,
        "protocol": TEXT,
        "collection": TEXT,
        "token_id": TEXT,
        "seller": TEXT,
        "buyer": TEXT,
        "currency": TEXT,
        "price": TEXT,
    }
)

EVENTS: Mapping[str, Schema] = MappingProxyType(
    {
        "transfers": TRANSFERS,
        "swaps": SWAPS,
        "liquidity": LIQUIDITY,
        "reserves": RESERVES,
        "liquidations": LIQUIDATIONS,
        "approvals": APPROVALS,
        "flash_loans": FLASH_LOANS,
        "nft_sales": NFT_SALES,
    }
)

NATIVE = "0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
"""Stands for the chain's own coin where a token is asked for, as the field does."""

ZERO_ADDRESS = "0x0000000000000000000000000000000000000000"


def empty(schema: Schema) -> pl.DataFrame:
    """A frame with these columns and no row."""
    return pl.DataFrame(schema=dict(schema))


def conform(frame: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """The frame with exactly these columns in this order; those it lacks are null."""
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in schema.items()
    )


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that could not be used: from which file, which record, why."""

    file: str
    record: str
    reason: str


@dataclass(frozen=True, slots=True)
class Raw:
    """What was read: raw frames by name (see `RAW`), and what was rejected."""

    frames: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    rejected: tuple[Rejected, ...] = ()

    def __getitem__(self, name: str) -> pl.DataFrame:
        """A frame by name; an empty one where nothing of that kind was read."""
        found = self.frames.get(name)
        return empty(RAW[name]) if found is None else found

    def with_frames(self, **frames: pl.DataFrame) -> Raw:
        """The same with other frames in these places."""
        return replace(self, frames={**self.frames, **frames})


def joined(parts: list[Raw]) -> Raw:
    """Several as one, rows in the order given."""
    names = [name for name in RAW if any(name in part.frames for part in parts)]
    frames = {name: pl.concat([part.frames[name] for part in parts if name in part.frames]) for name in names}
    return Raw(frames, tuple(item for part in parts for item in part.rejected))
