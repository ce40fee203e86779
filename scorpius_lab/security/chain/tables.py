"""The chain engine's tables in the store.

A block's rows carry the run that brought them. Of a block that was read more than once (first without its receipts,
say) the rows of one run count, that of the most complete and then the latest reading: see `CURRENT`. Nothing is ever
changed or deleted.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

from scorpius_lab.core.store.tables import ColumnType, Table
from scorpius_lab.security.chain.frames import EVENTS, Schema

PREFIX = "chain_"
_TYPES: Mapping[type[pl.DataType], ColumnType] = MappingProxyType(
    {pl.String: "text", pl.Int64: "integer", pl.Boolean: "integer", pl.Float64: "real"}
)

_BLOCKS: Mapping[str, ColumnType] = MappingProxyType(
    {
        "chain_id": "integer",
        "run_id": "text",
        "block_number": "integer",
        "block_hash": "text",
        "parent_hash": "text",
        "timestamp": "integer",
        "miner": "text",
        "base_fee": "integer",
        "transaction_count": "integer",
        "seen_by": "text",
        "state": "text",
        "reason": "text",
        "roots": "text",
        "roots_reason": "text",
    }
)
_TRANSACTIONS: Mapping[str, ColumnType] = MappingProxyType(
    {
        "chain_id": "integer",
        "run_id": "text",
        "block_number": "integer",
        "block_hash": "text",
        "transaction_index": "integer",
        "transaction_hash": "text",
        "sender": "text",
        "receiver": "text",
        "value": "text",
        "method": "text",
        "succeeded": "integer",
        "gas_used": "integer",
        "gas_price": "integer",
    }
)
_ATTACKS: Mapping[str, ColumnType] = MappingProxyType(
    {
        "id": "text",
        "chain_id": "integer",
        "run_id": "text",
        "kind": "text",
        "block_number": "integer",
        "block_hash": "text",
        "timestamp": "integer",
        "actor": "text",
        "transactions": "list",
        "victims": "list",
        "pools": "list",
        "profit": "json",
        "leftover": "json",
        "gas_cost": "text",
        "tips": "text",
        "net": "text",
        "priced_via": "text",
        "completeness": "text",
        "rule_version": "integer",
        "detail": "json",
    }
)


def _own(name: str, columns: Mapping[str, ColumnType], required: tuple[str, ...]) -> Table:
    return Table(PREFIX + name, key="", identity=(), columns=columns, required=required)


def _of(schema: Schema) -> dict[str, ColumnType]:
    return {"chain_id": "integer", "run_id": "text", **{name: _TYPES[type(kind)] for name, kind in schema.items()}}


BLOCKS = _own("blocks", _BLOCKS, ("chain_id", "run_id", "block_number", "state"))
TRANSACTIONS = _own("transactions", _TRANSACTIONS, ("chain_id", "run_id", "block_number", "transaction_index"))
EVENT_TABLES: Mapping[str, Table] = MappingProxyType(
    {name: _own(name, _of(schema), ("chain_id", "run_id", "block_number")) for name, schema in EVENTS.items()}
)
ATTACKS = Table(
    PREFIX + "attacks",
    key="id",
    identity=(
        "chain_id",
        "kind",
        "block_hash",
        "actor",
        "transactions",
        "victims",
        "pools",
        "profit",
        "gas_cost",
        "net",
        "completeness",
        "rule_version",
    ),
    columns=_ATTACKS,
    required=("chain_id", "kind", "block_number", "actor", "transactions"),
)

TABLES = (BLOCKS, TRANSACTIONS, *EVENT_TABLES.values(), ATTACKS)

CURRENT = """
SELECT * FROM lab.chain_blocks
QUALIFY row_number() OVER (
    PARTITION BY chain_id, block_number, block_hash
    ORDER BY state = 'complete' DESC, seen_by = 'logs' DESC, seen_by = 'traces' DESC, recorded_at DESC, run_id
) = 1
"""
"""The reading of each block that counts."""
