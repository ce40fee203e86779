"""Columns of exports (ethereum-etl's CSV, cryo's Parquet) as raw frames, whatever they call and write them."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from scorpius_lab.security.chain.frames import RAW, Raw, Rejected, conform
from scorpius_lab.security.chain.quantities import amount, flag, integer

Names = Mapping[str, tuple[str, ...]]

_PLACE: Names = {
    "block_number": ("block_number",),
    "block_hash": ("block_hash",),
    "transaction_index": ("transaction_index",),
}
_PARTIES: Names = {"sender": ("from_address",), "receiver": ("to_address",)}

COLUMNS: Mapping[str, Names] = {
    "blocks": {
        "block_number": ("number", "block_number"),
        "block_hash": ("hash", "block_hash"),
        "parent_hash": ("parent_hash",),
        "timestamp": ("timestamp",),
        "miner": ("miner", "author"),
        "base_fee": ("base_fee_per_gas",),
        "transaction_count": ("transaction_count", "n_transactions"),
    },
    "transactions": {
        **_PLACE,
        **_PARTIES,
        "transaction_hash": ("hash", "transaction_hash"),
        "value": ("value", "value_string", "value_binary"),
        "method": ("input",),
        "gas_price": ("gas_price",),
        "chain_id": ("chain_id",),
    },
    "receipts": {
        **_PLACE,
        **_PARTIES,
        "transaction_hash": ("transaction_hash", "hash"),
        "succeeded": ("receipt_status", "status", "success"),
        "gas_used": ("receipt_gas_used", "gas_used"),
        "gas_price": ("receipt_effective_gas_price", "effective_gas_price", "gas_price"),
    },
    "logs": {
        **_PLACE,
        "position": ("log_index",),
        "address": ("address",),
        "topics": ("topics",),
        **{f"topic{number}": (f"topic{number}",) for number in range(4)},
        "data": ("data",),
    },
}
_INTEGERS = {
    "block_number",
    "transaction_index",
    "position",
    "timestamp",
    "base_fee",
    "transaction_count",
    "gas_used",
    "gas_price",
    "chain_id",
}
_NEEDED = {
    "blocks": ("block_number", "block_hash"),
    "transactions": ("block_number", "transaction_index", "transaction_hash"),
    "receipts": ("block_number", "transaction_index"),
    "logs": ("block_number", "transaction_index", "position", "address", "data"),
}


def kinds_of(columns: list[str]) -> list[str]:
    """What a table with these columns holds: `transactions` may bring their receipts along; empty if nothing known."""
    given = set(columns)
    if {"log_index", "address", "data"} <= given and ({"topics"} & given or {"topic0"} & given):
        return ["logs"]
    if {"parent_hash", "miner"} <= given or {"author", "block_number", "timestamp"} <= given:
        return ["blocks"]
    if {"nonce", "from_address", "input"} <= given:
        answered = {"receipt_status", "success", "receipt_gas_used"} & given
        return ["transactions", "receipts"] if answered else ["transactions"]
    if {"cumulative_gas_used", "transaction_hash"} <= given:
        return ["receipts"]
    return []


def raw_of(table: pl.DataFrame, kinds: list[str], file: str) -> Raw:
    """The frames of a table; rows without a place in the chain are rejected and counted."""
    frames, rejected = {}, []
    for kind in kinds:
        frame = _frame(table, kind)
        lacking = pl.any_horizontal(pl.col(name).is_null() for name in _NEEDED[kind])
        bad = frame.filter(lacking).height
        if bad:
            needed = ", ".join(_NEEDED[kind])
            rejected.append(Rejected(file, f"{bad} of its {kind}", f"have no usable {needed}"))
        frames[kind] = conform(frame.filter(~lacking), RAW[kind])
    return Raw(frames, tuple(rejected))


def _frame(table: pl.DataFrame, kind: str) -> pl.DataFrame:
    texts = {
        name: pl.coalesce(_text(table, column) for column in alternatives if column in table.columns)
        if any(column in table.columns for column in alternatives)
        else pl.lit(None, pl.String)
        for name, alternatives in COLUMNS[kind].items()
    }
    topics = texts.pop("topics", None)
    frame = table.select(_meaning(name, text).alias(name) for name, text in texts.items())
    if kind == "receipts":
        return frame.with_columns(has_logs=pl.lit(value=False))  # they are a table of their own
    if topics is None or "topics" not in table.columns:
        return frame
    listed = table.select(topics=topics)["topics"].str.to_lowercase().str.extract_all(r"0x[0-9a-f]{64}")
    return frame.with_columns(listed.list.get(number, null_on_oob=True).alias(f"topic{number}") for number in range(4))


def _text(table: pl.DataFrame, column: str) -> pl.Expr:
    """A column as text: bytes as hex with `0x`, truth as true or false, numbers in decimal."""
    if table.schema[column] == pl.Binary:
        return "0x" + pl.col(column).bin.encode("hex")
    return pl.col(column).cast(pl.String)


def _meaning(name: str, text: pl.Expr) -> pl.Expr:
    if name in _INTEGERS:
        return integer(text)
    if name == "value":
        return amount(text)
    if name == "succeeded":
        return flag(text)
    if name == "method":
        return text.str.slice(0, 10).str.to_lowercase()
    return text.str.to_lowercase()
